//! What the roster asks of this device beyond what it says: done after every change of it.
//!
//! Each duty is found in the tables and ends once it is done, so that a kill between a change and
//! its duties loses nothing: they are looked for again when the store is opened.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Error;
use super::reader::{Reader, log_id};
use super::schema::LogRow;
use super::writing::ItemPlace;
use super::{Store, millis};
use crate::change::{Now, Outcome};
use crate::document::guard;
use crate::fold;
use crate::id::{ChangeHash, DeviceId, DocumentId, EntryHash, ItemHash, Nonce, RecordId};
use crate::limits;
use crate::log::{Item, LogId, next_of};
use crate::roster::{Authority, ERASED_FOR_GOOD, Role, Statement};
use crate::space::Space;

/// Verb of what a device publishes again.
const REPUBLISH_VERB: &str = "republish";

impl Store {
    /// Does what is left to do after the roster or the logs have changed.
    pub(super) fn tend(&mut self, now: Now) -> Result<(), Error> {
        if self.is_owner_here() {
            self.erase_late(now)?;
            self.republish(now)?;
        }
        self.rewrite_if_stale()
    }

    fn is_owner_here(&self) -> bool {
        let device = self.device();
        self.book.as_ref().is_some_and(|book| {
            let standing = book.authority.active(&device);
            standing.is_some_and(|standing| standing.role == Role::Owner)
                && !book.authority.requires_upgrade
        })
    }

    /// Names the items that came too late for an erasure, so that they are dropped everywhere.
    fn erase_late(&mut self, now: Now) -> Result<(), Error> {
        let reader = self.reader()?;
        let late = reader.late()?;
        let Some(book) = self.book.as_ref().filter(|_| !late.is_empty()) else { return Ok(()) };
        let logs: BTreeMap<u32, LogRow> = reader.logs()?.into_iter().collect();
        let mut named: BTreeMap<DocumentId, Vec<ItemHash>> = BTreeMap::new();
        for place in late {
            let (Some(row), Some(item)) = (logs.get(&place.0), reader.item(place)?) else {
                continue;
            };
            let document = item.document(&row.space);
            if !book.authority.withdrawn.is_erased(&document) {
                continue;
            }
            let entry = reader.entry(place.0, place.1)?;
            let hash = entry.and_then(|entry| entry.items().get(place.2 as usize).copied());
            named.entry(document).or_default().extend(hash);
        }
        drop(reader);
        if named.is_empty() {
            return Ok(());
        }
        tracing::debug!(documents = named.len(), "items came after their erasure");
        self.command("erase", None, now, true, |command| {
            for (document, items) in named {
                for items in items.chunks(limits::ITEMS_PER_ERASURE_MAX) {
                    let (generation, items) = (ERASED_FOR_GOOD, items.to_vec());
                    command.say(Statement::Erase { document, generation, items });
                }
            }
            Ok::<_, Error>(Outcome::default())
        })?;
        Ok(())
    }

