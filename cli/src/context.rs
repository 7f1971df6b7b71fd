//! What every verb is given: where the book is, where answers go, what the user allowed.

use goodword_core::store::Reader;
use goodword_core::{Change, Now, Outcome, query};
use jiff::tz::TimeZone;

use crate::clock;
use crate::error::CliError;
use crate::home::{Home, Writing};
use crate::output::Output;

/// What every verb is given.
#[derive(Clone, Debug)]
pub struct Context {
    /// Where the book is.
    pub home: Home,
    /// Where answers go.
    pub output: Output,
    /// Confirmations are given in advance.
    pub yes: bool,
    /// The verb that runs, for the message about who is writing.
    pub verb: &'static str,
}

impl Context {
    /// Opens the book for reading, beside any writer.
    pub fn read(&self) -> Result<Reader, CliError> {
        let reader = self.home.read()?;
        if reader.book()?.is_none() {
            return Err(self.home.no_book());
        }
        Ok(reader)
    }

    /// Carries out a change: by the daemon, if there is one.
    pub fn apply(&self, change: &Change, now: Now) -> Result<Outcome, CliError> {
        match self.home.daemon()? {
            Some(mut daemon) => Ok(daemon.apply(change, now, true)??),
            None => Ok(self.write()?.apply(change, now)?),
        }
    }

    /// Tells what [`apply`](Self::apply) would do.
    pub fn preview(&self, change: &Change, now: Now) -> Result<Outcome, CliError> {
        match self.home.daemon()? {
            Some(mut daemon) => Ok(daemon.apply(change, now, false)??),
            None => Ok(self.write()?.preview(change, now)?),
        }
    }

    /// Opens the whole store for writing; a daemon steps aside meanwhile.
    pub fn write(&self) -> Result<Writing, CliError> {
        self.home.write(self.verb)
    }

    /// Reads the clock, in the zone of the book's profile.
    pub fn now(&self, reader: &Reader) -> Result<Now, CliError> {
        clock::now(&reader.ask(&query::AskProfile)?.zone)
    }

    /// The zone in which days and times are shown.
    pub fn zone(&self, reader: &Reader) -> Result<TimeZone, CliError> {
        clock::zone(&reader.ask(&query::AskProfile)?.zone)
    }
}
