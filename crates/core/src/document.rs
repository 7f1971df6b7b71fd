//! Documents: one automerge document per (record, space), with flat keys and scalar values.
//!
//! The only home of automerge. This folder turns edits into signed-to-be change chunks, checks
//! foreign chunks before automerge sees them, and reads a document's state; it knows neither logs
//! nor tables.

mod edit;
mod first;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod genesis;
pub(crate) mod guard;
mod history;
mod inverse;
#[cfg(test)]
pub(crate) mod planted;
mod state;
pub mod trial;

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeSet;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId as Actor, Automerge, ReadDoc};

pub(crate) use edit::Edit;
pub(crate) use genesis::{genesis_bytes, genesis_hash, known as genesis_known};
pub(crate) use history::{history_line, line_in_form};
pub(crate) use inverse::inverse;
pub use state::{Map, Scalar, State, Values};

use crate::id::{ActorId, ChangeHash};
use first::First;
use guard::{Candidate, History, Known};

/// A document in memory: a genesis and every admitted change.
#[derive(Clone)]
pub(crate) struct Document {
    /// The change that a command made of a document that had none. Most documents of an import
    /// never have another, and a chunk costs a twentieth of what automerge's own state does.
    first: Option<First>,
    /// Made when it is first needed.
    automerge: OnceCell<Automerge>,
    /// The visible state, once it was read; kept up to date by own edits.
    state: OnceCell<State>,
    /// What [`save`](Self::save) found to load again, until the next edit.
    saved: OnceCell<Vec<u8>>,
}

/// A change of our own, ready to be put into an item.
pub(crate) struct OwnChange {
    pub(crate) chunk: Vec<u8>,
}

/// Automerge refused what the guard let through: a failure of class 4, local to this program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("automerge cannot take this: {0}")]
pub(crate) struct Stuck(pub(crate) String);

impl Stuck {
    /// Depends on a change that is stuck.
    pub(crate) fn on_stuck() -> Self {
        Self("it depends on a change that is stuck".to_owned())
    }
}

impl Document {
    /// A document before any change: its genesis alone.
    pub(crate) fn found() -> Self {
        let state = OnceCell::from(State::default());
        Self { first: None, automerge: OnceCell::new(), state, saved: OnceCell::new() }
    }

    /// Reads what [`save`](Self::save) wrote.
    pub(crate) fn load(snapshot: &[u8]) -> Result<Self, Stuck> {
        let automerge = contained(|| Automerge::load(snapshot))?;
        let automerge = OnceCell::from(automerge);
        Ok(Self { first: None, automerge, state: OnceCell::new(), saved: OnceCell::new() })
    }

    /// The document with its whole history, which alone decides the bytes, and which
    /// [`load`](Self::load) has been seen to read again.
    ///
    /// The chunks of the genesis and of the only change on it; of more changes automerge's own
    /// form. Not compressed: that would cost more than the rest of a write, for a few hundred
    /// bytes.
    ///
    /// # Errors
    /// [`Stuck`] if what automerge saves it does not load, or not as the same document. Of a single
    /// change there is nothing to try: chunks are saved as they came.
    pub(crate) fn save(&self) -> Result<&[u8], Stuck> {
        if self.saved.get().is_none() {
            let saved = match (&self.first, self.automerge.get()) {
                (Some(first), None) => [genesis_bytes(), first.chunk()].concat(),
                _ => saved(self.automerge())?,
            };
            return Ok(self.saved.get_or_init(|| saved));
        }
        Ok(self.saved.get().expect("BUG: just seen"))
    }

    fn automerge(&self) -> &Automerge {
        self.automerge.get_or_init(|| {
            let mut automerge = genesis::founded();
            if let Some(first) = &self.first {
                first.apply(&mut automerge);
            }
            automerge
        })
    }

    fn automerge_mut(&mut self) -> &mut Automerge {
        self.automerge();
        self.automerge.get_mut().expect("BUG: just made")
    }

    /// Hashes of the changes that no other depends on, sorted.
    pub(crate) fn heads(&self) -> Vec<ChangeHash> {
        if let (Some(first), None) = (&self.first, self.automerge.get()) {
            return vec![first.hash()];
        }
        let mut heads: Vec<ChangeHash> =
            self.automerge().get_heads().into_iter().map(|head| ChangeHash(head.0)).collect();
        heads.sort();
        heads
    }

