//! What the fuzz targets call: each takes any bytes and panics if a promise is broken.
//!
//! Not part of the program: compiled for `tests/fuzz` (`--cfg fuzzing`) and for this crate's own
//! tests, which feed the committed corpora to the same functions.

use std::collections::BTreeSet;

use automerge::Change;

use super::guard::made::{frame, unsigned};
use super::guard::{Candidate, History, Verdict, judge};
use super::{Document, Edit, Map};
use crate::id::{ActorId, ChangeHash};

/// Walks the data of a chunk whose frame and checksum are in order.
///
/// # Panics
/// If automerge does not read what is accepted, or writes it otherwise.
pub fn chunk(data: &[u8]) {
    let bytes = frame(1, data);
    let Ok(candidate) = Candidate::read(bytes) else { return };
    let change = Change::from_bytes(candidate.bytes.clone()).expect("automerge reads it");
    let again = Change::from(change.decode());
    assert_eq!(again.raw_bytes(), candidate.bytes, "automerge writes it otherwise");
}

/// Judges a change by one of two actors on a document with something in it, and takes it in.
///
/// The first byte says where it stands; the rest is what follows `start_op` in its chunk.
///
/// # Panics
/// If what is admissible is stuck, does not load again, or cannot be edited.
pub fn guard(bytes: &[u8]) {
    let Some((place, rest)) = bytes.split_first() else { return };
    let base = base(place & 1 == 1);
    let actor = if place & 2 == 2 { AUTHOR } else { STRANGER };
    let (deps, start_op, seq) = stands(&base, &actor);
    let mut data = unsigned(1);
    data.extend(deps);
    data.extend([&[16][..], &actor.0, &unsigned(seq), &unsigned(start_op), rest].concat());
    let Ok(candidate) = Candidate::read(frame(1, &data)) else { return };
    // Of two changes with one number of an actor the store takes one, before automerge sees them.
    let is_first = !holds_number(&base, &candidate.chunk.actor, candidate.chunk.seq);
    if is_first && judge(&candidate, &base) == Verdict::Admissible {
        takes(base, &candidate);
    }
}

/// Lets three devices edit, forge and exchange changes of one document, as the first 96 bytes say.
///
/// # Panics
/// If what the guard admits is stuck, or two that hold the same differ.
pub fn document(bytes: &[u8]) {
    let mut script = bytes.iter().copied().take(96);
    let mut documents = [Document::found(), Document::found(), Document::found()];
    let mut written: Vec<Candidate> = Vec::new();
    while let Some(act) = script.next() {
        let who = usize::from(act % 3);
        let actor = ActorId([act % 7; 16]);
        match act / 3 % 4 {
            0 | 1 => {
                let edits = edits(&mut script);
                let own = documents[who].edit(&actor, i64::from(act), "edit", &edits);
                let own = own.expect("our own edits are taken");
                written.extend(
                    own.map(|own| Candidate::read(own.chunk).expect("our own changes are in form")),
                );
            }
            2 => {
                let data: Vec<u8> = script.by_ref().take(usize::from(act)).collect();
                let (deps, start_op, seq) = stands(&documents[who], &actor);
                let mut head = unsigned(deps.len() as u64 / 32);
                head.extend(deps);
                head.extend([&[16][..], &actor.0, &unsigned(seq), &unsigned(start_op)].concat());
                written.extend(Candidate::read(frame(1, &[head, data].concat())));
            }
            _ => exchange(&mut documents[who], &written),
        }
    }
    // Each in another order, as far as dependencies let it.
    for (turn, document) in documents.iter_mut().enumerate() {
        let middle = written.len() * turn / 3;
        written.rotate_left(middle);
        exchange(document, &written);
    }
    let [one, rest @ ..] = &documents;
    for other in rest {
        if one.heads() == other.heads() {
            assert_eq!(one.state(), other.state(), "the same changes and another state");
        }
    }
    for document in &documents {
        let saved = document.save().expect("what was taken is saved");
        let loaded = Document::load(saved).expect("what was saved loads");
        assert_eq!(loaded.state(), document.state());
    }
}

const AUTHOR: ActorId = ActorId([7; 16]);
const STRANGER: ActorId = ActorId([9; 16]);

