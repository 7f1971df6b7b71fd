//! The daemon itself: everything that happens is one event, and one task decides.

mod house;
mod lending;
mod listening;

use std::future::Future;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::sync::Arc;

use goodword_core::log::Key;
use goodword_core::{Error as StoreError, Store};
use goodword_net::{Address, Clock, Mode};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::sleep;

use self::house::{Carried, House, Next};
use self::lending::Backlog;
use self::listening::Listening;
use crate::control::{Failure, Reply, Request};
use crate::doorway::{self, Doorway};
use crate::error::Error;
use crate::limits;

/// Opens the store for writing; does not wait if somebody else is.
pub type Open = Box<dyn Fn() -> Result<Store, StoreError> + Send + Sync>;

/// Throws dice; `None` if the system has none.
pub type Draw = fn() -> Option<[u8; 16]>;

/// What is done now and then, on a thread of its own: rotated backups.
pub type Chore = Arc<dyn Fn() + Send + Sync>;

/// What a daemon needs to run.
pub struct Options {
    /// Where clients reach it.
    pub socket: PathBuf,
    /// Opens the store.
    pub open: Open,
    /// The device's key, for the network.
    pub key: Key,
    /// How to reach others.
    pub mode: Mode,
    /// Tells the time in the owner's zone.
    pub clock: Clock,
    /// For invitations.
    pub draw: Draw,
    /// Of the program.
    pub version: String,
    /// Done at the start and every hour.
    pub chore: Chore,
}

/// Everything that can happen to a daemon.
pub(crate) enum Event {
    /// A client wants something done.
    Asked { request: Request, answer: oneshot::Sender<Reply> },
    /// A client wants to be told of changes.
    Watch { give: oneshot::Sender<watch::Receiver<u64>> },
    /// A client needs the whole store until `returned` ends.
    Lend { granted: oneshot::Sender<()>, returned: oneshot::Receiver<()> },
    /// An invitation knows where this device can be reached.
    Settled { address: Address, seconds: u64, answer: oneshot::Sender<Reply> },
    /// Something happened on the network.
    Network(goodword_net::Event),
    /// The store changed.
    Changed,
    /// Time passed.
    Tick,
}

/// How far a daemon has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Another process writes to the store; it goes on when that has ended.
    Waiting,
    /// It answers.
    Ready,
}

/// Why a daemon ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A client asked for it.
    Asked,
    /// The system asked for it.
    Signalled,
}

/// An ending, with the client that waits for it.
pub(crate) type Ended = (Ending, Option<oneshot::Sender<Reply>>);

/// Runs until `stop` resolves or a client ends it.
///
/// # Errors
/// [`Error::Running`] if another daemon serves the home; the store or the network cannot be opened.
pub async fn run(
    options: &Options,
    mut tell: impl FnMut(Phase),
    stop: impl Future<Output = ()>,
) -> Result<Ending, Error> {
    let mut stop = pin!(stop);
    let taken = tokio::select! {
        store = take_store(options, &mut tell) => store?,
        () = &mut stop => return Ok(Ending::Signalled),
    };
    // Whoever holds the store is the only one that makes or removes the socket.
    let doorway = Doorway::open(&options.socket)?;
    let (events, mut happened) = mpsc::channel(limits::EVENTS_MAX);
    let mut carried = Carried::new(options);
    let mut house = House::open(options, taken, events.clone(), carried).await?;
    let listening = Listening::start(doorway, events.clone());
    let mut backlog = Backlog::default();
    tell(Phase::Ready);
    tracing::info!("the daemon is ready");
    let (ending, answer) = loop {
        let next = tokio::select! {
            next = house.live(&mut backlog, &mut happened) => next,
            () = &mut stop => Next::Stop((Ending::Signalled, None)),
        };
        carried = house.close().await;
        match next {
            Next::Stop(ended) => break ended,
            Next::Again => {}
            Next::Lend { granted, returned } => {
                tracing::info!("the store is lent");
                let ended = match granted.send(()) {
                    Ok(()) => lend(&mut backlog, &mut happened, returned, stop.as_mut()).await,
                    // The client did not wait.
                    Err(()) => None,
                };
                if let Some(ended) = ended {
                    break ended;
                }
                tracing::info!("the store is back");
            }
        }
        let store = tokio::select! {
            store = reopen(options) => store?,
            () = &mut stop => break (Ending::Signalled, None),
        };
        house = House::open(options, store, events.clone(), carried).await?;
    };
    // Nobody new comes in; who is in is told to do without a daemon.
    listening.close().await;
    happened.close();
    for event in backlog.drain() {
        turn_away(event);
    }
    while let Some(event) = happened.recv().await {
        turn_away(event);
    }
    if let Some(answer) = answer {
        let _ = answer.send(Reply::Yes);
    }
    listening.end().await;
    tracing::info!(?ending, "the daemon has ended");
    Ok(ending)
}

/// Opens the store for the first time, when nobody else has it any more.
async fn take_store(options: &Options, tell: &mut impl FnMut(Phase)) -> Result<Store, Error> {
    let mut told = false;
    loop {
        // Also one that has lent its store.
        if doorway::answers(&options.socket) {
            return Err(Error::Running);
        }
        match (options.open)() {
            Err(StoreError::Busy) => {
                if !told {
                    tell(Phase::Waiting);
                    told = true;
                }
                sleep(limits::STORE_POLL).await;
            }
            opened => return Ok(opened?),
        }
    }
}

/// Opens the store again. A client that took it for free may still be at it.
async fn reopen(options: &Options) -> Result<Store, Error> {
    loop {
        match (options.open)() {
            Err(StoreError::Busy) => sleep(limits::STORE_POLL).await,
            opened => return Ok(opened?),
        }
    }
}

/// Waits until the client has given the store back; says if the daemon is to end before.
async fn lend(
    backlog: &mut Backlog,
    happened: &mut mpsc::Receiver<Event>,
    mut returned: oneshot::Receiver<()>,
    mut stop: Pin<&mut impl Future<Output = ()>>,
) -> Option<Ended> {
    loop {
        tokio::select! {
            // An error means that the client is gone, which is how it gives back.
            _ = &mut returned => return None,
            Some(event) = happened.recv(), if backlog.has_room() => match event {
                Event::Asked { request: Request::Stop, answer } => {
                    return Some((Ending::Asked, Some(answer)));
                }
                event => backlog.push(event),
            },
            () = &mut stop => return Some((Ending::Signalled, None)),
        }
    }
}

/// Tells a client that what it wants was not begun.
fn turn_away(event: Event) {
    match event {
        Event::Asked { request: Request::Stop, answer } => drop(answer.send(Reply::Yes)),
        Event::Asked { answer, .. } | Event::Settled { answer, .. } => {
            let _ = answer.send(Reply::Failed(Failure::Leaving));
        }
        // Those who wait see that nobody answers.
        Event::Watch { .. } | Event::Lend { .. } => {}
        Event::Network(_) | Event::Changed | Event::Tick => {}
    }
}
