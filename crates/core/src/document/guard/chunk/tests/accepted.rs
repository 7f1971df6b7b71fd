//! Whatever our documents write is accepted, and read as automerge reads it.

use super::super::{Chunk, Op, walk};
use super::WIDE;
use crate::document::guard::made::Parts;
use crate::document::{Document, Edit, Map, Scalar};
use crate::id::ActorId;
use automerge::Change;
use automerge::legacy::{Key, ObjectId, OpType};
use proptest::prelude::*;

/// Something that one of three devices does to its copy of a document.
#[derive(Clone, Debug)]
enum Act {
    Edit(Vec<Edit>, i64, String),
    /// Takes in what another has written.
    Merge(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let value = prop_oneof![
        ".{0,20}".prop_map(Scalar::Text),
        any::<i64>().prop_map(Scalar::Int),
        any::<bool>().prop_map(Scalar::Bool),
    ];
    let value = prop::option::weighted(0.7, value);
    (0..Map::ALL.len(), "[a-c]{1,2}|[é/%.]{1,9}", value).prop_map(|(map, key, value)| Edit {
        map: Map::ALL[map],
        key,
        value,
    })
}

fn act() -> impl Strategy<Value = Act> {
    let time = -(1i64 << 53) + 1..1 << 53;
    prop_oneof![
        3 => (prop::collection::vec(edit(), 1..8), time, ".{0,16}")
            .prop_map(|(edits, time, verb)| Act::Edit(edits, time, verb)),
        1 => (0usize..3).prop_map(Act::Merge),
    ]
}

/// Asserts that `walk` accepts `chunk` and reads in it what automerge does.
fn assert_alike(chunk: &[u8]) {
    let change = Change::from_bytes(chunk.to_vec()).expect("automerge reads it");
    let read = match walk(chunk, &WIDE) {
        Ok(read) => read,
        Err(error) => panic!("{error:?}: {:?}", change.decode()),
    };
    let actors = change.other_actor_ids();
    let expected = Chunk {
        hash: change.hash().0,
        deps: change.deps().iter().map(|dep| dep.0).collect(),
        actor: change.actor_id().to_bytes().try_into().expect("16 bytes"),
        seq: change.seq(),
        start_op: change.start_op().get(),
        time: change.timestamp(),
        // automerge remembers an empty message until it reads the change again.
        message: change.message().filter(|message| !message.is_empty()).map(str::to_owned),
        other_actors: (actors.iter())
            .map(|actor| actor.to_bytes().try_into().expect("16 bytes"))
            .collect(),
        ops: read.ops.clone(),
    };
    assert_eq!(read, expected);
    assert_eq!(read.max_op(), change.max_op());
    assert_eq!(told(&read, chunk), told_by_automerge(&change));
}

/// Map, name, whether it is deleted, predecessors.
type Told = (u64, Vec<u8>, String, bool, Vec<(u64, Vec<u8>)>);

fn told(read: &Chunk, chunk: &[u8]) -> Vec<Told> {
    let mut preds = read.ops.preds.iter().flat_map(|run| {
        let actor = read.actor_of(run.actor).to_vec();
        (0..u64::from(run.count)).map(move |row| (run.line.at(row) as u64, actor.clone()))
    });
    let name = |op: &Op| chunk[op.name.start as usize..op.name.end as usize].to_vec();
    let op = |op: &Op| {
        let maker = read.actor_of(op.map.0).to_vec();
        let name = String::from_utf8(name(op)).expect("a text");
        let preds = preds.by_ref().take(op.preds as usize).collect();
        (u64::from(op.map.1), maker, name, op.deletes, preds)
    };
    read.ops.ops.iter().map(op).collect()
}

fn told_by_automerge(change: &Change) -> Vec<Told> {
    let operations = change.decode().operations;
    let told = operations.iter().map(|op| {
        let (ObjectId::Id(map), Key::Map(name)) = (&op.obj, &op.key) else { panic!("{op:?}") };
        let deletes = matches!(op.action, OpType::Delete);
        assert!(deletes || matches!(op.action, OpType::Put(_)), "{op:?}");
        let preds = op.pred.iter().map(|id| (id.counter(), id.actor().to_bytes().to_vec()));
        let maker = map.actor().to_bytes().to_vec();
        (map.counter(), maker, name.to_string(), deletes, preds.collect())
    });
    told.collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_change_that_our_documents_make_is_accepted_and_read_alike(
        acts in prop::collection::vec((0usize..3, act()), 0..40),
    ) {
        let mut documents = [Document::found(), Document::found(), Document::found()];
        let mut written: Vec<Vec<u8>> = Vec::new();
        let mut held = [0; 3].map(|_: u8| std::collections::BTreeSet::new());
        for (nth, (who, act)) in acts.into_iter().enumerate() {
            match act {
                Act::Edit(edits, time, verb) => {
                    // Some go on under their actor, some open their store anew.
                    let actor = ActorId([(who + 3 * (nth % 2)) as u8; 16]);
                    let Some(own) = documents[who].edit(&actor, time, &verb, &edits).unwrap() else {
                        continue;
                    };
                    assert_alike(&own.chunk);
                    held[who].insert(written.len());
                    written.push(own.chunk);
                }
                Act::Merge(other) => {
                    let lacking: Vec<usize> =
                        held[other].difference(&held[who]).copied().collect();
                    let chunks: Vec<&[u8]> =
                        lacking.iter().map(|place| written[*place].as_slice()).collect();
                    documents[who].apply(&chunks).unwrap();
                    held[who].extend(lacking);
                }
            }
        }
    }
}

#[test]
fn the_chunks_made_by_hand_are_ones_that_automerge_reads() {
    for parts in [Parts::two_puts(), Parts::settled_conflict(), Parts::three_deletes()] {
        assert_alike(&parts.chunk());
    }
}
