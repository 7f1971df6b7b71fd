//! Each check refuses what it is for, and says so: here those of frame, fields and table.

mod columns;
mod rows;

use super::super::layout::Column;
use super::super::{Chunk, ChunkError, ChunkLimits, walk};
use super::WIDE;
use crate::document::genesis::GENESIS_ACTOR;
use crate::document::guard::made::*;

/// The error of a chunk that the limits of all tests refuse.
fn refusal(parts: &Parts) -> ChunkError {
    refusal_of(&parts.chunk())
}

fn refusal_of(chunk: &[u8]) -> ChunkError {
    walk(chunk, &WIDE).expect_err("refused")
}

fn accepted(parts: &Parts) -> Chunk {
    walk(&parts.chunk(), &WIDE).expect("accepted")
}

/// The error of `parts` with other bytes in some columns.
fn refusal_with(parts: Parts, columns: &[(u64, &[u8])]) -> ChunkError {
    refusal(&parts.with(columns))
}

fn other(byte: u8) -> Vec<u8> {
    vec![byte; 16]
}

// The frame.

#[test]
fn a_chunk_is_refused_one_byte_above_the_limit() {
    let chunk = Parts::two_puts().chunk();
    let limit = chunk.len() - 1;
    let limits = ChunkLimits { bytes_max: limit, ..WIDE };
    let bytes = chunk.len();
    assert_eq!(walk(&chunk, &limits), Err(ChunkError::TooLarge { bytes, limit }));
    let limits = ChunkLimits { bytes_max: bytes, ..WIDE };
    assert!(walk(&chunk, &limits).is_ok());
}

#[test]
fn nothing_at_all_is_refused() {
    assert_eq!(refusal_of(&[]), ChunkError::Truncated);
}

#[test]
fn other_magic_bytes_are_refused() {
    let mut chunk = Parts::two_puts().chunk();
    chunk[0] ^= 1;
    assert_eq!(refusal_of(&chunk), ChunkError::Magic);
}

#[test]
fn documents_and_compressed_changes_and_bundles_are_refused() {
    for found in [0, 2, 3, 4, 0xff] {
        let chunk = frame(found, &Parts::two_puts().data());
        assert_eq!(refusal_of(&chunk), ChunkError::NotAChange { found });
    }
}

#[test]
fn bytes_after_the_chunk_are_refused() {
    let mut chunk = Parts::two_puts().chunk();
    chunk.push(0);
    assert!(matches!(refusal_of(&chunk), ChunkError::Length { .. }));
}

#[test]
fn a_length_that_differs_from_the_data_above_32_bits_is_refused() {
    let data = Parts::two_puts().data();
    let declared = data.len() as u64 + (1 << 32);
    let mut chunk = [&frame(1, &[])[..9], &unsigned(declared), &data].concat();
    mend(&mut chunk);
    let found = data.len();
    assert_eq!(refusal_of(&chunk), ChunkError::Length { declared, found });
}

#[test]
fn a_wrong_checksum_is_refused() {
    let mut chunk = Parts::two_puts().chunk();
    chunk[5] ^= 1;
    assert_eq!(refusal_of(&chunk), ChunkError::Checksum);
}

// Numbers.

#[test]
fn a_length_with_a_needless_byte_is_refused() {
    let data = Parts::two_puts().data();
    let length = [data.len() as u8 | 0x80, 0];
    let mut chunk = [&frame(1, &[])[..9], &length, &data].concat();
    mend(&mut chunk);
    assert_eq!(refusal_of(&chunk), ChunkError::NumberTooLong);
}

#[test]
fn a_signed_number_with_a_needless_byte_is_refused() {
    for header in [[0x82, 0x00], [0xfe, 0x7f]] {
        let action = [header[0], header[1], 1, 1];
        let parts = Parts::two_puts();
        assert_eq!(refusal_with(parts, &[(ACTION, &action)]), ChunkError::NumberTooLong);
    }
}

