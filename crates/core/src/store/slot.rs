//! The open database of a store, which another may replace while readers come and go.

use std::sync::{Arc, Mutex, PoisonError};

use redb::Database;

/// One database at a time, shared by a store and whoever reads beside it. Cheap to clone.
#[derive(Clone)]
pub(super) struct Slot(Arc<Mutex<Arc<Database>>>);

impl Slot {
    pub(super) fn new(database: Database) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(database))))
    }

    /// The database of this moment.
    pub(super) fn current(&self) -> Arc<Database> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts another one in its place; whoever reads the old one ends with it.
    pub(super) fn replace(&self, database: Database) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(database);
    }
}
