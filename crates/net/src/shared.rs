//! A store that several sessions work on, one at a time, and the word that it changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use goodword_core::store::{Reader, Readers};
use goodword_core::{DeviceId, Error, Now, Store};
use tokio::sync::watch;

use crate::endpoint::platform::aside;

/// Tells the time; called whenever a session stores something.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// A store behind a lock. Cheap to clone; every clone is the same store.
///
/// Calls block the task for as long as the store works; while they wait for somebody else's work,
/// other tasks go on.
#[derive(Clone)]
pub struct SharedStore(Arc<Inner>);

struct Inner {
    store: Mutex<Store>,
    readers: Readers,
    changes: watch::Sender<u64>,
    levels: Mutex<BTreeMap<DeviceId, u64>>,
}

impl SharedStore {
    /// Shares a store.
    pub fn new(store: Store) -> Self {
        let readers = store.readers();
        let changes = watch::Sender::new(0);
        let levels = Mutex::default();
        Self(Arc::new(Inner { store: Mutex::new(store), readers, changes, levels }))
    }

    /// Looks at the store.
    pub fn read<T>(&self, look: impl FnOnce(&Store) -> T) -> T {
        look(&self.lock())
    }

    /// A consistent view of this moment, beside whoever works on the store.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn reader(&self) -> Result<Reader, Error> {
        self.0.readers.reader()
    }

    /// Works on the store; sessions that stay open push on what came of it.
    pub fn write<T>(&self, work: impl FnOnce(&mut Store) -> T) -> T {
        let value = work(&mut self.lock());
        self.announce();
        value
    }

    /// Resolves whenever the store has changed since it was last asked.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    /// Whether this is its last clone, so that dropping it closes the store.
    pub fn is_last(&self) -> bool {
        Arc::strong_count(&self.0) == 1
    }

    /// How many entries each device was known to hold when a session with it was last at rest,
    /// since the store was opened.
    pub fn levels(&self) -> BTreeMap<DeviceId, u64> {
        self.0.levels.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn note_level(&self, device: DeviceId, level: u64) {
        self.0.levels.lock().unwrap_or_else(PoisonError::into_inner).insert(device, level);
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Store> {
        // A panic during a call leaves the last committed transaction, which is whole.
        match self.0.store.try_lock() {
            Ok(store) => store,
            Err(TryLockError::Poisoned(store)) => store.into_inner(),
            Err(TryLockError::WouldBlock) => {
                aside(|| self.0.store.lock().unwrap_or_else(PoisonError::into_inner))
            }
        }
    }

    /// Says that there is something to look at again.
    pub fn announce(&self) {
        self.0.changes.send_modify(|count| *count += 1);
    }
}

impl std::fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedStore(…)")
    }
}
