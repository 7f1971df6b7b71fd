//! What the program tells about itself with `-v`, on stderr.
//!
//! Verbs, counts and durations; at no level a name, a text, an address or the path of a file.

use std::io;

use tracing_subscriber::EnvFilter;

/// Overrides `-v` with a filter such as `goodword_sync=trace`.
pub const FILTER_VARIABLE: &str = "GOODWORD_LOG";

/// Begins to trace at the level asked for; without `-v` only warnings.
pub fn start(verbose: u8, colour: bool) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        2 => "debug",
        _ => "trace",
    };
    let ours = ["goodword", "goodword_core", "goodword_formats", "goodword_net", "goodword_sync"];
    let default: Vec<String> = ours.iter().map(|name| format!("{name}={level}")).collect();
    let filter = EnvFilter::try_from_env(FILTER_VARIABLE)
        .unwrap_or_else(|_| EnvFilter::new(default.join(",")));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(colour)
        .finish();
    // Only a second call fails, and the first one's subscriber is as good.
    let _ = tracing::subscriber::set_global_default(subscriber);
}
