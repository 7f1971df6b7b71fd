//! The owner's other devices, as far as it is known where to reach them.

use goodword_core::query::{DeviceLine, Devices};
use goodword_core::{DeviceId, Error};
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::endpoint::Endpoint;
use crate::pump::{Synced, first_sync, sync_once};
use crate::shared::{Clock, SharedStore};

/// A device that can be called.
#[derive(Clone, Debug)]
pub struct Known {
    /// Which.
    pub device: DeviceId,
    /// What its owner calls it.
    pub name: Option<String>,
    /// Where it was last.
    pub address: Address,
}

impl Known {
    /// What to call it in an answer.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.device.short())
    }
}

/// Lists them, in order of their ids.
///
/// # Errors
/// [`Error::Disk`].
pub fn known(store: &SharedStore) -> Result<Vec<Known>, Error> {
    let reader = store.reader()?;
    let here = reader.device()?;
    let authority = reader.who_may()?;
    let names = reader.ask(&Devices)?;
    let mut known = Vec::new();
    for (device, bytes) in reader.addresses()? {
        let is_ours = authority
            .as_ref()
            .is_some_and(|all| !all.knows(&here) || all.active(&device).is_some());
        let Ok(mut address) = Address::from_bytes(&bytes) else { continue };
        address.add_usual_ports();
        if device != here && is_ours {
            let name = names.iter().find(|line| line.device == device);
            known.push(Known { device, name: name.and_then(|line| line.name.clone()), address });
        }
    }
    Ok(known)
}

/// One of the owner's other devices, and whether it is in touch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// What the book says of it.
    #[serde(flatten)]
    pub line: DeviceLine,
    /// Whether a session with it is open.
    pub connected: bool,
}

/// The owner's other devices, with what waits for each by what open sessions know.
///
/// # Errors
/// [`Error::Disk`], or that there is no book.
pub fn peers(
    store: &SharedStore,
    connected: impl Fn(&DeviceId) -> bool,
) -> Result<Vec<Peer>, Error> {
    let reader = store.reader()?;
    let (levels, admitted) = (store.levels(), reader.admitted()?);
    let mut peers = Vec::new();
    for mut line in reader.ask(&Devices)? {
        if line.here {
            continue;
        }
        if let Some(level) = levels.get(&line.device) {
            // What is written down may be older than what the open session knows.
            let waiting = admitted.saturating_sub(*level);
            line.waiting = Some(line.waiting.map_or(waiting, |known| known.min(waiting)));
        }
        peers.push(Peer { connected: connected(&line.device), line });
    }
    Ok(peers)
}

/// The owner's other devices that are in the roster and were not removed.
///
/// Reads beside the store: a long command must not hold up whoever decides.
///
/// # Errors
/// [`Error::Disk`].
pub fn others(store: &SharedStore) -> Result<Vec<DeviceId>, Error> {
    let reader = store.reader()?;
    let here = reader.device()?;
    let Some(authority) = reader.who_may()? else { return Ok(Vec::new()) };
    let known = authority.devices.keys().filter(|device| authority.active(device).is_some());
    Ok(known.filter(|device| **device != here).copied().collect())
}

/// Whether this device has heard of its own admission: its first sync has come as far.
pub fn knows_itself(store: &SharedStore) -> bool {
    store.read(|store| store.authority().is_some_and(|all| all.knows(&store.device())))
}

/// Exchanges with one device what either lacks, and remembers where it was.
///
/// # Errors
/// [`crate::Error`]; whatever was committed stays.
pub async fn meet(
    endpoint: &Endpoint,
    store: &SharedStore,
    clock: &Clock,
    address: &Address,
) -> Result<Synced, crate::Error> {
    let synced = if knows_itself(store) {
        sync_once(endpoint, address, store, clock).await?
    } else {
        first_sync(endpoint, address, store, clock).await?
    };
    remember(store, synced.device, &synced.address);
    Ok(synced)
}

/// Remembers where a device was reached. Not being able to is no failure of a session.
pub fn remember(store: &SharedStore, device: DeviceId, address: &Address) {
    if address.direct.is_empty() && address.relay.is_none() {
        return;
    }
    let bytes = address.to_bytes();
    let known = store.reader().and_then(|reader| reader.addresses());
    let is_known = known.is_ok_and(|all| all.iter().any(|(of, at)| *of == device && *at == bytes));
    if is_known {
        return;
    }
    if let Err(error) = store.write(|store| store.remember_address(device, &bytes)) {
        tracing::warn!(%error, "address not remembered");
    }
}
