//! What the store says: which spaces are shared, what it holds, what the peer lacks.
//!
//! Done again after every batch and whenever the store is said to have changed. Costs as much as
//! there are logs and entries lacked, never as much as there are documents.

use goodword_core::roster::Authority;
use goodword_core::{DeviceId, Now, Space, SpaceSet, Store};

use super::Session;
use super::statements::statement_hash;
use crate::error::SessionError;

impl Session {
    /// Looks at the store again.
    pub(super) fn review(&mut self, store: &Store, now: Now) -> Result<(), SessionError> {
        let standalone = store.standalone()?;
        let statements = standalone.iter().map(|bytes| statement_hash(bytes)).collect();
        let mut has_changed = self.statements.ours != statements;
        self.statements.ours = statements;
        has_changed |= self.exchange(Space::Roster).look(store.frontier(Space::Roster)?);
        if has_changed {
            self.exchanges.values_mut().for_each(super::exchange::Exchange::owe_fingerprint);
        }
        self.weigh(store, Space::Roster)?;
        let shared = self.shared_spaces(store, now)?;
        if let Some(space) = self.shared.difference(&shared).next() {
            return Err(SessionError::AccessWithdrawn { space: *space });
        }
        self.shared = shared.clone();
        for space in shared {
            self.exchange(space).look(store.frontier(space)?);
            self.weigh(store, space)?;
            self.plan(store, space)?;
            self.compare(store, space)?;
        }
        Ok(())
    }

    /// The spaces that both devices may read, by the roster as it is held here.
    fn shared_spaces(&mut self, store: &Store, now: Now) -> Result<SpaceSet, SessionError> {
        let device = store.device();
        let authority = store.authority().ok_or(SessionError::NoBook)?;
        if self.joining {
            if !authority.knows(&self.peer) || !authority.knows(&device) {
                self.may_wait(authority, device)?;
                return Ok(SpaceSet::from([Space::Roster]));
            }
            self.joining = false;
        }
        let seconds = u64::try_from(now.at.as_second()).unwrap_or(0);
        if !authority.may_read(&self.peer, Space::Roster, seconds) {
            return Err(SessionError::UnknownPeer { device: self.peer });
        }
        let own = authority.active(&device).ok_or(SessionError::NotAdmitted { device })?;
        let shared = own.spaces.iter().copied();
        Ok(shared.filter(|space| authority.may_read(&self.peer, *space, seconds)).collect())
    }

    /// Lets a joining device wait for its admission until the whole roster has arrived.
    fn may_wait(&self, authority: &Authority, device: DeviceId) -> Result<(), SessionError> {
        let arrived = self.exchanges.get(&Space::Roster).is_some_and(|roster| roster.is_level());
        if !arrived || !self.statements.are_level() {
            Ok(())
        } else if authority.knows(&self.peer) {
            Err(SessionError::NotAdmitted { device })
        } else {
            Err(SessionError::UnknownPeer { device: self.peer })
        }
    }

    /// Compares fingerprints when both sides hold the same and nothing is pending.
    fn compare(&mut self, store: &Store, space: Space) -> Result<(), SessionError> {
        let rosters_equal = self.rosters_equal();
        let exchange = self.exchange(space);
        let forks = exchange.forks();
        let mut mismatches = 0;
        if rosters_equal && exchange.is_comparable() && store.pending(space)? == 0 {
            let ours = store.fingerprint(space)?;
            if exchange.take_fingerprint().is_some_and(|theirs| theirs != ours) {
                tracing::warn!(space = space.name(), "equal frontiers, different fingerprints");
                mismatches = 1;
            }
        }
        let report = self.report.spaces.entry(space).or_default();
        report.forks = forks;
        report.fingerprint_mismatches += mismatches;
        Ok(())
    }

    /// Finds out which side lacks something.
    fn weigh(&mut self, store: &Store, space: Space) -> Result<(), SessionError> {
        let exchange = self.exchange(space);
        if exchange.is_equal() {
            exchange.settle();
        } else if let Some(theirs) = &exchange.theirs {
            let compared = store.compare(space, theirs, |log| exchange.is_sampled(log))?;
            exchange.compare(compared);
        }
        Ok(())
    }

    /// Queues what the peer lacks; nothing after this side has said that it is done.
    fn plan(&mut self, store: &Store, space: Space) -> Result<(), SessionError> {
        let done = self.done_told;
        let exchange = self.exchange(space);
        if done || !exchange.is_unplanned() {
            return Ok(());
        }
        let compared = store.compare(space, &exchange.planned, |log| exchange.is_sampled(log))?;
        exchange.plan(&compared);
        self.outbox.put(space, store.locations(&compared)?);
        Ok(())
    }
}
