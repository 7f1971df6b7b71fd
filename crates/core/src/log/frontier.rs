//! How far a store holds each log: what two devices compare.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::entry::LogId;
use crate::id::EntryHash;

/// The last entry held of a log, or of one branch of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Head {
    /// How many entries are held: the number of the next one.
    pub next: u64,
    /// Hash of entry `next − 1`.
    pub hash: EntryHash,
}

/// Heads of logs of one or more spaces, ascending. A log that is absent has no entry; one that has
/// several is forked.
pub type Frontier = BTreeSet<(LogId, Head)>;

/// The heads of one log.
pub fn heads_of(frontier: &Frontier, log: LogId) -> impl Iterator<Item = Head> + '_ {
    let first = Head { next: 0, hash: EntryHash([0; 32]) };
    let last = Head { next: u64::MAX, hash: EntryHash([u8::MAX; 32]) };
    frontier.range((log, first)..=(log, last)).map(|(_, head)| *head)
}

/// How many entries the longest branch of a log has.
pub fn next_of(frontier: &Frontier, log: LogId) -> u64 {
    heads_of(frontier, log).map(|head| head.next).max().unwrap_or(0)
}
