//! Answers the devices that call: sync for those in the roster, joining for those invited.
//!
//! Everybody else is turned away right after the handshake, and told nothing of the book. One
//! task per connection, all bounded; what happens is told as events.

mod admit;
mod keep;
mod network;
mod sessions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use goodword_core::{DeviceId, Space};
use goodword_sync::Mode;
use iroh::endpoint::{Connection, Incoming};
use n0_future::task::JoinSet;
use n0_future::time::{Instant, timeout};
use tokio::sync::{Semaphore, mpsc, watch};
use tracing::Instrument;

pub use self::admit::JoinRequest;
use self::sessions::Sessions;
use crate::address::Address;
use crate::endpoint::{self, Endpoint, JOIN_ALPN, SYNC_ALPN};
use crate::error::Error;
use crate::invitation::Invitation;
use crate::invitations::Invitations;
use crate::limits;
use crate::pump::{self, Part, Synced};
use crate::refusal::{Closing, Refusal};
use crate::secret::InvitationId;
use crate::shared::{Clock, SharedStore};

/// What happened on the network.
#[derive(Debug)]
pub enum Event {
    /// Somebody with an invitation asks to join; they wait for an answer.
    Asked(JoinRequest),
    /// A device was admitted to the book; its first sync follows.
    Joined {
        /// Which.
        device: DeviceId,
        /// What it calls itself.
        name: String,
        /// With which invitation.
        invitation: InvitationId,
    },
    /// A device that wanted to join was refused, or went away (`None`).
    NotJoined {
        /// Which.
        device: DeviceId,
        /// Why.
        refusal: Option<Refusal>,
    },
    /// A device that is not in the roster wanted to sync and was turned away.
    Stranger {
        /// Which.
        device: DeviceId,
    },
    /// A session began with a device of the book.
    Started {
        /// Which.
        device: DeviceId,
        /// Where it is.
        address: Address,
    },
    /// The home relay stays lost though there is a network: a new endpoint is needed.
    RelayLost,
    /// A session ended well.
    Synced(Synced),
    /// A session failed; what was committed stays.
    Failed {
        /// With whom.
        device: DeviceId,
        /// Why.
        error: Error,
    },
}

/// Answers calls until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    context: Arc<Context>,
    events: mpsc::Receiver<Event>,
    orders: mpsc::UnboundedSender<Order>,
}

/// The invitations of a process: they can outlive the server that answers who has them. Cheap to
/// clone; every clone is the same.
#[derive(Clone, Debug, Default)]
pub struct OpenInvitations(Arc<Mutex<Invitations>>);

impl OpenInvitations {
    /// How many would let in a device at `now`, in seconds since the Unix epoch.
    pub fn count(&self, now: u64) -> usize {
        self.lock().open_at(now)
    }

    fn lock(&self) -> MutexGuard<'_, Invitations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the tasks of one server share.
struct Context {
    endpoint: Endpoint,
    store: SharedStore,
    clock: Clock,
    invitations: OpenInvitations,
    events: mpsc::Sender<Event>,
    connections: Semaphore,
    handshakes: Semaphore,
    leaving: watch::Sender<bool>,
    sessions: Sessions,
    /// Devices that are kept in touch with, each by one task.
    kept: Mutex<BTreeSet<DeviceId>>,
    /// Counts the reasons to call everybody at once.
    nudges: watch::Sender<u64>,
}

enum Order {
    /// Call a device once and stay in touch for as long as that lasts.
    Call(Address),
    /// Stay in touch with a device for good.
    Keep(DeviceId),
    /// Look after this device's own place on the network.
    WatchNetwork,
    /// Say good-bye.
    Stop(tokio::sync::oneshot::Sender<()>),
}

/// Starts to answer calls to `endpoint`. Must be called inside a runtime.
///
/// Events have to be taken with [`Server::next`]: while [`limits::EVENTS_MAX`] of them wait,
/// sessions wait too.
pub fn serve(endpoint: &Endpoint, store: &SharedStore, clock: &Clock) -> Server {
    serve_with(endpoint, store, clock, OpenInvitations::default())
}

/// [`serve`] with the invitations of an earlier server.
pub fn serve_with(
    endpoint: &Endpoint,
    store: &SharedStore,
    clock: &Clock,
    invitations: OpenInvitations,
) -> Server {
    let (events, received) = mpsc::channel(limits::EVENTS_MAX);
    let (orders, given) = mpsc::unbounded_channel();
    let context = Arc::new(Context {
        endpoint: endpoint.clone(),
        store: store.clone(),
        clock: clock.clone(),
        invitations,
        events,
        connections: Semaphore::new(limits::CONNECTIONS_MAX),
        handshakes: Semaphore::new(limits::HANDSHAKES_MAX),
        leaving: watch::Sender::new(false),
        sessions: Sessions::new(endpoint.device()),
        kept: Mutex::default(),
        nudges: watch::Sender::new(0),
    });
    n0_future::task::spawn(accept(context.clone(), given));
    Server { context, events: received, orders }
}

impl Server {
    /// What happened next; `None` once the endpoint is closed.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Opens an invitation: whoever has it may ask to join.
    pub fn invite(&self, invitation: &Invitation) {
        self.context.invitations().open(invitation);
    }

