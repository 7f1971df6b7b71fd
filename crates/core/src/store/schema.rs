//! Every table of the database, in one place.
//!
//! *Truth*: logs, entries, items, standalone statements. *Derived*: everything else that a
//! document or an entry implies; `rebuild` makes it again. Values are postcard unless said
//! otherwise. `docs/format.md` lists the rows.

use redb::{MultimapTableDefinition as Multimap, TableDefinition as Table};
use serde::{Deserialize, Serialize};

use crate::id::{
    BookId, ChangeHash, CommandId, DeviceId, DocumentId, EntryHash, Incarnation, RecordId, SpaceId,
};

/// Format of stores that this program writes. One that is higher is refused, untouched.
pub(crate) const FORMAT: u64 = 1;

/// A log by its parts: space, device, incarnation.
pub(super) type LogKey<'a> = (&'a [u8; 32], &'a [u8; 32], &'a [u8; 8]);

/// Name → bytes: format, own state. Keys are the `META_*` constants.
pub(super) const META: Table<'_, &str, &[u8]> = Table::new("meta");

// ---- truth ----

/// Log number → [`LogRow`].
pub(super) const LOGS: Table<'_, u32, &[u8]> = Table::new("logs");
/// (space, device, incarnation) → log number; of a forked log, that of the branch that came first.
pub(super) const LOG_NUMBERS: Table<'_, LogKey<'_>, u32> = Table::new("log_numbers");
/// (number of a forked log, number of a further branch of it) → [`BranchRow`]. A branch is a log of
/// its own in every other table, with the entries that no earlier branch has.
pub(super) const BRANCHES: Table<'_, (u32, u32), &[u8]> = Table::new("branches");
/// Admission number → (log, n, the entry's bytes): in the order in which entries came, causes
/// before effects. Only ever appended to: keyed by log, a small entry beside a log of large ones
/// would get a page of its own.
pub(super) const ENTRIES: Table<'_, u64, (u32, u64, &[u8])> = Table::new("entries");
/// (log, n) → admission number.
pub(super) const POSITIONS: Table<'_, (u32, u64), u64> = Table::new("positions");
/// (log, n, place in the entry) → the item's bytes; empty once dropped.
pub(super) const ITEMS: Table<'_, (u32, u64, u32), &[u8]> = Table::new("items");
/// Hash → standalone statement's bytes.
pub(super) const STANDALONE: Table<'_, &[u8; 32], &[u8]> = Table::new("standalone");
/// Device → milliseconds since the Unix epoch at which it was last met.
pub(super) const MET: Table<'_, &[u8; 32], u64> = Table::new("met");
/// Device → how many entries were held here when it was last known to hold all of them.
pub(super) const LEVEL: Table<'_, &[u8; 32], u64> = Table::new("level");
/// Device → where it was last reached, in the network's own bytes.
pub(super) const ADDRESSES: Table<'_, &[u8; 32], &[u8]> = Table::new("addresses");

// ---- derived ----

/// Document id → [`DocumentRow`].
pub(super) const DOCUMENTS: Table<'_, &[u8; 32], &[u8]> = Table::new("documents");
/// Document id → automerge snapshot.
pub(super) const SNAPSHOTS: Table<'_, &[u8; 32], &[u8]> = Table::new("snapshots");
/// (document number, log, n, place) → nothing: the items of a document.
pub(super) const CARRIERS: Table<'_, (u32, u32, u64, u32), ()> = Table::new("carriers");
/// Document number → document id: documents that lack what some of their items say, because a
/// large batch is still arriving. Empty at rest.
pub(super) const BEHIND: Table<'_, u32, &[u8; 32]> = Table::new("behind");
/// (log, n, place) → nothing: items about a generation of their document that is over, which no
/// erasure names.
pub(super) const LATE: Table<'_, (u32, u64, u32), ()> = Table::new("late");
/// Missing change → items (log, n, place) that wait for it.
pub(super) const PENDING: Multimap<'_, &[u8; 32], (u32, u64, u32)> = Multimap::new("pending");
/// Change → why it is refused for good, or stuck here: [`RefusedRow`].
pub(super) const REFUSED: Table<'_, &[u8; 32], &[u8]> = Table::new("refused");
/// Space → XOR of the marks of its documents.
pub(super) const FINGERPRINTS: Table<'_, &[u8; 32], &[u8; 32]> = Table::new("fingerprints");
/// View rows; the first byte of a key says which view.
pub(super) const VIEW: Table<'_, &[u8], &[u8]> = Table::new("view");
/// Record → its number, dense and local to this store.
pub(super) const RECORD_NUMBERS: Table<'_, &[u8; 16], u32> = Table::new("record_numbers");
/// Number → record.
pub(super) const RECORDS: Table<'_, u32, &[u8; 16]> = Table::new("records");
/// (word, class, block) → record numbers with that word: see `store::words`.
pub(super) const WORDS: Table<'_, (&str, u8, u32), &[u8]> = Table::new("words");
/// Command → [`OperationRow`].
pub(super) const OPERATIONS: Table<'_, &[u8; 16], &[u8]> = Table::new("operations");
/// Command → commands that undid it.
pub(super) const UNDOINGS: Multimap<'_, &[u8; 16], &[u8; 16]> = Multimap::new("undoings");

pub(super) const META_FORMAT: &str = "format";
pub(super) const META_BOOK: &str = "book";
pub(super) const META_INCARNATION: &str = "incarnation";
pub(super) const META_DEVICE: &str = "device";
/// In which file the store was when it last wrote: `store::copies::FileIdentity`.
pub(super) const META_FILE: &str = "file";
/// There once this store has noticed that it is a copy: [`Copied`](crate::query::Copied).
pub(super) const META_COPIED: &str = "copied";
/// There, and empty, while the file may still hold what was dropped from its tables.
pub(super) const META_STALE: &str = "stale";
/// Version of the program that last tried what is stuck.
pub(super) const META_TRIED: &str = "tried";

/// The book of a store, with its genesis statement's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BookRow {
    pub(super) book: BookId,
    pub(super) genesis: Vec<u8>,
}

/// How far a log is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LogRow {
    pub(super) space: SpaceId,
    pub(super) device: DeviceId,
    pub(super) incarnation: Incarnation,
    pub(super) next: u64,
    pub(super) head: EntryHash,
}

/// Where a branch of a log begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BranchRow {
    /// Number of its first own entry.
    pub(super) from: u64,
    /// Number of the branch that has the entry before, if there is one before.
    pub(super) base: Option<u32>,
}

/// What is known of a document beside its snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DocumentRow {
    pub(super) number: u32,
    pub(super) space: SpaceId,
    pub(super) record: RecordId,
    pub(super) kind: u16,
    pub(super) generation: u32,
    /// Hash of (document, admitted heads): its part of the space's fingerprint.
    pub(super) mark: [u8; 32],
    pub(super) heads: Vec<ChangeHash>,
}

/// Why a change does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RefusedRow {
    pub(super) document: DocumentId,
    pub(super) signer: DeviceId,
    /// True if only this program cannot take it; false if no device may.
    pub(super) stuck: bool,
    pub(super) reason: String,
}

/// One command, as its entries tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OperationRow {
    pub(super) device: DeviceId,
    pub(super) verb: String,
    pub(super) documents: u64,
    /// (log, n) of its entries.
    pub(super) entries: Vec<(u32, u64)>,
    /// Some of the records that it touched.
    pub(super) records: Vec<RecordId>,
    pub(super) undoes: Option<CommandId>,
}
