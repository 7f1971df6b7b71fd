//! What a dry run would change: people who would be new, and fields that would differ.

use std::collections::BTreeMap;

use goodword_core::change::{ImportedRow, RowOutcome};
use goodword_core::model::{Incoming, Labelled};
use goodword_core::query::{PersonPage, Show};
use goodword_core::store::Reader;
use goodword_formats::Row;

use crate::error::CliError;
use crate::text;

/// Lines of each kind: what fits a screen.
const LINES_MAX: usize = 10;

/// Lines of a dry run.
#[derive(Debug, Default)]
pub struct Diff {
    new: Vec<String>,
    new_total: u64,
    changed: Vec<String>,
    changed_total: u64,
}

/// Compares the rows that would change something with what is known. Nothing for a program, which
/// has the outcome of each row.
pub fn of(
    reader: &Reader,
    rows: &[Row],
    imported: &BTreeMap<u64, &ImportedRow>,
    json: bool,
) -> Result<Diff, CliError> {
    let mut diff = Diff::default();
    if json {
        return Ok(diff);
    }
    for incoming in rows.iter().filter_map(super::incoming) {
        let Some(done) = imported.get(&incoming.place) else { continue };
        match done.outcome {
            RowOutcome::Created => {
                diff.new_total += 1;
                if diff.new.len() < LINES_MAX {
                    diff.new.push(introduce(incoming));
                }
            }
            RowOutcome::Updated => {
                diff.changed_total += 1;
                if diff.changed.len() < LINES_MAX {
                    diff.changed.push(compare(reader, incoming, done)?);
                }
            }
            RowOutcome::Unchanged | RowOutcome::Erased => {}
        }
    }
    Ok(diff)
}

impl Diff {
    /// Draws it: `+` for somebody new, `~` for somebody changed.
    pub fn draw(&self) -> String {
        let mut out = String::new();
        let kinds = [
            ('+', &self.new, self.new_total),
            ('~', &self.changed, self.changed_total),
        ];
        for (sign, lines, total) in kinds {
            for line in lines {
                out.push_str(&format!("{sign} {line}\n"));
            }
            let more = total.saturating_sub(lines.len() as u64);
            if more > 0 {
                out.push_str(&format!("{sign} … {} more\n", text::thousands(more)));
            }
        }
        out
    }
}

fn introduce(incoming: &Incoming) -> String {
    let Incoming { name, title, company, .. } = incoming;
    text::introduce(name, title.as_deref(), company.as_deref())
}

fn compare(reader: &Reader, incoming: &Incoming, done: &ImportedRow) -> Result<String, CliError> {
    // Two rows of one file can mean one person, who is not there yet.
    let Ok(page) = reader.ask(&Show { record: done.record, interactions: 1 }) else {
        return Ok(format!("{}: named again", introduce(incoming)));
    };
    let person = &page.person;
    let mut changes = Vec::new();
    let fields = [
        ("name", Some(person.name.as_str()), Some(incoming.name.as_str())),
        ("company", person.company.as_deref(), incoming.company.as_deref()),
        ("title", person.title.as_deref(), incoming.title.as_deref()),
    ];
    for (field, known, said) in fields {
        match (known, said) {
            (Some(known), Some(said)) if known != said => {
                changes.push(format!("{field} {known} → {said}"));
            }
            (None, Some(said)) => changes.push(format!("{field} {said}")),
            (_, _) => {}
        }
    }
    let lists = [
        ("e-mail", &incoming.emails),
        ("phone", &incoming.phones),
        ("address", &incoming.addresses),
        ("link", &incoming.links),
    ];
    for (kind, values) in lists {
        let added = values.iter().filter(|entry| !is_known(&page, entry));
        changes.extend(added.map(|entry| format!("{kind} {}", entry.value)));
    }
    if changes.is_empty() {
        changes.push("details".to_owned());
    }
    Ok(format!("{}: {}", person.name, changes.join("; ")))
}

fn is_known(page: &PersonPage, entry: &Labelled) -> bool {
    let mut known = page.details.iter().flat_map(|details| &details.reach);
    known.any(|reach| reach.entry.value == entry.value)
}
