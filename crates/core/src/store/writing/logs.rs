//! The logs of a write transaction: their numbers, how far they are held, their entries.
//!
//! Where a log goes up to is kept in memory and written once, however many entries come.

use redb::ReadableTable;

use super::{Writing, decode, encode};
use crate::log::{Entry, Head, LogId};
use crate::store::error::{Error, damaged};
use crate::store::schema::LogRow;

/// A log that this transaction has looked at.
#[derive(Clone, Copy)]
pub(super) struct HeldLog {
    number: u32,
    head: Head,
    changed: bool,
}

impl Writing<'_> {
    fn held_log(&mut self, log: &LogId) -> Result<Option<HeldLog>, Error> {
        if let Some(held) = self.logs.get(log) {
            return Ok(Some(*held));
        }
        let key = (&log.space.0, &log.device.0, &log.incarnation.0);
        let Some(number) = self.tables.log_numbers.get(key)?.map(|number| number.value()) else {
            return Ok(None);
        };
        let row: LogRow = match self.tables.logs.get(number)? {
            Some(row) => decode(row.value(), "a log row")?,
            None => return Err(damaged("a log row")),
        };
        let head = Head { next: row.next, hash: row.head };
        let held = HeldLog { number, head, changed: false };
        self.logs.insert(*log, held);
        Ok(Some(held))
    }

    /// How far a log is held.
    pub(in crate::store) fn head(&mut self, log: &LogId) -> Result<Option<Head>, Error> {
        Ok(self.held_log(log)?.map(|held| held.head))
    }

    /// The number of a log that is held.
    pub(in crate::store) fn number_of(&mut self, log: &LogId) -> Result<Option<u32>, Error> {
        Ok(self.held_log(log)?.map(|held| held.number))
    }

    /// Notes that a log goes up to `head`; gives its number, which it gets on first sight.
    pub(super) fn advance(&mut self, log: &LogId, head: Head) -> Result<u32, Error> {
        let number = match self.held_log(log)? {
            Some(held) => held.number,
            None => {
                let number = self.tables.logs.last()?.map_or(0, |(last, _)| last.value() + 1);
                let key = (&log.space.0, &log.device.0, &log.incarnation.0);
                self.tables.log_numbers.insert(key, number)?;
                self.write_log(log, number, head)?;
                number
            }
        };
        self.logs.insert(*log, HeldLog { number, head, changed: true });
        Ok(number)
    }

    /// Writes where the logs that changed go up to.
    pub(super) fn flush_logs(&mut self) -> Result<(), Error> {
        for (log, held) in std::mem::take(&mut self.logs) {
            if held.changed {
                self.write_log(&log, held.number, held.head)?;
            }
        }
        Ok(())
    }

    fn write_log(&mut self, log: &LogId, number: u32, head: Head) -> Result<(), Error> {
        let LogId { space, device, incarnation } = *log;
        let row = LogRow { space, device, incarnation, next: head.next, head: head.hash };
        self.tables.logs.insert(number, encode(&row).as_slice())?;
        Ok(())
    }

    /// Reads an entry that is stored.
    pub(in crate::store) fn entry(&self, log: u32, n: u64) -> Result<Option<Entry>, Error> {
        let Some(position) = self.tables.positions.get((log, n))? else { return Ok(None) };
        let Some(row) = self.tables.entries.get(position.value())? else { return Ok(None) };
        let entry = Entry::decode(row.value().2.to_vec());
        entry.map(Some).map_err(|_| damaged("an entry"))
    }
}
