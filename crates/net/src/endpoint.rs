//! This device on the network: one iroh endpoint under the device's own key.
//!
//! It authenticates and encrypts; who may come in is the server's business. Nothing here waits
//! for a network that may not be there.

pub(crate) mod platform;

use std::time::Duration;

use goodword_core::DeviceId;
use goodword_core::log::Key;
use iroh::endpoint::{Builder, Connection, Incoming, PortmapperConfig, QuicTransportConfig};
use iroh::{RelayMode, RelayUrl, SecretKey, Watcher};
use n0_future::time::timeout;

use crate::address::{Address, device_of};
use crate::error::Error;
use crate::limits;
use crate::refusal::Closing;

/// Protocol of sync sessions between devices of a roster.
pub const SYNC_ALPN: &[u8] = b"goodword/sync/1";

/// Protocol by which a device that was invited asks to join.
pub const JOIN_ALPN: &[u8] = b"goodword/join/1";

/// Context of [`usual_ports`].
const USUAL_PORTS: &str = "goodword 2026-11 usual ports v1";

/// What a peer may do with a connection: have one stream, of which 1.25 MB wait to be read at most.
/// By default it could have a hundred each way.
fn one_conversation() -> QuicTransportConfig {
    QuicTransportConfig::builder()
        .max_concurrent_bidi_streams(1_u32.into())
        .max_concurrent_uni_streams(0_u32.into())
        .datagram_receive_buffer_size(None)
        .build()
}

/// Which help of others the endpoint takes to reach devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Relays and address lookup by the makers of iroh, who see ciphertext and addresses, and
    /// lookup on the local network.
    Default,
    /// One relay of one's own, by its URL; no lookup, and nothing is announced.
    OwnRelay(String),
    /// Direct connections only, and lookup on the local network.
    LanOnly,
    /// Direct connections within this machine only; nothing is announced.
    Loopback,
}

impl Mode {
    /// The mode in which a device is reached that is found at `relay`: where that is one of the
    /// makers of iroh, all of theirs help.
    pub fn through(relay: Option<&str>) -> Self {
        let theirs = iroh::defaults::prod::default_relay_map();
        match relay {
            Some(url) if relay_url(url).is_ok_and(|url| !theirs.contains(&url)) => {
                Self::OwnRelay(url.to_owned())
            }
            Some(_) | None => Self::Default,
        }
    }

    /// Whether devices are found by their ids alone.
    const fn looks_up(&self) -> bool {
        match self {
            Self::Default | Self::LanOnly => true,
            Self::OwnRelay(_) | Self::Loopback => false,
        }
    }
}

/// Which UDP port to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// A port derived from the device, so that addresses which peers remember stay true; any
    /// free one if it is taken.
    Usual,
    /// This one.
    Fixed(u16),
    /// Any free one.
    Any,
}

/// This device on the network. Cheap to clone; every clone is the same endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    inner: iroh::Endpoint,
    mode: Mode,
}

impl Endpoint {
    /// Opens the endpoint of the device whose key it is.
    ///
    /// # Errors
    /// [`Error::Bind`] or [`Error::BadRelay`].
    pub async fn bind(key: &Key, mode: Mode, port: Port) -> Result<Self, Error> {
        let ports = match port {
            Port::Usual => usual_ports(key.device()).into_iter().chain([0]).collect(),
            Port::Fixed(port) => vec![port],
            Port::Any => vec![0],
        };
        let mut result = Err(Error::Bind("no port to try".to_owned()));
        for port in ports {
            result = Self::bind_to(key, &mode, port).await;
            if !matches!(result, Err(Error::Bind(_))) {
                break;
            }
        }
        result
    }

    async fn bind_to(key: &Key, mode: &Mode, port: u16) -> Result<Self, Error> {
        let inner = Self::builder(key, mode, port)?.bind().await;
        let inner = inner.map_err(|error| Error::Bind(format!("{error:#}")))?;
        if mode.looks_up() {
            platform::look_nearby(&inner);
        }
        Ok(Self { inner, mode: mode.clone() })
    }

    /// An endpoint that has no sockets of its own, as in a browser: relays only.
    #[cfg(test)]
    pub(crate) async fn bind_without_sockets(key: &Key, mode: Mode) -> Result<Self, Error> {
        let inner = Self::builder(key, &mode, 0)?.clear_ip_transports().bind().await;
        let inner = inner.map_err(|error| Error::Bind(format!("{error:#}")))?;
        Ok(Self { inner, mode })
    }

    fn builder(key: &Key, mode: &Mode, port: u16) -> Result<Builder, Error> {
        let relays = match mode {
            Mode::Default => RelayMode::Default,
            Mode::OwnRelay(url) => RelayMode::custom([relay_url(url)?]),
            Mode::LanOnly | Mode::Loopback => RelayMode::Disabled,
        };
        let mut builder = platform::builder(mode, port)?
            .relay_mode(relays)
            .secret_key(SecretKey::from_bytes(&key.secret()))
            .transport_config(one_conversation())
            .alpns(vec![SYNC_ALPN.to_vec(), JOIN_ALPN.to_vec()]);
        if matches!(mode, Mode::LanOnly | Mode::Loopback) {
            builder = builder.portmapper_config(PortmapperConfig::Disabled);
        }
        Ok(builder)
    }

    /// This device.
    pub fn device(&self) -> DeviceId {
        device_of(self.inner.id())
    }

