//! Every table of a write transaction, open at once.

use redb::{MultimapTable, Table, WriteTransaction};

use crate::store::error::Error;
use crate::store::schema as s;

/// The tables of a write transaction, open.
pub(in crate::store) struct Tables<'t> {
    pub(in crate::store) meta: Table<'t, &'static str, &'static [u8]>,
    pub(in crate::store) logs: Table<'t, u32, &'static [u8]>,
    pub(in crate::store) log_numbers: Table<'t, s::LogKey<'static>, u32>,
    pub(in crate::store) branches: Table<'t, (u32, u32), &'static [u8]>,
    pub(in crate::store) entries: Table<'t, u64, (u32, u64, &'static [u8])>,
    pub(in crate::store) items: Table<'t, (u32, u64, u32), &'static [u8]>,
    pub(in crate::store) positions: Table<'t, (u32, u64), u64>,
    pub(in crate::store) standalone: Table<'t, &'static [u8; 32], &'static [u8]>,
    pub(in crate::store) documents: Table<'t, &'static [u8; 32], &'static [u8]>,
    pub(in crate::store) snapshots: Table<'t, &'static [u8; 32], &'static [u8]>,
    pub(in crate::store) carriers: Table<'t, (u32, u32, u64, u32), ()>,
    pub(in crate::store) late: Table<'t, (u32, u64, u32), ()>,
    pub(in crate::store) behind: Table<'t, u32, &'static [u8; 32]>,
    pub(in crate::store) pending: MultimapTable<'t, &'static [u8; 32], (u32, u64, u32)>,
    pub(in crate::store) refused: Table<'t, &'static [u8; 32], &'static [u8]>,
    pub(in crate::store) fingerprints: Table<'t, &'static [u8; 32], &'static [u8; 32]>,
    pub(in crate::store) view: Table<'t, &'static [u8], &'static [u8]>,
    pub(in crate::store) record_numbers: Table<'t, &'static [u8; 16], u32>,
    pub(in crate::store) records: Table<'t, u32, &'static [u8; 16]>,
    pub(in crate::store) words: Table<'t, (&'static str, u8, u32), &'static [u8]>,
    pub(in crate::store) operations: Table<'t, &'static [u8; 16], &'static [u8]>,
    pub(in crate::store) undoings: MultimapTable<'t, &'static [u8; 16], &'static [u8; 16]>,
}

impl<'t> Tables<'t> {
    pub(in crate::store) fn open(transaction: &'t WriteTransaction) -> Result<Self, Error> {
        Ok(Self {
            meta: transaction.open_table(s::META)?,
            logs: transaction.open_table(s::LOGS)?,
            log_numbers: transaction.open_table(s::LOG_NUMBERS)?,
            branches: transaction.open_table(s::BRANCHES)?,
            entries: transaction.open_table(s::ENTRIES)?,
            items: transaction.open_table(s::ITEMS)?,
            positions: transaction.open_table(s::POSITIONS)?,
            standalone: transaction.open_table(s::STANDALONE)?,
            documents: transaction.open_table(s::DOCUMENTS)?,
            snapshots: transaction.open_table(s::SNAPSHOTS)?,
            carriers: transaction.open_table(s::CARRIERS)?,
            late: transaction.open_table(s::LATE)?,
            behind: transaction.open_table(s::BEHIND)?,
            pending: transaction.open_multimap_table(s::PENDING)?,
            refused: transaction.open_table(s::REFUSED)?,
            fingerprints: transaction.open_table(s::FINGERPRINTS)?,
            view: transaction.open_table(s::VIEW)?,
            record_numbers: transaction.open_table(s::RECORD_NUMBERS)?,
            records: transaction.open_table(s::RECORDS)?,
            words: transaction.open_table(s::WORDS)?,
            operations: transaction.open_table(s::OPERATIONS)?,
            undoings: transaction.open_multimap_table(s::UNDOINGS)?,
        })
    }
}
