//! What sync needs of a store: frontiers, entries that a peer lacks, and taking in what it sends.

mod compare;

use std::collections::BTreeMap;

use redb::ReadableTable;

use super::copies::RunningCopy;
use super::error::{Error, PeerError, UserError};
use super::reader::Reader;
use super::writing::{Fit, Writing};
use super::{Store, millis, place, rebuild};
pub use compare::Compared;

use crate::change::{Now, Outcome};
use crate::id::{DeviceId, EntryHash};
use crate::limits;
use crate::log::{Entry, Frontier, Item, ItemError, LogId, chain_signature_ok};
use crate::roster::{Authority, Standalone};
use crate::space::Space;

/// An entry on its way from one device to another, with the items that it names, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The entry's canonical bytes.
    pub entry: Vec<u8>,
    /// The canonical bytes of its items, in the order in which the entry names them.
    pub items: Vec<Vec<u8>>,
}

/// What a batch from a peer came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Entries that are stored now and were not before.
    pub entries: u64,
    /// Items among them.
    pub items: u64,
    /// Entries that were held already.
    pub known: u64,
    /// Entries of further branches than a log may have; passed over.
    pub refused: u64,
    /// What became of each entry, in the order in which they were given.
    pub taken: Vec<Taken>,
    /// The roster changed: spaces that the peer may read have to be looked at again.
    pub roster_changed: bool,
}

/// What became of an entry from a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is stored, and was not before.
    Stored,
    /// It was held already.
    Known,
    /// It belongs to a branch for which its log has no room.
    NoRoom,
}

/// Where an entry that a peer lacks is stored; opaque, valid for this store only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Location {
    admission: u64,
    log: u32,
    n: u64,
}

