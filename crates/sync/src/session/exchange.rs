//! One space of a session: what each side holds, as far as this side knows.
//!
//! A side is known to hold entries: the heads and samples that it told of, what it sent. That only
//! grows; who holds an entry holds all before it. What follows for the other side, the store tells
//! ([`Store::compare`](goodword_core::Store::compare)).

use std::collections::BTreeSet;

use goodword_core::log::{Entry, Frontier, Head, LogId};
use goodword_core::store::Compared;

use crate::frame::Fingerprint;
use crate::limits;

/// The state of one space that both devices may read.
#[derive(Default)]
pub(super) struct Exchange {
    /// What the store held when it was last looked at.
    pub ours: Frontier,
    /// Those of its heads that the peer was told of, by frontiers or by the entries themselves;
    /// `None`: it was not told that the space is shared.
    told: Option<Frontier>,
    /// What the peer holds, by its own words; `None`: it has said nothing of the space.
    pub theirs: Option<Frontier>,
    /// What the peer will hold when it has everything that was queued for it.
    pub planned: Frontier,
    /// Whether `behind` and `ahead` tell of `ours` and `theirs` as they are.
    is_weighed: bool,
    /// Logs of which the peer holds entries that the store lacks.
    behind: BTreeSet<LogId>,
    /// Logs of which the peer lacks entries, or may.
    ahead: BTreeSet<LogId>,
    /// Logs of which the peer sent samples.
    sampled: BTreeSet<LogId>,
    /// Logs of which the peer was sent samples, and those of which it is to be.
    samples_sent: BTreeSet<LogId>,
    samples_due: BTreeSet<LogId>,
    /// Logs in which one side has no room for a branch of the other.
    full: BTreeSet<LogId>,
    /// Those of them that the peer was not told of.
    full_untold: BTreeSet<LogId>,
    /// The peer's fingerprint of `theirs`, until it is compared.
    their_fingerprint: Option<Fingerprint>,
    /// Whether the peer was given the fingerprint of `ours`.
    fingerprint_told: bool,
}

impl Exchange {
    /// Takes what the store holds; true if that has changed.
    pub fn look(&mut self, frontier: Frontier) -> bool {
        let has_changed = self.ours != frontier;
        if has_changed {
            self.ours = frontier;
            self.fingerprint_told = false;
            self.is_weighed = false;
            if let Some(told) = &mut self.told {
                told.retain(|head| self.ours.contains(head));
            }
        }
        has_changed
    }

    /// Takes what the peer said of itself; true if it holds more than was known.
    pub fn hear(&mut self, frontier: Frontier, fingerprint: Option<Fingerprint>) -> bool {
        self.is_weighed = false;
        self.planned.extend(&frontier);
        let theirs = self.theirs.get_or_insert_default();
        let before = theirs.len();
        theirs.extend(frontier);
        let holds_more = theirs.len() > before;
        if holds_more {
            self.their_fingerprint = None;
        }
        if fingerprint.is_some() {
            self.their_fingerprint = fingerprint;
        }
        holds_more
    }

    /// Whether the peer told of no more than may be kept of it.
    pub fn is_bounded(&self) -> bool {
        self.theirs.as_ref().is_none_or(|theirs| theirs.len() <= limits::HEADS_PER_SPACE_MAX)
    }

    /// Takes samples of one of the peer's logs; it is sent some in turn.
    pub fn hear_samples(&mut self, log: LogId, samples: impl Iterator<Item = Head>) {
        self.hear(samples.map(|head| (log, head)).collect(), None);
        self.sampled.insert(log);
        self.sample(log);
    }

    /// Notes that the peer holds an entry, because it sent it; true if that was not known.
    pub fn hear_entry(&mut self, entry: &Entry) -> bool {
        let holds_more = raise(self.theirs.get_or_insert_default(), entry);
        if holds_more {
            self.their_fingerprint = None;
            self.is_weighed = false;
        }
        raise(&mut self.planned, entry);
        holds_more
    }

    /// Forgets the peer's fingerprint: it is of documents by a roster that is not the peer's any
    /// more.
    pub fn forget_fingerprint(&mut self) {
        self.their_fingerprint = None;
    }

    /// Notes that the store's documents are by another roster than those that were told of.
    pub fn owe_fingerprint(&mut self) {
        self.fingerprint_told = false;
    }

    /// Notes that the peer learns of an entry, because it is sent.
    pub fn tell_entry(&mut self, entry: &Entry) {
        raise(self.told.get_or_insert_default(), entry);
    }

    /// Whether something is held that is not known to be held by the peer or queued for it.
    pub fn is_unplanned(&self) -> bool {
        self.theirs.is_some() && !self.ours.is_subset(&self.planned)
    }

