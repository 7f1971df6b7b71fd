//! Authority: a pure function of the full set of statements.
//!
//! Independent of order and repetition; removals only deny and are permanent. No clock is read:
//! `until` is for whoever serves, never for what counts.

use std::collections::{BTreeMap, BTreeSet};

use super::statement::{Accepted, Genesis, Recovery, Role, Standalone, Statement};
use crate::id::{BookId, DeviceId, MemberId};
use crate::limits;
use crate::log::{Head, LogId};
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
    /// Every device ever admitted.
    pub devices: BTreeMap<DeviceId, Standing>,
    /// An unknown statement might withdraw authority: this program must not write.
    pub requires_upgrade: bool,
}

/// A statement with the place of its entry.
pub type Placed<'a> = (LogId, u64, &'a Statement);

impl Authority {
    /// Computes authority from everything that was said. `genesis` founds the book.
    pub fn compute<'a>(
        genesis: &Genesis,
        standalone: impl IntoIterator<Item = &'a Standalone>,
        placed: impl IntoIterator<Item = Placed<'a>>,
    ) -> Self {
        let book = genesis.book();
        let roster = Space::Roster.id(&book);
        let placed: Vec<Placed<'a>> = placed
            .into_iter()
            .filter(|(log, _, _)| log.space == roster)
            .collect();
        let (keys, said) = recovery_chain(genesis, book, standalone);
        let mut authority = Self {
            book,
            recovery: keys,
            devices: BTreeMap::new(),
            requires_upgrade: false,
        };

        let removed = removed_devices(&said);
        authority.admit_owner(genesis.device, &removed);
        for statement in &said {
            if let Recovery::AddDevice { device } = statement {
                authority.admit_owner(*device, &removed);
            }
        }
        while authority.admit_owners_named(&placed, &removed) {}
        authority.admit_members(&placed);
        authority.requires_upgrade = placed.iter().any(|(log, n, statement)| {
            statement.may_withdraw_unread() && authority.counts(log, *n)
        });
        authority
    }

    /// Whether `device` was ever admitted: only then are its entries stored and relayed.
    pub fn knows(&self, device: &DeviceId) -> bool {
        self.devices.contains_key(device)
    }

    /// Whether entry `n` of `log` counts: its device is admitted, and not beyond accepted heads.
    pub fn counts(&self, log: &LogId, n: u64) -> bool {
        self.devices
            .get(&log.device)
            .is_some_and(|standing| match &standing.removed {
                None => true,
                Some(accepted) => accepted.get(log).is_some_and(|head| n < head.next),
            })
    }

    /// The standing of a device that has not been removed.
    pub fn active(&self, device: &DeviceId) -> Option<&Standing> {
        self.devices
            .get(device)
            .filter(|standing| standing.removed.is_none())
    }

    /// Whether `device` is to be given `space` at `now` (seconds since the Unix epoch).
    pub fn may_read(&self, device: &DeviceId, space: Space, now: u64) -> bool {
        self.active(device).is_some_and(|standing| {
            standing.spaces.contains(&space) && standing.until.is_none_or(|until| now <= until)
        })
    }

    /// Whether `device` is one of the owner's, removed or not.
    pub fn is_owner(&self, device: &DeviceId) -> bool {
        self.devices
            .get(device)
            .is_some_and(|standing| standing.role == Role::Owner)
    }

    /// The owner's devices that have not been removed.
    pub fn owner_devices(&self) -> impl Iterator<Item = &DeviceId> {
        self.devices
            .iter()
            .filter(|(_, standing)| standing.role == Role::Owner && standing.removed.is_none())
            .map(|(device, _)| device)
    }

    fn admit_owner(&mut self, device: DeviceId, removed: &BTreeMap<DeviceId, Accepted>) -> bool {
        if self.devices.contains_key(&device) {
            return false;
        }
        let standing = Standing {
            role: Role::Owner,
            member: None,
            spaces: Space::ALL.into_iter().collect(),
            until: None,
            removed: removed.get(&device).cloned(),
        };
        self.devices.insert(device, standing);
        true
    }

    /// One round of admissions by owner devices; true if somebody was added.
    fn admit_owners_named(
        &mut self,
        placed: &[Placed<'_>],
        removed: &BTreeMap<DeviceId, Accepted>,
    ) -> bool {
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
            .filter(|(log, n, _)| self.is_owner(&log.device) && self.counts(log, *n))
            .map(|(_, _, statement)| *statement)
    }

    fn admit_members(&mut self, placed: &[Placed<'_>]) {
        let mut members: BTreeMap<MemberId, Standing> = BTreeMap::new();
        let mut devices: BTreeMap<MemberId, BTreeSet<DeviceId>> = BTreeMap::new();
        let mut removed: BTreeMap<MemberId, Accepted> = BTreeMap::new();
        for statement in self.said_by_owner(placed) {
            match statement {
                Statement::AddMember {
                    member,
                    device,
                    spaces,
                    role,
                    until,
                } => {
                    let mut spaces: SpaceSet = spaces.iter().copied().collect();
                    spaces.insert(Space::Roster);
                    let said = Standing {
                        role: *role,
                        member: Some(*member),
                        spaces,
                        until: *until,
                        removed: None,
                    };
                    devices.entry(*member).or_default().insert(*device);
                    members
                        .entry(*member)
                        .and_modify(|known| narrow(known, &said))
                        .or_insert(said);
                }
                Statement::AddMemberDevice { member, device } => {
                    devices.entry(*member).or_default().insert(*device);
                }
                Statement::RemoveMember { member, accepted } => {
                    widen(removed.entry(*member).or_default(), accepted);
                }
                _ => {}
            }
        }
        for (member, standing) in &members {
            let first = devices.get(member).cloned().unwrap_or_default();
            let mut own = self.member_devices(placed, *member, first);
            own.retain(|device| !self.is_owner(device));
            for device in own.into_iter().take(limits::DEVICES_PER_MEMBER_MAX) {
                let mut standing = standing.clone();
                standing.removed = removed.get(member).cloned();
                self.devices.entry(device).or_insert(standing);
            }
        }
        self.leave(placed);
    }

    /// The devices of a member: those the owner named, then those that these named themselves.
    fn member_devices(
        &self,
        placed: &[Placed<'_>],
        member: MemberId,
        mut known: BTreeSet<DeviceId>,
    ) -> Vec<DeviceId> {
        let mut ordered: Vec<DeviceId> = known.iter().copied().collect();
        loop {
            let named: BTreeSet<DeviceId> = placed
                .iter()
                .filter(|(log, _, _)| known.contains(&log.device))
                .filter_map(|(_, _, statement)| match statement {
                    Statement::AddMemberDevice { member: of, device }
                        if *of == member && !known.contains(device) =>
                    {
                        Some(*device)
                    }
                    _ => None,
                })
                .collect();
            if named.is_empty() {
                return ordered;
            }
            ordered.extend(&named);
            known.extend(named);
        }
    }

    fn leave(&mut self, placed: &[Placed<'_>]) {
        for (log, n, statement) in placed {
            let Statement::Leave { member } = statement else {
                continue;
            };
            if !self.counts(log, *n) {
                continue;
            }
            let left = self
                .devices
                .get(&log.device)
                .and_then(|standing| standing.member);
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
            Standalone::Recovery {
                book: of,
                key,
                statement,
                ..
            } if *of == book => Some((*key, statement)),
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
    let said = all
        .into_iter()
        .filter(|(key, _)| keys.contains(key))
        .map(|(_, s)| s)
        .collect();
    (keys, said)
}

fn removed_devices(said: &[&Recovery]) -> BTreeMap<DeviceId, Accepted> {
    let mut removed: BTreeMap<DeviceId, Accepted> = BTreeMap::new();
    for statement in said {
        if let Recovery::RemoveDevice { device, accepted } = statement {
            widen(removed.entry(*device).or_default(), accepted);
        }
    }
    removed
}

/// Of concurrent removals the larger accepted heads hold.
fn widen(known: &mut Accepted, said: &Accepted) {
    for (log, head) in said {
        let known = known.entry(*log).or_insert(*head);
        *known = larger(*known, *head);
    }
}

fn larger(a: Head, b: Head) -> Head {
    // The hash breaks a tie between two branches of a fork, alike on every device.
    if (a.next, std::cmp::Reverse(a.hash)) >= (b.next, std::cmp::Reverse(b.hash)) {
        a
    } else {
        b
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