impl Store {
    /// Canonical bytes of all standalone statements of the book.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn standalone(&self) -> Result<Vec<Vec<u8>>, Error> {
        self.reader()?.standalone()
    }

    /// Heads of every log of `space`.
    ///
    /// # Errors
    /// [`UserError::NoBook`], [`Error::Disk`].
    pub fn frontier(&self, space: Space) -> Result<Frontier, Error> {
        let book = self.book.as_ref().ok_or(UserError::NoBook)?;
        let mut frontier = self.reader()?.frontier(&space.id(&book.id))?;
        frontier.retain(|(log, _)| book.authority.knows(&log.device));
        Ok(frontier)
    }

    /// XOR over the documents of `space` of the hash of (document, admitted heads).
    ///
    /// Devices with equal frontiers and nothing pending have equal fingerprints.
    ///
    /// # Errors
    /// [`UserError::NoBook`], [`Error::Disk`].
    pub fn fingerprint(&self, space: Space) -> Result<[u8; 32], Error> {
        let book = self.book().ok_or(UserError::NoBook)?;
        self.reader()?.fingerprint(&space.id(&book))
    }

    /// Items of `space` that wait for a change that has not arrived, and documents of any space
    /// that are behind.
    ///
    /// # Errors
    /// [`UserError::NoBook`], [`Error::Disk`].
    pub fn pending(&self, space: Space) -> Result<u64, Error> {
        let book = self.book().ok_or(UserError::NoBook)?;
        let reader = self.reader()?;
        let places = reader.pending()?;
        let behind = reader.behind()?;
        if places.is_empty() {
            return Ok(behind);
        }
        let id = space.id(&book);
        let logs: BTreeMap<u32, bool> =
            reader.logs()?.into_iter().map(|(n, row)| (n, row.space == id)).collect();
        let here = places.iter().filter(|place| logs.get(&place.0) == Some(&true)).count();
        Ok(here as u64 + behind)
    }

    /// Where the entries of `space` are that a peer with frontier `peer` lacks, in admission order
    /// (causes before effects). Costs O(entries lacked + logs).
    ///
    /// Of a log of which the peer holds another branch that is not longer it may be more: all that
    /// it is not known to hold.
    ///
    /// # Errors
    /// [`UserError::NoBook`], [`Error::Disk`].
    pub fn lacking(&self, space: Space, peer: &Frontier) -> Result<Vec<Location>, Error> {
        let compared = self.compare(space, peer, |_| false)?;
        let diverged = compared.diverged.clone();
        if diverged.is_empty() {
            return self.locations(&compared);
        }
        self.locations(&self.compare(space, peer, |log| diverged.contains(log))?)
    }

    /// Reads one entry with its items; `None` if it is not held completely.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn delivery(&self, location: Location) -> Result<Option<Delivery>, Error> {
        let delivery = self.reader()?.delivery(location)?;
        Ok(delivery.map(|(entry, items)| Delivery { entry: entry.bytes().to_vec(), items }))
    }

    /// Stores what a peer sent, in one transaction: standalone statements first, then entries in
    /// the order given. Documents that [`receive_part`](Self::receive_part) left behind catch up.
    ///
    /// Each entry must follow one that is held; if that has another one after it already, a branch
    /// begins. What is held already is passed over, and so are branches beyond
    /// [`limits::BRANCHES_PER_LOG_MAX`]. On an error nothing of the batch is stored.
    ///
    /// # Errors
    /// [`PeerError`] for a bad signature, a gap, an unknown device, items that differ.
    pub fn receive(
        &mut self,
        standalone: &[Vec<u8>],
        deliveries: &[Delivery],
        now: Now,
    ) -> Result<Received, Error> {
        let received = self.take_in(standalone, deliveries, false, now)?;
        self.catch_up()?;
        self.tend(now)?;
        Ok(received)
    }

    /// [`receive`](Self::receive) of a batch that more follows: entries and items are stored for
    /// good, and documents are left behind, to be made once for all the batches.
    ///
    /// # Errors
    /// As [`receive`](Self::receive).
    pub fn receive_part(
        &mut self,
        standalone: &[Vec<u8>],
        deliveries: &[Delivery],
        now: Now,
    ) -> Result<Received, Error> {
        self.take_in(standalone, deliveries, true, now)
    }

    /// Takes what is stored into the documents that are behind; nothing if none is.
    ///
    /// # Errors
    /// [`Error::Disk`]; the documents that were written stay.
    pub fn catch_up(&mut self) -> Result<(), Error> {
        let Some(book) = &self.book else { return Ok(()) };
        while self.reader()?.behind()? > 0 {
            let transaction = place::begin(&self.database.current())?;
            let loaded = {
                let mut writing = Writing::begin(&transaction, &book.authority)?;
                writing.catch_up()?;
                writing.finish()?;
                writing.loaded
            };
            transaction.commit()?;
            self.count(1, loaded);
        }
        Ok(())
    }

    /// Takes in what the recovery key of the book has signed elsewhere; only tries if not `keep`.
    pub(super) fn take_recovery(
        &mut self,
        statement: &[u8],
        now: Now,
        keep: bool,
    ) -> Result<Outcome, Error> {
        let book = self.book.as_ref().ok_or(UserError::NoBook)?;
        match Standalone::decode(statement) {
            Ok(Standalone::Recovery { book: of, key, .. })
                if of == book.id && book.authority.recovery.contains(&key) => {}
            Ok(Standalone::Recovery { .. } | Standalone::Genesis(_)) | Err(_) => {
                return Err(UserError::NotRecovery.into());
            }
        }
        if keep {
            self.receive(&[statement.to_vec()], &[], now)?;
        }
        Ok(Outcome::default())
    }

    fn take_in(
        &mut self,
        standalone: &[Vec<u8>],
        deliveries: &[Delivery],
        defers: bool,
        now: Now,
    ) -> Result<Received, Error> {
        let book = self.book.as_ref().ok_or(UserError::NoBook)?;
        let (id, genesis) = (book.id, book.genesis.clone());
        let statements = standalone
            .iter()
            .map(|bytes| Standalone::decode(bytes).map_err(PeerError::from))
            .collect::<Result<Vec<_>, _>>()?;
        if statements.iter().any(|statement| statement.book() != id) {
            return Err(PeerError::ForeignBook.into());
        }
        let entries = verified(deliveries)?;
        let mut authority = book.authority.clone();
        let mut received = Received::default();
        let own = RunningCopy {
            device: self.key.device(),
            incarnation: self.incarnation,
            at: millis(now),
        };
        let mut incarnation = self.incarnation;
        let transaction = place::begin(&self.database.current())?;
        let loaded = {
            let mut writing = Writing::begin(&transaction, &authority)?;
            writing.defers = defers;
            for statement in &statements {
                let hash = statement.hash().0;
                if writing.tables.standalone.get(&hash)?.is_none() {
                    writing.tables.standalone.insert(&hash, statement.encode().as_slice())?;
                    writing.statements_changed = true;
                }
            }
            for (entry, delivery) in entries.iter().zip(deliveries) {
                if writing.statements_changed {
                    writing.statements_changed = false;
                    received.roster_changed = true;
                    authority = writing.authority(&genesis)?;
                    writing.obey(&authority);
                }
                if writing.spaces.space(&entry.header().log.space).is_none() {
                    return Err(PeerError::ForeignBook.into());
                }
                if !authority.knows(&entry.header().log.device) {
                    return Err(PeerError::UnknownDevice(entry.header().log.device).into());
                }
                if is_lacking_items(&authority, entry, &delivery.items) {
                    let header = entry.header();
                    let (device, n) = (header.log.device, header.n);
                    return Err(PeerError::ItemsDiffer { device, n }.into());
                }
                let taken = may_take(&mut writing, entry)?;
                received.taken.push(taken);
                match taken {
                    Taken::Known => received.known += 1,
                    Taken::NoRoom => received.refused += 1,
                    Taken::Stored => {}
                }
                if taken != Taken::Stored {
                    continue;
                }
                writing.append(&authority, entry, &delivery.items, false)?;
                received.entries += 1;
                received.items += delivery.items.len() as u64;
                let log = entry.header().log;
                if log.device == own.device && log.incarnation == incarnation {
                    // Another copy of this store wrote it, or this one before it was set back.
                    incarnation = own.leave(&mut writing.tables, &mut self.dice)?;
                }
            }
            received.roster_changed |= writing.statements_changed;
            if writing.statements_changed || writing.branches_changed {
                authority = writing.authority(&genesis)?;
            }
            writing.finish()?;
            writing.loaded
        };
        if book.authority.counts_differ(&authority) {
            rebuild::derive_again(&transaction, &authority)?;
            self.dice.reopen();
        }
        if received.entries == 0 && !received.roster_changed {
            transaction.abort()?;
            return Ok(received);
        }
        transaction.commit()?;
        self.incarnation = incarnation;
        self.count(1, loaded);
        self.set_authority(authority);
        tracing::debug!(
            entries = received.entries,
            items = received.items,
            at = millis(now),
            "stored a batch"
        );
        Ok(received)
    }

    /// Notes that `device` was met, and that it was `level`: it held all of so many entries.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn met(&mut self, device: DeviceId, level: Option<u64>, now: Now) -> Result<(), Error> {
        let transaction = place::begin(&self.database.current())?;
        {
            let mut met = transaction.open_table(super::schema::MET)?;
            met.insert(&device.0, millis(now))?;
            let mut levels = transaction.open_table(super::schema::LEVEL)?;
            if let Some(level) = level {
                levels.insert(&device.0, level)?;
            }
        }
        transaction.commit()?;
        self.count(1, 0);
        Ok(())
    }

    /// How many entries were ever admitted.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn admitted(&self) -> Result<u64, Error> {
        self.reader()?.admitted()
    }

    /// Remembers where `device` was reached; the bytes are the network's.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn remember_address(&mut self, device: DeviceId, address: &[u8]) -> Result<(), Error> {
        let known = self.reader()?.addresses()?;
        if known.iter().any(|(of, bytes)| *of == device && bytes == address) {
            return Ok(());
        }
        let transaction = place::begin(&self.database.current())?;
        {
            let mut table = transaction.open_table(super::schema::ADDRESSES)?;
            table.insert(&device.0, address)?;
        }
        transaction.commit()?;
        self.count(1, 0);
        Ok(())
    }
}

