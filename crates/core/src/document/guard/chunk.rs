//! A strict reading of automerge's plain change chunks, before automerge reads them.
//!
//! automerge 0.12 panics on, inflates, or expands for ever what a hostile peer may send; nothing
//! reaches it that [`walk`] has refused. This is the first class of the guard: it sees the bytes
//! of one chunk and nothing else, neither signatures, nor dependencies, nor a document.
//!
//! What is accepted is what automerge's own encoder writes for what our changes do, as far as that
//! can be told from one chunk: names of maps are set to scalars or deleted, each once. Anything
//! else that automerge knows is refused unread; a later version that needs it gives its items a
//! further version. Invariant: time and memory are linear in the length of the bytes, whatever
//! number of rows they claim, and the verdict depends on the bytes and the limits alone.
//!
//! ```text
//! 85 6f 4a 83 │ checksum 4 │ type 1 │ length leb │ data
//! data = deps count, 32 each │ author length, bytes │ seq │ start_op │ time (signed)
//!      │ message length, bytes │ other actors count, (length, bytes) each
//!      │ column count, (specification, length) each │ column bytes │ (nothing more)
//! ```

mod bytes;
mod column;
mod layout;
mod rows;
#[cfg(test)]
mod tests;
mod value;

use bytes::Bytes;
use layout::{Column, Layout};
pub(crate) use rows::{Op, Ops, Preds};
use sha2::{Digest, Sha256};

/// The first four bytes of every automerge chunk.
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

/// The type byte of a plain change: neither a document (0), compressed (2) nor a bundle (3).
const PLAIN_CHANGE: u8 = 1;

/// Length of an actor, in bytes.
///
/// Our rule, not automerge's, which takes any length: half of a BLAKE3 hash.
const ACTOR_BYTES: usize = 16;

/// Length of a change hash, in bytes.
const HASH_BYTES: usize = 32;

/// The first number that is not an operation counter.
///
/// automerge keeps counters as `u32` and converts between `u32` and `i64` unchecked; half of that
/// range leaves every sum and difference of two counters inside `i32`.
const COUNTER_END: u64 = 1 << 31;

/// The first number, of either sign, that is not a change's time.
///
/// automerge subtracts the times of neighbouring changes from each other, in 64 bits and
/// unchecked: two far ones panic or make a document that it saves and does not load. Below this,
/// no two are too far, every one is exact in a double, and in milliseconds it is the year 287396.
const TIME_END: i64 = 1 << 53;

/// An actor as it stands in a chunk.
pub(crate) type Actor = [u8; ACTOR_BYTES];

/// Bounds on what one chunk may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChunkLimits {
    /// Largest chunk, in bytes, its header included.
    pub(crate) bytes_max: usize,
    /// Most operations.
    pub(crate) ops_max: u64,
    /// Most predecessors of all operations together.
    ///
    /// A bound of its own, because an operation that settles a conflict has several, and because
    /// a few bytes can claim any number of them.
    pub(crate) preds_max: u64,
    /// Most direct dependencies.
    pub(crate) deps_max: usize,
    /// Most actors besides the author.
    pub(crate) actors_max: usize,
    /// Longest message, in bytes.
    pub(crate) message_bytes_max: usize,
}

/// What a chunk says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// SHA-256 of type, length and data: the change's name in dependencies and heads.
    pub(crate) hash: [u8; HASH_BYTES],
    /// Direct dependencies, ascending. Some may be ancestors of others.
    pub(crate) deps: Vec<[u8; HASH_BYTES]>,
    /// The author.
    pub(crate) actor: Actor,
    /// Number of the change among its author's, from 1.
    pub(crate) seq: u64,
    /// Counter of the first operation, from 1.
    pub(crate) start_op: u64,
    /// Whatever the author's clock said, within 2⁵³ of zero.
    pub(crate) time: i64,
    /// What the author noted, if not empty.
    pub(crate) message: Option<String>,
    /// The actors, besides the author, that operations name; ascending, none unused.
    pub(crate) other_actors: Vec<Actor>,
    /// What it does; never nothing.
    pub(crate) ops: Ops,
}

