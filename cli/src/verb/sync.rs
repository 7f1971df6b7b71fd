//! `sync`: meets the owner's other devices, once or for as long as it runs.

use std::time::Duration;

use clap::Args;
use goodword_daemon::{Answered, Met, Reply, Request, Unreachable};
use goodword_net::{Event, Known, Server, serve};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::operations::when;
use crate::context::Context;
use crate::error::CliError;
use crate::network::{self, NetworkArgs, Online, block_on};
use crate::text;

/// Meets your other devices and exchanges what either lacks
///
///   goodword sync
///   goodword sync --listen     stays, answers calls and pushes changes on
///
/// One of two devices has to listen. What was exchanged is told per device; a cut session goes on
/// from where it was.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Sync {
    /// Stays until Ctrl-C: answers other devices and passes changes on at once
    #[arg(long)]
    listen: bool,

    #[command(flatten)]
    network: NetworkArgs,
}

/// What happens while listening, one JSON object a line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Told {
    Listening { device: String, known: usize },
    Synced(Met),
    Failed { device: String, reason: String },
}

impl Sync {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        if let Some(mut daemon) = context.home.daemon()? {
            if self.listen {
                return Err(CliError::refused("the daemon listens already")
                    .hint("`goodword daemon status` shows how it stands"));
            }
            return match daemon.ask(&Request::Sync)? {
                Reply::Synced(answer) => tell_all(context, &answer),
                Reply::Failed(failure) => Err(failure.into()),
                _ => Err(CliError::failed("the daemon does not sync")),
            };
        }
        let (store, note) = context.write()?.into_parts();
        if store.book().is_none() {
            return Err(context.home.no_book());
        }
        block_on(async {
            let online = Online::bind(context, &self.network, store, note).await?;
            let done = if self.listen {
                listen(context, &online, &online.known()?).await
            } else {
                meet_all(&online).await.and_then(|answer| tell_all(context, &answer))
            };
            online.endpoint.close().await;
            done
        })
    }
}

fn tell_all(context: &Context, answer: &Answered) -> Result<(), CliError> {
    if *answer == Answered::default() {
        return Err(nobody_known());
    }
    let is_met = !answer.met.is_empty();
    let reader = context.read()?;
    let (zone, today) = (context.zone(&reader)?, context.now(&reader)?.today);
    context.output.answer(answer, || draw(answer, &zone, today))?;
    // With nobody met the answer has said so; the exit code says it to scripts.
    if is_met { Ok(()) } else { Err(CliError::found_problems()) }
}

fn nobody_known() -> CliError {
    CliError::not_found("no other device of yours is known")
        .hint("`goodword pair` here and `goodword join` there make one")
}

async fn meet_all(online: &Online) -> Result<Answered, CliError> {
    Ok(goodword_daemon::meet_all(&online.endpoint, &online.store, &online.clock).await?)
}

fn draw(answer: &Answered, zone: &TimeZone, today: Date) -> String {
    let mut out = String::new();
    for met in &answer.met {
        out.push_str(&network::line(met));
        out.push('\n');
        if met.mismatches > 0 {
            out.push_str("  Documents differ though both hold the same: run `goodword doctor`.\n");
        }
        if met.forks > 0 {
            out.push_str("  Two copies of a device were in use: see `goodword doctor`.\n");
        }
    }
    for one in &answer.unreachable {
        let name = one.name.clone().unwrap_or_else(|| one.device.chars().take(8).collect());
        let line = format!("Not met: {name}: {}.{}", one.reason, since(one, zone, today));
        out.push_str(&text::clean(&line));
        out.push('\n');
    }
    if answer.met.is_empty() {
        out.push_str("Both must be on at once: run `goodword daemon` or `goodword sync --listen` there.\n");
    }
    out
}

/// Since when a device was not met, and what waits for it.
fn since(one: &Unreachable, zone: &TimeZone, today: Date) -> String {
    let Some(met) = one.last_met else { return " Never met from here.".to_owned() };
    let met = when(met, zone, today);
    let wait = match one.waiting {
        Some(0) => "; nothing waits for it".to_owned(),
        Some(count) => {
            format!("; {} for it", text::count(count, "change waits", "changes wait"))
        }
        None => String::new(),
    };
    format!(" Last met {met}{wait}.")
}

async fn listen(context: &Context, online: &Online, known: &[Known]) -> Result<(), CliError> {
    let mut server = serve(&online.endpoint, &online.store, &online.clock);
    for device in known {
        server.call(device.address.clone());
    }
    let here = online.endpoint.device();
    let told = Told::Listening { device: here.to_string(), known: known.len() };
    context.output.event(&told, || {
        let devices = text::count(known.len() as u64, "other device", "other devices");
        format!("Listening; {devices} known. Ctrl-C ends it.\n")
    })?;
    let ended = tokio::select! {
        ended = tell(context, online, known, &mut server) => ended,
        _ = stop_asked() => Ok(()),
    };
    // Sessions get a moment to say good-bye; nobody is kept waiting for a device that is gone.
    let _ = tokio::time::timeout(GOODBYE, server.stop()).await;
    ended
}

/// How long sessions may take to end when the user wants to leave.
const GOODBYE: Duration = Duration::from_secs(3);

async fn tell(
    context: &Context,
    online: &Online,
    known: &[Known],
    server: &mut Server,
) -> Result<(), CliError> {
    let name_of = |device| known.iter().find(|k| k.device == device).map(Known::label);
    while let Some(event) = server.next().await {
        match event {
            Event::Synced(synced) => {
                online.remember(synced.device, &synced.address);
                let met = Met::of(&synced, name_of(synced.device));
                let line = network::line(&met);
                context.output.event(&Told::Synced(met), || line + "\n")?;
            }
            Event::Failed { device, error } => {
                let name = name_of(device).unwrap_or_else(|| device.short());
                let reason = error.to_string();
                let line = format!("Not met: {name}: {reason}.\n");
                let told = Told::Failed { device: device.to_string(), reason };
                context.output.event(&told, || line)?;
            }
            Event::Asked(request) => request.decline(),
            Event::Joined { .. }
            | Event::NotJoined { .. }
            | Event::Stranger { .. }
            | Event::Started { .. }
            | Event::RelayLost => {}
        }
    }
    Err(CliError::failed("the network is gone"))
}

/// Resolves when the user or the system wants the process to end.
pub async fn stop_asked() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
