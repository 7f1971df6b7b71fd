//! Each check of the columns side by side refuses what it is for.

use super::super::super::ChunkError;
use super::super::super::layout::Column;
use super::super::WIDE;
use super::{accepted, refusal, refusal_with};
use crate::document::guard::made::*;

#[test]
fn columns_with_fewer_or_more_rows_are_refused() {
    for (spec, column, value) in [
        (OBJECT_ACTOR, Column::ObjectActor, 1),
        (VALUE_META, Column::ValueMeta, 0),
        (PRED_COUNT, Column::PredCount, 1),
    ] {
        for rows in [2, 4] {
            assert_eq!(
                refusal_with(Parts::three_deletes(), &[(spec, &[rows, value])]),
                ChunkError::RowCounts(column)
            );
        }
    }
    for (spec, column, fewer, more) in [
        (OBJECT_COUNTER, Column::ObjectCounter, &[0x7e, 1, 2][..], &[0x7c, 1, 2, 3, 4][..]),
        (KEY_NAME, Column::KeyName, &[2, 1, b'a'], &[4, 1, b'a']),
        (PRED_ACTOR, Column::PredActor, &[2, 0], &[4, 0]),
        (PRED_COUNTER, Column::PredCounter, &[0x7e, 10, 1], &[0x7f, 10, 3, 1]),
    ] {
        for bytes in [fewer, more] {
            assert_eq!(
                refusal_with(Parts::three_deletes(), &[(spec, bytes)]),
                ChunkError::RowCounts(column)
            );
        }
    }
}

#[test]
fn a_missing_column_is_refused() {
    // Without its actor or its counter an object would be the root, in parts of automerge.
    for (spec, column) in [
        (OBJECT_ACTOR, Column::ObjectActor),
        (OBJECT_COUNTER, Column::ObjectCounter),
        (KEY_NAME, Column::KeyName),
        (VALUE_META, Column::ValueMeta),
        (PRED_COUNT, Column::PredCount),
        (PRED_ACTOR, Column::PredActor),
        (PRED_COUNTER, Column::PredCounter),
    ] {
        assert_eq!(
            refusal_with(Parts::three_deletes(), &[(spec, &[])]),
            ChunkError::RowCounts(column)
        );
    }
}

#[test]
fn a_change_that_does_nothing_is_refused() {
    assert_eq!(refusal(&Parts::empty()), ChunkError::NoOperation);
    assert_eq!(refusal_with(Parts::two_puts(), &[(ACTION, &[])]), ChunkError::NoOperation);
}

#[test]
fn an_actor_that_is_not_listed_is_refused() {
    for index in [2, u64::from(u32::MAX), 1 << 32, u64::MAX] {
        let actors = [&[3][..], &unsigned(index)].concat();
        for (spec, column) in [(OBJECT_ACTOR, Column::ObjectActor), (PRED_ACTOR, Column::PredActor)]
        {
            assert_eq!(
                refusal_with(Parts::three_deletes(), &[(spec, &actors)]),
                ChunkError::ActorIndex { column, index }
            );
        }
    }
}

#[test]
fn predecessors_without_end_are_refused() {
    let limit = WIDE.preds_max;
    for count in [limit + 1, 1 << 62, u64::MAX] {
        let counts = [&[0x7f][..], &unsigned(count)].concat();
        assert_eq!(
            refusal_with(Parts::settled_conflict(), &[(PRED_COUNT, &counts)]),
            ChunkError::TooManyPreds { limit }
        );
    }
}

#[test]
fn predecessors_of_several_operations_that_exceed_the_limit_together_are_refused() {
    let limit = 2;
    let limits = super::super::super::ChunkLimits { preds_max: limit, ..WIDE };
    let parts = Parts::three_deletes();
    let parts = parts.with(&[(PRED_ACTOR, &[2, 0]), (PRED_COUNTER, &[0x7e, 10, 1])]);
    let error = super::walk(&parts.chunk(), &limits);
    assert_eq!(error, Err(ChunkError::TooManyPreds { limit }));
}

