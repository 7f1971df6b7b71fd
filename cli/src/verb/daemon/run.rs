//! The daemon in the foreground: the system's service runs just this.

use std::sync::Arc;

use goodword_core::log::Key;
use goodword_daemon::{Options, run as live};
use serde::Serialize;

use crate::context::Context;
use crate::entropy;
use crate::error::CliError;
use crate::network::{NetworkArgs, block_on, clock_in};
use crate::verb::sync::stop_asked;

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Told {
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
        open: Box::new(move || home.open_store()),
        key: Key::from_bytes(&*context.home.key()?),
        mode: network.mode()?,
        clock,
        draw: || entropy::draw().ok().and_then(|drawn| drawn.first_chunk().copied()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        chore: Arc::new(|| {}),
    };
    block_on(async {
        let ready = || {
            let told = Told::Ready { process: std::process::id() };
            // Nobody may be there to read it.
            let _ = context
                .output
                .event(&told, || "The daemon keeps your devices in touch. Ctrl-C ends it.\n".into());
        };
        live(&options, ready, stop_asked()).await?;
        Ok(())
    })?;
    context.output.event(&Told::Ended, || "Ended.\n".to_owned())
}
