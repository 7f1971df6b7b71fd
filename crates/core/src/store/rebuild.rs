//! Making every derived table again from the logs: the same rows as before, byte for byte.

use redb::{ReadableTable, WriteTransaction};

use super::error::{Error, UserError, damaged};
use super::schema as s;
use super::writing::Writing;
use super::{Store, place};
use crate::roster::Authority;

impl Store {
    /// Clears every derived table and makes it again from the logs, in one transaction.
    ///
    /// # Errors
    /// [`UserError::NoBook`]; [`Error::Disk`] if an entry is damaged.
    pub fn rebuild(&mut self) -> Result<(), Error> {
        let book = self.book.as_ref().ok_or(UserError::NoBook)?;
        let transaction = place::begin(&self.database.current())?;
        derive_again(&transaction, &book.authority)?;
        transaction.commit()?;
        self.count(1, 0);
        Ok(())
    }
}

/// Makes every derived table again, as `authority` has it, inside a transaction.
///
/// Also what withdraws or restores content does: slow, and never wrong. Items that an erasure
/// names are dropped on the way; then the file is to be [rewritten](super::rewrite).
pub(super) fn derive_again(
    transaction: &WriteTransaction,
    authority: &Authority,
) -> Result<(), Error> {
    clear(transaction)?;
    let mut writing = Writing::begin(transaction, authority)?;
    writing.defers = true;
    let mut order = Vec::new();
    for row in writing.tables.entries.iter()? {
        let (_, row) = row?;
        let (log, n, _) = row.value();
        order.push((log, n));
    }
    for (log, n) in order {
        let entry = writing.entry(log, n)?.ok_or_else(|| damaged("an entry"))?;
        let mut items = Vec::new();
        for item in writing.tables.items.range((log, n, 0)..(log, n + 1, 0))? {
            items.push(item?.1.value().to_vec());
        }
        for ((place, item), hash) in (0_u32..).zip(&mut items).zip(entry.items()) {
            if !item.is_empty() && authority.withdrawn.is_dropped(hash) {
                item.clear();
                writing.tables.items.insert((log, n, place), [].as_slice())?;
                writing.tables.meta.insert(s::META_STALE, [].as_slice())?;
            }
        }
        writing.take_in(authority, &entry, log, &items, false)?;
    }
    while writing.catch_up()? {}
    writing.finish()
}

fn clear(transaction: &WriteTransaction) -> Result<(), Error> {
    transaction.delete_table(s::DOCUMENTS)?;
    transaction.delete_table(s::SNAPSHOTS)?;
    transaction.delete_table(s::CARRIERS)?;
    transaction.delete_table(s::LATE)?;
    transaction.delete_table(s::BEHIND)?;
    transaction.delete_multimap_table(s::PENDING)?;
    transaction.delete_table(s::REFUSED)?;
    transaction.delete_table(s::FINGERPRINTS)?;
    transaction.delete_table(s::VIEW)?;
    transaction.delete_table(s::RECORD_NUMBERS)?;
    transaction.delete_table(s::RECORDS)?;
    transaction.delete_table(s::WORDS)?;
    transaction.delete_table(s::OPERATIONS)?;
    transaction.delete_multimap_table(s::UNDOINGS)?;
    Ok(())
}
