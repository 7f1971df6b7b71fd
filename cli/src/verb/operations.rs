//! `operations`: what was done, on any device.

use clap::Args;
use goodword_core::CommandId;
use goodword_core::query::{Operation, Operations as Question};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::screen::{Ink, Screen};
use crate::table::{Cell, Column, Table};
use crate::{dates, text};

/// Lists what was done, on all your devices, latest first
///
///   goodword operations
///   goodword operations --limit 100
///
/// The id at the beginning of a line goes into `goodword undo`.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Operations {
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: usize,
}

#[derive(Serialize)]
struct Listed {
    operations: Vec<Operation>,
}

impl Operations {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let zone = context.zone(&reader)?;
        let operations = reader.ask(&Question { limit: self.limit })?;
        let screen = context.output.screen(now.today);
        let listed = Listed { operations };
        context.output.long_answer(&listed, || draw(&listed.operations, &zone, &screen))
    }
}

/// The short form of a command's id: its random end, for the beginning is the time.
pub fn short(command: &CommandId) -> String {
    let id = command.to_string();
    let end = id.len().saturating_sub(8);
    id.get(end..).unwrap_or(&id).to_owned()
}

/// The local day and time of `millis` since the Unix epoch.
pub fn when(millis: u64, zone: &TimeZone, today: Date) -> String {
    let at = i64::try_from(millis).ok().and_then(|millis| Timestamp::from_millisecond(millis).ok());
    let Some(at) = at else { return String::new() };
    let local = at.to_zoned(zone.clone());
    format!("{} {}", dates::show(local.date(), today), local.strftime("%H:%M"))
}

fn draw(operations: &[Operation], zone: &TimeZone, screen: &Screen) -> String {
    let mut table = Table::new([
        Column::new("id").ink(Ink::Dim),
        Column::new("when"),
        Column::new("what").ink(Ink::Name),
        Column::new("about").shrinks(),
        Column::new("device").ink(Ink::Dim).shrinks().dispensable(1),
        Column::new(""),
    ]);
    for op in operations {
        let note = match (&op.undoes, op.undone) {
            (Some(undid), _) => format!("undoes {}", short(undid)),
            (None, true) => "undone".to_owned(),
            (None, false) => String::new(),
        };
        table.row([
            short(&op.command).into(),
            when(op.millis, zone, screen.today).into(),
            op.verb.as_str().into(),
            about(op).into(),
            op.device_name.clone().unwrap_or_else(|| op.device.short()).into(),
            Cell::inked(note, Ink::Warn),
        ]);
    }
    table.draw(screen)
}

/// Names of some records, and how many documents there were if that says more.
fn about(op: &Operation) -> String {
    let mut words = op.names.clone();
    if op.documents > 2 * (op.names.len() as u64).max(1) {
        words.push(text::count(op.documents, "document", "documents"));
    }
    words.join(", ")
}
