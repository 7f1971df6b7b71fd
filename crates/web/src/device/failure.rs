//! Why something could not be done, as a page shows it.

use goodword_core::Error as StoreError;
use goodword_net::{Error as NetError, InvitationError, JoinError};
use serde::Serialize;

/// Who can do something about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The user.
    User,
    /// Whoever is at the other end.
    Peer,
    /// The network, or who should be on it.
    Network,
    /// The device's storage.
    Storage,
    /// Page and program are of different versions.
    Version,
}

/// Why something could not be done, with what the user can do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{text}")]
pub struct Failure {
    /// Who can act.
    pub kind: Kind,
    /// What is wrong, as a fragment of a sentence.
    pub text: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Failure {
    fn new(kind: Kind, text: impl ToString, hint: Option<&str>) -> Self {
        Self { kind, text: text.to_string(), hint: hint.map(str::to_owned) }
    }

    /// The device's storage does not do what it should.
    pub fn storage(error: impl ToString) -> Self {
        Self::new(Kind::Storage, error, None)
    }

    pub(super) fn unknown() -> Self {
        let hint = Some("reload the page");
        Self::new(Kind::Version, "the page asks for something this program does not know", hint)
    }

    pub(super) fn has_book() -> Self {
        Self::new(Kind::User, "this device has a book already", None)
    }

    pub(super) fn offline() -> Self {
        Self::new(Kind::Network, "this device is not on the network", None)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::User(error) => Self::new(Kind::User, error, None),
            StoreError::Peer(error) => Self::new(Kind::Peer, error, None),
            error @ StoreError::Newer { .. } => {
                let hint = Some("reload the page to get the newer program");
                Self::new(Kind::Version, error, hint)
            }
            error @ (StoreError::Busy | StoreError::NotAStore | StoreError::Disk(_)) => {
                Self::new(Kind::Storage, error, None)
            }
        }
    }
}

impl From<NetError> for Failure {
    fn from(error: NetError) -> Self {
        let hint = match error {
            NetError::Unreachable { .. } => {
                Some("both devices must be on at once; is the other one running `goodword daemon`?")
            }
            _ => None,
        };
        Self::new(Kind::Network, error, hint)
    }
}

impl From<InvitationError> for Failure {
    fn from(error: InvitationError) -> Self {
        Self::new(Kind::User, &error, Some(error.hint()))
    }
}

impl From<JoinError> for Failure {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Invitation(error) => error.into(),
            JoinError::Net(error) => error.into(),
            error => Self::new(Kind::Peer, &error, None),
        }
    }
}
