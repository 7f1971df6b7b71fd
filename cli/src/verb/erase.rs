//! `erase`: forgets people for good, on every device.

use std::path::PathBuf;
use std::fs;

use clap::Args;
use goodword_core::query::{Companies, Devices, Find, Show};
use goodword_core::store::{BACKUPS_KEPT, Kept, Reader, backups_in};
use goodword_core::text::fold;
use goodword_core::view::PersonRow;
use goodword_core::{Change, RecordId};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::{backups, dates, person, prompt, text};

/// Erases people for good: on all your devices, with their history
///
///   goodword erase ada
///   goodword erase ada bo --yes
///   goodword erase ada --delete-backups
///
/// For somebody who asks to be forgotten. It can not be undone; to hide a person so that they can
/// come back, use `goodword edit ada --delete`. Your other devices follow when they next meet one
/// that has heard of it. What a mentor's program has received it is asked to erase as well, which
/// nobody can prove. A file that brings an erased person back is asked about first.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Erase {
    /// Who: names, parts of names, or ids
    #[arg(required = true)]
    people: Vec<String>,

    /// Deletes the backups in the home that hold them, too
    #[arg(long)]
    delete_backups: bool,
}

#[derive(Serialize)]
struct Erased {
    erased: Vec<Person>,
    mentions: Vec<Mention>,
    backups: Vec<Backup>,
    other_devices: Vec<String>,
}

#[derive(Serialize)]
struct Person {
    record: RecordId,
    name: String,
}

/// A record whose text names somebody who was erased.
#[derive(Serialize)]
struct Mention {
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<RecordId>,
    name: String,
    text: String,
}

#[derive(Serialize)]
struct Backup {
    file: PathBuf,
    of: Date,
    /// When newer ones have taken its place; none if it stays until somebody deletes it.
    gone_by: Option<Date>,
    deleted: bool,
}

impl Erase {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let zone = context.zone(&reader)?;
        let mut people: Vec<PersonRow> = Vec::new();
        for name in &self.people {
            let found = person::resolve(context, &reader, name)?;
            if people.iter().all(|known| known.record != found.record) {
                people.push(found);
            }
        }
        confirm(context, &reader, &people)?;
        let mentions = mentions(&reader, &people)?;
        let devices = reader.ask(&Devices)?.into_iter();
        let others = devices.filter(|line| !line.here && !line.removed);
        let other_devices = others.map(|line| line.name.unwrap_or_else(|| line.device.short()));
        let other_devices: Vec<String> = other_devices.collect();
        drop(reader);

        let records = people.iter().map(|person| person.record).collect();
        context.apply(&Change::Erase { records }, now)?;
        let backups = self.backups(context, &zone)?;
        let erased = people.into_iter().map(|row| Person { record: row.record, name: row.name });
        let erased = Erased { erased: erased.collect(), mentions, backups, other_devices };
        context.output.answer(&erased, || draw(&erased, now.today))
    }

    /// The backups in the home, all of which are older than the erasure.
    fn backups(&self, context: &Context, zone: &TimeZone) -> Result<Vec<Backup>, CliError> {
        let folder = context.home.backups_path();
        let kept = backups_in(&folder).map_err(|error| backups::file(&folder, "read", &error))?;
        let mut listed = Vec::new();
        for Kept { path, at, weekly, .. } in kept {
            let of = at.to_zoned(zone.clone()).date();
            let weeks = i64::try_from(BACKUPS_KEPT).unwrap_or(i64::MAX);
            let gone_by = if weekly { of.checked_add(weeks.weeks()).ok() } else { None };
            if self.delete_backups {
                fs::remove_file(&path).map_err(|error| backups::file(&path, "delete", &error))?;
            }
            listed.push(Backup { file: path, of, gone_by, deleted: self.delete_backups });
        }
        Ok(listed)
    }
}

fn confirm(context: &Context, reader: &Reader, people: &[PersonRow]) -> Result<(), CliError> {
    if context.yes {
        return Ok(());
    }
    let mut described = Vec::new();
    for row in people {
        let talks = reader.ask(&Show { record: row.record, interactions: 1 })?.interactions;
        described.push(match talks {
            0 => row.name.clone(),
            _ => format!("{} ({})", row.name, text::count(talks, "talk", "talks")),
        });
    }
    if !context.output.is_interactive() {
        return Err(CliError::usage("erasing is for good, and there is no terminal to ask")
            .hint("--yes erases without a question"));
    }
    let question = format!("Erase {} for good, on all your devices?", text::list(&described));
    if prompt::confirm(&text::clean(&question), false)? { Ok(()) } else { Err(CliError::cancelled()) }
}

/// Where else they are named: in talks and notes of other people, and in notes on companies.
fn mentions(reader: &Reader, people: &[PersonRow]) -> Result<Vec<Mention>, CliError> {
    let is_erased = |record: RecordId| people.iter().any(|row| row.record == record);
    let companies = reader.ask(&Companies { targets: false, limit: 0 })?;
    let mut mentions: Vec<Mention> = Vec::new();
    for row in people {
        let found = reader.ask(&Find { text: row.name.clone(), limit: 0 })?;
        for line in found.people.into_iter().filter(|line| !is_erased(line.person.record)) {
            let Some(matched) = line.matched else { continue };
            let (person, name) = (Some(line.person.record), line.person.name);
            mentions.push(Mention { person, name, text: matched.text });
        }
        let wanted = fold(&row.name);
        for company in &companies {
            let notes = company.company.notes.iter().map(|note| &note.text);
            for note in notes.filter(|note| fold(note).contains(&wanted)) {
                let (name, text) = (company.company.name.clone(), note.clone());
                mentions.push(Mention { person: None, name, text });
            }
        }
    }
    Ok(mentions)
}

fn draw(erased: &Erased, today: Date) -> String {
    let names: Vec<&str> = erased.erased.iter().map(|person| person.name.as_str()).collect();
    let mut out = format!("Erased {} from this device, history included.\n", text::list(&names));
    if !erased.other_devices.is_empty() {
        let devices = text::list(&erased.other_devices);
        out.push_str(&format!("{devices} will do the same at the next sync.\n"));
    }
    if !erased.mentions.is_empty() {
        out.push_str("Still named in what you wrote about others; edit it, then `goodword refound`:\n");
        for mention in &erased.mentions {
            out.push_str(&format!("  {}: {}\n", mention.name, mention.text));
        }
    }
    for backup in &erased.backups {
        let file = backup.file.display();
        out.push_str(&match (backup.deleted, backup.gone_by) {
            (true, _) => format!("Deleted the backup {file}.\n"),
            (false, Some(gone_by)) => {
                format!("In the backup {file} until {}.\n", dates::show(gone_by, today))
            }
            (false, None) => format!("In the backup {file}, until you delete it.\n"),
        });
    }
    text::clean_lines(&out).map(|line| line.into_owned() + "\n").collect()
}
