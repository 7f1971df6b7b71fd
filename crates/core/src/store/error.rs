//! Why something could not be done, by who can act: the user, the peer, the disk.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::id::{BookId, DeviceId};
use crate::log::{EntryError, ItemError};
use crate::roster::StandaloneError;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The user asked for something that is not there or not in form.
    #[error("{0}")]
    User(#[from] UserError),
    /// A peer sent something that is not in form; nothing of the batch was stored.
    #[error("{0}")]
    Peer(#[from] PeerError),
    /// Another process has the store open for writing.
    #[error("the store is open in another process")]
    Busy,
    /// Written by a newer version of this program; untouched.
    #[error("the store has format {found}, this program reads up to {known}")]
    Newer {
        /// The store's format.
        found: u64,
        /// The highest that this program reads.
        known: u64,
    },
    /// Not a store of this program.
    #[error("the file is not a goodword store")]
    NotAStore,
    /// The database or its disk.
    #[error("store: {0}")]
    Disk(String),
}

/// The user's to mend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum UserError {
    /// A command needs a book and there is none.
    #[error("there is no book here")]
    NoBook,
    /// A book would be founded or taken up where there is one.
    #[error("there is a book here already: {}", .0.short())]
    BookExists(BookId),
    /// A record id that nothing is known of.
    #[error("no record {0}")]
    NoRecord(String),
    /// A command that is not in the history.
    #[error("no operation {0}")]
    NoOperation(String),
    /// A record was founded again elsewhere, and what it starts with has not come.
    #[error("record {0} was started again on another device, and has not arrived from there")]
    NotYetArrived(String),
    /// What a command did can not be taken back.
    #[error("`{verb}` can not be undone")]
    NotUndoable {
        /// Its verb.
        verb: String,
    },
    /// What was said to be signed by the recovery key is not, or by that of another book.
    #[error("this is not signed by the recovery key of this book")]
    NotRecovery,
    /// A name is needed.
    #[error("{what} is empty")]
    Empty {
        /// What: `name`, `company`.
        what: Cow<'static, str>,
    },
    /// A text is too long.
    #[error("{what} of {bytes} bytes exceeds {limit}")]
    TooLong {
        /// What.
        what: Cow<'static, str>,
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Too many of something in one command.
    #[error("{count} {what} exceed {limit}")]
    TooMany {
        /// What.
        what: Cow<'static, str>,
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// A number is out of its range.
    #[error("{what} {value} is not in {low} to {high}")]
    OutOfRange {
        /// What.
        what: Cow<'static, str>,
        /// The value.
        value: i64,
        /// Lowest allowed.
        low: i64,
        /// Highest allowed.
        high: i64,
    },
    /// This device joined a book and has not heard from another of its devices.
    #[error("this device has joined a book and not yet synced with it")]
    NotYetSynced,
    /// The book is somebody else's, shared with this device.
    #[error("this book is shared with you; only its owner writes in it")]
    NotOwner,
    /// This device may not write: it was removed.
    #[error("this device was removed from the book")]
    Removed,
    /// The roster says something that this program cannot read.
    #[error("a newer version of goodword changed who may do what; this one may only read")]
    RequiresUpgrade,
}

/// A peer's mistake.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerError {
    /// An entry is not in form or not signed by its device.
    #[error("{0}")]
    Entry(#[from] EntryError),
    /// An item is not in form.
    #[error("{0}")]
    Item(#[from] ItemError),
    /// A standalone statement is not in form.
    #[error("{0}")]
    Standalone(#[from] StandaloneError),
    /// A statement or entry of another book.
    #[error("entry or statement belongs to another book")]
    ForeignBook,
    /// An entry by a device that nobody admitted.
    #[error("device {} is not in the roster", .0.short())]
    UnknownDevice(DeviceId),
    /// An entry does not follow the one held before it.
    #[error("entry {found} of device {} does not follow entry {next}", device.short())]
    Gap {
        /// Whose log.
        device: DeviceId,
        /// The entry's number.
        found: u64,
        /// The number that would follow.
        next: u64,
    },
    /// The items beside an entry are not those that it names.
    #[error("items beside entry {n} of device {} are not those that it names", device.short())]
    ItemsDiffer {
        /// Whose log.
        device: DeviceId,
        /// The entry's number.
        n: u64,
    },
    /// The items beside an entry are larger than an entry may have.
    #[error(
        "items of {bytes} bytes beside one entry exceed {}",
        crate::limits::ITEMS_BYTES_PER_ENTRY_MAX
    )]
    ItemsTooLarge {
        /// Their length together.
        bytes: usize,
    },
    /// More incarnations than a device may have.
    #[error("device {} uses more than {} incarnations", .0.short(), crate::limits::INCARNATIONS_PER_DEVICE_MAX)]
    TooManyIncarnations(DeviceId),
    /// The genesis given on joining is not one.
    #[error("what was given as the book's genesis is not one")]
    NotAGenesis,
}

macro_rules! from_redb {
    ($($kind:ty),+) => {
        $(impl From<$kind> for Error {
            fn from(error: $kind) -> Self {
                Self::Disk(error.to_string())
            }
        })+
    };
}

from_redb!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::CompactionError
);

impl From<redb::DatabaseError> for Error {
    fn from(error: redb::DatabaseError) -> Self {
        match error {
            redb::DatabaseError::DatabaseAlreadyOpen => Self::Busy,
            other => Self::Disk(other.to_string()),
        }
    }
}

/// A row that this program wrote cannot be read: the file was damaged.
pub(crate) fn damaged(what: &str) -> Error {
    Error::Disk(format!("{what} is damaged; `goodword doctor --rebuild` makes it again"))
}
