//! The daemon itself: everything that happens is one event, and one task decides.

mod house;

use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;

use goodword_core::Store;
use goodword_core::log::Key;
use goodword_net::{Address, Clock, Mode};
use tokio::sync::{Semaphore, mpsc, oneshot, watch};

use self::house::{House, Next};
use crate::clerk;
use crate::control::{Reply, Request};
use crate::doorway::Doorway;
use crate::error::Error;
use crate::limits;

/// Opens the store for writing; waits a little if somebody else is.
pub type Open = Box<dyn Fn() -> Result<Store, goodword_core::Error> + Send + Sync>;

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

/// Why a daemon ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A client asked for it.
    Asked,
    /// The system asked for it.
    Signalled,
}

/// Runs until `stop` resolves or a client ends it.
///
/// # Errors
/// [`Error::Running`] if another daemon serves the home; the store or the network cannot be opened.
pub async fn run(
    options: &Options,
    ready: impl FnOnce(),
    stop: impl Future<Output = ()>,
) -> Result<Ending, Error> {
    let doorway = Doorway::open(&options.socket)?;
    let (events, mut happened) = mpsc::channel(limits::EVENTS_MAX);
    let mut house = House::open(options, events.clone(), 0).await?;
    let listening = tokio::spawn(listen(doorway, events.clone()));
    ready();
    tracing::info!("the daemon is ready");
    let mut stop = pin!(stop);
    let ending = loop {
        let next = tokio::select! {
            next = house.live(&mut happened) => next,
            () = &mut stop => Next::Stop(Ending::Signalled, None),
        };
        let sessions = house.close().await;
        match next {
            Next::Stop(ending, answer) => {
                if let Some(answer) = answer {
                    let _ = answer.send(Reply::Yes);
                }
                break ending;
            }
            Next::Again => {}
            Next::Lend { granted, returned } => {
                tracing::info!("the store is lent");
                if granted.send(()).is_ok() {
                    tokio::select! {
                        // An error means that the client is gone, which is how it gives back.
                        _ = returned => {}
                        () = &mut stop => break Ending::Signalled,
                    }
                }
            }
        }
        house = House::open(options, events.clone(), sessions).await?;
    };
    listening.abort();
    // Its doorway goes with it.
    let _ = listening.await;
    tracing::info!(?ending, "the daemon has ended");
    Ok(ending)
}

/// Lets clients in, so many at a time.
async fn listen(doorway: Doorway, events: mpsc::Sender<Event>) {
    let places = Arc::new(Semaphore::new(limits::CLIENTS_MAX));
    let mut clients = tokio::task::JoinSet::new();
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let stream = tokio::select! {
            stream = doorway.next() => stream,
            Some(_) = clients.join_next() => continue,
        };
        match stream {
            Ok(stream) => {
                let served = clerk::serve(stream, events.clone());
                clients.spawn(async move {
                    served.await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a client could not come in");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}
