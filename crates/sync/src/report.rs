//! What a session has come to: counts only, no names and no content.

use std::collections::BTreeMap;

use goodword_core::Space;

/// What was exchanged so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Per space that both devices may read.
    pub spaces: BTreeMap<Space, SpaceReport>,
    /// Standalone statements sent.
    pub statements_sent: u64,
    /// Standalone statements received.
    pub statements_received: u64,
    /// Bytes of frames given out, with their length prefixes.
    pub bytes_sent: u64,
    /// Bytes of complete frames taken in, with their length prefixes.
    pub bytes_received: u64,
    /// How often this side had nothing to say and went on only when the peer had answered.
    pub round_trips: u64,
    /// Transactions in which received entries were stored.
    pub batches: u64,
    /// Both sides hold the same, as far as this side knows.
    pub at_rest: bool,
    /// Both sides have said that they are done.
    pub finished: bool,
}

/// What was exchanged of one space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SpaceReport {
    /// Entries given out.
    pub entries_sent: u64,
    /// Items given out with them.
    pub items_sent: u64,
    /// Entries stored that were not held before.
    pub entries_received: u64,
    /// Items stored with them.
    pub items_received: u64,
    /// Entries that arrived though they were held already: another peer was faster.
    pub entries_known: u64,
    /// Logs that are forked: of copied or cheating devices.
    pub forks: u64,
    /// Fingerprints that differed though both sides held the same entries: defects.
    pub fingerprint_mismatches: u64,
}

impl Report {
    /// Entries sent, over all spaces.
    pub fn entries_sent(&self) -> u64 {
        self.spaces.values().map(|space| space.entries_sent).sum()
    }

    /// Entries received that were not held before, over all spaces.
    pub fn entries_received(&self) -> u64 {
        self.spaces.values().map(|space| space.entries_received).sum()
    }

    /// Logs that are forked, over all spaces.
    pub fn forks(&self) -> u64 {
        self.spaces.values().map(|space| space.forks).sum()
    }

    /// Fingerprints that differed at rest, over all spaces.
    pub fn fingerprint_mismatches(&self) -> u64 {
        self.spaces.values().map(|space| space.fingerprint_mismatches).sum()
    }
}
