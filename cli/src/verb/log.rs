//! `log`: one line for what already happened.
//!
//! The usual talk is one transaction. A name that nobody has becomes a person only when the user
//! says so; an ambiguous one changes nothing.

mod answer;
mod channel;
mod intro;
mod talks;

use clap::Args;
use goodword_core::model::{Channel, NewInteraction, NewPerson, Next, Stub, Yield};
use goodword_core::query::Show;
use goodword_core::store::Reader;
use goodword_core::view::PersonRow;
use goodword_core::{Change, Now};
use jiff::civil::Date;

use crate::context::Context;
use crate::dates::{self, Toward};
use crate::error::CliError;
use crate::person::{self, Found};
use crate::{editor, prompt};
use answer::Logged;
use talks::Talks;

/// Logs a conversation, in one line
///
///   goodword log ada "coffee, hiring freeze until May" --on fri
///   goodword log ada "call" --got information,lead --intro "Bo Nato@Sakumi" --next "in 2 weeks"
///   goodword log ada,leo "lunch about the clinic" --edit
///
/// The first words tell the channel (coffee, call, zoom, mail, …). The text goes to the pipeline,
/// which can be shared; what is for you alone goes into --note-private.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Log {
    /// Who: a name or part of one; several separated by commas
    #[arg(value_name = "PERSON[,PERSON…]")]
    people: String,

    /// What was said
    #[arg(value_name = "TEXT")]
    text: Option<String>,

    /// The day on which it happened [default: today]; a day of the week means the last one
    #[arg(long, value_name = "DAY")]
    on: Option<String>,

    /// How: meeting, call, video, email, message, event, other
    #[arg(long, value_name = "WORD")]
    channel: Option<Channel>,

    /// What it brought: advice, information, lead, referral
    #[arg(long, value_name = "WORD,…", value_delimiter = ',')]
    got: Vec<Yield>,

    /// Somebody whom they will introduce you to; can be repeated
    #[arg(long, value_name = "NAME[@COMPANY]")]
    intro: Vec<String>,

    /// The day of the next step; a day of the week means the next one
    #[arg(long, value_name = "DAY")]
    next: Option<String>,

    /// What the next step is
    #[arg(long, value_name = "TEXT", requires = "next")]
    why: Option<String>,

    /// A note that stays on your own devices
    #[arg(long, value_name = "TEXT")]
    note_private: Option<String>,

    /// Opens your editor for the text
    #[arg(long)]
    edit: bool,

    /// Adds people whom nobody is called like
    #[arg(long)]
    new: bool,
}

impl Log {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let on = match &self.on {
            Some(day) => dates::parse(day, now.today, Toward::Past)?,
            None => now.today,
        };
        let next = self.next_step(now.today)?;
        let stubs: Vec<Stub> = self
            .intro
            .iter()
            .map(|named| intro::parse(named))
            .collect::<Result<_, _>>()?;
        let people = self.who(context, &reader)?;
        let text = self.text(context)?;
        let with = self.add_unknown(context, people, now)?;
        let Some(first) = with.first() else {
            return Err(CliError::usage("nobody is named").hint("write goodword log NAME \"…\""));
        };
        let talks = Talks::with(&reader, first.record, on)?;
        let said = NewInteraction {
            people: with.iter().map(|row| row.record).collect(),
            on,
            channel: self.channel.unwrap_or_else(|| channel::guess(&text)),
            text,
            private_text: self.note_private.clone(),
            got: self.got.iter().copied().collect(),
            introduces: stubs,
            next,
        };
        let outcome = context.apply(&Change::Log(said.clone()), now)?;
        tracing::info!(people = with.len(), "logged");
        let logged = Logged::new(&context.read()?, &with, said, &outcome, talks)?;
        context.output.answer(&logged, || logged.draw(now.today))
    }

    /// Makes the people who were not in the book; usually there are none.
    fn add_unknown(
        &self,
        context: &Context,
        people: Vec<Party>,
        now: Now,
    ) -> Result<Vec<PersonRow>, CliError> {
        let mut rows = Vec::new();
        for party in people {
            let name = match party {
                Party::Known(row) => {
                    rows.push(*row);
                    continue;
                }
                Party::Unknown(name) => name,
            };
            let edits = Vec::new();
            let outcome = context.apply(&Change::AddPerson(NewPerson { name, edits }), now)?;
            let reader = context.read()?;
            for record in outcome.created {
                let interactions = 1;
                rows.push(reader.ask(&Show { record, interactions })?.person);
            }
        }
        Ok(rows)
    }

    fn next_step(&self, today: Date) -> Result<Option<Next>, CliError> {
        let Some(day) = &self.next else {
            return Ok(None);
        };
        let on = dates::parse(day, today, Toward::Future)?;
        let why = self.why.clone().unwrap_or_default();
        Ok(Some(Next { on, why }))
    }

    fn text(&self, context: &Context) -> Result<String, CliError> {
        let text = self.text.clone().unwrap_or_default();
        if self.edit {
            return editor::edit(&context.home, "What was said? Save and close.", &text);
        }
        let says_nothing = text.trim().is_empty()
            && self.channel.is_none()
            && self.got.is_empty()
            && self.intro.is_empty()
            && self.note_private.is_none();
        if says_nothing {
            return Err(CliError::usage("there is no text").hint(
                "write goodword log NAME \"coffee, hiring freeze until May\", or use --edit",
            ));
        }
        Ok(text.trim().to_owned())
    }

    /// Everybody named, each once, before anything is changed.
    fn who(&self, context: &Context, reader: &Reader) -> Result<Vec<Party>, CliError> {
        let names = self.people.split(',').map(str::trim);
        let mut people: Vec<Party> = Vec::new();
        for name in names.filter(|name| !name.is_empty()) {
            match person::find(context, reader, name)? {
                Found::One(row) => {
                    let again = |party: &Party| matches!(party, Party::Known(known) if known.record == row.record);
                    if !people.iter().any(again) {
                        people.push(Party::Known(row));
                    }
                }
                Found::Nobody(similar) => {
                    self.allow_new(context, name, &similar)?;
                    people.push(Party::Unknown(name.to_owned()));
                }
            }
        }
        Ok(people)
    }

    fn allow_new(&self, context: &Context, name: &str, similar: &[PersonRow]) -> Result<(), CliError> {
        if self.new {
            return Ok(());
        }
        let error = person::nobody(name, similar);
        if context.output.is_interactive() {
            if let (Some(hint), [_, ..]) = (&error.hint, similar) {
                context.output.note(&format!("No person matches `{name}`: {hint}"));
            }
            if prompt::confirm(&format!("Add `{name}` as a new person?"), false)? {
                return Ok(());
            }
            return Err(CliError::cancelled());
        }
        let hint = match &error.hint {
            Some(hint) if !similar.is_empty() => format!("{hint} If not, add them with --new"),
            _ => "add them with --new".to_owned(),
        };
        Err(error.hint(hint))
    }
}

/// Somebody named on the command line.
enum Party {
    Known(Box<PersonRow>),
    Unknown(String),
}
