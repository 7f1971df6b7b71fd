//! What a foreign change must satisfy before automerge sees it.
//!
//! Three classes, in order: the bytes of one chunk ([`chunk`]); what the item around it says of
//! its author; its place among the changes that it depends on. Every verdict is a function of the
//! item and its dependency closure, never of the local document or platform, so that all devices
//! agree. A failure here is permanent and blames the signer; a dependency that is not there yet
//! is no failure. The fourth class, automerge's own verdict, is [`Stuck`](super::Stuck).

pub(crate) mod chunk;
#[cfg(any(test, fuzzing))]
#[cfg_attr(fuzzing, allow(dead_code))]
pub(crate) mod made;
mod place;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use chunk::{Chunk, ChunkError, ChunkLimits, Op};
use place::place;

use crate::id::{ActorId, ChangeHash, SpaceId};
use crate::limits;
use crate::log::Item;

/// What is known of a change that was admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) actor: Vec<u8>,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) max_op: u64,
    pub(crate) deps: Vec<ChangeHash>,
}

/// The changes that a document has admitted, its genesis among them.
pub(crate) trait History {
    /// What is known of `hash`, if it was admitted.
    fn change(&self, hash: &ChangeHash) -> Option<Known>;

    /// The whole of an admitted change, unless it is the genesis.
    fn whole(&self, hash: &ChangeHash) -> Option<Cow<'_, Candidate>>;
}

/// Why a change is inadmissible: one variant per check.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Inadmissible {
    #[error("{0}")]
    Chunk(#[from] ChunkError),
    #[error("actor is not derived from the device, space, document, generation and nonce")]
    ForeignActor,
    #[error("change depends on nothing, not even the document's genesis")]
    NoDependency,
    #[error("change {seq} of its actor does not depend on change {before} of that actor")]
    SequenceGap { seq: u64, before: u64 },
    #[error("first change of its actor depends on an earlier one of that actor")]
    SequenceRestart,
    #[error("operations start at {found}, not at {expected}")]
    StartOp { found: u64, expected: u64 },
    #[error("its document was founded again with another change")]
    FoundedOtherwise,
    #[error("operation {op} writes into something that is no map of the genesis")]
    ForeignMap { op: u64 },
    #[error("operation {op} replaces what no dependency has written under its name")]
    UnknownPredecessor { op: u64 },
    #[error("another change of its actor has its number")]
    SequenceTaken,
    #[error("it depends on a change that is itself inadmissible")]
    DependsOnRefused,
}

/// What is to be done with a change whose chunk is in form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Admissible,
    /// A dependency has not arrived.
    Pending(ChangeHash),
    Inadmissible(Inadmissible),
}

/// A chunk that passed the first two classes, with its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) chunk: Chunk,
    pub(crate) bytes: Vec<u8>,
}

impl Candidate {
    /// Class 1: reads a chunk that is in form.
    pub(crate) fn read(bytes: Vec<u8>) -> Result<Self, ChunkError> {
        let chunk = chunk::walk(&bytes, &CHUNK_LIMITS)?;
        Ok(Self { chunk, bytes })
    }

    pub(crate) fn hash(&self) -> ChangeHash {
        ChangeHash(self.chunk.hash)
    }

    pub(crate) fn deps(&self) -> impl Iterator<Item = ChangeHash> + '_ {
        self.chunk.deps.iter().map(|dep| ChangeHash(*dep))
    }

    /// Actor and counter of each predecessor, those of one operation after another.
    fn preds(&self) -> impl Iterator<Item = (&[u8], u64)> {
        let each = |run: &chunk::Preds| {
            let (actor, line) = (self.chunk.actor_of(run.actor).as_slice(), run.line);
            (0..u64::from(run.count)).map(move |row| (actor, line.at(row) as u64))
        };
        self.chunk.ops.preds.iter().flat_map(each)
    }

    /// The name that `op`, one of its operations, writes.
    fn name(&self, op: &Op) -> &[u8] {
        &self.bytes[op.name.start as usize..op.name.end as usize]
    }

    /// What others may know of it once it is admitted.
    pub(crate) fn known(&self) -> Known {
        Known {
            actor: self.chunk.actor.to_vec(),
            seq: self.chunk.seq,
            start_op: self.chunk.start_op,
            max_op: self.chunk.max_op(),
            deps: self.deps().collect(),
        }
    }
}

pub(crate) const CHUNK_LIMITS: ChunkLimits = ChunkLimits {
    bytes_max: limits::CHUNK_BYTES_MAX,
    ops_max: limits::CHUNK_OPS_MAX,
    preds_max: limits::CHUNK_PREDS_MAX,
    deps_max: limits::CHUNK_DEPS_MAX,
    actors_max: limits::CHUNK_ACTORS_MAX,
    message_bytes_max: limits::CHUNK_MESSAGE_BYTES_MAX,
};

/// Classes 1 and 2 for every chunk of an item: form, and the actor bound to its place.
///
/// That the signer may write the document at all is asked of the roster by the caller.
pub(crate) fn candidates(space: &SpaceId, item: &Item) -> Result<Vec<Candidate>, Inadmissible> {
    let actor = item.actor(space);
    item.chunks.iter().map(|bytes| candidate(&actor, bytes)).collect()
}

fn candidate(actor: &ActorId, bytes: &[u8]) -> Result<Candidate, Inadmissible> {
    let candidate = Candidate::read(bytes.to_vec())?;
    if candidate.chunk.actor != actor.0 {
        return Err(Inadmissible::ForeignActor);
    }
    Ok(candidate)
}

/// Class 3: the change's place among those that it depends on.
pub(crate) fn judge(candidate: &Candidate, history: &impl History) -> Verdict {
    let mut deps = Vec::with_capacity(candidate.chunk.deps.len());
    for dep in candidate.deps() {
        match history.change(&dep) {
            Some(known) => deps.push(known),
            None => return Verdict::Pending(dep),
        }
    }
    match place(candidate, deps, history) {
        Ok(()) => Verdict::Admissible,
        Err(reason) => Verdict::Inadmissible(reason),
    }
}

/// The message that a chunk gives, whether the rest of it is in form or not.
pub(crate) fn message(bytes: &[u8]) -> Option<String> {
    chunk::message_of(bytes, &CHUNK_LIMITS).ok()?
}

/// The hash of a chunk that is in form.
pub(crate) fn hash(bytes: &[u8]) -> Option<ChangeHash> {
    chunk::walk(bytes, &CHUNK_LIMITS).ok().map(|chunk| ChangeHash(chunk.hash))
}
