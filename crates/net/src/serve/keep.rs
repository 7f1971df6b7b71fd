//! Staying in touch: calls the devices of the book whenever no session with them is open.

use std::sync::Arc;
use std::time::Duration;

use goodword_core::DeviceId;
use n0_future::time::{Instant, sleep};
use tokio::sync::watch;
use tracing::Instrument;

use super::{Context, Event};
use crate::address::Address;
use crate::backoff::Backoff;
use crate::limits;
use crate::watchdog::{Remedy, Watchdog};

impl Context {
    /// Keeps a session with a device open until the server is to end.
    pub(super) async fn keep(self: Arc<Self>, device: DeviceId) {
        let span = tracing::debug_span!("kept", peer = %device.short());
        tokio::select! {
            () = self.redial(device).instrument(span) => {}
            () = self.left() => {}
        }
    }

    async fn redial(&self, device: DeviceId) {
        let here = self.endpoint.device();
        let mut backoff = Backoff::new(here, device);
        let mut nudges = self.nudges.subscribe();
        let mut open = self.open.subscribe();
        if here.0 > device.0 {
            sleep(limits::FIRST_CALL_DELAY).await;
        }
        loop {
            // An error would mean that the server is gone.
            let _ = open.wait_for(|open| !open.contains_key(&device)).await;
            if !self.admits(&device) {
                tracing::debug!("no longer a device of the book");
                return;
            }
            let since = Instant::now();
            let result = self.reach(&self.last_seen(device)).await;
            let was_reached = result.is_ok() || since.elapsed() > limits::CONNECT_TIME_MAX;
            self.tell_end(device, result).await;
            if was_reached {
                backoff.reached();
            }
            let patience = backoff.failed();
            tracing::debug!(?patience, "called again later");
            wait(patience, &mut nudges, &mut open, device).await;
        }
    }

    /// Where a device was last seen, and on the ports that it usually has.
    fn last_seen(&self, device: DeviceId) -> Address {
        let known = self.store.read(|store| store.reader().and_then(|reader| reader.addresses()));
        let bytes = known.ok().and_then(|known| known.into_iter().find(|(of, _)| *of == device));
        let address = bytes.and_then(|(_, bytes)| Address::from_bytes(&bytes).ok());
        let mut address = address.unwrap_or_else(|| Address::of(device));
        address.add_usual_ports();
        address
    }

    /// Looks after the home relay until the server is to end.
    pub(super) async fn watch_relay(self: Arc<Self>) {
        tokio::select! {
            () = self.look_after_relay() => {}
            () = self.left() => {}
        }
    }

    async fn look_after_relay(&self) {
        let started = Instant::now();
        let mut watchdog = Watchdog::default();
        loop {
            sleep(limits::RELAY_LOOK_EVERY).await;
            let Some(answers) = self.endpoint.relay_answers() else { return };
            match watchdog.look(started.elapsed(), self.endpoint.has_network(), answers) {
                None => {}
                Some(Remedy::LookAgain) => {
                    tracing::info!("the relay stays lost: looking at the network again");
                    self.endpoint.network_changed().await;
                }
                Some(Remedy::Rebind) => {
                    tracing::info!("the relay stays lost: a new endpoint is needed");
                    self.tell(Event::RelayLost).await;
                }
            }
        }
    }
}

/// Waits, but no longer than until the device has called itself or everybody is to be called.
async fn wait(
    patience: Duration,
    nudges: &mut watch::Receiver<u64>,
    open: &mut watch::Receiver<std::collections::BTreeMap<DeviceId, u32>>,
    device: DeviceId,
) {
    tokio::select! {
        () = sleep(patience) => {}
        _ = nudges.changed() => {}
        _ = open.wait_for(|open| open.contains_key(&device)) => {}
    }
}
