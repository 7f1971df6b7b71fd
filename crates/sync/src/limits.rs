//! Every bound on what is said between two devices: its value, unit, reason.

use goodword_core::{Space, limits as core};

/// The version of the protocol that this program speaks.
pub const PROTOCOL_VERSION: u16 = 1;

/// Largest frame after its length prefix, in bytes.
///
/// One item of [`core::ITEM_BYTES_MAX`] in a frame of its own, or a frontier of
/// [`COPIES_PER_FRAME_MAX`] copies in five spaces, each with room to spare.
pub const FRAME_BYTES_MAX: u32 = 2 * 1024 * 1024;

/// Size from which a frame of entries is sent, in bytes: large enough that a frame's own cost
/// vanishes, small enough that a slow link delivers one in a second and a cut loses little.
pub const FRAME_BYTES_TARGET: usize = 64 * 1024;

/// Pieces (entries and items) in one frame: [`FRAME_BYTES_TARGET`] of the smallest entries.
pub const PIECES_PER_FRAME_MAX: usize = 4096;

/// Copies of stores (device and incarnation) in one frame of frontiers: 256 devices with every
/// incarnation that they may have.
pub const COPIES_PER_FRAME_MAX: usize = 256 * core::INCARNATIONS_PER_DEVICE_MAX;

/// Heads of one copy in one frame of frontiers: of a log in every space, each with every branch.
pub const HEADS_PER_COPY_MAX: usize = Space::ALL.len() * core::BRANCHES_PER_LOG_MAX;

/// Heads in one frame of frontiers: two of each log of every copy, within [`FRAME_BYTES_MAX`].
pub const HEADS_PER_FRAME_MAX: usize = 2 * Space::ALL.len() * COPIES_PER_FRAME_MAX;

/// Entries of one space that a peer is remembered to hold: its heads, and samples of forked logs.
pub const HEADS_PER_SPACE_MAX: usize = 4 * COPIES_PER_FRAME_MAX;

/// Full logs in one frame: more than that are told in the next.
pub const FULL_PER_FRAME_MAX: usize = 256;

/// Samples of one log: of every branch one for each power of two up to
/// [`core::ENTRIES_PER_LOG_MAX`], and the first entry.
pub const SAMPLES_PER_LOG_MAX: usize =
    core::BRANCHES_PER_LOG_MAX * (core::ENTRIES_PER_LOG_MAX.ilog2() as usize + 2);

/// Logs in one frame of samples: some 70 KiB.
pub const SAMPLED_PER_FRAME_MAX: usize = 16;

/// Standalone statements of a book: what a recovery key says in a lifetime, with room to spare.
pub const STATEMENTS_MAX: usize = 1024;

/// Statements in one frame: so many of the largest fit.
pub const STATEMENTS_PER_FRAME_MAX: usize =
    FRAME_BYTES_MAX as usize / (core::STATEMENT_BYTES_MAX + 8);

/// Largest entry together with its items, in bytes: what a receiver must hold before it can
/// commit anything of it.
pub const DELIVERY_BYTES_MAX: usize = core::ENTRY_BYTES_MAX + core::ITEMS_BYTES_PER_ENTRY_MAX;

/// Entries after which a receiver commits what it has.
///
/// A commit costs two fsyncs, so a first sync wants large batches; a cut loses at most one batch.
pub const BATCH_ENTRIES_MAX: usize = 4096;

/// Bytes of entries and items after which a receiver commits what it has; see
/// [`BATCH_ENTRIES_MAX`]. The memory that a peer can make a receiver hold is this, one delivery and
/// one frame.
pub const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;