    /// Closes an invitation for good.
    pub fn withdraw(&self, invitation: InvitationId) {
        self.context.invitations().close(invitation);
    }

    /// Calls a device of the book and stays in touch with it; how it went is told as events.
    pub fn call(&self, peer: Address) {
        // Fails only after the endpoint has closed, when nobody can be called.
        let _ = self.orders.send(Order::Call(peer));
    }

    /// Stays in touch with a device of the book: calls it where it was last seen, again and again,
    /// whenever no session with it is open. Nothing comes of asking twice.
    pub fn keep(&self, device: DeviceId) {
        if self.context.kept().insert(device) {
            // As for `call`.
            let _ = self.orders.send(Order::Keep(device));
        }
    }

    /// Looks after this device's own place on the network. When that changes, every device that is
    /// kept in touch with is called at once. While the home relay stays lost, the endpoint looks
    /// at the network again, and [`Event::RelayLost`] tells when that did not help.
    pub fn watch_network(&self) {
        let _ = self.orders.send(Order::WatchNetwork);
    }

    /// Calls every device that is kept in touch with at once: the network may have changed.
    pub fn nudge(&self) {
        self.context.nudge();
    }

    /// Devices with which a session is open.
    pub fn connected(&self) -> BTreeSet<DeviceId> {
        self.context.sessions.in_touch().borrow().keys().copied().collect()
    }

    /// Resolves whenever [`connected`](Self::connected) may have changed.
    pub fn connections(&self) -> watch::Receiver<BTreeMap<DeviceId, u32>> {
        self.context.sessions.in_touch()
    }

    /// Ends all sessions and stops answering. The endpoint stays open.
    pub async fn stop(self) {
        let (done, stopped) = tokio::sync::oneshot::channel();
        if self.orders.send(Order::Stop(done)).is_ok() {
            // An error means that it had stopped before.
            let _ = stopped.await;
        }
    }
}

/// Accepts connections until the server is stopped or dropped, or the endpoint closes.
async fn accept(context: Arc<Context>, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut tasks = JoinSet::new();
    let stopped = loop {
        tokio::select! {
            incoming = context.endpoint.accept() => match incoming {
                Some(incoming) => greet(&context, &mut tasks, incoming),
                None => break None,
            },
            order = orders.recv() => match order {
                Some(Order::Call(peer)) => drop(tasks.spawn(context.clone().call(peer))),
                Some(Order::Keep(device)) => drop(tasks.spawn(context.clone().keep(device))),
                Some(Order::WatchNetwork) => {
                    drop(tasks.spawn(context.clone().watch_network()));
                }
                Some(Order::Stop(done)) => break Some(done),
                None => break None,
            },
            _ = tasks.join_next(), if !tasks.is_empty() => {}
        }
    };
    context.leaving.send_replace(true);
    let ended = async { while tasks.join_next().await.is_some() {} };
    // What has not ended by then is aborted with the set.
    let _ = timeout(2 * limits::CLOSE_TIME_MAX, ended).await;
    if let Some(done) = stopped {
        let _ = done.send(());
    }
}

/// Takes up a handshake, if not too many are under way.
fn greet(context: &Arc<Context>, tasks: &mut JoinSet<()>, incoming: Incoming) {
    if context.handshakes.available_permits() == 0 {
        incoming.refuse();
        return;
    }
    tasks.spawn(context.clone().answer(incoming));
}

impl Context {
    async fn answer(self: Arc<Self>, incoming: Incoming) {
        let connection = {
            let Ok(_handshake) = self.handshakes.acquire().await else { return };
            let Ok(Ok(connection)) = timeout(limits::HANDSHAKE_TIME_MAX, incoming).await else {
                tracing::debug!("handshake failed");
                return;
            };
            connection
        };
        let Ok(_served) = self.connections.try_acquire() else {
            endpoint::close(&connection, Closing::Busy);
            return;
        };
        let device = endpoint::peer(&connection);
        if connection.alpn() == SYNC_ALPN {
            self.sync(&connection).await;
        } else if connection.alpn() == JOIN_ALPN {
            let span = tracing::info_span!("joining", peer = %device.short());
            if self.unless_left(self.join(&connection).instrument(span)).await.is_none() {
                endpoint::close(&connection, Closing::Leaving);
            }
        }
    }

