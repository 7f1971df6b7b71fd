//! Where everything rests: one redb file, and the two doors to it.
//!
//! The only home of redb. Everything that a command or a peer's batch changes is committed in one
//! transaction, and only then spoken of.

mod answers;
mod apply;
mod attention;
mod backup;
mod bring_in;
mod check;
mod copies;
mod dice;
mod duties;
mod erasing;
mod error;
mod exchange;
mod founding;
#[cfg(test)]
mod hostile;
mod people;
mod place;
mod reader;
mod rebuild;
mod retry;
mod rewrite;
mod schema;
mod slot;
mod words;
mod writing;

use std::cell::Cell;
use std::path::Path;

use redb::ReadableDatabase;

pub use backup::{
    BACKUP_MAGIC, BACKUPS_FOLDER, BACKUPS_KEPT, BackedUp, BackupError, Kept, Restored,
    back_up_weekly, backups_in, recover, restore, whole_file,
};
pub use check::{FoldReport, HeldChange};
pub use error::{Error, PeerError, UserError};
pub use exchange::{Compared, Delivery, Location, Received, Taken, Whole};
pub use place::{Memory, Place, Storage};
pub use reader::Reader;

use crate::change::{Now, Outcome};
use crate::id::{BookId, DeviceId, Incarnation};
use crate::log::Key;
use crate::query::Question;
use crate::roster::{Authority, Genesis, Role, Standalone, Statement};
use copies::{FileIdentity, NewFile};
use dice::Dice;
use schema::{BookRow, META_DEVICE, META_FORMAT, META_INCARNATION, META_TRIED};
use slot::Slot;
use writing::encode;

/// Entropy of one opening of a store: 32 bytes from the system's generator, or a test's seed.
pub type Entropy = [u8; 32];

/// What a store did since it was opened; for tests of costs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Write transactions committed.
    pub transactions: u64,
    /// Documents read from snapshots.
    pub documents_loaded: u64,
    /// Searches through what removed devices wrote, for what others wait for.
    pub searches: u64,
}

/// An open store that can be written. One process at a time holds one.
pub struct Store {
    database: Slot,
    place: Place,
    key: Key,
    dice: Dice,
    incarnation: Incarnation,
    /// The file, until the store knows it.
    new_file: Option<NewFile>,
    book: Option<Book>,
    /// The last search for what to publish again, if nothing came of it.
    fruitless: Option<duties::Search>,
    counts: Cell<Counts>,
}

/// Gives consistent views of an open store to other threads. Cheap to clone.
///
/// The store's file stays open while one of them lives.
#[derive(Clone)]
pub struct Readers(Slot);

impl Readers {
    /// A consistent view of this moment.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn reader(&self) -> Result<Reader, Error> {
        Reader::new(self.0.current().begin_read()?, None)
    }
}

/// The book of a store, with who may do what in it.
struct Book {
    id: BookId,
    genesis: Genesis,
    authority: Authority,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store(device {})", self.device().short())
    }
}

impl Store {
    /// Makes a store without a book. A file at `place` must not be there.
    ///
    /// # Errors
    /// [`Error::Disk`] if there is a file already or it cannot be written.
    pub fn create(place: &Place, key: Key, entropy: Entropy) -> Result<Self, Error> {
        let database = place.create()?;
        let mut dice = Dice::new(&entropy);
        let incarnation = Incarnation(dice.bytes());
        let transaction = place::begin(&database)?;
        {
            let mut tables = writing::Tables::open(&transaction)?;
            tables.meta.insert(META_FORMAT, encode(&schema::FORMAT).as_slice())?;
            tables.meta.insert(META_INCARNATION, incarnation.0.as_slice())?;
            tables.meta.insert(META_DEVICE, key.device().0.as_slice())?;
            if let Some(identity) = FileIdentity::of(place) {
                copies::note_file(&mut tables, identity)?;
            }
            tables.meta.insert(META_TRIED, retry::VERSION.as_bytes())?;
        }
        transaction.commit()?;
        Ok(Self {
            database: Slot::new(database),
            place: place.clone(),
            key,
            dice,
            incarnation,
            new_file: None,
            book: None,
            fruitless: None,
            counts: Cell::default(),
        })
    }

    /// Opens a store for writing.
    ///
    /// # Errors
    /// [`Error::Busy`] if another process writes it, [`Error::Newer`] if a newer version wrote it.
    pub fn open(place: &Place, key: Key, entropy: Entropy) -> Result<Self, Error> {
        if let Place::File(path) = place {
            // Read first: a store of a newer version is refused untouched.
            let reader = Reader::open(path)?;
            if reader.format()? < schema::FORMAT {
                let folder = path.with_file_name(backup::BACKUPS_FOLDER);
                backup::back_up_before_migration(&folder, &reader, &key).map_err(|error| {
                    Error::Disk(format!("no backup could be made before its migration: {error}"))
                })?;
            }
        }
        let database = place.open()?;
        let (incarnation, file, row) = {
            let reader = Reader::new(database.begin_read()?, None)?;
            (reader.incarnation()?, reader.file()?, reader.book_row()?)
        };
        let mut store = Self {
            database: Slot::new(database),
            place: place.clone(),
            key,
            dice: Dice::new(&entropy),
            incarnation,
            new_file: NewFile::of(place, file),
            book: None,
            fruitless: None,
            counts: Cell::default(),
        };
        if let Some(row) = row {
            store.book = Some(store.read_book(&row)?);
            // A large batch was cut, or a kill came before the file was rewritten.
            store.catch_up()?;
            store.rewrite_if_stale()?;
            store.retry_in_new_version()?;
        }
        Ok(store)
    }

