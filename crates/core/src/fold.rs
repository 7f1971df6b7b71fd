//! The batch fold: documents as a pure function of all entries and all statements.
//!
//! Small and slow on purpose: it is what the store's incremental application is held against. It
//! reads no tables, keeps no state, and does not care in which order anything arrived.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use crate::document::guard::{self, Candidate, History, Inadmissible, Known, Verdict};
use crate::document::{Document, State, genesis_hash, genesis_known};
use crate::id::{ChangeHash, DocumentId, EntryHash, RecordId, SpaceId};
use crate::log::{Body, Entry, ITEM_VERSION, Item, LogId};
use crate::roster::{Authority, Genesis, Link, Standalone, Statement};

/// An entry with the items that are held of it.
#[derive(Clone, Debug)]
pub struct Held {
    /// The entry; its signature was verified when it was stored.
    pub entry: Entry,
    /// Its items, `None` where one was dropped.
    pub items: Vec<Option<Item>>,
}

/// One document as the fold sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// The space that it is in.
    pub space: SpaceId,
    /// The record.
    pub record: RecordId,
    /// Number of its kind.
    pub kind: u16,
    /// Its generation.
    pub generation: u32,
    /// Hashes of the admitted changes that no other depends on, sorted.
    pub heads: Vec<ChangeHash>,
    /// What is visible.
    pub state: State,
    /// Changes that are refused for good.
    pub refused: BTreeSet<ChangeHash>,
    /// Changes that automerge does not take, here and now.
    pub stuck: BTreeSet<ChangeHash>,
    /// Changes that wait for one that has not arrived.
    pub pending: BTreeSet<ChangeHash>,
}

/// Documents and authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Who may do what.
    pub authority: Authority,
    /// Every document of which an item counts.
    pub documents: BTreeMap<DocumentId, Folded>,
}

/// Where an item's entry stands: of two changes that claim one (actor, seq) the lower counts.
pub(crate) type Position = (u64, EntryHash, LogId);

/// Folds everything that a store holds of one book.
pub fn fold(genesis: &Genesis, standalone: &[Standalone], held: &[Held]) -> Fold {
    let placed = held.iter().filter_map(|held| {
        let header = held.entry.header();
        Some((header.log, header.n, held.entry.hash(), said(held.entry.body())?))
    });
    let mut links: BTreeMap<LogId, Vec<Link>> = BTreeMap::new();
    for Held { entry, .. } in held {
        let header = entry.header();
        let link = Link { n: header.n, hash: entry.hash(), prev: header.prev };
        links.entry(header.log).or_default().push(link);
    }
    let links = |log: &LogId| Ok::<_, Infallible>(links.get(log).cloned().unwrap_or_default());
    let Ok(authority) = Authority::compute_with(genesis, standalone, placed, links);
    let mut carried: BTreeMap<DocumentId, Vec<Carried<'_>>> = BTreeMap::new();
    for held in held {
        let header = held.entry.header();
        for (item, hash) in held.items.iter().zip(held.entry.items()) {
            // One that is named by an erasure counts for nothing, dropped already or not.
            let Some(item) = item.as_ref().filter(|_| !authority.withdrawn.is_dropped(hash)) else {
                continue;
            };
            if !is_read(item) || !counts(&authority, &held.entry, item) {
                continue;
            }
            let position = (header.n, held.entry.hash(), header.log);
            let document = item.document(&header.log.space);
            carried.entry(document).or_default().push(Carried { position, item });
        }
    }
    let founding =
        |id: &DocumentId| authority.withdrawn.founding(id).map(|founding| founding.first);
    let documents = carried
        .into_iter()
        .filter_map(|(id, carried)| Some((id, document(&carried, founding(&id))?)))
        .collect();
    Fold { authority, documents }
}

/// What a body says about authority. A body of a later version may say anything.
pub(crate) fn said(body: &Body) -> Option<&Statement> {
    match body {
        Body::Statement(statement) => Some(statement),
        Body::Unknown(_) => Some(&Statement::Unknown { tag: 0 }),
        Body::Items(_) => None,
    }
}

/// An item with the place of its entry.
pub(crate) struct Carried<'a> {
    pub(crate) position: Position,
    pub(crate) item: &'a Item,
}

/// What becomes of one document's items.
pub(crate) struct Sorted {
    pub(crate) admitted: Vec<Candidate>,
    pub(crate) refused: BTreeMap<ChangeHash, Inadmissible>,
    pub(crate) pending: BTreeSet<ChangeHash>,
}

