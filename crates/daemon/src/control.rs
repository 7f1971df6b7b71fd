//! What commands and the daemon say to each other: JSON behind a length, over a local socket.
//!
//! ```text
//! message = length in bytes, 4, big endian │ JSON
//! client: Call { version, request }     daemon: Reply, one for each call (a watch has many)
//! ```

use goodword_core::{Change, DeviceId, Error, Now, Outcome, UserError};
use serde::{Deserialize, Serialize};

use crate::met::Answered;
use crate::status::Status;

/// Version of what is said. Client and daemon are usually one binary; after an upgrade the daemon
/// may still be the older one.
pub const VERSION: u32 = 1;

/// What a client sends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Call<R> {
    pub(crate) version: u32,
    pub(crate) request: R,
}

/// What can be asked of the daemon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// The writing door.
    Apply {
        /// What to change.
        change: Change,
        /// When, by the client's clock and zone.
        now: Now,
    },
    /// What applying would do.
    Preview {
        /// What would be changed.
        change: Change,
        /// When.
        now: Now,
    },
    /// The reading door.
    Ask {
        /// [`Question::NAME`](goodword_core::Question::NAME).
        name: String,
        /// The question.
        question: serde_json::Value,
    },
    /// Tells [`Reply::Changed`] at once and whenever the store, or who is in touch or waits to be let
    /// in, may have changed, until the client goes.
    Watch,
    /// How it stands.
    Status,
    /// Meets every other device at once.
    Sync,
    /// Opens an invitation for a further device.
    Pair {
        /// For how long, in seconds.
        seconds: u64,
    },
    /// Who waits to be let in.
    Waiting,
    /// Lets in a device that waits, or turns it away.
    Decide {
        /// Which.
        device: DeviceId,
        /// Whether it may come in.
        accept: bool,
    },
    /// Closes the store and the network until the client goes: for what needs the whole store.
    Lend,
    /// Ends the daemon. Understood in every version.
    Stop,
}

/// What the daemon answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// To [`Request::Apply`] and [`Request::Preview`].
    Done(Outcome),
    /// To [`Request::Ask`].
    Answer(serde_json::Value),
    /// To [`Request::Watch`]: the store may have changed.
    Changed,
    /// To [`Request::Status`].
    Status(Box<Status>),
    /// To [`Request::Sync`].
    Synced(Answered),
    /// To [`Request::Pair`].
    Invitation {
        /// Its text; a secret.
        text: String,
        /// Seconds since the Unix epoch.
        expires: u64,
    },
    /// To [`Request::Waiting`].
    Waiting(Vec<Waiting>),
    /// It is done, and there is nothing to say.
    Yes,
    /// It cannot be done.
    Failed(Failure),
}

/// A device that asks to join and waits for a person's word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Which.
    pub device: DeviceId,
    /// What it calls itself; nobody has checked it.
    pub name: String,
    /// To be compared with what it shows.
    pub code: String,
}

/// Why something could not be done, as it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// The user's to mend.
    #[error("{0}")]
    User(UserError),
    /// Nothing like it is known to the daemon.
    #[error("{0}")]
    NotFound(String),
    /// The request cannot be understood: client and daemon are of different versions.
    #[error("the daemon does not understand the request")]
    Unknown,
    /// The daemon is about to end, and has not begun with it.
    #[error("the daemon is ending")]
    Leaving,
    /// Another version of the protocol.
    #[error("the daemon speaks version {0} of the control protocol")]
    OtherVersion(u32),
    /// A peer, the network or the disk.
    #[error("{0}")]
    Other(String),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::User(error) => Self::User(error),
            error @ (Error::Peer(_)
            | Error::Busy
            | Error::Newer { .. }
            | Error::NotAStore
            | Error::Disk(_)) => Self::Other(error.to_string()),
        }
    }
}
