//! What went wrong, in the user's words, and the exit code that says so to scripts.
//!
//! A message is a lowercase fragment with the value in question; what to do about it is the hint,
//! apart from it. With `--json` an error is the one JSON object on stdout; otherwise stdout stays
//! empty of it and stderr has `Error: …` and `Hint: …`.

use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use goodword_core::view::PersonRow;
use goodword_core::{Error, UserError};
use goodword_daemon::{Error as DaemonError, Failure};
use serde::Serialize;

use crate::{output, text};

/// Why a command did not do what it was asked, by what a script can conclude from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Nobody reads our output any more: `goodword ls | head`. Not an error.
    Closed,
    /// The answer, already given, tells of problems.
    Problems,
    /// It failed.
    Failed,
    /// The command line cannot be understood.
    Usage,
    /// What was named is not there, or could be several things.
    NotFound,
    /// A peer, a role or a lock does not allow it.
    Refused,
    /// The user said no, or ended the input.
    Cancelled,
    /// Our own mistake.
    Bug,
}

impl Exit {
    /// The exit code of the process.
    pub const fn code(self) -> u8 {
        match self {
            Self::Closed => 0,
            Self::Problems | Self::Failed => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Refused => 4,
            Self::Cancelled => 130,
            Self::Bug => 255,
        }
    }
}

/// An error as the user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CliError {
    /// What a script can conclude.
    pub exit: Exit,
    /// What is wrong, with the value and the limit.
    pub message: String,
    /// What can be done about it.
    pub hint: Option<String>,
    /// People who may be meant.
    pub candidates: Vec<Candidate>,
}

/// Somebody who may be meant by an ambiguous name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Their record id, which is never ambiguous.
    pub record: String,
    /// Display name.
    pub name: String,
    /// Current employer.
    pub company: Option<String>,
    /// Position.
    pub title: Option<String>,
}

impl Candidate {
    /// One line that tells them from namesakes.
    pub fn line(&self) -> String {
        let who = text::introduce(&self.name, self.title.as_deref(), self.company.as_deref());
        let line = format!("{who}  {}", self.record);
        text::clean(&line).into_owned()
    }
}

impl From<&PersonRow> for Candidate {
    fn from(row: &PersonRow) -> Self {
        Self {
            record: row.record.to_string(),
            name: row.name.clone(),
            company: row.company.clone(),
            title: row.title.clone(),
        }
    }
}

impl CliError {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        let message = text::without_numbers(&message.into());
        Self { exit, message, hint: None, candidates: Vec::new() }
    }

    /// It failed.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// The command line cannot be understood.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// What was named is not there, or ambiguous.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(Exit::NotFound, message)
    }

    /// A peer, a role or a lock does not allow it.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// The answer, already given, tells of problems: only the exit code is left to say so.
    pub fn found_problems() -> Self {
        Self::new(Exit::Problems, "problems were found")
    }

    /// The user said no, or ended the input.
    pub fn cancelled() -> Self {
        Self::new(Exit::Cancelled, "cancelled; nothing was changed")
    }

    fn from_user(error: &UserError, message: String) -> Self {
        match error {
            UserError::NoBook => Self::not_found(message).hint("begin with `goodword init`"),
            UserError::NoRecord(_) => Self::not_found(message),
            UserError::NoOperation(_) => {
                Self::not_found(message).hint("`goodword operations` lists them")
            }
            UserError::NotYetSynced | UserError::NotYetArrived(_) => {
                Self::refused(message).hint("run `goodword sync` first")
            }
            UserError::BookExists(_)
            | UserError::NotUndoable { .. }
            | UserError::NotRecovery
            | UserError::Removed
            | UserError::NotOwner => Self::refused(message),
            UserError::RequiresUpgrade => Self::refused(message).hint("upgrade this goodword"),
            UserError::Empty { .. }
            | UserError::TooLong { .. }
            | UserError::TooMany { .. }
            | UserError::OutOfRange { .. } => Self::usage(message),
        }
    }

    /// Adds what can be done about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the people who may be meant.
    #[must_use]
    pub fn candidates(mut self, people: &[PersonRow]) -> Self {
        self.candidates = people.iter().map(Candidate::from).collect();
        self
    }

    /// Tells the user: `json` on stdout, otherwise on stderr.
    pub fn report(&self, json: bool) -> ExitCode {
        if !matches!(self.exit, Exit::Closed | Exit::Problems) {
            // Nothing sensible is left to do if even this cannot be written.
            let _ =
                if json { output::write_json(&self.as_json()) } else { output::write_error(self) };
        }
        ExitCode::from(self.exit.code())
    }

    fn as_json(&self) -> ErrorReport<'_> {
        ErrorReport {
            error: ErrorBody {
                message: &self.message,
                hint: self.hint.as_deref(),
                code: self.exit.code(),
                candidates: &self.candidates,
            },
        }
    }
}

