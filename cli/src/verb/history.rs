//! `history`: what happened to one person's record, from the signed changes.

use clap::Args;
use goodword_core::query::{History as Question, HistoryLine};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::operations::when;
use crate::context::Context;
use crate::error::CliError;
use crate::screen::{Ink, Screen};
use crate::{person, text};

/// Columns before a field: two levels of indentation.
const INDENT: usize = 4;

/// Shows what was changed about a person, when and on which device
///
///   goodword history ada
///
/// Read from the signed changes themselves: also what was overwritten or taken back.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct History {
    /// Who: a name, part of one, name@company, or an id
    person: String,
}

#[derive(Serialize)]
struct Told {
    name: String,
    changes: Vec<HistoryLine>,
}

impl History {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let zone = context.zone(&reader)?;
        let person = person::resolve(context, &reader, &self.person)?;
        let changes = reader.ask(&Question { record: person.record })?;
        let told = Told { name: person.name, changes };
        let screen = context.output.screen(now.today);
        context.output.long_answer(&told, || draw(&told, &zone, &screen))
    }
}

fn draw(told: &Told, zone: &TimeZone, screen: &Screen) -> String {
    let mut out = screen.ink(Ink::Name, &text::clean(&told.name)) + "\n";
    for line in &told.changes {
        out.push_str(&draw_line(line, zone, screen.today, screen));
    }
    out
}

fn draw_line(line: &HistoryLine, zone: &TimeZone, today: Date, screen: &Screen) -> String {
    let device = line.device_name.clone().unwrap_or_else(|| line.device.short());
    let head = format!("{}  {}  on {device}, {}", when(line.millis, zone, today), line.verb, line.space);
    let mut out = screen.ink(Ink::Dim, &text::clean(&head)) + "\n";
    let room = screen.text_width().saturating_sub(INDENT);
    for (field, value) in &line.fields {
        let line = match value.as_str() {
            "" => format!("{field} removed"),
            value => format!("{field}: {value}"),
        };
        let indent = " ".repeat(INDENT);
        out.push_str(&format!("{indent}{}\n", text::truncate(&text::clean(&line), room)));
    }
    out
}
