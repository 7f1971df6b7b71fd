//! Devices whose disk is copied, or set back to what it was.

use std::collections::BTreeSet;

use goodword_core::query::Operations;
use goodword_core::{CommandId, limits};

use super::Trouble;
use super::device::Device;
use super::world::World;

/// Copies and disks set back in one run: each may make a branch of every log, beside the first.
const ODD_MAX: u64 = limits::BRANCHES_PER_LOG_MAX as u64 - 1;

impl World {
    /// A device is copied, and both go on.
    pub(super) fn copy(&mut self) -> Result<(), Trouble> {
        let at = self.dice.index(self.devices.len());
        self.copy_one(at).map(drop)
    }

    /// Copies a device; false if it may not be.
    pub(super) fn copy_one(&mut self, at: usize) -> Result<bool, Trouble> {
        // A device that joins later would be unknown to the copy, which nobody could tell of it:
        // it does not talk to strangers, nor to its original.
        let may = self.odd() < ODD_MAX && !self.is_joinable();
        if !may || !self.knows_all(&self.devices[at]) {
            return Ok(false);
        }
        let copy = self.devices[at].duplicate(&mut self.dice);
        let copy = copy.map_err(|error| self.store_trouble(at, error))?;
        self.put(copy);
        self.outcome.copies += 1;
        Ok(true)
    }

    /// The disk of a device is kept, to be set back to.
    pub(super) fn keep(&mut self) -> Result<(), Trouble> {
        let at = self.dice.index(self.devices.len());
        if self.devices[at].is_admitted() { self.keep_one(at) } else { Ok(()) }
    }

    pub(super) fn keep_one(&mut self, at: usize) -> Result<(), Trouble> {
        let kept = self.devices[at].duplicate(&mut self.dice);
        self.kept.insert(at, kept.map_err(|error| self.store_trouble(at, error))?);
        Ok(())
    }

    /// The disk of a device is set back to what it was; what it wrote since and nobody else holds
    /// is gone.
    pub(super) fn set_back(&mut self) -> Result<(), Trouble> {
        let at = self.dice.index(self.devices.len());
        if self.odd() >= ODD_MAX { Ok(()) } else { self.set_back_one(at) }
    }

    pub(super) fn set_back_one(&mut self, at: usize) -> Result<(), Trouble> {
        let Some(earlier) = self.kept.remove(&at) else { return Ok(()) };
        self.drop_links(|link| link.touches(at))?;
        // Nor would it talk to a device that it had forgotten.
        if self.is_joinable() || !self.knows_all(&earlier) {
            return Ok(());
        }
        self.devices[at] = earlier;
        let held = self.commands()?;
        // What the disk lost is in the hands of whoever holds it.
        let holder = |(of, command): &(usize, CommandId)| {
            let holds = |at: &usize| held.get(*at).is_some_and(|held| held.contains(command));
            [*of].into_iter().chain(0..held.len()).find(holds)
        };
        let acknowledged = self.acknowledged.iter();
        let kept = acknowledged.filter_map(|of| Some((holder(of)?, of.1)));
        self.acknowledged = kept.collect();
        self.outcome.set_back += 1;
        Ok(())
    }

    fn odd(&self) -> u64 {
        self.outcome.copies + self.outcome.set_back
    }

    fn knows_all(&self, device: &Device) -> bool {
        self.devices.iter().all(|other| device.knows(&other.id()))
    }

    /// The commands that each device holds.
    fn commands(&self) -> Result<Vec<BTreeSet<CommandId>>, Trouble> {
        let mut commands = Vec::with_capacity(self.devices.len());
        for (at, device) in self.devices.iter().enumerate() {
            let held = device.store.ask(&Operations { limit: usize::MAX });
            let held = held.map_err(|error| self.store_trouble(at, error))?;
            commands.push(held.into_iter().map(|one| one.command).collect());
        }
        Ok(commands)
    }
}
