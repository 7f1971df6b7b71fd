//! `export`: everything as plain data, or people as cards for an address book.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use goodword_core::model::{Incoming, Labelled, ReachKind};
use goodword_core::query::{Export as Question, ExportedPerson};
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::{output, text};

/// Scheme of the keys with which vCard files know people.
const VCARD_SCHEME: &str = "vcard:";

/// Writes your whole book as JSON, or people as vCards
///
///   goodword export --output book.json
///   goodword export --vcard --output people.vcf
///   goodword export --json | jq '.people[].name'
///
/// JSON holds everything, private notes among it; the same book gives the same bytes on every
/// device. Cards (vCard 3.0) hold what address books know: no conversations, no private notes.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Export {
    /// Writes vCards instead of JSON
    #[arg(long)]
    vcard: bool,

    /// The file to write, readable by you only [default: stdout]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Serialize)]
struct Exported {
    format: &'static str,
    people: u64,
    bytes: u64,
}

impl Export {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        if self.vcard && context.output.json && self.output.is_none() {
            return Err(CliError::usage("--vcard and --json cannot both be on stdout")
                .hint("name a file for the cards with --output"));
        }
        let book = context.read()?.ask(&Question)?;
        let people = book.people.len() as u64;
        let (format, bytes) = if self.vcard {
            ("vcard", cards(&book.people).into_bytes())
        } else {
            let mut bytes = Vec::new();
            output::encode_json(&mut bytes, &book)?;
            ("json", bytes)
        };
        tracing::info!(people, bytes = bytes.len(), "exported");
        let Some(path) = &self.output else {
            return context.output.print_bytes(&bytes);
        };
        write(path, &bytes)?;
        let exported = Exported { format, people, bytes: bytes.len() as u64 };
        context.output.answer(&exported, || {
            let people = text::count(exported.people, "person", "people");
            let size = text::bytes(exported.bytes);
            let path = text::clean(&path.display().to_string()).into_owned();
            format!("Wrote {people} to {path} ({size}).\n")
        })
    }
}

/// Writes a file beside the one asked for and puts it in its place when it is whole.
fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let unusable = |error| CliError::failed(format!("cannot write `{}`: {error}", path.display()));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let written = create(&partial).and_then(|file| {
        let mut file = BufWriter::new(file);
        file.write_all(bytes)?;
        file.into_inner().map_err(|error| error.into_error())?.sync_all()?;
        fs::rename(&partial, path)
    });
    if written.is_err() {
        // It may not have been made.
        let _ = fs::remove_file(&partial);
    }
    written.map_err(unusable)
}

fn create(path: &Path) -> std::io::Result<File> {
    // What a killed export left behind.
    let _ = fs::remove_file(path);
    crate::home::create_owner_only(path)
}

fn cards(people: &[ExportedPerson]) -> String {
    let mut out = String::new();
    for person in people {
        goodword_formats::write_card(&mut out, &uid(person), &card(person));
    }
    out
}

/// The identifier that the card came with, or one made from the record's.
fn uid(person: &ExportedPerson) -> String {
    let details = person.details.iter();
    let mut sources = details.flat_map(|details| details.sources.keys());
    match sources.find_map(|key| key.strip_prefix(VCARD_SCHEME)) {
        Some(uid) => uid.to_owned(),
        None => format!("urn:uuid:{}", hyphenated(&person.person.record.to_string())),
    }
}

/// `8-4-4-4-12` hexadecimal digits (RFC 9562).
fn hyphenated(digits: &str) -> String {
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if matches!(i, 8 | 12 | 16 | 20) {
            out.push('-');
        }
        out.push(digit);
    }
    out
}

fn card(exported: &ExportedPerson) -> Incoming {
    let person = &exported.person;
    let details = exported.details.clone().unwrap_or_default();
    let of_kind = |kind| {
        let reach = details.reach.iter().filter(|reach| reach.kind == kind);
        reach.map(|reach| reach.entry.clone()).collect::<Vec<Labelled>>()
    };
    Incoming {
        name: person.name.clone(),
        given: person.given.clone(),
        family: person.family.clone(),
        company: person.company.clone(),
        title: person.title.clone(),
        emails: of_kind(ReachKind::Email),
        phones: of_kind(ReachKind::Phone),
        addresses: of_kind(ReachKind::Address),
        links: of_kind(ReachKind::Link),
        birthday: details.birthday.clone(),
        connected_on: person.connected_on,
        notes: person.notes.iter().map(|note| note.text.clone()).collect(),
        tags: person.tags.iter().cloned().collect(),
        extra: details.extra.clone(),
        ..Incoming::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_id_becomes_a_uuid() {
        assert_eq!(
            hyphenated("0199f3a1b2c37d4e8f90a1b2c3d4e5f6"),
            "0199f3a1-b2c3-7d4e-8f90-a1b2c3d4e5f6"
        );
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("book.json");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }
}