#[derive(Serialize)]
struct ErrorReport<'a> {
    error: ErrorBody<'a>,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
    code: u8,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    candidates: &'a [Candidate],
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        match error {
            Error::User(error) => Self::from_user(&error, message),
            Error::Peer(_) => Self::refused(message),
            Error::Busy => Self::refused(message).hint("try again when that process has ended"),
            Error::Newer { .. } => {
                Self::refused(message).hint("nothing was touched; upgrade this goodword")
            }
            Error::NotAStore => {
                Self::failed(message).hint("nothing was touched; is --home what you mean?")
            }
            Error::Disk(_) => {
                Self::failed(message).hint("what was acknowledged is kept; see `goodword doctor`")
            }
        }
    }
}

impl From<Failure> for CliError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::User(error) => Error::User(error).into(),
            Failure::NotFound(message) => Self::not_found(message),
            Failure::Leaving => Self::refused(failure.to_string()).hint("try again"),
            Failure::Unknown | Failure::OtherVersion(_) => Self::refused(failure.to_string())
                .hint("it is of another version; `goodword daemon stop` ends it"),
            Failure::Other(message) => {
                Self::failed(message).hint("what was acknowledged is kept; see `goodword doctor`")
            }
        }
    }
}

impl From<DaemonError> for CliError {
    fn from(error: DaemonError) -> Self {
        let message = error.to_string();
        match error {
            DaemonError::Running => {
                Self::refused(message).hint("`goodword daemon status` shows it")
            }
            DaemonError::Store(error) => error.into(),
            DaemonError::Net(error) => error.into(),
            DaemonError::Socket { .. } => {
                Self::failed(message).hint("is the path too long, or somebody else's?")
            }
            DaemonError::OtherVersion { .. } | DaemonError::Malformed(_) => Self::refused(message)
                .hint("it is of another version; `goodword daemon stop` ends it"),
            DaemonError::TooLong { .. } => Self::failed(message)
                .hint("`goodword daemon stop` first: without a daemon there is no such limit"),
            DaemonError::Gone(_) => {
                Self::failed(message).hint("`goodword operations` shows whether it was done")
            }
        }
    }
}

/// For writing to stdout and stderr; other input and output names what failed.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::new(Exit::Closed, "nobody reads the output"),
            _ => Self::failed(format!("input or output: {error}")),
        }
    }
}

/// Runs `body`; a panic becomes a report of our own mistake and exit code 255.
pub fn catch(body: impl FnOnce() -> ExitCode) -> ExitCode {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let error = CliError::new(Exit::Bug, format!("goodword made a mistake at {place}"))
            .hint("what was acknowledged is safe; please report the line above");
        let _ = output::write_error(&error);
    }));
    panic::catch_unwind(AssertUnwindSafe(body)).unwrap_or(ExitCode::from(Exit::Bug.code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let error = CliError::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(error.exit.code(), 0);
    }

    #[test]
    fn what_the_system_says_is_told_without_its_number() {
        let error = CliError::from(io::Error::from_raw_os_error(2));
        assert_eq!(error.message, "input or output: No such file or directory");
        let kept = "letter (os error two).csv: No space left on device (os error 28); undone";
        let kept = CliError::failed(kept).message;
        assert_eq!(kept, "letter (os error two).csv: No space left on device; undone");
    }

    #[test]
    fn an_error_as_json_has_message_hint_and_code() {
        let error = CliError::not_found("no person matches `adda`").hint("did you mean `ada`?");
        assert_eq!(
            serde_json::to_string(&error.as_json()).unwrap(),
            r#"{"error":{"message":"no person matches `adda`","hint":"did you mean `ada`?","code":3}}"#
        );
    }
}