impl Chunk {
    /// Returns the counter of the last operation.
    pub(crate) fn max_op(&self) -> u64 {
        self.start_op + self.ops.ops.len() as u64 - 1
    }

    /// Returns the actor of that number: the author, or one of the others.
    pub(crate) fn actor_of(&self, index: u32) -> &Actor {
        match index.checked_sub(1) {
            None => &self.actor,
            Some(other) => &self.other_actors[other as usize],
        }
    }
}

/// Why a chunk is refused: one variant for each check.
///
/// All are the author's doing: automerge's encoder, used as we use it, writes none of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChunkError {
    // The frame.
    #[error("chunk of {bytes} bytes exceeds {limit}")]
    TooLarge { bytes: usize, limit: usize },
    #[error("chunk ends in the middle of a field")]
    Truncated,
    #[error("chunk does not begin with automerge's magic bytes")]
    Magic,
    #[error("chunk of type {found} is not a plain change")]
    NotAChange { found: u8 },
    #[error("chunk declares {declared} bytes of data and has {found}")]
    Length { declared: u64, found: usize },
    #[error("checksum does not match the data")]
    Checksum,

    // Numbers.
    #[error("number is written with more bytes than it needs")]
    NumberTooLong,
    #[error("number exceeds 64 bits")]
    NumberTooLarge,

    // The change's own fields.
    #[error("{found} dependencies exceed {limit}")]
    TooManyDeps { found: u64, limit: usize },
    #[error("dependencies are not in strictly ascending order")]
    DepsOrder,
    #[error("actor of {found} bytes, not {ACTOR_BYTES}")]
    ActorLength { found: u64 },
    #[error("seq {found} is not in 1..{COUNTER_END}")]
    Seq { found: u64 },
    #[error("start_op {found} is not in 1..{COUNTER_END}")]
    StartOp { found: u64 },
    #[error("time {found} is not between -{TIME_END} and {TIME_END}")]
    Time { found: i64 },
    #[error("message of {found} bytes exceeds {limit}")]
    MessageTooLong { found: u64, limit: usize },
    #[error("message is not UTF-8")]
    MessageUtf8,
    #[error("{found} other actors exceed {limit}")]
    TooManyActors { found: u64, limit: usize },
    #[error("other actors are not in strictly ascending order")]
    ActorsOrder,
    #[error("author is listed among the other actors")]
    AuthorAmongOthers,
    #[error("other actor {index} is named by no operation")]
    ActorUnused { index: usize },

    // The columns' table.
    #[error("unknown column {spec:#x}")]
    UnknownColumn { spec: u64 },
    #[error("column {0} is compressed")]
    CompressedColumn(Column),
    #[error("column {0} is out of order or repeated")]
    ColumnsOrder(Column),
    #[error("column {0} is empty and should be absent")]
    EmptyColumn(Column),
    #[error("columns are longer than the data")]
    ColumnsBeyondEnd,
    #[error("{found} bytes follow the columns")]
    ExtraBytes { found: usize },

    // Runs in one column.
    #[error("column {column} has more than {limit} rows")]
    TooManyRows { column: Column, limit: u64 },
    #[error("column {0} has a repetition of one row")]
    RepetitionOfOne(Column),
    #[error("column {0} has neighbouring runs that are one")]
    UnmergedRuns(Column),
    #[error("column {0} has a null")]
    Null(Column),
    #[error("text in column {0} is not UTF-8")]
    TextUtf8(Column),
    #[error("counter in column {0} is not in 0..{COUNTER_END}")]
    Counter(Column),

    // Values.
    #[error("value of type {found} is no text, no whole number, and neither yes nor no")]
    ValueType { found: u8 },
    #[error("value of type {value_type} has {found} bytes")]
    ValueLength { value_type: u8, found: u64 },
    #[error("string value is not UTF-8")]
    ValueUtf8,
    #[error("values are longer than their column")]
    ValuesBeyondEnd,
    #[error("{found} bytes follow the last value")]
    ValuesLeft { found: usize },

    // Columns beside each other.
    #[error("column {0} differs from the others in its number of rows")]
    RowCounts(Column),
    #[error("last operation's counter is not below {COUNTER_END}")]
    OpCounter,
    #[error("actor {index} in column {column} is not listed")]
    ActorIndex { column: Column, index: u64 },
    #[error("more than {limit} predecessors")]
    TooManyPreds { limit: u64 },
    #[error("predecessors of operation {op} are not in strictly ascending order")]
    PredsOrder { op: u64 },

    // What the operations do.
    #[error("change does nothing")]
    NoOperation,
    #[error("operation {op} neither sets nor deletes, but does {found}")]
    Action { op: u64, found: u64 },
    #[error("column insert does not say that none of {ops} operations inserts")]
    Insert { ops: u64 },
    #[error("operation {op} writes an empty name")]
    EmptyName { op: u64 },
    #[error("operation {op} writes what one before it in its change has written")]
    RepeatedName { op: u64 },
    #[error("operation {op} deletes nothing")]
    PredsMissing { op: u64 },
    #[error("operation {op} deletes and has a value")]
    DeleteValue { op: u64 },
}

