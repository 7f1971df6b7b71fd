//! What a device holds, in few bytes: each copy of a store is named once for all its logs.
//!
//! The lists are strictly sorted, so that one state has one encoding.

use std::collections::BTreeMap;

use goodword_core::log::{Frontier, Head, LogId};
use goodword_core::{BookId, DeviceId, EntryHash, Incarnation, Space, StatementHash};
use serde::{Deserialize, Serialize};

use super::bounded;
use crate::error::SessionError;
use crate::limits;

/// A fingerprint of a space's documents.
pub(crate) type Fingerprint = [u8; 32];

/// What is told of spaces at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// Standalone statements held.
    pub statements: Vec<StatementHash>,
    /// Per space: the heads that the peer has not been told, and the fingerprint if nothing of the
    /// space is pending.
    pub spaces: BTreeMap<Space, (Frontier, Option<Fingerprint>)>,
}

/// The same on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frontiers {
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::STATEMENTS_MAX }>")]
    statements: Vec<StatementHash>,
    #[serde(deserialize_with = "bounded::list::<_, _, { Space::ALL.len() }>")]
    spaces: Vec<SpaceTold>,
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::COPIES_PER_FRAME_MAX }>")]
    copies: Vec<Copy>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SpaceTold {
    space: u8,
    fingerprint: Option<Fingerprint>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Copy {
    device: DeviceId,
    incarnation: Incarnation,
    #[serde(deserialize_with = "bounded::list::<_, _, { limits::HEADS_PER_COPY_MAX }>")]
    heads: Vec<SpaceHead>,
}

/// A log of the copy goes up to here; one that is forked has several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SpaceHead {
    space: u8,
    next: u64,
    hash: EntryHash,
}

impl Frontiers {
    /// Brings what is to be told into its wire form.
    ///
    /// # Errors
    /// [`SessionError::TooMuch`] if this device holds more than one frame may say.
    pub(crate) fn new(told: Told) -> Result<Self, SessionError> {
        let Told { mut statements, spaces: told } = told;
        statements.sort_unstable();
        bound("number of standalone statements", statements.len(), limits::STATEMENTS_MAX)?;
        let mut spaces = Vec::new();
        let mut copies: BTreeMap<(DeviceId, Incarnation), Vec<SpaceHead>> = BTreeMap::new();
        for (space, (frontier, fingerprint)) in told {
            spaces.push(SpaceTold { space: space.number(), fingerprint });
            for (log, head) in frontier {
                copies.entry((log.device, log.incarnation)).or_default().push(SpaceHead {
                    space: space.number(),
                    next: head.next,
                    hash: head.hash,
                });
            }
        }
        bound("number of store copies", copies.len(), limits::COPIES_PER_FRAME_MAX)?;
        let heads = copies.values().map(Vec::len).sum();
        bound("number of heads", heads, limits::HEADS_PER_FRAME_MAX)?;
        let copies = copies
            .into_iter()
            .map(|((device, incarnation), heads)| Copy { device, incarnation, heads })
            .collect();
        Ok(Self { statements, spaces, copies })
    }

    /// Reads it back; `None` if a list is not strictly sorted, a space is unknown or not listed,
    /// or a head is of no entry.
    pub(crate) fn told(self, book: &BookId) -> Option<Told> {
        let Self { statements, spaces: listed, copies } = self;
        if !rising(&statements)
            || !rising_by(&listed, |told| told.space)
            || !rising_by(&copies, |copy| (copy.device, copy.incarnation))
        {
            return None;
        }
        let mut spaces = BTreeMap::new();
        for told in listed {
            let space = Space::from_number(told.space)?;
            spaces.insert(space, (Frontier::new(), told.fingerprint));
        }
        for copy in copies {
            if copy.heads.is_empty()
                || !rising_by(&copy.heads, |head| (head.space, head.next, head.hash))
            {
                return None;
            }
            for head in copy.heads {
                let space = Space::from_number(head.space)?;
                let (frontier, _) = spaces.get_mut(&space)?;
                if head.next == 0 {
                    return None;
                }
                let Copy { device, incarnation, .. } = copy;
                let log = LogId { space: space.id(book), device, incarnation };
                frontier.insert((log, Head { next: head.next, hash: head.hash }));
            }
        }
        Some(Told { statements, spaces })
    }
}

fn bound(what: &'static str, found: usize, limit: usize) -> Result<(), SessionError> {
    if found <= limit { Ok(()) } else { Err(SessionError::TooMuch { what, found, limit }) }
}

fn rising<T: Ord>(list: &[T]) -> bool {
    list.is_sorted_by(|a, b| a < b)
}

fn rising_by<T, K: Ord>(list: &[T], key: impl Fn(&T) -> K) -> bool {
    list.is_sorted_by(|a, b| key(a) < key(b))
}
