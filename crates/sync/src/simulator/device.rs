//! A device of the owner: a store on memory that outlives its openings, and a clock of its own.

use goodword_core::log::Key;
use goodword_core::store::{BackupError, Place, restore};
use goodword_core::{DeviceId, Error, Now, Store};
use jiff::{Timestamp, tz::TimeZone};

use super::dice::Dice;

/// Seconds since the Unix epoch at which every run starts: Monday, 2 November 2026, 08:00 UTC.
const START_SECONDS: i64 = 1_793_606_400;

/// Seconds that pass between two steps.
const STEP_SECONDS: i64 = 613;

/// How far a clock may be off, in seconds, either way.
const SKEW_SECONDS: u64 = 3 * 3600;

/// One device.
pub(crate) struct Device {
    place: Place,
    key: Key,
    skew: i64,
    /// Its store, open.
    pub store: Store,
}

impl Device {
    /// A device with a store of its own and no book.
    pub fn new(dice: &mut Dice) -> Result<Self, Error> {
        let place = Place::memory();
        let key = Key::from_bytes(&dice.bytes());
        let store = Store::create(&place, key.clone(), dice.bytes())?;
        let skew = dice.below(2 * SKEW_SECONDS) as i64 - SKEW_SECONDS as i64;
        Ok(Self { place, key, skew, store })
    }

    /// Its key.
    #[cfg(test)]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Its key's public half.
    pub fn id(&self) -> DeviceId {
        self.key.device()
    }

    /// What its clock shows at a step.
    pub fn now(&self, step: u64) -> Now {
        let seconds = START_SECONDS + STEP_SECONDS * step as i64 + self.skew;
        let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
        Now { at, today: at.to_zoned(TimeZone::UTC).date() }
    }

    /// Ends the program and starts it again: only what was committed is left.
    pub fn restart(self, dice: &mut Dice) -> Result<Self, Error> {
        let Self { place, key, skew, store } = self;
        drop(store);
        let store = Store::open(&place, key.clone(), dice.bytes())?;
        Ok(Self { place, key, skew, store })
    }

    /// A copy of it as it is, as when the disk of its machine is copied.
    pub fn duplicate(&self, dice: &mut Dice) -> Result<Self, Error> {
        let Place::Memory(memory) = &self.place else { unreachable!("BUG: made on memory") };
        let place = Place::Memory(memory.duplicate()?);
        let store = Store::open(&place, self.key.clone(), dice.bytes())?;
        Ok(Self { place, key: self.key.clone(), skew: self.skew, store })
    }

    /// What a backup of it, made at this moment, is restored to elsewhere.
    pub fn restored(&self, now: Now, dice: &mut Dice) -> Result<Self, Error> {
        let honest = |error| match error {
            BackupError::Store(error) => error,
            other => panic!("BUG: a backup of ours: {other}"),
        };
        let mut bytes = Vec::new();
        self.store.reader()?.backup(&self.key, now.at, &mut bytes).map_err(honest)?;
        let place = Place::memory();
        restore(&*bytes, &place, dice.bytes()).map_err(honest)?;
        let store = Store::open(&place, self.key.clone(), dice.bytes())?;
        Ok(Self { place, key: self.key.clone(), skew: self.skew, store })
    }

    /// Whether its roster tells it that it belongs to the book.
    pub fn is_admitted(&self) -> bool {
        self.admits(&self.id())
    }

    /// Whether its roster lets a device in: it was admitted and not removed.
    pub fn admits(&self, device: &DeviceId) -> bool {
        self.store.authority().is_some_and(|authority| authority.active(device).is_some())
    }

    /// Whether its roster knows a device.
    pub fn knows(&self, device: &DeviceId) -> bool {
        self.store.authority().is_some_and(|authority| authority.knows(device))
    }
}
