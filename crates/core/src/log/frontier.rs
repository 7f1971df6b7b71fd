//! How far a store holds each log: what two devices compare.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::entry::LogId;
use crate::id::EntryHash;

/// The last entry held of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Head {
    /// How many entries are held: the number of the next one.
    pub next: u64,
    /// Hash of entry `next − 1`.
    pub hash: EntryHash,
}

/// Heads of all logs of one or more spaces; a log that is absent has no entry.
pub type Frontier = BTreeMap<LogId, Head>;
