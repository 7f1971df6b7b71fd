//! What every verb is given: where the book is, where answers go, what the user allowed.

use goodword_core::roster::Authority;
use goodword_core::store::Reader;
use goodword_core::{Change, Now, Outcome, query};
use goodword_daemon::{Error as DaemonError, Failure};
use jiff::tz::TimeZone;

use crate::error::CliError;
use crate::home::{Home, Writing};
use crate::output::Output;
use crate::{backups, clock};

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

    /// Who may do what in the book.
    pub fn authority(&self) -> Result<Authority, CliError> {
        self.read()?.who_may()?.ok_or_else(|| self.home.no_book())
    }

    /// Carries out a change: by the daemon, if there is one.
    pub fn apply(&self, change: &Change, now: Now) -> Result<Outcome, CliError> {
        match self.by_daemon(change, now, true)? {
            Some(outcome) => Ok(outcome),
            None => Ok(self.write()?.apply(change, now)?),
        }
    }

    /// Tells what [`apply`](Self::apply) would do.
    pub fn preview(&self, change: &Change, now: Now) -> Result<Outcome, CliError> {
        match self.by_daemon(change, now, false)? {
            Some(outcome) => Ok(outcome),
            None => Ok(self.write()?.preview(change, now)?),
        }
    }

    /// Has the daemon do it; `None` if there is none, or none any more, or if the change is too
    /// large to be told it: then it is done here.
    fn by_daemon(
        &self,
        change: &Change,
        now: Now,
        keep: bool,
    ) -> Result<Option<Outcome>, CliError> {
        let Some(mut daemon) = self.home.daemon()? else { return Ok(None) };
        match daemon.apply(change, now, keep) {
            Ok(Ok(outcome)) => Ok(Some(outcome)),
            Ok(Err(Failure::Leaving)) | Err(DaemonError::TooLong { .. }) => Ok(None),
            Ok(Err(failure)) => Err(failure.into()),
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the whole store for writing; a daemon steps aside meanwhile.
    pub fn write(&self) -> Result<Writing, CliError> {
        let store = self.home.write(self.verb)?;
        backups::weekly(self, &store);
        Ok(store)
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