    /// Carries out `edits` as one change by `actor`; `None` if nothing differs.
    ///
    /// `seconds` (Unix) and `verb` go into the change for `history` and `operations`.
    pub(crate) fn edit(
        &mut self,
        actor: &ActorId,
        seconds: i64,
        verb: &str,
        edits: &[Edit],
    ) -> Result<Option<OwnChange>, Stuck> {
        let state = self.state();
        let edits: Vec<&Edit> =
            last_of_each_key(edits).into_iter().filter(|edit| state.differs(edit)).collect();
        if edits.is_empty() {
            return Ok(None);
        }
        let mut state = self.state.take().unwrap_or_default();
        self.saved.take();
        for edit in &edits {
            state.note(edit);
        }
        let chunk = if self.first.is_none() && self.automerge.get().is_none() {
            self.first.insert(First::new(actor, seconds, verb, &edits)).chunk().to_vec()
        } else {
            self.commit(actor, seconds, verb, &edits)?
        };
        self.state = OnceCell::from(state);
        Ok(Some(OwnChange { chunk }))
    }

    fn commit(
        &mut self,
        actor: &ActorId,
        seconds: i64,
        verb: &str,
        edits: &[&Edit],
    ) -> Result<Vec<u8>, Stuck> {
        let automerge = self.automerge_mut();
        automerge.set_actor(Actor::from(&actor.0[..]));
        let mut transaction = automerge.transaction();
        for edit in edits {
            let map = edit.map.object();
            match &edit.value {
                Some(value) => {
                    transaction
                        .put(&map, edit.key.as_str(), value.to_automerge())
                        .map_err(stuck)?;
                }
                None => transaction.delete(&map, edit.key.as_str()).map_err(stuck)?,
            }
        }
        let options = CommitOptions::default().with_time(seconds).with_message(verb);
        transaction.commit_with(options);
        let change = automerge
            .get_last_local_change()
            .ok_or_else(|| Stuck("a committed change is not there".to_owned()))?;
        Ok(change.raw_bytes().to_vec())
    }

    /// Class 4 of the guard, for changes that passed the others: takes all of them together, causes
    /// first, on a copy. Unchanged if automerge does not take and save them.
    ///
    /// # Errors
    /// [`Stuck`] if automerge refuses a change, panics, passes one over, or saves what it does not
    /// load as the same document. Since that compares hashes, and a saved document holds no chunks,
    /// automerge has then also written each change again to the byte.
    pub(crate) fn apply(&mut self, chunks: &[&[u8]]) -> Result<(), Stuck> {
        trial::outside(self, chunks)?;
        let mut changes = Vec::with_capacity(chunks.len());
        for chunk in chunks {
            changes.push(contained(|| automerge::Change::from_bytes(chunk.to_vec()))?);
        }
        let expected: Vec<_> = changes.iter().map(automerge::Change::hash).collect();
        let mut trial = self.automerge().clone();
        #[cfg(test)]
        let take_all = planted::take_all;
        contained(|| take_all(&mut trial, changes))?;
        if expected.iter().any(|hash| trial.get_change_meta_by_hash(hash).is_none()) {
            return Err(Stuck("a change was taken but is not there".to_owned()));
        }
        let saved = saved(&trial)?;
        self.first = None;
        self.automerge = OnceCell::from(trial);
        self.state = OnceCell::new();
        self.saved = OnceCell::from(saved);
        Ok(())
    }

    /// Takes as many of `candidates` as automerge takes, and tells which it does not.
    ///
    /// If all fail together, each half is tried: one that is stuck holds up those that depend on
    /// it and no other. Costs two trials for each halving down to each stuck change.
    pub(crate) fn take(&mut self, candidates: &[&Candidate]) -> Vec<(ChangeHash, Stuck)> {
        let (ready, mut stuck) = self.with_dependencies(candidates);
        if ready.is_empty() {
            return stuck;
        }
        let chunks: Vec<&[u8]> = ready.iter().map(|one| one.bytes.as_slice()).collect();
        let Err(reason) = self.apply(&chunks) else { return stuck };
        if let [only] = ready[..] {
            stuck.push((only.hash(), reason));
            return stuck;
        }
        let (former, latter) = ready.split_at(ready.len() / 2);
        stuck.extend(self.take(former));
        stuck.extend(self.take(latter));
        stuck
    }

