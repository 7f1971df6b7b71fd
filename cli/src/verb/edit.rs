//! `edit`: changes what is known of a person, and says what became of it.

use clap::{Args, ValueEnum};
use goodword_core::Change;
use goodword_core::model::{PersonEdit, ReachKind};
use goodword_core::query::{PersonPage, Show};
use goodword_core::view::PersonRow;
use jiff::civil::Date;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::facts::Facts;
use crate::{dates, editor, person, text};

/// Changes what is known of a person
///
///   goodword edit ada --company Kinto --title "Chief of Staff"
///   goodword edit ada --next "in 2 weeks" --why "ask about the Basel team"
///   goodword edit ada --clear next --untag pharma
///   goodword edit "Ada Rilo" --delete
///
/// E-mails, phones, links, tags and notes are added to those that are there. Everything can be
/// taken back with `goodword undo`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Edit {
    /// Who: a name, part of one, or an id
    person: String,

    /// Another name for them
    #[arg(long)]
    name: Option<String>,

    #[command(flatten)]
    facts: Facts,

    /// Empties a field; can be repeated
    #[arg(long, value_name = "FIELD")]
    clear: Vec<Field>,

    /// Takes an e-mail address, phone number or link away; can be repeated
    #[arg(long, value_name = "VALUE")]
    remove: Vec<String>,

    /// Takes a tag away; can be repeated
    #[arg(long, value_name = "WORD")]
    untag: Vec<String>,

    /// Opens your editor for a note
    #[arg(long)]
    edit: bool,

    /// Deletes the person
    #[arg(long)]
    delete: bool,
}

/// A field that can be emptied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Field {
    Company,
    Title,
    Tier,
    Next,
    IntroducedBy,
    Birthday,
    Tags,
    Emails,
    Phones,
    Links,
    Addresses,
}

#[derive(Serialize)]
struct Edited {
    person: PersonRow,
    command: Option<String>,
    deleted: bool,
    fields: Vec<FieldChange>,
}

/// A field before and after.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct FieldChange {
    field: &'static str,
    before: String,
    after: String,
}

impl Edit {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let record = person::resolve(context, &reader, &self.person)?.record;
        let show = Show { record, interactions: 1 };
        let before = reader.ask(&show)?;
        let mut edits = self.facts.edits(context, &reader, now.today)?;
        edits.extend(self.own_edits(&before)?);
        if self.edit {
            let remark = format!("A note about {}. Save and close.", before.person.name);
            let note = editor::edit(&context.home, &remark, "")?;
            edits.extend((!note.is_empty()).then_some(PersonEdit::Note(note)));
        }
        if edits.is_empty() {
            return Err(CliError::usage("there is nothing to change")
                .hint("say what: `goodword edit --help` leads with examples"));
        }
        let change = Change::EditPeople { people: vec![record], edits };
        let outcome = context.apply(&change, now)?;
        let after = if self.delete { None } else { Some(context.read()?.ask(&show)?) };
        let edited = Edited {
            fields: after.as_ref().map(|after| differences(&before, after, now.today)).unwrap_or_default(),
            person: after.map_or(before.person, |after| after.person),
            command: outcome.command.map(|command| command.to_string()),
            deleted: self.delete,
        };
        context.output.answer(&edited, || draw(&edited))
    }

    fn own_edits(&self, page: &PersonPage) -> Result<Vec<PersonEdit>, CliError> {
        let mut edits = Vec::new();
        edits.extend(self.name.clone().map(PersonEdit::Name));
        edits.extend(self.untag.iter().cloned().map(PersonEdit::Untag));
        for field in &self.clear {
            edits.extend(field.emptied(page));
        }
        for value in &self.remove {
            edits.push(removed(page, value)?);
        }
        edits.extend(self.delete.then_some(PersonEdit::Deleted(true)));
        Ok(edits)
    }
}

