//! Finds devices on the local network by their ids, and lets itself be found (multicast DNS,
//! RFC 6762).
//!
//! Whoever listens there learns this device's id and its addresses, and nothing else. What they
//! answer is a hint, which the handshake proves or not. Bounded: whoever makes up devices by the
//! hundred ends the lookup, and nothing else.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use data_encoding::BASE32_NOPAD;
use iroh::address_lookup::{AddressLookup, EndpointData, EndpointInfo, Error, Item};
use iroh::{Endpoint, EndpointId, TransportAddr};
use n0_future::boxed::BoxStream;
use n0_future::stream::unfold;
use n0_future::time::{Instant, timeout};
use swarm_discovery::{Discoverer, DropGuard, SpawnError};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::limits;

/// Under which name devices announce themselves: that of all programs that are built on iroh, so
/// that it does not tell which of them this is.
const SERVICE: &str = "irohv1";

/// What a lookup's answers are said to come from.
const PROVENANCE: &str = "nearby";

/// Lets `endpoint` look and announce itself as soon as it has an address.
pub(in crate::endpoint) fn look_nearby(endpoint: &Endpoint) {
    if let Ok(lookups) = endpoint.address_lookup() {
        let name = BASE32_NOPAD.encode(endpoint.id().as_bytes()).to_ascii_lowercase();
        lookups.add(Nearby { name, known: Arc::default(), running: Arc::default() });
    }
}

/// The lookup of one endpoint.
struct Nearby {
    /// This device's, as it is announced.
    name: String,
    known: Arc<Known>,
    running: Arc<Mutex<Running>>,
}

/// What runs, and for which addresses of this device.
#[derive(Default)]
struct Running {
    addresses: Vec<SocketAddr>,
    /// Ends when dropped.
    discovery: Option<DropGuard>,
    /// Whether there were more devices than can be.
    has_given_up: bool,
}

/// Who was heard of on the local network.
#[derive(Debug, Default)]
struct Known {
    /// By the names that they announce: those of other programs are among them.
    devices: Mutex<BTreeMap<String, Vec<SocketAddr>>>,
    /// Counts what was heard.
    heard: watch::Sender<u64>,
}

/// One device that is looked for.
struct Search {
    known: Arc<Known>,
    heard: watch::Receiver<u64>,
    /// Where it was said to be last.
    told: Vec<SocketAddr>,
    until: Instant,
}

impl AddressLookup for Nearby {
    /// Starts again whenever this device has other addresses: it may be in another network, where
    /// nobody has heard of it and where it must listen.
    fn publish(&self, data: &EndpointData) {
        let addresses: Vec<_> = data.ip_addrs().copied().collect();
        let mut running = lock(&self.running);
        if running.addresses == addresses || running.has_given_up {
            return;
        }
        running.discovery = None;
        if !addresses.is_empty() {
            match self.discover(&addresses) {
                Ok(discovery) => running.discovery = Some(discovery),
                Err(error) => tracing::debug!(%error, "no lookup on the local network"),
            }
        }
        running.addresses = addresses;
    }

    fn resolve(&self, endpoint: EndpointId) -> Option<BoxStream<Result<Item, Error>>> {
        let name = BASE32_NOPAD.encode(endpoint.as_bytes()).to_ascii_lowercase();
        let search = Search {
            known: self.known.clone(),
            heard: self.known.heard.subscribe(),
            told: Vec::new(),
            until: Instant::now() + limits::CONNECT_TIME_MAX,
        };
        let found = unfold(search, move |mut search| {
            let name = name.clone();
            async move {
                let ways = search.next(&name).await?.into_iter().map(TransportAddr::Ip);
                let info = EndpointInfo::from_parts(endpoint, ways.collect());
                Some((Ok(Item::new(info, PROVENANCE, None)), search))
            }
        });
        Some(Box::pin(found))
    }
}

impl std::fmt::Debug for Nearby {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nearby(…)")
    }
}

impl Nearby {
    /// Announces `addresses`, and hears who else is there.
    #[allow(clippy::result_large_err, reason = "the library's own error, looked at once")]
    fn discover(&self, addresses: &[SocketAddr]) -> Result<DropGuard, SpawnError> {
        let known = self.known.clone();
        let running = Arc::downgrade(&self.running);
        let mut discoverer = Discoverer::new(SERVICE.to_owned(), self.name.clone())
            .with_cadence(limits::LOCAL_LOOKUP_EVERY)
            .with_multicast_interfaces_v4(interfaces(addresses))
            .with_callback(move |name, peer| {
                if !known.hear(name, peer.addrs()) {
                    give_up(&running);
                    known.forget();
                }
            });
        for address in addresses {
            discoverer = discoverer.with_addrs(address.port(), [address.ip()]);
        }
        discoverer.spawn(&Handle::current())
    }
}

