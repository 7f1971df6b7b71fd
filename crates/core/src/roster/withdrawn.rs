//! What erasures and re-foundings take out of documents.
//!
//! A function of the set of statements, like authority. It only grows: whoever of the owner's
//! devices said it, removed since or not, for what was dropped on one device can not come back on
//! another.

use std::collections::{BTreeMap, BTreeSet};

use super::statement::Statement;
use crate::id::{BookId, ChangeHash, DocumentId, ItemHash};

/// The generation that no document reaches: an erasure up to it is for good.
pub const ERASED_FOR_GOOD: u32 = u32::MAX;

/// With which change a document starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Founding {
    /// Its generation: all before it are over.
    pub generation: u32,
    /// The one change on the genesis that counts in it.
    pub first: ChangeHash,
}

/// What does not count any more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withdrawn {
    /// Documents with the last generation of each that is erased.
    erased: BTreeMap<DocumentId, u32>,
    /// Items that are dropped, and need not travel beside their entries.
    items: BTreeSet<ItemHash>,
    founded: BTreeMap<DocumentId, (Founding, [u8; 32])>,
}

impl Withdrawn {
    /// Takes in a statement of one of the owner's devices; others change nothing.
    pub(super) fn take(&mut self, book: &BookId, statement: &Statement) {
        match statement {
            Statement::Erase { document, generation, items } => {
                let erased = self.erased.entry(*document).or_default();
                *erased = (*erased).max(*generation);
                self.items.extend(items);
            }
            Statement::Refound { record, kind, space, generation, first } => {
                let document = DocumentId::derive(&space.id(book), record, *kind);
                let founding = Founding { generation: *generation, first: *first };
                let claim = (founding, statement.hash());
                let known = self.founded.entry(document).or_insert(claim);
                // Of two foundings of one generation the smaller hash holds.
                let is_later = generation > &known.0.generation;
                let is_smaller = generation == &known.0.generation && claim.1 < known.1;
                if is_later || is_smaller {
                    *known = claim;
                }
            }
            Statement::AddDevice { .. }
            | Statement::AddMember { .. }
            | Statement::AddMemberDevice { .. }
            | Statement::RemoveMember { .. }
            | Statement::Leave { .. }
            | Statement::Unknown { .. } => {}
        }
    }

    /// The generation in which a document is written.
    pub fn generation(&self, document: &DocumentId) -> u32 {
        self.founded.get(document).map_or(0, |(founding, _)| founding.generation)
    }

    /// With which change a document started again, if it did.
    pub fn founding(&self, document: &DocumentId) -> Option<Founding> {
        self.founded.get(document).map(|(founding, _)| *founding)
    }

    /// Whether an item of this generation of a document may count.
    pub fn is_current(&self, document: &DocumentId, generation: u32) -> bool {
        generation == self.generation(document)
            && self.erased.get(document).is_none_or(|erased| *erased < generation)
    }

    /// Whether a document is erased in all its generations.
    pub fn is_erased(&self, document: &DocumentId) -> bool {
        self.erased.get(document) == Some(&ERASED_FOR_GOOD)
    }

    /// Whether any document is erased in all its generations.
    pub fn has_erasures(&self) -> bool {
        self.erased.values().any(|erased| *erased == ERASED_FOR_GOOD)
    }

    /// Whether an item is dropped by name.
    pub fn is_dropped(&self, item: &ItemHash) -> bool {
        self.items.contains(item)
    }
}
