//! What a store and a peer hold of a space, by what is known of the peer.
//!
//! A peer is known to hold some entries: the heads that it told, samples of its logs, what it sent.
//! Whoever holds an entry holds all before it. Where a log is forked, and where the two sides hold
//! different branches of it, that tells from where on to send what.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Store;
use super::super::error::{Error, UserError};
use super::super::reader::{Reader, log_id};
use super::Location;
use crate::id::SpaceId;
use crate::log::{Frontier, Head, LogId};
use crate::space::Space;

/// A store beside a peer, in one space.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// What the peer is known to hold, without what follows from the rest of it.
    pub theirs: Frontier,
    /// Logs of which the peer holds entries that the store lacks.
    pub behind: BTreeSet<LogId>,
    /// Logs of which the peer lacks entries, or may.
    pub ahead: BTreeSet<LogId>,
    /// Those of them where what it holds is not known well enough to send anything: it is ahead of
    /// the store, and will send entries; or it holds another branch.
    pub unclear: BTreeSet<LogId>,
    /// Those of the unclear ones where it holds another branch for sure.
    pub diverged: BTreeSet<LogId>,
    lacking: Vec<Range>,
}

/// Entries of one branch that a peer lacks: from this number to the branch's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    number: u32,
    from: u64,
}

/// A branch of a log, as it is held.
#[derive(Clone, Copy, Debug)]
struct Branch {
    number: u32,
    base: Option<u32>,
    from: u64,
    head: Head,
}

impl Store {
    /// Compares what is held of `space` with what a peer is known to hold; of the logs for which
    /// `is_sampled` says so that is all it has to say. Costs O(logs), and a read for every head of
    /// the peer's that is none here.
    ///
    /// # Errors
    /// [`UserError::NoBook`], [`Error::Disk`].
    pub fn compare(
        &self,
        space: Space,
        theirs: &Frontier,
        is_sampled: impl Fn(&LogId) -> bool,
    ) -> Result<Compared, Error> {
        let book = self.book.as_ref().ok_or(UserError::NoBook)?;
        let reader = self.reader()?;
        let mut held = reader.branches(&space.id(&book.id))?;
        held.retain(|log, _| book.authority.knows(&log.device));
        let mut logs: BTreeMap<LogId, Vec<Head>> = BTreeMap::new();
        for (log, head) in theirs {
            logs.entry(*log).or_default().push(*head);
        }
        let mut compared = Compared::default();
        for log in held.keys().chain(logs.keys()).copied().collect::<BTreeSet<LogId>>() {
            let branches = held.get(&log).map_or(&[][..], Vec::as_slice);
            let heads = logs.get(&log).map_or(&[][..], Vec::as_slice);
            compared.compare(&reader, log, branches, heads, is_sampled(&log))?;
        }
        Ok(compared)
    }

    /// Where the entries are that a peer lacks, in admission order (causes before effects).
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn locations(&self, compared: &Compared) -> Result<Vec<Location>, Error> {
        let reader = self.reader()?;
        let mut lacking = Vec::new();
        for Range { number, from } in &compared.lacking {
            let of_log = reader.admissions_of(*number, *from)?;
            let at = |(n, admission)| Location { admission, log: *number, n };
            lacking.extend(of_log.into_iter().map(at));
        }
        lacking.sort();
        Ok(lacking)
    }

    /// Entries of every branch of a log, ever fewer further back, the first among them: a peer
    /// with other branches finds among them one that it holds, at most twice as far back as the
    /// last that both hold.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn samples(&self, log: LogId) -> Result<Vec<Head>, Error> {
        let reader = self.reader()?;
        let branches = reader.branches(&log.space)?.remove(&log).unwrap_or_default();
        let mut samples = BTreeSet::new();
        for branch in &branches {
            let mut back = 1;
            while back <= branch.head.next {
                samples.extend(sample(&reader, &branches, branch, branch.head.next - back)?);
                back *= 2;
            }
            samples.extend(sample(&reader, &branches, branch, 0)?);
        }
        Ok(samples.into_iter().collect())
    }
}

