//! Documents that are behind: items that are stored and admitted, and not yet taken in.
//!
//! A large batch stores its entries first and takes them into documents afterwards, each document
//! once, however many entries it is spread over. What waits is noted in the transaction that
//! stores the items; a document that is opened meanwhile catches up first.

use std::thread::ScopedJoinHandle;

use redb::ReadableTable;

use super::documents::{SettledDocument, processors, settled};
use super::{ItemPlace, Writing, decode, encode};
use crate::id::DocumentId;
use crate::limits;
use crate::log::{Item, LogId};
use crate::model::Kind;
use crate::store::error::{Error, damaged};
use crate::store::schema::DocumentRow;

/// Halves of [`limits::DOCUMENTS_AT_ONCE`] that one transaction takes in: a commit's own cost
/// vanishes, and a kill loses a second's work.
const GROUPS_PER_TRANSACTION: usize = 8;

impl Writing<'_> {
    /// Notes that a document lacks what an item says.
    pub(super) fn put_behind(
        &mut self,
        log: &LogId,
        place: ItemPlace,
        item: &Item,
    ) -> Result<(), Error> {
        let id = item.document(&log.space);
        if let Some(number) = self.left_behind.get(&id) {
            self.tables.carriers.insert((*number, place.0, place.1, place.2), ())?;
            return Ok(());
        }
        let known = match self.tables.documents.get(&id.0)? {
            Some(row) => Some(decode::<DocumentRow>(row.value(), "a document row")?.number),
            None => None,
        };
        let number = match known {
            Some(number) => number,
            None => {
                let row = DocumentRow {
                    number: self.number_document(&item.record)?,
                    space: log.space,
                    record: item.record,
                    kind: item.kind,
                    generation: item.generation,
                    mark: [0; 32],
                    heads: Vec::new(),
                };
                self.tables.documents.insert(&id.0, encode(&row).as_slice())?;
                row.number
            }
        };
        self.tables.carriers.insert((number, place.0, place.1, place.2), ())?;
        self.tables.behind.insert(number, &id.0)?;
        self.left_behind.insert(id, number);
        Ok(())
    }

    /// Takes what is stored into documents that are behind, and writes them; false if none was.
    ///
    /// While other threads do automerge's part of some, this one judges what the next are to take
    /// in. At most so many are in memory at once as [`limits::DOCUMENTS_AT_ONCE`] says.
    pub(in crate::store) fn catch_up(&mut self) -> Result<bool, Error> {
        if processors() == 1 {
            let found = self.open_behind()?;
            self.flush_documents()?;
            return Ok(found);
        }
        std::thread::scope(|scope| {
            let mut running = None;
            let mut found = false;
            for _ in 0..GROUPS_PER_TRANSACTION {
                let more = self.open_behind()?;
                if let Some(thread) = running.take() {
                    self.land(thread)?;
                }
                found |= more;
                if !more {
                    break;
                }
                let documents = self.take_changed();
                self.in_flight = documents.iter().map(|(id, _)| *id).collect();
                running = Some(scope.spawn(move || settled(documents, 1)));
            }
            if let Some(thread) = running {
                self.land(thread)?;
            }
            Ok(found)
        })
    }

    /// Writes what another thread has done.
    fn land(&mut self, thread: ScopedJoinHandle<'_, Vec<SettledDocument>>) -> Result<(), Error> {
        let documents = thread.join().expect("BUG: a panic in automerge is contained");
        self.write_settled(documents)?;
        self.in_flight.clear();
        for place in std::mem::take(&mut self.later) {
            if let Some((log, item)) = self.item(place)? {
                self.settle(&log, place, &item)?;
            }
        }
        Ok(())
    }

    /// Opens documents that are behind, so many at once; false if none is.
    fn open_behind(&mut self) -> Result<bool, Error> {
        self.left_behind.clear();
        let mut ids = Vec::new();
        for row in self.tables.behind.iter()?.take(limits::DOCUMENTS_AT_ONCE / 2) {
            ids.push(DocumentId(*row?.1.value()));
        }
        for id in &ids {
            let row: DocumentRow = match self.tables.documents.get(&id.0)? {
                Some(row) => decode(row.value(), "a document row")?,
                None => return Err(damaged("a document row")),
            };
            let space = self.spaces.space(&row.space);
            let (Some(space), Some(kind)) = (space, Kind::from_number(row.kind)) else {
                return Err(damaged("a document row"));
            };
            self.opened(space, row.record, kind)?;
        }
        Ok(!ids.is_empty())
    }

    /// Judges every item of an open document again, in the order in which they arrived; what it
    /// holds already is passed over.
    pub(super) fn judge_all(&mut self, number: u32) -> Result<(), Error> {
        let mut places = Vec::new();
        for row in self.tables.carriers.range((number, 0, 0, 0)..(number + 1, 0, 0, 0))? {
            let (_, log, n, place) = row?.0.value();
            let position = self.tables.positions.get((log, n))?;
            let admission = position.map_or(u64::MAX, |position| position.value());
            places.push((admission, (log, n, place)));
        }
        places.sort_unstable();
        for (_, place) in places {
            if let Some((log, item)) = self.item(place)? {
                self.settle(&log, place, &item)?;
            }
        }
        Ok(())
    }
}
