//! Erasing records, and starting their documents again without their history.
//!
//! Both only say so, in the roster: what is dropped follows from the statements, here as on every
//! other device.

use std::collections::{BTreeMap, BTreeSet};

use redb::ReadableTable;

use super::apply::Command;
use super::error::{Error, UserError};
use super::schema::{DocumentRow, LogRow};
use super::writing::decode;
use crate::change::Outcome;
use crate::document::guard;
use crate::document::{Document, Edit, Map, Scalar, State, Values};
use crate::id::{ChangeHash, DocumentId, ItemHash, Nonce, RecordId, SpaceId};
use crate::limits;
use crate::log::{Entry, ITEM_VERSION, Item};
use crate::model::Kind;
use crate::roster::{ERASED_FOR_GOOD, Statement};
use crate::space::Space;

/// Where the record stands in an item's bytes, whatever its version: after the version.
const RECORD_AT: std::ops::Range<usize> = 1..17;

/// Edits of one change of a document that starts again: far below what a change may hold.
const EDITS_PER_CHANGE: usize = 4096;

/// Bytes of values of one such change.
const BYTES_PER_CHANGE: usize = 256 * 1024;

/// The items of one document: their hashes, as entries name them.
type Items = BTreeMap<DocumentId, Vec<ItemHash>>;

impl Command<'_, '_> {
    /// Erases records for good.
    pub(super) fn erase(&mut self, records: &[RecordId]) -> Result<Outcome, Error> {
        for record in records {
            let items = self.items_of(record)?;
            if items.is_empty() {
                return Err(UserError::NoRecord(record.to_string()).into());
            }
            for (document, items) in items {
                self.say_erased(document, ERASED_FOR_GOOD, &items);
            }
        }
        Ok(Outcome { changed: records.to_vec(), ..Outcome::default() })
    }

    /// Starts the documents of records again.
    pub(super) fn refound(&mut self, records: &[RecordId]) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        for record in records {
            let mut items = self.items_of(record)?;
            if items.is_empty() {
                return Err(UserError::NoRecord(record.to_string()).into());
            }
            for space in Space::ALL {
                for kind in Kind::ALL {
                    let id =
                        DocumentId::derive(&self.writing.spaces.id(space), record, kind.number());
                    let Some(items) = items.remove(&id) else { continue };
                    if self.is_written(&id)? {
                        self.refound_document(space, *record, kind, &items)?;
                    }
                }
            }
            outcome.changed.push(*record);
        }
        Ok(outcome)
    }

    /// Names what came too late, so that it is dropped everywhere.
    pub(super) fn drop_late(&mut self) -> Result<Outcome, Error> {
        let mut places = Vec::new();
        for row in self.writing.tables.late.iter()? {
            places.push(row?.0.value());
        }
        let mut named: BTreeMap<(DocumentId, u32), Vec<ItemHash>> = BTreeMap::new();
        let mut changed = BTreeSet::new();
        for (log, n, at) in places {
            let Some((of, item)) = self.writing.item((log, n, at))? else { continue };
            let Some(hash) = self.named_hash(log, n, at)? else { continue };
            named.entry((item.document(&of.space), item.generation)).or_default().push(hash);
            changed.insert(item.record);
        }
        for ((document, generation), items) in named {
            self.say_erased(document, generation, &items);
        }
        Ok(Outcome { changed: changed.into_iter().collect(), ..Outcome::default() })
    }

    /// When a person was erased, in milliseconds since the Unix epoch.
    pub(super) fn erased_at(&self, person: &RecordId) -> Result<Option<u64>, Error> {
        let pipeline = self.writing.spaces.id(Space::Pipeline);
        let document = DocumentId::derive(&pipeline, person, Kind::Person.number());
        if self.writing.is_erased(&document) {
            self.writing.erasure_of(&document)
        } else {
            Ok(None)
        }
    }

    fn is_written(&self, id: &DocumentId) -> Result<bool, Error> {
        let row = self.writing.tables.documents.get(&id.0)?;
        let row =
            row.map(|row| decode::<DocumentRow>(row.value(), "a document row")).transpose()?;
        Ok(row.is_some_and(|row| !row.heads.is_empty()))
    }

    fn refound_document(
        &mut self,
        space: Space,
        record: RecordId,
        kind: Kind,
        items: &[ItemHash],
    ) -> Result<(), Error> {
        let space_id = self.writing.spaces.id(space);
        let id = DocumentId::derive(&space_id, &record, kind.number());
        let open = self.writing.document(space, record, kind)?;
        let (state, before) = (open.document_ref().state().clone(), open.generation());
        let Some(generation) = before.checked_add(1).filter(|next| *next < ERASED_FOR_GOOD) else {
            return Err(Error::Disk("a document was founded again too often".to_owned()));
        };
        let mut document = Document::found();
        // Of an actor of its own: should another founding hold, this device goes on with that one
        // as its usual actor, whose numbers are not used.
        let nonce = Nonce(self.dice.bytes());
        let mut first: Option<ChangeHash> = None;
        for edits in changes_of(&state) {
            let item = Item {
                version: ITEM_VERSION,
                record,
                kind: kind.number(),
                generation,
                origin: self.device(),
                nonce,
                chunks: Vec::new(),
            };
            let item = self.founding_item(&space_id, item, &mut document, &edits)?;
            let Some(item) = item else { continue };
            first = first.or_else(|| item.chunks.first().and_then(|chunk| guard::hash(chunk)));
            self.put_item(space, &item)?;
        }
        // A document that says nothing is as good as none.
        let Some(first) = first else { return Ok(()) };
        self.say_erased(id, before, items);
        let kind = kind.number();
        self.say(Statement::Refound { record, kind, space, generation, first });
        Ok(())
    }

    fn say_erased(&mut self, document: DocumentId, generation: u32, items: &[ItemHash]) {
        for items in items.chunks(limits::ITEMS_PER_ERASURE_MAX) {
            self.say(Statement::Erase { document, generation, items: items.to_vec() });
        }
    }

    /// Every item that is stored of a record, also of what does not count.
    fn items_of(&self, record: &RecordId) -> Result<Items, Error> {
        let mut found = Items::new();
        let mut spaces = BTreeMap::new();
        for row in self.writing.tables.logs.iter()? {
            let (number, row) = row?;
            spaces.insert(number.value(), decode::<LogRow>(row.value(), "a log row")?);
        }
        let mut seen: BTreeSet<ItemHash> = BTreeSet::new();
        for row in self.writing.tables.items.iter()? {
            let (place, bytes) = row?;
            let (log, n, at) = place.value();
            if bytes.value().get(RECORD_AT) != Some(record.0.as_slice()) {
                continue;
            }
            let (Some(log_row), Ok(item)) = (spaces.get(&log), Item::decode(bytes.value())) else {
                continue;
            };
            let Some(hash) = self.named_hash(log, n, at)? else { continue };
            if seen.insert(hash) {
                found.entry(item.document(&log_row.space)).or_default().push(hash);
            }
        }
        Ok(found)
    }

    fn named_hash(&self, log: u32, n: u64, at: u32) -> Result<Option<ItemHash>, Error> {
        let entry: Option<Entry> = self.writing.entry(log, n)?;
        Ok(entry.and_then(|entry| entry.items().get(at as usize).copied()))
    }
}

