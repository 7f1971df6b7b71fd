//! Moves bytes between one sync session and one connection.
//!
//! Three loops in one task: what arrives, what leaves, and the session between them. The session
//! goes on taking in while its own frames wait for the network, so two devices that both send a
//! lot never wait for each other. Dropping the future cuts the connection; what was committed
//! stays.

use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use goodword_core::DeviceId;
use goodword_sync::{Mode, Output, Report, Session};
use iroh::endpoint::{Connection, RecvStream, SendStream};
use n0_future::time::{Instant, sleep_until, timeout};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tracing::Instrument;

use crate::address::Address;
use crate::endpoint::platform::aside;
use crate::endpoint::{self, Endpoint, SYNC_ALPN};
use crate::error::Error;
use crate::limits;
use crate::refusal::Closing;
use crate::shared::{Clock, SharedStore};

/// Bytes read from the network at once.
const CHUNK_BYTES_MAX: usize = 64 * 1024;

/// First byte of a session that ends when both sides are at rest.
const ONCE: u8 = 0;

/// First byte of a session that stays open and pushes on.
const STAY: u8 = 1;

/// A session that ended well.
#[derive(Clone, Debug)]
pub struct Synced {
    /// With whom.
    pub device: DeviceId,
    /// Where they were, to be remembered.
    pub address: Address,
    /// What was exchanged.
    pub report: Report,
    /// How long it took to reach them; zero if they called.
    pub connected_in: Duration,
    /// How long the session took.
    pub took: Duration,
}

/// Which end of a session this device is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    /// It called, and says when the session is to end.
    Caller {
        mode: Mode,
        /// The roster is not known yet: this device has just adopted the book.
        joining: bool,
    },
    /// It was called.
    Callee,
}

impl Part {
    const fn is_joining(self) -> bool {
        matches!(self, Self::Caller { joining: true, .. })
    }
}

/// Calls a device of the book and exchanges what either lacks; returns when both are at rest.
///
/// # Errors
/// [`Error`]; whatever was committed before stays, and the next session goes on from there.
pub async fn sync_once(
    endpoint: &Endpoint,
    peer: &Address,
    store: &SharedStore,
    clock: &Clock,
) -> Result<Synced, Error> {
    call(endpoint, peer, store, clock, Part::Caller { mode: Mode::Once, joining: false }).await
}

/// [`sync_once`] with the inviter, right after this device has adopted its book.
///
/// # Errors
/// As [`sync_once`].
pub async fn first_sync(
    endpoint: &Endpoint,
    inviter: &Address,
    store: &SharedStore,
    clock: &Clock,
) -> Result<Synced, Error> {
    call(endpoint, inviter, store, clock, Part::Caller { mode: Mode::Once, joining: true }).await
}

pub(crate) async fn call(
    endpoint: &Endpoint,
    peer: &Address,
    store: &SharedStore,
    clock: &Clock,
    part: Part,
) -> Result<Synced, Error> {
    let started = Instant::now();
    let connection = endpoint.connect(peer, SYNC_ALPN).await?;
    let connected_in = started.elapsed();
    let mut synced = run(&connection, store, clock, part, pending(), || {}).await?;
    let seen = std::mem::replace(&mut synced.address, peer.clone());
    synced.address.renew(&seen);
    Ok(Synced { connected_in, ..synced })
}

/// Runs a session over a connection and closes it, at the latest when `leave` resolves. Told in
/// one span, counts only.
///
/// Calls `stays` once the peer was heard in a session that does not end when both are at rest.
pub(crate) async fn run(
    connection: &Connection,
    store: &SharedStore,
    clock: &Clock,
    part: Part,
    leave: impl Future<Output = ()>,
    stays: impl FnOnce(),
) -> Result<Synced, Error> {
    let peer = endpoint::peer(connection);
    let called = matches!(part, Part::Callee);
    let span = tracing::info_span!("session", peer = %peer.short(), called);
    let leave = async {
        leave.await;
        endpoint::close(connection, Closing::Leaving);
    };
    converse(connection, store, clock, part, leave, stays).instrument(span).await
}

async fn converse(
    connection: &Connection,
    store: &SharedStore,
    clock: &Clock,
    part: Part,
    leave: impl Future<Output = ()>,
    stays: impl FnOnce(),
) -> Result<Synced, Error> {
    let started = Instant::now();
    let device = endpoint::peer(connection);
    let address = endpoint::peer_address(connection);
    store.lock().met(device, None, clock())?;
    let mut level = Level::default();
    let result = exchange(connection, store, clock, part, &mut level, leave, stays).await;
    let caught_up = aside(|| {
        let mut store = store.lock();
        let caught_up = store.catch_up();
        store.met(device, level.reached, clock())?;
        caught_up
    });
    let report = result.inspect_err(|error| {
        tracing::info!(%error, took = ?started.elapsed(), "session cut");
    })?;
    caught_up?;
    match part {
        Part::Caller { .. } => endpoint::close(connection, Closing::Done),
        Part::Callee => endpoint::closed_by_peer(connection).await,
    }
    tracing::info!(
        entries_sent = report.entries_sent(),
        entries_received = report.entries_received(),
        spaces = %spaces(&report),
        bytes_sent = report.bytes_sent,
        bytes_received = report.bytes_received,
        round_trips = report.round_trips,
        took = ?started.elapsed(),
        "session ended"
    );
    Ok(Synced { device, address, report, connected_in: Duration::ZERO, took: started.elapsed() })
}

