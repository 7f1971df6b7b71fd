//! What is said: frames, and their bytes (`docs/protocol.md`).
//!
//! A frame is a tag and its fields in postcard's encoding; only the shortest form of it is
//! accepted, and every list is bounded while it is read.

mod bounded;
mod framing;
mod frontiers;

use goodword_core::log::{Head, LogId};
use goodword_core::{BookId, DeviceId, Incarnation, Space};
use serde::{Deserialize, Serialize};

use crate::error::Mistake;
use crate::limits;

pub(crate) use bounded::Bytes;
pub(crate) use framing::{Framing, PREFIX_BYTES};
pub(crate) use frontiers::{Fingerprint, Frontiers, Told};

/// Tags from here on are harmless: a program that does not know one passes over the frame.
const HARMLESS_FROM: u8 = 64;

/// The highest tag of this version.
const TAG_MAX: u8 = 7;

/// Tags from here on take two bytes as a variant number and are never used.
const TAG_END: u8 = 128;

/// One message. The variants' order is frozen: it gives the tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Frame {
    /// Tag 0. The versions of the protocol that the sender reads and writes.
    Hello { oldest: u16, newest: u16 },
    /// Tag 1. The book that the session is about.
    Book { book: BookId },
    /// Tag 2. What the sender holds, or holds since it last said so.
    Frontiers(Frontiers),
    /// Tag 3. Standalone statements that the receiver lacks.
    Statements {
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::STATEMENTS_PER_FRAME_MAX }>")]
        statements: Vec<Bytes>,
    },
    /// Tag 4. A run of entries, each followed by its items; a run may go over several frames.
    Entries {
        /// The sender goes on at once; `false`: commit what you have.
        more: bool,
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::PIECES_PER_FRAME_MAX }>")]
        pieces: Vec<Piece>,
    },
    /// Tag 5. The sender is at rest and sends no more entries in this session.
    Done,
    /// Tag 6. Logs in which the sender has no room for a branch that the receiver sent. Both count
    /// them as level.
    Full {
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::FULL_PER_FRAME_MAX }>")]
        logs: Vec<NamedLog>,
    },
    /// Tag 7. Entries that the sender holds of logs of which the receiver holds another branch.
    Samples {
        #[serde(deserialize_with = "bounded::list::<_, _, { limits::SAMPLED_PER_FRAME_MAX }>")]
        logs: Vec<SampledLog>,
    },
}

/// Entries that the sender holds of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SampledLog {
    /// Which log.
    pub log: NamedLog,
    /// The entries, rising; the first entry of each branch among them.
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::SAMPLES_PER_LOG_MAX }>")]
    pub samples: Vec<Head>,
}

/// A log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NamedLog {
    /// Number of its space.
    pub space: u8,
    /// Its device.
    pub device: DeviceId,
    /// Its incarnation.
    pub incarnation: Incarnation,
}

impl NamedLog {
    /// The name of a log of `space`.
    pub(crate) fn new(space: Space, log: &LogId) -> Self {
        let LogId { device, incarnation, .. } = *log;
        Self { space: space.number(), device, incarnation }
    }
}

/// A part of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Piece {
    /// The bytes of an entry. As many items follow as it names.
    Entry(Bytes),
    /// The bytes of the next item of the entry before; none stand for an item that was erased.
    Item(Bytes),
}

impl Frame {
    /// What it is called in errors and in `docs/protocol.md`.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Hello { .. } => "hello",
            Self::Book { .. } => "book",
            Self::Frontiers(_) => "frontiers",
            Self::Statements { .. } => "statements",
            Self::Entries { .. } => "entries",
            Self::Done => "done",
            Self::Full { .. } => "full",
            Self::Samples { .. } => "samples",
        }
    }

    const fn tag(&self) -> u8 {
        match self {
            Self::Hello { .. } => 0,
            Self::Book { .. } => 1,
            Self::Frontiers(_) => 2,
            Self::Statements { .. } => 3,
            Self::Entries { .. } => 4,
            Self::Done => 5,
            Self::Full { .. } => 6,
            Self::Samples { .. } => 7,
        }
    }

    /// The frame with its length prefix.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let body = postcard::to_allocvec(self).expect("BUG: a frame always encodes");
        debug_assert_eq!(body.first(), Some(&self.tag()));
        framing::prefixed(&body)
    }

    /// Reads a frame without its length prefix; `None` for a harmless one of a later version.
    pub(crate) fn decode(body: &[u8]) -> Result<Option<Self>, Mistake> {
        let tag = *body.first().ok_or(Mistake::Malformed { tag: u8::MAX })?;
        if (HARMLESS_FROM..TAG_END).contains(&tag) {
            return Ok(None);
        }
        if tag > TAG_MAX {
            return Err(Mistake::UnknownFrame { tag });
        }
        let frame: Self = postcard::from_bytes(body).map_err(|_| Mistake::Malformed { tag })?;
        let again = postcard::to_allocvec(&frame).map_err(|_| Mistake::Malformed { tag })?;
        if again == body { Ok(Some(frame)) } else { Err(Mistake::Malformed { tag }) }
    }
}

#[cfg(test)]
mod tests;
