//! Who is in touch, and that two devices which called each other at once keep one session.
//!
//! Of two sessions that stay, the device with the smaller id ends the older one, once the newer
//! one has been heard of: so one is left, and it is one that works. The older may be one that the
//! other device has lost already.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use goodword_core::DeviceId;
use iroh::endpoint::Connection;
use tokio::sync::watch;

use crate::endpoint;
use crate::refusal::Closing;

/// How many sessions are open with each device; those without are not there.
pub(super) type InTouch = BTreeMap<DeviceId, u32>;

/// The sessions of a server that are open.
#[derive(Debug)]
pub(super) struct Sessions {
    here: DeviceId,
    open: watch::Sender<InTouch>,
    /// Those that stay, by device and by the id of their connection.
    staying: Mutex<BTreeMap<DeviceId, BTreeMap<usize, Connection>>>,
}

/// A session that counts as open until this is dropped.
#[derive(Debug)]
pub(super) struct Session<'a> {
    sessions: &'a Sessions,
    connection: &'a Connection,
}

impl Sessions {
    pub(super) fn new(here: DeviceId) -> Self {
        Self { here, open: watch::Sender::new(InTouch::new()), staying: Mutex::default() }
    }

    /// Resolves whenever who is in touch may have changed.
    pub(super) fn in_touch(&self) -> watch::Receiver<InTouch> {
        self.open.subscribe()
    }

    /// Counts a session.
    pub(super) fn begin<'a>(&'a self, connection: &'a Connection) -> Session<'a> {
        let device = endpoint::peer(connection);
        self.open.send_modify(|open| *open.entry(device).or_default() += 1);
        Session { sessions: self, connection }
    }

    fn staying(&self) -> MutexGuard<'_, BTreeMap<DeviceId, BTreeMap<usize, Connection>>> {
        self.staying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session<'_> {
    /// Notes that the session stays and that the other device was heard in it.
    pub(super) fn stays(&self) {
        let device = endpoint::peer(self.connection);
        let mut staying = self.sessions.staying();
        let with = staying.entry(device).or_default();
        if self.sessions.here.0 < device.0 {
            for older in with.values() {
                tracing::debug!(peer = %device.short(), "a second session: the older one ends");
                endpoint::close(older, Closing::Doubled);
            }
        }
        with.insert(self.connection.stable_id(), self.connection.clone());
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        let device = endpoint::peer(self.connection);
        {
            let mut staying = self.sessions.staying();
            if let Some(with) = staying.get_mut(&device) {
                with.remove(&self.connection.stable_id());
                if with.is_empty() {
                    staying.remove(&device);
                }
            }
        }
        self.sessions.open.send_modify(|open| {
            let left = open.remove(&device).unwrap_or(0).saturating_sub(1);
            if left > 0 {
                open.insert(device, left);
            }
        });
    }
}
