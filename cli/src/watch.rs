//! `--watch`: shows an answer again whenever it is another one.
//!
//! The daemon tells when the store has changed; what is shown is asked of the store itself, so it
//! is what the command without `--watch` shows.

use std::process;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use goodword_daemon::{Client, Failure, Reply, Request};
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use crate::context::Context;
use crate::error::{CliError, Exit};

/// How long nothing is told before it is looked again: a day may have begun.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Shows what `look` finds, and again whenever that has changed, until the daemon ends.
pub fn watch<T: Serialize>(
    context: &Context,
    look: impl Fn() -> Result<T, CliError>,
    draw: impl Fn(&T) -> Result<String, CliError>,
) -> Result<(), CliError> {
    let Some(daemon) = context.home.daemon()? else {
        return Err(CliError::refused("no daemon serves this book, so nothing tells of changes")
            .hint("`goodword daemon` runs one here, `goodword daemon install` from now on"));
    };
    let told = listen(daemon)?;
    end_on_interrupt()?;
    let mut shown: Option<String> = None;
    loop {
        let goes_on = match told.recv_timeout(LOOK_EVERY) {
            Ok(()) => {
                // One look answers all that was told before it.
                while told.try_recv().is_ok() {}
                true
            }
            Err(RecvTimeoutError::Timeout) => true,
            Err(RecvTimeoutError::Disconnected) => false,
        };
        let found = look()?;
        let text = match context.output.json {
            true => serde_json::to_string(&found).map_err(std::io::Error::from)?,
            false => draw(&found)?,
        };
        if shown.as_ref() != Some(&text) {
            if context.output.json {
                context.output.event(&found, String::new)?;
            } else {
                context.output.frame(&text, shown.is_none())?;
            }
            shown = Some(text);
        }
        if !goes_on {
            return Err(CliError::failed("the daemon has ended, so nothing tells of changes")
                .hint("`goodword daemon` runs one here, `goodword daemon install` from now on"));
        }
    }
}

/// Hears the daemon on a thread of its own; the end of the channel is the end of the daemon.
fn listen(mut daemon: Client) -> Result<Receiver<()>, CliError> {
    match daemon.ask(&Request::Watch)? {
        Reply::Changed => {}
        Reply::Failed(Failure::Leaving) => return Err(Failure::Leaving.into()),
        Reply::Failed(failure) => return Err(failure.into()),
        _ => return Err(CliError::failed("the daemon does not tell of changes")),
    }
    let (tell, told) = channel();
    thread::spawn(
        move || {
            while tell.send(()).is_ok() && matches!(daemon.hear(), Ok(Reply::Changed)) {}
        },
    );
    Ok(told)
}

/// Ends the process on Ctrl-C, with the exit code that says so.
fn end_on_interrupt() -> Result<(), CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut interrupts = {
        let _inside = runtime.enter();
        // Registered before anything is shown.
        signal(SignalKind::interrupt())?
    };
    thread::spawn(move || {
        runtime.block_on(interrupts.recv());
        process::exit(Exit::Cancelled.code().into());
    });
    Ok(())
}
