//! Each check of one column, and of the values, refuses what it is for.

use super::super::super::layout::Column;
use super::super::super::{ChunkError, ChunkLimits, walk};
use super::super::WIDE;
use super::refusal_with;
use crate::document::guard::made::*;

/// Run lengths that no memory holds: some in one run, some in the sum, some only modulo 2³².
fn bombs(value: &[u8]) -> Vec<Vec<u8>> {
    let huge = [100_001, (1 << 32) + 2, 1 << 62, i64::MAX];
    let mut bombs: Vec<Vec<u8>> =
        (huge.iter()).map(|rows| [&signed(*rows), value].concat()).collect();
    bombs.extend(huge.map(|rows| [&signed(-rows), value].concat()));
    bombs.push([&signed(i64::MIN), value].concat());
    bombs
}

#[test]
fn a_run_length_bomb_is_refused_in_every_column() {
    let limit = WIDE.ops_max;
    for (spec, column, value) in [
        (OBJECT_ACTOR, Column::ObjectActor, &[0][..]),
        (OBJECT_COUNTER, Column::ObjectCounter, &[1]),
        (KEY_NAME, Column::KeyName, &[1, b'a']),
        (ACTION, Column::Action, &[1]),
        (VALUE_META, Column::ValueMeta, &[1]),
        (PRED_COUNT, Column::PredCount, &[0]),
    ] {
        for bomb in bombs(value) {
            let error = refusal_with(Parts::two_puts(), &[(spec, &bomb)]);
            assert_eq!(error, ChunkError::TooManyRows { column, limit });
        }
    }
    let limit = WIDE.preds_max;
    for (spec, column) in [(PRED_ACTOR, Column::PredActor), (PRED_COUNTER, Column::PredCounter)] {
        for bomb in bombs(&[1]) {
            let error = refusal_with(Parts::settled_conflict(), &[(spec, &bomb)]);
            assert_eq!(error, ChunkError::TooManyRows { column, limit });
        }
    }
}

#[test]
fn rows_that_insert_or_are_more_or_fewer_than_the_others_are_refused() {
    let huge = unsigned(1 << 62);
    for insert in [&[][..], &[0], &[1], &[3], &[0, 2], &[1, 1], &[2, 0], &[0, 0, 2], &huge] {
        let error = refusal_with(Parts::two_puts(), &[(INSERT, insert)]);
        assert_eq!(error, ChunkError::Insert { ops: 2 });
    }
}

#[test]
fn runs_that_exceed_the_limit_together_are_refused() {
    let limits = ChunkLimits { ops_max: 2, ..WIDE };
    let parts =
        Parts::two_puts().with(&[(KEY_NAME, &[0x7d, 1, b'a', 1, b'b', 1, b'c']), (INSERT, &[3])]);
    let column = Column::KeyName;
    assert_eq!(walk(&parts.chunk(), &limits), Err(ChunkError::TooManyRows { column, limit: 2 }));
    let parts = Parts::three_deletes().with(&[(ACTION, &[2, 3, 0x7f, 1])]);
    let column = Column::Action;
    let limits = ChunkLimits { ops_max: 2, ..WIDE };
    let parts = parts.with(&[(OBJECT_ACTOR, &[2, 1]), (OBJECT_COUNTER, &[0x7e, 1, 2])]);
    let parts = parts.with(&[(KEY_NAME, &[2, 1, b'a']), (VALUE_META, &[2, 0])]);
    let parts = parts.with(&[(PRED_COUNT, &[2, 1])]);
    assert_eq!(walk(&parts.chunk(), &limits), Err(ChunkError::TooManyRows { column, limit: 2 }));
}

#[test]
fn a_repetition_of_one_row_is_refused() {
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(ACTION, &[1, 1, 0x7f, 3])]),
        ChunkError::RepetitionOfOne(Column::Action)
    );
}

#[test]
fn runs_that_should_be_one_are_refused() {
    // Repetition and repetition, literal and repetition, repetition and literal, two in a
    // literal, literal and literal.
    for (column, bytes) in [
        (Parts::three_deletes(), &[2, 3, 2, 3][..]),
        (Parts::three_deletes(), &[0x7f, 3, 2, 3]),
        (Parts::three_deletes(), &[2, 3, 0x7f, 3]),
        (Parts::three_deletes(), &[0x7d, 3, 3, 3]),
        (Parts::three_deletes(), &[0x7f, 3, 0x7f, 1]),
    ] {
        assert_eq!(
            refusal_with(column, &[(ACTION, bytes)]),
            ChunkError::UnmergedRuns(Column::Action)
        );
    }
}

#[test]
fn a_null_is_refused_in_every_column() {
    for (spec, column) in [
        (OBJECT_ACTOR, Column::ObjectActor),
        (OBJECT_COUNTER, Column::ObjectCounter),
        (KEY_NAME, Column::KeyName),
        (ACTION, Column::Action),
        (VALUE_META, Column::ValueMeta),
        (PRED_COUNT, Column::PredCount),
        (PRED_ACTOR, Column::PredActor),
        (PRED_COUNTER, Column::PredCounter),
    ] {
        for nulls in [&[0, 1][..], &[0, 0], &[0, 0xff, 0xff, 0xff, 0xff, 0x7f]] {
            assert_eq!(
                refusal_with(Parts::settled_conflict(), &[(spec, nulls)]),
                ChunkError::Null(column)
            );
        }
    }
}

