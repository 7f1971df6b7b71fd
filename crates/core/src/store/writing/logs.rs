//! The logs of a write transaction: their numbers, how far they are held, their entries.
//!
//! Where a log goes up to is kept in memory and written once, however many entries come. A branch
//! of a forked log is a log of its own here, that begins amid another: its entries before are
//! that one's.

use redb::ReadableTable;

use super::{Writing, decode, encode};
use crate::id::EntryHash;
use crate::limits;
use crate::log::{Entry, Head, LogId};
use crate::roster::Link;
use crate::store::error::{Error, damaged};
use crate::store::schema::{BranchRow, LogRow};

/// One branch of a log that this transaction has looked at; most logs have one.
#[derive(Clone, Copy)]
pub(super) struct Branch {
    number: u32,
    /// Number of its first own entry.
    from: u64,
    head: Head,
    changed: bool,
}

/// Where an entry belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Fit {
    /// It is held already.
    Held,
    /// It starts a log of which nothing is held.
    Starts,
    /// It continues the branch with this number.
    Continues(u32),
    /// It begins a branch, after an entry of the one with this number, or beside the first entry.
    Forks(Option<u32>),
    /// It would begin or continue a branch for which there is no room.
    NoRoom,
    /// The entry before is not held; the longest branch ends before this number.
    Gap(u64),
}

