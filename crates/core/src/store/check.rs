//! Holding the store against the batch fold, and against itself.

use std::collections::BTreeSet;

use super::Store;
use super::error::{Error, UserError};
use super::reader::Reader;
use crate::document::{State, guard};
use crate::fold::{self, Fold};
use crate::hash;
use crate::id::{ChangeHash, DocumentId};
use crate::roster::Standalone;

/// What a comparison of the store with the batch fold found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoldReport {
    /// Documents compared.
    pub documents: u64,
    /// Documents whose heads or visible state differ, or that only one side has.
    pub differ: Vec<DocumentId>,
    /// Whether authority differs.
    pub authority_differs: bool,
    /// Hash over every document's heads and visible state, alike on every platform.
    pub hash: [u8; 32],
}

impl FoldReport {
    /// Whether the store equals the fold.
    pub fn is_equal(&self) -> bool {
        self.differ.is_empty() && !self.authority_differs
    }
}

/// A change that a store holds, by what no other change may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldChange {
    /// Its document.
    pub document: DocumentId,
    /// Who made it.
    pub actor: [u8; 16],
    /// The how many-th of its actor in the document it is.
    pub seq: u64,
    /// Its hash.
    pub hash: ChangeHash,
}

impl Store {
    /// Every change that is held, whether it counts or not.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn changes(&self) -> Result<Vec<HeldChange>, Error> {
        let mut changes = Vec::new();
        for held in self.reader()?.held()? {
            let space = held.entry.header().log.space;
            for item in held.items.iter().flatten() {
                let document = item.document(&space);
                let candidates = guard::candidates(&space, item).unwrap_or_default();
                changes.extend(candidates.iter().map(|candidate| HeldChange {
                    document,
                    actor: candidate.chunk.actor,
                    seq: candidate.chunk.seq,
                    hash: candidate.hash(),
                }));
            }
        }
        Ok(changes)
    }

    /// Folds everything that is stored, and compares every document with it.
    ///
    /// # Errors
    /// [`UserError::NoBook`], [`Error::Disk`].
    pub fn fold_check(&self) -> Result<FoldReport, Error> {
        let book = self.book.as_ref().ok_or(UserError::NoBook)?;
        let reader = self.reader()?;
        let standalone: Vec<Standalone> =
            reader.standalone()?.iter().filter_map(|b| Standalone::decode(b).ok()).collect();
        let fold = fold::fold(&book.genesis, &standalone, &reader.held()?);
        let mut report = FoldReport {
            authority_differs: fold.authority != book.authority,
            ..FoldReport::default()
        };
        compare(&reader, &fold, &mut report)?;
        Ok(report)
    }

    /// Hash over every view row.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn view_hash(&self) -> Result<[u8; 32], Error> {
        self.reader()?.view_hash()
    }

    /// Hash over the rows of every table, by the table's name.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn table_hashes(&self) -> Result<Vec<(String, [u8; 32])>, Error> {
        self.reader()?.table_hashes()
    }
}

fn compare(reader: &Reader, fold: &Fold, report: &mut FoldReport) -> Result<(), Error> {
    let mut hasher = blake3::Hasher::new_derive_key(hash::TABLE);
    let stored = reader.document_rows()?;
    for (id, row) in &stored {
        let document = reader.document(id)?;
        let state = document.as_ref().map(|document| document.state().clone()).unwrap_or_default();
        let heads = document.as_ref().map(|document| document.heads()).unwrap_or_default();
        let is_equal = fold.documents.get(id).is_some_and(|folded| {
            folded.heads == heads && folded.heads == row.heads && folded.state == state
        });
        if !is_equal {
            report.differ.push(*id);
        }
        hash_document(&mut hasher, id, &state);
        for head in &heads {
            hasher.update(&head.0);
        }
        report.documents += 1;
    }
    let ids: BTreeSet<&DocumentId> = stored.iter().map(|(id, _)| id).collect();
    let only_folded = fold.documents.keys().filter(|id| !ids.contains(id));
    report.differ.extend(only_folded);
    report.hash = *hasher.finalize().as_bytes();
    Ok(())
}

fn hash_document(hasher: &mut blake3::Hasher, id: &DocumentId, state: &State) {
    let bytes = postcard::to_allocvec(state).expect("BUG: a state always encodes");
    hasher.update(&id.0);
    hasher.update(&(bytes.len() as u64).to_be_bytes());
    hasher.update(&bytes);
}