/// An entry with the canonical bytes of its items.
pub type Whole = (Entry, Vec<Vec<u8>>);

impl Reader {
    /// Reads one entry with its items; `None` if it is not held completely.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn delivery(&self, location: Location) -> Result<Option<Whole>, Error> {
        let Some(entry) = self.admitted_entry(location.admission)? else { return Ok(None) };
        let items = self.items_of(location.log, location.n)?;
        // An empty one stands for an item that an erasure names.
        let is_whole = items.len() == entry.items().len();
        Ok(is_whole.then_some((entry, items)))
    }
}

/// Decodes a batch and verifies it: items against hashes, runs against their last signature.
fn verified(deliveries: &[Delivery]) -> Result<Vec<Entry>, PeerError> {
    let mut entries = Vec::with_capacity(deliveries.len());
    let mut unvouched: BTreeMap<(LogId, u64, EntryHash), usize> = BTreeMap::new();
    for (at, delivery) in deliveries.iter().enumerate() {
        let entry = Entry::decode(delivery.entry.clone())?;
        let header = entry.header();
        let named = entry.items();
        let space = header.log.space;
        for bytes in &delivery.items {
            if bytes.len() > limits::ITEM_BYTES_MAX {
                return Err(ItemError::TooLong { bytes: bytes.len() }.into());
            }
        }
        let bytes: usize = delivery.items.iter().map(Vec::len).sum();
        if bytes > limits::ITEMS_BYTES_PER_ENTRY_MAX {
            return Err(PeerError::ItemsTooLarge { bytes });
        }
        let differ = PeerError::ItemsDiffer { device: header.log.device, n: header.n };
        if named.len() != delivery.items.len() {
            return Err(differ);
        }
        // Whether one may be absent, the roster tells when the entry's turn comes.
        let mut present = named.iter().zip(&delivery.items).filter(|(_, bytes)| !bytes.is_empty());
        if present.any(|(hash, bytes)| Item::hash(&space, bytes) != *hash) {
            return Err(differ);
        }
        // Whoever continues an entry of the batch vouches for it.
        if let Some(before) = header.n.checked_sub(1) {
            unvouched.remove(&(header.log, before, header.prev));
        }
        unvouched.insert((header.log, header.n, entry.hash()), at);
        entries.push(entry);
    }
    for last in unvouched.values() {
        chain_signature_ok(&entries[*last..=*last])?;
    }
    Ok(entries)
}

