//! Looking after this device's own place on the network.

use std::sync::Arc;

use n0_future::time::{Instant, sleep};

use super::{Context, Event};
use crate::limits;
use crate::watchdog::{Remedy, Watchdog};

impl Context {
    /// Looks after the network until the server is to end.
    pub(super) async fn watch_network(self: Arc<Self>) {
        let watched = async {
            tokio::join!(
                self.look_after_relay(),
                self.endpoint.watch(|| {
                    tracing::debug!("the network has changed");
                    self.nudge();
                })
            )
        };
        tokio::select! {
            ((), ()) = watched => {}
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
