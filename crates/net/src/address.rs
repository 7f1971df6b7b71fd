//! Where a device can be reached: what invitations carry and what is remembered of peers.
//!
//! An address is a hint and never proof: the connection itself authenticates the device.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use goodword_core::DeviceId;
use iroh::{EndpointAddr, EndpointId, RelayUrl, TransportAddr};
use serde::{Deserialize, Serialize};

use crate::endpoint::usual_ports;
use crate::limits;

/// A device with the ways to it that were seen to work or that it announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The device, which is also its endpoint id.
    pub device: DeviceId,
    /// Socket addresses, at most [`limits::DIRECT_ADDRESSES_MAX`].
    pub direct: Vec<SocketAddr>,
    /// The URL of the relay where it can be found.
    pub relay: Option<String>,
}

/// Bytes are not an address of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed device address")]
pub struct MalformedAddress;

impl Address {
    /// An address without any way: enough where a lookup service knows the device.
    pub fn of(device: DeviceId) -> Self {
        Self { device, direct: Vec::new(), relay: None }
    }

    /// The bytes to remember it by.
    pub fn to_bytes(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("BUG: an address always encodes")
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote.
    ///
    /// # Errors
    /// [`MalformedAddress`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedAddress> {
        let (address, rest): (Self, _) =
            postcard::take_from_bytes(bytes).map_err(|_| MalformedAddress)?;
        if rest.is_empty() && address.is_valid() { Ok(address) } else { Err(MalformedAddress) }
    }

    /// Whether it keeps the limits and names a device and a relay that can exist.
    pub fn is_valid(&self) -> bool {
        self.direct.len() <= limits::DIRECT_ADDRESSES_MAX
            && EndpointId::from_bytes(&self.device.0).is_ok()
            && self.relay.as_ref().is_none_or(|url| {
                url.len() <= limits::RELAY_BYTES_MAX && url.parse::<RelayUrl>().is_ok()
            })
    }

    /// Adds the ways of `other`, which is a later sight of the same device: its ways come first
    /// and its relay holds.
    pub fn renew(&mut self, other: &Self) {
        debug_assert_eq!(self.device, other.device);
        let known = std::mem::replace(&mut self.direct, other.direct.clone());
        for address in known {
            if self.direct.len() < limits::DIRECT_ADDRESSES_MAX && !self.direct.contains(&address) {
                self.direct.push(address);
            }
        }
        if other.relay.is_some() {
            self.relay.clone_from(&other.relay);
        }
    }

    /// Adds the ports that the device usually listens on, at every host where it was seen: it may
    /// have had another one then.
    pub fn add_usual_ports(&mut self) {
        let hosts: BTreeSet<IpAddr> = self.direct.iter().map(SocketAddr::ip).collect();
        for host in hosts {
            for port in usual_ports(self.device) {
                let socket = SocketAddr::new(host, port);
                if !self.direct.contains(&socket) {
                    self.direct.push(socket);
                }
            }
        }
    }

    /// Takes over what iroh knows, ways that work from near first.
    pub(crate) fn from_parts<'a>(
        id: EndpointId,
        ways: impl IntoIterator<Item = &'a TransportAddr>,
    ) -> Self {
        let mut address = Self::of(device_of(id));
        for way in ways {
            match way {
                TransportAddr::Ip(socket) if is_usable(socket) => address.direct.push(*socket),
                TransportAddr::Relay(url) if url.as_str().len() <= limits::RELAY_BYTES_MAX => {
                    address.relay.get_or_insert_with(|| url.to_string());
                }
                _ => {}
            }
        }
        address.direct.sort_by_key(|socket| (remoteness(socket), *socket));
        address.direct.dedup();
        address.direct.truncate(limits::DIRECT_ADDRESSES_MAX);
        address
    }

    /// The form that iroh dials; `None` if the device's key is no point of the curve.
    pub(crate) fn to_iroh(&self) -> Option<EndpointAddr> {
        let id = EndpointId::from_bytes(&self.device.0).ok()?;
        let relay = self.relay.as_ref().and_then(|url| url.parse().ok()).map(TransportAddr::Relay);
        let direct = self.direct.iter().copied().map(TransportAddr::Ip);
        Some(EndpointAddr::from_parts(id, direct.chain(relay)))
    }
}

pub(crate) fn device_of(id: EndpointId) -> DeviceId {
    DeviceId(*id.as_bytes())
}

fn is_usable(socket: &SocketAddr) -> bool {
    let ip = socket.ip();
    socket.port() != 0 && !ip.is_unspecified() && !ip.is_multicast()
}

/// Orders ways by how likely they lead from one of a person's devices to another: private
/// networks, then public IPv4, then the rest, loopback last.
fn remoteness(socket: &SocketAddr) -> u8 {
    match socket {
        SocketAddr::V4(v4) if v4.ip().is_loopback() => 4,
        SocketAddr::V4(v4) if v4.ip().is_private() => 0,
        SocketAddr::V4(_) => 1,
        SocketAddr::V6(v6) if v6.ip().is_loopback() => 4,
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() => 3,
        SocketAddr::V6(_) => 2,
    }
}

#[cfg(test)]
mod tests {
    use goodword_core::log::Key;

    use super::*;

    fn address(direct: &[&str]) -> Address {
        Address {
            device: Key::from_bytes(&[7; 32]).device(),
            direct: direct.iter().map(|text| text.parse().expect("a socket address")).collect(),
            relay: Some("https://relay.example./".to_owned()),
        }
    }

    #[test]
    fn an_address_survives_its_bytes() {
        let address = address(&["192.0.2.7:4000", "[2001:db8::1]:4000"]);
        assert_eq!(Address::from_bytes(&address.to_bytes()), Ok(address));
    }

    #[test]
    fn bytes_that_are_cut_or_go_on_are_no_address() {
        let bytes = address(&["192.0.2.7:4000"]).to_bytes();
        for end in 0..bytes.len() {
            assert_eq!(Address::from_bytes(&bytes[..end]), Err(MalformedAddress));
        }
        assert_eq!(Address::from_bytes(&[&bytes[..], &[0]].concat()), Err(MalformedAddress));
    }

    #[test]
    fn a_later_sight_comes_first_and_old_ways_are_kept_up_to_the_limit() {
        let mut known = address(&["192.0.2.1:1", "192.0.2.2:1"]);
        known.renew(&address(&["192.0.2.2:1", "192.0.2.3:1"]));
        assert_eq!(known.direct, address(&["192.0.2.2:1", "192.0.2.3:1", "192.0.2.1:1"]).direct);
    }
}
