//! The seeded book on disk: as a home of the program and as an SQLite database.
//!
//! Made once and kept beside the binaries; `--fresh` makes it again, which a change of the store's
//! format or views needs. Measurements that write work on copies.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use goodword_core::change::Import;
use goodword_core::log::Key;
use goodword_core::model::{NewInteraction, Next, PersonEdit, Tier};
use goodword_core::store::Place;
use goodword_core::{Change, Now, RecordId, Store};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::book::{self, Sizes, TODAY};
use crate::{Result, sqlite};

/// The device whose book it is.
pub const OWNER: [u8; 32] = [11; 32];

/// A second device of the owner, admitted and never synced.
pub const SECOND: [u8; 32] = [12; 32];

/// People in each tier: a search of usual size.
const PEOPLE_PER_TIER: usize = 40;

/// Where everything that is measured lies.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// How large it is.
    pub sizes: Sizes,
    folder: PathBuf,
}

impl Fixture {
    /// The fixture of `sizes`, made if it is not there or is to be made again.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn ready(sizes: Sizes, is_fresh: bool) -> Result<Self> {
        let fixture = Self::at(sizes)?;
        if is_fresh && fixture.folder.exists() {
            fs::remove_dir_all(&fixture.folder)?;
        }
        let done = fixture.folder.join("complete");
        if !done.exists() {
            fs::create_dir_all(fixture.home())?;
            fixture.make()?;
            fs::write(&done, "")?;
        }
        Ok(fixture)
    }

    /// The fixture of `sizes`, as it is.
    ///
    /// # Errors
    /// If the running binary cannot be found.
    pub fn at(sizes: Sizes) -> Result<Self> {
        let binary = std::env::current_exe()?;
        let target = binary.parent().and_then(Path::parent).ok_or("no target folder")?;
        let name = format!("fixture-{}-{}", sizes.people, sizes.interactions);
        Ok(Self { sizes, folder: target.join(name) })
    }

    /// The program's home directory.
    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// The program's database.
    pub fn store(&self) -> PathBuf {
        self.home().join("store.redb")
    }

    /// The same facts in SQLite.
    pub fn sqlite(&self) -> PathBuf {
        self.folder.join("book.sqlite")
    }

    /// A folder for what a measurement writes.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn scratch(&self) -> Result<PathBuf> {
        let scratch = self.folder.join("scratch");
        fs::create_dir_all(&scratch)?;
        Ok(scratch)
    }

    /// A copy of the database, called `name`, that may be written.
    ///
    /// # Errors
    /// If it cannot be copied.
    pub fn copy(&self, name: &str) -> Result<PathBuf> {
        let copy = self.scratch()?.join(name);
        fs::copy(self.store(), &copy)?;
        Ok(copy)
    }

    fn make(&self) -> Result<()> {
        let _ = fs::remove_file(self.store());
        let _ = fs::remove_file(self.sqlite());
        write_key(&self.home().join("device.key"), &OWNER)?;
        let since = Instant::now();
        let mut store = found(&self.store())?;
        let people = book::people(self.sizes);
        let records = import(&mut store, &people)?;
        eprintln!("fixture: imported {} people in {:.1?}", people.len(), since.elapsed());
        triage(&mut store, &records)?;
        let second = Key::from_bytes(&SECOND).device();
        store.admit_device(second, now(0))?;
        let since = Instant::now();
        for n in 0..self.sizes.interactions {
            log(&mut store, &records, n, n, self.sizes)?;
        }
        eprintln!("fixture: logged {} times in {:.1?}", self.sizes.interactions, since.elapsed());
        drop(store);
        sqlite::make(&self.sqlite(), self.sizes)
    }
}

/// A store at `path` with a book that is new.
///
/// # Errors
/// If there is a file already.
pub fn found(path: &Path) -> Result<Store> {
    let place = Place::File(path.to_owned());
    let mut store = Store::create(&place, Key::from_bytes(&OWNER), [1; 32])?;
    store.found([9; 32], now(0))?;
    Ok(store)
}