impl Writing<'_> {
    fn branches(&mut self, log: &LogId) -> Result<&mut Vec<Branch>, Error> {
        if !self.logs.contains_key(log) {
            let branches = self.read_branches(log)?;
            self.logs.insert(*log, branches);
        }
        Ok(self.logs.get_mut(log).expect("BUG: just inserted"))
    }

    fn read_branches(&self, log: &LogId) -> Result<Vec<Branch>, Error> {
        let key = (&log.space.0, &log.device.0, &log.incarnation.0);
        let Some(first) = self.tables.log_numbers.get(key)?.map(|number| number.value()) else {
            return Ok(Vec::new());
        };
        let mut branches = vec![self.read_branch(first, 0)?];
        for row in self.tables.branches.range((first, 0)..(first + 1, 0))? {
            let (key, row) = row?;
            let row: BranchRow = decode(row.value(), "a branch row")?;
            branches.push(self.read_branch(key.value().1, row.from)?);
        }
        Ok(branches)
    }

    fn read_branch(&self, number: u32, from: u64) -> Result<Branch, Error> {
        let row: LogRow = match self.tables.logs.get(number)? {
            Some(row) => decode(row.value(), "a log row")?,
            None => return Err(damaged("a log row")),
        };
        let head = Head { next: row.next, hash: row.head };
        Ok(Branch { number, from, head, changed: false })
    }

    /// How far this store's own log is held; of a forked one, the branch that it wrote itself.
    pub(in crate::store) fn own_head(&mut self, log: &LogId) -> Result<Option<Head>, Error> {
        Ok(self.branches(log)?.first().map(|branch| branch.head))
    }

    /// Where an entry belongs, by what is held.
    pub(in crate::store) fn fit(&mut self, entry: &Entry) -> Result<Fit, Error> {
        let header = entry.header();
        let (n, prev) = (header.n, header.prev);
        let branches = self.branches(&header.log)?.clone();
        let continued = branches.iter().find(|b| b.head.next == n && b.head.hash == prev);
        if let Some(branch) = continued.filter(|_| n > 0) {
            return Ok(Fit::Continues(branch.number));
        }
        if self.holder(&branches, n, &entry.hash())?.is_some() {
            return Ok(Fit::Held);
        }
        let has_room = branches.len() < limits::BRANCHES_PER_LOG_MAX;
        let before = match n.checked_sub(1) {
            None if prev != EntryHash::NONE => return Ok(Fit::Gap(0)),
            None if branches.is_empty() => return Ok(Fit::Starts),
            None => Some(None),
            Some(before) => self.holder(&branches, before, &prev)?.map(Some),
        };
        Ok(match before {
            Some(base) if has_room => Fit::Forks(base),
            // What follows an entry for which there was no room fits nowhere either.
            Some(_) | None if !has_room => Fit::NoRoom,
            Some(_) | None => Fit::Gap(branches.iter().map(|b| b.head.next).max().unwrap_or(0)),
        })
    }

    /// The branch that holds entry `n` with this hash as its own.
    fn holder(&self, branches: &[Branch], n: u64, hash: &EntryHash) -> Result<Option<u32>, Error> {
        for branch in branches.iter().filter(|b| (b.from..b.head.next).contains(&n)) {
            if self.entry(branch.number, n)?.is_some_and(|held| held.hash() == *hash) {
                return Ok(Some(branch.number));
            }
        }
        Ok(None)
    }

    /// Whether two entries of a log have one number.
    pub(super) fn is_forked(&mut self, log: &LogId) -> Result<bool, Error> {
        Ok(self.branches(log)?.len() > 1)
    }

    /// Notes that an entry is held; gives the number of its branch, which it gets on first sight.
    pub(super) fn advance(&mut self, entry: &Entry) -> Result<u32, Error> {
        let header = entry.header();
        let head = Head { next: header.n + 1, hash: entry.hash() };
        match self.fit(entry)? {
            Fit::Continues(number) => {
                let branches = self.branches(&header.log)?;
                for branch in branches.iter_mut().filter(|branch| branch.number == number) {
                    (branch.head, branch.changed) = (head, true);
                }
                Ok(number)
            }
            Fit::Starts => {
                let number = self.number_log(&header.log, 0, head)?;
                let LogId { space, device, incarnation } = &header.log;
                let key = (&space.0, &device.0, &incarnation.0);
                self.tables.log_numbers.insert(key, number)?;
                Ok(number)
            }
            Fit::Forks(base) => {
                let first = self.branches(&header.log)?.first().map(|branch| branch.number);
                let first = first.ok_or_else(|| damaged("a log row"))?;
                let number = self.number_log(&header.log, header.n, head)?;
                let row = encode(&BranchRow { from: header.n, base });
                self.tables.branches.insert((first, number), row.as_slice())?;
                tracing::warn!(
                    device = %header.log.device.short(), n = header.n, "two entries have one number"
                );
                Ok(number)
            }
            Fit::Held | Fit::NoRoom | Fit::Gap(_) => {
                unreachable!("BUG: an entry is stored where it does not fit")
            }
        }
    }

    fn number_log(&mut self, log: &LogId, from: u64, head: Head) -> Result<u32, Error> {
        let number = self.tables.logs.last()?.map_or(0, |(last, _)| last.value() + 1);
        self.write_log(log, number, head)?;
        self.branches(log)?.push(Branch { number, from, head, changed: false });
        Ok(number)
    }

    /// Writes where the logs that changed go up to.
    pub(super) fn flush_logs(&mut self) -> Result<(), Error> {
        for (log, branches) in std::mem::take(&mut self.logs) {
            for branch in branches.iter().filter(|branch| branch.changed) {
                self.write_log(&log, branch.number, branch.head)?;
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

    /// Every entry of a log, if it is forked.
    pub(super) fn links(&self, log: &LogId) -> Result<Vec<Link>, Error> {
        let branches = self.read_branches(log)?;
        let mut links = Vec::new();
        for branch in branches.iter().filter(|_| branches.len() > 1) {
            for position in
                self.tables.positions.range((branch.number, 0)..(branch.number + 1, 0))?
            {
                let (number, n) = position?.0.value();
                let entry = self.entry(number, n)?.ok_or_else(|| damaged("an entry"))?;
                links.push(Link { n, hash: entry.hash(), prev: entry.header().prev });
            }
        }
        Ok(links)
    }

    /// Reads an entry that is stored.
    pub(in crate::store) fn entry(&self, log: u32, n: u64) -> Result<Option<Entry>, Error> {
        let Some(position) = self.tables.positions.get((log, n))? else { return Ok(None) };
        let Some(row) = self.tables.entries.get(position.value())? else { return Ok(None) };
        let entry = Entry::decode(row.value().2.to_vec());
        entry.map(Some).map_err(|_| damaged("an entry"))
    }
}
