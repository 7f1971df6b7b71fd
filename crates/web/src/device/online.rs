//! The device on the network: it answers, calls the others, and remembers where they were.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use goodword_core::DeviceId;
use goodword_core::query::{Status as StoreStatus, StatusReport};
use goodword_net::{
    Address, Clock, Endpoint, Event, Peer, Server, SharedStore, known, knows_itself, meet, others,
    peers, remember, serve,
};
use n0_future::task::spawn;
use n0_future::time::sleep;
use serde::Serialize;
use tokio::sync::{Mutex, mpsc, watch};

use super::{Failure, Hear, Told};

/// Between two attempts to go on with a first sync that was cut.
const ENTER_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// How a device stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// This device.
    pub device: DeviceId,
    /// Whether it belongs to a book.
    pub has_book: bool,
    /// Whether its first sync has been finished as far as the roster.
    pub is_admitted: bool,
    /// Whether it is on the network.
    pub online: bool,
    /// Whether the relay answers; `None` without one.
    pub relay: Option<bool>,
    /// The owner's other devices.
    pub peers: Vec<Peer>,
    /// Counts of the store.
    pub store: StatusReport,
}

/// A device while it is on the network: a task lives as long as this does.
pub(super) struct Online {
    endpoint: Endpoint,
    store: SharedStore,
    clock: Clock,
    orders: mpsc::UnboundedSender<Order>,
    in_touch: watch::Receiver<BTreeMap<DeviceId, u32>>,
    /// Held while a first sync is under way.
    entering: Mutex<()>,
}

/// What the task is to do.
enum Order {
    /// Call everybody.
    Nudge,
    /// The roster is here: keep in touch with whom it names.
    Keep,
}

impl Online {
    pub(super) fn start(
        endpoint: Endpoint,
        store: &SharedStore,
        clock: &Clock,
        hear: &Hear,
    ) -> Arc<Self> {
        let server = serve(&endpoint, store, clock);
        server.watch_network();
        let (orders, given) = mpsc::unbounded_channel();
        let in_touch = server.connections();
        let (store, clock) = (store.clone(), clock.clone());
        let entering = Mutex::new(());
        let online = Arc::new(Self { endpoint, store, clock, orders, in_touch, entering });
        spawn(live(server, online.store.clone(), given, hear.clone()));
        online.enter_later();
        online
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(super) fn remember(&self, address: &Address) {
        remember(&self.store, address.device, address);
    }

    pub(super) fn nudge(&self) {
        self.order(Order::Nudge);
    }

    /// Takes the book in from a device of it, and keeps in touch with all of them.
    pub(super) async fn enter(&self, inviter: &Address) -> Result<(), Failure> {
        let _one = self.entering.lock().await;
        meet(&self.endpoint, &self.store, &self.clock, inviter).await?;
        self.order(Order::Keep);
        Ok(())
    }

    /// Goes on with a first sync that was cut, if it was.
    pub(super) fn enter_later(self: &Arc<Self>) {
        spawn(enter_if_cut(Arc::downgrade(self)));
    }

    fn order(&self, order: Order) {
        // Fails only after the endpoint was closed.
        let _ = self.orders.send(order);
    }
}

/// Goes on with a first sync that was cut, until it is done or the device is gone.
async fn enter_if_cut(online: Weak<Online>) {
    while let Some(online) = online.upgrade() {
        if online.store.read(|store| store.book().is_none()) || knows_itself(&online.store) {
            return;
        }
        for device in known(&online.store).unwrap_or_default() {
            if let Err(error) = online.enter(&device.address).await {
                tracing::debug!(%error, "the first sync goes on later");
            }
        }
        drop(online);
        sleep(ENTER_AGAIN_AFTER).await;
    }
}

/// Answers and calls until the endpoint is closed or nobody orders any more.
async fn live(
    mut server: Server,
    store: SharedStore,
    mut orders: mpsc::UnboundedReceiver<Order>,
    hear: Hear,
) {
    let (mut changes, mut in_touch) = (store.changes(), server.connections());
    keep_all(&server, &store);
    loop {
        tokio::select! {
            event = server.next() => match event {
                Some(Event::Started { device, address }) => remember(&store, device, &address),
                Some(Event::Synced(synced)) => remember(&store, synced.device, &synced.address),
                // Nobody is invited here, so nobody asks.
                Some(Event::Asked(request)) => request.decline(),
                Some(Event::Failed { device, error }) => {
                    tracing::debug!(device = %device.short(), %error, "not in touch");
                }
                Some(
                    Event::Joined { .. }
                    | Event::NotJoined { .. }
                    | Event::Stranger { .. }
                    | Event::RelayLost,
                ) => {}
                None => return,
            },
            order = orders.recv() => match order {
                Some(Order::Nudge) => server.nudge(),
                Some(Order::Keep) => keep_all(&server, &store),
                None => return server.stop().await,
            },
            Ok(()) = changes.changed() => {
                keep_all(&server, &store);
                hear(Told::Changed);
            }
            Ok(()) = in_touch.changed() => hear(Told::Changed),
        }
    }
}

/// Keeps in touch with every other device of the owner that the roster has.
fn keep_all(server: &Server, store: &SharedStore) {
    // Before the roster is here a session of the ordinary kind would be refused.
    if !knows_itself(store) {
        return;
    }
    match others(store) {
        Ok(devices) => devices.into_iter().for_each(|device| server.keep(device)),
        Err(error) => tracing::warn!(%error, "the roster cannot be read"),
    }
}

pub(super) fn status(store: &SharedStore, online: Option<&Online>) -> Result<Status, Failure> {
    let reader = store.reader()?;
    let has_book = reader.book()?.is_some();
    let in_touch = online.map(|online| online.in_touch.borrow().clone()).unwrap_or_default();
    let is_in_touch = |device: &DeviceId| in_touch.contains_key(device);
    Ok(Status {
        device: reader.device()?,
        has_book,
        is_admitted: knows_itself(store),
        online: online.is_some(),
        relay: online.and_then(|online| online.endpoint.relay_answers()),
        peers: if has_book { peers(store, is_in_touch)? } else { Vec::new() },
        store: if has_book { reader.ask(&StoreStatus)? } else { StatusReport::default() },
    })
}
