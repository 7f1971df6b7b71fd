//! A consistent view of a store at one moment; any number of them beside a writer.

mod backup;
mod views;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use redb::{
    ReadOnlyDatabase, ReadTransaction, ReadableDatabase, ReadableTable, ReadableTableMetadata,
    TableError,
};

use super::copies::FileIdentity;
use super::error::{Error, UserError, damaged};
use super::place::{Place, file_builder};
use super::schema::{self as s, BookRow, BranchRow, DocumentRow, LogRow, OperationRow, RefusedRow};
use super::writing::{ItemPlace, decode};
use crate::document::Document;
use crate::fold::{self, Held};
use crate::hash;
use crate::id::{
    BookId, ChangeHash, CommandId, DeviceId, DocumentId, EntryHash, Incarnation, SpaceId,
};
use crate::log::{Entry, Frontier, Head, Header, Item, LogId};
use crate::query::{Copied, Question};
use crate::roster::{Accepted, Authority, Genesis, Link, Standalone, Statement};
use crate::space::Space;
use views::Opened;

/// A consistent view of a store at one moment.
pub struct Reader {
    view: Opened<&'static [u8], &'static [u8]>,
    words: Opened<(&'static str, u8, u32), &'static [u8]>,
    records: Opened<u32, &'static [u8; 16]>,
    record_numbers: Opened<&'static [u8; 16], u32>,
    transaction: ReadTransaction,
    /// Held open for as long as the transaction lives.
    _database: Option<ReadOnlyDatabase>,
    documents_loaded: Cell<u64>,
}

impl Reader {
    /// Opens a store for reading beside a writer; no fsync.
    ///
    /// After a crash of the writer it is opened for writing once, which repairs it.
    ///
    /// # Errors
    /// [`Error::Newer`] if a newer version wrote it; [`Error::NotAStore`]; [`Error::Disk`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let database = match file_builder().open_read_only(path) {
            Ok(database) => database,
            Err(redb::DatabaseError::RepairAborted) => {
                drop(Place::File(path.to_owned()).open()?);
                file_builder().open_read_only(path)?
            }
            Err(redb::DatabaseError::Storage(redb::StorageError::Corrupted(_))) => {
                return Err(Error::NotAStore);
            }
            Err(other) => return Err(other.into()),
        };
        let transaction = database.begin_read()?;
        Self::new(transaction, Some(database))
    }

    pub(super) fn new(
        transaction: ReadTransaction,
        database: Option<ReadOnlyDatabase>,
    ) -> Result<Self, Error> {
        let reader = Self {
            view: Opened::new(),
            words: Opened::new(),
            records: Opened::new(),
            record_numbers: Opened::new(),
            transaction,
            _database: database,
            documents_loaded: Cell::new(0),
        };
        let found = reader.format()?;
        if found > s::FORMAT {
            return Err(Error::Newer { found, known: s::FORMAT });
        }
        Ok(reader)
    }

    /// Answers a question.
    ///
    /// # Errors
    /// [`Error`] if the store cannot be read or the question names something that is not there.
    pub fn ask<Q: Question>(&self, question: &Q) -> Result<Q::Answer, Error> {
        question.answer(self)
    }

    /// The store's book, if it has one.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn book(&self) -> Result<Option<BookId>, Error> {
        Ok(self.book_row()?.map(|row| row.book))
    }

    /// Documents read from snapshots through this reader; for tests of costs.
    pub fn documents_loaded(&self) -> u64 {
        self.documents_loaded.get()
    }

    /// Who may do what, if there is a book.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn who_may(&self) -> Result<Option<Authority>, Error> {
        let Some(row) = self.book_row()? else {
            return Ok(None);
        };
        match Standalone::decode(&row.genesis) {
            Ok(Standalone::Genesis(genesis)) => Ok(Some(self.authority(&genesis)?)),
            Ok(Standalone::Recovery { .. }) | Err(_) => Err(damaged("the book's genesis")),
        }
    }

    // ---- own state ----

    pub(super) fn format(&self) -> Result<u64, Error> {
        match self.meta(s::META_FORMAT) {
            Ok(Some(bytes)) => decode(&bytes, "the format number"),
            Ok(None) => Err(Error::NotAStore),
            Err(error) => Err(error),
        }
    }

    pub(super) fn incarnation(&self) -> Result<Incarnation, Error> {
        let bytes = self.meta(s::META_INCARNATION)?.ok_or_else(|| damaged("the incarnation"))?;
        bytes.try_into().map(Incarnation).map_err(|_| damaged("the incarnation"))
    }

    pub(super) fn file(&self) -> Result<Option<FileIdentity>, Error> {
        self.meta(s::META_FILE)?.map(|bytes| decode(&bytes, "the file's identity")).transpose()
    }

    /// When this store last noticed that it is a copy, if it did.
    pub(super) fn copied(&self) -> Result<Option<Copied>, Error> {
        let row = self.meta(s::META_COPIED)?;
        row.map(|bytes| decode(&bytes, "the note of a copy")).transpose()
    }

    pub(super) fn book_row(&self) -> Result<Option<BookRow>, Error> {
        self.meta(s::META_BOOK)?.map(|bytes| decode(&bytes, "the book")).transpose()
    }

    /// The device whose store this is.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn device(&self) -> Result<DeviceId, Error> {
        let bytes = self.meta(s::META_DEVICE)?.ok_or_else(|| damaged("the device id"))?;
        bytes.try_into().map(DeviceId).map_err(|_| damaged("the device id"))
    }

    pub(super) fn meta(&self, name: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.transaction.open_table(s::META) {
            Ok(table) => Ok(table.get(name)?.map(|bytes| bytes.value().to_vec())),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    pub(super) fn authority(&self, genesis: &Genesis) -> Result<Authority, Error> {
        let roster = Space::Roster.id(&genesis.book());
        let mut placed: Vec<(LogId, u64, EntryHash, Statement)> = Vec::new();
        for (number, row) in self.logs()? {
            if row.space != roster {
                continue;
            }
            for entry in self.entries_of(number)? {
                if let Some(statement) = fold::said(entry.body()) {
                    let Header { log, n, .. } = *entry.header();
                    placed.push((log, n, entry.hash(), statement.clone()));
                }
            }
        }
        let standalone = self.standalone()?;
        let standalone: Vec<Standalone> =
            standalone.iter().filter_map(|bytes| Standalone::decode(bytes).ok()).collect();
        let placed = placed.iter().map(|(log, n, entry, said)| (*log, *n, *entry, said));
        Authority::compute_with(genesis, &standalone, placed, |log| self.links(log))
    }

    /// Every entry of a log, if it is forked.
    fn links(&self, log: &LogId) -> Result<Vec<Link>, Error> {
        let branches: Vec<u32> =
            self.logs()?.into_iter().filter(|(_, row)| log_id(row) == *log).map(|l| l.0).collect();
        let mut links = Vec::new();
        for number in branches.iter().filter(|_| branches.len() > 1) {
            links.extend(self.entries_of(*number)?.iter().map(|entry| Link {
                n: entry.header().n,
                hash: entry.hash(),
                prev: entry.header().prev,
            }));
        }
        Ok(links)
    }

    // ---- truth ----

    pub(super) fn logs(&self) -> Result<Vec<(u32, LogRow)>, Error> {
        let table = self.transaction.open_table(s::LOGS)?;
        let mut logs = Vec::new();
        for row in table.iter()? {
            let (number, row) = row?;
            logs.push((number.value(), decode(row.value(), "a log row")?));
        }
        Ok(logs)
    }

    /// Heads of every log of `space`; none without a book.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn heads(&self, space: Space) -> Result<Frontier, Error> {
        self.book()?.map_or_else(|| Ok(Frontier::default()), |book| self.frontier(&space.id(&book)))
    }

    /// Heads of every log of `device`, in every space: what a removal accepts of it.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn heads_of(&self, device: &DeviceId) -> Result<Accepted, Error> {
        let logs = self.logs()?.into_iter().filter(|(_, row)| row.device == *device);
        Ok(logs.map(|(_, row)| (log_id(&row), Head { next: row.next, hash: row.head })).collect())
    }

    pub(super) fn frontier(&self, space: &SpaceId) -> Result<Frontier, Error> {
        let logs = self.logs()?.into_iter().filter(|(_, row)| row.space == *space);
        Ok(logs.map(|(_, row)| (log_id(&row), Head { next: row.next, hash: row.head })).collect())
    }

    /// Where the further branches of forked logs begin, by the branch's number.
    pub(super) fn branch_rows(&self) -> Result<BTreeMap<u32, BranchRow>, Error> {
        let table = match self.transaction.open_table(s::BRANCHES) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(BTreeMap::new()),
            table => table?,
        };
        let mut rows = BTreeMap::new();
        for row in table.iter()? {
            let (key, row) = row?;
            rows.insert(key.value().1, decode(row.value(), "a branch row")?);
        }
        Ok(rows)
    }

    pub(super) fn standalone(&self) -> Result<Vec<Vec<u8>>, Error> {
        let table = self.transaction.open_table(s::STANDALONE)?;
        let mut all = Vec::new();
        for row in table.iter()? {
            all.push(row?.1.value().to_vec());
        }
        Ok(all)
    }

    /// Admission numbers of entries `from..` of a log.
    pub(super) fn admissions_of(&self, log: u32, from: u64) -> Result<Vec<(u64, u64)>, Error> {
        let table = self.transaction.open_table(s::POSITIONS)?;
        let mut all = Vec::new();
        for row in table.range((log, from)..(log + 1, 0))? {
            let (key, value) = row?;
            all.push((key.value().1, value.value()));
        }
        Ok(all)
    }

    pub(super) fn entry(&self, log: u32, n: u64) -> Result<Option<Entry>, Error> {
        let positions = self.transaction.open_table(s::POSITIONS)?;
        let Some(position) = positions.get((log, n))? else { return Ok(None) };
        let entries = self.transaction.open_table(s::ENTRIES)?;
        let Some(row) = entries.get(position.value())? else { return Ok(None) };
        let entry = Entry::decode(row.value().2.to_vec());
        entry.map(Some).map_err(|_| damaged("an entry"))
    }

    fn entries_of(&self, log: u32) -> Result<Vec<Entry>, Error> {
        let table = self.transaction.open_table(s::ENTRIES)?;
        let mut entries = Vec::new();
        for (_, admission) in self.admissions_of(log, 0)? {
            let row = table.get(admission)?.ok_or_else(|| damaged("an entry"))?;
            let entry = Entry::decode(row.value().2.to_vec());
            entries.push(entry.map_err(|_| damaged("an entry"))?);
        }
        Ok(entries)
    }

    pub(super) fn items_of(&self, log: u32, n: u64) -> Result<Vec<Vec<u8>>, Error> {
        let table = self.transaction.open_table(s::ITEMS)?;
        let mut items = Vec::new();
        for row in table.range((log, n, 0)..(log, n + 1, 0))? {
            items.push(row?.1.value().to_vec());
        }
        Ok(items)
    }

    pub(super) fn item(&self, place: (u32, u64, u32)) -> Result<Option<Item>, Error> {
        let table = self.transaction.open_table(s::ITEMS)?;
        Ok(table.get(place)?.and_then(|bytes| Item::decode(bytes.value()).ok()))
    }

    /// Every entry with its items, for the batch fold.
    pub(super) fn held(&self) -> Result<Vec<Held>, Error> {
        let mut held = Vec::new();
        for (number, _) in self.logs()? {
            for entry in self.entries_of(number)? {
                let items = self.items_of(number, entry.header().n)?;
                let items = items.iter().map(|bytes| Item::decode(bytes).ok()).collect();
                held.push(Held { entry, items });
            }
        }
        Ok(held)
    }

    /// The entry that was admitted as number `admission`.
    pub(super) fn admitted_entry(&self, admission: u64) -> Result<Option<Entry>, Error> {
        let table = self.transaction.open_table(s::ENTRIES)?;
        let Some(row) = table.get(admission)? else { return Ok(None) };
        let entry = Entry::decode(row.value().2.to_vec());
        entry.map(Some).map_err(|_| damaged("an entry"))
    }

    /// How many entries were ever admitted.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn admitted(&self) -> Result<u64, Error> {
        let table = self.transaction.open_table(s::ENTRIES)?;
        Ok(table.last()?.map_or(0, |(last, _)| last.value() + 1))
    }

    /// How many of them each device was known to hold.
    pub(crate) fn levels(&self) -> Result<Vec<(DeviceId, u64)>, Error> {
        let table = match self.transaction.open_table(s::LEVEL) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            table => table?,
        };
        let mut levels = Vec::new();
        for row in table.iter()? {
            let (device, level) = row?;
            levels.push((DeviceId(*device.value()), level.value()));
        }
        Ok(levels)
    }

    pub(crate) fn met(&self) -> Result<Vec<(DeviceId, u64)>, Error> {
        let table = match self.transaction.open_table(s::MET) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(other) => return Err(other.into()),
        };
        let mut met = Vec::new();
        for row in table.iter()? {
            let (device, at) = row?;
            met.push((DeviceId(*device.value()), at.value()));
        }
        Ok(met)
    }

    /// Where devices were last reached, in the network's own bytes.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn addresses(&self) -> Result<Vec<(DeviceId, Vec<u8>)>, Error> {
        let table = match self.transaction.open_table(s::ADDRESSES) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(other) => return Err(other.into()),
        };
        let mut all = Vec::new();
        for row in table.iter()? {
            let (device, address) = row?;
            all.push((DeviceId(*device.value()), address.value().to_vec()));
        }
        Ok(all)
    }

    /// Entries held of each device, in every space.
    pub(crate) fn entries_by_device(&self) -> Result<Vec<(DeviceId, u64)>, Error> {
        let branches = self.branch_rows()?;
        let own = |(number, row): (u32, LogRow)| {
            let before = branches.get(&number).map_or(0, |branch| branch.from);
            (row.device, row.next - before)
        };
        Ok(self.logs()?.into_iter().map(own).collect())
    }

    // ---- documents ----

    pub(super) fn document_rows(&self) -> Result<Vec<(DocumentId, DocumentRow)>, Error> {
        let table = self.transaction.open_table(s::DOCUMENTS)?;
        let mut rows = Vec::new();
        for row in table.iter()? {
            let (id, row) = row?;
            rows.push((DocumentId(*id.value()), decode(row.value(), "a document row")?));
        }
        Ok(rows)
    }

    pub(super) fn document_row(&self, id: &DocumentId) -> Result<Option<DocumentRow>, Error> {
        let table = self.transaction.open_table(s::DOCUMENTS)?;
        table.get(&id.0)?.map(|row| decode(row.value(), "a document row")).transpose()
    }

    pub(super) fn document(&self, id: &DocumentId) -> Result<Option<Document>, Error> {
        let table = self.transaction.open_table(s::SNAPSHOTS)?;
        let Some(snapshot) = table.get(&id.0)? else {
            return Ok(None);
        };
        self.documents_loaded.set(self.documents_loaded.get() + 1);
        Document::load(snapshot.value()).map(Some).map_err(|_| damaged("a document"))
    }

    /// Items of a document, with their places.
    pub(super) fn carriers(&self, number: u32) -> Result<Vec<(u32, u64, u32)>, Error> {
        let table = self.transaction.open_table(s::CARRIERS)?;
        let mut places = Vec::new();
        for row in table.range((number, 0, 0, 0)..(number + 1, 0, 0, 0))? {
            let (_, log, n, place) = row?.0.value();
            places.push((log, n, place));
        }
        Ok(places)
    }

    pub(super) fn fingerprint(&self, space: &SpaceId) -> Result<[u8; 32], Error> {
        let table = self.transaction.open_table(s::FINGERPRINTS)?;
        Ok(table.get(&space.0)?.map_or([0; 32], |sum| *sum.value()))
    }

    /// Places of items that wait for a change.
    pub(super) fn pending(&self) -> Result<Vec<(u32, u64, u32)>, Error> {
        let table = self.transaction.open_multimap_table(s::PENDING)?;
        let mut places = Vec::new();
        for row in redb::ReadableMultimapTable::iter(&table)? {
            for place in row?.1 {
                places.push(place?.value());
            }
        }
        Ok(places)
    }

    /// Changes that are missing, with the items that wait for each.
    pub(super) fn waiting(&self) -> Result<Vec<(ChangeHash, ItemPlace)>, Error> {
        let table = self.transaction.open_multimap_table(s::PENDING)?;
        let mut waiting = Vec::new();
        for row in redb::ReadableMultimapTable::iter(&table)? {
            let (missing, places) = row?;
            for place in places {
                waiting.push((ChangeHash(*missing.value()), place?.value()));
            }
        }
        Ok(waiting)
    }

    /// Items that came after the erasure of their document, or of its generation.
    pub(super) fn late(&self) -> Result<Vec<(u32, u64, u32)>, Error> {
        let table = match self.transaction.open_table(s::LATE) {
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            table => table?,
        };
        table.iter()?.map(|row| Ok(row?.0.value())).collect()
    }

    /// Whether the file may hold what was dropped from its tables.
    pub(super) fn is_stale(&self) -> Result<bool, Error> {
        Ok(self.meta(s::META_STALE)?.is_some())
    }

    /// The admission number of an entry.
    pub(super) fn position(&self, log: u32, n: u64) -> Result<Option<u64>, Error> {
        let positions = self.transaction.open_table(s::POSITIONS)?;
        Ok(positions.get((log, n))?.map(|position| position.value()))
    }

    /// How many documents are behind; counts nothing.
    pub(super) fn behind(&self) -> Result<u64, Error> {
        Ok(self.transaction.open_table(s::BEHIND)?.len()?)
    }

    pub(super) fn refused(&self) -> Result<Vec<RefusedRow>, Error> {
        let table = self.transaction.open_table(s::REFUSED)?;
        let mut rows = Vec::new();
        for row in table.iter()? {
            rows.push(decode(row?.1.value(), "a refusal")?);
        }
        Ok(rows)
    }

    /// The latest operations first.
    pub(super) fn operations(&self, limit: usize) -> Result<Vec<(CommandId, OperationRow)>, Error> {
        let table = self.transaction.open_table(s::OPERATIONS)?;
        let mut rows = Vec::new();
        for row in table.iter()?.rev().take(limit) {
            let (command, row) = row?;
            rows.push((CommandId(*command.value()), decode(row.value(), "an operation row")?));
        }
        Ok(rows)
    }

    /// Whether a command was undone, and that undoing not undone itself.
    pub(super) fn is_undone(&self, command: &CommandId) -> Result<bool, Error> {
        let table = self.transaction.open_multimap_table(s::UNDOINGS)?;
        let mut by = Vec::new();
        for undoing in redb::ReadableMultimapTable::get(&table, &command.0)? {
            by.push(CommandId(*undoing?.value()));
        }
        for undoing in by {
            // An undoing is later than what it undoes, so this ends.
            if undoing > *command && !self.is_undone(&undoing)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Hash over every view row: equal on devices that hold the same entries.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn view_hash(&self) -> Result<[u8; 32], Error> {
        let table = self.transaction.open_table(s::VIEW)?;
        let mut hasher = blake3::Hasher::new_derive_key(hash::TABLE);
        for row in table.iter()? {
            let (key, value) = row?;
            for part in [key.value(), value.value()] {
                hasher.update(&(part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        }
        Ok(*hasher.finalize().as_bytes())
    }

    pub(crate) fn size(&self) -> Result<(u64, u64, u64), Error> {
        let documents = self.transaction.open_table(s::DOCUMENTS)?.len()?;
        let entries = self.transaction.open_table(s::ENTRIES)?.len()?;
        let logs = self.transaction.open_table(s::LOGS)?.len()?;
        Ok((documents, entries, logs))
    }

    /// Fails if there is no book.
    pub(crate) fn require_book(&self) -> Result<BookId, Error> {
        self.book()?.ok_or_else(|| UserError::NoBook.into())
    }

    /// Hash over the rows of every table, by the table's name.
    pub(super) fn table_hashes(&self) -> Result<Vec<(String, [u8; 32])>, Error> {
        let mut hashes = vec![
            self.hash_table(s::META)?,
            self.hash_table(s::LOGS)?,
            self.hash_table(s::LOG_NUMBERS)?,
            self.hash_table(s::BRANCHES)?,
            self.hash_table(s::ENTRIES)?,
            self.hash_table(s::ITEMS)?,
            self.hash_table(s::POSITIONS)?,
            self.hash_table(s::STANDALONE)?,
            self.hash_table(s::DOCUMENTS)?,
            self.hash_table(s::SNAPSHOTS)?,
            self.hash_table(s::CARRIERS)?,
            self.hash_table(s::LATE)?,
            self.hash_table(s::BEHIND)?,
            self.hash_table(s::REFUSED)?,
            self.hash_table(s::FINGERPRINTS)?,
            self.hash_table(s::VIEW)?,
            self.hash_table(s::RECORD_NUMBERS)?,
            self.hash_table(s::RECORDS)?,
            self.hash_table(s::WORDS)?,
            self.hash_table(s::OPERATIONS)?,
        ];
        hashes.sort();
        Ok(hashes)
    }

    fn hash_table<K: redb::Key + 'static, V: redb::Value + 'static>(
        &self,
        definition: redb::TableDefinition<'_, K, V>,
    ) -> Result<(String, [u8; 32]), Error> {
        let name = redb::TableHandle::name(&definition).to_owned();
        let mut hasher = blake3::Hasher::new_derive_key(hash::TABLE);
        let table = self.transaction.open_table(definition)?;
        for row in table.iter()? {
            let (key, value) = row?;
            for part in [K::as_bytes(&key.value()).as_ref(), V::as_bytes(&value.value()).as_ref()] {
                hasher.update(&(part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        }
        Ok((name, *hasher.finalize().as_bytes()))
    }
}

pub(super) fn log_id(row: &LogRow) -> LogId {
    LogId { space: row.space, device: row.device, incarnation: row.incarnation }
}
