//! Each check of the columns side by side refuses what it is for.

use super::super::super::ChunkError;
use super::super::super::layout::Column;
use super::super::WIDE;
use super::super::made::*;
use super::{accepted, other, refusal_with};

#[test]
fn columns_with_fewer_or_more_rows_are_refused() {
    for (spec, column, value) in [
        (OBJECT_ACTOR, Column::ObjectActor, 0),
        (OBJECT_COUNTER, Column::ObjectCounter, 1),
        (VALUE_META, Column::ValueMeta, 0x16),
        (PRED_COUNT, Column::PredCount, 0),
    ] {
        for rows in [2, 4] {
            assert_eq!(
                refusal_with(Parts::three_letters(), &[(spec, &[rows, value])]),
                ChunkError::RowCounts(column)
            );
        }
    }
    for rows in [2, 4] {
        assert_eq!(
            refusal_with(Parts::three_letters(), &[(INSERT, &[0, rows])]),
            ChunkError::RowCounts(Column::Insert)
        );
    }
    for (spec, column) in [(PRED_ACTOR, Column::PredActor), (PRED_COUNTER, Column::PredCounter)] {
        for column_bytes in [&[0x7f, 1][..], &[0x7d, 1, 2, 1]] {
            let parts =
                Parts { others: vec![other(0xbb), other(0xbc)], ..Parts::settled_conflict() };
            assert_eq!(refusal_with(parts, &[(spec, column_bytes)]), ChunkError::RowCounts(column));
        }
    }
}

#[test]
fn a_missing_column_is_refused() {
    for (spec, column) in
        [(INSERT, Column::Insert), (VALUE_META, Column::ValueMeta), (PRED_COUNT, Column::PredCount)]
    {
        assert_eq!(refusal_with(Parts::two_puts(), &[(spec, &[])]), ChunkError::RowCounts(column));
    }
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(ACTION, &[])]),
        ChunkError::RowCounts(Column::KeyName)
    );
    assert_eq!(
        refusal_with(Parts::settled_conflict(), &[(PRED_ACTOR, &[])]),
        ChunkError::RowCounts(Column::PredActor)
    );
}

#[test]
fn an_actor_that_is_not_listed_is_refused() {
    for index in [1, u64::from(u32::MAX), 1 << 32, u64::MAX] {
        let actors = [&[3][..], &unsigned(index)].concat();
        assert_eq!(
            refusal_with(Parts::three_letters(), &[(OBJECT_ACTOR, &actors)]),
            ChunkError::ActorIndex { column: Column::ObjectActor, index }
        );
        let actors = [&[0, 1, 2][..], &unsigned(index)].concat();
        assert_eq!(
            refusal_with(Parts::three_letters(), &[(KEY_ACTOR, &actors)]),
            ChunkError::ActorIndex { column: Column::KeyActor, index }
        );
    }
    assert_eq!(
        refusal_with(Parts::settled_conflict(), &[(PRED_ACTOR, &[0x7e, 0, 2])]),
        ChunkError::ActorIndex { column: Column::PredActor, index: 2 }
    );
}

#[test]
fn half_an_object_id_is_refused() {
    assert_eq!(
        refusal_with(Parts::three_letters(), &[(OBJECT_ACTOR, &[])]),
        ChunkError::ObjectShape { op: 2 }
    );
    assert_eq!(
        refusal_with(Parts::three_letters(), &[(OBJECT_COUNTER, &[2, 1, 0, 1])]),
        ChunkError::ObjectShape { op: 4 }
    );
}

#[test]
fn a_key_that_is_neither_a_name_nor_an_element_is_refused() {
    // No key, an actor without a counter, a counter without an actor, an element of counter
    // zero, and a name together with either half of an element.
    for (parts, columns, op) in [
        (Parts::two_puts(), [(KEY_NAME, &[][..])], 1),
        (Parts::three_letters(), [(KEY_COUNTER, &[][..])], 2),
        (Parts::three_letters(), [(KEY_ACTOR, &[][..])], 3),
        (Parts::three_letters(), [(KEY_ACTOR, &[3, 0][..])], 2),
        (Parts::two_puts(), [(KEY_ACTOR, &[2, 0][..])], 1),
        (Parts::two_puts(), [(KEY_COUNTER, &[2, 0][..])], 1),
    ] {
        assert_eq!(refusal_with(parts, &columns), ChunkError::KeyShape { op }, "{columns:?}");
    }
}

#[test]
fn a_line_of_elements_that_ends_at_the_head_is_refused() {
    // Counters 0, then 2, 1, 0 of the author.
    let parts = Parts { start_op: 5, ..Parts::three_letters() };
    let error = refusal_with(parts, &[(KEY_ACTOR, &[3, 0]), (KEY_COUNTER, &[0x7f, 2, 2, 0x7f])]);
    assert_eq!(error, ChunkError::KeyShape { op: 6 });
}

