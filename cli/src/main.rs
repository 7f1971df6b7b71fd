//! The command `goodword`: reads the command line, runs one verb, maps errors to exit codes.
//!
//! Everything that is known about people comes from `goodword-core` through its two doors; this
//! package holds the words, the terminal, the clock and the dice.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod backups;
mod cli;
mod clock;
mod context;
mod dates;
mod editor;
mod entropy;
mod error;
mod facts;
mod home;
mod network;
mod output;
mod page;
mod passphrase;
mod people;
mod person;
mod phrase;
mod prompt;
mod sample;
mod screen;
mod table;
mod text;
mod trace;
mod verb;
mod watch;
mod welcome;

use std::process::ExitCode;

fn main() -> ExitCode {
    error::catch(cli::run)
}
