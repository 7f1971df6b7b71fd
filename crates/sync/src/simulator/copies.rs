//! Devices whose disk is copied, or set back to what it was.

use std::collections::BTreeSet;

use goodword_core::CommandId;
use goodword_core::query::Operations;

use super::Trouble;
use super::device::Device;
use super::world::World;

/// Copies in one run: each may make a branch of every log, which has room for four.
const COPIES_MAX: u64 = 2;

/// How often disks are set back in one run.
const SET_BACK_MAX: u64 = 2;

impl World {
    /// A device is copied, and both go on.
    pub(super) fn copy(&mut self) -> Result<(), Trouble> {
        let at = self.dice.index(self.devices.len());
        // A device that joins later would be unknown to the copy, which nobody could tell of it:
        // it does not talk to strangers, nor to its original.
        let may = self.outcome.copies < COPIES_MAX && !self.is_joinable();
        if !may || !self.knows_all(&self.devices[at]) {
            return Ok(());
        }
        let copy = self.devices[at].duplicate(&mut self.dice);
        let copy = copy.map_err(|error| self.store_trouble(at, error))?;
        self.put(copy);
        self.outcome.copies += 1;
        Ok(())
    }

    /// The disk of a device is kept, to be set back to.
    pub(super) fn keep(&mut self) -> Result<(), Trouble> {
        let at = self.dice.index(self.devices.len());
        if self.devices[at].is_admitted() {
            let kept = self.devices[at].duplicate(&mut self.dice);
            self.kept.insert(at, kept.map_err(|error| self.store_trouble(at, error))?);
        }
        Ok(())
    }

    /// The disk of a device is set back to what it was; what it wrote since and nobody else holds
    /// is gone.
    pub(super) fn set_back(&mut self) -> Result<(), Trouble> {
        let at = self.dice.index(self.devices.len());
        if self.outcome.set_back >= SET_BACK_MAX {
            return Ok(());
        }
        let Some(earlier) = self.kept.remove(&at) else { return Ok(()) };
        self.drop_links(|link| link.touches(at))?;
        // Nor would it talk to a device that it had forgotten.
        if self.is_joinable() || !self.knows_all(&earlier) {
            return Ok(());
        }
        self.devices[at] = earlier;
        let held = self.commands()?;
        self.acknowledged.retain(|(_, command)| held.contains(command));
        self.outcome.set_back += 1;
        Ok(())
    }

    fn knows_all(&self, device: &Device) -> bool {
        self.devices.iter().all(|other| device.knows(&other.id()))
    }

    fn commands(&self) -> Result<BTreeSet<CommandId>, Trouble> {
        let operations = self.each(|store| store.ask(&Operations { limit: usize::MAX }))?;
        Ok(operations.into_iter().flatten().map(|one| one.command).collect())
    }
}
