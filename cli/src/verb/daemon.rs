//! `daemon`: a service that keeps this device in touch with the others.

mod install;
mod logs;
mod run;
mod status;
mod unit;

use clap::{Args, Subcommand};
use goodword_daemon::{Reply, Request};
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::network::NetworkArgs;

/// Keeps this device in touch with your others, by itself
///
///   goodword daemon              runs here until Ctrl-C
///   goodword daemon install      runs from now on, also after a restart
///   goodword daemon status       who is in touch, what waits
///   goodword daemon logs
///
/// Every verb works with it and without it. With it a change shows on the other devices within a
/// moment, if they are on.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, args_conflicts_with_subcommands = true)]
pub struct Daemon {
    #[command(flatten)]
    network: NetworkArgs,

    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Has your system run it from now on, also after a restart
    Install(install::Install),
    /// Has your system run it no more
    Uninstall,
    /// Shows who is in touch, what waits, and how large the store is
    Status,
    /// Shows what it tells about itself: no names, no texts
    Logs(logs::Logs),
    /// Ends it
    Stop,
}

#[derive(Serialize)]
struct Stopped {
    stopped: bool,
}

impl Daemon {
    /// Whether it runs here, and is not about one that runs.
    pub fn is_foreground(&self) -> bool {
        self.act.is_none()
    }

    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.act {
            None => run::run(context, &self.network),
            Some(Act::Install(install)) => install.run(context),
            Some(Act::Uninstall) => install::uninstall(context),
            Some(Act::Status) => status::run(context),
            Some(Act::Logs(logs)) => logs.run(context),
            Some(Act::Stop) => stop(context),
        }
    }
}

fn stop(context: &Context) -> Result<(), CliError> {
    let Some(mut daemon) = context.home.daemon()? else {
        return Err(not_running());
    };
    match daemon.ask(&Request::Stop)? {
        Reply::Failed(failure) => Err(failure.into()),
        _ => context
            .output
            .answer(&Stopped { stopped: true }, || "The daemon has ended.\n".to_owned()),
    }
}

/// Says that there is no daemon.
fn not_running() -> CliError {
    CliError::not_found("no daemon serves this book")
        .hint("`goodword daemon` runs one here, `goodword daemon install` from now on")
}
