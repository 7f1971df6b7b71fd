//! Why a session ends early, by who can act.

use goodword_core::log::EntryError;
use goodword_core::{BookId, DeviceId, Space};

use crate::limits;

/// Why a session cannot go on. It is over after any of these; what was committed stays.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The peer sent something that an honest program of this version never sends.
    #[error("{0}")]
    Peer(#[from] Mistake),
    /// This store has no book, so there is nothing to exchange.
    #[error("this device has no book")]
    NoBook,
    /// The peer speaks of another book.
    #[error("the peer's book {} is not this device's {}", theirs.short(), ours.short())]
    OtherBook {
        /// This store's.
        ours: BookId,
        /// The peer's.
        theirs: BookId,
    },
    /// This store's roster does not admit the peer, or its term is over.
    #[error("device {} is not admitted to this book", device.short())]
    UnknownPeer {
        /// The peer.
        device: DeviceId,
    },
    /// The roster, fully exchanged, does not admit this device.
    #[error("this device, {}, is not admitted to the book", device.short())]
    NotAdmitted {
        /// This device.
        device: DeviceId,
    },
    /// The roster changed during the session: a space is not shared with the peer any more.
    #[error("the peer lost its access to the space {}", space.name())]
    AccessWithdrawn {
        /// The space.
        space: Space,
    },
    /// The peer reads no version of the protocol that this program writes.
    #[error(
        "the peer speaks versions {oldest} to {newest} of the protocol, this program {}",
        limits::PROTOCOL_VERSION
    )]
    NoCommonVersion {
        /// The peer's oldest.
        oldest: u16,
        /// The peer's newest.
        newest: u16,
    },
    /// This store lists an entry in its frontier that it cannot read completely.
    #[error("an entry of the space {} is held incompletely", space.name())]
    Incomplete {
        /// The space.
        space: Space,
    },
    /// This device holds more than the protocol's limits let it say.
    #[error("{what} of {found} exceeds {limit}")]
    TooMuch {
        /// What.
        what: &'static str,
        /// How much there is.
        found: usize,
        /// How much may be.
        limit: usize,
    },
    /// The session had finished or failed before.
    #[error("the session is over")]
    Over,
    /// This device's store.
    #[error("{0}")]
    Store(goodword_core::Error),
}

impl From<goodword_core::Error> for SessionError {
    fn from(error: goodword_core::Error) -> Self {
        match error {
            goodword_core::Error::Peer(mistake) => Self::Peer(Mistake::Batch(mistake)),
            other => Self::Store(other),
        }
    }
}

/// What a peer did wrong.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// A frame's length is beyond the limit; none of it was read.
    #[error("frame of {bytes} bytes exceeds {}", limits::FRAME_BYTES_MAX)]
    FrameTooLong {
        /// The length that it claims.
        bytes: u32,
    },
    /// A frame is empty, not an encoding, not in its shortest form or over a limit of its own.
    #[error("frame with tag {tag} is malformed or not in canonical form")]
    Malformed {
        /// The tag that it starts with; 255 if it is empty.
        tag: u8,
    },
    /// A frame of a later version that may not be passed over.
    #[error("frame with unknown tag {tag}")]
    UnknownFrame {
        /// Its tag.
        tag: u8,
    },
    /// A frame at a moment when the protocol does not allow it.
    #[error("frame `{frame}` out of order")]
    OutOfOrder {
        /// What it is.
        frame: &'static str,
    },
    /// An entry of a space that is not shared between the two devices.
    #[error("entry of a space that is not shared")]
    NotShared,
    /// An entry is not in form.
    #[error("{0}")]
    Entry(EntryError),
    /// An entry does not continue its log.
    #[error("entry {n} of device {} where {expected} or less was expected", device.short())]
    Gap {
        /// Its device.
        device: DeviceId,
        /// Its number.
        n: u64,
        /// The number of the next entry that this device lacks.
        expected: u64,
    },
    /// An entry with its items is larger than a delivery may be.
    #[error("entry with items of {bytes} bytes exceeds {}", limits::DELIVERY_BYTES_MAX)]
    DeliveryTooLong {
        /// Bytes of the entry and of its items so far.
        bytes: usize,
    },
    /// The store refused a batch; nothing of it was stored.
    #[error("{0}")]
    Batch(goodword_core::PeerError),
}
