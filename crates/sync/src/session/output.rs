//! What goes out: the opening, then whatever is due, one frame at a time.

use std::collections::{BTreeMap, VecDeque};

use goodword_core::{Now, Space, Store};

use super::outbox::Departed;
use super::statements::statement_hash;
use super::{Heard, Mode, Output, Session};
use crate::error::SessionError;
use crate::frame::{Bytes, Frame, Frontiers, NamedLog, SampledLog, Told};
use crate::limits;

impl Session {
    /// The next frame, or the end.
    pub(super) fn next_output(
        &mut self,
        store: &Store,
        now: Now,
    ) -> Result<Option<Output>, SessionError> {
        let frame = self.next_frame(store, now)?;
        self.report.at_rest = self.is_at_rest();
        if let Some(frame) = frame {
            let bytes = frame.encode();
            self.report.bytes_sent += bytes.len() as u64;
            self.asked = true;
            return Ok(Some(Output::Send(bytes)));
        }
        if self.done_told && self.heard == Heard::Done && self.inbox.is_empty() {
            self.report.finished = true;
            return Ok(Some(Output::Finished));
        }
        self.waiting = self.asked;
        Ok(None)
    }

    fn next_frame(&mut self, store: &Store, now: Now) -> Result<Option<Frame>, SessionError> {
        if !self.opened {
            if !self.initiator && self.heard < Heard::Frontiers {
                return Ok(None);
            }
            self.open(store, now)?;
        }
        if let Some(frame) = self.opening.pop_front() {
            return Ok(Some(frame));
        }
        if self.heard < Heard::Frontiers {
            return Ok(None);
        }
        if let Some(frame) = self.statements_frame(store)? {
            return Ok(Some(frame));
        }
        if let Some(frame) = self.frontiers_frame(store)? {
            return Ok(Some(frame));
        }
        if let Some(frame) = self.full_frame() {
            return Ok(Some(frame));
        }
        if let Some(frame) = self.samples_frame(store)? {
            return Ok(Some(frame));
        }
        if let Some(frame) = self.entries_frame(store)? {
            return Ok(Some(frame));
        }
        let is_asked_to_end = self.mode == Mode::Once || self.heard == Heard::Done;
        if is_asked_to_end && !self.done_told && self.is_at_rest() {
            self.done_told = true;
            return Ok(Some(Frame::Done));
        }
        Ok(None)
    }

    /// Says everything that can be said before anything was heard, so that two devices with
    /// nothing new for each other need one round trip.
    fn open(&mut self, store: &Store, now: Now) -> Result<(), SessionError> {
        let book = store.book().ok_or(SessionError::NoBook)?;
        self.review(store, now)?;
        let version = limits::PROTOCOL_VERSION;
        let frontiers = self.frontiers_frame(store)?;
        self.opening = VecDeque::from([
            Frame::Hello { oldest: version, newest: version },
            Frame::Book { book },
        ]);
        self.opening.extend(frontiers);
        self.opened = true;
        Ok(())
    }

    /// What the peer does not know about what is held here: everything at first, afterwards what
    /// has been committed of what it sent.
    fn frontiers_frame(&mut self, store: &Store) -> Result<Option<Frame>, SessionError> {
        let statements = if self.opened {
            self.statements.to_tell()
        } else {
            self.statements.ours.iter().copied().collect()
        };
        let mut spaces = BTreeMap::new();
        let rosters_equal = self.rosters_equal();
        for space in &self.shared {
            let exchange = self.exchanges.entry(*space).or_default();
            let heads = exchange.to_tell();
            let fingerprint =
                if exchange.owes_fingerprint(rosters_equal) && store.pending(*space)? == 0 {
                    Some(store.fingerprint(*space)?)
                } else {
                    None
                };
            if heads.is_none() && fingerprint.is_none() {
                continue;
            }
            let heads = heads.unwrap_or_default();
            exchange.tell(&heads, fingerprint.is_some());
            spaces.insert(*space, (heads, fingerprint));
        }
        if statements.is_empty() && spaces.is_empty() {
            return Ok(None);
        }
        self.statements.told.extend(&statements);
        Ok(Some(Frame::Frontiers(Frontiers::new(Told { statements, spaces })?)))
    }

    fn statements_frame(&mut self, store: &Store) -> Result<Option<Frame>, SessionError> {
        let lacked = self.statements.to_send();
        if lacked.is_empty() || self.done_told {
            return Ok(None);
        }
        let mut statements = Vec::new();
        for bytes in store.standalone()? {
            let hash = statement_hash(&bytes);
            if lacked.contains(&hash) && statements.len() < limits::STATEMENTS_PER_FRAME_MAX {
                self.statements.sent.insert(hash);
                self.statements.told.insert(hash);
                statements.push(Bytes(bytes));
            }
        }
        self.report.statements_sent += statements.len() as u64;
        Ok((!statements.is_empty()).then_some(Frame::Statements { statements }))
    }

    /// Logs in which there is no room for a branch of the peer's.
    fn full_frame(&mut self) -> Option<Frame> {
        let mut logs = Vec::new();
        for space in &self.shared {
            let exchange = self.exchanges.entry(*space).or_default();
            let room = limits::FULL_PER_FRAME_MAX - logs.len();
            let full = exchange.take_untold_full(room);
            logs.extend(full.iter().map(|log| NamedLog::new(*space, log)));
        }
        (!logs.is_empty()).then_some(Frame::Full { logs })
    }

    /// Entries of logs of which the peer holds other branches, so that both find where they part.
    fn samples_frame(&mut self, store: &Store) -> Result<Option<Frame>, SessionError> {
        let mut logs = Vec::new();
        for space in &self.shared {
            let exchange = self.exchanges.entry(*space).or_default();
            for log in exchange.take_samples_due(limits::SAMPLED_PER_FRAME_MAX - logs.len()) {
                let samples = store.samples(log)?;
                logs.push(SampledLog { log: NamedLog::new(*space, &log), samples });
            }
        }
        Ok((!logs.is_empty()).then_some(Frame::Samples { logs }))
    }

    /// Entries that the peer lacks. Those of other spaces wait until this device has the whole of
    /// the peer's roster, which may say that the peer is not to have them.
    fn entries_frame(&mut self, store: &Store) -> Result<Option<Frame>, SessionError> {
        let roster = self.exchanges.get(&Space::Roster);
        let has_their_roster = roster.is_some_and(|roster| !roster.is_behind());
        let Some((frame, departed)) = self.outbox.next_frame(store, has_their_roster)? else {
            return Ok(None);
        };
        for Departed { space, entry, items } in departed {
            self.exchange(space).tell_entry(&entry);
            let report = self.report.spaces.entry(space).or_default();
            report.entries_sent += 1;
            report.items_sent += items;
        }
        Ok(Some(frame))
    }
}
