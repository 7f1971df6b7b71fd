//! Why something on the network did not work, by who can act.

use std::time::Duration;

use goodword_core::DeviceId;
use iroh::endpoint::{ConnectError, ConnectingError, ConnectionError, TransportErrorCode};

use crate::invitation::InvitationError;
use crate::limits;
use crate::refusal::{Closing, Refusal};

/// Why devices could not talk.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// This machine: no socket could be opened.
    #[error("open a network socket: {0}")]
    Bind(String),
    /// The relay's URL in the configuration.
    #[error("relay `{url}` is not a URL of at most {} bytes", limits::RELAY_BYTES_MAX)]
    BadRelay {
        /// As configured.
        url: String,
    },
    /// The address names no device that can exist.
    #[error("address of device {} is malformed", device.short())]
    BadAddress {
        /// The device.
        device: DeviceId,
    },
    /// The address is this device's own.
    #[error("a device cannot call itself")]
    Oneself,
    /// No way led to the device.
    #[error("device {} could not be reached", device.short())]
    Unreachable {
        /// The device.
        device: DeviceId,
    },
    /// The device speaks another version of this protocol.
    #[error("device {} speaks another version of the protocol", device.short())]
    OtherProtocol {
        /// The device.
        device: DeviceId,
    },
    /// The peer closed the connection.
    #[error("the other device closed the connection: {0}")]
    Closed(Closing),
    /// The connection was lost before everything was said. What was committed stays.
    #[error("the connection was cut")]
    Cut,
    /// The peer wants a session of a kind that this program does not know.
    #[error("the other device wants a session of unknown kind {found}")]
    UnknownWish {
        /// The kind.
        found: u8,
    },
    /// The peer said nothing when it was its turn.
    #[error("the other device was silent for {} s", .0.as_secs())]
    Silent(Duration),
    /// The session could not go on.
    #[error("{0}")]
    Session(#[from] goodword_sync::SessionError),
    /// This device's store.
    #[error("{0}")]
    Store(#[from] goodword_core::Error),
}

/// Why a device could not join.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The invitation itself.
    #[error("{0}")]
    Invitation(#[from] InvitationError),
    /// The inviter said no.
    #[error("{0}")]
    Refused(Refusal),
    /// Whoever answered could not prove that it made the invitation.
    #[error("the device that answered did not make this invitation")]
    Impostor,
    /// The book that was offered is not the one of the invitation.
    #[error("the device that answered offers another book")]
    OtherBook,
    /// The name that this device gives itself.
    #[error("device name of {bytes} bytes exceeds {}", limits::DEVICE_NAME_BYTES_MAX)]
    NameTooLong {
        /// Its length.
        bytes: usize,
    },
    /// The peer sent something that an honest program of this version never sends.
    #[error("the other device sent a malformed answer")]
    Malformed,
    /// The network.
    #[error("{0}")]
    Net(#[from] Error),
}

impl Error {
    /// What the user can do about it, if anything.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Unreachable { .. } => Some(
                "is the other device on, and is `goodword daemon` or `goodword sync --listen` running there?",
            ),
            Self::OtherProtocol { .. } => Some("update goodword on the older device"),
            Self::Closed(Closing::Stranger) => Some("pair the two devices: `goodword pair`"),
            Self::Closed(Closing::Busy) => Some("try again in a moment"),
            Self::Cut | Self::Silent(_) | Self::Closed(Closing::Leaving) => {
                Some("run the command again: it goes on where it stopped")
            }
            Self::BadRelay { .. } => Some("a relay is written like https://relay.example/"),
            Self::Bind(_)
            | Self::BadAddress { .. }
            | Self::Oneself
            | Self::UnknownWish { .. }
            | Self::Closed(_)
            | Self::Session(_)
            | Self::Store(_) => None,
        }
    }

    /// Tells from iroh's error why `device` was not reached.
    pub(crate) fn from_connect(device: DeviceId, error: &ConnectError) -> Self {
        match error {
            ConnectError::Connection { source, .. }
            | ConnectError::Connecting {
                source: ConnectingError::ConnectionError { source, .. },
                ..
            } => Self::from_handshake(device, source),
            _ => Self::Unreachable { device },
        }
    }

    fn from_handshake(device: DeviceId, error: &ConnectionError) -> Self {
        /// TLS alert `no_application_protocol` (RFC 8446 §6).
        const NO_APPLICATION_PROTOCOL: u8 = 120;
        match error {
            ConnectionError::ConnectionClosed(close)
                if close.error_code == TransportErrorCode::crypto(NO_APPLICATION_PROTOCOL) =>
            {
                Self::OtherProtocol { device }
            }
            ConnectionError::ConnectionClosed(close)
                if close.error_code == TransportErrorCode::CONNECTION_REFUSED =>
            {
                Self::Closed(Closing::Busy)
            }
            ConnectionError::ApplicationClosed(close) => {
                Self::Closed(Closing::from_code(close.error_code.into_inner()))
            }
            _ => Self::Unreachable { device },
        }
    }

    /// Tells why an established connection ended while more was to be said.
    pub(crate) fn from_connection(error: &ConnectionError) -> Self {
        match error {
            ConnectionError::ApplicationClosed(close) => {
                match Closing::from_code(close.error_code.into_inner()) {
                    // What a program that was stopped leaves to its system to say.
                    Closing::Done => Self::Cut,
                    why => Self::Closed(why),
                }
            }
            _ => Self::Cut,
        }
    }

    /// What to tell the peer when a session ends with this error.
    pub(crate) fn closing(&self) -> Closing {
        use goodword_sync::SessionError;
        match self {
            Self::Session(SessionError::UnknownPeer { .. }) => Closing::Stranger,
            Self::Session(SessionError::Store(_) | SessionError::Incomplete { .. })
            | Self::Store(_) => Closing::Failed,
            Self::Session(_) | Self::UnknownWish { .. } => Closing::Mistake,
            _ => Closing::Leaving,
        }
    }
}

impl JoinError {
    /// What the user can do about it, if anything.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Invitation(error) => Some(error.hint()),
            Self::Refused(refusal) => Some(refusal.hint()),
            Self::Impostor | Self::OtherBook => {
                Some("ask for another invitation, on a way that nobody else reads")
            }
            Self::NameTooLong { .. } => Some("give this device a shorter name"),
            Self::Malformed => Some("update goodword on both devices"),
            Self::Net(Error::Unreachable { .. }) => {
                Some("is the other device on, and is `goodword pair` still running there?")
            }
            Self::Net(error) => error.hint(),
        }
    }
}