    /// Publishes again, in this device's own log, the changes of removed devices beyond what is
    /// accepted that this device's own changes depend on, or what is accepted of a removed one,
    /// which does so no more: so that nothing waits for ever.
    fn republish(&mut self, now: Now) -> Result<(), Error> {
        let Some(book) = &self.book else { return Ok(()) };
        let reader = self.reader()?;
        let waiting = reader.waiting()?;
        if waiting.is_empty() {
            return Ok(());
        }
        let logs: BTreeMap<u32, LogRow> = reader.logs()?.into_iter().collect();
        let is_active = |row: &LogRow| book.authority.active(&row.device).is_some();
        let silent = logs.iter().filter(|(_, row)| !is_active(row));
        let silent = silent.map(|(number, row)| (*number, row.head)).collect();
        let search = Search { waiting, silent, authority: book.authority.clone() };
        if self.fruitless.as_ref() == Some(&search) {
            return Ok(());
        }
        let own = self.device();
        let mut wanted: Vec<(DocumentId, ChangeHash)> = Vec::new();
        for (missing, place) in &search.waiting {
            let row = logs.get(&place.0).filter(|row| row.device == own || !is_active(row));
            if let (Some(row), Some(item)) = (row, reader.item(*place)?) {
                wanted.push((item.document(&row.space), *missing));
            }
        }
        let chosen = if wanted.is_empty() {
            Vec::new()
        } else {
            self.count_search();
            Uncounted::of(&reader, &book.authority, &logs, &search.waiting)?.needed(wanted)
        };
        drop(reader);
        if chosen.is_empty() {
            self.fruitless = Some(search);
            return Ok(());
        }
        tracing::debug!(items = chosen.len(), at = millis(now), "published again");
        self.command(REPUBLISH_VERB, None, now, true, |command| {
            command.take_items_in();
            for (space, item) in &chosen {
                command.put_item(*space, item)?;
            }
            Ok::<_, Error>(Outcome::default())
        })?;
        Ok(())
    }
}

/// All that a search for what to publish again depends on: while it is the same, so is what comes
/// of it.
#[derive(PartialEq)]
pub(super) struct Search {
    /// Changes that are waited for, with the items that wait.
    waiting: Vec<(ChangeHash, ItemPlace)>,
    /// Heads of the logs of devices that are no longer active.
    silent: Vec<(u32, EntryHash)>,
    authority: Authority,
}

/// A change that is stored and not in its document.
struct Waiting {
    /// Admission number of its entry, and its place among the changes beside it: causes first.
    at: (u64, usize),
    document: DocumentId,
    deps: Vec<ChangeHash>,
    /// By a removed device, beyond what is accepted.
    is_excluded: bool,
}

/// Changes that are stored and not in their documents, with the items that carry them.
struct Uncounted {
    changes: BTreeMap<ChangeHash, Waiting>,
    carried: BTreeMap<(u64, usize), (Space, Item, Vec<u8>)>,
}

impl Uncounted {
    /// Those of removed devices beyond what is accepted, and those that wait.
    fn of(
        reader: &Reader,
        authority: &Authority,
        logs: &BTreeMap<u32, LogRow>,
        waiting: &[(ChangeHash, ItemPlace)],
    ) -> Result<Self, Error> {
        let mut uncounted = Self { changes: BTreeMap::new(), carried: BTreeMap::new() };
        let places: BTreeSet<ItemPlace> = waiting.iter().map(|(_, place)| *place).collect();
        for place in places {
            let position = reader.position(place.0, place.1)?;
            if let (Some(row), Some(position)) = (logs.get(&place.0), position) {
                uncounted.take(reader, authority, row, place, position)?;
            }
        }
        for (number, row) in logs {
            let accepted = authority.devices.get(&row.device).map(|standing| &standing.removed);
            let is_forked = logs.values().filter(|other| log_id(other) == log_id(row)).count() > 1;
            let from = match accepted {
                Some(None) => continue,
                Some(Some(accepted)) if !is_forked => next_of(accepted, log_id(row)),
                Some(Some(_)) | None => 0,
            };
            for (n, position) in reader.admissions_of(*number, from)? {
                for place in 0..reader.items_of(*number, n)?.len() {
                    let place = (*number, n, u32::try_from(place).unwrap_or(u32::MAX));
                    uncounted.take(reader, authority, row, place, position)?;
                }
            }
        }
        Ok(uncounted)
    }

