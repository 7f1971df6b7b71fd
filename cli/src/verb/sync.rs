//! `sync`: meets the owner's other devices, once or for as long as it runs.

use std::time::Duration;

use clap::Args;
use goodword_daemon::{Answered, Known, Met, Reply, Request, Unreachable};
use goodword_net::{Event, Server, serve};
use serde::Serialize;

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
                Reply::Synced(answer) if answer == Answered::default() => Err(nobody_known()),
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
            let known = online.known()?;
            let done = if self.listen {
                listen(context, &online, &known).await
            } else {
                call_all(context, &online, &known).await
            };
            online.endpoint.close().await;
            done
        })
    }
}

async fn call_all(
    context: &Context,
    online: &Online,
    known: &[Known],
) -> Result<(), CliError> {
    if known.is_empty() {
        return Err(nobody_known());
    }
    let mut answer = Answered::default();
    for device in known {
        match online.sync(&device.address).await {
            Ok(synced) => answer.met.push(Met::of(&synced, device.name.clone())),
            Err(error) => answer.unreachable.push(Unreachable {
                device: device.device.to_string(),
                name: device.name.clone(),
                reason: error.to_string(),
            }),
        }
    }
    tell_all(context, &answer)
}

fn tell_all(context: &Context, answer: &Answered) -> Result<(), CliError> {
    let is_met = !answer.met.is_empty();
    context.output.answer(answer, || draw(answer))?;
    // With nobody met the answer has said so; the exit code says it to scripts.
    if is_met { Ok(()) } else { Err(CliError::found_problems()) }
}

fn nobody_known() -> CliError {
    CliError::not_found("no other device of yours is known")
        .hint("`goodword pair` here and `goodword join` there make one")
}

fn draw(answer: &Answered) -> String {
    let mut out = String::new();
    for met in &answer.met {
        out.push_str(&network::line(&met));
        out.push('\n');
        if met.mismatches > 0 {
            out.push_str("  Documents differ though both hold the same: run `goodword doctor`.\n");
        }
    }
    for one in &answer.unreachable {
        let name = one.name.clone().unwrap_or_else(|| one.device.chars().take(8).collect());
        let line = format!("Not met: {name}: {}.", one.reason);
        out.push_str(&text::clean(&line));
        out.push('\n');
    }
    if answer.met.is_empty() {
        out.push_str("Both must be on at once: run `goodword sync --listen` there.\n");
    }
    out
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
