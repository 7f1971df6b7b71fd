//! Whatever automerge writes is accepted and read alike.

use super::super::{Chunk, walk};
use super::WIDE;
use super::made::Parts;
use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, Change, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use proptest::prelude::*;

/// Something that one of three devices does to its copy of a document.
#[derive(Clone, Debug)]
enum Act {
    Put(u8, ScalarValue),
    PutInList(usize, ScalarValue),
    InsertInList(usize, ScalarValue),
    Delete(u8),
    DeleteInList(usize),
    Increment(u8, i64),
    IncrementInList(usize, i64),
    Make(u8, ObjType),
    MakeInList(usize, ObjType),
    Splice(usize, isize, String),
    Mark(usize, usize, bool, ScalarValue),
    SplitBlock(usize),
    Merge(usize),
    Commit(Option<String>, i64),
    EmptyChange,
}

/// The objects that the documents begin with.
struct Objects {
    map: ObjId,
    list: ObjId,
    text: ObjId,
}

fn scalar() -> impl Strategy<Value = ScalarValue> {
    prop_oneof![
        Just(ScalarValue::Null),
        any::<bool>().prop_map(ScalarValue::Boolean),
        any::<i64>().prop_map(ScalarValue::Int),
        (-3i64..3).prop_map(ScalarValue::Int),
        any::<u64>().prop_map(ScalarValue::Uint),
        any::<f64>().prop_map(ScalarValue::F64),
        ".{0,20}".prop_map(|text| ScalarValue::Str(text.into())),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(ScalarValue::Bytes),
        any::<i64>().prop_map(ScalarValue::Timestamp),
        (-(1i64 << 31) + 1..1 << 31).prop_map(ScalarValue::counter),
    ]
}

fn object_type() -> impl Strategy<Value = ObjType> {
    prop_oneof![Just(ObjType::Map), Just(ObjType::List), Just(ObjType::Text)]
}

fn act() -> impl Strategy<Value = Act> {
    let at = || 0usize..8;
    prop_oneof![
        4 => (0u8..5, scalar()).prop_map(|(key, value)| Act::Put(key, value)),
        2 => (at(), scalar()).prop_map(|(at, value)| Act::PutInList(at, value)),
        3 => (at(), scalar()).prop_map(|(at, value)| Act::InsertInList(at, value)),
        2 => (0u8..5).prop_map(Act::Delete),
        2 => at().prop_map(Act::DeleteInList),
        3 => (0u8..5, -(1i64 << 31) + 1..1 << 31).prop_map(|(key, by)| Act::Increment(key, by)),
        2 => (at(), -50i64..50).prop_map(|(at, by)| Act::IncrementInList(at, by)),
        1 => (0u8..5, object_type()).prop_map(|(key, kind)| Act::Make(key, kind)),
        1 => (at(), object_type()).prop_map(|(at, kind)| Act::MakeInList(at, kind)),
        4 => (at(), 0isize..4, "[a-zäß😀]{0,6}")
            .prop_map(|(at, delete, text)| Act::Splice(at, delete, text)),
        2 => (at(), 0usize..4, any::<bool>(), scalar())
            .prop_map(|(at, length, expand, value)| Act::Mark(at, length, expand, value)),
        1 => at().prop_map(Act::SplitBlock),
        4 => (0usize..3).prop_map(Act::Merge),
        3 => (prop::option::of(".{0,20}"), -(1i64 << 53) + 1..1 << 53)
            .prop_map(|(message, time)| Act::Commit(message, time)),
        1 => Just(Act::EmptyChange),
    ]
}

/// Does `act` in one of `docs`; what does not apply there is left undone.
fn perform(docs: &mut [AutoCommit; 3], who: usize, objects: &Objects, act: Act) {
    let Objects { map, list, text } = objects;
    if let Act::Merge(other) = act {
        // What is pending would be committed twice, here and in the clone, with one number.
        docs[other].commit();
        let mut other = docs[other].clone();
        docs[who].merge(&mut other).expect("merges");
        return;
    }
    let doc = &mut docs[who];
    let length = doc.length(list);
    let name = |key: u8| format!("key {key}");
    let options = |message: Option<String>, time: i64| {
        let options = CommitOptions::default().with_time(time);
        match message {
            Some(message) => options.with_message(message),
            None => options,
        }
    };
    let _ = match act {
        Act::Put(key, value) => doc.put(map, name(key), value),
        Act::PutInList(at, value) => doc.put(list, at, value),
        Act::InsertInList(at, value) => doc.insert(list, at.min(length), value),
        Act::Delete(key) => doc.delete(map, name(key)),
        Act::DeleteInList(at) => doc.delete(list, at),
        Act::Increment(key, by) => doc.increment(map, name(key), by),
        Act::IncrementInList(at, by) => doc.increment(list, at, by),
        Act::Make(key, kind) => doc.put_object(map, name(key), kind).map(drop),
        Act::MakeInList(at, kind) => doc.insert_object(list, at.min(length), kind).map(drop),
        Act::Splice(at, delete, new) => {
            let length = doc.length(text);
            let at = at.min(length);
            let delete = delete.min((length - at) as isize);
            doc.splice_text(text, at, delete, &new)
        }
        Act::Mark(at, length, expand, value) => {
            let end = (at + length).min(doc.length(text));
            let expand = match expand {
                true => ExpandMark::Both,
                false => ExpandMark::None,
            };
            let mark = Mark::new("mark".to_owned(), value, at.min(end), end);
            doc.mark(text, mark, expand)
        }
        Act::SplitBlock(at) => {
            let at = at.min(doc.length(text));
            doc.split_block(text, at).map(drop)
        }
        Act::Merge(_) => Ok(()),
        Act::Commit(message, time) => {
            doc.commit_with(options(message, time));
            Ok(())
        }
        Act::EmptyChange => {
            doc.empty_change(CommitOptions::default());
            Ok(())
        }
    };
}

