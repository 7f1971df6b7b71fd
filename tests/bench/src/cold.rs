//! Whole processes, from nothing in memory to rows on a pipe.

use std::process::Command;
use std::time::Duration;

use crate::fixture::Fixture;
use crate::{Result, process};

/// Runs of each process; the files are in the system's cache after the first.
const RUNS: usize = 101;

/// Median times of two processes that print the same rows, run in turn.
///
/// # Errors
/// If either fails.
pub fn pair(ours: &mut Command, theirs: &mut Command) -> Result<(Duration, Duration)> {
    let (mut first, mut second) = (Vec::with_capacity(RUNS), Vec::with_capacity(RUNS));
    for _ in 0..RUNS {
        first.push(process::wall(ours)?);
        second.push(process::wall(theirs)?);
    }
    Ok((process::median(first), process::median(second)))
}

/// The program, on the fixture's home, without the caller's environment.
///
/// # Errors
/// If it is not built.
pub fn ours(fixture: &Fixture, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(process::sibling("goodword")?);
    command.env_clear().env("GOODWORD_HOME", fixture.home()).env("TZ", "UTC").args(arguments);
    Ok(command)
}

/// The process that prints the same from SQLite.
///
/// # Errors
/// If it is not built.
pub fn sqlite(fixture: &Fixture, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(process::sibling("sqlite-rows")?);
    command.env_clear().arg(fixture.sqlite()).args(arguments);
    Ok(command)
}
