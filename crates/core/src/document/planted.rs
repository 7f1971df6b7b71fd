//! Defects planted in automerge, for this thread: of those that are known of, class 3 of the guard
//! lets none through, and class 4 is there for the others.

use std::cell::RefCell;

use automerge::{Automerge, Change};

use super::genesis_bytes;
use crate::id::ChangeHash;

/// What automerge does wrong with one change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Defect {
    Refuses(ChangeHash),
    Panics(ChangeHash),
    /// Says that it took it.
    PassesOver(ChangeHash),
    /// Saves a document that holds it as another one, which loads.
    Loses(ChangeHash),
    /// Saves a document that holds it as what does not load.
    Garbles(ChangeHash),
}

thread_local! {
    static DEFECT: RefCell<Option<Defect>> = const { RefCell::new(None) };
}

/// Plants a defect, or takes away the one that was.
pub(crate) fn plant(defect: Option<Defect>) {
    DEFECT.set(defect);
}

fn is(change: &Change, hash: ChangeHash) -> bool {
    change.hash().0 == hash.0
}

/// [`super::take_all`], and what the defect does after it: it shows in nothing but the answer.
pub(super) fn take_all(document: &mut Automerge, mut changes: Vec<Change>) -> Result<(), String> {
    let Some(defect) = DEFECT.with_borrow(|defect| *defect) else {
        return super::take_all(document, changes);
    };
    let holds = |hash| changes.iter().any(|change| is(change, hash));
    let (refuses, panics) = match defect {
        Defect::Refuses(hash) => (holds(hash), false),
        Defect::Panics(hash) => (false, holds(hash)),
        _ => (false, false),
    };
    if let Defect::PassesOver(hash) = defect {
        changes.retain(|change| !is(change, hash));
    }
    super::take_all(document, changes)?;
    assert!(!panics, "planted");
    if refuses { Err("planted".to_owned()) } else { Ok(()) }
}

/// What automerge makes of what it should save.
pub(super) fn spoil(document: &Automerge, saved: Vec<u8>) -> Vec<u8> {
    let holds = |hash: ChangeHash| {
        document.get_change_meta_by_hash(&automerge::ChangeHash(hash.0)).is_some()
    };
    match DEFECT.with_borrow(|defect| *defect) {
        Some(Defect::Loses(hash)) if holds(hash) => genesis_bytes().to_vec(),
        Some(Defect::Garbles(hash)) if holds(hash) => saved[..saved.len() / 2].to_vec(),
        _ => saved,
    }
}
