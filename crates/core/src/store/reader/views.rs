//! Rows of views and of the search index, as questions read them.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::ops::Range;

use redb::{Key, ReadOnlyTable, ReadTransaction, TableDefinition, Value};
use serde::de::DeserializeOwned;

use super::Reader;
use crate::id::RecordId;
use crate::store::error::{Error, damaged};
use crate::store::schema as s;
use crate::store::words;
use crate::view::key;

/// Takes a row's key and value; false ends the scan.
pub(crate) type Visit<'v> = dyn FnMut(&[u8], &[u8]) -> Result<bool, Error> + 'v;

/// A table that is opened when it is first read, and once: a list reads many rows.
pub(super) struct Opened<K: Key + 'static, V: Value + 'static>(OnceCell<ReadOnlyTable<K, V>>);

impl<K: Key + 'static, V: Value + 'static> Opened<K, V> {
    pub(super) fn new() -> Self {
        Self(OnceCell::new())
    }

    fn table(
        &self,
        transaction: &ReadTransaction,
        definition: TableDefinition<'_, K, V>,
    ) -> Result<&ReadOnlyTable<K, V>, Error> {
        if let Some(table) = self.0.get() {
            return Ok(table);
        }
        let table = transaction.open_table(definition)?;
        Ok(self.0.get_or_init(|| table))
    }
}

impl Reader {
    fn view(&self) -> Result<&ReadOnlyTable<&'static [u8], &'static [u8]>, Error> {
        self.view.table(&self.transaction, s::VIEW)
    }

    /// One row of a view.
    pub(crate) fn row<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, Error> {
        let Some(row) = self.view()?.get(key)? else {
            return Ok(None);
        };
        postcard::from_bytes(row.value()).map(Some).map_err(|_| damaged("a view row"))
    }

    /// Visits rows whose key begins with `prefix`, in key order, until `visit` returns false.
    pub(crate) fn scan(
        &self,
        prefix: &[u8],
        backwards: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), Error> {
        self.scan_range(prefix..&key::after(prefix), backwards, visit)
    }

    /// Visits rows whose key is in `keys`, in key order, until `visit` returns false.
    pub(crate) fn scan_range(
        &self,
        keys: Range<&[u8]>,
        backwards: bool,
        visit: &mut Visit<'_>,
    ) -> Result<(), Error> {
        let mut rows = self.view()?.range(keys)?;
        loop {
            let row = if backwards { rows.next_back() } else { rows.next() };
            let Some(row) = row else { return Ok(()) };
            let (key, value) = row?;
            if !visit(key.value(), value.value())? {
                return Ok(());
            }
        }
    }

    /// Records that have a word beginning with `beginning`, with the best class for each; of one
    /// class alone if one is given.
    pub(crate) fn word(
        &self,
        beginning: &str,
        class: Option<u8>,
    ) -> Result<BTreeMap<u32, u8>, Error> {
        words::matching(self.words.table(&self.transaction, s::WORDS)?, beginning, class)
    }

    pub(crate) fn record_of(&self, number: u32) -> Result<Option<RecordId>, Error> {
        let table = self.records.table(&self.transaction, s::RECORDS)?;
        Ok(table.get(number)?.map(|record| RecordId(*record.value())))
    }

    pub(crate) fn record_number(&self, record: &RecordId) -> Result<Option<u32>, Error> {
        let table = self.record_numbers.table(&self.transaction, s::RECORD_NUMBERS)?;
        Ok(table.get(&record.0)?.map(|number| number.value()))
    }
}
