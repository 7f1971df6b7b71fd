//! A relay on this machine, for a device that has no sockets: its own browser.
//!
//! Listens on the loopback alone and speaks plain HTTP. As every relay it sees ciphertext only; who
//! may sync or join is asked by the devices themselves.

use std::net::Ipv4Addr;

use goodword_core::DeviceId;
use iroh_relay::server::{RelayConfig, Server, ServerConfig};

use crate::endpoint::{Mode, port_of};
use crate::error::Error;

/// Context of a device's relay port.
const RELAY_PORT: &str = "goodword 2026-11 loopback relay port v1";

/// A relay that runs until it is dropped or stopped.
pub struct Relay {
    server: Server,
    mode: Mode,
}

impl Relay {
    /// Starts the relay of a device, at the port that it always has: a browser remembers it.
    ///
    /// # Errors
    /// [`Error::Bind`] if the port is taken.
    pub async fn start(device: DeviceId) -> Result<Self, Error> {
        let port = port_of(&blake3::derive_key(RELAY_PORT, &device.0));
        let mut config = ServerConfig::default();
        config.relay = Some(RelayConfig::new((Ipv4Addr::LOCALHOST, port)));
        let server = Server::spawn(config).await;
        let server = server.map_err(|error| Error::Bind(format!("{error:#}")))?;
        Ok(Self { server, mode: Mode::OwnRelay(format!("http://127.0.0.1:{port}/")) })
    }

    /// How devices of this machine meet at it.
    pub fn mode(&self) -> Mode {
        self.mode.clone()
    }

    /// Ends it.
    pub async fn stop(self) {
        if let Err(error) = self.server.shutdown().await {
            tracing::debug!(%error, "the relay did not end well");
        }
    }
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Relay({:?})", self.mode)
    }
}
