//! `undo`: takes a command back, as a new one.

use clap::Args;
use goodword_core::change::Left;
use goodword_core::query::{Operation, Operations};
use goodword_core::store::Reader;
use goodword_core::{Change, CommandId};
use serde::Serialize;

use super::operations::{short, when};
use crate::context::Context;
use crate::error::CliError;
use crate::text;

/// Commands looked through for the one to be undone.
const LOOKED_THROUGH: usize = 10_000;

/// Verbs that stand for the beginning of a book on a device, not for something that was typed.
const FOUNDING: [&str; 2] = ["init", "device"];

/// Takes a command back; by default the latest of this device
///
///   goodword undo
///   goodword operations
///   goodword undo 9f3c21ab
///
/// Also after other devices have seen it: the undo is a new command that reaches them, too. Values
/// that were changed since are left as they are, and listed. An undo can itself be undone.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Undo {
    /// Which, by the id that `goodword operations` shows [default: the latest of this device]
    command: Option<String>,
}

#[derive(Serialize)]
struct Undone {
    undid: Operation,
    command: Option<String>,
    records: usize,
    left: Vec<Left>,
}

impl Undo {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let mut undid = match &self.command {
            Some(text) => named(&reader, text)?,
            None => latest(&reader)?,
        };
        if undid.undone {
            return Err(CliError::failed(format!("`{}` is undone already", short(&undid.command)))
                .hint("`goodword operations` shows what can be undone"));
        }
        if undid.verb == "init" {
            return Err(CliError::refused("the beginning of a book cannot be undone"));
        }
        let command = undid.command;
        let outcome = context.apply(&Change::Undo { command }, now)?;
        tracing::info!(left = outcome.left.len(), "undone");
        // Whoever was added had a name before, whoever was deleted has one now.
        if undid.names.is_empty() {
            undid.names = named(&context.read()?, &undid.command.to_string())?.names;
        }
        let undone = Undone {
            records: outcome.created.len() + outcome.changed.len(),
            command: outcome.command.map(|command| command.to_string()),
            left: outcome.left,
            undid,
        };
        let zone = context.zone(&reader)?;
        context.output.answer(&undone, || {
            let given = when(undone.undid.millis, &zone, now.today);
            draw(&undone, &given)
        })
    }
}

fn latest(reader: &Reader) -> Result<Operation, CliError> {
    let here = reader.device()?;
    let operations = reader.ask(&Operations { limit: LOOKED_THROUGH })?;
    let is_open = |op: &Operation| !op.undone && op.undoes.is_none();
    let is_ours = |op: &Operation| op.device == here && !FOUNDING.contains(&op.verb.as_str());
    operations.into_iter().find(|op| is_ours(op) && is_open(op)).ok_or_else(|| {
        CliError::not_found("this device has nothing to undo")
            .hint("`goodword operations` lists what other devices did; undo that by its id")
    })
}

fn named(reader: &Reader, text: &str) -> Result<Operation, CliError> {
    let wanted = text.to_lowercase();
    let operations = reader.ask(&Operations { limit: LOOKED_THROUGH })?;
    let is_it = |id: &CommandId| short(id).starts_with(&wanted) || id.to_string() == wanted;
    let mut found = operations.into_iter().filter(|op| is_it(&op.command));
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(CliError::not_found(format!("several operations begin with `{text}`"))
            .hint("give more of the id")),
        (None, _) => Err(CliError::not_found(format!("no operation `{text}`"))
            .hint("`goodword operations` lists them with their ids")),
    }
}

fn draw(undone: &Undone, given: &str) -> String {
    let undid = &undone.undid;
    let about = if undid.names.is_empty() { String::new() } else { format!(" ({})", text::list(&undid.names)) };
    let records = text::count(undone.records as u64, "record", "records");
    let line = format!("Undid `{}` of {given}{about}: {records}.", undid.verb);
    let mut out = text::clean(&line).into_owned() + "\n";
    if !undone.left.is_empty() {
        out.push_str("Left as they are, because they were changed since:\n");
    }
    for left in &undone.left {
        out.push_str(&format!("  {}\n", text::clean(&format!("{}: {}", left.name, left.field))));
    }
    out
}