#[test]
fn an_element_of_the_root_is_refused() {
    let error = refusal_with(Parts::three_letters(), &[(OBJECT_ACTOR, &[]), (OBJECT_COUNTER, &[])]);
    assert_eq!(error, ChunkError::ElementOfRoot { op: 2 });
}

#[test]
fn a_change_of_the_head_is_refused() {
    assert_eq!(
        refusal_with(Parts::three_letters(), &[(INSERT, &[3])]),
        ChunkError::HeadChanged { op: 2 }
    );
}

#[test]
fn an_operation_that_names_itself_or_a_later_one_is_refused() {
    let column = Column::ObjectCounter;
    for counter in [2, 3, 100] {
        assert_eq!(
            refusal_with(Parts::three_letters(), &[(OBJECT_COUNTER, &[3, counter])]),
            ChunkError::NamesLaterOp { column, op: 2 }
        );
    }
    // The third letter after itself, at the end of a run that begins well.
    let column = Column::KeyCounter;
    assert_eq!(
        refusal_with(Parts::three_letters(), &[(KEY_COUNTER, &[0x7f, 0, 2, 2])]),
        ChunkError::NamesLaterOp { column, op: 3 }
    );
    let column = Column::PredCounter;
    assert_eq!(
        refusal_with(Parts::settled_conflict(), &[(PRED_COUNTER, &[0x7e, 5, 1])]),
        ChunkError::NamesLaterOp { column, op: 6 }
    );
}

#[test]
fn an_operation_of_another_actor_from_start_op_on_is_refused() {
    let parts = Parts { others: vec![other(0xbb)], ..Parts::three_letters() };
    let column = Column::KeyCounter;
    assert_eq!(
        refusal_with(parts, &[(KEY_ACTOR, &[0, 1, 0x7e, 0, 1])]),
        ChunkError::NamesUnseenOp { column, op: 4 }
    );
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
        let counts = [&[2][..], &unsigned(count)].concat();
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(PRED_COUNT, &counts)]),
            ChunkError::TooManyPreds { limit }
        );
    }
}

#[test]
fn predecessors_out_of_order_or_repeated_are_refused() {
    for (actors, counters) in [
        // Actors descend at one counter.
        (&[0x7e, 1, 0][..], &[0x7e, 5, 0][..]),
        // Counters descend.
        (&[0x7e, 0, 1], &[0x7e, 5, 0x7f]),
        // One predecessor twice.
        (&[2, 1], &[0x7e, 5, 0]),
    ] {
        let error = refusal_with(
            Parts::settled_conflict(),
            &[(PRED_ACTOR, actors), (PRED_COUNTER, counters)],
        );
        assert_eq!(error, ChunkError::PredsOrder { op: 6 });
    }
}

#[test]
fn a_predecessor_repeated_by_one_run_is_refused() {
    let error = refusal_with(
        Parts::settled_conflict(),
        &[(PRED_COUNT, &[0x7f, 4]), (PRED_ACTOR, &[4, 1]), (PRED_COUNTER, &[0x7f, 5, 3, 0])],
    );
    assert_eq!(error, ChunkError::PredsOrder { op: 6 });
}

#[test]
fn one_predecessor_of_each_of_several_operations_may_repeat() {
    // Two increments of one counter.
    let parts = Parts { start_op: 6, ..Parts::two_puts() };
    let parts = parts.with(&[
        (KEY_NAME, &[2, 1, b'a']),
        (ACTION, &[2, 5]),
        (PRED_COUNT, &[2, 1]),
        (PRED_ACTOR, &[2, 0]),
        (PRED_COUNTER, &[0x7e, 5, 0]),
    ]);
    assert_eq!(accepted(&parts).increments, 2);
}

// What the operations do.

#[test]
fn an_unknown_action_is_refused() {
    for found in [8, 9, 1 << 32 | 1, u64::MAX] {
        let actions = [&[2][..], &unsigned(found)].concat();
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(ACTION, &actions)]),
            ChunkError::Action { op: 1, found }
        );
    }
}

#[test]
fn inserting_by_name_is_refused() {
    assert_eq!(refusal_with(Parts::two_puts(), &[(INSERT, &[1, 1])]), ChunkError::Insert { op: 2 });
}

#[test]
fn inserting_a_delete_or_an_increment_is_refused() {
    for (action, meta) in [(3, 0), (5, 0x14)] {
        let error = refusal_with(
            Parts::three_letters(),
            &[
                (ACTION, &[3, action]),
                (VALUE_META, &[3, meta]),
                (VALUE_RAW, if meta == 0 { &[] } else { &[1, 2, 3] }),
            ],
        );
        assert_eq!(error, ChunkError::Insert { op: 2 });
    }
}

