//! What `add` and `edit` can say about a person, and its way into edits.

use clap::Args;
use goodword_core::model::{Labelled, Next, PersonEdit, Reach, ReachKind, Tier};
use goodword_core::store::Reader;
use jiff::civil::Date;

use crate::context::Context;
use crate::dates::{self, Toward};
use crate::error::CliError;
use crate::person;

/// Facts about a person.
#[derive(Debug, Default, Args)]
pub struct Facts {
    /// Where they work
    #[arg(long, value_name = "NAME")]
    company: Option<String>,

    /// What they do there
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,

    /// An e-mail address; can be repeated. Contact details have a space of their own
    #[arg(long, value_name = "ADDRESS")]
    email: Vec<String>,

    /// A telephone number; can be repeated
    #[arg(long, value_name = "NUMBER")]
    phone: Vec<String>,

    /// A web address; can be repeated
    #[arg(long, value_name = "URL")]
    link: Vec<String>,

    /// A tag; can be repeated
    #[arg(long, value_name = "WORD")]
    tag: Vec<String>,

    /// How close to keep them: inner, active, network, not-now
    #[arg(long, value_name = "WORD")]
    tier: Option<Tier>,

    /// The day of the next step; a day of the week means the next one
    #[arg(long, value_name = "DAY")]
    next: Option<String>,

    /// What the next step is
    #[arg(long, value_name = "TEXT", requires = "next")]
    why: Option<String>,

    /// A note, in the pipeline, which can be shared
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    /// A note that stays on your own devices
    #[arg(long, value_name = "TEXT")]
    note_private: Option<String>,

    /// Who introduced them
    #[arg(long, value_name = "PERSON")]
    introduced_by: Option<String>,
}

impl Facts {
    /// Returns the edits that say it, in a fixed order.
    pub fn edits(
        &self,
        context: &Context,
        reader: &Reader,
        today: Date,
    ) -> Result<Vec<PersonEdit>, CliError> {
        let mut edits = Vec::new();
        let text = |value: &Option<String>| value.as_ref().map(|text| Some(text.trim().to_owned()));
        edits.extend(text(&self.company).map(PersonEdit::Company));
        edits.extend(text(&self.title).map(PersonEdit::Title));
        let reach = [
            (ReachKind::Email, &self.email),
            (ReachKind::Phone, &self.phone),
            (ReachKind::Link, &self.link),
        ];
        for (kind, values) in reach {
            edits.extend(values.iter().map(|value| {
                let value = value.trim().to_owned();
                let label = String::new();
                let entry = Labelled { label, value };
                PersonEdit::AddReach(Reach { kind, entry })
            }));
        }
        edits.extend(self.tag.iter().cloned().map(PersonEdit::Tag));
        edits.extend(self.tier.map(|tier| PersonEdit::Tier(Some(tier))));
        if let Some(day) = &self.next {
            let on = dates::parse(day, today, Toward::Future)?;
            let why = self.why.clone().unwrap_or_default();
            edits.push(PersonEdit::Next(Some(Next { on, why })));
        }
        if let Some(name) = &self.introduced_by {
            let introducer = person::resolve(context, reader, name)?;
            edits.push(PersonEdit::IntroducedBy(Some(introducer.record)));
        }
        edits.extend(self.note.clone().map(PersonEdit::Note));
        edits.extend(self.note_private.clone().map(PersonEdit::PrivateNote));
        Ok(edits)
    }
}
