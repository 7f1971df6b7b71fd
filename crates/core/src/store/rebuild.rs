//! Making every derived table again from the logs: the same rows as before, byte for byte.

use redb::{ReadableTable, WriteTransaction};

use super::error::{Error, UserError, damaged};
use super::schema as s;
use super::writing::Writing;
use super::{Store, place};
use crate::id::BookId;
use crate::roster::Authority;

impl Store {
    /// Clears every derived table and makes it again from the logs, in one transaction.
    ///
    /// # Errors
    /// [`UserError::NoBook`]; [`Error::Disk`] if an entry is damaged.
    pub fn rebuild(&mut self) -> Result<(), Error> {
        let book = self.book.as_ref().ok_or(UserError::NoBook)?;
        let transaction = place::begin(&self.database)?;
        derive_again(&transaction, book.id, &book.authority)?;
        transaction.commit()?;
        self.count(1, 0);
        Ok(())
    }
}

/// Makes every derived table again, as `authority` has it, inside a transaction.
///
/// Also what withdraws or restores content does: slow, and never wrong.
pub(super) fn derive_again(
    transaction: &WriteTransaction,
    book: BookId,
    authority: &Authority,
) -> Result<(), Error> {
    clear(transaction)?;
    let mut writing = Writing::begin(transaction, book)?;
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
        writing.take_in(authority, &entry, log, &items, false)?;
    }
    while writing.catch_up()? {}
    writing.finish()
}

fn clear(transaction: &WriteTransaction) -> Result<(), Error> {
    transaction.delete_table(s::DOCUMENTS)?;
    transaction.delete_table(s::SNAPSHOTS)?;
    transaction.delete_table(s::CARRIERS)?;
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
