//! Noticing that this store is a copy: its file was copied, or set back to an earlier state.
//!
//! Two copies that go on in one log make a fork. So a store goes on under a fresh incarnation, in
//! logs of its own, as soon as it can know that it is not the only one: before it writes in a
//! file that is not the one it was left in, and when a peer brings an entry of its own log that it
//! did not write. Only a signed entry is believed, never what a peer says of itself.

use std::collections::BTreeMap;

use redb::ReadableTable;
use serde::{Deserialize, Serialize};

use super::dice::Dice;
use super::error::Error;
use super::place::Place;
use super::schema::{LogRow, META_COPIED, META_FILE, META_INCARNATION};
use super::writing::{Tables, decode, encode};
use crate::id::{DeviceId, Incarnation, SpaceId};
use crate::limits;
use crate::query::{Copied, NoticedBy};

/// Which file a store is in: a copy is another one, a file that was renamed is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileIdentity {
    inode: u64,
    /// Nanoseconds since the Unix epoch at which the file was made, which nothing but its making
    /// sets; the number of its device where the file system does not tell. Devices are numbered
    /// anew when a machine starts.
    made: u64,
}

impl FileIdentity {
    /// What no file is.
    pub(super) const NONE: Self = Self { inode: 0, made: 0 };

    /// That of the file of a store; `None` where files have none.
    pub(super) fn of(place: &Place) -> Option<Self> {
        match place {
            Place::File(path) => Self::of_file(&std::fs::metadata(path).ok()?),
            Place::Memory(_) | Place::Opened(_) => None,
        }
    }

    #[cfg(unix)]
    fn of_file(file: &std::fs::Metadata) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let made = file.created().ok().and_then(|made| {
            let since = made.duration_since(std::time::UNIX_EPOCH).ok()?;
            u64::try_from(since.as_nanos()).ok()
        });
        Some(Self { inode: file.ino(), made: made.unwrap_or_else(|| file.dev()) })
    }

    #[cfg(not(unix))]
    fn of_file(_: &std::fs::Metadata) -> Option<Self> {
        None
    }
}

/// The file of an open store, where the store does not know it by that identity yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewFile {
    identity: FileIdentity,
    /// It knows another one: this file is a copy of that.
    is_copy: bool,
}

impl NewFile {
    /// What `place` is to a store that was left in the file `known`.
    pub(super) fn of(place: &Place, known: Option<FileIdentity>) -> Option<Self> {
        let identity = FileIdentity::of(place).filter(|identity| known != Some(*identity))?;
        Some(Self { identity, is_copy: known.is_some() })
    }

    /// Notes the file, and starts afresh if it is a copy. Done when something is written, so that
    /// reading a copy costs nothing.
    ///
    /// Where a file's identity does not last, incarnations must not run out: half of them are
    /// left for what is known for sure.
    pub(super) fn take(
        self,
        tables: &mut Tables<'_>,
        dice: &mut Dice,
        old: RunningCopy,
    ) -> Result<Incarnation, Error> {
        note_file(tables, self.identity)?;
        let used = Used::of(tables, &old)?;
        let may = used.has_written && used.incarnations < limits::INCARNATIONS_PER_DEVICE_MAX / 2;
        if self.is_copy && may {
            start_afresh(tables, dice, old, NoticedBy::File)
        } else {
            Ok(old.incarnation)
        }
    }
}

/// A running copy of a device's store, at a moment.
#[derive(Clone, Copy)]
pub(super) struct RunningCopy {
    pub(super) device: DeviceId,
    pub(super) incarnation: Incarnation,
    /// Milliseconds since the Unix epoch.
    pub(super) at: u64,
}

impl RunningCopy {
    /// Goes on as a copy of its own, because a peer brought an entry of its log. If peers would
    /// accept no further incarnation it stays what it is.
    pub(super) fn leave(
        self,
        tables: &mut Tables<'_>,
        dice: &mut Dice,
    ) -> Result<Incarnation, Error> {
        if Used::of(tables, &self)?.incarnations < limits::INCARNATIONS_PER_DEVICE_MAX {
            start_afresh(tables, dice, self, NoticedBy::Entry)
        } else {
            Ok(self.incarnation)
        }
    }
}

/// Notes in which file a store is.
pub(super) fn note_file(tables: &mut Tables<'_>, identity: FileIdentity) -> Result<(), Error> {
    tables.meta.insert(META_FILE, encode(&identity).as_slice())?;
    Ok(())
}

fn start_afresh(
    tables: &mut Tables<'_>,
    dice: &mut Dice,
    old: RunningCopy,
    by: NoticedBy,
) -> Result<Incarnation, Error> {
    let fresh = Incarnation(dice.bytes());
    tables.meta.insert(META_INCARNATION, fresh.0.as_slice())?;
    tables.meta.insert(META_COPIED, encode(&Copied { at: old.at, by }).as_slice())?;
    tracing::warn!(?by, "this store is a copy; it goes on under a fresh incarnation");
    Ok(fresh)
}

/// What a device has used of its incarnations.
struct Used {
    /// How many, in the space where they are most.
    incarnations: usize,
    /// Whether the one at hand wrote anything.
    has_written: bool,
}

impl Used {
    fn of(tables: &Tables<'_>, copy: &RunningCopy) -> Result<Self, Error> {
        let mut spaces = BTreeMap::<SpaceId, usize>::new();
        let mut has_written = false;
        for row in tables.logs.iter()? {
            let row: LogRow = decode(row?.1.value(), "a log row")?;
            if row.device == copy.device {
                *spaces.entry(row.space).or_default() += 1;
                has_written |= row.incarnation == copy.incarnation;
            }
        }
        Ok(Self { incarnations: spaces.into_values().max().unwrap_or(0), has_written })
    }
}
