//! Standalone statements of a session, by hash: a set that both sides unite.

use std::collections::BTreeSet;

use goodword_core::{StatementHash, hash};

/// Who holds which.
#[derive(Default)]
pub(super) struct Statements {
    /// What the store holds.
    pub ours: BTreeSet<StatementHash>,
    /// What the peer holds, by its own words.
    pub theirs: BTreeSet<StatementHash>,
    /// What the peer knows that the store holds.
    pub told: BTreeSet<StatementHash>,
    /// What the peer was sent.
    pub sent: BTreeSet<StatementHash>,
}

impl Statements {
    /// Whether both sides hold the same.
    pub fn are_level(&self) -> bool {
        self.ours == self.theirs
    }

    /// Those that the peer holds as well, without knowing that this side does.
    pub fn to_tell(&self) -> Vec<StatementHash> {
        let unsaid = self.ours.difference(&self.told);
        unsaid.filter(|hash| self.theirs.contains(*hash)).copied().collect()
    }

    /// Those that the peer lacks and was not sent.
    pub fn to_send(&self) -> BTreeSet<StatementHash> {
        let lacked = self.ours.difference(&self.theirs);
        lacked.filter(|hash| !self.sent.contains(*hash)).copied().collect()
    }
}

/// Hash of a statement's canonical bytes.
pub(super) fn statement_hash(bytes: &[u8]) -> StatementHash {
    StatementHash(hash::derive(hash::STATEMENT, &[bytes]))
}
