//! The daemon in the foreground: the system's service runs just this.

use std::process;
use std::sync::Arc;

use goodword_core::log::Key;
use goodword_daemon::{Options, Phase, run as live};
use serde::Serialize;

use crate::context::Context;
use crate::entropy;
use crate::error::CliError;
use crate::network::{NetworkArgs, block_on, clock_in};
use crate::verb::sync::stop_asked;

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Told {
    Waiting { writer: String },
    Ready { process: u32 },
    Ended,
}

pub(super) fn run(context: &Context, network: &NetworkArgs) -> Result<(), CliError> {
    let reader = context.read()?;
    let clock = clock_in(&reader.ask(&goodword_core::query::AskProfile)?.zone)?;
    drop(reader);
    let home = context.home.clone();
    let options = Options {
        socket: context.home.socket_path(),
        open: Box::new(move || home.open_store("daemon")),
        key: Key::from_bytes(&*context.home.key()?),
        mode: network.mode()?,
        clock,
        draw: || entropy::draw().ok().and_then(|drawn| drawn.first_chunk().copied()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        chore: Arc::new(|| {}),
    };
    let tell = |phase| {
        // Nobody may be there to read it.
        let _ = match phase {
            Phase::Waiting => {
                let writer = context.home.writer();
                let line = format!("{writer} is writing to this book; the daemon starts after it.\n");
                context.output.event(&Told::Waiting { writer }, || line)
            }
            Phase::Ready => {
                let line = "The daemon keeps your devices in touch. Ctrl-C ends it.\n";
                context.output.event(&Told::Ready { process: process::id() }, || line.to_owned())
            }
        };
    };
    let ended = block_on(async { Ok(live(&options, tell, stop_asked()).await?) });
    context.home.remove_note();
    ended?;
    // Nor at the end.
    let _ = context.output.event(&Told::Ended, || "Ended.\n".to_owned());
    Ok(())
}