/// Entries sent and received of each space in which there were any: `roster 1/0, pipeline 12/3`.
fn spaces(report: &Report) -> String {
    let moved = report
        .spaces
        .iter()
        .filter(|(_, counts)| counts.entries_sent + counts.entries_received > 0);
    let told = moved.map(|(space, counts)| {
        format!("{} {}/{}", space.name(), counts.entries_sent, counts.entries_received)
    });
    told.collect::<Vec<_>>().join(", ")
}

/// How much the peer holds, as far as this side knows.
#[derive(Debug, Default)]
struct Level {
    /// Entries held here when the session last looked at the store.
    looked: Option<u64>,
    /// Entries that both held when both sides last were at rest.
    reached: Option<u64>,
    /// As far as it was written down.
    kept: Option<u64>,
}

async fn exchange(
    connection: &Connection,
    store: &SharedStore,
    clock: &Clock,
    part: Part,
    level: &mut Level,
    leave: impl Future<Output = ()>,
    stays: impl FnOnce(),
) -> Result<Report, Error> {
    let opened = timeout(limits::SILENCE_TIME_MAX, open(connection, part));
    let (send, recv, mode) = opened
        .await
        .map_err(|_| Error::Silent(limits::SILENCE_TIME_MAX))
        .flatten()
        .map_err(|error| give_up(connection, error))?;
    let peer = endpoint::peer(connection);
    let is_caller = matches!(part, Part::Caller { .. });
    let session = if part.is_joining() || is_not_yet_let_in(store, &peer) {
        Session::joining(peer, is_caller, mode)
    } else {
        Session::new(peer, is_caller, mode)
    };
    let (frames, outgoing) = mpsc::channel(limits::FRAMES_BUFFERED);
    let (chunks, incoming) = mpsc::channel(limits::FRAMES_BUFFERED);
    let stays = (mode == Mode::Stay).then_some(stays);
    let brain = Brain { session, peer, store, clock, stays: mode == Mode::Stay, level };

    let wire = async { tokio::join!(write_all(send, outgoing), read_all(recv, chunks)) };
    let mut wire = pin!(wire);
    let mut talk = pin!(brain.talk(frames, incoming, leave, stays));
    let mut is_wire_open = true;
    let report = loop {
        tokio::select! {
            report = &mut talk => break report,
            // What arrived before the end still waits to be heard.
            _ = &mut wire, if is_wire_open => is_wire_open = false,
        }
    };
    // Closed before the streams go, or the peer would see them end before it sees why.
    let report = report.map_err(|error| give_up(connection, error))?;
    if is_wire_open {
        // An initiator waits until the peer has said everything, and then closes; the peer waits
        // for that. Either has what it needs already, so an end without manners is an end too.
        let _ = timeout(limits::CLOSE_TIME_MAX, wire).await;
    }
    Ok(report)
}

/// Whether the book's first sync with `peer`, whom the roster has, was cut before it said anything
/// of this device.
fn is_not_yet_let_in(store: &SharedStore, peer: &DeviceId) -> bool {
    store.read(|store| {
        let authority = store.authority();
        authority.is_some_and(|all| all.knows(peer) && !all.knows(&store.device()))
    })
}

/// Tells the peer why the session ends; tells us why, if it was the peer that ended it.
fn give_up(connection: &Connection, error: Error) -> Error {
    let error = match (error, connection.close_reason()) {
        (Error::Cut, Some(why)) => Error::from_connection(&why),
        (error, _) => error,
    };
    endpoint::close(connection, error.closing());
    error
}

/// Opens or takes up the stream of a session. Its first byte is the caller's wish when to end, so
/// that a callee that is at rest can say so in its first answer.
async fn open(
    connection: &Connection,
    part: Part,
) -> Result<(SendStream, RecvStream, Mode), Error> {
    let lost = |error| Error::from_connection(&error);
    match part {
        Part::Caller { mode, .. } => {
            let (mut send, recv) = connection.open_bi().await.map_err(lost)?;
            let wish = match mode {
                Mode::Once => ONCE,
                Mode::Stay => STAY,
            };
            // Should the connection be lost, the session hears of it.
            let _ = send.write_all(&[wish]).await;
            Ok((send, recv, mode))
        }
        Part::Callee => {
            let (send, mut recv) = connection.accept_bi().await.map_err(lost)?;
            let mut wish = [0];
            recv.read_exact(&mut wish).await.map_err(|_| Error::Cut)?;
            match wish {
                [ONCE] => Ok((send, recv, Mode::Once)),
                [STAY] => Ok((send, recv, Mode::Stay)),
                [found] => Err(Error::UnknownWish { found }),
            }
        }
    }
}

