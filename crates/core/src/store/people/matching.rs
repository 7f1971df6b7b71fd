//! Who a row of a file, or a name in a talk, is: exact or strong matches only.

use redb::ReadableTable;

use super::Planner;
use crate::id::RecordId;
use crate::model::{Incoming, Labelled, ReachKind};
use crate::store::error::{Error, UserError, damaged};
use crate::store::writing::decode;
use crate::text;
use crate::view::key::{Key, after, last_record, tag};
use crate::view::project::reach_key;
use crate::view::{DetailsRow, PersonRow};

impl Planner<'_, '_, '_> {
    /// The secret under which source keys become ids.
    ///
    /// Nothing stands in for it: ids derived under anything that others know could be tested
    /// against guesses.
    pub(super) fn secret(&self) -> Result<[u8; 32], Error> {
        let key = Key::new(tag::SECRET).done();
        let secret: Option<String> = self.view_row(&key)?;
        let bytes = secret.and_then(|text| data_encoding::HEXLOWER.decode(text.as_bytes()).ok());
        bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| UserError::NotYetSynced.into())
    }

    /// The record that a source key led to; of several the lowest, alike on every device.
    pub(in crate::store) fn by_source(&self, key: &str) -> Result<Option<RecordId>, Error> {
        Ok(self.records_under(&Key::new(tag::SOURCE).text(key).done())?.into_iter().next())
    }

    /// The one person who has an e-mail, phone or link of the row, and no other source of its scheme.
    pub(super) fn by_details(&self, row: &Incoming) -> Result<Option<RecordId>, Error> {
        let lists: [(ReachKind, &[Labelled]); 3] = [
            (ReachKind::Email, &row.emails),
            (ReachKind::Phone, &row.phones),
            (ReachKind::Link, &row.links),
        ];
        for (kind, values) in lists {
            for value in values {
                let prefix = reach_key(kind, &value.value).done();
                let found = self.records_under(&prefix)?;
                if let [one] = found[..]
                    && self.may_be(one, row)?
                {
                    return Ok(Some(one));
                }
            }
        }
        Ok(None)
    }

    /// The one person of this name and company; without a company, the one person of this name
    /// whose company is unknown.
    pub(super) fn same_name(
        &self,
        name: &str,
        company: Option<&str>,
    ) -> Result<Option<RecordId>, Error> {
        let wanted = company.map(text::company_key);
        let mut found = Vec::new();
        for record in self.records_under(&Key::new(tag::NAME).text(&text::fold(name)).done())? {
            let key = Key::new(tag::PERSON).record(&record).done();
            let Some(person) = self.view_row::<PersonRow>(&key)? else {
                continue;
            };
            if person.company.as_deref().map(text::company_key) == wanted {
                found.push(record);
            }
        }
        match found[..] {
            [one] => Ok(Some(one)),
            _ => Ok(None),
        }
    }

    /// Whether a known person may be who the row is about: not if the same source knows them
    /// under another key.
    pub(super) fn may_be(&self, record: RecordId, row: &Incoming) -> Result<bool, Error> {
        let Some((scheme, _)) = row.key.as_deref().and_then(|key| key.split_once(':')) else {
            return Ok(true);
        };
        let key = Key::new(tag::DETAILS).record(&record).done();
        let details: Option<DetailsRow> = self.view_row(&key)?;
        let known = details.is_some_and(|details| {
            details.sources.keys().any(|key| key.split_once(':').is_some_and(|(s, _)| s == scheme))
        });
        Ok(!known)
    }

    fn records_under(&self, prefix: &[u8]) -> Result<Vec<RecordId>, Error> {
        let end = after(prefix);
        let mut records = Vec::new();
        for row in self.command.writing.tables.view.range(prefix..end.as_slice())? {
            let record = last_record(row?.0.value());
            // What this command made may or may not have rows yet: it is matched by key alone.
            records.extend(record.filter(|record| !self.made.contains(record)));
        }
        Ok(records)
    }

    pub(super) fn view_row<T: serde::de::DeserializeOwned>(
        &self,
        key: &[u8],
    ) -> Result<Option<T>, Error> {
        let Some(row) = self.command.writing.tables.view.get(key)? else {
            return Ok(None);
        };
        decode::<T>(row.value(), "a view row").map(Some).map_err(|_| damaged("a view row"))
    }
}
