//! One space of a session: what each side holds, as far as this side knows.
//!
//! Knowledge of the peer only grows: a head that is behind what is known already changes nothing.

use std::collections::BTreeSet;

use goodword_core::log::{Frontier, Head, LogId};

use crate::frame::Fingerprint;

/// The state of one space that both devices may read.
#[derive(Default)]
pub(super) struct Exchange {
    /// What the store held when it was last looked at.
    pub ours: Frontier,
    /// What the peer was told of it, by frontiers or by the entries themselves; `None`: it was not
    /// told that the space is shared.
    told: Option<Frontier>,
    /// What the peer holds, by its own words; `None`: it has said nothing of the space.
    pub theirs: Option<Frontier>,
    /// What the peer will hold when it has everything that was queued for it.
    pub planned: Frontier,
    /// Logs of which the two sides hold different branches, where one is longer.
    forked: BTreeSet<LogId>,
    /// Those of them that the peer was not told of.
    forks_untold: BTreeSet<LogId>,
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
        }
        has_changed
    }

    /// Takes what the peer said of itself; true if it holds more than was known.
    pub fn hear(&mut self, frontier: &Frontier, fingerprint: Option<Fingerprint>) -> bool {
        let holds_more = merge(self.theirs.get_or_insert_default(), frontier);
        if holds_more {
            self.their_fingerprint = None;
        }
        if fingerprint.is_some() {
            self.their_fingerprint = fingerprint;
        }
        merge(&mut self.planned, frontier);
        holds_more
    }

    /// Notes that the peer holds an entry, because it sent it; true if that was not known.
    pub fn hear_entry(&mut self, log: LogId, head: Head) -> bool {
        let holds_more = raise(self.theirs.get_or_insert_default(), log, head);
        if holds_more {
            self.their_fingerprint = None;
        }
        raise(&mut self.planned, log, head);
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
    pub fn tell_entry(&mut self, log: LogId, head: Head) {
        raise(self.told.get_or_insert_default(), log, head);
    }

    /// Logs of which the peer lacks entries that are not queued for it either.
    pub fn unplanned(&self) -> Vec<LogId> {
        if self.theirs.is_none() { Vec::new() } else { self.beyond(&self.ours, &self.planned) }
    }

    /// How many entries of these logs the peer lacks that are not queued for it either.
    pub fn count_unplanned(&self, logs: &[LogId]) -> u64 {
        let of_log = |log| next_of(&self.ours, log) - next_of(&self.planned, log);
        logs.iter().map(of_log).sum()
    }

    /// What the peer would hold if it lacked no more than the entries of `log`.
    pub fn lacking_only(&self, log: LogId) -> Frontier {
        let mut frontier = self.ours.clone();
        match self.planned.get(&log) {
            Some(head) => frontier.insert(log, *head),
            None => frontier.remove(&log),
        };
        frontier
    }

    /// Notes that everything that the store holds is queued for the peer.
    pub fn plan_all(&mut self) {
        merge(&mut self.planned, &self.ours);
    }

    /// Notes that the peer holds another, shorter branch of a log.
    pub fn fork(&mut self, log: LogId) {
        if self.forked.insert(log) {
            self.forks_untold.insert(log);
        }
    }

    /// Notes that the peer says that it holds another, longer branch of a log.
    pub fn hear_fork(&mut self, log: LogId) {
        self.forked.insert(log);
    }

    /// At most so many forked logs that the peer has not been told of.
    pub fn take_untold_forks(&mut self, count: usize) -> Vec<LogId> {
        let logs: Vec<LogId> = self.forks_untold.iter().take(count).copied().collect();
        self.forks_untold.retain(|log| !logs.contains(log));
        logs
    }

    /// Whether the peer holds entries that the store lacks.
    pub fn is_behind(&self) -> bool {
        self.theirs.as_ref().is_some_and(|theirs| !self.beyond(theirs, &self.ours).is_empty())
    }

    /// Whether neither side lacks an entry of the other.
    pub fn is_level(&self) -> bool {
        self.theirs.as_ref().is_some_and(|theirs| {
            self.beyond(theirs, &self.ours).is_empty() && self.beyond(&self.ours, theirs).is_empty()
        })
    }

    /// Whether both sides hold the same entries.
    pub fn is_equal(&self) -> bool {
        self.theirs.as_ref() == Some(&self.ours)
    }

    /// Logs of which the two sides hold different branches.
    pub fn forks(&self) -> u64 {
        let theirs = self.theirs.iter().flatten();
        let differ = theirs.filter(|(log, theirs)| {
            let ours = self.ours.get(log);
            ours.is_some_and(|ours| ours.next == theirs.next && ours.hash != theirs.hash)
        });
        let equally_long = differ.filter(|(log, _)| !self.forked.contains(log));
        (equally_long.count() + self.forked.len()) as u64
    }

    /// Heads that the peer is to be told of without being sent the entries, because it holds them;
    /// all heads if it knows nothing yet. `None` if there is nothing to tell.
    pub fn to_tell(&self) -> Option<Frontier> {
        let Some(told) = &self.told else {
            return Some(self.ours.clone());
        };
        let holds = |log: &LogId, next: u64| {
            self.theirs.as_ref().is_some_and(|theirs| next_of(theirs, log) >= next)
        };
        let heads: Frontier = self
            .ours
            .iter()
            .filter(|(log, head)| head.next > next_of(told, log) && holds(log, head.next))
            .map(|(log, head)| (*log, *head))
            .collect();
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
        merge(self.told.get_or_insert_default(), heads);
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

    /// Logs in which `ahead` is ahead of `behind`, those with branches left out.
    fn beyond(&self, ahead: &Frontier, behind: &Frontier) -> Vec<LogId> {
        let is_ahead = |(log, head): &(&LogId, &Head)| {
            head.next > next_of(behind, log) && !self.forked.contains(log)
        };
        ahead.iter().filter(is_ahead).map(|(log, _)| *log).collect()
    }
}

/// How many entries of `log` a frontier covers.
pub(super) fn next_of(frontier: &Frontier, log: &LogId) -> u64 {
    frontier.get(log).map_or(0, |head| head.next)
}

/// Raises `frontier` to `other` where that is ahead; true if it is anywhere.
fn merge(frontier: &mut Frontier, other: &Frontier) -> bool {
    other.iter().fold(false, |raised, (log, head)| raise(frontier, *log, *head) || raised)
}

/// Raises one head of `frontier` if `head` is ahead of it; true if it was.
pub(super) fn raise(frontier: &mut Frontier, log: LogId, head: Head) -> bool {
    let ahead = head.next > next_of(frontier, &log);
    if ahead {
        frontier.insert(log, head);
    }
    ahead
}