    fn read_book(&self, row: &BookRow) -> Result<Book, Error> {
        let Ok(Standalone::Genesis(genesis)) = Standalone::decode(&row.genesis) else {
            return Err(error::damaged("the book's genesis"));
        };
        let authority = self.reader()?.authority(&genesis)?;
        Ok(Book { id: row.book, genesis, authority })
    }

    /// Follows its file, which was given another name.
    pub fn moved(&mut self, path: &Path) {
        self.place = Place::File(path.to_owned());
    }

    /// This device.
    pub fn device(&self) -> DeviceId {
        self.key.device()
    }

    /// The store's book, if it has one.
    pub fn book(&self) -> Option<BookId> {
        self.book.as_ref().map(|book| book.id)
    }

    /// The statement that founds the book, for [`adopt`](Self::adopt): its canonical bytes.
    pub fn genesis(&self) -> Option<Vec<u8>> {
        self.book.as_ref().map(|book| Standalone::Genesis(book.genesis.clone()).encode())
    }

    /// Who may do what in the book.
    pub fn authority(&self) -> Option<&Authority> {
        self.book.as_ref().map(|book| &book.authority)
    }

    /// Says something about authority, in an entry of this device.
    ///
    /// # Errors
    /// [`UserError`] if there is no book or this device may not write.
    pub fn say(&mut self, statement: Statement, now: Now) -> Result<(), Error> {
        self.may_speak()?;
        self.command("roster", None, now, true, |command| {
            command.say(statement);
            Ok::<_, Error>(Outcome::default())
        })?;
        self.tend(now)
    }

    /// Adds one of the owner's devices to the roster.
    ///
    /// # Errors
    /// As [`say`](Self::say).
    pub fn admit_device(&mut self, device: DeviceId, now: Now) -> Result<(), Error> {
        self.say(Statement::AddDevice { device }, now)
    }

    /// Answers a question.
    ///
    /// # Errors
    /// [`Error`] if the store cannot be read or the question names something that is not there.
    pub fn ask<Q: Question>(&self, question: &Q) -> Result<Q::Answer, Error> {
        self.reader()?.ask(question)
    }

    /// A consistent view of this moment.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn reader(&self) -> Result<Reader, Error> {
        Reader::new(self.database.current().begin_read()?, None)
    }

    /// Gives consistent views beside the store: whoever reads waits for no command.
    pub fn readers(&self) -> Readers {
        Readers(self.database.clone())
    }

    /// What this store did since it was opened.
    pub fn counts(&self) -> Counts {
        self.counts.get()
    }

    fn count(&self, transactions: u64, documents_loaded: u64) {
        let mut counts = self.counts.get();
        counts.transactions += transactions;
        counts.documents_loaded += documents_loaded;
        self.counts.set(counts);
    }

    fn count_search(&self) {
        let mut counts = self.counts.get();
        counts.searches += 1;
        self.counts.set(counts);
    }

    fn set_authority(&mut self, authority: Authority) {
        if let Some(book) = &mut self.book {
            book.authority = authority;
        }
    }

    /// The book, if this device may write records.
    fn writable(&self) -> Result<&Book, Error> {
        let book = self.may_speak()?;
        match book.authority.devices.get(&self.key.device()) {
            Some(standing) if standing.role != Role::Owner => Err(UserError::NotOwner.into()),
            Some(_) | None => Ok(book),
        }
    }

    /// The book, if this device may say anything in it.
    fn may_speak(&self) -> Result<&Book, Error> {
        let book = self.book.as_ref().ok_or(UserError::NoBook)?;
        if book.authority.requires_upgrade {
            return Err(UserError::RequiresUpgrade.into());
        }
        match book.authority.devices.get(&self.key.device()) {
            Some(standing) if standing.removed.is_some() => Err(UserError::Removed.into()),
            Some(_) => Ok(book),
            // Whoever admitted it was removed, and that did not count any more.
            None if book.authority.knows(&self.key.device()) => Err(UserError::Removed.into()),
            // It has just joined: what it wrote would count nowhere, not even here.
            None => Err(UserError::NotYetSynced.into()),
        }
    }
}

/// Reads the format of the store at `path` without opening it for writing.
///
/// # Errors
/// As [`Reader::open`].
pub fn format(path: &Path) -> Result<u64, Error> {
    Reader::open(path)?.format()
}

fn millis(now: Now) -> u64 {
    u64::try_from(now.at.as_millisecond()).unwrap_or(0)
}