#[test]
fn predecessors_out_of_order_or_repeated_are_refused() {
    for (actors, counters) in [
        // Actors descend at one counter.
        (&[0x7e, 2, 0][..], &[0x7e, 15, 0][..]),
        // Counters descend.
        (&[0x7e, 0, 2], &[0x7e, 15, 0x7f]),
        // One predecessor twice, in two runs and in one; counters that descend in one.
        (&[2, 2], &[0x7e, 15, 0]),
    ] {
        let error = refusal_with(
            Parts::settled_conflict(),
            &[(PRED_ACTOR, actors), (PRED_COUNTER, counters)],
        );
        assert_eq!(error, ChunkError::PredsOrder { op: 16 });
    }
}

#[test]
fn predecessors_repeated_or_descending_in_one_run_are_refused() {
    for step in [0, 0x7f] {
        let error = refusal_with(
            Parts::settled_conflict(),
            &[(PRED_COUNT, &[0x7f, 4]), (PRED_ACTOR, &[4, 2]), (PRED_COUNTER, &[0x7f, 5, 3, step])],
        );
        assert_eq!(error, ChunkError::PredsOrder { op: 16 });
    }
}

/// A run of counters that begins with an operation: nothing came before that it could follow.
#[test]
fn predecessors_repeated_or_descending_in_the_first_run_of_an_operation_are_refused() {
    for step in [0, 0x7f] {
        let error = refusal_with(
            Parts::three_deletes(),
            &[
                (PRED_COUNT, &[0x7d, 1, 2, 1]),
                (PRED_ACTOR, &[4, 0]),
                (PRED_COUNTER, &[0x7f, 10, 3, step]),
            ],
        );
        assert_eq!(error, ChunkError::PredsOrder { op: 14 });
    }
}

#[test]
fn neighbouring_operations_may_have_predecessors_in_any_order() {
    let parts = Parts::three_deletes().with(&[(PRED_COUNTER, &[0x7f, 12, 2, 0x7f])]);
    let counters: Vec<i64> = accepted(&parts).ops.preds.iter().map(|run| run.line.first).collect();
    assert_eq!(counters, [12, 11, 10]);
}

// What the operations do.

#[test]
fn an_action_that_neither_sets_nor_deletes_is_refused() {
    // Makes of map, list, text, table; increment; mark; and numbers that stand for nothing.
    for found in [0, 2, 4, 6, 5, 7, 8, 9, 1 << 32 | 1, u64::MAX] {
        let actions = [&[2][..], &unsigned(found)].concat();
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(ACTION, &actions)]),
            ChunkError::Action { op: 10, found }
        );
    }
}

#[test]
fn an_empty_name_is_refused() {
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(KEY_NAME, &[0x7e, 1, b'a', 0])]),
        ChunkError::EmptyName { op: 11 }
    );
}

#[test]
fn a_name_that_a_change_writes_twice_is_refused() {
    // In one run; apart; a run that claims far more operations than there are bytes.
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(KEY_NAME, &[2, 1, b'a'])]),
        ChunkError::RepeatedName { op: 11 }
    );
    assert_eq!(
        refusal_with(Parts::three_deletes(), &[(OBJECT_COUNTER, &[0x7d, 1, 2, 1])]),
        ChunkError::RepeatedName { op: 15 }
    );
    let rows = |value: &[u8]| [&signed(60_000)[..], value].concat();
    let columns = [
        (OBJECT_ACTOR, rows(&[1])),
        (OBJECT_COUNTER, rows(&[1])),
        (KEY_NAME, rows(&[1, b'a'])),
        (ACTION, rows(&[1])),
        (VALUE_META, rows(&[1])),
        (PRED_COUNT, rows(&[0])),
    ];
    let columns: Vec<(u64, &[u8])> =
        columns.iter().map(|(spec, b)| (*spec, b.as_slice())).collect();
    assert_eq!(refusal_with(Parts::two_puts(), &columns), ChunkError::RepeatedName { op: 11 });
}

#[test]
fn deleting_nothing_is_refused() {
    let error = refusal_with(
        Parts::two_puts(),
        &[(ACTION, &[2, 3]), (VALUE_META, &[2, 0]), (VALUE_RAW, &[])],
    );
    assert_eq!(error, ChunkError::PredsMissing { op: 10 });
}

#[test]
fn a_delete_with_a_value_is_refused() {
    for meta in [1, 0x10, 0x14, 0x16] {
        let error = refusal_with(Parts::three_deletes(), &[(VALUE_META, &[3, meta])]);
        assert_eq!(error, ChunkError::DeleteValue { op: 13 });
    }
}
