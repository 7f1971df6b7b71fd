//! The documents of a write transaction: opened, judged, applied and written once each.

use std::borrow::Cow;
use std::collections::BTreeMap;

use redb::ReadableTable;

use super::{ItemPlace, Writing, decode, encode};
use crate::document::guard::{self, Candidate, History, Known, Verdict};
use crate::document::{Document, State, Stuck};
use crate::fold::{self, Carried};
use crate::hash;
use crate::id::{ChangeHash, DocumentId, RecordId, SpaceId};
use crate::log::{Entry, Item, LogId};
use crate::model::Kind;
use crate::roster::Authority;
use crate::space::Space;
use crate::store::error::{Error, damaged};
use crate::store::schema::{DocumentRow, LogRow, RefusedRow};
use crate::view::project::{Projection, project_change};

/// A document that this transaction has in memory.
pub(in crate::store) struct Open {
    space: Space,
    row: DocumentRow,
    pub(in crate::store) document: Document,
    /// What was visible when it was opened.
    before: State,
    /// Admissible changes of peers, applied together when the document is written.
    queue: Vec<Candidate>,
    /// Where in the queue each of them is.
    queued: BTreeMap<ChangeHash, usize>,
    changed: bool,
    stored: bool,
}

impl Open {
    pub(in crate::store) fn generation(&self) -> u32 {
        self.row.generation
    }

    pub(in crate::store) fn document_ref(&self) -> &Document {
        &self.document
    }
}

/// What judging needs to know of an open document: what it holds and what is queued.
struct WithQueue<'a>(&'a Open);

impl WithQueue<'_> {
    fn queued(&self, hash: &ChangeHash) -> Option<&Candidate> {
        self.0.queued.get(hash).map(|place| &self.0.queue[*place])
    }
}

impl History for WithQueue<'_> {
    fn change(&self, hash: &ChangeHash) -> Option<Known> {
        self.queued(hash).map(Candidate::known).or_else(|| self.0.document.change(hash))
    }

    fn whole(&self, hash: &ChangeHash) -> Option<Cow<'_, Candidate>> {
        self.queued(hash).map(Cow::Borrowed).or_else(|| self.0.document.whole(hash))
    }
}