/// Whether an item is absent that no erasure names.
fn is_lacking_items(authority: &Authority, entry: &Entry, items: &[Vec<u8>]) -> bool {
    let mut absent = entry.items().iter().zip(items).filter(|(_, bytes)| bytes.is_empty());
    absent.any(|(hash, _)| !authority.withdrawn.is_dropped(hash))
}

/// What becomes of an entry; an error if it does not follow what is held.
fn may_take(writing: &mut Writing<'_>, entry: &Entry) -> Result<Taken, Error> {
    let header = entry.header();
    match writing.fit(entry)? {
        Fit::Held => Ok(Taken::Known),
        Fit::NoRoom => Ok(Taken::NoRoom),
        Fit::Continues(_) | Fit::Forks(_) => Ok(Taken::Stored),
        Fit::Starts => may_start(writing, &header.log).map(|()| Taken::Stored),
        Fit::Gap(next) => {
            Err(PeerError::Gap { device: header.log.device, found: header.n, next }.into())
        }
    }
}

/// A device has a bounded number of incarnations in a space.
fn may_start(writing: &Writing<'_>, log: &LogId) -> Result<(), Error> {
    let (from, to) = ([0_u8; 8], [255_u8; 8]);
    let range = (&log.space.0, &log.device.0, &from)..=(&log.space.0, &log.device.0, &to);
    let known = writing.tables.log_numbers.range(range)?.count();
    if known < limits::INCARNATIONS_PER_DEVICE_MAX {
        Ok(())
    } else {
        Err(PeerError::TooManyIncarnations(log.device).into())
    }
}