/// Entry `n` on the way to the end of `branch`.
fn sample(
    reader: &Reader,
    branches: &[Branch],
    branch: &Branch,
    n: u64,
) -> Result<Option<Head>, Error> {
    let mut at = Some(branch);
    while let Some(branch) = at.filter(|branch| branch.from > n) {
        at = branches.iter().find(|other| Some(other.number) == branch.base);
    }
    let Some(branch) = at else { return Ok(None) };
    let entry = reader.entry(branch.number, n)?;
    Ok(entry.map(|entry| Head { next: n + 1, hash: entry.hash() }))
}

impl Compared {
    fn compare(
        &mut self,
        reader: &Reader,
        log: LogId,
        branches: &[Branch],
        heads: &[Head],
        is_sampled: bool,
    ) -> Result<(), Error> {
        // How many entries of each branch the peer is known to hold, and by which head.
        let mut covered: BTreeMap<u32, (u64, Option<Head>)> = BTreeMap::new();
        let mut unknown = Vec::new();
        for head in heads {
            match holder(reader, branches, head)? {
                Some(number) => {
                    let covered = covered.entry(number).or_default();
                    *covered = (*covered).max((head.next, Some(*head)));
                }
                None => unknown.push(*head),
            }
        }
        // Branches are listed after those that they grew from.
        for branch in branches.iter().rev() {
            if let Some(base) = branch.base.filter(|_| covered.contains_key(&branch.number)) {
                let of_base = covered.entry(base).or_default();
                if of_base.0 <= branch.from {
                    *of_base = (branch.from, None);
                }
            }
        }
        self.theirs.extend(covered.values().filter_map(|(_, head)| Some((log, (*head)?))));
        self.theirs.extend(unknown.iter().map(|head| (log, *head)));
        if !unknown.is_empty() {
            self.behind.insert(log);
        }
        for branch in branches {
            let from = covered.get(&branch.number).map_or(0, |(next, _)| *next).max(branch.from);
            if from >= branch.head.next {
                continue;
            }
            self.ahead.insert(log);
            let longer = unknown.iter().any(|head| head.next > branch.head.next);
            if unknown.is_empty() || is_sampled || is_reached(branches, branch, &covered) {
                self.lacking.push(Range { number: branch.number, from });
            } else {
                self.unclear.insert(log);
                if !longer {
                    self.diverged.insert(log);
                }
            }
        }
        Ok(())
    }
}

/// Whether the peer is known to hold an entry on the way to the end of `branch`.
fn is_reached(
    branches: &[Branch],
    branch: &Branch,
    covered: &BTreeMap<u32, (u64, Option<Head>)>,
) -> bool {
    let mut at = Some(branch);
    while let Some(branch) = at {
        if covered.get(&branch.number).is_some_and(|(next, _)| *next > 0) {
            return true;
        }
        at = branches.iter().find(|other| Some(other.number) == branch.base);
    }
    false
}

/// The branch that holds an entry as its own.
fn holder(reader: &Reader, branches: &[Branch], head: &Head) -> Result<Option<u32>, Error> {
    if let Some(branch) = branches.iter().find(|branch| branch.head == *head) {
        return Ok(Some(branch.number));
    }
    let Some(n) = head.next.checked_sub(1) else { return Ok(None) };
    for branch in branches.iter().filter(|branch| (branch.from..branch.head.next).contains(&n)) {
        let entry = reader.entry(branch.number, n)?;
        if entry.is_some_and(|entry| entry.hash() == head.hash) {
            return Ok(Some(branch.number));
        }
    }
    Ok(None)
}

impl Reader {
    /// The branches of every log of a space, each after the one that it grew from.
    fn branches(&self, space: &SpaceId) -> Result<BTreeMap<LogId, Vec<Branch>>, Error> {
        let grown = self.branch_rows()?;
        let mut logs: BTreeMap<LogId, Vec<Branch>> = BTreeMap::new();
        for (number, row) in self.logs()? {
            if row.space != *space {
                continue;
            }
            let of = grown.get(&number);
            let branch = Branch {
                number,
                base: of.and_then(|row| row.base),
                from: of.map_or(0, |row| row.from),
                head: Head { next: row.next, hash: row.head },
            };
            logs.entry(log_id(&row)).or_default().push(branch);
        }
        Ok(logs)
    }
}