#[test]
fn a_signed_number_whose_last_byte_sets_the_sign_is_not_needlessly_long() {
    for time in [64, -65, 0x1fff, 0x2000, -0x2001, (1 << 53) - 1] {
        let parts = Parts { time, ..Parts::two_puts() };
        assert_eq!(accepted(&parts).time, time);
    }
    for found in [i64::MIN, i64::MAX] {
        let raw = [signed(found), signed(found)].concat();
        accepted(&Parts::two_puts().with(&[(VALUE_META, &[2, 0xa4, 1]), (VALUE_RAW, &raw)]));
    }
}

#[test]
fn a_number_above_64_bits_is_refused() {
    let too_large = [0xff; 11];
    let tenth_byte = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2];
    for number in [&too_large[..], &tenth_byte] {
        let bytes = [&[2][..], number].concat();
        let parts = Parts::two_puts();
        assert_eq!(refusal_with(parts, &[(PRED_COUNT, &bytes)]), ChunkError::NumberTooLarge);
        let parts = Parts::two_puts();
        assert_eq!(refusal_with(parts, &[(ACTION, number)]), ChunkError::NumberTooLarge);
    }
}

// The change's own fields.

#[test]
fn more_dependencies_than_the_limit_are_refused_before_they_are_read() {
    let mut data = Parts::two_puts().data();
    let count = unsigned(1 << 40);
    data.splice(0..1, count);
    let found = 1 << 40;
    let limit = WIDE.deps_max;
    assert_eq!(refusal_of(&frame(1, &data)), ChunkError::TooManyDeps { found, limit });
}

#[test]
fn dependencies_out_of_order_or_repeated_are_refused() {
    for deps in [vec![[2; 32], [1; 32]], vec![[1; 32], [1; 32]]] {
        let parts = Parts { deps, ..Parts::two_puts() };
        assert_eq!(refusal(&parts), ChunkError::DepsOrder);
    }
}

#[test]
fn an_actor_of_other_than_sixteen_bytes_is_refused() {
    for length in [0, 15, 17, 32] {
        let actor = vec![1; length];
        let found = length as u64;
        let author = Parts { actor: actor.clone(), ..Parts::two_puts() };
        assert_eq!(refusal(&author), ChunkError::ActorLength { found });
        let others = Parts { others: vec![actor], ..Parts::two_puts() };
        assert_eq!(refusal(&others), ChunkError::ActorLength { found });
    }
}

#[test]
fn seq_is_refused_at_zero_and_from_two_to_the_31_on() {
    for found in [0, 1 << 31, 1 << 32 | 1, u64::MAX] {
        let parts = Parts { seq: found, ..Parts::two_puts() };
        assert_eq!(refusal(&parts), ChunkError::Seq { found });
    }
    let parts = Parts { seq: (1 << 31) - 1, ..Parts::two_puts() };
    assert_eq!(accepted(&parts).seq, (1 << 31) - 1);
}

#[test]
fn start_op_is_refused_at_zero_and_from_two_to_the_31_on() {
    for found in [0, 1 << 31, 1 << 32 | 1, u64::MAX] {
        let parts = Parts { start_op: found, ..Parts::two_puts() };
        assert_eq!(refusal(&parts), ChunkError::StartOp { found });
    }
}

#[test]
fn operations_that_count_to_two_to_the_31_are_refused() {
    let parts = Parts { start_op: (1 << 31) - 2, ..Parts::two_puts() };
    assert_eq!(refusal(&parts), ChunkError::OpCounter);
    let parts = Parts { start_op: (1 << 31) - 3, ..Parts::two_puts() };
    assert_eq!(accepted(&parts).max_op(), (1 << 31) - 2);
}

#[test]
fn a_time_from_which_another_cannot_be_subtracted_is_refused() {
    for found in [1 << 53, -(1 << 53), i64::MAX, i64::MIN] {
        let parts = Parts { time: found, ..Parts::two_puts() };
        assert_eq!(refusal(&parts), ChunkError::Time { found });
    }
}

#[test]
fn a_message_above_the_limit_is_refused() {
    let limit = WIDE.message_bytes_max;
    let parts = Parts { message: vec![b'm'; limit + 1], ..Parts::two_puts() };
    let found = limit as u64 + 1;
    assert_eq!(refusal(&parts), ChunkError::MessageTooLong { found, limit });
}