fn document(carried: &[Carried<'_>], first_change: Option<ChangeHash>) -> Option<Folded> {
    let first = carried.first()?;
    let space = first.position.2.space;
    crate::model::Kind::from_number(first.item.kind)?;
    let sorted = sort(carried, first_change);
    let mut document = Document::found();
    let stuck = document.take(&sorted.admitted.iter().collect::<Vec<_>>());
    Some(Folded {
        space,
        record: first.item.record,
        kind: first.item.kind,
        generation: first.item.generation,
        heads: document.heads(),
        state: document.state().clone(),
        refused: sorted.refused.into_keys().collect(),
        stuck: stuck.into_iter().map(|(hash, _)| hash).collect(),
        pending: sorted.pending,
    })
}

/// Decides which changes of one document count, in an order in which causes precede effects.
///
/// `first` is the change with which a document that was founded again starts.
pub(crate) fn sort(carried: &[Carried<'_>], first: Option<ChangeHash>) -> Sorted {
    let mut refused = BTreeMap::new();
    let mut waiting: BTreeMap<ChangeHash, (Position, Candidate)> = BTreeMap::new();
    for Carried { position, item } in carried {
        // An item with a malformed chunk counts for nothing as a whole: its entry's signer made it.
        let Ok(candidates) = guard::candidates(&position.2.space, item) else {
            continue;
        };
        for candidate in candidates {
            let hash = candidate.hash();
            if founds_otherwise(&candidate, first) {
                refused.insert(hash, Inadmissible::FoundedOtherwise);
                continue;
            }
            match waiting.get_mut(&hash) {
                Some((known, _)) => *known = (*known).min(*position),
                None => {
                    waiting.insert(hash, (*position, candidate));
                }
            }
        }
    }
    let valid = well_placed(&mut waiting, &mut refused);
    let admitted = settle_claims(valid, &mut refused);
    Sorted { admitted, refused, pending: waiting.into_keys().collect() }
}

/// Whether a change founds a document that was founded again with another one.
pub(crate) fn founds_otherwise(candidate: &Candidate, first: Option<ChangeHash>) -> bool {
    first.is_some_and(|first| first != candidate.hash())
        && candidate.deps().any(|dep| dep == genesis_hash())
}

/// Whether an item is of a version that this program acts on; others are kept and passed on
/// unread.
pub(crate) fn is_read(item: &Item) -> bool {
    item.version == ITEM_VERSION
}

/// Whether an item beside `entry` counts: the entry does, its signer may change the document, the
/// changes are its own or those of another owner device, and the document is written in that
/// generation.
pub(crate) fn counts(authority: &Authority, entry: &Entry, item: &Item) -> bool {
    let log = &entry.header().log;
    authority.counts(log, entry.header().n, &entry.hash())
        && authority.is_owner(&log.device)
        && (item.origin == log.device || authority.was_owner(&item.origin))
        && authority.withdrawn.is_current(&item.document(&log.space), item.generation)
}

type Placed = Vec<(Position, Candidate)>;

/// Moves what class 3 finds admissible out of `waiting`, causes first.
fn well_placed(
    waiting: &mut BTreeMap<ChangeHash, (Position, Candidate)>,
    refused: &mut BTreeMap<ChangeHash, Inadmissible>,
) -> Placed {
    let mut history = Admitted::default();
    loop {
        let ready: Vec<ChangeHash> = waiting
            .iter()
            .filter(|(_, (_, candidate))| {
                candidate
                    .deps()
                    .all(|dep| history.change(&dep).is_some() || refused.contains_key(&dep))
            })
            .map(|(hash, _)| *hash)
            .collect();
        if ready.is_empty() {
            return history.valid;
        }
        for hash in ready {
            let Some((position, candidate)) = waiting.remove(&hash) else {
                continue;
            };
            if candidate.deps().any(|dep| refused.contains_key(&dep)) {
                refused.insert(hash, Inadmissible::DependsOnRefused);
                continue;
            }
            match guard::judge(&candidate, &history) {
                Verdict::Admissible => {
                    history.places.insert(hash, history.valid.len());
                    history.valid.push((position, candidate));
                }
                Verdict::Inadmissible(reason) => {
                    refused.insert(hash, reason);
                }
                Verdict::Pending(_) => unreachable!("BUG: all dependencies are there"),
            }
        }
    }
}

/// Of two changes that claim one (actor, seq), the lower position counts; the other goes, with
/// everything that depends on it.
fn settle_claims(
    valid: Placed,
    refused: &mut BTreeMap<ChangeHash, Inadmissible>,
) -> Vec<Candidate> {
    let mut winners: BTreeMap<([u8; 16], u64), (Position, ChangeHash)> = BTreeMap::new();
    for (position, candidate) in &valid {
        let claim = (*position, candidate.hash());
        winners
            .entry((candidate.chunk.actor, candidate.chunk.seq))
            .and_modify(|known| *known = (*known).min(claim))
            .or_insert(claim);
    }
    let mut admitted = Vec::with_capacity(valid.len());
    for (_, candidate) in valid {
        let hash = candidate.hash();
        let winner = winners[&(candidate.chunk.actor, candidate.chunk.seq)].1;
        if winner != hash {
            refused.insert(hash, Inadmissible::SequenceTaken);
        } else if candidate.deps().any(|dep| refused.contains_key(&dep)) {
            refused.insert(hash, Inadmissible::DependsOnRefused);
        } else {
            admitted.push(candidate);
        }
    }
    admitted
}

/// The fold's own history: no document, only what was found valid.
#[derive(Default)]
struct Admitted {
    valid: Placed,
    /// Where in `valid` each change is.
    places: BTreeMap<ChangeHash, usize>,
}

impl History for Admitted {
    fn change(&self, hash: &ChangeHash) -> Option<Known> {
        let whole = self.whole(hash).map(|candidate| candidate.known());
        whole.or_else(|| genesis_known(hash))
    }

    fn whole(&self, hash: &ChangeHash) -> Option<Cow<'_, Candidate>> {
        let place = self.places.get(hash)?;
        Some(Cow::Borrowed(&self.valid[*place].1))
    }
}
