//! View rows of a write transaction: only what differs is rewritten.

use redb::ReadableTable;

use super::{Writing, decode, encode};
use crate::id::RecordId;
use crate::store::error::Error;
use crate::view::PersonRow;
use crate::view::due::Due;
use crate::view::key::{self, Key, tag};
use crate::view::project::Projection;

impl Writing<'_> {
    pub(super) fn write_projection(
        &mut self,
        record: &RecordId,
        before: &Projection,
        after: &Projection,
    ) -> Result<(), Error> {
        for key in before.rows.keys().filter(|key| !after.rows.contains_key(*key)) {
            self.tables.view.remove(key.as_slice())?;
        }
        for (key, value) in &after.rows {
            if before.rows.get(key) != Some(value) {
                self.tables.view.insert(key.as_slice(), value.as_slice())?;
            }
        }
        if before.words != after.words {
            let number = self.record_number(record)?;
            for (class, word) in before.words.difference(&after.words) {
                self.words.note(word, *class, number, false);
            }
            for (class, word) in after.words.difference(&before.words) {
                self.words.note(word, *class, number, true);
            }
        }
        self.people.extend(before.people.iter().chain(&after.people));
        Ok(())
    }

    /// Rewrites the due rows of everybody whose rows changed.
    pub(super) fn write_due(&mut self) -> Result<(), Error> {
        let mut people: i64 = 0;
        let mut untriaged: i64 = 0;
        for record in std::mem::take(&mut self.people) {
            let key = Key::new(tag::DUE).record(&record).done();
            let old: Option<Due> = match self.tables.view.get(key.as_slice())? {
                Some(row) => Some(decode(row.value(), "a due row")?),
                None => None,
            };
            let new = self.due(&record)?;
            if old == new {
                continue;
            }
            for gone in old.iter().flat_map(|due| due.keys(&record)) {
                self.tables.view.remove(gone.as_slice())?;
            }
            for come in new.iter().flat_map(|due| due.keys(&record)) {
                self.tables.view.insert(come.as_slice(), [].as_slice())?;
            }
            people += i64::from(new.is_some()) - i64::from(old.is_some());
            let is_untriaged = |due: &Option<Due>| due.as_ref().is_some_and(|d| d.tier.is_none());
            untriaged += i64::from(is_untriaged(&new)) - i64::from(is_untriaged(&old));
            match new {
                Some(due) => self.tables.view.insert(key.as_slice(), encode(&due).as_slice())?,
                None => self.tables.view.remove(key.as_slice())?,
            };
        }
        self.count("people", people)?;
        self.count("untriaged", untriaged)
    }

    fn due(&self, record: &RecordId) -> Result<Option<Due>, Error> {
        let key = Key::new(tag::PERSON).record(record).done();
        let Some(row) = self.tables.view.get(key.as_slice())? else {
            return Ok(None);
        };
        let person: PersonRow = decode(row.value(), "a person row")?;
        let prefix = Key::new(tag::TIMELINE).record(record).done();
        let end = key::after(&prefix);
        let last = self.tables.view.range(prefix.as_slice()..end.as_slice())?.next_back();
        let last = match last {
            Some(row) => timeline_date(row?.0.value()),
            None => None,
        };
        Ok(Some(Due::of(&person, last)))
    }

    fn count(&mut self, name: &str, by: i64) -> Result<(), Error> {
        if by == 0 {
            return Ok(());
        }
        let key = Key::new(tag::COUNT).text(name).done();
        let now: i64 = match self.tables.view.get(key.as_slice())? {
            Some(row) => decode(row.value(), "a count")?,
            None => 0,
        };
        // No row for nothing: an undone import leaves the views as they were.
        if now + by == 0 {
            self.tables.view.remove(key.as_slice())?;
        } else {
            let row = encode(&(now + by));
            self.tables.view.insert(key.as_slice(), row.as_slice())?;
        }
        Ok(())
    }
}

/// The day in a timeline key.
fn timeline_date(key: &[u8]) -> Option<jiff::civil::Date> {
    let text = std::str::from_utf8(key.get(17..27)?).ok()?;
    text.parse().ok()
}
