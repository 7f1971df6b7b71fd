//! Arbitrary and damaged bytes: never a panic, never a long time, nothing that automerge would
//! write differently.

use super::super::walk;
use super::WIDE;
use crate::document::guard::made::{Parts, frame, mend};
use automerge::Change;
use proptest::prelude::*;

fn samples() -> Vec<Parts> {
    vec![Parts::two_puts(), Parts::settled_conflict(), Parts::three_deletes()]
}

/// Asserts that a chunk that is accepted is one that automerge reads and writes again alike.
fn assert_canonical_if_accepted(chunk: &[u8]) {
    if walk(chunk, &WIDE).is_ok() {
        let change = Change::from_bytes(chunk.to_vec()).expect("automerge reads it");
        let again = Change::from(change.decode());
        assert_eq!(again.raw_bytes(), chunk, "{:?}", change.decode());
    }
}

#[test]
fn a_chunk_with_any_one_bit_flipped_is_refused_or_still_canonical() {
    for parts in samples() {
        let chunk = parts.chunk();
        for bit in 8 * 8..chunk.len() * 8 {
            let mut chunk = chunk.clone();
            chunk[bit / 8] ^= 1 << (bit % 8);
            mend(&mut chunk);
            assert_canonical_if_accepted(&chunk);
        }
    }
}

#[test]
fn a_chunk_with_any_two_bytes_replaced_is_refused_or_still_canonical() {
    // Small numbers are where runs, counters, actors and actions are.
    let bytes = [0, 1, 2, 3, 5, 0x16, 0x7e, 0x7f, 0x80, 0xff];
    for parts in samples() {
        let data = parts.data();
        for first in 0..data.len() {
            for second in first + 1..data.len().min(first + 8) {
                for (one, other) in bytes.iter().flat_map(|one| bytes.map(|other| (*one, other))) {
                    let mut data = data.clone();
                    data[first] = one;
                    data[second] = other;
                    assert_canonical_if_accepted(&frame(1, &data));
                }
            }
        }
    }
}

#[test]
fn a_chunk_cut_short_anywhere_is_refused() {
    for parts in samples() {
        let data = parts.data();
        for length in 0..data.len() {
            assert!(walk(&frame(1, &data[..length]), &WIDE).is_err());
            assert!(walk(&parts.chunk()[..length], &WIDE).is_err());
        }
    }
}

fn column_bytes() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        8 => 0u8..6,
        4 => 0x7bu8..0x80,
        1 => Just(b'a'),
        1 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(walk(&bytes, &WIDE).is_err());
    }

    #[test]
    fn arbitrary_data_in_a_right_frame_never_panics(
        data in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        assert_canonical_if_accepted(&frame(1, &data));
    }

    #[test]
    fn arbitrary_columns_are_refused_or_canonical(
        sample in 0usize..3,
        replaced in prop::collection::vec((0usize..14, column_bytes()), 1..3),
        start_op in 1u64..18,
    ) {
        const SPECS: [u64; 14] = [
            0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73, 0x94, 0xa5,
        ];
        let parts = samples().swap_remove(sample);
        let parts = replaced.iter().fold(parts, |parts, (column, bytes)| {
            parts.with(&[(SPECS[*column], bytes)])
        });
        let parts = Parts { start_op, ..parts };
        assert_canonical_if_accepted(&parts.chunk());
    }
}