/// Reads the chunk that `bytes` are, from the first to the last.
///
/// Linear in `bytes`, and so is what it returns.
///
/// # Errors
/// The first check that fails. A chunk refused once is refused always and by everybody.
pub(crate) fn walk(bytes: &[u8], limits: &ChunkLimits) -> Result<Chunk, ChunkError> {
    // Before hashing, which is the dearest thing done here.
    if bytes.len() > limits.bytes_max {
        return Err(ChunkError::TooLarge { bytes: bytes.len(), limit: limits.bytes_max });
    }
    let (hash, mut data) = frame(bytes)?;
    let deps = deps(&mut data, limits)?;
    let author = actor(&mut data)?;
    let seq = counter(&mut data, |found| ChunkError::Seq { found })?;
    let start_op = counter(&mut data, |found| ChunkError::StartOp { found })?;
    let time = time(&mut data)?;
    let message = message(&mut data, limits)?;
    let other_actors = other_actors(&mut data, &author, limits)?;
    let layout = Layout::read(&mut data)?;
    // automerge puts an author's name here; it also keeps whatever else it finds, so that these
    // bytes would be a place to hide in. Ours says who signed elsewhere.
    if !data.is_empty() {
        return Err(ChunkError::ExtraBytes { found: data.len() });
    }

    let actors: Vec<Actor> = std::iter::once(author).chain(other_actors.iter().copied()).collect();
    let ops = rows::walk(bytes, &layout, limits, start_op, &actors)?;
    Ok(Chunk { hash, deps, actor: author, seq, start_op, time, message, other_actors, ops })
}

/// Reads a chunk's message and nothing behind it; hashes nothing.
pub(crate) fn message_of(bytes: &[u8], limits: &ChunkLimits) -> Result<Option<String>, ChunkError> {
    let (_, mut data) = opened(bytes)?;
    deps(&mut data, limits)?;
    actor(&mut data)?;
    counter(&mut data, |found| ChunkError::Seq { found })?;
    counter(&mut data, |found| ChunkError::StartOp { found })?;
    time(&mut data)?;
    message(&mut data, limits)
}

/// Opens the chunk's frame: its hash and the bytes of its data.
fn frame(bytes: &[u8]) -> Result<([u8; HASH_BYTES], Bytes<'_>), ChunkError> {
    let ((checksum, hashed), rest) = opened(bytes)?;
    // automerge hashes the length as it would write it itself; since only that form is read
    // above, the bytes as they stand are what it hashes.
    let hash: [u8; HASH_BYTES] = Sha256::digest(hashed).into();
    if hash[..4] != checksum {
        return Err(ChunkError::Checksum);
    }
    Ok((hash, rest))
}

/// The checksum, the bytes that it is of, and the data.
type Opened<'a> = (([u8; 4], &'a [u8]), Bytes<'a>);