    /// Takes what the store tells of `planned` before everything that it found lacking is queued.
    pub fn plan(&mut self, compared: &Compared) {
        let mut planned = compared.theirs.clone();
        let is_clear = |log: &LogId| !compared.unclear.contains(log);
        planned.extend(self.ours.iter().filter(|(log, _)| is_clear(log)));
        planned.extend(self.planned.iter().filter(|(log, _)| !is_clear(log)));
        self.planned = planned;
    }

    /// Takes what the store tells of `theirs`.
    pub fn compare(&mut self, compared: Compared) {
        for log in &compared.diverged {
            self.sample(*log);
        }
        self.is_weighed = true;
        self.theirs = Some(compared.theirs);
        self.behind = compared.behind;
        self.ahead = compared.ahead;
    }

    /// Notes that both sides hold the same.
    pub fn settle(&mut self) {
        self.is_weighed = true;
        self.behind.clear();
        self.ahead.clear();
    }

    /// Whether the peer told of samples of a log.
    pub fn is_sampled(&self, log: &LogId) -> bool {
        self.sampled.contains(log)
    }

    fn sample(&mut self, log: LogId) {
        if !self.samples_sent.contains(&log) {
            self.samples_due.insert(log);
        }
    }

    /// At most so many logs of which the peer is to be sent samples.
    pub fn take_samples_due(&mut self, count: usize) -> Vec<LogId> {
        let logs: Vec<LogId> = self.samples_due.iter().take(count).copied().collect();
        self.samples_due.retain(|log| !logs.contains(log));
        self.samples_sent.extend(&logs);
        logs
    }

    /// Notes that there is no room here for a branch of a log that the peer holds.
    pub fn fill(&mut self, log: LogId) {
        if self.full.insert(log) {
            self.full_untold.insert(log);
        }
    }

    /// Notes that the peer has no room for a branch of a log that is held here.
    pub fn hear_full(&mut self, log: LogId) {
        self.full.insert(log);
    }

    /// At most so many full logs that the peer has not been told of.
    pub fn take_untold_full(&mut self, count: usize) -> Vec<LogId> {
        let logs: Vec<LogId> = self.full_untold.iter().take(count).copied().collect();
        self.full_untold.retain(|log| !logs.contains(log));
        logs
    }

    /// Whether the peer holds entries that the store lacks, or may.
    pub fn is_behind(&self) -> bool {
        self.theirs.is_some() && !(self.is_weighed && self.behind.is_subset(&self.full))
    }

    /// Whether neither side lacks an entry of the other, but for branches that have no room.
    pub fn is_level(&self) -> bool {
        self.theirs.is_some() && !self.is_behind() && self.ahead.is_subset(&self.full)
    }

    /// Whether both sides hold the same entries.
    pub fn is_equal(&self) -> bool {
        self.theirs.as_ref() == Some(&self.ours)
    }

    /// Logs that are forked.
    pub fn forks(&self) -> u64 {
        let mut logs = self.full.clone();
        let pairs = self.ours.iter().zip(self.ours.iter().skip(1));
        logs.extend(pairs.filter(|((one, _), (next, _))| one == next).map(|((log, _), _)| *log));
        logs.len() as u64
    }

    /// Heads that the peer is to be told of without being sent the entries, because it holds them;
    /// all heads if it knows nothing yet. `None` if there is nothing to tell.
    pub fn to_tell(&self) -> Option<Frontier> {
        let Some(told) = &self.told else {
            return Some(self.ours.clone());
        };
        let theirs = self.theirs.as_ref()?;
        let heads: Frontier =
            self.ours.difference(told).filter(|h| theirs.contains(h)).copied().collect();
        (!heads.is_empty()).then_some(heads)
    }

    /// Whether the peer, which holds the same if it was told anything, was not given the
    /// fingerprint.
    pub fn owes_fingerprint(&self, rosters_equal: bool) -> bool {
        let is_same = rosters_equal && self.is_equal();
        !self.fingerprint_told && (self.told.is_none() || is_same)
    }

    /// Notes that these heads were told, perhaps with the fingerprint.
    pub fn tell(&mut self, heads: &Frontier, fingerprint: bool) {
        self.told.get_or_insert_default().extend(heads);
        self.fingerprint_told |= fingerprint;
    }

    /// Whether the peer gave a fingerprint of just the entries that the store holds.
    pub fn is_comparable(&self) -> bool {
        self.their_fingerprint.is_some() && self.is_equal()
    }

    /// The peer's fingerprint, once.
    pub fn take_fingerprint(&mut self) -> Option<Fingerprint> {
        self.their_fingerprint.take()
    }
}

/// Adds an entry in the place of the one before it; true if it was not there.
fn raise(frontier: &mut Frontier, entry: &Entry) -> bool {
    let header = entry.header();
    frontier.remove(&(header.log, Head { next: header.n, hash: header.prev }));
    frontier.insert((header.log, Head { next: header.n + 1, hash: entry.hash() }))
}
