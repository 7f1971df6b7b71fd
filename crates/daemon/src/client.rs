//! A command's side of the socket: blocking, one request after the other.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(unix)]
use std::os::unix::net::UnixStream;

use goodword_core::{Change, Now, Outcome, Question};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::control::{Call, Failure, Reply, Request, VERSION};
use crate::doorway::{Reachable, check_length};
use crate::error::Error;

/// A conversation with the daemon of a home.
#[cfg(unix)]
#[derive(Debug)]
pub struct Client {
    path: PathBuf,
    stream: UnixStream,
}

#[cfg(unix)]
impl Client {
    /// Reaches the daemon behind the socket at `path`; `None` if there is none.
    ///
    /// # Errors
    /// [`Error::Socket`] if there is one that cannot be reached.
    pub fn connect(path: &Path) -> Result<Option<Self>, Error> {
        let reached = Reachable::at(path).and_then(|at| UnixStream::connect(&at.path));
        match reached {
            Ok(stream) => Ok(Some(Self { path: path.to_owned(), stream })),
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(Error::Socket { path: path.to_owned(), error }),
        }
    }

    /// Asks for something and waits for the answer.
    ///
    /// # Errors
    /// [`Error`] if the conversation cannot go on; what the daemon cannot do is a reply.
    pub fn ask(&mut self, request: &Request) -> Result<Reply, Error> {
        self.send(request)?;
        self.hear()
    }

    /// The next reply: of a watch there are many.
    ///
    /// # Errors
    /// As [`ask`](Self::ask).
    pub fn hear(&mut self) -> Result<Reply, Error> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length).map_err(Error::Gone)?;
        let length = check_length(u32::from_be_bytes(length) as usize)?;
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).map_err(Error::Gone)?;
        match decode(&bytes)? {
            Reply::Failed(Failure::OtherVersion(found)) => Err(Error::OtherVersion { found }),
            reply => Ok(reply),
        }
    }

    /// Applies a change by the daemon.
    ///
    /// # Errors
    /// The outer error if the conversation cannot go on, the inner if the change cannot be made.
    pub fn apply(
        &mut self,
        change: &Change,
        now: Now,
        keep: bool,
    ) -> Result<Result<Outcome, Failure>, Error> {
        let change = change.clone();
        let request =
            if keep { Request::Apply { change, now } } else { Request::Preview { change, now } };
        match self.ask(&request)? {
            Reply::Done(outcome) => Ok(Ok(outcome)),
            Reply::Failed(failure) => Ok(Err(failure)),
            other => Err(unexpected(&other)),
        }
    }

    /// Asks a question of the store.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn question<Q: Question>(
        &mut self,
        question: &Q,
    ) -> Result<Result<Q::Answer, Failure>, Error> {
        let question = serde_json::to_value(question).map_err(malformed)?;
        match self.ask(&Request::Ask { name: Q::NAME.to_owned(), question })? {
            Reply::Answer(answer) => serde_json::from_value(answer).map(Ok).map_err(malformed),
            Reply::Failed(failure) => Ok(Err(failure)),
            other => Err(unexpected(&other)),
        }
    }

    /// Gives up when an answer takes longer: for what a command can do without.
    ///
    /// # Errors
    /// [`Error::Gone`].
    pub fn wait_at_most(&self, time: Duration) -> Result<(), Error> {
        self.stream.set_read_timeout(Some(time)).map_err(Error::Gone)
    }

    /// The socket.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn send(&mut self, request: &impl Serialize) -> Result<(), Error> {
        let bytes = serde_json::to_vec(&Call { version: VERSION, request }).map_err(malformed)?;
        check_length(bytes.len())?;
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
        self.stream.write_all(&length).map_err(Error::Gone)?;
        self.stream.write_all(&bytes).map_err(Error::Gone)
    }
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes).map_err(malformed)
}

fn malformed(error: serde_json::Error) -> Error {
    // A message of serde may quote what it read.
    Error::Malformed(format!("{:?} error", error.classify()))
}

fn unexpected(reply: &Reply) -> Error {
    let kind = match reply {
        Reply::Done(_) => "done",
        Reply::Answer(_) => "answer",
        Reply::Changed => "changed",
        Reply::Status(_) => "status",
        Reply::Synced(_) => "synced",
        Reply::Invitation { .. } => "invitation",
        Reply::Waiting(_) => "waiting",
        Reply::Yes => "yes",
        Reply::Failed(_) => "failed",
    };
    Error::Malformed(format!("`{kind}` was not asked for"))
}