fn opened(bytes: &[u8]) -> Result<Opened<'_>, ChunkError> {
    let mut rest = Bytes::new(bytes);
    if rest.array::<4>()? != MAGIC {
        return Err(ChunkError::Magic);
    }
    let checksum = rest.array::<4>()?;
    let hashed = rest.as_slice();
    let [found] = rest.array::<1>()?;
    // A document or a bundle holds any number of changes and a compressed change inflates without
    // limit; there is one way to write a change here, and it is the plain one.
    if found != PLAIN_CHANGE {
        return Err(ChunkError::NotAChange { found });
    }
    // Compared as 64 bits: automerge truncates it to 32 where a pointer has 32.
    let declared = rest.unsigned()?;
    if declared != rest.len() as u64 {
        return Err(ChunkError::Length { declared, found: rest.len() });
    }
    Ok(((checksum, hashed), rest))
}

/// Reads the dependencies, which automerge writes sorted by hash.
fn deps(data: &mut Bytes<'_>, limits: &ChunkLimits) -> Result<Vec<[u8; HASH_BYTES]>, ChunkError> {
    let found = data.unsigned()?;
    let limit = limits.deps_max;
    let too_many = ChunkError::TooManyDeps { found, limit };
    let count = bounded(found, limit).ok_or(too_many)?;
    let mut deps: Vec<[u8; HASH_BYTES]> = Vec::new();
    for _ in 0..count {
        let dep = data.array()?;
        // Also keeps out repetitions, which automerge would count as so many parents.
        if deps.last().is_some_and(|last| *last >= dep) {
            return Err(ChunkError::DepsOrder);
        }
        deps.push(dep);
    }
    Ok(deps)
}

/// Reads one actor.
fn actor(data: &mut Bytes<'_>) -> Result<Actor, ChunkError> {
    let found = data.unsigned()?;
    if found != ACTOR_BYTES as u64 {
        return Err(ChunkError::ActorLength { found });
    }
    data.array()
}

/// Reads a number in 1..2³¹, refusing any other as `refusal` says.
fn counter(data: &mut Bytes<'_>, refusal: fn(u64) -> ChunkError) -> Result<u64, ChunkError> {
    let found = data.unsigned()?;
    if !(1..COUNTER_END).contains(&found) {
        return Err(refusal(found));
    }
    Ok(found)
}

/// Reads the time.
fn time(data: &mut Bytes<'_>) -> Result<i64, ChunkError> {
    let found = data.signed()?;
    if found.unsigned_abs() >= TIME_END.unsigned_abs() {
        return Err(ChunkError::Time { found });
    }
    Ok(found)
}

/// Reads the message; an empty one is none.
fn message(data: &mut Bytes<'_>, limits: &ChunkLimits) -> Result<Option<String>, ChunkError> {
    let found = data.unsigned()?;
    let limit = limits.message_bytes_max;
    let too_long = ChunkError::MessageTooLong { found, limit };
    let text = data.take(bounded(found, limit).ok_or(too_long)?)?;
    let text = str::from_utf8(text).map_err(|_| ChunkError::MessageUtf8)?;
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Reads the actors that follow the author in the chunk's numbering, ascending.
fn other_actors(
    data: &mut Bytes<'_>,
    author: &Actor,
    limits: &ChunkLimits,
) -> Result<Vec<Actor>, ChunkError> {
    let found = data.unsigned()?;
    let limit = limits.actors_max;
    let too_many = ChunkError::TooManyActors { found, limit };
    let count = bounded(found, limit).ok_or(too_many)?;
    let mut actors: Vec<Actor> = Vec::new();
    for _ in 0..count {
        let actor = actor(data)?;
        // Two numbers for one actor would be two spellings of one change.
        if actors.last().is_some_and(|last| *last >= actor) {
            return Err(ChunkError::ActorsOrder);
        }
        if actor == *author {
            return Err(ChunkError::AuthorAmongOthers);
        }
        actors.push(actor);
    }
    Ok(actors)
}

/// Returns `found` if it is at most `limit`.
fn bounded(found: u64, limit: usize) -> Option<usize> {
    usize::try_from(found).ok().filter(|found| *found <= limit)
}
