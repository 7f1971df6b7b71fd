//! Each check of one column, and of the values, refuses what it is for.

use super::super::super::layout::Column;
use super::super::super::{ChunkError, ChunkLimits, walk};
use super::super::WIDE;
use super::super::made::*;
use super::refusal_with;

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
        (KEY_ACTOR, Column::KeyActor, &[0]),
        (KEY_COUNTER, Column::KeyCounter, &[0]),
        (KEY_NAME, Column::KeyName, &[1, b'a']),
        (ACTION, Column::Action, &[1]),
        (VALUE_META, Column::ValueMeta, &[0]),
        (PRED_COUNT, Column::PredCount, &[0]),
        (MARK_NAME, Column::MarkName, &[1, b'a']),
    ] {
        for bomb in bombs(value) {
            let error = refusal_with(Parts::three_letters(), &[(spec, &bomb)]);
            assert_eq!(error, ChunkError::TooManyRows { column, limit });
        }
    }
    for (spec, column) in [(INSERT, Column::Insert), (EXPAND, Column::Expand)] {
        let bomb = [&[0][..], &unsigned(1 << 62)].concat();
        let error = refusal_with(Parts::three_letters(), &[(spec, &bomb)]);
        assert_eq!(error, ChunkError::TooManyRows { column, limit });
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
fn runs_that_exceed_the_limit_together_are_refused() {
    let limits = ChunkLimits { ops_max: 2, ..WIDE };
    let parts = Parts::two_puts().with(&[(ACTION, &[2, 1, 2, 3])]);
    let column = Column::Action;
    assert_eq!(walk(&parts.chunk(), &limits), Err(ChunkError::TooManyRows { column, limit: 2 }));
}

#[test]
fn a_bomb_of_nulls_is_refused() {
    let bomb = [&[0][..], &unsigned(1 << 62), &[0x7f, 1, b'm']].concat();
    let column = Column::MarkName;
    let limit = WIDE.ops_max;
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(MARK_NAME, &bomb)]),
        ChunkError::TooManyRows { column, limit }
    );
}

#[test]
fn a_run_of_no_rows_is_refused() {
    let nulls = [0, 0, 0x7e, 1, b'a', 1, b'b'];
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(KEY_NAME, &nulls)]),
        ChunkError::EmptyRun(Column::KeyName)
    );
    for insert in [&[1, 0, 1][..], &[0], &[2, 0], &[0, 0, 2]] {
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(INSERT, insert)]),
            ChunkError::EmptyRun(Column::Insert)
        );
    }
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
    for action in
        [&[2, 1, 2, 1][..], &[0x7f, 1, 2, 1], &[2, 1, 0x7f, 1], &[0x7e, 1, 1], &[0x7f, 1, 0x7f, 3]]
    {
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(ACTION, action)]),
            ChunkError::UnmergedRuns(Column::Action)
        );
    }
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(MARK_NAME, &[0, 1, 0, 1])]),
        ChunkError::UnmergedRuns(Column::MarkName)
    );
}

#[test]
fn a_null_where_every_row_has_a_value_is_refused() {
    for (spec, column) in [
        (ACTION, Column::Action),
        (VALUE_META, Column::ValueMeta),
        (PRED_COUNT, Column::PredCount),
        (PRED_ACTOR, Column::PredActor),
        (PRED_COUNTER, Column::PredCounter),
    ] {
        assert_eq!(
            refusal_with(Parts::settled_conflict(), &[(spec, &[0, 1])]),
            ChunkError::Null(column)
        );
    }
}

#[test]
fn a_column_that_automerge_would_leave_out_is_refused() {
    for (spec, column) in [
        (OBJECT_ACTOR, Column::ObjectActor),
        (KEY_COUNTER, Column::KeyCounter),
        (MARK_NAME, Column::MarkName),
    ] {
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(spec, &[0, 2])]),
            ChunkError::NeedlessColumn(column)
        );
    }
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(EXPAND, &[2])]),
        ChunkError::NeedlessColumn(Column::Expand)
    );
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
    for first in [-1, 1 << 31, i64::MAX, i64::MIN] {
        let counters = [&[0x7d, 0][..], &signed(first), &[1]].concat();
        assert_eq!(
            refusal_with(Parts::three_letters(), &[(KEY_COUNTER, &counters)]),
            ChunkError::Counter(Column::KeyCounter)
        );
    }
    // 2 × 2⁶² overflows, and so does the sum; 3 × (2⁶⁴ / 3) is small modulo 2⁶⁴.
    for step in [1 << 62, i64::MAX, i64::MIN, 0x5555_5555_5555_5556] {
        let counters = [&[3][..], &signed(step)].concat();
        assert_eq!(
            refusal_with(Parts::three_letters(), &[(KEY_COUNTER, &counters)]),
            ChunkError::Counter(Column::KeyCounter)
        );
    }
}