impl Writing<'_> {
    /// Opens a document to read and edit it: with everything that was taken in.
    pub(in crate::store) fn document(
        &mut self,
        space: Space,
        record: RecordId,
        kind: Kind,
    ) -> Result<&mut Open, Error> {
        if !self.opened(space, record, kind)?.queue.is_empty() {
            let id = DocumentId::derive(&self.spaces.id(space), &record, kind.number());
            let open = self.open.remove(&id).expect("BUG: just opened");
            let (_, mut open, settled) = settle_one((id, open));
            if settled.is_err() {
                open.document = self.refold(&id, &open)?;
            }
            open.queue.clear();
            open.queued.clear();
            self.open.insert(id, open);
        }
        self.opened(space, record, kind)
    }

    /// Opens a document to judge what it is to take in: from this transaction, from its snapshot,
    /// or at its genesis.
    pub(super) fn opened(
        &mut self,
        space: Space,
        record: RecordId,
        kind: Kind,
    ) -> Result<&mut Open, Error> {
        let space_id = self.spaces.id(space);
        let id = DocumentId::derive(&space_id, &record, kind.number());
        if !self.open.contains_key(&id) {
            let mut open = self.load(id, space, space_id, record, kind)?;
            let number = open.row.number;
            let is_behind = open.stored && self.tables.behind.remove(number)?.is_some();
            open.changed = is_behind;
            self.open.insert(id, open);
            if is_behind {
                self.judge_all(number)?;
            }
        }
        Ok(self.open.get_mut(&id).expect("BUG: just inserted"))
    }

    fn load(
        &mut self,
        id: DocumentId,
        space: Space,
        space_id: SpaceId,
        record: RecordId,
        kind: Kind,
    ) -> Result<Open, Error> {
        let row = match self.tables.documents.get(&id.0)? {
            Some(row) => Some(decode::<DocumentRow>(row.value(), "a document row")?),
            None => None,
        };
        let Some(row) = row else {
            let row = DocumentRow {
                number: 0,
                space: space_id,
                record,
                kind: kind.number(),
                generation: self.withdrawn.generation(&id),
                mark: [0; 32],
                heads: Vec::new(),
            };
            return Ok(Open {
                space,
                row,
                document: Document::found(),
                before: State::default(),
                queue: Vec::new(),
                queued: BTreeMap::new(),
                changed: false,
                stored: false,
            });
        };
        let document = match self.tables.snapshots.get(&id.0)? {
            Some(bytes) => Document::load(bytes.value()).map_err(|_| damaged("a document"))?,
            // It has a number, and no item was taken in yet.
            None => Document::found(),
        };
        self.loaded += 1;
        let before = document.state().clone();
        Ok(Open {
            space,
            row,
            document,
            before,
            queue: Vec::new(),
            queued: BTreeMap::new(),
            changed: false,
            stored: true,
        })
    }

    /// The visible state of a record's document, if there is one.
    pub(in crate::store) fn state(
        &mut self,
        space: Space,
        record: RecordId,
        kind: Kind,
    ) -> Result<State, Error> {
        Ok(self.document(space, record, kind)?.document.state().clone())
    }

    /// Takes one item into its document, if it counts.
    ///
    /// Items of a later version or generation are kept and passed on unread.
    pub(super) fn carry(
        &mut self,
        authority: &Authority,
        entry: &Entry,
        place: ItemPlace,
        item: &Item,
        own: bool,
    ) -> Result<(), Error> {
        if !fold::is_read(item) || !fold::counts(authority, entry, item) {
            return Ok(());
        }
        let log = &entry.header().log;
        let Some((space, kind)) = self.place_of(log, item) else { return Ok(()) };
        if self.defers && !own {
            return self.put_behind(log, place, item);
        }
        let open = self.opened(space, item.record, kind)?;
        open.changed = true;
        let (is_stored, number) = (open.stored, open.row.number);
        let number = if is_stored { number } else { self.number_document(&item.record)? };
        let open = self.opened(space, item.record, kind)?;
        (open.stored, open.row.number) = (true, number);
        self.tables.carriers.insert((number, place.0, place.1, place.2), ())?;
        if own {
            return Ok(());
        }
        self.settle(log, place, item)
    }

    /// Judges an item, and every one that waited for it.
    pub(super) fn settle(
        &mut self,
        log: &LogId,
        place: ItemPlace,
        item: &Item,
    ) -> Result<(), Error> {
        let mut settled = self.judge(log, place, item)?;
        while let Some(hash) = settled.pop() {
            for place in self.waiting_for(&hash)? {
                let Some((log, item)) = self.item(place)? else { continue };
                if self.in_flight.contains(&item.document(&log.space)) {
                    self.later.push(place);
                    continue;
                }
                settled.extend(self.judge(&log, place, &item)?);
            }
        }
        Ok(())
    }

    fn place_of(&self, log: &LogId, item: &Item) -> Option<(Space, Kind)> {
        let space = self.spaces.space(&log.space)?;
        Some((space, Kind::from_number(item.kind)?))
    }

    /// Judges the changes of one item; returns those that are settled, one way or the other.
    fn judge(
        &mut self,
        log: &LogId,
        place: ItemPlace,
        item: &Item,
    ) -> Result<Vec<ChangeHash>, Error> {
        let Some((space, kind)) = self.place_of(log, item) else { return Ok(Vec::new()) };
        let document_id = item.document(&log.space);
        let candidates = match guard::candidates(&log.space, item) {
            Ok(candidates) => candidates,
            Err(reason) => {
                tracing::warn!(device = %log.device.short(), %reason, "inadmissible item");
                let key = Item::hash(&log.space, &item.encode()).0;
                self.refuse(ChangeHash(key), document_id, log, false, &reason.to_string())?;
                return Ok(Vec::new());
            }
        };
        let mut settled = Vec::new();
        let first = self.founding(&document_id);
        for candidate in candidates {
            let hash = candidate.hash();
            let open = self.opened(space, item.record, kind)?;
            let history = WithQueue(open);
            if history.change(&hash).is_some() {
                continue;
            }
            let verdict = if fold::founds_otherwise(&candidate, first) {
                Verdict::Inadmissible(guard::Inadmissible::FoundedOtherwise)
            } else {
                guard::judge(&candidate, &history)
            };
            let reason = match verdict {
                Verdict::Admissible => {
                    open.queued.insert(hash, open.queue.len());
                    open.queue.push(candidate);
                    open.changed = true;
                    settled.push(hash);
                    continue;
                }
                Verdict::Pending(missing) => match self.refused(&missing)? {
                    None => {
                        self.tables.pending.insert(&missing.0, place)?;
                        continue;
                    }
                    Some(row) if row.stuck => {
                        let reason = Stuck::on_stuck().to_string();
                        self.refuse(hash, document_id, log, true, &reason)?;
                        settled.push(hash);
                        continue;
                    }
                    Some(_) => guard::Inadmissible::DependsOnRefused,
                },
                Verdict::Inadmissible(reason) => reason,
            };
            tracing::warn!(device = %log.device.short(), %reason, "inadmissible change");
            self.refuse(hash, document_id, log, false, &reason.to_string())?;
            settled.push(hash);
        }
        Ok(settled)
    }

    /// Takes out the items that wait for `hash`.
    fn waiting_for(&mut self, hash: &ChangeHash) -> Result<Vec<ItemPlace>, Error> {
        let removed = self.tables.pending.remove_all(&hash.0)?;
        removed.map(|place| Ok(place?.value())).collect()
    }

    /// Reads a stored item with its log.
    pub(in crate::store) fn item(&self, place: ItemPlace) -> Result<Option<(LogId, Item)>, Error> {
        let Some(bytes) = self.tables.items.get(place)? else {
            return Ok(None);
        };
        let Ok(item) = Item::decode(bytes.value()) else {
            return Ok(None);
        };
        let row = self.tables.logs.get(place.0)?.ok_or_else(|| damaged("a log row"))?;
        let row: LogRow = decode(row.value(), "a log row")?;
        let log = LogId { space: row.space, device: row.device, incarnation: row.incarnation };
        Ok(Some((log, item)))
    }

    fn refused(&self, hash: &ChangeHash) -> Result<Option<RefusedRow>, Error> {
        let row = self.tables.refused.get(&hash.0)?;
        row.map(|row| decode(row.value(), "a refused change")).transpose()
    }

    fn refuse(
        &mut self,
        hash: ChangeHash,
        document: DocumentId,
        log: &LogId,
        stuck: bool,
        reason: &str,
    ) -> Result<(), Error> {
        let row = RefusedRow { document, signer: log.device, stuck, reason: reason.to_owned() };
        self.tables.refused.insert(&hash.0, encode(&row).as_slice())?;
        Ok(())
    }

    pub(super) fn number_document(&mut self, record: &RecordId) -> Result<u32, Error> {
        let number = self.next_document;
        self.next_document = number
            .checked_add(1)
            .ok_or_else(|| Error::Disk("more documents than a store can number".to_owned()))?;
        // Numbers follow the order of arrival, so that a rebuild gives the same.
        self.record_number(record)?;
        Ok(number)
    }

    pub(super) fn record_number(&mut self, record: &RecordId) -> Result<u32, Error> {
        if let Some(number) = self.tables.record_numbers.get(&record.0)? {
            return Ok(number.value());
        }
        let number = self.tables.records.last()?.map_or(0, |(last, _)| last.value() + 1);
        self.tables.record_numbers.insert(&record.0, number)?;
        self.tables.records.insert(number, &record.0)?;
        Ok(number)
    }

    /// Writes every document that changed and lets go of all of them.
    pub(in crate::store) fn flush_documents(&mut self) -> Result<(), Error> {
        let changed = self.take_changed();
        self.write_settled(settled(changed, 0))
    }

    /// Lets go of all open documents; gives those that changed.
    pub(super) fn take_changed(&mut self) -> Vec<(DocumentId, Open)> {
        let open = std::mem::take(&mut self.open).into_iter();
        open.filter(|(_, open)| open.changed).collect()
    }

    /// Writes documents that have taken in their changes.
    pub(super) fn write_settled(&mut self, documents: Vec<SettledDocument>) -> Result<(), Error> {
        for (id, mut open, settled) in documents {
            let settled = match settled {
                Ok(settled) => settled,
                Err(stuck) if open.queue.is_empty() => return Err(own_refused(&stuck)),
                Err(_) => {
                    open.document = self.refold(&id, &open)?;
                    Settled::of(&open).map_err(|stuck| own_refused(&stuck))?
                }
            };
            self.write_document(&id, open, &settled)?;
        }
        Ok(())
    }

    fn write_document(
        &mut self,
        id: &DocumentId,
        mut open: Open,
        settled: &Settled,
    ) -> Result<(), Error> {
        let mark = mark(id, &settled.heads);
        self.write_projection(&open.row.record, &settled.before, &settled.after)?;
        self.xor_fingerprint(&open.row.space, &open.row.mark, &mark)?;
        open.row.mark = mark;
        open.row.heads.clone_from(&settled.heads);
        self.tables.documents.insert(&id.0, encode(&open.row).as_slice())?;
        self.tables.snapshots.insert(&id.0, settled.snapshot.as_slice())?;
        Ok(())
    }

    /// Makes a document again from all its items, as the batch fold does.
    ///
    /// Needed where incremental application is not enough: two changes claim one (actor, seq), or
    /// automerge refuses one of a batch.
    fn refold(&mut self, id: &DocumentId, open: &Open) -> Result<Document, Error> {
        let mut carried = Vec::new();
        let number = open.row.number;
        let mut places = Vec::new();
        for row in self.tables.carriers.range((number, 0, 0, 0)..(number + 1, 0, 0, 0))? {
            let (_, log, n, place) = row?.0.value();
            places.push((log, n, place));
        }
        for place in places {
            let Some((log, item)) = self.item(place)? else {
                continue;
            };
            let Some(entry) = self.entry(place.0, place.1)? else { continue };
            carried.push(((place.1, entry.hash(), log), item));
        }
        let borrowed: Vec<Carried<'_>> =
            carried.iter().map(|(position, item)| Carried { position: *position, item }).collect();
        let first = self.founding(id);
        let sorted = fold::sort(&borrowed, first);
        let mut document = Document::found();
        let stuck = document.take(&sorted.admitted.iter().collect::<Vec<_>>());
        let refused =
            sorted.refused.iter().map(|(hash, reason)| (*hash, false, reason.to_string()));
        let stuck = stuck.into_iter().map(|(hash, reason)| (hash, true, reason.to_string()));
        for (hash, is_stuck, reason) in refused.chain(stuck) {
            let is_carrier = |item: &Item| {
                item.chunks.iter().any(|chunk| guard::hash(chunk).is_some_and(|of| of == hash))
            };
            let carrier = carried.iter().find(|(_, item)| is_carrier(item));
            let Some(((_, _, log), _)) = carrier else { continue };
            tracing::warn!(device = %log.device.short(), reason, is_stuck, "change does not count");
            self.refuse(hash, *id, log, is_stuck, &reason)?;
        }
        Ok(document)
    }

    fn xor_fingerprint(
        &mut self,
        space: &SpaceId,
        old: &[u8; 32],
        new: &[u8; 32],
    ) -> Result<(), Error> {
        let mut sum = self.tables.fingerprints.get(&space.0)?.map_or([0; 32], |sum| *sum.value());
        for ((sum, old), new) in sum.iter_mut().zip(old).zip(new) {
            *sum ^= old ^ new;
        }
        self.tables.fingerprints.insert(&space.0, &sum)?;
        Ok(())
    }
}

