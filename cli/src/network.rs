//! This device on the network: the mode, the runtime, and calling the devices that it knows.
//!
//! One endpoint for the time of one command. What devices exchange is the sync crate's; where
//! they were reached is remembered in the store.

use std::collections::BTreeSet;
use std::env;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use clap::Args;
use goodword_core::log::Key;
use goodword_core::{DeviceId, Now, Space, Store};
use goodword_net::{
    Address, Clock, Endpoint, Error, InvitationError, JoinError, Mode, Port, SharedStore, Synced,
    first_sync, sync_once, usual_ports,
};
use serde::Serialize;

use crate::clock;
use crate::context::Context;
use crate::error::CliError;
use crate::home::Note;
use crate::text;

/// Chooses the network when `--network` does not.
const NETWORK_VARIABLE: &str = "GOODWORD_NETWORK";

/// How to reach other devices.
#[derive(Debug, Args)]
pub struct NetworkArgs {
    /// How to reach other devices: `default` (direct, else through public relays that see
    /// ciphertext only), `lan` (direct only), `loopback` (this machine only), or the https address
    /// of your own relay [default: $GOODWORD_NETWORK, else `default`]
    #[arg(long, value_name = "MODE")]
    network: Option<String>,
}

impl NetworkArgs {
    fn mode(&self) -> Result<Mode, CliError> {
        let wanted = self.network.clone().or_else(|| env::var(NETWORK_VARIABLE).ok());
        match wanted.as_deref() {
            None | Some("" | "default") => Ok(Mode::Default),
            Some("lan") => Ok(Mode::LanOnly),
            Some("loopback") => Ok(Mode::Loopback),
            Some(relay) if relay.starts_with("https://") => Ok(Mode::OwnRelay(relay.to_owned())),
            Some(other) => Err(CliError::usage(format!("`{other}` is no way to reach devices"))
                .hint("use `default`, `lan`, `loopback`, or the https address of a relay")),
        }
    }
}

/// A store on the network.
pub struct Online {
    /// The endpoint, bound.
    pub endpoint: Endpoint,
    /// The store that sessions work on.
    pub store: SharedStore,
    /// The clock that they read.
    pub clock: Clock,
    _note: Note,
}

/// Runs `work` on a runtime of its own.
///
/// Several threads: a session that commits a batch must not hold up the others' packets.
pub fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CliError::failed(format!("cannot start threads: {error}")))?;
    runtime.block_on(work)
}

impl Online {
    /// Opens the endpoint of this home's device on `store`.
    pub async fn bind(
        context: &Context,
        args: &NetworkArgs,
        store: Store,
        note: Note,
    ) -> Result<Self, CliError> {
        Self::on(bind(context, args).await?, store, note)
    }

    /// Takes an endpoint that is open already.
    pub fn on(endpoint: Endpoint, store: Store, note: Note) -> Result<Self, CliError> {
        let profile = store.ask(&goodword_core::query::AskProfile).unwrap_or_default();
        let clock = clock_in(&profile.zone)?;
        Ok(Self { endpoint, store: SharedStore::new(store), clock, _note: note })
    }

    /// The time by the profile's zone.
    pub fn now(&self) -> Now {
        (self.clock)()
    }

    /// The owner's other devices, as far as it is known where to reach them.
    pub fn known(&self) -> Result<Vec<Known>, CliError> {
        self.store.read(|store| {
            let here = store.device();
            let reader = store.reader()?;
            let mut known = Vec::new();
            for (device, bytes) in reader.addresses()? {
                let is_ours = store
                    .authority()
                    .is_some_and(|all| !all.knows(&here) || all.active(&device).is_some());
                let Ok(mut address) = Address::from_bytes(&bytes) else { continue };
                add_usual_ports(&mut address);
                if device != here && is_ours {
                    let name = reader.ask(&goodword_core::query::Devices)?;
                    let name = name.into_iter().find(|line| line.device == device);
                    known.push(Known { device, name: name.and_then(|line| line.name), address });
                }
            }
            Ok(known)
        })
    }

    /// Exchanges with one device what either lacks, and remembers where it was.
    pub async fn sync(&self, address: &Address) -> Result<Synced, Error> {
        let knows_itself = self.store.read(|store| {
            store.authority().is_some_and(|authority| authority.knows(&store.device()))
        });
        let synced = if knows_itself {
            sync_once(&self.endpoint, address, &self.store, &self.clock).await?
        } else {
            first_sync(&self.endpoint, address, &self.store, &self.clock).await?
        };
        self.remember(synced.device, &synced.address);
        Ok(synced)
    }

