//! A home on the loopback, with the few acts that the tests tell of.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use goodword_core::log::{Frontier, Key};
use goodword_core::model::NewPerson;
use goodword_core::store::Place;
use goodword_core::{BookId, Change, DeviceId, Now, Space, Store};
use jiff::Timestamp;
use jiff::civil::date;

use crate::{
    Address, Clock, Endpoint, Error, Event, Invitation, JoinRequest, Mode, Port, Purpose, Server,
    SharedStore, Synced, Welcome, ask, first_sync, serve, sync_once,
};

/// When every lab begins, in seconds since the Unix epoch.
pub(super) const START: i64 = 1_795_000_000;

/// How long an invitation of the lab is good for, in seconds.
pub(super) const TERM: i64 = 600;

/// A test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// One device with its store, endpoint and clock.
pub(super) struct Home {
    pub store: SharedStore,
    pub endpoint: Endpoint,
    pub clock: Clock,
    seconds: Arc<AtomicI64>,
}

/// The key of the device that `seed` makes.
pub(super) fn key(seed: u8) -> Key {
    Key::from_bytes(&[seed; 32])
}

/// Fails instead of hanging.
pub(super) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("waited in vain")
}

impl Home {
    /// A device without a book; `seed` makes its key.
    pub(super) async fn empty(seed: u8) -> Self {
        let endpoint = Endpoint::bind(&key(seed), Mode::Loopback, Port::Any).await;
        Self::at(seed, endpoint.expect("a loopback socket"))
    }

    /// A device without a book, on a network of its own choice.
    pub(super) fn at(seed: u8, endpoint: Endpoint) -> Self {
        let store = Store::create(&Place::memory(), key(seed), [seed; 32]).expect("a store");
        let seconds = Arc::new(AtomicI64::new(START));
        let clock: Clock = Arc::new({
            let seconds = seconds.clone();
            move || Now {
                at: Timestamp::from_second(seconds.load(Ordering::Relaxed)).expect("a time"),
                today: date(2026, 11, 20),
            }
        });
        Self { store: SharedStore::new(store), endpoint, clock, seconds }
    }

    /// A device that founded a book with one person in it.
    pub(super) async fn founded(seed: u8) -> Self {
        let home = Self::empty(seed).await;
        home.found();
        home
    }

    /// Founds a book with one person in it.
    pub(super) fn found(&self) {
        let now = (self.clock)();
        self.store.write(|store| store.found([9; 32], now)).expect("a book");
        self.add("Ada Rilo");
    }

    pub(super) fn device(&self) -> DeviceId {
        self.endpoint.device()
    }

    pub(super) fn address(&self) -> Address {
        self.endpoint.address()
    }

    pub(super) fn book(&self) -> BookId {
        self.store.read(Store::book).expect("a book")
    }

    pub(super) fn add(&self, name: &str) {
        let person = NewPerson { name: name.to_owned(), edits: Vec::new() };
        let now = (self.clock)();
        self.store.write(|store| store.apply(&Change::AddPerson(person), now)).expect("added");
    }

    pub(super) fn advance(&self, seconds: i64) {
        self.seconds.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(super) fn unix_now(&self) -> u64 {
        u64::try_from(self.seconds.load(Ordering::Relaxed)).expect("after 1970")
    }

    pub(super) fn serve(&self) -> Server {
        serve(&self.endpoint, &self.store, &self.clock)
    }

    /// An invitation with a secret made of `secret`; not open until the server is told.
    pub(super) fn invitation(&self, secret: u8) -> Invitation {
        let expires = self.unix_now() + u64::try_from(TERM).expect("small");
        Invitation::new(Purpose::OwnDevice, &self.book(), self.address(), [secret; 16], expires)
            .expect("fits")
    }

    /// Everything that is held, space by space.
    pub(super) fn held(&self) -> Vec<(Space, Frontier, [u8; 32])> {
        self.store.read(|store| {
            Space::ALL
                .into_iter()
                .map(|space| {
                    let frontier = store.frontier(space).expect("a frontier");
                    (space, frontier, store.fingerprint(space).expect("a fingerprint"))
                })
                .collect()
        })
    }

    /// Entries held, over all spaces.
    pub(super) fn entries(&self) -> u64 {
        self.held().iter().flat_map(|(_, frontier, _)| frontier).map(|(_, head)| head.next).sum()
    }

    /// Joins with `invitation`, the other side accepting, and takes up the book.
    pub(super) async fn join(&self, server: &mut Server, invitation: &Invitation) -> Welcome {
        let (welcome, ()) = tokio::join!(
            async {
                let asking =
                    ask(&self.endpoint, invitation, "phone", self.unix_now()).await.expect("asked");
                asking.welcome().await.expect("welcome")
            },
            async { asked(server).await.accept() },
        );
        self.store.write(|store| store.adopt(&welcome.genesis)).expect("adopted");
        welcome
    }

    /// Calls `other` once.
    pub(super) async fn sync_with(&self, other: &Home) -> Result<Synced, Error> {
        within(sync_once(&self.endpoint, &other.address(), &self.store, &self.clock)).await
    }

    /// Remembers where a device is.
    pub(super) fn remember(&self, address: &Address) {
        let bytes = address.to_bytes();
        let remembered = self.store.write(|store| store.remember_address(address.device, &bytes));
        remembered.expect("remembered");
    }

    /// Waits until both hold the same.
    pub(super) async fn agrees_with(&self, other: &Home) {
        let mut changes = (self.store.changes(), other.store.changes());
        within(async {
            while self.held() != other.held() {
                tokio::select! {
                    changed = changes.0.changed() => changed.expect("a store"),
                    changed = changes.1.changed() => changed.expect("a store"),
                }
            }
        })
        .await;
    }

    /// Joins and runs the first sync.
    pub(super) async fn pair_with(&self, other: &Home, server: &mut Server) {
        let invitation = other.invitation(7);
        server.invite(&invitation);
        let welcome = self.join(server, &invitation).await;
        first_sync(&self.endpoint, &welcome.inviter, &self.store, &self.clock)
            .await
            .expect("first sync");
        wait_for(server, |event| matches!(event, Event::Synced(_)).then_some(())).await;
    }
}

/// The next event that `pick` takes; others pass.
pub(super) async fn wait_for<T>(server: &mut Server, pick: impl Fn(Event) -> Option<T>) -> T {
    within(async {
        loop {
            if let Some(picked) = pick(server.next().await.expect("a server that runs")) {
                return picked;
            }
        }
    })
    .await
}

/// The next request to join.
pub(super) async fn asked(server: &mut Server) -> JoinRequest {
    wait_for(server, |event| match event {
        Event::Asked(request) => Some(request),
        _ => None,
    })
    .await
}