    fn take(
        &mut self,
        reader: &Reader,
        authority: &Authority,
        row: &LogRow,
        place: ItemPlace,
        position: u64,
    ) -> Result<(), Error> {
        let log: LogId = log_id(row);
        let Some(entry) = reader.entry(place.0, place.1)? else { return Ok(()) };
        let is_excluded = !authority.counts(&log, place.1, &entry.hash());
        let space = Space::ALL.into_iter().find(|space| space.id(&authority.book) == log.space);
        let (Some(space), Some(item)) = (space, reader.item(place)?) else { return Ok(()) };
        let document = item.document(&log.space);
        let would_count = fold::is_read(&item)
            && authority.was_owner(&item.origin)
            && authority.withdrawn.is_current(&document, item.generation);
        if !would_count {
            return Ok(());
        }
        let Ok(candidates) = guard::candidates(&log.space, &item) else { return Ok(()) };
        for (n, candidate) in candidates.into_iter().enumerate() {
            let at = (position, place.2 as usize * limits::CHUNKS_PER_ITEM_MAX + n);
            let deps = candidate.deps().collect();
            let of = Item { chunks: Vec::new(), ..item.clone() };
            // What counts goes before what does not: it need not be published again.
            let known = self.changes.entry(candidate.hash());
            let change = known.or_insert_with(|| Waiting { at, document, deps, is_excluded });
            if change.at == at {
                self.carried.insert(at, (space, of, candidate.bytes));
            }
        }
        Ok(())
    }

    /// Those beyond what is accepted that `wanted` changes of a document are or stand on, as items.
    fn needed(&self, mut wanted: Vec<(DocumentId, ChangeHash)>) -> Vec<(Space, Item)> {
        let mut chosen: BTreeSet<(u64, usize)> = BTreeSet::new();
        let mut seen: BTreeSet<ChangeHash> = BTreeSet::new();
        while let Some((document, hash)) = wanted.pop() {
            // What is named from another document helps nobody, however often it is published.
            let change = self.changes.get(&hash).filter(|of| of.document == document);
            let Some(change) = change.filter(|_| seen.insert(hash)) else { continue };
            if change.is_excluded {
                chosen.insert(change.at);
            }
            wanted.extend(change.deps.iter().map(|dep| (document, *dep)));
        }
        self.items(&chosen)
    }

    /// The chosen changes, gathered into items by who made them, causes first.
    fn items(&self, chosen: &BTreeSet<(u64, usize)>) -> Vec<(Space, Item)> {
        let mut items: Vec<(Space, Item)> = Vec::new();
        let mut open: BTreeMap<(Space, RecordId, u16, u32, DeviceId, Nonce), usize> =
            BTreeMap::new();
        for (space, of, chunk) in chosen.iter().filter_map(|at| self.carried.get(at)) {
            let key = (*space, of.record, of.kind, of.generation, of.origin, of.nonce);
            let last = open.get(&key).and_then(|at| items.get_mut(*at));
            let room = last.filter(|(_, item)| {
                let bytes: usize = item.chunks.iter().map(Vec::len).sum();
                item.chunks.len() < limits::CHUNKS_PER_ITEM_MAX
                    && bytes + chunk.len() < limits::CHUNK_BYTES_MAX / 2
            });
            match room {
                Some((_, item)) => item.chunks.push(chunk.clone()),
                None => {
                    open.insert(key, items.len());
                    items.push((*space, Item { chunks: vec![chunk.clone()], ..of.clone() }));
                }
            }
        }
        items
    }
}

#[cfg(test)]
mod tests {
    use super::super::hostile::NOW;
    use super::*;
    use crate::document::genesis_hash;
    use crate::document::guard::Candidate;
    use crate::document::guard::made::Parts;
    use crate::id::{CommandId, Incarnation, SpaceId};
    use crate::log::{Body, ENTRY_VERSION, Entry, Head, Header, ITEM_VERSION, Key};
    use crate::query::Status;
    use crate::roster::{Recovery, Standalone};
    use crate::store::{Delivery, Place};

