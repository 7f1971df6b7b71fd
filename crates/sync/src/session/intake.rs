//! What arrives: frames in their order, pieces into batches, batches into the store.

use goodword_core::log::{Entry, LogId, heads_of, next_of};
use goodword_core::store::Taken;
use goodword_core::{Now, Space, SpaceIds, Store};

use super::statements::statement_hash;
use super::{Heard, Session};
use crate::error::{Mistake, SessionError};
use crate::frame::{Bytes, Frame, Frontiers, NamedLog, PREFIX_BYTES, Piece, SampledLog};
use crate::limits;

impl Session {
    pub(super) fn take_in(
        &mut self,
        store: &mut Store,
        now: Now,
        mut bytes: &[u8],
    ) -> Result<(), SessionError> {
        while let Some(body) = self.framing.take(&mut bytes)? {
            self.report.bytes_received += (PREFIX_BYTES + body.len()) as u64;
            if std::mem::take(&mut self.waiting) {
                self.asked = false;
                self.report.round_trips += 1;
            }
            if let Some(frame) = Frame::decode(&body)? {
                self.take_frame(store, now, frame)?;
            }
        }
        self.report.at_rest = self.is_at_rest();
        Ok(())
    }

    fn take_frame(
        &mut self,
        store: &mut Store,
        now: Now,
        frame: Frame,
    ) -> Result<(), SessionError> {
        let name = frame.name();
        match (self.heard, frame) {
            (Heard::Nothing, Frame::Hello { oldest, newest }) => {
                self.heard = Heard::Hello;
                if (oldest..=newest).contains(&limits::PROTOCOL_VERSION) {
                    Ok(())
                } else {
                    Err(SessionError::NoCommonVersion { oldest, newest })
                }
            }
            (Heard::Hello, Frame::Book { book: theirs }) => {
                self.heard = Heard::Book;
                let ours = store.book().ok_or(SessionError::NoBook)?;
                if ours == theirs { Ok(()) } else { Err(SessionError::OtherBook { ours, theirs }) }
            }
            (Heard::Book | Heard::Frontiers | Heard::Done, Frame::Frontiers(frontiers)) => {
                self.heard = self.heard.max(Heard::Frontiers);
                self.take_frontiers(store, now, frontiers)
            }
            (Heard::Frontiers, Frame::Statements { statements }) if self.opened => {
                self.take_statements(store, now, statements)
            }
            (Heard::Frontiers, Frame::Entries { more, pieces }) if self.opened => {
                self.take_pieces(store, now, more, pieces)
            }
            (Heard::Frontiers, Frame::Done) if self.opened && self.inbox.is_empty() => {
                self.heard = Heard::Done;
                Ok(())
            }
            (Heard::Frontiers, Frame::Full { logs }) if self.opened => {
                self.take_full(store, now, &logs)
            }
            (Heard::Frontiers, Frame::Samples { logs }) if self.opened => {
                self.take_samples(store, now, logs)
            }
            (_, _) => Err(Mistake::OutOfOrder { frame: name }.into()),
        }
    }

    fn take_frontiers(
        &mut self,
        store: &Store,
        now: Now,
        frontiers: Frontiers,
    ) -> Result<(), SessionError> {
        let malformed = Mistake::Malformed { tag: 2 };
        let book = store.book().ok_or(SessionError::NoBook)?;
        let Some(told) = frontiers.told(&book) else {
            return Err(malformed.into());
        };
        let before = self.statements.theirs.len();
        self.statements.theirs.extend(told.statements);
        if self.statements.theirs.len() > before {
            self.roster_heard();
        }
        let mut known = self.statements.theirs.len() <= limits::STATEMENTS_MAX;
        for (space, (frontier, fingerprint)) in told.spaces {
            // The roster comes first, so that what is told with it stays.
            if self.exchange(space).hear(frontier.clone(), fingerprint) && space == Space::Roster {
                self.roster_heard();
                self.exchange(space).hear(frontier, fingerprint);
            }
            let exchange = self.exchange(space);
            known &= exchange.is_bounded();
        }
        if !known {
            return Err(malformed.into());
        }
        if self.opened { self.review(store, now) } else { Ok(()) }
    }

    fn take_full(
        &mut self,
        store: &Store,
        now: Now,
        logs: &[NamedLog],
    ) -> Result<(), SessionError> {
        for named in logs {
            let (space, log) = self.shared_log(store, named, 6)?;
            self.exchange(space).hear_full(log);
        }
        self.review(store, now)
    }

