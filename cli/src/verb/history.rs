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
use crate::{dates, person, text};

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
    let at = when(line.millis, zone, today);
    let head = format!("{at}  {}  on {device}, {}", line.verb, line.space);
    let mut out = screen.ink(Ink::Dim, &text::clean(&head)) + "\n";
    let room = screen.text_width().saturating_sub(INDENT);
    for fact in facts(&line.fields, today) {
        let indent = " ".repeat(INDENT);
        for line in text::wrap(&text::clean(&fact), room) {
            out.push_str(&format!("{indent}{line}\n"));
        }
    }
    out
}

/// The fields of a change in words: those of one talk, note or address in one line.
fn facts(fields: &[(String, String)], today: Date) -> Vec<String> {
    let mut facts: Vec<(&str, String)> = Vec::new();
    for (field, value) in fields {
        let said = said(value, today);
        let Some((whole, part)) = field.rsplit_once('/') else {
            facts.push((field, format!("{}: {said}", field.replace('_', " "))));
            continue;
        };
        let (what, about) = thing(whole, part, value, &said);
        match facts.last_mut() {
            Some((last, line)) if *last == whole && what != TAG => line.push_str(&format!("; {about}")),
            _ => facts.push((whole, format!("{what}: {about}"))),
        }
    }
    facts.into_iter().map(|(_, line)| line).collect()
}

/// Tags are things by themselves; everything else has parts.
const TAG: &str = "tag";

/// What a document key is about, and what is said of it.
fn thing(whole: &str, part: &str, value: &str, said: &str) -> (&'static str, String) {
    let what = match whole.split('/').next().unwrap_or_default() {
        "tags" if value == "true" => return (TAG, part.to_owned()),
        "tags" => return (TAG, format!("{part} taken away")),
        "interactions" => "talk",
        "notes" => "note",
        "reach" => "contact",
        "employers" => "before",
        "sources" => "source",
        "people" => "with",
        _ => "other",
    };
    let part = part.trim_start_matches("got.");
    let about = match (part, value) {
        ("text" | "value" | "kind" | "channel" | "on" | "company", _) => said.to_owned(),
        ("deleted", "true") => "deleted".to_owned(),
        ("deleted", _) => "brought back".to_owned(),
        (part, "true") => part.to_owned(),
        (part, _) => format!("{part} {said}"),
    };
    (what, about)
}

fn said(value: &str, today: Date) -> String {
    match value.parse::<Date>() {
        _ if value.is_empty() => "removed".to_owned(),
        Ok(day) => dates::show(day, today),
        Err(_) => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_parts_of_a_talk_are_one_line() {
        let fields = [
            ("company", "Kinto"),
            ("interactions/06gr/channel", "call"),
            ("interactions/06gr/got.lead", "true"),
            ("interactions/06gr/on", "2026-11-08"),
            ("interactions/06gr/text", "about the talk"),
            ("next_on", ""),
            ("tags/pharma", "false"),
            ("tags/swiss", "true"),
        ];
        let fields = fields.map(|(field, value)| (field.to_owned(), value.to_owned()));
        assert_eq!(
            facts(&fields, date(2026, 11, 20)),
            [
                "company: Kinto",
                "talk: call; lead; Sun 8 Nov; about the talk",
                "next on: removed",
                "tag: pharma taken away",
                "tag: swiss",
            ]
        );
    }
}
