//! The first change that a command makes of a document, without automerge's state.
//!
//! Its bytes are those of the change that an automerge transaction would make on the genesis.

use std::num::NonZeroU64;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ActorId as Actor, Automerge, Change, ExpandedChange};

use super::edit::Edit;
use super::genesis::{GENESIS_ACTOR, genesis_hash};
use super::guard::Known;
use super::state::Map;
use crate::id::{ActorId, ChangeHash};

/// The counter of the first operation after the genesis.
const START_OP: u64 = Map::ALL.len() as u64 + 1;

#[derive(Clone)]
pub(super) struct First {
    change: Change,
}

impl First {
    /// The change by `actor` that sets what `edits` set; one edit at most of each key.
    pub(super) fn new(actor: &ActorId, seconds: i64, verb: &str, edits: &[&Edit]) -> Self {
        let genesis = Actor::from(&GENESIS_ACTOR[..]);
        // Nothing is there that could be deleted.
        let sets = edits.iter().filter_map(|edit| Some((edit, edit.value.as_ref()?)));
        let operations = sets.map(|(edit, value)| Op {
            action: OpType::Put(value.to_automerge()),
            obj: ObjectId::Id(OpId::new(edit.map as u64 + 1, &genesis)),
            key: Key::Map(edit.key.as_str().into()),
            pred: SortedVec::new(),
            insert: false,
        });
        let change = Change::from(ExpandedChange {
            operations: operations.collect(),
            actor_id: Actor::from(&actor.0[..]),
            hash: None,
            seq: 1,
            start_op: NonZeroU64::new(START_OP).expect("BUG: it is positive"),
            time: seconds,
            message: Some(verb.to_owned()).filter(|verb| !verb.is_empty()),
            deps: vec![automerge::ChangeHash(genesis_hash().0)],
            extra_bytes: Vec::new(),
            author: None,
        });
        Self { change }
    }

    pub(super) fn chunk(&self) -> &[u8] {
        self.change.raw_bytes()
    }

    pub(super) fn hash(&self) -> ChangeHash {
        ChangeHash(self.change.hash().0)
    }

    /// What there is to know of `hash`, if that is this change.
    pub(super) fn known(&self, hash: &ChangeHash) -> Option<Known> {
        (self.hash() == *hash).then(|| Known {
            actor: self.change.actor_id().to_bytes().to_vec(),
            seq: self.change.seq(),
            start_op: self.change.start_op().get(),
            max_op: self.change.max_op(),
            deps: vec![genesis_hash()],
        })
    }

    pub(super) fn apply(&self, document: &mut Automerge) {
        let applied = document.apply_changes([self.change.clone()]);
        applied.expect("BUG: our own first change applies to the genesis");
    }
}

#[cfg(test)]
mod tests {
    use automerge::transaction::{CommitOptions, Transactable};
    use proptest::prelude::*;

    use super::super::genesis::founded;
    use super::super::{Document, Scalar};
    use super::*;

    fn edits() -> impl Strategy<Value = Vec<Edit>> {
        let value = prop_oneof![
            ".{0,40}".prop_map(Scalar::Text),
            any::<i64>().prop_map(Scalar::Int),
            any::<bool>().prop_map(Scalar::Bool),
        ];
        let edit = (0..Map::ALL.len(), "[a-z/%é]{1,12}", value);
        let edits = prop::collection::btree_map((0..Map::ALL.len(), "[a-z/%é]{1,12}"), edit, 1..20);
        edits.prop_map(|edits| {
            let sets = edits
                .into_iter()
                .map(|((map, key), (_, _, value))| Edit::set(Map::ALL[map], key, value));
            sets.collect()
        })
    }

    proptest! {
        #[test]
        fn the_bytes_are_those_of_an_automerge_transaction(edits in edits(), order in any::<u64>()) {
            let mut edits: Vec<&Edit> = edits.iter().collect();
            let turn = order as usize % edits.len();
            edits.rotate_left(turn);
            let actor = ActorId([7; 16]);
            let first = First::new(&actor, 1_700_000_000, "import", &edits);

            let mut document = founded();
            document.set_actor(Actor::from(&actor.0[..]));
            let mut transaction = document.transaction();
            for edit in &edits {
                let value = edit.value.as_ref().unwrap().to_automerge();
                transaction.put(edit.map.object(), edit.key.as_str(), value).unwrap();
            }
            let options = CommitOptions::default();
            transaction.commit_with(options.with_time(1_700_000_000).with_message("import"));
            let change = document.get_last_local_change().unwrap();
            prop_assert_eq!(first.chunk(), change.raw_bytes());
        }

        #[test]
        fn however_a_document_came_to_its_only_change_it_is_saved_alike(edits in edits()) {
            let mut made = Document::found();
            let chunk = made.edit(&ActorId([7; 16]), 1_700_000_000, "add", &edits).unwrap().unwrap();
            let mut received = Document::found();
            received.apply(&[&chunk.chunk]).unwrap();
            prop_assert_eq!(made.save().unwrap(), received.save().unwrap());
            let loaded = Document::load(made.save().unwrap()).unwrap();
            prop_assert_eq!(loaded.save().unwrap(), received.save().unwrap());
            prop_assert_eq!(loaded.state(), made.state());
            prop_assert_eq!(loaded.heads(), made.heads());
        }
    }
}
