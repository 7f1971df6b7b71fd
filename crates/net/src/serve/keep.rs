//! Staying in touch: calls the devices of the book whenever no session with them is open.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use goodword_core::DeviceId;
use n0_future::time::{Instant, sleep};
use n0_future::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use tracing::Instrument;

use super::Context;
use super::sessions::InTouch;
use crate::address::Address;
use crate::backoff::Backoff;
use crate::endpoint::SYNC_ALPN;
use crate::error::Error;
use crate::limits;
use crate::refusal::Closing;

/// Why a wait ended.
enum Woken {
    /// The device has called itself.
    InTouch,
    /// Everybody is to be called: the network may have changed.
    Nudged,
    /// The time is over.
    Patience,
}

impl Context {
    /// Keeps a session with a device open until the server is to end, or the device is none of
    /// the book any more.
    ///
    /// When the network may have changed, a device that is in touch is called as well: its session
    /// may be over a way that is none any more, which shows only when nothing was heard for long.
    /// If it is not, the newer session takes its place.
    pub(super) async fn keep(self: Arc<Self>, device: DeviceId) {
        let span = tracing::debug_span!("kept", peer = %device.short());
        let mut nudges = self.nudges.subscribe();
        let open = self.sessions.in_touch();
        let mut renewals = FuturesUnordered::new();
        let mut redial = pin!(self.redial(device).instrument(span.clone()));
        loop {
            tokio::select! {
                // An open session says good-bye itself.
                _left = &mut redial => break,
                Ok(()) = nudges.changed(), if renewals.len() < limits::RENEWALS_MAX => {
                    if open.borrow().contains_key(&device) {
                        renewals.push(self.dial(device).instrument(span.clone()));
                    }
                }
                Some(_) = renewals.next() => {}
            }
        }
        while renewals.next().await.is_some() {}
        self.kept().remove(&device);
    }

    /// `None` if the server was to end.
    async fn redial(&self, device: DeviceId) -> Option<()> {
        let here = self.endpoint.device();
        let mut backoff = Backoff::new(here, device);
        let mut nudges = self.nudges.subscribe();
        let mut open = self.sessions.in_touch();
        let mut patience = Duration::ZERO;
        if here.0 > device.0 {
            patience = limits::FIRST_CALL_DELAY;
        }
        loop {
            match self.unless_left(wait(patience, &mut nudges, &mut open, device)).await? {
                Woken::InTouch => {
                    let parted = open.wait_for(|open| !open.contains_key(&device));
                    // An error would mean that the server is gone.
                    let _ = self.unless_left(parted).await?;
                    backoff.reached();
                    patience = backoff.failed();
                    continue;
                }
                Woken::Nudged => backoff.reached(),
                Woken::Patience => {}
            }
            if !self.admits(&device) {
                tracing::debug!("no longer a device of the book");
                return Some(());
            }
            if self.dial(device).await? {
                backoff.reached();
            }
            patience = backoff.failed();
            tracing::debug!(?patience, "called again later");
        }
    }

    /// Calls a device and stays in touch; says whether that was worth it, so that it is called
    /// again soon.
    async fn dial(&self, device: DeviceId) -> Option<bool> {
        let peer = self.last_seen(device);
        let started = Instant::now();
        let connection = match self.unless_left(self.endpoint.connect(&peer, SYNC_ALPN)).await? {
            Ok(connection) => connection,
            Err(error) => {
                self.tell_end(device, Err(error)).await;
                return Some(false);
            }
        };
        let connected = Instant::now();
        let result = self.talk(&connection, &peer, connected - started).await;
        let was_worth_it = match &result {
            Ok(_) | Err(Error::Closed(Closing::Doubled)) => true,
            // Whoever turns this device away does so at once.
            Err(_) => connected.elapsed() > limits::REDIAL_TIME_MAX,
        };
        self.tell_end(device, result).await;
        Some(was_worth_it)
    }

    /// Where a device was last seen, and on the ports that it usually has.
    fn last_seen(&self, device: DeviceId) -> Address {
        let known = self.store.reader().and_then(|reader| reader.addresses());
        let bytes = known.ok().and_then(|known| known.into_iter().find(|(of, _)| *of == device));
        let address = bytes.and_then(|(_, bytes)| Address::from_bytes(&bytes).ok());
        let mut address = address.unwrap_or_else(|| Address::of(device));
        address.add_usual_ports();
        address
    }
}

/// Waits, but no longer than until the device has called itself or everybody is to be called.
async fn wait(
    patience: Duration,
    nudges: &mut watch::Receiver<u64>,
    open: &mut watch::Receiver<InTouch>,
    device: DeviceId,
) -> Woken {
    tokio::select! {
        biased;
        _ = open.wait_for(|open| open.contains_key(&device)) => Woken::InTouch,
        _ = nudges.changed() => Woken::Nudged,
        () = sleep(patience) => Woken::Patience,
    }
}