impl Command<'_, '_> {
    /// One change of a document that starts again, in its item.
    fn founding_item(
        &self,
        space: &SpaceId,
        mut item: Item,
        document: &mut Document,
        edits: &[Edit],
    ) -> Result<Option<Item>, Error> {
        let actor = item.actor(space);
        let made = document.edit(&actor, self.now.at.as_second(), "refound", edits);
        let made = made.map_err(|stuck| Error::Disk(stuck.to_string()))?;
        Ok(made.map(|own| {
            item.chunks.push(own.chunk);
            item
        }))
    }
}

/// The visible values of a document, cut into changes of bounded size.
fn changes_of(state: &State) -> Vec<Vec<Edit>> {
    let mut changes = Vec::new();
    let mut edits = Vec::new();
    let mut bytes = 0;
    for map in Map::ALL {
        for (key, values) in state.entries(map) {
            if !is_visible(state, map, key, values) {
                continue;
            }
            let size = key.len() + values.shown.as_text().map_or(8, str::len);
            if edits.len() == EDITS_PER_CHANGE || (bytes > 0 && bytes + size > BYTES_PER_CHANGE) {
                changes.push(std::mem::take(&mut edits));
                bytes = 0;
            }
            bytes += size;
            edits.push(Edit { map, key: key.to_owned(), value: Some(values.shown.clone()) });
        }
    }
    if !edits.is_empty() {
        changes.push(edits);
    }
    changes
}

/// Whether a value goes into a document that starts again: what was deleted, emptied or taken away
/// does not, but for the flag that keeps a file from bringing back what the user took away.
fn is_visible(state: &State, map: Map, key: &str, values: &Values) -> bool {
    let of_group = |flag: &str| {
        key.split_once('/').is_some_and(|(group, _)| state.flag(map, &format!("{group}/{flag}")))
    };
    if state.flag(Map::Fields, "deleted") {
        return map == Map::Fields && key == "deleted";
    }
    match map {
        Map::Interactions => !of_group("deleted"),
        Map::Reach => !of_group("gone") || key.ends_with("/gone"),
        Map::Tags => values.shown != Scalar::Bool(false),
        Map::Fields | Map::Notes | Map::Sources | Map::Extra | Map::Employers | Map::People => {
            values.shown != Scalar::from("")
        }
    }
}
