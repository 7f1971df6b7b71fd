//! `restore`: makes this home from a backup, as the device that wrote it.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use goodword_core::query::Status;
use goodword_core::store::Restored;
use goodword_formats::age;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::{backups, passphrase, text};

/// Brings a backup back, into a home without a book
///
///   goodword restore book.goodword
///   goodword restore --passphrase-file secret.txt book.goodword.age
///   goodword --home ~/elsewhere restore book.goodword
///
/// The copy goes on as the device that was backed up; `goodword sync` brings what came since. Do
/// not go on with the old one as well: nothing would be lost, but only one of the two can be
/// reached by your other devices at a time. For a further device use `goodword join`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Restore {
    /// The backup
    file: PathBuf,

    /// Opens the backup with the passphrase in the first line of FILE
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Answer {
    book: String,
    device: String,
    made: String,
    people: u64,
    entries: u64,
    other_devices: usize,
}

impl Restore {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        require_no_book(context)?;
        let restored = self.restore(context)?;
        let reader = context.read()?;
        let zone = context.zone(&reader)?;
        let status = reader.ask(&Status)?;
        let devices = reader.who_may()?.map_or(0, |authority| authority.devices.len());
        tracing::info!(entries = restored.entries, "restored");
        let answer = Answer {
            book: restored.book.to_string(),
            device: restored.device.to_string(),
            made: restored.at.to_string(),
            people: status.people,
            entries: restored.entries,
            other_devices: devices.saturating_sub(1),
        };
        let made = restored.at.to_zoned(zone).strftime("%a %-d %b %Y, %H:%M").to_string();
        context.output.answer(&answer, || draw(&answer, &made))
    }

    fn restore(&self, context: &Context) -> Result<Restored, CliError> {
        context.home.restore(open(context, &self.file, self.passphrase_file.as_deref())?)
    }
}

/// Opens a backup, under a passphrase or not.
pub fn open(
    context: &Context,
    path: &Path,
    passphrase_file: Option<&Path>,
) -> Result<Box<dyn Read>, CliError> {
    let file = File::open(path);
    let mut file = file.map_err(|error| backups::file(path, "read", &error))?;
    let mut beginning = Vec::new();
    let read = file.by_ref().take(age::MAGIC.len() as u64).read_to_end(&mut beginning);
    read.map_err(|error| backups::file(path, "read", &error))?;
    let is_locked = beginning == age::MAGIC;
    let source = BufReader::new(io::Cursor::new(beginning).chain(file));
    if !is_locked {
        return Ok(Box::new(source));
    }
    let passphrase = match passphrase_file {
        Some(path) => passphrase::in_file(path)?,
        None => passphrase::known(context)?,
    };
    Ok(Box::new(age::Reader::new(source, &passphrase)?))
}

/// Fails if there is a book in the home.
pub fn require_no_book(context: &Context) -> Result<(), CliError> {
    let home = &context.home;
    if home.has_store() && home.read()?.book()?.is_some() {
        let message = format!("there is a book in `{}` already", home.path().display());
        return Err(CliError::refused(message)
            .hint("restore into another directory with --home, or move this one away"));
    }
    Ok(())
}

fn draw(answer: &Answer, made: &str) -> String {
    let people = text::count(answer.people, "person", "people");
    let entries = text::count(answer.entries, "signed entry", "signed entries");
    let since = match answer.other_devices {
        0 => "",
        _ => "\n`goodword sync` brings what your other devices have had since.",
    };
    format!(
        "Restored {people}, {entries}, as of {made}.\nThis home goes on as the device that was \
         backed up: do not use the old one any more.{since}\n"
    )
}