/// Ends the lookup of an endpoint for good.
fn give_up(running: &Weak<Mutex<Running>>) {
    let Some(running) = running.upgrade() else { return };
    let mut running = lock(&running);
    running.discovery = None;
    if !std::mem::replace(&mut running.has_given_up, true) {
        let limit = limits::LOCAL_DEVICES_MAX;
        tracing::warn!(limit, "too many devices on the local network: the lookup there ends");
    }
}

/// This device's own addresses in local networks, on each of which it speaks.
fn interfaces(addresses: &[SocketAddr]) -> Vec<Ipv4Addr> {
    let mut interfaces = Vec::new();
    for address in addresses {
        match address.ip() {
            IpAddr::V4(ip) if ip.is_private() || ip.is_link_local() => interfaces.push(ip),
            IpAddr::V4(_) | IpAddr::V6(_) => {}
        }
    }
    interfaces.sort_unstable();
    interfaces.dedup();
    interfaces
}

impl Known {
    /// Takes up what one device announces; without an address it is gone. Says whether there was
    /// room for it.
    fn hear(&self, name: &str, ways: &[(IpAddr, u16)]) -> bool {
        {
            let mut devices = lock(&self.devices);
            if ways.is_empty() {
                devices.remove(name);
                return true;
            }
            if devices.len() >= limits::LOCAL_DEVICES_MAX && !devices.contains_key(name) {
                return false;
            }
            let ways = ways.iter().take(limits::DIRECT_ADDRESSES_MAX);
            devices.insert(name.to_owned(), ways.copied().map(SocketAddr::from).collect());
        }
        self.heard.send_modify(|count| *count += 1);
        true
    }

    fn forget(&self) {
        lock(&self.devices).clear();
    }
}

impl Search {
    /// Where the device called `name` is said to be, if that is not where it was said to be last;
    /// `None` when there is no more time.
    async fn next(&mut self, name: &str) -> Option<Vec<SocketAddr>> {
        loop {
            let ways = lock(&self.known.devices).get(name).cloned().unwrap_or_default();
            if !ways.is_empty() && ways != self.told {
                self.told.clone_from(&ways);
                return Some(ways);
            }
            let left = self.until.saturating_duration_since(Instant::now());
            timeout(left, self.heard.changed()).await.ok()?.ok()?;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(last: u8) -> (IpAddr, u16) {
        (IpAddr::from([192, 168, 1, last]), 4000)
    }

    fn search(known: &Arc<Known>) -> Search {
        Search {
            known: known.clone(),
            heard: known.heard.subscribe(),
            told: Vec::new(),
            until: Instant::now() + limits::CONNECT_TIME_MAX,
        }
    }

    #[tokio::test]
    async fn whoever_looks_is_told_once_of_every_place_and_also_of_those_heard_of_later() {
        let known = Arc::<Known>::default();
        assert!(known.hear("phone", &[way(1)]));
        let mut search = search(&known);
        assert_eq!(search.next("phone").await, Some(vec![SocketAddr::from(way(1))]));
        assert!(known.hear("phone", &[way(1)]) && known.hear("tablet", &[way(3)]));
        let (found, ()) = tokio::join!(search.next("phone"), async {
            assert!(known.hear("phone", &[way(2)]));
        });
        assert_eq!(found, Some(vec![SocketAddr::from(way(2))]));
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_not_there_is_not_looked_for_for_ever() {
        let known = Arc::<Known>::default();
        assert!(known.hear("tablet", &[way(3)]) && known.hear("phone", &[way(1)]));
        assert!(known.hear("phone", &[]));
        assert_eq!(search(&known).next("phone").await, None);
    }

    #[test]
    fn devices_that_are_made_up_by_the_hundred_find_no_room() {
        let known = Known::default();
        for n in 0..limits::LOCAL_DEVICES_MAX {
            assert!(known.hear(&n.to_string(), &[way(1)]));
        }
        assert!(known.hear("0", &[way(2)]), "one that is known has moved");
        assert!(!known.hear("one too many", &[way(1)]));
        let ways: Vec<_> = (0..=u8::MAX).map(way).collect();
        assert!(known.hear("0", &ways));
        assert_eq!(lock(&known.devices)["0"].len(), limits::DIRECT_ADDRESSES_MAX);
    }
}
