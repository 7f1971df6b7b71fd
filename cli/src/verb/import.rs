//! `import`: people from a file, as one undoable command.
//!
//! The whole file is read before anything is written; a bad row is reported with its place and its
//! reason, and the rest goes in.

mod diff;
mod report;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use goodword_core::change::{Import as People, ImportedRow, RowOutcome};
use goodword_core::model::Incoming;
use goodword_core::store::Reader;
use goodword_core::{Change, Now, Outcome};
use goodword_formats::{Kind, Row, Summary, limits};
use indicatif::{ProgressBar, ProgressStyle};

use crate::context::Context;
use crate::error::CliError;
use crate::prompt;
use report::Report;

/// Brings in the network that you have: LinkedIn's Connections.csv, or vCards
///
///   goodword import Connections.csv --dry-run
///   goodword import Connections.csv
///   goodword import contacts.vcf
///
/// From LinkedIn: Settings, Data privacy, Get a copy of your data, Connections. From an address
/// book: export as vCard (.vcf). The same file again changes nothing; a later one brings what is
/// new, and never overwrites what you changed by hand. A whole import is one `goodword undo`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Import {
    /// The file
    file: PathBuf,

    /// Shows what would change, and changes nothing
    #[arg(long)]
    dry_run: bool,

    /// Takes people in again who were erased
    #[arg(long)]
    bring_back: bool,
}

/// A file as read.
struct Contents {
    kind: Kind,
    rows: Vec<Row>,
    summary: Summary,
}

impl Import {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let contents = read(context, &self.file)?;
        tracing::info!(read = contents.summary.read, rejected = contents.summary.rejected, "file read");
        let people: Vec<Incoming> = contents.rows.iter().filter_map(incoming).cloned().collect();
        let file = file_name(&self.file);
        let spinner = spinner(context, people.len());
        let bring_back = self.bring_back || self.asked_back(context, &reader, &file, &people, now)?;
        let change = Change::Import(People { file, people, bring_back });
        let outcome = if self.dry_run {
            context.preview(&change, now)?
        } else {
            context.apply(&change, now)?
        };
        spinner.finish_and_clear();
        let diff = if self.dry_run {
            diff::of(&reader, &contents.rows, &by_place(&outcome), context.output.json)?
        } else {
            diff::Diff::default()
        };
        let zone = context.zone(&reader)?;
        let report = Report::new(&contents, &outcome, self.dry_run, diff, &zone);
        context.output.long_answer(&report, || report.draw())?;
        // The report has said why; the exit code says it to scripts.
        match contents.summary {
            Summary { read: 0, skipped: 0, rejected: 0, .. } => Ok(()),
            Summary { read: 0, .. } => Err(CliError::found_problems()),
            _ => Ok(()),
        }
    }
}

impl Import {
    /// Asks whether people who were erased are to come back, if there are any in the file and
    /// somebody is there to answer.
    fn asked_back(
        &self,
        context: &Context,
        reader: &Reader,
        file: &str,
        people: &[Incoming],
        now: Now,
    ) -> Result<bool, CliError> {
        if self.dry_run || context.yes || !context.output.is_interactive() {
            return Ok(false);
        }
        if !reader.who_may()?.is_some_and(|authority| authority.withdrawn.has_erasures()) {
            return Ok(false);
        }
        let (file, people) = (file.to_owned(), people.to_vec());
        let all = Change::Import(People { file, people, bring_back: false });
        let tried = context.preview(&all, now)?;
        let erased = tried.rows.iter().filter(|row| row.outcome == RowOutcome::Erased).count();
        if erased == 0 {
            return Ok(false);
        }
        let who = crate::text::count(erased as u64, "person in it was", "people in it were");
        prompt::confirm(&format!("{who} erased. Bring them back?"), false)
    }
}

fn incoming(row: &Row) -> Option<&Incoming> {
    match row {
        Row::Read { incoming, .. } => Some(incoming),
        Row::Skipped { .. } | Row::Rejected { .. } => None,
    }
}

fn by_place(outcome: &Outcome) -> BTreeMap<u64, &ImportedRow> {
    outcome.rows.iter().map(|row| (row.place, row)).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn read(context: &Context, path: &Path) -> Result<Contents, CliError> {
    let unusable = |error: std::io::Error| {
        let message = format!("cannot read `{}`: {error}", path.display());
        match error.kind() {
            std::io::ErrorKind::NotFound => CliError::not_found(message),
            _ => CliError::failed(message),
        }
    };
    let mut file = File::open(path).map_err(unusable)?;
    let size = file.metadata().map_err(unusable)?.len();
    let mut head = Vec::new();
    let detect_bytes = limits::DETECT_BYTES as u64;
    file.by_ref().take(detect_bytes).read_to_end(&mut head).map_err(unusable)?;
    let refused = |error| refused(&file_name(path), &error);
    let kind = goodword_formats::detect(&file_name(path), &head).map_err(refused)?;
    let bar = bar(context, size);
    let mut rows = Vec::new();
    let source = bar.wrap_read(Cursor::new(head).chain(file));
    let summary = goodword_formats::read(kind, source, &mut |row| rows.push(row)).map_err(refused)?;
    bar.finish_and_clear();
    Ok(Contents { kind, rows, summary })
}

fn refused(file: &str, error: &goodword_formats::Error) -> CliError {
    let refused = match error {
        goodword_formats::Error::Unrecognised { .. } => format!("{error}; nothing was changed"),
        _ => format!("`{file}`: {error}; nothing was changed"),
    };
    let refused = CliError::failed(refused);
    match error.hint() {
        Some(hint) => refused.hint(hint),
        None => refused,
    }
}

fn bar(context: &Context, size: u64) -> ProgressBar {
    if !context.output.shows_progress() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(size);
    if let Ok(style) = ProgressStyle::with_template("Reading {bar:30} {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    bar
}

fn spinner(context: &Context, people: usize) -> ProgressBar {
    if !context.output.shows_progress() {
        return ProgressBar::hidden();
    }
    let spinner = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        spinner.set_style(style);
    }
    let people = crate::text::count(people as u64, "person", "people");
    spinner.set_message(format!("Writing {people}"));
    spinner.enable_steady_tick(Duration::from_millis(120));
    spinner
}
