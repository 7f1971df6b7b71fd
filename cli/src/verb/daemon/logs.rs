//! `daemon logs`: what the daemon tells about itself.

use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use clap::Args;
use goodword_daemon::{Reply, Request};
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;

/// How often the file is looked at for more.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Bytes of the file that are looked at for the last lines.
const TAIL_BYTES: u64 = 256 * 1024;

/// Shows what the daemon tells about itself: no names, no texts
///
///   goodword daemon logs
///   goodword daemon logs --lines 200
///   goodword daemon logs --follow
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Logs {
    /// At most so many lines, the latest
    #[arg(long, short = 'n', default_value_t = 40)]
    lines: usize,

    /// Goes on with whatever comes, until Ctrl-C or until the daemon ends
    #[arg(long, short)]
    follow: bool,
}

#[derive(Serialize)]
struct Lines<'a> {
    lines: &'a [String],
}

impl Logs {
    pub(super) fn run(&self, context: &Context) -> Result<(), CliError> {
        let path = context.home.daemon_log_path();
        let Ok(mut file) = fs::File::open(&path) else {
            return Err(CliError::not_found("no daemon has told anything here")
                .hint("`goodword daemon install` has the system run one"));
        };
        let length = file.metadata()?.len();
        let mut at = length.saturating_sub(TAIL_BYTES);
        let lines = read_from(&mut file, &mut at)?;
        let lines = &lines[lines.len().saturating_sub(self.lines)..];
        if !self.follow {
            return context.output.answer(&Lines { lines }, || join(lines));
        }
        context.output.event(&Lines { lines }, || join(lines))?;
        self.go_on(context, at)
    }

    /// Shows what comes from `at` on. The file has no way to tell, so it is looked at; that the
    /// daemon has ended is told by its socket.
    fn go_on(&self, context: &Context, mut at: u64) -> Result<(), CliError> {
        let Some(mut daemon) = context.home.daemon()? else { return Ok(()) };
        let (tell, told) = channel::<()>();
        thread::spawn(move || {
            let mut said = daemon.ask(&Request::Watch);
            while matches!(said, Ok(Reply::Changed)) {
                said = daemon.hear();
            }
            drop(tell);
        });
        loop {
            let goes_on = told.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout);
            let mut file = fs::File::open(context.home.daemon_log_path())?;
            if file.metadata()?.len() < at {
                // It was full, and begun again.
                at = 0;
            }
            let more = read_from(&mut file, &mut at)?;
            if !more.is_empty() {
                context.output.event(&Lines { lines: &more }, || join(&more))?;
            }
            if !goes_on {
                return Ok(());
            }
        }
    }
}

fn join(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Whole lines from `at` on, which moves behind them.
fn read_from(file: &mut fs::File, at: &mut u64) -> Result<Vec<String>, CliError> {
    file.seek(SeekFrom::Start(*at))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    *at += whole as u64;
    Ok(String::from_utf8_lossy(&bytes[..whole]).lines().map(str::to_owned).collect())
}