impl Field {
    fn emptied(self, page: &PersonPage) -> Vec<PersonEdit> {
        let all = |kind| reach(page).filter(move |(of, _)| *of == kind).map(remove).collect();
        match self {
            Self::Company => vec![PersonEdit::Company(None)],
            Self::Title => vec![PersonEdit::Title(None)],
            Self::Tier => vec![PersonEdit::Tier(None)],
            Self::Next => vec![PersonEdit::Next(None)],
            Self::IntroducedBy => vec![PersonEdit::IntroducedBy(None)],
            Self::Birthday => vec![PersonEdit::Birthday(None)],
            Self::Tags => page.person.tags.iter().cloned().map(PersonEdit::Untag).collect(),
            Self::Emails => all(ReachKind::Email),
            Self::Phones => all(ReachKind::Phone),
            Self::Links => all(ReachKind::Link),
            Self::Addresses => all(ReachKind::Address),
        }
    }
}

fn reach(page: &PersonPage) -> impl Iterator<Item = (ReachKind, &str)> {
    let details = page.details.iter().flat_map(|details| &details.reach);
    details.map(|reach| (reach.kind, reach.entry.value.as_str()))
}

fn remove((kind, value): (ReachKind, &str)) -> PersonEdit {
    let value = value.to_owned();
    PersonEdit::RemoveReach { kind, value }
}

fn removed(page: &PersonPage, value: &str) -> Result<PersonEdit, CliError> {
    let wanted = value.trim().to_lowercase();
    let found = reach(page).find(|(_, known)| known.to_lowercase() == wanted);
    found.map(remove).ok_or_else(|| {
        CliError::not_found(format!("{} has no `{value}`", page.person.name))
            .hint("`goodword show` lists what is there")
    })
}

/// The fields that differ, in the order in which a page shows them.
fn differences(before: &PersonPage, after: &PersonPage, today: Date) -> Vec<FieldChange> {
    let fields = |page: &PersonPage| {
        let person = &page.person;
        let next = person.next.as_ref().map(|next| {
            let gap = if next.why.is_empty() { "" } else { " " };
            format!("{}{gap}{}", dates::show(next.on, today), next.why)
        });
        let of_kind = |kind| {
            let values: Vec<&str> = reach(page).filter(|(of, _)| *of == kind).map(|(_, v)| v).collect();
            values.join(", ")
        };
        let tags: Vec<&str> = person.tags.iter().map(String::as_str).collect();
        let private = page.private.as_ref().map_or(0, |private| private.notes.len());
        let birthday = page.details.as_ref().and_then(|details| details.birthday.clone());
        [
            ("name", person.name.clone()),
            ("company", person.company.clone().unwrap_or_default()),
            ("title", person.title.clone().unwrap_or_default()),
            ("tier", person.tier.map(|tier| tier.to_string()).unwrap_or_default()),
            ("next", next.unwrap_or_default()),
            ("introduced by", page.introduced_by.clone().unwrap_or_default()),
            ("tags", tags.join(", ")),
            ("e-mail", of_kind(ReachKind::Email)),
            ("phone", of_kind(ReachKind::Phone)),
            ("link", of_kind(ReachKind::Link)),
            ("address", of_kind(ReachKind::Address)),
            ("birthday", birthday.unwrap_or_default()),
            ("notes", count(person.notes.len())),
            ("private notes", count(private)),
        ]
    };
    let pairs = fields(before).into_iter().zip(fields(after));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((field, before), (_, after))| FieldChange { field, before, after })
        .collect()
}

fn count(notes: usize) -> String {
    if notes == 0 { String::new() } else { notes.to_string() }
}

fn draw(edited: &Edited) -> String {
    let name = &edited.person.name;
    if edited.deleted {
        return text::clean(&format!("Deleted {name}. Bring them back with `goodword undo`.")).into_owned() + "\n";
    }
    if edited.fields.is_empty() {
        return text::clean(&format!("{name}: that was known already.")).into_owned() + "\n";
    }
    let changes: Vec<String> = edited
        .fields
        .iter()
        .map(|change| match (change.before.as_str(), change.after.as_str()) {
            ("", after) => format!("{} {after}", change.field),
            (before, "") => format!("no {} (was {before})", change.field),
            (before, after) => format!("{} {before} → {after}", change.field),
        })
        .collect();
    text::clean(&format!("{name}: {}.", changes.join("; "))).into_owned() + "\n"
}
