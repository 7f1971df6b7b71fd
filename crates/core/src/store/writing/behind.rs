//! Documents that are behind: items that are stored and admitted, and not yet taken in.
//!
//! A large batch stores its entries first and takes them into documents afterwards, each document
//! once, however many entries it is spread over. What waits is noted in the transaction that
//! stores the items; a document that is opened meanwhile catches up first.

use redb::ReadableTable;

use super::{ItemPlace, Writing, decode, encode};
use crate::id::DocumentId;
use crate::limits;
use crate::log::{Item, LogId};
use crate::model::Kind;
use crate::store::error::{Error, damaged};
use crate::store::schema::DocumentRow;

impl Writing<'_> {
    /// Notes that a document lacks what an item says.
    pub(super) fn put_behind(
        &mut self,
        log: &LogId,
        place: ItemPlace,
        item: &Item,
    ) -> Result<(), Error> {
        let id = item.document(&log.space);
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
        Ok(())
    }

    /// Opens documents that are behind, so many at once; false if none is.
    pub(in crate::store) fn catch_up(&mut self) -> Result<bool, Error> {
        let mut ids = Vec::new();
        for row in self.tables.behind.iter()?.take(limits::DOCUMENTS_AT_ONCE) {
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