    /// Remembers where a device was reached. Not being able to is no failure of a session.
    pub fn remember(&self, device: DeviceId, address: &Address) {
        let bytes = address.to_bytes();
        if let Err(error) = self.store.write(|store| store.remember_address(device, &bytes)) {
            tracing::warn!(%error, "address not remembered");
        }
    }
}

/// A device listens on one of its usual ports, whichever it had when it was last met.
fn add_usual_ports(address: &mut Address) {
    let hosts: BTreeSet<IpAddr> = address.direct.iter().map(SocketAddr::ip).collect();
    for host in hosts {
        for port in usual_ports(address.device) {
            let socket = SocketAddr::new(host, port);
            if !address.direct.contains(&socket) {
                address.direct.push(socket);
            }
        }
    }
}

/// A device that can be called.
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

/// Opens the endpoint of this home's device.
pub async fn bind(context: &Context, args: &NetworkArgs) -> Result<Endpoint, CliError> {
    let key = Key::from_bytes(&*context.home.key()?);
    Ok(Endpoint::bind(&key, args.mode()?, Port::Usual).await?)
}

/// A clock that shows the calendar day of `zone`, checked once so that it cannot fail later.
pub fn clock_in(zone: &str) -> Result<Clock, CliError> {
    let first = clock::now(zone)?;
    let zone = zone.to_owned();
    Ok(Arc::new(move || clock::now(&zone).unwrap_or(first)))
}

/// What one session came to, for `--json`.
#[derive(Debug, Serialize)]
pub struct Met {
    /// The device, in hexadecimal.
    pub device: String,
    /// Its name.
    pub name: Option<String>,
    /// Entries sent and received, per space.
    pub spaces: Vec<MetSpace>,
    /// Bytes of frames sent.
    pub bytes_sent: u64,
    /// Bytes of frames received.
    pub bytes_received: u64,
    /// How often this side waited for an answer.
    pub round_trips: u64,
    /// Milliseconds to connect.
    pub connected_in_ms: u64,
    /// Milliseconds of the session.
    pub took_ms: u64,
    /// Documents that differ though both hold the same entries: a defect.
    pub mismatches: u64,
}

/// What was exchanged of one space.
#[derive(Debug, Serialize)]
pub struct MetSpace {
    /// The space.
    pub space: Space,
    /// Entries sent.
    pub sent: u64,
    /// Entries received.
    pub received: u64,
}

impl Met {
    /// Takes what matters of a session.
    pub fn of(synced: &Synced, name: Option<String>) -> Self {
        let report = &synced.report;
        let spaces = report.spaces.iter().map(|(space, counts)| MetSpace {
            space: *space,
            sent: counts.entries_sent,
            received: counts.entries_received,
        });
        let millis =
            |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            device: synced.device.to_string(),
            name,
            spaces: spaces.collect(),
            bytes_sent: report.bytes_sent,
            bytes_received: report.bytes_received,
            round_trips: report.round_trips,
            connected_in_ms: millis(synced.connected_in),
            took_ms: millis(synced.took),
            mismatches: report.fingerprint_mismatches(),
        }
    }

    /// One line for people.
    pub fn line(&self) -> String {
        let name = self.name.clone().unwrap_or_else(|| self.device.chars().take(8).collect());
        let sent: u64 = self.spaces.iter().map(|space| space.sent).sum();
        let received: u64 = self.spaces.iter().map(|space| space.received).sum();
        let what = if sent + received == 0 {
            "nothing new".to_owned()
        } else {
            format!("{} received, {} sent", entries(received), entries(sent))
        };
        let line = format!("Met {name}: {what}.");
        text::clean(&line).into_owned()
    }
}

fn entries(count: u64) -> String {
    text::count(count, "change", "changes")
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        let hint = error.hint();
        with_hint(Self::failed(error.to_string()), hint)
    }
}

impl From<InvitationError> for CliError {
    fn from(error: InvitationError) -> Self {
        let hint = error.hint();
        Self::refused(error.to_string()).hint(hint)
    }
}

impl From<JoinError> for CliError {
    fn from(error: JoinError) -> Self {
        let hint = error.hint();
        with_hint(Self::refused(error.to_string()), hint)
    }
}

fn with_hint(error: CliError, hint: Option<&'static str>) -> CliError {
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
