//! `add`: a person by hand.

use clap::Args;
use goodword_core::model::NewPerson;
use goodword_core::query::{People, Resolution, Resolve, Show};
use goodword_core::store::Reader;
use goodword_core::view::PersonRow;
use goodword_core::{Change, RecordId};
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::facts::Facts;
use crate::{dates, text};

/// Adds a person
///
///   goodword add "Ada Rilo" --company Sakumi --title "VP Marketing" --tier active
///   goodword add "Bo Nato" --introduced-by ada --next fri --why "ask about the Basel team"
///
/// Everything but the name can be added later with `goodword edit`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Add {
    /// Their name
    name: String,

    #[command(flatten)]
    facts: Facts,
}

#[derive(Serialize)]
struct Added {
    person: PersonRow,
    command: Option<String>,
    namesakes: Vec<RecordId>,
    colleagues: u64,
}

impl Add {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let name = self.name.trim().to_owned();
        let edits = self.facts.edits(context, &reader, now.today)?;
        let namesakes = namesakes(&reader, &name)?;
        let outcome = context.apply(&Change::AddPerson(NewPerson { name, edits }), now)?;
        let Some(record) = outcome.created.first().copied() else {
            return Err(CliError::failed("nobody was added"));
        };
        let reader = context.read()?;
        let person = reader.ask(&Show { record, interactions: 1 })?.person;
        let colleagues = match &person.company {
            Some(company) => colleagues(&reader, company)?.saturating_sub(1),
            None => 0,
        };
        let added = Added {
            person,
            command: outcome.command.map(|command| command.to_string()),
            namesakes: namesakes.iter().map(|row| row.record).collect(),
            colleagues,
        };
        context.output.answer(&added, || {
            let mut out = format!("Added {}.", introduce(&added.person));
            if let Some(next) = &added.person.next {
                out.push_str(&format!(" Next: {}.", dates::show(next.on, now.today)));
            }
            if let (1.., Some(company)) = (added.colleagues, &added.person.company) {
                let others = text::count(added.colleagues, "other person", "other people");
                out.push_str(&format!(" You know {others} at {company}."));
            }
            if let Some(other) = namesakes.first() {
                out.push_str(&format!(
                    "\nThere was a person of that name already: {}. If it is the same, \
                     take this one back with `goodword undo`.",
                    introduce(other)
                ));
            }
            format!("{out}\n")
        })
    }
}

fn introduce(person: &PersonRow) -> String {
    let PersonRow { name, title, company, .. } = person;
    text::clean(&text::introduce(name, title.as_deref(), company.as_deref())).into_owned()
}

fn namesakes(reader: &Reader, name: &str) -> Result<Vec<PersonRow>, CliError> {
    let found = reader.ask(&Resolve { text: name.to_owned() })?;
    let mut people = match found {
        Resolution::One(row) => vec![*row],
        Resolution::Many(rows) => rows,
        Resolution::Nobody(_) => Vec::new(),
    };
    people.retain(|row| row.name.to_lowercase() == name.to_lowercase());
    Ok(people)
}

fn colleagues(reader: &Reader, company: &str) -> Result<u64, CliError> {
    let question = People {
        company: Some(company.to_owned()),
        limit: 1,
        ..People::default()
    };
    Ok(reader.ask(&question)?.total)
}