#[test]
fn a_mark_that_is_not_inserted_is_refused() {
    let parts = Parts { start_op: 9, ..Parts::mark() };
    let error =
        refusal_with(parts, &[(INSERT, &[2]), (KEY_ACTOR, &[2, 0]), (KEY_COUNTER, &[0x7e, 2, 0])]);
    assert_eq!(error, ChunkError::Insert { op: 9 });
}

#[test]
fn inserting_over_predecessors_is_refused() {
    let error = refusal_with(
        Parts::three_letters(),
        &[(PRED_COUNT, &[0x7f, 1, 2, 0]), (PRED_ACTOR, &[0x7f, 0]), (PRED_COUNTER, &[0x7f, 1])],
    );
    assert_eq!(error, ChunkError::InsertWithPreds { op: 2 });
}

#[test]
fn deleting_or_incrementing_nothing_is_refused() {
    let error = refusal_with(
        Parts::two_puts(),
        &[(ACTION, &[2, 3]), (VALUE_META, &[2, 0]), (VALUE_RAW, &[])],
    );
    assert_eq!(error, ChunkError::PredsMissing { op: 1 });
    let error = refusal_with(Parts::two_puts(), &[(ACTION, &[2, 5])]);
    assert_eq!(error, ChunkError::PredsMissing { op: 1 });
}

#[test]
fn a_value_that_the_action_cannot_have_is_refused() {
    // An object and a delete with a number, an increment by anything but a signed number.
    for action in [0, 2, 3, 4, 6] {
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(ACTION, &[2, action])]),
            ChunkError::ActionValue { op: 1, value_type: 4 }
        );
    }
    for value_type in [0, 1, 2, 3, 5, 6, 7, 8, 9] {
        assert_eq!(
            refusal_with(Parts::two_puts(), &[(ACTION, &[2, 5]), (VALUE_META, &[2, value_type])]),
            ChunkError::ActionValue { op: 1, value_type }
        );
    }
    // A value at the end of a mark.
    assert_eq!(
        refusal_with(Parts::mark(), &[(VALUE_META, &[2, 2])]),
        ChunkError::ActionValue { op: 3, value_type: 2 }
    );
}

#[test]
fn a_marks_fields_on_another_action_are_refused() {
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(EXPAND, &[1, 1])]),
        ChunkError::MarkFields { op: 2 }
    );
    assert_eq!(
        refusal_with(Parts::two_puts(), &[(MARK_NAME, &[0x7f, 1, b'm', 0, 1])]),
        ChunkError::MarkFields { op: 1 }
    );
}

#[test]
fn a_mark_that_ends_elsewhere_or_where_it_begins_is_refused() {
    // In another object; after the element after which it begins.
    let error = refusal_with(Parts::mark(), &[(OBJECT_COUNTER, &[0x7e, 1, 2])]);
    assert_eq!(error, ChunkError::MarkUnpaired { op: 3 });
    let error = refusal_with(Parts::mark(), &[(KEY_ACTOR, &[]), (KEY_COUNTER, &[2, 0])]);
    assert_eq!(error, ChunkError::MarkUnpaired { op: 3 });
}

#[test]
fn half_a_mark_is_refused() {
    // Two beginnings, two ends, an end before its beginning.
    for (name, meta, op) in [
        (&[2, 1, b'm'][..], &[2, 2][..], 3),
        (&[], &[2, 0], 2),
        (&[0, 1, 0x7f, 1, b'm'], &[0x7e, 0, 2], 2),
    ] {
        let error =
            refusal_with(Parts::mark(), &[(MARK_NAME, name), (VALUE_META, meta), (EXPAND, &[])]);
        assert_eq!(error, ChunkError::MarkUnpaired { op });
    }
    // Two beginnings in one stretch of rows.
    let error = refusal_with(
        Parts::mark(),
        &[
            (KEY_ACTOR, &[]),
            (KEY_COUNTER, &[2, 0]),
            (MARK_NAME, &[2, 1, b'm']),
            (VALUE_META, &[2, 2]),
            (EXPAND, &[]),
        ],
    );
    assert_eq!(error, ChunkError::MarkUnpaired { op: 2 });
    // A beginning that ends the chunk, and one before another action.
    let error = refusal_with(
        Parts::mark(),
        &[(ACTION, &[0x7e, 1, 7]), (MARK_NAME, &[0, 1, 0x7f, 1, b'm']), (VALUE_META, &[2, 2])],
    );
    assert_eq!(error, ChunkError::MarkUnpaired { op: 3 });
    let error = refusal_with(Parts::mark(), &[(ACTION, &[0x7e, 7, 1]), (EXPAND, &[])]);
    assert_eq!(error, ChunkError::MarkUnpaired { op: 3 });
}
