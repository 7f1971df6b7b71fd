//! This device on the network: the mode, the runtime, and calling the devices that it knows.
//!
//! One endpoint for the time of one command. What devices exchange is the sync crate's; where
//! they were reached is remembered in the store.

use std::env;
use std::future::Future;
use std::sync::Arc;

use clap::Args;
use goodword_core::log::Key;
use goodword_core::{DeviceId, Now, Store};
use goodword_daemon::Met;
use goodword_net::{
    Address, Clock, Endpoint, Error, InvitationError, JoinError, Known, Mode, Port, SharedStore,
    Synced,
};

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
    /// The mode by its name, if the user chose one: a service is told it, for it has another
    /// environment.
    pub fn named(&self) -> Option<String> {
        let variable = || env::var(NETWORK_VARIABLE).ok().filter(|value| !value.is_empty());
        self.network.clone().or_else(variable)
    }

    /// The mode that the user chose.
    pub fn mode(&self) -> Result<Mode, CliError> {
        let wanted = self.named();
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
        Ok(goodword_net::known(&self.store)?)
    }

    /// Exchanges with one device what either lacks, and remembers where it was.
    pub async fn sync(&self, address: &Address) -> Result<Synced, Error> {
        goodword_net::meet(&self.endpoint, &self.store, &self.clock, address).await
    }

    /// Remembers where a device was reached. Not being able to is no failure of a session.
    pub fn remember(&self, device: DeviceId, address: &Address) {
        goodword_net::remember(&self.store, device, address);
    }
}

/// Opens the endpoint of this home's device.
pub async fn bind(context: &Context, args: &NetworkArgs) -> Result<Endpoint, CliError> {
    let key = Key::from_bytes(&*context.home.key()?);
    Ok(Endpoint::bind(&key, args.mode()?, Port::Usual).await?)
}

/// A clock that shows the calendar day of `zone`, checked once so that it cannot fail later.
pub fn clock_in(zone: &str) -> Result<Clock, CliError> {
    Ok(Arc::new(clock::ticking(zone)?))
}

/// One line for people.
pub fn line(met: &Met) -> String {
    let name = met.name.clone().unwrap_or_else(|| met.device.chars().take(8).collect());
    let sent: u64 = met.spaces.iter().map(|space| space.sent).sum();
    let received: u64 = met.spaces.iter().map(|space| space.received).sum();
    let what = match (received, sent) {
        (0, 0) => "nothing new".to_owned(),
        (0, sent) => format!("{} sent", entries(sent)),
        (received, 0) => format!("{} received", entries(received)),
        (received, sent) => format!("{} received, {} sent", entries(received), entries(sent)),
    };
    let line = format!("Met {name}: {what}.");
    text::clean(&line).into_owned()
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
