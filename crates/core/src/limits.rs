//! Every bound on what is stored or accepted: its value, unit, reason.
//!
//! A limit applies to our own writes as well, so that nothing is written here that a peer refuses.

/// Largest entry, in bytes: 1,024 item hashes and the header fit with room to spare.
pub const ENTRY_BYTES_MAX: usize = 64 * 1024;

/// Documents held in memory at once while a store catches up with what has arrived: some 30 kB
/// each, and enough that a commit's own cost vanishes.
pub const DOCUMENTS_AT_ONCE: usize = 512;

/// Items that one entry may name. A larger command writes several entries.
pub const ITEMS_PER_ENTRY_MAX: usize = 1024;

/// Bytes of all items that one entry may name, so that it travels in one frame.
pub const ITEMS_BYTES_PER_ENTRY_MAX: usize = 8 * 1024 * 1024;

/// Bytes of items after which a command starts a new entry: with one more item still within
/// [`ITEMS_BYTES_PER_ENTRY_MAX`].
pub const ITEMS_BYTES_PER_ENTRY_GOAL: usize = 4 * 1024 * 1024;

/// Largest item, in bytes: a note of [`TEXT_BYTES_MAX`] with its document's worth of fields.
pub const ITEM_BYTES_MAX: usize = 1024 * 1024;

/// Change chunks in one item: a first sync of a re-published document is the largest case.
pub const CHUNKS_PER_ITEM_MAX: usize = 256;

/// Largest plain change chunk, in bytes.
pub const CHUNK_BYTES_MAX: usize = 1024 * 1024;

/// Operations in one change: a person with 1,000 interactions brought in at once.
pub const CHUNK_OPS_MAX: u64 = 65_536;

/// Predecessors of all operations of one change together: as many as [`CHUNK_OPS_MAX`], since an
/// operation has one where it replaces one value, and several only where it settles a conflict.
pub const CHUNK_PREDS_MAX: u64 = 65_536;

/// Dependencies of one change: as many concurrent writers as a document may have heads.
pub const CHUNK_DEPS_MAX: usize = 256;

/// Actors that one change may name besides its author.
pub const CHUNK_ACTORS_MAX: usize = 4_096;

/// Longest message of a change, in bytes: a verb.
pub const CHUNK_MESSAGE_BYTES_MAX: usize = 64;

/// Incarnations of one device in one space: restores, clones and rollbacks in its lifetime.
pub const INCARNATIONS_PER_DEVICE_MAX: usize = 16;

/// Branches of one log: two copies of a store make two, and each learns of the other when a peer has
/// both; more come of copies that never meet anybody, or of cheating.
pub const BRANCHES_PER_LOG_MAX: usize = 4;

/// Devices that one member may have.
pub const DEVICES_PER_MEMBER_MAX: usize = 3;

/// Entries in one log. At one command a minute around the clock this is a century.
pub const ENTRIES_PER_LOG_MAX: u64 = 50_000_000;

/// Largest statement, in bytes: a removal that accepts heads of 256 logs.
pub const STATEMENT_BYTES_MAX: usize = 32 * 1024;

/// Items that one erasure names: 32 bytes each, within [`STATEMENT_BYTES_MAX`]. A record with more
/// has several.
pub const ITEMS_PER_ERASURE_MAX: usize = 1000;

/// Longest free text, in bytes: about 40 pages.
pub const TEXT_BYTES_MAX: usize = 128 * 1024;

/// Longest name, title, company or label, in bytes.
pub const NAME_BYTES_MAX: usize = 512;

/// Longest single value of a contact channel, in bytes.
pub const VALUE_BYTES_MAX: usize = 4 * 1024;

/// Tags of one person.
pub const TAGS_MAX: usize = 64;

/// People named in one interaction.
pub const PEOPLE_PER_MEETING_MAX: usize = 64;

/// People brought in by one import command.
pub const IMPORT_PEOPLE_MAX: usize = 200_000;

/// Milliseconds by which another device's command may be ahead of our clock and ours still follow
/// it: ten minutes, more than clocks drift that are set at times, and little in a history.
pub const CLOCK_AHEAD_MILLIS_MAX: u64 = 10 * 60 * 1000;
