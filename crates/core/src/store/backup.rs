//! A copy of a store as one stream of bytes, and a store made again from it.
//!
//! Holds what cannot be computed: the device's key, statements, entries in order of admission with
//! their items, whom the device met and where. Not a database: it is written from one read
//! transaction beside any writer, and read back through the doors that a peer's batches take, so
//! that nothing in it is believed. The restored store has an incarnation of its own.
//! `docs/format.md` gives the bytes.

mod kept;
mod read;
mod whole_file;

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;

use super::error::{Error, damaged};
use super::reader::Reader;
use crate::hash;
use crate::id::DeviceId;
use crate::log::Key;

pub(super) use kept::back_up_before_migration;
pub use kept::{BACKUPS_FOLDER, BACKUPS_KEPT, Kept, back_up_weekly, backups_in};
pub use read::{Restored, recover, restore};
pub use whole_file::whole_file;

/// How every backup begins.
pub const BACKUP_MAGIC: &[u8] = b"goodword backup\0";

/// Version of backups that this program writes. A later one is refused.
const VERSION: u8 = 1;

/// What follows: a part is its tag, the length of its body (`u32`, least significant byte first)
/// and the body.
mod tag {
    /// Secret key, Unix milliseconds (`u64`, least significant byte first), genesis.
    pub(super) const HEAD: u8 = 0;
    /// A standalone statement.
    pub(super) const STANDALONE: u8 = 1;
    /// An entry; its items follow, in the order in which it names them.
    pub(super) const ENTRY: u8 = 2;
    /// An item.
    pub(super) const ITEM: u8 = 3;
    /// Device, Unix milliseconds at which it was last met (`u64`), and how many entries it was then
    /// known to hold (`u64`), if it ever held all.
    pub(super) const MET: u8 = 4;
    /// Device, where it was last reached.
    pub(super) const ADDRESS: u8 = 5;
    /// Hash over everything before this part.
    pub(super) const END: u8 = 6;
}

/// What a backup came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackedUp {
    /// Entries in it.
    pub entries: u64,
    /// Its length, in bytes.
    pub bytes: u64,
}

/// Why a backup could not be written or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file begins like something else.
    #[error("the file is not a goodword backup")]
    NotABackup,
    /// Written by a newer version of this program.
    #[error("the backup has version {found}, this program reads up to {known}")]
    Newer {
        /// The backup's version.
        found: u8,
        /// The highest that this program reads.
        known: u8,
    },
    /// The file ends before the backup does.
    #[error("the backup ends early, after {bytes} bytes")]
    Cut {
        /// How many there are.
        bytes: u64,
    },
    /// Something in it is not as it was written.
    #[error("the backup is damaged somewhere in its first {bytes} bytes")]
    Damaged {
        /// How far it was read.
        bytes: u64,
    },
    /// The key would make a copy that speaks for another device.
    #[error("the key is of device {}, the store of device {}", key.short(), store.short())]
    ForeignKey {
        /// Whose key it is.
        key: DeviceId,
        /// Whose store it is.
        store: DeviceId,
    },
    /// Peers would refuse one more copy of this device.
    #[error(
        "device {} was restored {} times, which is as often as its peers accept",
        .0.short(),
        crate::limits::INCARNATIONS_PER_DEVICE_MAX - 1
    )]
    Spent(DeviceId),
    /// The file that is written or read.
    #[error("{0}")]
    File(#[from] io::Error),
    /// The store that is read or made.
    #[error("{0}")]
    Store(#[from] Error),
}

impl Reader {
    /// Writes a backup of this moment, made at `at`, with the secret `key` of the device.
    ///
    /// Reads every entry once and no document; holds one entry in memory.
    ///
    /// # Errors
    /// [`BackupError::Store`] if there is no book or it cannot be read,
    /// [`BackupError::ForeignKey`], [`BackupError::File`] from `out`.
    pub fn backup(
        &self,
        key: &Key,
        at: Timestamp,
        out: &mut impl Write,
    ) -> Result<BackedUp, BackupError> {
        let store = self.device()?;
        if key.device() != store {
            return Err(BackupError::ForeignKey { key: key.device(), store });
        }
        self.require_book()?;
        let row = self.book_row()?.ok_or_else(|| damaged("the book"))?;
        let mut parts = Parts::begin(out)?;
        let head: &[&[u8]] = &[&*key.secret(), &millis(at).to_le_bytes(), &row.genesis];
        parts.part(tag::HEAD, head)?;
        for statement in self.standalone()? {
            parts.part(tag::STANDALONE, &[&statement])?;
        }
        let mut entries = 0;
        self.each_entry(&mut |entry, items| {
            entries += 1;
            parts.part(tag::ENTRY, &[entry])?;
            items.iter().try_for_each(|item| parts.part(tag::ITEM, &[item]))
        })?;
        let levels: BTreeMap<_, _> = self.levels()?.into_iter().collect();
        for (device, at) in self.met()? {
            let level = levels.get(&device).map(|level| level.to_le_bytes());
            let level: &[u8] = level.as_ref().map_or(&[], |level| level);
            parts.part(tag::MET, &[&device.0, &at.to_le_bytes(), level])?;
        }
        for (device, address) in self.addresses()? {
            parts.part(tag::ADDRESS, &[&device.0, &address])?;
        }
        Ok(BackedUp { entries, bytes: parts.end()? })
    }
}

/// A backup being written.
struct Parts<W> {
    out: W,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<W: Write> Parts<W> {
    fn begin(out: W) -> Result<Self, BackupError> {
        let mut parts = Self { out, hasher: hasher(), bytes: 0 };
        parts.write(BACKUP_MAGIC)?;
        parts.write(&[VERSION])?;
        Ok(parts)
    }

    fn part(&mut self, tag: u8, body: &[&[u8]]) -> Result<(), BackupError> {
        let length: usize = body.iter().map(|piece| piece.len()).sum();
        let length = u32::try_from(length).map_err(|_| damaged("a row of 4 GiB"))?;
        self.write(&[tag])?;
        self.write(&length.to_le_bytes())?;
        body.iter().try_for_each(|piece| self.write(piece))
    }

    fn end(mut self) -> Result<u64, BackupError> {
        let hash = *self.hasher.finalize().as_bytes();
        self.part(tag::END, &[&hash])?;
        self.out.flush()?;
        Ok(self.bytes)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.hasher.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(self.out.write_all(bytes)?)
    }
}

fn hasher() -> blake3::Hasher {
    blake3::Hasher::new_derive_key(hash::BACKUP)
}

fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}
