//! What the program tells about itself: with `-v` on stderr, as the daemon in a file.
//!
//! Verbs, counts and durations; at no level a name, a text, an address or the path of a file.

mod rotating;

use std::path::Path;
use std::sync::Mutex;
use std::{env, io};

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// Overrides `-v` with a filter such as `goodword_sync=trace`.
pub const FILTER_VARIABLE: &str = "GOODWORD_LOG";

/// Our crates; what others tell could name more than we promise.
const OURS: [&str; 6] = [
    "goodword",
    "goodword_core",
    "goodword_daemon",
    "goodword_formats",
    "goodword_net",
    "goodword_sync",
];

/// Begins to trace at the level asked for: without `-v` only warnings, but what happened in a
/// `log` file.
pub fn start(verbose: u8, colour: bool, log: Option<&Path>) {
    let level = match verbose {
        0 if log.is_none() => Level::WARN,
        0 | 1 => Level::INFO,
        2 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let wanted = env::var(FILTER_VARIABLE).ok().and_then(|filter| filter.parse().ok());
    let filter =
        wanted.unwrap_or_else(|| Targets::new().with_targets(OURS.map(|name| (name, level))));
    let registry = tracing_subscriber::registry();
    // Only a second call fails, and the first one's subscriber is as good.
    let _ = match log.and_then(|path| rotating::Rotating::open(path).ok()) {
        Some(file) => {
            let lines = fmt::layer().with_writer(Mutex::new(file)).with_ansi(false);
            tracing::subscriber::set_global_default(registry.with(lines.with_filter(filter)))
        }
        None => {
            let lines = fmt::layer().with_writer(io::stderr).with_ansi(colour);
            tracing::subscriber::set_global_default(registry.with(lines.with_filter(filter)))
        }
    };
}
