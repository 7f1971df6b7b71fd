//! `recovery`: whether the phrase on paper is the right one, and another in its place.

use clap::{Args, Subcommand};
use goodword_core::Change;
use goodword_core::roster::{self, Recovery as Said};
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::phrase::{self, RecoveryKey};
use crate::entropy;

/// Checks or replaces the recovery phrase
///
///   goodword recovery check
///   goodword recovery check --stdin < phrase.txt
///   goodword recovery replace
///
/// The phrase is kept nowhere: `check` tells whether the one on paper is right and changes nothing.
/// `replace` shows a new one, once, and takes the old one in return.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, subcommand_required = true, arg_required_else_help = true)]
pub struct Recovery {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Asks for the phrase and says whether it belongs to this book
    Check {
        /// Reads the phrase from stdin
        #[arg(long)]
        stdin: bool,
    },
    /// Asks for the phrase and shows a new one, which takes its place
    Replace {
        /// Reads the old phrase from stdin
        #[arg(long)]
        stdin: bool,
    },
}

#[derive(Serialize)]
struct Checked {
    matches: bool,
}

#[derive(Serialize)]
struct Replaced<'a> {
    recovery_phrase: &'a str,
}

impl Recovery {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        match self.act {
            Act::Check { stdin } => check(context, stdin),
            Act::Replace { stdin } => replace(context, stdin),
        }
    }
}

fn check(context: &Context, stdin: bool) -> Result<(), CliError> {
    RecoveryKey::ask(context, &context.authority()?, stdin)?;
    let said = "This is the recovery phrase of your book.\n";
    context.output.answer(&Checked { matches: true }, || said.to_owned())
}

fn replace(context: &Context, stdin: bool) -> Result<(), CliError> {
    let reader = context.read()?;
    let now = context.now(&reader)?;
    let old = RecoveryKey::ask(context, &context.authority()?, stdin)?;
    let secret = entropy::draw()?;
    let words = phrase::words(&secret)?;
    let recovery = roster::recovery_key(&secret).device().0;
    // Seen before it is needed: a phrase that nobody has read must not be the one in force.
    context.output.answer(&Replaced { recovery_phrase: &words }, || phrase::draw(&words))?;
    context.apply(&Change::Recovery { statement: old.sign(Said::Replace { recovery }) }, now)?;
    if !context.output.json {
        context.output.print(
            "\nThis phrase is the one in force. The old one can still remove devices and let some \
             in:\nburn it, and if others have seen it, begin a new book.\n",
        )?;
    }
    Ok(())
}
