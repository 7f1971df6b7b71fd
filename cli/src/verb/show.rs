//! `show`: everything about one person on a page.

mod page;

use clap::Args;
use goodword_core::model::Cadence;
use goodword_core::query::{AskProfile, PersonPage, Show as Question};
use jiff::civil::Date;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::{dates, person};

/// Shows everything about a person: how to reach them, what happened, what is next
///
///   goodword show ada
///   goodword show ada@sakumi --limit 0
///
/// Where two devices wrote different values, both are shown ("also: …"); `goodword edit` with the
/// right one settles it.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Show {
    /// Who: a name, part of one, name@company, or an id
    person: String,

    /// At most so many conversations, the latest; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: usize,
}

/// A page, with what follows from it.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    page: PersonPage,
    computed: Computed,
}

/// What nobody typed.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Computed {
    days_since_last: Option<i32>,
    keep_warm_every: Option<u16>,
    keep_warm_due: Option<Date>,
}

impl Show {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let record = person::resolve(context, &reader, &self.person)?.record;
        let interactions = self.limit;
        let page = reader.ask(&Question { record, interactions })?;
        let cadence = reader.ask(&AskProfile)?.keep_warm;
        let computed = Computed::of(&page, &cadence, now.today);
        let shown = Shown { page, computed };
        let screen = context.output.screen(now.today);
        context.output.long_answer(&shown, || page::draw(&shown, &screen))
    }
}

impl Computed {
    fn of(page: &PersonPage, cadence: &Cadence, today: Date) -> Self {
        let last = page.timeline.first().map(|row| row.on);
        let every = page.person.tier.and_then(|tier| cadence.days(tier));
        let due = last.zip(every).and_then(|(last, every)| {
            last.checked_add(jiff::Span::new().days(i64::from(every))).ok()
        });
        Self {
            days_since_last: last.map(|last| dates::days_between(last, today)),
            keep_warm_every: every,
            keep_warm_due: due,
        }
    }
}
