//! A device that lives in one process with its user interface: both doors, joining, keeping in
//! touch.
//!
//! Questions, changes and answers are JSON, as on the daemon's socket. Works offline from the first
//! moment: nothing waits for a network but what is about it.

mod failure;
mod online;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use goodword_core::log::Key;
use goodword_core::query::by_name;
use goodword_core::store::{Entropy, Place};
use goodword_core::{Change, Store};
use goodword_net::{Clock, Endpoint, Invitation, Mode, Port, Purpose, SharedStore, ask, known};
use serde_json::Value;

pub use self::failure::{Failure, Kind};
use self::online::Online;
pub use self::online::Status;

/// What a device tells of itself without being asked.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "told")]
pub enum Told {
    /// The store, or who is in touch, may have changed.
    Changed,
    /// The inviting device waits for a person, who compares this code.
    Compare {
        /// Three words or digits, shown on both.
        code: String,
    },
    /// Let in; what the book holds is coming.
    Welcomed,
}

/// Hears what a device tells.
pub type Hear = Arc<dyn Fn(Told) + Send + Sync>;

/// One device.
pub struct Device {
    key: Key,
    store: SharedStore,
    clock: Clock,
    hear: Hear,
    online: Mutex<Option<Arc<Online>>>,
}

impl Device {
    /// Opens the store at `place`, or makes one there if `is_new`.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be read, or a newer program wrote it.
    pub fn open(
        place: &Place,
        is_new: bool,
        key: Key,
        entropy: Entropy,
        clock: Clock,
        hear: Hear,
    ) -> Result<Self, Failure> {
        let store = if is_new {
            Store::create(place, key.clone(), entropy)?
        } else {
            Store::open(place, key.clone(), entropy)?
        };
        let store = SharedStore::new(store);
        Ok(Self { key, store, clock, hear, online: Mutex::default() })
    }

    /// Whether it belongs to a book.
    pub fn has_book(&self) -> bool {
        self.store.read(|store| store.book().is_some())
    }

    /// The writing door: carries out a change, at this moment.
    ///
    /// # Errors
    /// [`Failure`], with nothing done.
    pub fn apply(&self, change: Value) -> Result<Value, Failure> {
        let change: Change = serde_json::from_value(change).map_err(|_| Failure::unknown())?;
        let now = (self.clock)();
        let outcome = self.store.write(|store| store.apply(&change, now))?;
        Ok(serde_json::to_value(outcome).expect("BUG: an outcome is JSON"))
    }

    /// The reading door: answers the question called `name`.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn ask(&self, name: &str, question: Value) -> Result<Value, Failure> {
        let answer = by_name::answer(&self.store.reader()?, name, question)?;
        answer.ok_or_else(Failure::unknown)
    }

    /// The user's calendar day, and the instant in milliseconds since the Unix epoch.
    pub fn now(&self) -> (jiff::civil::Date, i64) {
        let now = (self.clock)();
        (now.today, now.at.as_millisecond())
    }

    /// Goes onto the network and keeps in touch with the owner's other devices, from now on and as
    /// they come. Once is enough.
    ///
    /// # Errors
    /// [`Failure`] if there is no endpoint to be had.
    pub async fn go_online(&self, mode: Mode) -> Result<(), Failure> {
        if self.lock().is_some() {
            return Ok(());
        }
        let endpoint = Endpoint::bind(&self.key, mode, Port::Any).await?;
        let online = Online::start(endpoint, &self.store, &self.clock, &self.hear);
        *self.lock() = Some(online);
        Ok(())
    }

    /// Asks to join with an invitation, and takes the book in. Returns when all of it is here.
    ///
    /// A first sync that was cut goes on by itself, in this process or a later one.
    ///
    /// # Errors
    /// [`Failure`]; once [`Told::Welcomed`] was told, the device belongs to the book all the same.
    pub async fn join(&self, invitation: &str, name: &str) -> Result<(), Failure> {
        if self.has_book() {
            return Err(Failure::has_book());
        }
        let invitation = Invitation::parse(invitation.trim())?;
        invitation.check(Purpose::OwnDevice, self.seconds())?;
        self.go_online(Mode::through(invitation.address.relay.as_deref())).await?;
        let online = self.online()?;
        let asking = ask(online.endpoint(), &invitation, name, self.seconds()).await?;
        (self.hear)(Told::Compare { code: asking.code().to_string() });
        let welcome = asking.welcome().await?;
        self.store.write(|store| store.adopt(&welcome.genesis))?;
        online.remember(&welcome.inviter);
        (self.hear)(Told::Welcomed);
        let entered = online.enter(&welcome.inviter).await;
        if entered.is_err() {
            online.enter_later();
        }
        entered
    }

    /// Calls every other device at once: the network may have come back.
    pub fn sync(&self) {
        if let Ok(online) = self.online() {
            online.nudge();
        }
    }

    /// The relay of a device of the book, as it was last met there; the first that has one.
    pub fn relay(&self) -> Option<String> {
        let known = known(&self.store).unwrap_or_default();
        known.into_iter().find_map(|device| device.address.relay)
    }

    /// How it stands.
    ///
    /// # Errors
    /// [`Failure`] if the store cannot be read.
    pub fn status(&self) -> Result<Status, Failure> {
        let online = self.lock().clone();
        online::status(&self.store, online.as_deref())
    }

    fn online(&self) -> Result<Arc<Online>, Failure> {
        self.lock().clone().ok_or_else(Failure::offline)
    }

    fn seconds(&self) -> u64 {
        u64::try_from((self.clock)().at.as_second()).unwrap_or(0)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Arc<Online>>> {
        self.online.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Device({})", self.key.device().short())
    }
}