/// Three copies of one document with a map, a list and a text.
fn three_docs() -> ([AutoCommit; 3], Objects) {
    let actor = |byte: u8| ActorId::from([byte; 16].as_slice());
    // The one that begins is neither the first nor the last in order.
    let mut first = AutoCommit::new().with_actor(actor(5));
    let objects = Objects {
        map: first.put_object(ROOT, "map", ObjType::Map).expect("makes"),
        list: first.put_object(ROOT, "list", ObjType::List).expect("makes"),
        text: first.put_object(ROOT, "text", ObjType::Text).expect("makes"),
    };
    first.commit();
    let second = first.fork().with_actor(actor(2));
    let third = first.fork().with_actor(actor(9));
    ([first, second, third], objects)
}

/// Asserts that `walk` accepts `change` and reads in it what automerge does.
pub(super) fn assert_alike(change: &Change) {
    let chunk = match walk(change.raw_bytes(), &WIDE) {
        Ok(chunk) => chunk,
        Err(error) => panic!("{error:?}: {:?}", change.decode()),
    };
    let decoded = change.decode();
    let count = |action: fn(&automerge::legacy::OpType) -> bool| {
        decoded.operations.iter().filter(|op| action(&op.action)).count() as u64
    };
    use automerge::legacy::OpType;
    let expected = Chunk {
        hash: change.hash().0,
        deps: change.deps().iter().map(|dep| dep.0).collect(),
        actor: change.actor_id().to_bytes().try_into().expect("16 bytes"),
        seq: change.seq(),
        start_op: change.start_op().get(),
        ops: change.len() as u64,
        time: change.timestamp(),
        // automerge remembers an empty message until it reads the change again.
        message: (change.message().filter(|message| !message.is_empty())).map(str::to_owned),
        other_actors: (change.other_actor_ids().iter())
            .map(|actor| actor.to_bytes().try_into().expect("16 bytes"))
            .collect(),
        makes_objects: count(|action| matches!(action, OpType::Make(_))) > 0,
        deletes: count(|action| matches!(action, OpType::Delete)),
        increments: count(|action| matches!(action, OpType::Increment(_))),
        marks: count(|action| matches!(action, OpType::MarkBegin(_) | OpType::MarkEnd(_))),
    };
    assert_eq!(chunk, expected);
    assert_eq!(chunk.max_op(), change.max_op());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_change_that_automerge_makes_is_accepted_and_read_alike(
        acts in prop::collection::vec((0usize..3, act()), 0..60),
    ) {
        let (mut docs, objects) = three_docs();
        for (who, act) in acts {
            perform(&mut docs, who, &objects, act);
        }
        for doc in &mut docs {
            doc.get_changes(&[]).iter().for_each(assert_alike);
            // Saved documents hold no chunks: these are made again from the operations.
            let mut loaded = AutoCommit::load(&doc.save()).expect("loads");
            loaded.get_changes(&[]).iter().for_each(assert_alike);
        }
    }
}

#[test]
fn a_long_change_that_automerge_makes_is_accepted() {
    let mut doc = AutoCommit::new().with_actor(ActorId::from([7; 16].as_slice()));
    let text = doc.put_object(ROOT, "text", ObjType::Text).expect("makes");
    doc.splice_text(&text, 0, 0, &"hello, ".repeat(4_000)).expect("splices");
    doc.splice_text(&text, 100, 20_000, "world").expect("splices");
    for name in 0..2_000 {
        doc.put(ROOT, format!("name {name}"), name % 7).expect("puts");
    }
    doc.commit();

    let changes = doc.get_changes(&[]);

    assert!(changes[0].len() > 40_000);
    changes.iter().for_each(assert_alike);
}

#[test]
fn the_chunks_made_by_hand_are_ones_that_automerge_reads() {
    for parts in [
        Parts::empty(),
        Parts::two_puts(),
        Parts::three_letters(),
        Parts::settled_conflict(),
        Parts::mark(),
    ] {
        let change = Change::from_bytes(parts.chunk()).expect("reads");
        assert_alike(&change);
    }
}
