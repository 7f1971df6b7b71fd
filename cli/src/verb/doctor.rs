//! `doctor`: whether all is well with the store, and making its derived tables again.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use goodword_core::query::{LateEdits, Refusal, RefusedOf, Refusals, Status, StatusReport};
use goodword_core::store::{Kept, Reader, backups_in};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::operations::when;
use crate::context::Context;
use crate::error::CliError;
use crate::screen::Ink;
use crate::{backups, dates, text};

/// Tells whether all is well with your book
///
///   goodword doctor
///   goodword doctor --rebuild
///
/// Ends with exit code 1 if something wants attention. Changes that could not be applied are tried
/// again. --rebuild makes everything that is derived
/// from the signed logs again; it must come out the same.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Doctor {
    /// Makes documents and lists again from the signed logs
    #[arg(long)]
    rebuild: bool,
}

/// Refused changes that are told of; JSON has all.
const REFUSALS_MAX: usize = 5;

#[derive(Serialize)]
struct Health {
    #[serde(flatten)]
    status: StatusReport,
    rebuilt: Option<Rebuilt>,
    backups: Vec<Backup>,
    refusals: Vec<Refusal>,
    late_edits: u64,
    problems: Vec<String>,
    notices: Vec<String>,
}

#[derive(Serialize)]
struct Backup {
    file: PathBuf,
    of: Date,
    bytes: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Rebuilt {
    Same,
    Different,
}

impl Doctor {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let rebuilt = if self.rebuild { Some(rebuild(context)?) } else { None };
        let reader = context.read()?;
        let status = reader.ask(&Status)?;
        let (reader, mut status) = match status.stuck {
            0 => (reader, status),
            _ => try_again(context)?,
        };
        status.store_bytes = fs::metadata(context.home.store_path()).map_or(0, |file| file.len());
        let mut problems = problems(&status);
        problems.extend(key_problem(context));
        if rebuilt == Some(Rebuilt::Different) {
            problems.push("the lists differed from the logs; they are right now".to_owned());
        }
        let backups = backups(context, &reader)?;
        let today = context.now(&reader)?.today;
        let notices = notices(&status, &context.zone(&reader)?, today);
        let refusals = reader.ask(&Refusals)?;
        let late_edits = reader.ask(&LateEdits)?.len() as u64;
        let health =
            Health { status, rebuilt, backups, refusals, late_edits, problems, notices };
        context.output.answer(&health, || draw(&health, today, context.output.colour()))?;
        match health.problems.len() {
            0 => Ok(()),
            _ => Err(CliError::found_problems()),
        }
    }
}

/// Tries again what is stuck; reads what came of it.
fn try_again(context: &Context) -> Result<(Reader, StatusReport), CliError> {
    let mut store = context.write()?;
    store.retry_stuck()?;
    drop(store);
    let reader = context.read()?;
    let status = reader.ask(&Status)?;
    Ok((reader, status))
}

fn rebuild(context: &Context) -> Result<Rebuilt, CliError> {
    let mut store = context.write()?;
    let before = store.view_hash()?;
    store.rebuild()?;
    let same = store.view_hash()? == before;
    tracing::info!(same, "rebuilt");
    Ok(if same { Rebuilt::Same } else { Rebuilt::Different })
}

/// Backups that were made without being asked for, newest first.
fn backups(context: &Context, reader: &Reader) -> Result<Vec<Backup>, CliError> {
    let folder = context.home.backups_path();
    let kept = backups_in(&folder).map_err(|error| backups::file(&folder, "read", &error))?;
    let zone = context.zone(reader)?;
    let day = |kept: &Kept| kept.at.to_zoned(zone.clone()).date();
    let backup = |kept: Kept| Backup { of: day(&kept), bytes: kept.bytes, file: kept.path };
    Ok(kept.into_iter().map(backup).collect())
}

fn problems(status: &StatusReport) -> Vec<String> {
    let mut problems = Vec::new();
    if status.stuck > 0 {
        let stuck = text::count(status.stuck, "change", "changes");
        let who = who(status, |of| of.stuck);
        problems.push(format!(
            "{stuck} by {who} could not be applied by this version; upgrade and try again"
        ));
    }
    if status.inadmissible > 0 {
        let refused = text::count(status.inadmissible, "change", "changes");
        let who = who(status, |of| of.inadmissible);
        problems.push(format!("{refused} by {who} broke the rules and do not count"));
    }
    problems
}