#[test]
fn a_repeated_difference_that_leaves_the_counters_is_refused() {
    let limits = ChunkLimits { ops_max: u64::MAX, ..WIDE };
    let counters = [signed(i64::MAX), signed(i64::MAX)].concat();
    let parts = Parts::three_letters().with(&[(KEY_COUNTER, &counters)]);
    assert_eq!(walk(&parts.chunk(), &limits), Err(ChunkError::Counter(Column::KeyCounter)));
}

#[test]
fn an_object_counter_out_of_range_is_refused() {
    for counter in [0, 1 << 31, 1 << 32 | 1, u64::MAX] {
        let counters = [&[3][..], &unsigned(counter)].concat();
        assert_eq!(
            refusal_with(Parts::three_letters(), &[(OBJECT_COUNTER, &counters)]),
            ChunkError::Counter(Column::ObjectCounter)
        );
    }
}

#[test]
fn a_predecessor_of_counter_zero_is_refused() {
    assert_eq!(
        refusal_with(Parts::settled_conflict(), &[(PRED_COUNTER, &[0x7e, 0, 5])]),
        ChunkError::Counter(Column::PredCounter)
    );
}

#[test]
fn a_value_of_unknown_type_is_refused() {
    for found in 10..16 {
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(VALUE_META, &[2, 0x10 | found])]),
            ChunkError::ValueType { found }
        );
    }
}

#[test]
fn a_value_of_a_length_that_its_type_cannot_have_is_refused() {
    // Null, false, true, a float of one byte, and two numbers of two bytes with one to spare.
    for value_type in [0, 1, 2, 5] {
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(VALUE_META, &[2, 0x10 | value_type])]),
            ChunkError::ValueLength { value_type, found: 1 }
        );
    }
    for value_type in [3, 4, 8, 9] {
        let meta = [0x7e, 0x20 | value_type, 0];
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(VALUE_META, &meta)]),
            ChunkError::ValueLength { value_type, found: 2 }
        );
    }
}

#[test]
fn a_number_cut_short_or_needlessly_long_in_a_value_is_refused() {
    for value_type in [3, 4, 8, 9] {
        let meta = [2, 0x10 | value_type];
        let raw = [0x80, 1];
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(VALUE_META, &meta), (VALUE_RAW, &raw)]),
            ChunkError::Truncated
        );
        let meta = [2, 0x20 | value_type];
        let raw = [0x81, 0, 0x81, 0];
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(VALUE_META, &meta), (VALUE_RAW, &raw)]),
            ChunkError::NumberTooLong
        );
    }
}

#[test]
fn a_counter_or_an_increment_that_may_overflow_a_sum_is_refused() {
    for found in [1 << 31, -(1 << 31), i64::MAX, i64::MIN] {
        let raw = signed(found);
        let length = raw.len() as u64;
        let meta = [&[0x7f][..], &unsigned(length << 4 | 8)].concat();
        assert_eq!(
            refusal_with(Parts::settled_conflict(), &[(VALUE_META, &meta), (VALUE_RAW, &raw)]),
            ChunkError::Addend { found }
        );
        let meta = [&[0x7f][..], &unsigned(length << 4 | 4)].concat();
        assert_eq!(
            refusal_with(
                Parts::settled_conflict(),
                &[(ACTION, &[0x7f, 5]), (VALUE_META, &meta), (VALUE_RAW, &raw)]
            ),
            ChunkError::Addend { found }
        );
    }
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
    for length in [2, 1 << 40, u64::MAX >> 4] {
        let meta = [&[2][..], &unsigned(length << 4 | 7)].concat();
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
