//! `refound`: starts what is known of people again, without its history.

use clap::Args;
use goodword_core::query::LateEdits;
use goodword_core::query::LateEdit;
use goodword_core::{Change, RecordId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::operations::when;
use crate::context::Context;
use crate::error::CliError;
use crate::{person, prompt, text};

/// Erases the history of people, and keeps what they look like today
///
///   goodword refound ada
///   goodword refound ada bo --yes
///   goodword refound --late                what other devices wrote meanwhile
///   goodword refound --drop-late
///
/// Whatever you changed, corrected or deleted stays in the history of a record, and a share shows
/// it. This starts the record again from what is visible now, on all your devices. It can not be
/// undone. What another device wrote before it heard of it does not count any more: `--late` shows
/// it, so that you can enter it again, and `--drop-late` has it erased.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Refound {
    /// Who: names, parts of names, or ids
    #[arg(required_unless_present_any = ["late", "drop_late"])]
    people: Vec<String>,

    /// Shows what came too late
    #[arg(long, conflicts_with_all = ["people", "drop_late"])]
    late: bool,

    /// Erases what came too late
    #[arg(long, conflicts_with = "people")]
    drop_late: bool,
}

#[derive(Serialize)]
struct Refounded {
    refounded: Vec<Person>,
}

#[derive(Serialize)]
struct Person {
    record: RecordId,
    name: String,
}

#[derive(Serialize)]
struct Late {
    late: Vec<LateEdit>,
}

impl Refound {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        if self.late {
            return late(context);
        }
        if self.drop_late {
            return drop_late(context);
        }
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let mut people: Vec<Person> = Vec::new();
        for name in &self.people {
            let found = person::resolve(context, &reader, name)?;
            if people.iter().all(|known| known.record != found.record) {
                people.push(Person { record: found.record, name: found.name });
            }
        }
        let names: Vec<&str> = people.iter().map(|person| person.name.as_str()).collect();
        let names = text::clean(&text::list(&names)).into_owned();
        ask(context, &format!("Erase the history of {names} for good, on all your devices?"))?;
        let records = people.iter().map(|person| person.record).collect();
        context.apply(&Change::Refound { records }, now)?;
        context.output.answer(&Refounded { refounded: people }, || {
            format!("{names}: started again from what is visible; the history is erased.\n")
        })
    }
}

fn ask(context: &Context, question: &str) -> Result<(), CliError> {
    if context.yes {
        return Ok(());
    }
    if !context.output.is_interactive() {
        return Err(CliError::usage("this is for good, and there is no terminal to ask")
            .hint("--yes does it without a question"));
    }
    if prompt::confirm(question, false)? { Ok(()) } else { Err(CliError::cancelled()) }
}

fn late(context: &Context) -> Result<(), CliError> {
    let reader = context.read()?;
    let (now, zone) = (context.now(&reader)?, context.zone(&reader)?);
    let late = Late { late: reader.ask(&LateEdits)? };
    context.output.answer(&late, || draw(&late.late, &zone, now.today))
}

fn draw(late: &[LateEdit], zone: &TimeZone, today: Date) -> String {
    if late.is_empty() {
        return "Nothing came too late.\n".to_owned();
    }
    let mut out = String::new();
    for edit in late {
        let name = edit.name.clone().unwrap_or_else(|| "a record".to_owned());
        let device = edit.device_name.clone().unwrap_or_else(|| edit.device.short());
        let at = when(edit.millis, zone, today);
        out.push_str(&format!("{name}, {at} on {device}: {}\n", edit.said.join("; ")));
    }
    out.push_str("Enter again what you want to keep; `goodword refound --drop-late` erases these.\n");
    text::clean_lines(&out).map(|line| line.into_owned() + "\n").collect()
}

fn drop_late(context: &Context) -> Result<(), CliError> {
    let reader = context.read()?;
    let now = context.now(&reader)?;
    let late = Late { late: reader.ask(&LateEdits)? };
    let count = text::count(late.late.len() as u64, "late edit", "late edits");
    if late.late.is_empty() {
        return context.output.answer(&late, || "Nothing came too late.\n".to_owned());
    }
    ask(context, &format!("Erase {count} for good?"))?;
    context.apply(&Change::DropLate, now)?;
    context.output.answer(&late, || format!("Erased {count}.\n"))
}
