//! Defects planted in automerge, for this thread: of those that are known of, class 3 of the guard
//! lets none through, and class 4 is there for the others.

use std::cell::RefCell;

use automerge::{Automerge, Change};

use super::{Stuck, contained, genesis_bytes};
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

/// What is left of `changes` for automerge to take.
pub(super) fn refuse(mut changes: Vec<Change>) -> Result<Vec<Change>, Stuck> {
    let Some(defect) = DEFECT.with_borrow(|defect| *defect) else { return Ok(changes) };
    match defect {
        Defect::Refuses(hash) if changes.iter().any(|change| is(change, hash)) => {
            Err(Stuck("planted".to_owned()))
        }
        Defect::Panics(hash) if changes.iter().any(|change| is(change, hash)) => {
            contained(|| -> Result<_, Stuck> { panic!("planted") })
        }
        Defect::PassesOver(hash) => {
            changes.retain(|change| !is(change, hash));
            Ok(changes)
        }
        Defect::Refuses(_) | Defect::Panics(_) | Defect::Loses(_) | Defect::Garbles(_) => {
            Ok(changes)
        }
    }
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
