//! What it takes to undo one change: for each key it wrote, what was there before.
//!
//! Derived from history alone, so that any device can undo any command, also after a sync. A key
//! that somebody wrote since is left as it is.

use std::collections::BTreeMap;

use automerge::legacy::{Key, ObjectId};
use automerge::{Automerge, ChangeHash as Hash, ObjId, ReadDoc};

use super::state::{Map, Scalar};
use super::{Document, Edit, Stuck, contained};

/// The edits that take a change back, and the keys that they leave alone.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Inverse {
    pub(crate) edits: Vec<Edit>,
    pub(crate) left: Vec<(Map, String)>,
}

/// Computes what undoes `chunk`, a change that `document` holds.
///
/// `later` holds the keys that later changes of the same command wrote: those are as written.
pub(crate) fn inverse(
    document: &Document,
    chunk: &[u8],
    later: &BTreeMap<(Map, String), Option<Scalar>>,
) -> Result<Inverse, Stuck> {
    // What the guard refused is not undone, and not shown to automerge.
    if !document.holds(chunk) {
        return Ok(Inverse::default());
    }
    let change = contained(|| automerge::Change::from_bytes(chunk.to_vec()))?;
    let expanded = change.decode();
    let before: &[Hash] = change.deps();
    let mut inverse = Inverse::default();
    for (place, operation) in (0_u64..).zip(&expanded.operations) {
        let ObjectId::Id(made_by) = &operation.obj else {
            continue;
        };
        let Some(map) = Map::of_counter(made_by.counter()) else {
            continue;
        };
        let Key::Map(key) = &operation.key else {
            continue;
        };
        let wrote = operation.primitive_value().is_some();
        let written = change.start_op().get() + place;
        let untouched = later.contains_key(&(map, key.to_string()))
            || is_as_written(document.automerge(), map, key, wrote, written, change.actor_id());
        if !untouched {
            inverse.left.push((map, key.to_string()));
            continue;
        }
        let value = value_at(document.automerge(), map, key, before);
        inverse.edits.push(Edit { map, key: key.to_string(), value });
    }
    Ok(inverse)
}

/// Whether `key` holds exactly what operation (`counter`, `actor`) wrote, or nothing if it deleted.
fn is_as_written(
    document: &Automerge,
    map: Map,
    key: &str,
    wrote: bool,
    counter: u64,
    actor: &automerge::ActorId,
) -> bool {
    let values = document.get_all(map.object(), key).unwrap_or_default();
    match values.as_slice() {
        [] => !wrote,
        [(_, ObjId::Id(at, by, _))] => wrote && *at == counter && by == actor,
        _ => false,
    }
}

fn value_at(document: &Automerge, map: Map, key: &str, heads: &[Hash]) -> Option<Scalar> {
    let (value, _) = document.get_at(map.object(), key, heads).ok()??;
    Scalar::from_value(&value)
}