/// What is to be written of a document that has taken in its changes.
pub(super) struct Settled {
    heads: Vec<ChangeHash>,
    before: Projection,
    after: Projection,
    snapshot: Vec<u8>,
}

impl Settled {
    fn of(open: &Open) -> Result<Self, Stuck> {
        let document = &open.document;
        let snapshot = document.save()?.to_vec();
        let (before, after) = match Kind::from_number(open.row.kind) {
            Some(kind) => {
                let after = document.state();
                project_change(open.space, open.row.record, kind, &open.before, after)
            }
            None => Default::default(),
        };
        Ok(Self { heads: document.heads(), before, after, snapshot })
    }
}

pub(super) type SettledDocument = (DocumentId, Open, Result<Settled, Stuck>);

/// A device runs the whole guard on its own changes, so that it never signs what others refuse.
fn own_refused(stuck: &Stuck) -> Error {
    Error::Disk(format!("own change refused: {stuck}"))
}

/// Documents below which a second thread costs more than it saves.
const DOCUMENTS_PER_THREAD_MIN: usize = 32;

/// How many threads can work at once; one where there are none, as in a browser. The system
/// answers from files, as slowly as a small command takes in all.
pub(super) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Takes the queued changes into their documents, on all processors but so many that are busy:
/// most of a large batch's time is automerge's. An error of those whose changes
/// automerge does not take together.
pub(super) fn settled(documents: Vec<(DocumentId, Open)>, busy: usize) -> Vec<SettledDocument> {
    let threads = match documents.len() {
        0..=DOCUMENTS_PER_THREAD_MIN => 1,
        _ => processors().saturating_sub(busy).max(1),
    };
    // Where there are no threads, as in a browser, none may be asked for.
    if threads == 1 {
        return documents.into_iter().map(settle_one).collect();
    }
    let share = documents.len().div_ceil(threads).max(DOCUMENTS_PER_THREAD_MIN);
    let mut documents = documents.into_iter();
    let mut all = Vec::with_capacity(documents.len());
    std::thread::scope(|scope| {
        let mut running = Vec::new();
        loop {
            let part: Vec<_> = documents.by_ref().take(share).collect();
            if part.is_empty() {
                break;
            }
            let settle = || part.into_iter().map(settle_one).collect::<Vec<_>>();
            running.push(scope.spawn(settle));
        }
        for part in running {
            all.extend(part.join().expect("BUG: a panic in automerge is contained"));
        }
    });
    all
}

fn settle_one((id, mut open): (DocumentId, Open)) -> SettledDocument {
    let chunks: Vec<&[u8]> = open.queue.iter().map(|c| c.bytes.as_slice()).collect();
    let taken = if chunks.is_empty() { Ok(()) } else { open.document.apply(&chunks) };
    let settled = taken.and_then(|()| Settled::of(&open));
    (id, open, settled)
}

/// The part of a space's fingerprint that is due to one document.
pub(super) fn mark(document: &DocumentId, heads: &[ChangeHash]) -> [u8; 32] {
    let heads: Vec<u8> = heads.iter().flat_map(|head| head.0).collect();
    hash::derive(hash::FINGERPRINT, &[&document.0, &heads])
}
