//! The frozen first change of every document: computed, never sent.
//!
//! One plain change by a fixed actor at time 0 makes every map of [`Map`]. Version 1 is the same
//! for all kinds; documents of different kinds have different ids. Its bytes are golden-tested: a
//! new collection comes as a further genesis change, never as an edited one.

use std::sync::LazyLock;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId as Actor, Automerge, ObjId, ObjType, ROOT};

use super::guard::Known;
use super::state::Map;
use crate::id::{ACTOR_BYTES, ChangeHash};

/// Actor of the genesis change, version 1: 16 bytes of ASCII.
pub(crate) const GENESIS_ACTOR: [u8; ACTOR_BYTES] = *b"goodword genesis";

/// Counters of the operations that make the maps.
pub(super) const MAPS: std::ops::RangeInclusive<u64> = 1..=Map::ALL.len() as u64;

/// The plain change chunk with which every document starts.
pub(crate) fn genesis_bytes() -> &'static [u8] {
    &GENESIS.chunk
}

/// Hash of the genesis change.
pub(crate) fn genesis_hash() -> ChangeHash {
    GENESIS.hash
}

/// What there is to know of `hash`, if that is the genesis.
pub(crate) fn known(hash: &ChangeHash) -> Option<Known> {
    (GENESIS.hash == *hash).then(|| Known {
        actor: GENESIS_ACTOR.to_vec(),
        seq: 1,
        start_op: 1,
        max_op: Map::ALL.len() as u64,
        deps: Vec::new(),
    })
}

/// A document with its genesis alone.
pub(super) fn founded() -> Automerge {
    GENESIS.automerge.clone()
}

impl Map {
    /// The object that this map is in every document: operations of the genesis count from 1 in
    /// the order of [`Map::ALL`].
    pub(super) fn object(self) -> ObjId {
        ObjId::Id(self as u64 + 1, Actor::from(&GENESIS_ACTOR[..]), 0)
    }

    /// The map that the genesis operation `counter` made.
    pub(super) fn of_counter(counter: u64) -> Option<Self> {
        let index = usize::try_from(counter.checked_sub(1)?).ok()?;
        Self::ALL.get(index).copied()
    }
}

struct Genesis {
    chunk: Vec<u8>,
    hash: ChangeHash,
    automerge: Automerge,
}

static GENESIS: LazyLock<Genesis> = LazyLock::new(make);

fn make() -> Genesis {
    let mut automerge = Automerge::new().with_actor(Actor::from(&GENESIS_ACTOR[..]));
    let mut transaction = automerge.transaction();
    for map in Map::ALL {
        transaction
            .put_object(ROOT, map.name(), ObjType::Map)
            .expect("BUG: an empty document takes a map");
    }
    transaction.commit_with(CommitOptions::default().with_time(0));
    let change = automerge.get_last_local_change().expect("BUG: the genesis was committed");
    Genesis { chunk: change.raw_bytes().to_vec(), hash: ChangeHash(change.hash().0), automerge }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_genesis_bytes_are_frozen() {
        let golden = include_str!("../../tests/golden/genesis-1.hex").trim();
        assert_eq!(data_encoding::HEXLOWER.encode(genesis_bytes()), golden);
    }

    #[test]
    fn every_map_is_found_by_its_place_in_the_genesis() {
        use automerge::ReadDoc;
        let document = founded();
        for map in Map::ALL {
            let (_, object) = document.get(ROOT, map.name()).unwrap().unwrap();
            assert_eq!(object, map.object());
            assert_eq!(Map::of_counter(map as u64 + 1), Some(map));
        }
        assert_eq!(Map::of_counter(0), None);
        assert_eq!(Map::of_counter(Map::ALL.len() as u64 + 1), None);
    }
}
