//! Authority: a pure function of the full set of statements.
//!
//! Independent of order and repetition; removals only deny and are permanent. No clock is read:
//! `until` is for whoever serves, never for what counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::branches::{self, Link};
use super::statement::{Accepted, Genesis, Recovery, Role, Standalone, Statement};
use super::withdrawn::Withdrawn;
use crate::id::{BookId, DeviceId, EntryHash, MemberId};
use crate::limits;
use crate::log::{Head, LogId, heads_of, next_of};
use crate::space::{Space, SpaceSet};

/// What one device may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Owner, mentor or viewer.
    pub role: Role,
    /// Whose device it is; `None` for the owner's.
    pub member: Option<MemberId>,
    /// Spaces that it may read.
    pub spaces: SpaceSet,
    /// Seconds since the Unix epoch after which it is not served.
    pub until: Option<u64>,
    /// If it was removed: up to where its logs count.
    pub removed: Option<Accepted>,
}

/// Who may do what in one book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// The book.
    pub book: BookId,
    /// Public halves of the recovery keys in force at some time; the last of the chain is current.
    pub recovery: Vec<[u8; 32]>,
    /// Every device admitted by what counts, also one that was removed.
    pub devices: BTreeMap<DeviceId, Standing>,
    /// An unknown statement might withdraw authority: this program must not write.
    pub requires_upgrade: bool,
    /// What does not count any more of documents.
    pub withdrawn: Arc<Withdrawn>,
    /// Every device that would be admitted had nobody been removed: this only grows, and decides
    /// what is stored and relayed, and whose withdrawals hold.
    ever: BTreeMap<DeviceId, Role>,
    /// Entries of forked logs that lead to no accepted head.
    beside: BTreeSet<EntryHash>,
}

/// A statement with the log, number and hash of its entry.
pub type Placed<'a> = (LogId, u64, EntryHash, &'a Statement);