#[test]
fn a_name_that_is_not_utf8_is_refused() {
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(KEY_NAME, &[2, 1, 0xff])]),
        ChunkError::TextUtf8(Column::KeyName)
    );
}

#[test]
fn a_name_longer_than_its_column_is_refused() {
    let name = [&[2][..], &unsigned(1 << 40), b"a"].concat();
    assert_eq!(refusal_with(Parts::two_puts(), &[(KEY_NAME, &name)]), ChunkError::Truncated);
}

#[test]
fn a_sum_of_differences_that_leaves_the_counters_is_refused() {
    let column = Column::PredCounter;
    for difference in [-11, 1 << 31, i64::MAX, i64::MIN] {
        let counters = [&[0x7d][..], &signed(10), &signed(difference), &[1]].concat();
        let error = refusal_with(Parts::three_deletes(), &[(PRED_COUNTER, &counters)]);
        assert_eq!(error, ChunkError::Counter(column), "{difference}");
    }
    // 3 × 2⁶² overflows, and so does the sum; 3 × (2⁶⁴ / 3) is small modulo 2⁶⁴.
    for step in [1 << 62, i64::MAX, i64::MIN, 0x5555_5555_5555_5556] {
        let counters = [&[3][..], &signed(step)].concat();
        let error = refusal_with(Parts::three_deletes(), &[(PRED_COUNTER, &counters)]);
        assert_eq!(error, ChunkError::Counter(column));
    }
}

#[test]
fn a_repeated_difference_that_leaves_the_counters_is_refused() {
    let limits = ChunkLimits { preds_max: u64::MAX, ..WIDE };
    let counters = [signed(i64::MAX), signed(i64::MAX)].concat();
    let parts = Parts::three_deletes().with(&[(PRED_COUNTER, &counters)]);
    assert_eq!(walk(&parts.chunk(), &limits), Err(ChunkError::Counter(Column::PredCounter)));
}

#[test]
fn a_maps_counter_out_of_range_is_refused() {
    for counter in [0, 1 << 31, 1 << 32 | 1, u64::MAX] {
        let counters = [&[2][..], &unsigned(counter)].concat();
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(OBJECT_COUNTER, &counters)]),
            ChunkError::Counter(Column::ObjectCounter)
        );
    }
}

#[test]
fn a_predecessor_of_counter_zero_is_refused() {
    // First in a run, last in one that descends, alone.
    for counters in [&[0x7f, 0, 2, 1][..], &[0x7f, 2, 2, 0x7f], &[0x7d, 5, 0x7b, 1]] {
        let error = refusal_with(Parts::three_deletes(), &[(PRED_COUNTER, counters)]);
        assert_eq!(error, ChunkError::Counter(Column::PredCounter));
    }
}

#[test]
fn a_value_that_is_no_text_no_number_and_no_flag_is_refused() {
    // Null, unsigned, float, bytes, counter, time, and types that automerge does not know.
    for found in [0, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15] {
        for meta in [0x10 | found, found] {
            assert_eq!(
                refusal_with(Parts::two_puts(), &[(VALUE_META, &[2, meta])]),
                ChunkError::ValueType { found }
            );
        }
    }
}

#[test]
fn a_value_of_a_length_that_its_type_cannot_have_is_refused() {
    // False, true; a number of two bytes with one to spare.
    for value_type in [1, 2] {
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(VALUE_META, &[2, 0x10 | value_type])]),
            ChunkError::ValueLength { value_type, found: 1 }
        );
    }
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(VALUE_META, &[0x7e, 0x24, 6])]),
        ChunkError::ValueLength { value_type: 4, found: 2 }
    );
}

#[test]
fn a_number_cut_short_or_needlessly_long_in_a_value_is_refused() {
    let columns: [(u64, &[u8]); 2] = [(VALUE_META, &[2, 0x14]), (VALUE_RAW, &[0x80, 1])];
    assert_eq!(refusal_with(Parts::two_puts(), &columns), ChunkError::Truncated);
    let columns: [(u64, &[u8]); 2] = [(VALUE_META, &[2, 0x24]), (VALUE_RAW, &[0x81, 0, 0x81, 0])];
    assert_eq!(refusal_with(Parts::two_puts(), &columns), ChunkError::NumberTooLong);
}

#[test]
fn a_string_value_that_is_not_utf8_is_refused() {
    let raw = [b'a', 0xff];
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(VALUE_META, &[2, 0x16]), (VALUE_RAW, &raw)]),
        ChunkError::ValueUtf8
    );
}

#[test]
fn values_longer_than_their_column_are_refused() {
    for length in [3, 1 << 40, u64::MAX >> 4] {
        let meta = [&[2][..], &unsigned(length << 4 | 6)].concat();
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(VALUE_META, &meta)]),
            ChunkError::ValuesBeyondEnd
        );
    }
}

#[test]
fn bytes_after_the_last_value_are_refused() {
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(VALUE_RAW, &[1, 2, 3])]),
        ChunkError::ValuesLeft { found: 1 }
    );
}
