//! What a backup reads of a store: every entry once, and what says when one is due.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use redb::ReadableTable;

use super::Reader;
use crate::id::{CommandId, DeviceId, SpaceId};
use crate::space::Space;
use crate::store::backup::BackupError;
use crate::store::error::Error;
use crate::store::schema as s;

/// Takes an entry's bytes and its items'.
type Visit<'v> = dyn FnMut(&[u8], &[Vec<u8>]) -> Result<(), BackupError> + 'v;

impl Reader {
    /// Visits every entry with its items, in order of admission: first those of the roster, which
    /// say what items may be absent beside the others.
    pub(in crate::store) fn each_entry(&self, visit: &mut Visit<'_>) -> Result<(), BackupError> {
        let roster = Space::Roster.id(&self.require_book()?);
        let logs = self.logs()?.into_iter().filter(|(_, row)| row.space == roster);
        let roster: BTreeSet<u32> = logs.map(|(number, _)| number).collect();
        let table = self.transaction.open_table(s::ENTRIES).map_err(Error::from)?;
        for is_roster in [true, false] {
            for row in table.iter().map_err(Error::from)? {
                let (_, row) = row.map_err(Error::from)?;
                let (log, n, entry) = row.value();
                if roster.contains(&log) == is_roster {
                    visit(entry, &self.items_of(log, n)?)?;
                }
            }
        }
        Ok(())
    }

    /// In how many incarnations a device has written, in the space where they are most.
    pub(in crate::store) fn incarnations(&self, device: &DeviceId) -> Result<usize, Error> {
        let mut spaces = BTreeMap::<SpaceId, usize>::new();
        for (_, row) in self.logs()? {
            if row.device == *device {
                *spaces.entry(row.space).or_default() += 1;
            }
        }
        Ok(spaces.into_values().max().unwrap_or(0))
    }

    /// When the first command of the book was given.
    pub(in crate::store) fn first_command(&self) -> Result<Option<Timestamp>, Error> {
        let table = self.transaction.open_table(s::OPERATIONS)?;
        let first = table.first()?;
        Ok(first.and_then(|(command, _)| given(command.value())))
    }

    /// When the last command was given.
    pub(in crate::store) fn last_command(&self) -> Result<Option<Timestamp>, Error> {
        let table = self.transaction.open_table(s::OPERATIONS)?;
        let last = table.last()?;
        Ok(last.and_then(|(command, _)| given(command.value())))
    }
}

/// The time in a command's id.
fn given(command: &[u8; 16]) -> Option<Timestamp> {
    let millis = i64::try_from(CommandId(*command).millis()).ok()?;
    Timestamp::from_millisecond(millis).ok()
}