/// A document with a change of the author's, and perhaps one of another's over it.
fn base(is_settled: bool) -> Document {
    let mut document = Document::found();
    let first = [Edit::set(Map::Fields, "a", "Ada"), Edit::set(Map::Tags, "b", true)];
    document.edit(&AUTHOR, 0, "add", &first).expect("taken");
    if is_settled {
        let second = [Edit::set(Map::Fields, "a", 7), Edit::text(Map::Tags, "b", None)];
        document.edit(&ActorId([8; 16]), 0, "edit", &second).expect("taken");
    }
    document
}

/// Dependencies, first operation and number of the next change of `actor` on `document`.
fn stands(document: &Document, actor: &ActorId) -> (Vec<u8>, u64, u64) {
    let heads = document.heads();
    let known: Vec<_> = heads.iter().filter_map(|head| document.change(head)).collect();
    let max_op = known.iter().map(|known| known.max_op).max().unwrap_or(0);
    let own = known.iter().filter(|known| known.actor == actor.0).map(|known| known.seq).max();
    let deps = heads.iter().flat_map(|head| head.0).collect();
    (deps, max_op + 1, own.unwrap_or(0) + 1)
}

fn edits(script: &mut impl Iterator<Item = u8>) -> Vec<Edit> {
    let count = script.next().unwrap_or(0) % 4;
    let edits = (0..count).map_while(|_| {
        let (place, value) = (script.next()?, script.next()?);
        let map = Map::ALL[usize::from(place) % Map::ALL.len()];
        let key = ["a", "b", "c/d"][usize::from(place / 16) % 3];
        Some(match value % 4 {
            0 => Edit::text(map, key, None),
            1 => Edit::set(map, key, i64::from(value)),
            2 => Edit::set(map, key, value % 8 < 4),
            _ => Edit::set(map, key, format!("{value}")),
        })
    });
    edits.collect()
}

/// Takes in whatever of `written` the guard admits, in the order given, until nothing more is.
fn exchange(document: &mut Document, written: &[Candidate]) {
    loop {
        let mut numbers = BTreeSet::new();
        let is_next = |candidate: &&Candidate| {
            let number = (candidate.chunk.actor, candidate.chunk.seq);
            document.change(&candidate.hash()).is_none()
                && judge(candidate, document) == Verdict::Admissible
                // Of two with one number the store takes one; here the first.
                && !holds_number(document, &number.0, number.1)
                && numbers.insert(number)
        };
        let next: Vec<&[u8]> =
            written.iter().filter(is_next).map(|candidate| candidate.bytes.as_slice()).collect();
        if next.is_empty() {
            return;
        }
        document.apply(&next).expect("what is admissible is taken");
    }
}

fn takes(mut document: Document, candidate: &Candidate) {
    document.apply(&[&candidate.bytes]).expect("what is admissible is taken");
    let saved = document.save().expect("what was taken is saved").to_vec();
    let mut loaded = Document::load(&saved).expect("what was saved loads");
    assert_eq!(loaded.state(), document.state());
    let edit = Edit::set(Map::Fields, "after", "it goes on");
    loaded.edit(&ActorId([6; 16]), 0, "edit", &[edit]).expect("it can be edited");
    loaded.save().expect("and saved");
}

/// Whether `document` holds a change of `actor` with the number `seq`.
fn holds_number(document: &Document, actor: &[u8], seq: u64) -> bool {
    let mut ahead: Vec<ChangeHash> = document.heads();
    let mut seen: BTreeSet<ChangeHash> = BTreeSet::new();
    while let Some(known) = ahead.pop().and_then(|hash| document.change(&hash)) {
        if known.actor == actor && known.seq == seq {
            return true;
        }
        ahead.extend(known.deps.into_iter().filter(|dep| seen.insert(*dep)));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds every file of a committed corpus to `target`.
    fn feed(corpus: &str, target: fn(&[u8])) {
        let core = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let folder = core.join("../../tests/fuzz/corpus").join(corpus);
        let files = std::fs::read_dir(folder).unwrap();
        let count = files.map(|file| target(&std::fs::read(file.unwrap().path()).unwrap())).count();
        assert!(count > 0, "the corpus is empty");
    }

    #[test]
    fn the_corpus_of_chunks_breaks_nothing() {
        feed("chunk", chunk);
    }

    #[test]
    fn the_corpus_of_the_guard_breaks_nothing() {
        feed("guard", guard);
    }

    #[test]
    fn the_corpus_of_documents_breaks_nothing() {
        feed("document", document);
    }
}