/// What is good to know, and mended by nobody but the owner.
fn notices(status: &StatusReport, zone: &TimeZone, today: Date) -> Vec<String> {
    let copied = status.copied.map(|copied| {
        format!(
            "this home was copied, or set back to an earlier state (noticed {}); it goes on as a \
             copy of its own and nothing is lost. If another copy of it is in use, delete one of \
             them and let it join again as a new device",
            when(copied.at, zone, today)
        )
    });
    let forked = status.forked.iter().map(|forked| {
        let name = forked.name.clone().unwrap_or_else(|| forked.device.short());
        format!(
            "two copies of {name} were in use (since {}); what both wrote is kept and counts. Use \
             one of them; delete the other and let it join again as a new device, or remove {name} \
             if you do not know who has it",
            when(forked.since, zone, today)
        )
    });
    copied.into_iter().chain(forked).collect()
}

/// The devices of whose changes some are among those that `count` counts.
fn who(status: &StatusReport, count: fn(&RefusedOf) -> u64) -> String {
    let named = status.refused.iter().filter(|of| count(of) > 0).map(|of| {
        of.name.clone().unwrap_or_else(|| format!("device {}", of.device.short()))
    });
    text::list(&named.collect::<Vec<_>>())
}

fn key_problem(context: &Context) -> Option<String> {
    if let Err(error) = context.home.key() {
        return Some(error.message);
    }
    context.home.key_is_exposed().then(|| {
        format!("others can read `{}`; run chmod 600 on it", context.home.key_path().display())
    })
}

fn draw(health: &Health, today: Date, colour: bool) -> String {
    let status = &health.status;
    let mut out = format!(
        "{}, {}, {} in {}; {}.\n",
        text::count(status.people, "person", "people"),
        text::count(status.documents, "document", "documents"),
        text::count(status.entries, "signed entry", "signed entries"),
        text::count(status.logs, "log", "logs"),
        text::bytes(status.store_bytes)
    );
    if status.pending > 0 {
        let waiting = text::count(status.pending, "item waits", "items wait");
        out.push_str(&format!("{waiting} for changes of another device: run `goodword sync`.\n"));
    }
    if let Some(folder) = health.backups.first().and_then(|backup| backup.file.parent()) {
        let count = text::count(health.backups.len() as u64, "backup", "backups");
        let days = health.backups.iter().map(|backup| dates::show(backup.of, today));
        let days = text::list(&days.collect::<Vec<_>>());
        let folder = folder.display().to_string();
        out.push_str(&format!("{count} in {}: {days}.\n", text::clean(&folder)));
    }
    match health.rebuilt {
        Some(Rebuilt::Same) => out.push_str("Rebuilt from the logs: the same as before.\n"),
        Some(Rebuilt::Different) => out.push_str("Rebuilt from the logs.\n"),
        None => {}
    }
    if health.problems.is_empty() {
        out.push_str(&format!("{}\n", Ink::Good.draw("All is well.", colour)));
    }
    for notice in &health.notices {
        let head = Ink::Warn.draw("Notice:", colour);
        out.push_str(&format!("{head} {}.\n", text::clean(notice)));
    }
    if health.late_edits > 0 {
        let late = text::count(health.late_edits, "edit", "edits");
        out.push_str(&format!("{late} came too late: goodword refound --late\n"));
    }
    for refusal in health.refusals.iter().take(REFUSALS_MAX) {
        let device = refusal.device_name.clone().unwrap_or_else(|| refusal.device.short());
        let about = refusal.name.as_deref().unwrap_or("a record");
        let kind = if refusal.stuck { "not applied here" } else { "does not count" };
        let line = format!("  {about}, signed by {device}, {kind}: {}", refusal.reason);
        out.push_str(&format!("{}\n", text::clean(&line)));
    }
    for problem in &health.problems {
        let head = Ink::Bad.draw("Problem:", colour);
        out.push_str(&format!("{head} {}\n", text::clean(problem)));
    }
    out
}