/// Opens a store of the device with the key `key` for writing.
///
/// # Errors
/// If it cannot be opened.
pub fn open(path: &Path, key: &[u8; 32]) -> Result<Store> {
    let place = Place::File(path.to_owned());
    // Two openings with one entropy would make the same ids.
    let since = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let mut entropy = [0; 32];
    entropy[..16].copy_from_slice(&since.to_be_bytes());
    Ok(Store::open(&place, Key::from_bytes(key), entropy)?)
}

/// Imports people and gives their records in order.
///
/// # Errors
/// If the store refuses.
pub fn import(
    store: &mut Store,
    people: &[goodword_core::model::Incoming],
) -> Result<Vec<RecordId>> {
    let import =
        Import { file: "Connections.csv".to_owned(), people: people.to_vec(), bring_back: false };
    let outcome = store.apply(&Change::Import(import), now(0))?;
    Ok(outcome.rows.iter().map(|row| row.record).collect())
}

/// Logs the `n`th conversation as the command number `at`.
///
/// # Errors
/// If the store refuses.
pub fn log(
    store: &mut Store,
    records: &[RecordId],
    n: usize,
    at: usize,
    sizes: Sizes,
) -> Result<Duration> {
    let said = book::conversation(n, sizes);
    let change = Change::Log(NewInteraction {
        people: vec![records[said.person]],
        on: said.on,
        channel: said.channel,
        text: said.text,
        private_text: None,
        got: Default::default(),
        introduces: Vec::new(),
        next: None,
    });
    let since = Instant::now();
    store.apply(&change, now(at))?;
    Ok(since.elapsed())
}

fn triage(store: &mut Store, records: &[RecordId]) -> Result<()> {
    for (place, tier) in [Tier::Inner, Tier::Active, Tier::Network].into_iter().enumerate() {
        let people = records.iter().skip(place).step_by(7).take(PEOPLE_PER_TIER).copied().collect();
        let edits = vec![PersonEdit::Tier(Some(tier))];
        store.apply(&Change::EditPeople { people, edits }, now(0))?;
    }
    for n in 0..PEOPLE_PER_TIER {
        let (on, why) = next_step(n);
        let person = records.get(3 + 7 * n).copied().into_iter().collect();
        let edits = vec![PersonEdit::Next(Some(Next { on, why }))];
        store.apply(&Change::EditPeople { people: person, edits }, now(0))?;
    }
    Ok(())
}

/// The tier of the person at `place`, as [`Fixture`] gives it.
pub fn tier(place: usize) -> Option<Tier> {
    let within = place / 7 < PEOPLE_PER_TIER;
    match place % 7 {
        0 if within => Some(Tier::Inner),
        1 if within => Some(Tier::Active),
        2 if within => Some(Tier::Network),
        _ => None,
    }
}

/// The next step of the person at `place`, as [`Fixture`] gives it.
pub fn next_of(place: usize) -> Option<(Date, String)> {
    (place % 7 == 3 && place / 7 < PEOPLE_PER_TIER).then(|| next_step(place / 7))
}

fn next_step(n: usize) -> (Date, String) {
    let days = i64::try_from(n).unwrap_or(0);
    (TODAY.saturating_add((days + 1).days()), format!("ask for an introduction, {n}"))
}

/// The moment of the `n`th command: one second after the one before.
pub fn now(n: usize) -> Now {
    let noon = TODAY.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).map(|noon| noon.timestamp());
    let at = noon.unwrap_or_default();
    let at = at.saturating_add(i64::try_from(n).unwrap_or(0).seconds()).unwrap_or(at);
    Now { at, today: TODAY }
}

/// Writes a device's secret key as the program keeps it.
///
/// # Errors
/// If it cannot be written.
pub fn write_key(path: &Path, key: &[u8; 32]) -> Result<()> {
    fs::write(path, key)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}