    async fn sync(&self, connection: &Connection) {
        let device = endpoint::peer(connection);
        if !self.admits(&device) {
            tracing::debug!("a stranger was turned away");
            endpoint::close(connection, Closing::Stranger);
            self.tell(Event::Stranger { device }).await;
            return;
        }
        let result = self.session(connection, Part::Callee).await;
        self.tell_end(device, result).await;
    }

    /// Calls a device and stays in touch.
    async fn call(self: Arc<Self>, peer: Address) {
        let device = peer.device;
        if let Some(result) = self.reach(&peer).await {
            self.tell_end(device, result).await;
        }
    }

    /// Calls a device and exchanges with it for as long as the connection lasts; `None` if the
    /// server was to end before.
    async fn reach(&self, peer: &Address) -> Option<Result<Synced, Error>> {
        let started = Instant::now();
        Some(match self.unless_left(self.endpoint.connect(peer, SYNC_ALPN)).await? {
            Ok(connection) => self.talk(&connection, peer, started.elapsed()).await,
            Err(error) => Err(error),
        })
    }

    /// Exchanges with a device that was called at `peer`.
    async fn talk(
        &self,
        connection: &Connection,
        peer: &Address,
        connected_in: Duration,
    ) -> Result<Synced, Error> {
        let part = Part::Caller { mode: Mode::Stay, joining: false };
        let mut synced = self.session(connection, part).await?;
        let seen = std::mem::replace(&mut synced.address, peer.clone());
        synced.address.renew(&seen);
        Ok(Synced { connected_in, ..synced })
    }

    /// Runs a session over a connection, counted as open meanwhile.
    async fn session(&self, connection: &Connection, part: Part) -> Result<Synced, Error> {
        let session = self.sessions.begin(connection);
        let device = endpoint::peer(connection);
        let address = endpoint::peer_address(connection);
        self.tell(Event::Started { device, address }).await;
        let stays = || session.stays();
        pump::run(connection, &self.store, &self.clock, part, self.left(), stays).await
    }

    /// Resolves when the server is to end.
    async fn left(&self) {
        let mut leaving = self.leaving.subscribe();
        // The sender lives as long as this does.
        let _ = leaving.wait_for(|leaving| *leaving).await;
    }

    /// What comes of `work`, unless the server is to end before.
    async fn unless_left<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            value = work => Some(value),
            () = self.left() => None,
        }
    }

    /// Whether a device may sync: it is in the roster and its term is not over.
    fn admits(&self, device: &DeviceId) -> bool {
        let now = self.unix_now();
        self.store.read(|store| {
            store
                .authority()
                .is_some_and(|authority| authority.may_read(device, Space::Roster, now))
        })
    }

    async fn tell_end(&self, device: DeviceId, result: Result<Synced, Error>) {
        self.tell(match result {
            Ok(synced) => Event::Synced(synced),
            Err(error) => Event::Failed { device, error },
        })
        .await;
    }

    async fn tell(&self, event: Event) {
        // Whoever drives the server may have stopped listening.
        let _ = self.events.send(event).await;
    }

    fn nudge(&self) {
        self.nudges.send_modify(|count| *count += 1);
    }

    fn kept(&self) -> MutexGuard<'_, BTreeSet<DeviceId>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unix_now(&self) -> u64 {
        u64::try_from((self.clock)().at.as_second()).unwrap_or(0)
    }

    fn invitations(&self) -> MutexGuard<'_, Invitations> {
        self.invitations.lock()
    }
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Context(device {})", self.endpoint.device().short())
    }
}
