//! One session between two authenticated devices, over one bidirectional byte stream.
//!
//! It waits for nothing and owns no store: bytes and the store come in, frames go out when they
//! are polled for. The invariant: a peer is told of a space, and entries of it are taken from the
//! peer, only while both devices may read it; and nothing is acknowledged before it is committed.

mod exchange;
mod inbox;
mod intake;
mod outbox;
mod output;
mod review;
mod statements;

use std::collections::{BTreeMap, VecDeque};

use goodword_core::{DeviceId, Now, Space, SpaceIds, SpaceSet, Store};

use self::exchange::Exchange;
use self::inbox::Inbox;
use self::outbox::Outbox;
use self::statements::Statements;
use crate::error::SessionError;
use crate::frame::{Frame, Framing};
use crate::report::Report;

/// When a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// When both sides are at rest.
    Once,
    /// When the peer asks for it, or the stream is closed; until then entries are pushed on.
    Stay,
}

/// What a session wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes: one frame with its length prefix.
    Send(Vec<u8>),
    /// Both sides are at rest and know it: close the stream once everything is sent.
    Finished,
}

/// How much of the order of frames the peer has gone through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Heard {
    Nothing,
    Hello,
    Book,
    Frontiers,
    Done,
}

/// One session, for one side of it.
pub struct Session {
    peer: DeviceId,
    initiator: bool,
    mode: Mode,
    /// The roster may not know the peer or this device yet.
    joining: bool,
    heard: Heard,
    opened: bool,
    /// Frames of the opening that were not polled yet.
    opening: VecDeque<Frame>,
    done_told: bool,
    over: bool,
    framing: Framing,
    inbox: Inbox,
    outbox: Outbox,
    shared: SpaceSet,
    /// Ids of the book's spaces, once they were needed.
    spaces: Option<SpaceIds>,
    exchanges: BTreeMap<Space, Exchange>,
    statements: Statements,
    report: Report,
    /// Something was sent since the peer was last waited for.
    asked: bool,
    /// Nothing more can be sent until the peer answers.
    waiting: bool,
}

impl Session {
    /// A session with `peer`, which the transport has authenticated. The `initiator` opened the
    /// stream and speaks first.
    pub fn new(peer: DeviceId, initiator: bool, mode: Mode) -> Self {
        Self {
            peer,
            initiator,
            mode,
            joining: false,
            heard: Heard::Nothing,
            opened: false,
            opening: VecDeque::new(),
            done_told: false,
            over: false,
            framing: Framing::default(),
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            shared: SpaceSet::new(),
            spaces: None,
            exchanges: Space::ALL.into_iter().map(|space| (space, Exchange::default())).collect(),
            statements: Statements::default(),
            report: Report::default(),
            asked: false,
            waiting: false,
        }
    }

    /// The first session of a device that has just adopted the book: what the roster says about
    /// `peer` and about this device is not known here until the peer has sent it.
    pub fn joining(peer: DeviceId, initiator: bool, mode: Mode) -> Self {
        Self { joining: true, ..Self::new(peer, initiator, mode) }
    }

    /// Commits what arrives after so many entries instead of [`limits::BATCH_ENTRIES_MAX`].
    ///
    /// [`limits::BATCH_ENTRIES_MAX`]: crate::limits::BATCH_ENTRIES_MAX
    pub fn commit_after(&mut self, entries: usize) {
        self.inbox.entries_max = entries.clamp(1, crate::limits::BATCH_ENTRIES_MAX);
    }

    /// Takes bytes that arrived from the peer, cut anywhere.
    ///
    /// Entries are committed in batches, each in one transaction. A session that ends amid many
    /// leaves documents behind: however it ends, [`Store::catch_up`] has to follow.
    ///
    /// # Errors
    /// [`SessionError`]; the session is over then, and what was committed stays.
    pub fn receive(
        &mut self,
        store: &mut Store,
        now: Now,
        bytes: &[u8],
    ) -> Result<(), SessionError> {
        self.unless_over(|session| session.take_in(store, now, bytes))
    }

    /// Notes that the store changed by other means: a command, another peer's session.
    ///
    /// # Errors
    /// [`SessionError`]; the session is over then.
    pub fn store_changed(&mut self, store: &Store, now: Now) -> Result<(), SessionError> {
        self.unless_over(|session| {
            let looks = session.opened && !session.report.finished;
            if looks { session.review(store, now) } else { Ok(()) }
        })
    }

    /// Gives what is to be done next; `None` if there is nothing until something arrives or the
    /// store changes.
    ///
    /// One frame at a time is made when it is asked for: whoever stops asking holds it up.
    ///
    /// # Errors
    /// [`SessionError`]; the session is over then.
    pub fn poll_output(&mut self, store: &Store, now: Now) -> Result<Option<Output>, SessionError> {
        if self.report.finished {
            return Ok(None);
        }
        self.unless_over(|session| session.next_output(store, now))
    }

    /// What was exchanged so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The device at the other end.
    pub fn peer(&self) -> DeviceId {
        self.peer
    }

    fn unless_over<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, SessionError>,
    ) -> Result<T, SessionError> {
        if self.over {
            return Err(SessionError::Over);
        }
        let result = act(self);
        self.over = result.is_err();
        result
    }

    fn exchange(&mut self, space: Space) -> &mut Exchange {
        self.exchanges.entry(space).or_default()
    }

    /// Whether both sides hold the same, as far as this side knows.
    fn is_at_rest(&self) -> bool {
        let idle = self.opening.is_empty() && self.inbox.is_empty() && self.outbox.is_empty();
        self.opened && idle && self.heard >= Heard::Frontiers && self.is_level()
    }

    /// Whether both sides hold the same statements, and so make the same of what they hold.
    fn rosters_equal(&self) -> bool {
        let roster = self.exchanges.get(&Space::Roster);
        self.statements.are_level() && roster.is_some_and(Exchange::is_equal)
    }

    /// Notes that the peer's roster is another than when it last told its fingerprints.
    fn roster_heard(&mut self) {
        self.exchanges.values_mut().for_each(Exchange::forget_fingerprint);
    }

    /// A space that the peer has not spoken of once its roster is level is one that, by its clock,
    /// this device may not be given any more.
    fn is_level(&self) -> bool {
        let level = |space: &Space| {
            self.exchanges.get(space).is_some_and(|exchange| {
                exchange.is_level() || (exchange.theirs.is_none() && *space != Space::Roster)
            })
        };
        self.statements.are_level() && self.shared.iter().all(level)
    }
}

#[cfg(test)]
mod tests;