/// Everything that the session sends, then the end of the stream. Ends early if the peer is gone,
/// which the session hears from the other direction.
async fn write_all(mut send: SendStream, mut frames: Receiver<Vec<u8>>) {
    while let Some(frame) = frames.recv().await {
        if send.write_all(&frame).await.is_err() {
            return;
        }
    }
    // Fails only if it was finished or reset before.
    let _ = send.finish();
}

/// Everything that arrives, up to the end of the stream or of the connection.
async fn read_all(mut recv: RecvStream, chunks: Sender<Vec<u8>>) {
    while let Ok(Some(chunk)) = recv.read_chunk(CHUNK_BYTES_MAX).await {
        // Once the session is over nobody listens; the rest is read to see the end.
        let _ = chunks.send(chunk.to_vec()).await;
    }
}

struct Brain<'a> {
    session: Session,
    peer: DeviceId,
    store: &'a SharedStore,
    clock: &'a Clock,
    stays: bool,
    level: &'a mut Level,
}

impl Brain<'_> {
    async fn talk(
        mut self,
        frames: Sender<Vec<u8>>,
        mut chunks: Receiver<Vec<u8>>,
        leave: impl Future<Output = ()>,
        mut stays: Option<impl FnOnce()>,
    ) -> Result<Report, Error> {
        let mut leave = pin!(leave);
        let mut changes = self.store.changes();
        self.level.looked = Some(self.store.read(|store| store.admitted())?);
        let mut has_output = true;
        let mut has_ended = false;
        let mut heard = Instant::now();
        loop {
            let waits = !(self.stays && self.session.report().at_rest);
            if has_ended && !has_output {
                return if waits { Err(Error::Cut) } else { Ok(self.session.report().clone()) };
            }
            tokio::select! {
                room = frames.reserve(), if has_output => {
                    // The writer has gone: the connection is lost.
                    let room = room.map_err(|_| Error::Cut)?;
                    match self.next_output()? {
                        Some(Output::Send(frame)) => room.send(frame),
                        Some(Output::Finished) => return Ok(self.session.report().clone()),
                        None => has_output = false,
                    }
                    heard = Instant::now();
                }
                chunk = chunks.recv(), if !has_ended => match chunk {
                    Some(chunk) => {
                        self.hear(&chunk)?;
                        (has_output, heard) = (true, Instant::now());
                        if let Some(stays) = stays.take() {
                            stays();
                        }
                    }
                    // What arrived last may have finished the session: that is asked first.
                    None => has_ended = true,
                },
                changed = changes.changed(), if self.stays => {
                    if changed.is_ok() {
                        let now = (self.clock)();
                        let session = &mut self.session;
                        let level = &mut self.level;
                        self.store.read(|store| {
                            session.store_changed(store, now)?;
                            level.looked = Some(store.admitted()?);
                            Ok::<_, Error>(())
                        })?;
                        (has_output, heard) = (true, Instant::now());
                    }
                }
                () = sleep_until(heard + limits::LEVEL_KEPT_AFTER), if self.level.is_new() => {
                    self.keep_level()?;
                }
                () = &mut leave => {
                    return if waits { Err(Error::Cut) } else { Ok(self.session.report().clone()) };
                }
                () = sleep_until(heard + limits::SILENCE_TIME_MAX), if waits => {
                    return Err(Error::Silent(limits::SILENCE_TIME_MAX));
                }
            }
        }
    }

    fn next_output(&mut self) -> Result<Option<Output>, Error> {
        let now = (self.clock)();
        let session = &mut self.session;
        Ok(self.store.read(|store| session.poll_output(store, now))?)
    }

    fn note_level(&mut self) {
        if self.session.report().at_rest {
            self.level.reached = self.level.looked.max(self.level.reached);
            if let Some(level) = self.level.reached {
                self.store.note_level(self.peer, level);
            }
        }
    }

    /// Writes down how much the peer holds, so that a kill does not make it look as if all of it
    /// still waited.
    fn keep_level(&mut self) -> Result<(), Error> {
        self.level.kept = self.level.reached;
        let now = (self.clock)();
        Ok(self.store.lock().met(self.peer, self.level.reached, now)?)
    }

    fn hear(&mut self, chunk: &[u8]) -> Result<(), Error> {
        let now = (self.clock)();
        let batches = self.session.report().batches;
        let heard = {
            let mut store = self.store.lock();
            let heard = self.session.receive(&mut store, now, chunk);
            if self.session.report().batches != batches {
                self.level.looked = Some(store.admitted()?);
            }
            heard
        };
        if self.session.report().batches != batches {
            self.store.announce();
        }
        heard?;
        self.note_level();
        Ok(())
    }
}

impl Level {
    fn is_new(&self) -> bool {
        self.reached != self.kept
    }
}