    /// Those of `candidates` whose dependencies are here or among them, and the others.
    fn with_dependencies<'a>(
        &self,
        candidates: &[&'a Candidate],
    ) -> (Vec<&'a Candidate>, Vec<(ChangeHash, Stuck)>) {
        let mut coming = BTreeSet::new();
        let (ready, waiting) = candidates.iter().partition::<Vec<&Candidate>, _>(|one| {
            let is_ready =
                one.deps().all(|dep| coming.contains(&dep) || self.change(&dep).is_some());
            is_ready && coming.insert(one.hash())
        });
        let stuck = waiting.iter().map(|one| (one.hash(), Stuck::on_stuck())).collect();
        (ready, stuck)
    }

    /// Whether a chunk's change was admitted; reads its bytes by the guard alone.
    fn holds(&self, chunk: &[u8]) -> bool {
        guard::hash(chunk).is_some_and(|hash| self.change(&hash).is_some())
    }

    /// Every value of every map.
    pub(crate) fn state(&self) -> &State {
        self.state.get_or_init(|| state::read(self.automerge()))
    }
}

impl History for Document {
    fn change(&self, hash: &ChangeHash) -> Option<Known> {
        if self.automerge.get().is_none() {
            let known = self.first.as_ref().and_then(|first| first.known(hash));
            return known.or_else(|| genesis::known(hash));
        }
        let meta = self.automerge().get_change_meta_by_hash(&automerge::ChangeHash(hash.0))?;
        Some(Known {
            actor: meta.actor.to_bytes().to_vec(),
            seq: meta.seq,
            start_op: meta.start_op,
            max_op: meta.max_op,
            deps: meta.deps.iter().map(|dep| ChangeHash(dep.0)).collect(),
        })
    }

    fn whole(&self, hash: &ChangeHash) -> Option<Cow<'_, Candidate>> {
        let bytes = match (&self.first, self.automerge.get()) {
            (Some(first), None) if first.hash() == *hash => first.chunk().to_vec(),
            (_, None) => return None,
            (_, Some(automerge)) => {
                let change = automerge.get_change_by_hash(&automerge::ChangeHash(hash.0))?;
                change.raw_bytes().to_vec()
            }
        };
        Candidate::read(bytes).ok().map(Cow::Owned)
    }
}

fn take_all(document: &mut Automerge, changes: Vec<automerge::Change>) -> Result<(), String> {
    document.apply_changes(changes).map_err(|error| error.to_string())
}

/// What `document` is saved as, once that was seen to load as the same document.
fn saved(document: &Automerge) -> Result<Vec<u8>, Stuck> {
    if let Some(chunk) = contained(|| Ok::<_, Stuck>(only_chunk(document)))? {
        return Ok([genesis_bytes(), &chunk].concat());
    }
    let saved = contained(|| Ok::<_, Stuck>(document.save_nocompress()))?;
    #[cfg(test)]
    let saved = planted::spoil(document, saved);
    let loaded = contained(|| Automerge::load(&saved))?;
    if loaded.get_heads() != document.get_heads() {
        return Err(Stuck("what it saves is not what it loads".to_owned()));
    }
    Ok(saved)
}

/// The chunk of the only change beyond the genesis.
fn only_chunk(document: &Automerge) -> Option<Vec<u8>> {
    let [head] = document.get_heads()[..] else { return None };
    let change = document.get_change_meta_by_hash(&head)?;
    let is_first = change.deps.iter().map(|dep| dep.0).eq([genesis_hash().0]);
    drop(change);
    let change = document.get_change_by_hash(&head).filter(|_| is_first)?;
    Some(change.raw_bytes().to_vec())
}

/// Of several edits of one key the last holds.
fn last_of_each_key(edits: &[Edit]) -> Vec<&Edit> {
    let mut seen = BTreeSet::new();
    let mut last: Vec<&Edit> =
        edits.iter().rev().filter(|edit| seen.insert((edit.map, edit.key.as_str()))).collect();
    last.reverse();
    last
}

/// Runs automerge where a panic inside it becomes an error.
///
/// Its decoder panics on some hostile input. State that a panic may leave half-made is only ever
/// a copy that is thrown away. On targets that abort (the browser) the guard's class 4 runs in an
/// instance of its own instead.
fn contained<T, E: std::fmt::Display>(act: impl FnOnce() -> Result<T, E>) -> Result<T, Stuck> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(act)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Stuck(error.to_string())),
        Err(_) => Err(Stuck("it panicked".to_owned())),
    }
}

fn stuck(error: automerge::AutomergeError) -> Stuck {
    Stuck(error.to_string())
}
