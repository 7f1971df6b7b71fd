//! Answers about what wants a person to look: changes that do not count, and why.

use std::collections::BTreeMap;

use super::answers::{device_name, name};
use super::error::Error;
use super::reader::{Reader, log_id};
use super::schema::LogRow;
use crate::document::{guard, line_in_form};
use crate::id::{DocumentId, RecordId};
use crate::query::{LateEdit, LateEdits, Question, Refusal, Refusals};

impl Question for LateEdits {
    const NAME: &'static str = "late-edits";

    type Answer = Vec<LateEdit>;

    fn answer(&self, store: &Reader) -> Result<Vec<LateEdit>, Error> {
        store.require_book()?;
        let logs: BTreeMap<u32, LogRow> = store.logs()?.into_iter().collect();
        let mut edits = Vec::new();
        for place in store.late()? {
            let (Some(row), Some(item)) = (logs.get(&place.0), store.item(place)?) else {
                continue;
            };
            let Some(entry) = store.entry(place.0, place.1)? else { continue };
            let of_actor = guard::candidates(&log_id(row).space, &item).is_ok();
            let lines = item.chunks.iter().filter(|_| of_actor);
            let told = lines.filter_map(|chunk| line_in_form(chunk)).flat_map(|told| told.fields);
            let said = told.map(|(field, value)| format!("{field} {value}")).collect();
            edits.push(LateEdit {
                record: item.record,
                name: name(store, &item.record)?,
                device: row.device,
                device_name: device_name(store, &row.device)?,
                millis: entry.header().command.millis(),
                said,
            });
        }
        edits.sort_by_key(|edit| (edit.millis, edit.device));
        Ok(edits)
    }
}

impl Question for Refusals {
    const NAME: &'static str = "refusals";

    type Answer = Vec<Refusal>;

    fn answer(&self, store: &Reader) -> Result<Vec<Refusal>, Error> {
        store.require_book()?;
        let rows = store.refused()?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let records: BTreeMap<DocumentId, RecordId> =
            store.document_rows()?.into_iter().map(|(id, row)| (id, row.record)).collect();
        let mut refusals = Vec::with_capacity(rows.len());
        for row in rows {
            let record = records.get(&row.document).copied();
            refusals.push(Refusal {
                record,
                name: record.map(|record| name(store, &record)).transpose()?.flatten(),
                device: row.signer,
                device_name: device_name(store, &row.signer)?,
                stuck: row.stuck,
                reason: row.reason,
            });
        }
        refusals.sort_by_key(|refusal| (refusal.stuck, refusal.device, refusal.record));
        Ok(refusals)
    }
}