#[test]
fn a_message_that_is_not_utf8_is_refused() {
    let parts = Parts { message: vec![0xff], ..Parts::two_puts() };
    assert_eq!(refusal(&parts), ChunkError::MessageUtf8);
}

#[test]
fn more_actors_than_the_limit_are_refused() {
    let limit = WIDE.actors_max;
    let parts = Parts { others: (0..=limit as u8).map(other).collect(), ..Parts::two_puts() };
    let found = limit as u64 + 1;
    assert_eq!(refusal(&parts), ChunkError::TooManyActors { found, limit });
}

#[test]
fn other_actors_out_of_order_or_repeated_are_refused() {
    for others in [vec![other(2), other(1)], vec![other(1), other(1)]] {
        let parts = Parts { others, ..Parts::two_puts() };
        assert_eq!(refusal(&parts), ChunkError::ActorsOrder);
    }
}

#[test]
fn the_author_among_the_other_actors_is_refused() {
    let parts = Parts { others: vec![other(0xaa)], ..Parts::two_puts() };
    assert_eq!(refusal(&parts), ChunkError::AuthorAmongOthers);
}

#[test]
fn an_actor_that_no_operation_names_is_refused() {
    let parts = Parts {
        others: vec![GENESIS_ACTOR.to_vec(), other(0xbb), other(0xbc)],
        ..Parts::settled_conflict()
    };
    assert_eq!(refusal(&parts), ChunkError::ActorUnused { index: 2 });
}

// The columns' table.

#[test]
fn an_unknown_column_is_refused() {
    // Four that automerge has for lists and marks; the last two have a known column's low byte, by
    // which automerge sorts.
    for spec in
        [0x11, 0x13, 0x94, 0xa5, 0x00, 0x03, 0x12, 0x35, 0x72, 0xb5, 0x1_0001, 0x1_0000_0001]
    {
        let parts = Parts::two_puts().with(&[(spec, &[2, 1])]);
        assert_eq!(refusal(&parts), ChunkError::UnknownColumn { spec });
    }
}

#[test]
fn a_compressed_column_is_refused() {
    let parts = Parts::two_puts().with(&[(VALUE_RAW | 8, &[1, 2])]);
    assert_eq!(refusal(&parts), ChunkError::CompressedColumn(Column::ValueRaw));
}

#[test]
fn columns_out_of_order_or_repeated_are_refused() {
    let mut swapped = Parts::two_puts();
    swapped.columns.swap(0, 1);
    assert_eq!(refusal(&swapped), ChunkError::ColumnsOrder(Column::ObjectActor));
    let mut repeated = Parts::two_puts();
    repeated.columns.insert(0, repeated.columns[0].clone());
    assert_eq!(refusal(&repeated), ChunkError::ColumnsOrder(Column::ObjectActor));
}

#[test]
fn an_empty_column_is_refused() {
    let mut parts = Parts::two_puts();
    parts.columns.push((PRED_COUNTER, Vec::new()));
    assert_eq!(refusal(&parts), ChunkError::EmptyColumn(Column::PredCounter));
}

#[test]
fn columns_longer_than_the_data_are_refused() {
    for length in [2, 1 << 32, u64::MAX] {
        let mut data = Parts::empty().data();
        data.pop();
        data.extend([2, INSERT as u8]);
        data.extend(unsigned(length));
        data.extend([ACTION as u8, 1, 1]);
        assert_eq!(refusal_of(&frame(1, &data)), ChunkError::ColumnsBeyondEnd);
    }
}

#[test]
fn a_table_that_claims_countless_columns_is_refused() {
    let mut data = Parts::two_puts().data();
    let at = Parts::empty().data().len() - 1;
    data.splice(at..at + 1, unsigned(u64::MAX));
    assert!(walk(&frame(1, &data), &WIDE).is_err());
}

#[test]
fn an_authors_footer_is_refused() {
    let parts = Parts { extra: vec![1, 3, b'a', b'd', b'a'], ..Parts::two_puts() };
    assert_eq!(refusal(&parts), ChunkError::ExtraBytes { found: 5 });
}
