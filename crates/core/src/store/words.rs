//! The search index: for each word, the records that have it.
//!
//! A row is (word, class, block) → the low twelve bits of the record numbers of that block, as
//! sorted little-endian `u16`s. A block holds 4,096 numbers, so a change rewrites 8 KiB at most.

use std::collections::BTreeMap;

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
            let before = table.get(key)?.map(|row| row.value().to_vec()).unwrap_or_default();
            let after = changed(&before, &changes);
            if after == before {
                continue;
            }
            if after.is_empty() {
                table.remove(key)?;
            } else {
                table.insert(key, after.as_slice())?;
            }
        }
        Ok(())
    }
}

/// Merges sorted numbers with sorted changes of them.
fn changed(before: &[u8], changes: &BTreeMap<u16, bool>) -> Vec<u8> {
    let mut after = Vec::with_capacity(before.len() + 2 * changes.len());
    let mut rest = before;
    for (low, has) in changes {
        let (numbers, _) = rest.as_chunks::<2>();
        let smaller = numbers.partition_point(|number| u16::from_le_bytes(*number) < *low);
        let (smaller, others) = rest.split_at(2 * smaller);
        after.extend_from_slice(smaller);
        rest = others.strip_prefix(&low.to_le_bytes()).unwrap_or(others);
        if *has {
            after.extend_from_slice(&low.to_le_bytes());
        }
    }
    after.extend_from_slice(rest);
    after
}

/// Records that have a word beginning with `beginning`, with the best class for each; of one
/// class alone if one is given.
pub(super) fn matching(
    table: &impl ReadableTable<(&'static str, u8, u32), &'static [u8]>,
    beginning: &str,
    wanted: Option<u8>,
) -> Result<BTreeMap<u32, u8>, Error> {
    let mut found: BTreeMap<u32, u8> = BTreeMap::new();
    for row in table.range((beginning, 0, 0)..)? {
        let (key, value) = row?;
        let (word, class, block) = key.value();
        if !word.starts_with(beginning) {
            break;
        }
        if wanted.is_some_and(|wanted| wanted != class) {
            continue;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_and_go_and_stay_sorted() {
        let bytes = |numbers: &[u16]| -> Vec<u8> {
            numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
        };
        let changes = BTreeMap::from([(1, true), (4, false), (5, true), (9, false), (4000, true)]);
        assert_eq!(changed(&bytes(&[2, 4, 5, 300]), &changes), bytes(&[1, 2, 5, 300, 4000]));
        assert_eq!(changed(&bytes(&[4, 9]), &BTreeMap::from([(4, false), (9, false)])), [0_u8; 0]);
    }
}