    /// An actor's first change of a person: on the genesis, its operations beginning at
    /// `start_op` (10 is right), or on `dep`, which is of that form.
    fn item(
        space: SpaceId,
        record: u8,
        origin: DeviceId,
        start_op: u64,
        dep: Option<ChangeHash>,
    ) -> Item {
        let nonce = if dep.is_none() { 7 } else { 8 };
        let of = Item {
            version: ITEM_VERSION,
            record: RecordId([record; 16]),
            kind: 1,
            generation: 0,
            origin,
            nonce: Nonce([nonce; 16]),
            chunks: Vec::new(),
        };
        let dep = dep.unwrap_or_else(genesis_hash);
        let actor = of.actor(&space).0.to_vec();
        let parts = Parts { deps: vec![dep.0], actor, seq: 1, start_op, ..Parts::two_puts() };
        Item { chunks: vec![parts.chunk()], ..of }
    }

    /// A store that holds two entries of a removed device, of which the first is accepted: a
    /// change of record 4 on one that the second brings, for `record`, in the name of `origin` and
    /// from `start_op` on. How many items wait, and how many entries it adds when it hears of the
    /// removal, and again; it searches once at most.
    fn waits_and_adds(record: u8, origin: [u8; 32], start_op: u64) -> (u64, u64, u64) {
        let [recovery, bad] = [[9; 32], [2; 32]].map(|key| Key::from_bytes(&key));
        let mut store =
            Store::create(&Place::memory(), Key::from_bytes(&[1; 32]), [1; 32]).unwrap();
        store.found(recovery.device().0, NOW).unwrap();
        store.admit_device(bad.device(), NOW).unwrap();
        let origin = Key::from_bytes(&origin).device();
        let book = store.book().unwrap();
        let space = Space::Pipeline.id(&book);
        let last = item(space, record, origin, start_op, None);
        let hash = Candidate::read(last.chunks[0].clone()).unwrap().hash();
        let waits = item(space, 4, bad.device(), 12, Some(hash));
        let log = LogId { space, device: bad.device(), incarnation: Incarnation([0; 8]) };
        let mut prev = EntryHash::NONE;
        let mut deliveries = Vec::new();
        let mut accepted = BTreeSet::new();
        for (n, item) in (0..).zip([waits, last]) {
            let items = vec![item.encode()];
            let body = Body::Items(vec![Item::hash(&space, &items[0])]);
            let command = CommandId([1; 16]);
            let header = Header { version: ENTRY_VERSION, log, n, prev, command };
            let entry = Entry::sign(header, &body, &bad).unwrap();
            prev = entry.hash();
            if n == 0 {
                accepted.insert((log, Head { next: 1, hash: prev }));
            }
            deliveries.push(Delivery { entry: entry.bytes().to_vec(), items });
        }
        let said = Recovery::RemoveDevice { device: bad.device(), accepted };
        let removal = Standalone::recovery(book, said, &recovery).encode();
        let before = store.admitted().unwrap() + 2;
        let added = [(); 2].map(|()| {
            store.receive(std::slice::from_ref(&removal), &deliveries, NOW).unwrap();
            store.admitted().unwrap() - before
        });
        assert!(store.fold_check().unwrap().is_equal());
        assert_eq!(store.counts().searches, 1);
        let refused = if start_op == 10 { 0 } else { 2 };
        assert_eq!(store.ask(&Status).unwrap().inadmissible, refused);
        (store.pending(Space::Pipeline).unwrap(), added[0], added[1])
    }

    #[test]
    fn what_is_accepted_of_a_removed_device_waits_for_nothing_that_is_held() {
        assert_eq!(waits_and_adds(4, [2; 32], 10), (0, 1, 1));
    }

    /// It would be published again with every entry that comes.
    #[test]
    fn what_a_removed_device_names_from_elsewhere_is_not_published() {
        assert_eq!(waits_and_adds(5, [2; 32], 10), (1, 0, 0), "another document's");
        assert_eq!(waits_and_adds(4, [8; 32], 10), (1, 0, 0), "in the name of nobody");
    }

    #[test]
    fn what_is_published_again_and_inadmissible_ends_the_waiting() {
        assert_eq!(waits_and_adds(4, [2; 32], 11), (0, 1, 1));
    }
}
