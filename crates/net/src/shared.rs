//! A store that several sessions work on, one at a time, and the word that it changed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goodword_core::{Now, Store};
use tokio::sync::watch;

/// Tells the time; called whenever a session stores something.
pub type Clock = Arc<dyn Fn() -> Now + Send + Sync>;

/// A store behind a lock. Cheap to clone; every clone is the same store.
///
/// Calls block the task for as long as the store works: a commit of one batch at most.
#[derive(Clone)]
pub struct SharedStore(Arc<Inner>);

struct Inner {
    store: Mutex<Store>,
    changes: watch::Sender<u64>,
}

impl SharedStore {
    /// Shares a store.
    pub fn new(store: Store) -> Self {
        Self(Arc::new(Inner { store: Mutex::new(store), changes: watch::Sender::new(0) }))
    }

    /// Looks at the store.
    pub fn read<T>(&self, look: impl FnOnce(&Store) -> T) -> T {
        look(&self.lock())
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

    /// Takes the store back, if this is its last clone.
    pub fn into_store(self) -> Option<Store> {
        let inner = Arc::into_inner(self.0)?;
        Some(inner.store.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Store> {
        // A panic during a call leaves the last committed transaction, which is whole.
        self.0.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn announce(&self) {
        self.0.changes.send_modify(|count| *count += 1);
    }
}

impl std::fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SharedStore(…)")
    }
}
