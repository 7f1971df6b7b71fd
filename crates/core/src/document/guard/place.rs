//! Class 3: a change's place among those that it depends on.
//!
//! Everything is asked of the closure of its dependencies, never of what else a document holds.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::chunk::{Chunk, Op};
use super::{Candidate, History, Inadmissible, Known};
use crate::document::genesis::{GENESIS_ACTOR, MAPS};
use crate::id::ChangeHash;

/// Checks the place of `candidate` on `deps`, its direct dependencies.
pub(super) fn place(
    candidate: &Candidate,
    deps: Vec<Known>,
    history: &impl History,
) -> Result<(), Inadmissible> {
    let chunk = &candidate.chunk;
    numbers(chunk, &deps)?;
    let mut closure = Closure::of(candidate, deps, history);
    let mut preds = candidate.preds();
    for (op, written) in (chunk.start_op..).zip(&chunk.ops.ops) {
        let (maker, counter) = written.map;
        if *chunk.actor_of(maker) != GENESIS_ACTOR || !MAPS.contains(&u64::from(counter)) {
            return Err(Inadmissible::ForeignMap { op });
        }
        for (actor, counter) in preds.by_ref().take(written.preds as usize) {
            if !closure.wrote(actor, counter, written) {
                return Err(Inadmissible::UnknownPredecessor { op });
            }
        }
    }
    Ok(())
}

/// Checks the change's own number, and that of its first operation.
fn numbers(chunk: &Chunk, deps: &[Known]) -> Result<(), Inadmissible> {
    let highest = deps.iter().map(|dep| dep.max_op).max().ok_or(Inadmissible::NoDependency)?;
    if chunk.start_op != highest + 1 {
        return Err(Inadmissible::StartOp { found: chunk.start_op, expected: highest + 1 });
    }
    let own: Vec<u64> =
        deps.iter().filter(|dep| dep.actor == chunk.actor).map(|dep| dep.seq).collect();
    let before = chunk.seq - 1;
    if before > 0 && !own.contains(&before) {
        return Err(Inadmissible::SequenceGap { seq: chunk.seq, before });
    }
    if own.iter().any(|seq| *seq > before) {
        return Err(Inadmissible::SequenceRestart);
    }
    Ok(())
}

/// The changes that a candidate depends on, met one by one from the latest down.
///
/// A change's operations are above those of all that it depends on. So whoever looks for one
/// operation needs to go no further down than to its counter; honest changes replace recent ones.
struct Closure<'a, H> {
    candidate: &'a Candidate,
    history: &'a H,
    /// What is still to be met, by its last operation.
    ahead: BTreeMap<(u64, ChangeHash), Known>,
    seen: BTreeSet<ChangeHash>,
    /// What was met, by actor and first operation.
    met: BTreeMap<(Vec<u8>, u64), Met<'a>>,
}

struct Met<'a> {
    hash: ChangeHash,
    /// Read when first needed; nothing of the genesis.
    whole: Option<Cow<'a, Candidate>>,
}

impl<'a, H: History> Closure<'a, H> {
    fn of(candidate: &'a Candidate, deps: Vec<Known>, history: &'a H) -> Self {
        let seen = candidate.deps().collect();
        let ahead = deps.into_iter().zip(candidate.deps());
        let ahead = ahead.map(|(dep, hash)| ((dep.max_op, hash), dep)).collect();
        Self { candidate, history, ahead, seen, met: BTreeMap::new() }
    }

    /// Whether operation `counter` of `actor` is in the closure and set the name that `written`
    /// writes, in the same map.
    fn wrote(&mut self, actor: &[u8], counter: u64, written: &Op) -> bool {
        while let Some(highest) = self.ahead.last_entry().filter(|last| last.key().0 >= counter) {
            let ((_, hash), known) = highest.remove_entry();
            self.meet(hash, known);
        }
        let upto = (actor.to_vec(), counter);
        let Some((key, met)) = self.met.range_mut(..=upto).next_back() else { return false };
        if key.0 != actor {
            return false;
        }
        // Of a counter beyond its last operation there is none at that place.
        let place = (counter - key.1) as usize;
        if met.whole.is_none() {
            met.whole = self.history.whole(&met.hash);
        }
        let Some(whole) = &met.whole else { return false };
        let Some(op) = whole.chunk.ops.ops.get(place) else { return false };
        // Whoever wrote was admitted, so its map is one of the genesis too.
        !op.deletes && op.map.1 == written.map.1 && whole.name(op) == self.candidate.name(written)
    }

    fn meet(&mut self, hash: ChangeHash, known: Known) {
        for dep in known.deps {
            if self.seen.insert(dep)
                && let Some(below) = self.history.change(&dep)
            {
                self.ahead.insert((below.max_op, dep), below);
            }
        }
        self.met.insert((known.actor, known.start_op), Met { hash, whole: None });
    }
}
