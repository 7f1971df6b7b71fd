//! The search index: for each word, the records that have it.
//!
//! A row is (word, class, block) → the low twelve bits of the record numbers of that block, as
//! sorted little-endian `u16`s. A block holds 4,096 numbers, so a change rewrites 8 KiB at most.

use std::collections::{BTreeMap, BTreeSet};

use redb::ReadableTable;

use super::error::Error;

const BLOCK_BITS: u32 = 12;

/// Changes of the index gathered over one transaction.
#[derive(Default)]
pub(super) struct WordChanges(BTreeMap<(String, u8, u32), BTreeMap<u16, bool>>);

impl WordChanges {
    /// Notes that `record` has `word` in `class`, or has it no more.
    pub(super) fn note(&mut self, word: &str, class: u8, record: u32, has: bool) {
        let block = record >> BLOCK_BITS;
        let low = low_bits(record);
        self.0.entry((word.to_owned(), class, block)).or_default().insert(low, has);
    }

    /// Writes what was gathered.
    pub(super) fn flush(
        &mut self,
        table: &mut redb::Table<'_, (&str, u8, u32), &[u8]>,
    ) -> Result<(), Error> {
        for ((word, class, block), changes) in std::mem::take(&mut self.0) {
            let key = (word.as_str(), class, block);
            let mut numbers: BTreeSet<u16> = match table.get(key)? {
                Some(row) => decode(row.value()).collect(),
                None => BTreeSet::new(),
            };
            for (low, has) in changes {
                if has {
                    numbers.insert(low);
                } else {
                    numbers.remove(&low);
                }
            }
            if numbers.is_empty() {
                table.remove(key)?;
            } else {
                let bytes: Vec<u8> = numbers.iter().flat_map(|low| low.to_le_bytes()).collect();
                table.insert(key, bytes.as_slice())?;
            }
        }
        Ok(())
    }
}

/// Records that have a word beginning with `beginning`, with the best class for each.
pub(super) fn matching(
    table: &impl ReadableTable<(&'static str, u8, u32), &'static [u8]>,
    beginning: &str,
) -> Result<BTreeMap<u32, u8>, Error> {
    let mut found: BTreeMap<u32, u8> = BTreeMap::new();
    for row in table.range((beginning, 0, 0)..)? {
        let (key, value) = row?;
        let (word, class, block) = key.value();
        if !word.starts_with(beginning) {
            break;
        }
        for low in decode(value.value()) {
            let record = (block << BLOCK_BITS) | u32::from(low);
            let best = found.entry(record).or_insert(class);
            *best = (*best).min(class);
        }
    }
    Ok(found)
}

fn decode(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_le_bytes(*pair))
}

fn low_bits(record: u32) -> u16 {
    u16::try_from(record & ((1 << BLOCK_BITS) - 1)).expect("BUG: twelve bits fit sixteen")
}