    /// Where this device can be reached, as far as is known at this moment.
    pub fn address(&self) -> Address {
        let known = self.inner.addr();
        let sockets = platform::bound_sockets(&self.inner).into_iter().map(iroh::TransportAddr::Ip);
        let ways: Vec<_> = known.addrs.into_iter().chain(sockets).collect();
        Address::from_parts(self.inner.id(), &ways)
    }

    /// Where this device can be reached, waiting up to `patience` for what the mode promises: a
    /// relay, or a direct address.
    ///
    /// For invitations. Offline it returns what there is.
    pub async fn settled_address(&self, patience: Duration) -> Address {
        let settled = async {
            let mut watcher = self.inner.watch_addr();
            while !self.is_settled(&self.address()) {
                if watcher.updated().await.is_err() {
                    break;
                }
            }
        };
        // Running out of patience is an answer too.
        let _ = timeout(patience, settled).await;
        self.address()
    }

    fn is_settled(&self, address: &Address) -> bool {
        match self.mode {
            Mode::Default | Mode::OwnRelay(_) => address.relay.is_some(),
            Mode::LanOnly | Mode::Loopback => !address.direct.is_empty(),
        }
    }

    /// Tells peers that this device leaves, and closes the endpoint. Takes up to 3 s after a call
    /// that nobody answered, so whatever there is to show is shown before.
    pub async fn close(&self) {
        self.inner.close().await;
    }

    /// Whether the home relay answers; `None` where the mode has no relay.
    pub fn relay_answers(&self) -> Option<bool> {
        match self.mode {
            Mode::Default | Mode::OwnRelay(_) => {
                let status = self.inner.home_relay_status().get();
                Some(status.iter().any(iroh::endpoint::RelayStatus::is_connected))
            }
            Mode::LanOnly | Mode::Loopback => None,
        }
    }

    /// Calls `changed` whenever the network may have changed: this device has other addresses, or
    /// its relay answers again. Ends with the endpoint.
    pub(crate) async fn watch(&self, mut changed: impl FnMut()) {
        let mut address = self.inner.watch_addr();
        let mut relay = self.inner.home_relay_status();
        let mut answered = self.relay_answers();
        loop {
            tokio::select! {
                address = address.updated() => match address {
                    Ok(_) => changed(),
                    Err(_) => return,
                },
                relay = relay.updated() => {
                    if relay.is_err() {
                        return;
                    }
                    let answers = self.relay_answers();
                    if std::mem::replace(&mut answered, answers) == Some(false)
                        && answers == Some(true)
                    {
                        changed();
                    }
                }
            }
        }
    }

    /// Whether this machine has an address that others could know.
    pub(crate) fn has_network(&self) -> bool {
        !self.address().direct.iter().all(|socket| socket.ip().is_loopback())
    }

    /// Looks at the machine's sockets and routes again.
    pub async fn network_changed(&self) {
        self.inner.network_change().await;
    }

    pub(crate) async fn connect(&self, to: &Address, alpn: &[u8]) -> Result<Connection, Error> {
        let device = to.device;
        if device == self.device() {
            return Err(Error::Oneself);
        }
        let address = to.to_iroh().ok_or(Error::BadAddress { device })?;
        if address.is_empty() && !self.mode.looks_up() {
            return Err(Error::Unreachable { device });
        }
        let patience = match self.mode {
            // Whoever is looked for answers when it is asked the next time.
            Mode::LanOnly if address.is_empty() => limits::CONNECT_TIME_MAX,
            Mode::Default | Mode::OwnRelay(_) => limits::CONNECT_TIME_MAX,
            Mode::LanOnly | Mode::Loopback => limits::CONNECT_TIME_DIRECT_MAX,
        };
        match timeout(patience, self.inner.connect(address, alpn)).await {
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => {
                tracing::debug!(peer = %device.short(), %error, "not connected");
                Err(Error::from_connect(device, &error))
            }
            Err(_) => Err(Error::Unreachable { device }),
        }
    }

    pub(crate) async fn accept(&self) -> Option<Incoming> {
        self.inner.accept().await
    }
}

/// Ports that a device listens on, the first free one of them.
pub fn usual_ports(device: DeviceId) -> [u16; 3] {
    let hash = blake3::derive_key(USUAL_PORTS, &device.0);
    [0, 2, 4].map(|at| port_of(&hash[at..]))
}

/// A port that a hash begins with: between 20000 and 32000, below those that systems give out by
/// themselves.
pub(crate) fn port_of(hash: &[u8]) -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    FIRST + u16::from_be_bytes([hash[0], hash[1]]) % COUNT
}

/// Who is at the other end.
pub(crate) fn peer(connection: &Connection) -> DeviceId {
    device_of(connection.remote_id())
}

/// Where the other end was seen.
pub(crate) fn peer_address(connection: &Connection) -> Address {
    let paths = connection.paths();
    let ways: Vec<_> = paths.iter().map(|path| path.remote_addr().clone()).collect();
    Address::from_parts(connection.remote_id(), &ways)
}

pub(crate) fn close(connection: &Connection, why: Closing) {
    connection.close(why.code().into(), b"");
}

/// Waits until the peer has closed, which it does once it has everything.
pub(crate) async fn closed_by_peer(connection: &Connection) {
    if timeout(limits::CLOSE_TIME_MAX, connection.closed()).await.is_err() {
        close(connection, Closing::Done);
    }
}

fn relay_url(url: &str) -> Result<RelayUrl, Error> {
    let bad = || Error::BadRelay { url: url.to_owned() };
    if url.len() > limits::RELAY_BYTES_MAX {
        return Err(bad());
    }
    url.parse().map_err(|_| bad())
}