    fn take_samples(
        &mut self,
        store: &Store,
        now: Now,
        logs: Vec<SampledLog>,
    ) -> Result<(), SessionError> {
        for SampledLog { log, samples } in logs {
            let (space, log) = self.shared_log(store, &log, 7)?;
            let exchange = self.exchange(space);
            // Once is enough, and each must be of an entry.
            let is_new = !exchange.is_sampled(&log) && samples.iter().all(|head| head.next > 0);
            let rising = samples.is_sorted_by(|a, b| a < b);
            exchange.hear_samples(log, samples.into_iter());
            if !is_new || !rising || !exchange.is_bounded() {
                return Err(Mistake::Malformed { tag: 7 }.into());
            }
        }
        self.review(store, now)
    }

    /// A log that a frame names: of a space that is shared, and held here, for only of such a one
    /// can the peer hold another branch.
    fn shared_log(
        &mut self,
        store: &Store,
        named: &NamedLog,
        tag: u8,
    ) -> Result<(Space, LogId), SessionError> {
        let book = store.book().ok_or(SessionError::NoBook)?;
        let space = Space::from_number(named.space).ok_or(Mistake::Malformed { tag })?;
        let log =
            LogId { space: space.id(&book), device: named.device, incarnation: named.incarnation };
        let is_shared = self.shared.contains(&space);
        if is_shared && heads_of(&self.exchange(space).ours, log).next().is_some() {
            Ok((space, log))
        } else {
            Err(Mistake::Malformed { tag }.into())
        }
    }

    fn take_statements(
        &mut self,
        store: &mut Store,
        now: Now,
        statements: Vec<Bytes>,
    ) -> Result<(), SessionError> {
        for statement in statements {
            self.statements.theirs.insert(statement_hash(&statement.0));
            self.report.statements_received += 1;
            self.inbox.put_statement(statement.0);
        }
        self.roster_heard();
        if self.statements.theirs.len() > limits::STATEMENTS_MAX {
            return Err(Mistake::Malformed { tag: 3 }.into());
        }
        self.commit(store, now, false)
    }

    fn take_pieces(
        &mut self,
        store: &mut Store,
        now: Now,
        more: bool,
        pieces: Vec<Piece>,
    ) -> Result<(), SessionError> {
        for piece in pieces {
            match piece {
                Piece::Entry(Bytes(bytes)) => {
                    let entry = Entry::decode(bytes).map_err(Mistake::Entry)?;
                    self.take_entry(store, now, &entry)?;
                }
                Piece::Item(Bytes(bytes)) => self.inbox.put_item(bytes)?,
            }
            if self.inbox.is_full() && !self.inbox.is_amid_delivery() {
                self.commit(store, now, true)?;
            }
        }
        if more {
            return Ok(());
        }
        if self.inbox.is_amid_delivery() {
            return Err(Mistake::OutOfOrder { frame: "entries" }.into());
        }
        self.commit(store, now, false)
    }

    fn take_entry(
        &mut self,
        store: &mut Store,
        now: Now,
        entry: &Entry,
    ) -> Result<(), SessionError> {
        if self.inbox.is_amid_delivery() {
            return Err(Mistake::OutOfOrder { frame: "entry" }.into());
        }
        let book = store.book().ok_or(SessionError::NoBook)?;
        let log = entry.header().log;
        let spaces = *self.spaces.get_or_insert_with(|| SpaceIds::of(&book));
        let named = spaces.space(&log.space);
        let space = named.ok_or(Mistake::NotShared)?;
        if self.inbox.must_commit_before(space) {
            self.commit(store, now, true)?;
        }
        if !self.shared.contains(&space) {
            return Err(Mistake::NotShared.into());
        }
        let exchange = self.exchange(space);
        let held = next_of(&exchange.ours, log);
        if exchange.hear_entry(entry) && space == Space::Roster {
            self.roster_heard();
        }
        Ok(self.inbox.put_entry(entry, space, held)?)
    }

    /// Commits what has arrived; if more follows, documents are made when the last of it is here.
    fn commit(&mut self, store: &mut Store, now: Now, more: bool) -> Result<(), SessionError> {
        let batch = self.inbox.take();
        if batch.is_empty() {
            return if more { Ok(()) } else { Ok(store.catch_up()?) };
        }
        let receive = if more { Store::receive_part } else { Store::receive };
        let received = receive(store, &batch.statements, &batch.deliveries, now)?;
        tracing::debug!(entries = received.entries, known = received.known, "batch committed");
        self.report.batches += 1;
        for (arrived, taken) in batch.arrived.iter().zip(received.taken) {
            let report = self.report.spaces.entry(arrived.space).or_default();
            match taken {
                Taken::Stored => {
                    report.entries_received += 1;
                    report.items_received += arrived.items;
                }
                Taken::Known => report.entries_known += 1,
                Taken::NoRoom => self.exchanges.entry(arrived.space).or_default().fill(arrived.log),
            }
        }
        self.review(store, now)
    }
}
