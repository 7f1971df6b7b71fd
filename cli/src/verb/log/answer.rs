//! What `log` answers: who, when and how, and what nobody typed.

use std::collections::BTreeSet;

use goodword_core::model::{Channel, NewInteraction, Next, Stub, Yield};
use goodword_core::query::Show;
use goodword_core::store::Reader;
use goodword_core::view::PersonRow;
use goodword_core::{CommandId, Outcome, RecordId};
use jiff::civil::Date;
use serde::Serialize;

use super::talks::Talks;
use crate::error::CliError;
use crate::{dates, person, text};

/// A conversation that was logged.
#[derive(Debug, Serialize)]
pub struct Logged {
    interaction: Option<RecordId>,
    command: Option<CommandId>,
    people: Vec<Who>,
    on: Date,
    channel: Channel,
    got: BTreeSet<Yield>,
    introduced: Vec<Named>,
    next: Option<Next>,
    talks: Talks,
    /// How to speak of the first of them.
    #[serde(skip)]
    given: String,
}

/// Somebody whom one talked with.
#[derive(Debug, Serialize)]
struct Who {
    record: RecordId,
    name: String,
    company: Option<String>,
}

/// Somebody named in the talk.
#[derive(Debug, Serialize)]
struct Named {
    new: bool,
    record: Option<RecordId>,
    name: String,
    company: Option<String>,
}

impl Logged {
    /// Joins what was said, with whom, and what the store made of it.
    ///
    /// `reader` was opened after it.
    pub fn new(
        reader: &Reader,
        with: &[PersonRow],
        said: NewInteraction,
        outcome: &Outcome,
        talks: Talks,
    ) -> Result<Self, CliError> {
        let first = with.first().map(person::given).unwrap_or_default();
        Ok(Self {
            interaction: outcome.interaction,
            command: outcome.command,
            people: with.iter().map(Who::from).collect(),
            on: said.on,
            channel: said.channel,
            got: said.got,
            introduced: introduced(reader, &said.introduces, outcome)?,
            next: said.next,
            talks,
            given: first.to_owned(),
        })
    }

    /// Draws it in two lines: what was logged, and what follows from it.
    pub fn draw(&self, today: Date) -> String {
        let names: Vec<&str> = self.people.iter().map(|who| who.name.as_str()).collect();
        let channel = match self.channel {
            Channel::Other => String::new(),
            channel => format!(", {channel}"),
        };
        let (by, day) = (&self.given, dates::show(self.on, today));
        let mut out = format!("Logged with {} ({day}){channel}.", text::list(&names));
        for named in &self.introduced {
            let who = text::introduce(&named.name, None, named.company.as_deref());
            out.push_str(&if named.new {
                format!(" New: {who}, to be introduced by {by}.")
            } else {
                format!(" {who} was in your book; introduced by {by}.")
            });
        }
        if let Some(next) = &self.next {
            let colon = if next.why.is_empty() { "" } else { ": " };
            let day = dates::show(next.on, today);
            out.push_str(&format!(" Next: {day}{colon}{}.", next.why));
        }
        let computed = self.talks.sentence(by, self.on, today);
        format!("{}\n{}\n", text::clean(&out), text::clean(&computed))
    }
}

impl From<&PersonRow> for Who {
    fn from(row: &PersonRow) -> Self {
        Self {
            record: row.record,
            name: row.name.clone(),
            company: row.company.clone(),
        }
    }
}

/// The people named in the talk, those made for it among them.
fn introduced(reader: &Reader, stubs: &[Stub], outcome: &Outcome) -> Result<Vec<Named>, CliError> {
    let mut created = Vec::new();
    for record in &outcome.created {
        let (record, interactions) = (*record, 1);
        created.push(reader.ask(&Show { record, interactions })?.person);
    }
    let named = stubs.iter().map(|stub| {
        let made = created.iter().find(|row| row.name == stub.name);
        Named {
            new: made.is_some(),
            record: made.map(|row| row.record),
            name: stub.name.clone(),
            company: stub.company.clone(),
        }
    });
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_answer_names_who_is_new_and_what_is_next() {
        let today = date(2026, 11, 20);
        let who = |name: &str| Who {
            record: RecordId([1; 16]),
            name: name.to_owned(),
            company: None,
        };
        let named = |new, name: &str| Named {
            new,
            record: None,
            name: name.to_owned(),
            company: Some("Sakumi".to_owned()),
        };
        let logged = Logged {
            interaction: None,
            command: None,
            people: vec![who("Ada Rilo"), who("Leo Dunar")],
            on: date(2026, 11, 19),
            channel: Channel::Meeting,
            got: BTreeSet::new(),
            introduced: vec![named(true, "Bo Nato"), named(false, "Kai Ombe")],
            next: Some(Next { on: date(2026, 11, 27), why: "send the paper".to_owned() }),
            talks: Talks { nth: 1, nth_in_month: 1, days_since_last: None },
            given: "Ada".to_owned(),
        };
        assert_eq!(
            logged.draw(today),
            "Logged with Ada Rilo and Leo Dunar (Thu 19 Nov), meeting. New: Bo Nato at Sakumi, to \
             be introduced by Ada. Kai Ombe at Sakumi was in your book; introduced by Ada. Next: \
             Fri 27 Nov: send the paper.\nFirst talk with Ada.\n"
        );
    }
}