impl Authority {
    /// Computes authority from everything that was said, where no log is forked. `genesis` founds
    /// the book.
    pub fn compute<'a>(
        genesis: &Genesis,
        standalone: impl IntoIterator<Item = &'a Standalone>,
        placed: impl IntoIterator<Item = Placed<'a>>,
    ) -> Self {
        let no_links = |_: &LogId| Ok::<_, std::convert::Infallible>(Vec::new());
        let Ok(authority) = Self::compute_with(genesis, standalone, placed, no_links);
        authority
    }

    /// Computes authority from everything that was said. `links` gives the entries of a forked
    /// log; it is asked for those of which a removal accepts something.
    ///
    /// # Errors
    /// Those of `links`.
    pub fn compute_with<'a, E>(
        genesis: &Genesis,
        standalone: impl IntoIterator<Item = &'a Standalone>,
        placed: impl IntoIterator<Item = Placed<'a>>,
        links: impl FnMut(&LogId) -> Result<Vec<Link>, E>,
    ) -> Result<Self, E> {
        let book = genesis.book();
        let roster = Space::Roster.id(&book);
        let placed: Vec<Placed<'a>> =
            placed.into_iter().filter(|(log, ..)| log.space == roster).collect();
        let (keys, said) = recovery_chain(genesis, book, standalone);
        let nobody = Self {
            book,
            recovery: keys,
            devices: BTreeMap::new(),
            requires_upgrade: false,
            withdrawn: Arc::default(),
            ever: BTreeMap::new(),
            beside: BTreeSet::new(),
        };

        let mut widest = nobody.clone();
        widest.admit(genesis.device, &said, &placed, &Removed::default());
        let ever_owner = |device: &DeviceId| widest.is_owner(device);
        let removed = Removed::of(&said, &placed, ever_owner);
        let mut authority = nobody;
        authority.beside = removed.beside(links)?;
        authority.admit(genesis.device, &said, &placed, &removed);
        let mut withdrawn = Withdrawn::default();
        for (log, _, _, statement) in &placed {
            if ever_owner(&log.device) {
                withdrawn.take(&book, statement);
            }
        }
        authority.withdrawn = Arc::new(withdrawn);
        authority.requires_upgrade = said.iter().any(|said| said.may_withdraw_unread());
        authority.requires_upgrade |= placed.iter().any(|(log, n, entry, statement)| {
            statement.may_withdraw_unread()
                && authority.is_owner(&log.device)
                && authority.counts(log, *n, entry)
        });
        let ever = widest.devices.into_iter();
        authority.ever = ever.map(|(device, standing)| (device, standing.role)).collect();
        Ok(authority)
    }

    fn admit(
        &mut self,
        first: DeviceId,
        said: &[&Recovery],
        placed: &[Placed<'_>],
        removed: &Removed,
    ) {
        self.admit_owner(first, removed);
        for statement in said {
            if let Recovery::AddDevice { device } = statement {
                self.admit_owner(*device, removed);
            }
        }
        while self.admit_owners_named(placed, removed) {}
        self.admit_members(placed, removed);
    }

    /// Whether `device` was ever admitted: only then are its entries stored and relayed.
    pub fn knows(&self, device: &DeviceId) -> bool {
        self.ever.contains_key(device)
    }

    /// Whether `entry`, number `n` of `log`, counts: its device is admitted, and it is neither
    /// beyond accepted heads nor on another branch.
    pub fn counts(&self, log: &LogId, n: u64, entry: &EntryHash) -> bool {
        self.devices.get(&log.device).is_some_and(|standing| match &standing.removed {
            None => true,
            Some(accepted) => n < next_of(accepted, *log) && !self.beside.contains(entry),
        })
    }

    /// The standing of a device that has not been removed.
    pub fn active(&self, device: &DeviceId) -> Option<&Standing> {
        self.devices.get(device).filter(|standing| standing.removed.is_none())
    }

    /// Whether `device` is to be given `space` at `now` (seconds since the Unix epoch).
    pub fn may_read(&self, device: &DeviceId, space: Space, now: u64) -> bool {
        self.active(device).is_some_and(|standing| {
            standing.spaces.contains(&space) && standing.until.is_none_or(|until| now <= until)
        })
    }

    /// Whether `device` is one of the owner's, removed or not.
    pub fn is_owner(&self, device: &DeviceId) -> bool {
        self.devices.get(device).is_some_and(|standing| standing.role == Role::Owner)
    }

    /// Whether `device` was one of the owner's at some time, by whomever it was admitted.
    pub fn was_owner(&self, device: &DeviceId) -> bool {
        self.ever.get(device) == Some(&Role::Owner)
    }

    /// Whether what counts of stored entries differs between `self` and `other`, which knows more.
    pub fn counts_differ(&self, other: &Self) -> bool {
        let counted = |authority: &Self, device: &DeviceId| {
            let standing = authority.devices.get(device)?;
            Some((standing.role == Role::Owner, standing.removed.clone()))
        };
        // A device that was not known has no entry stored.
        let differs = |device: &DeviceId| counted(self, device) != counted(other, device);
        self.withdrawn != other.withdrawn
            || self.beside != other.beside
            || self.ever.keys().any(differs)
    }

    /// The owner's devices that have not been removed.
    pub fn owner_devices(&self) -> impl Iterator<Item = &DeviceId> {
        self.devices
            .iter()
            .filter(|(_, standing)| standing.role == Role::Owner && standing.removed.is_none())
            .map(|(device, _)| device)
    }

    fn admit_owner(&mut self, device: DeviceId, removed: &Removed) -> bool {
        if self.devices.contains_key(&device) {
            return false;
        }
        let standing = Standing {
            role: Role::Owner,
            member: None,
            spaces: Space::ALL.into_iter().collect(),
            until: None,
            removed: removed.devices.get(&device).cloned(),
        };
        self.devices.insert(device, standing);
        true
    }

    /// One round of admissions by owner devices; true if somebody was added.
    fn admit_owners_named(&mut self, placed: &[Placed<'_>], removed: &Removed) -> bool {
        let named: Vec<DeviceId> = self
            .said_by_owner(placed)
            .filter_map(|statement| match statement {
                Statement::AddDevice { device } => Some(*device),
                _ => None,
            })
            .collect();
        let mut grew = false;
        for device in named {
            grew |= self.admit_owner(device, removed);
        }
        grew
    }

    fn said_by_owner<'p>(&self, placed: &'p [Placed<'_>]) -> impl Iterator<Item = &'p Statement> {
        placed
            .iter()
            .filter(|(log, n, entry, _)| self.is_owner(&log.device) && self.counts(log, *n, entry))
            .map(|(.., statement)| *statement)
    }

    fn admit_members(&mut self, placed: &[Placed<'_>], removed: &Removed) {
        let mut members: BTreeMap<MemberId, Standing> = BTreeMap::new();
        let mut named: BTreeMap<DeviceId, BTreeSet<MemberId>> = BTreeMap::new();
        for statement in self.said_by_owner(placed) {
            match statement {
                Statement::AddMember { member, device, spaces, role, until } => {
                    let mut spaces: SpaceSet = spaces.iter().copied().collect();
                    spaces.insert(Space::Roster);
                    let (role, until, removed) = (*role, *until, None);
                    let said = Standing { role, member: Some(*member), spaces, until, removed };
                    named.entry(*device).or_default().insert(*member);
                    members.entry(*member).and_modify(|known| narrow(known, &said)).or_insert(said);
                }
                Statement::AddMemberDevice { member, device } => {
                    named.entry(*device).or_default().insert(*member);
                }
                _ => {}
            }
        }
        for (member, standing) in &mut members {
            standing.removed = removed.members.get(member).cloned();
        }
        self.admit_devices_of(&members, &named);
        // What members say of their own further devices counts after what the owner says.
        while self.admit_devices_of(&members, &self.named_by_members(placed)) {}
        self.leave(placed);
    }

    /// Devices that members' devices name as their own.
    fn named_by_members(&self, placed: &[Placed<'_>]) -> BTreeMap<DeviceId, BTreeSet<MemberId>> {
        let mut named: BTreeMap<DeviceId, BTreeSet<MemberId>> = BTreeMap::new();
        for (log, n, entry, statement) in placed {
            let by = self.devices.get(&log.device).and_then(|standing| standing.member);
            if let Statement::AddMemberDevice { member, device } = statement
                && by == Some(*member)
                && self.counts(log, *n, entry)
            {
                named.entry(*device).or_default().insert(*member);
            }
        }
        named
    }

    /// Admits devices that one member alone was given, in order of their keys; true if any was new.
    fn admit_devices_of(
        &mut self,
        members: &BTreeMap<MemberId, Standing>,
        named: &BTreeMap<DeviceId, BTreeSet<MemberId>>,
    ) -> bool {
        let mut grew = false;
        for (device, claimants) in named {
            let mut claimants = claimants.iter();
            let (Some(member), None) = (claimants.next(), claimants.next()) else { continue };
            let Some(standing) = members.get(member) else { continue };
            let own = self.devices.values().filter(|known| known.member == Some(*member)).count();
            if own < limits::DEVICES_PER_MEMBER_MAX && !self.devices.contains_key(device) {
                self.devices.insert(*device, standing.clone());
                grew = true;
            }
        }
        grew
    }

    fn leave(&mut self, placed: &[Placed<'_>]) {
        for (log, n, entry, statement) in placed {
            let Statement::Leave { member } = statement else {
                continue;
            };
            if !self.counts(log, *n, entry) {
                continue;
            }
            let left = self.devices.get(&log.device).and_then(|standing| standing.member);
            if left != Some(*member) {
                continue;
            }
            for standing in self.devices.values_mut() {
                if standing.member == Some(*member) {
                    standing.spaces.clear();
                }
            }
        }
    }
}

/// Follows the recovery keys from the genesis; what another key signed does not count.
fn recovery_chain<'a>(
    genesis: &Genesis,
    book: BookId,
    standalone: impl IntoIterator<Item = &'a Standalone>,
) -> (Vec<[u8; 32]>, Vec<&'a Recovery>) {
    let all: Vec<([u8; 32], &Recovery)> = standalone
        .into_iter()
        .filter_map(|statement| match statement {
            Standalone::Recovery { book: of, key, statement, .. } if *of == book => {
                Some((*key, statement))
            }
            Standalone::Recovery { .. } | Standalone::Genesis(_) => None,
        })
        .collect();
    let mut keys = vec![genesis.recovery];
    let mut at = 0;
    while let Some(current) = keys.get(at).copied() {
        let next: BTreeSet<[u8; 32]> = all
            .iter()
            .filter_map(|(key, statement)| match statement {
                Recovery::Replace { recovery } if *key == current => Some(*recovery),
                _ => None,
            })
            .filter(|key| !keys.contains(key))
            .collect();
        keys.extend(next);
        at += 1;
    }
    let said = all.into_iter().filter(|(key, _)| keys.contains(key)).map(|(_, s)| s).collect();
    (keys, said)
}

/// Whose access was withdrawn, and up to where what they wrote counts.
#[derive(Default)]
struct Removed {
    devices: BTreeMap<DeviceId, Accepted>,
    members: BTreeMap<MemberId, Accepted>,
}

impl Removed {
    /// Of concurrent removals every accepted head holds.
    ///
    /// Removals of members count whoever of the owner's devices said them, also one that was
    /// removed itself: they only deny, and nothing takes them back.
    fn of(
        said: &[&Recovery],
        placed: &[Placed<'_>],
        ever_owner: impl Fn(&DeviceId) -> bool,
    ) -> Self {
        let mut removed = Self::default();
        for statement in said {
            if let Recovery::RemoveDevice { device, accepted } = statement {
                removed.devices.entry(*device).or_default().extend(accepted);
            }
        }
        for (log, _, _, statement) in placed {
            if let Statement::RemoveMember { member, accepted } = statement
                && ever_owner(&log.device)
            {
                removed.members.entry(*member).or_default().extend(accepted);
            }
        }
        removed
    }

    /// Entries of forked logs that lead to no head that any removal accepts of them.
    fn beside<E>(
        &self,
        mut links: impl FnMut(&LogId) -> Result<Vec<Link>, E>,
    ) -> Result<BTreeSet<EntryHash>, E> {
        let of_devices = self.devices.iter().flat_map(|(device, accepted)| {
            accepted.iter().filter(move |(log, _)| log.device == *device)
        });
        let of_members = self.members.values().flatten();
        let accepted: Accepted = of_devices.chain(of_members).copied().collect();
        let logs: BTreeSet<LogId> = accepted.iter().map(|(log, _)| *log).collect();
        let mut beside = BTreeSet::new();
        for log in logs {
            let heads: Vec<Head> = heads_of(&accepted, log).collect();
            beside.append(&mut branches::beside(&heads, &links(&log)?));
        }
        Ok(beside)
    }
}

/// Of concurrent grants to one member the narrower holds.
fn narrow(known: &mut Standing, said: &Standing) {
    known.role = known.role.min(said.role);
    known.spaces = known.spaces.intersection(&said.spaces).copied().collect();
    known.until = match (known.until, said.until) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
}
