//! Two devices, one of which comes to be there twice.

use super::Trouble;
use super::device::Device;
use super::world::World;

/// How a device comes to be there twice, or to be what it was.
#[derive(Clone, Copy, Debug)]
enum Odd {
    /// Its disk is copied while it runs.
    Copy,
    /// It is started twice from one disk, at one moment.
    DoubleStart,
    /// A backup of it is restored elsewhere, and both go on.
    Restore,
    /// Its disk is set back to what it was.
    SetBack,
}

/// Commands on each device between two sessions, at most.
const COMMANDS_MAX: u64 = 3;

impl World {
    /// Lives a short life with one such moment, and further sessions after it.
    pub(super) fn twins(&mut self) -> Result<(), Trouble> {
        self.found()?;
        self.work()?;
        while self.is_joinable() {
            self.step += 1;
            self.join()?;
        }
        self.settle()?;
        self.work()?;
        let at = self.dice.index(2);
        let odds = [Odd::Copy, Odd::DoubleStart, Odd::Restore, Odd::SetBack];
        match *self.dice.pick(&odds) {
            Odd::Copy => self.twin(at, Device::duplicate)?,
            Odd::DoubleStart => {
                self.restart_one(at)?;
                self.twin(at, Device::duplicate)?;
            }
            Odd::Restore => {
                let now = self.devices[at].now(self.step);
                self.twin(at, |device, dice| device.restored(now, dice))?;
            }
            Odd::SetBack => {
                self.keep_one(at)?;
                self.write(at)?;
                if self.dice.chance(50) {
                    self.meet([at, 1 - at])?;
                }
                self.work()?;
                self.set_back_one(at)?;
            }
        }
        self.work()?;
        if self.dice.chance(50) {
            let others = (0..self.devices.len()).filter(|one| self.are_others(*one, at));
            let other = others.max().unwrap_or_default();
            self.meet([at, other])?;
            self.work()?;
        }
        Ok(())
    }

    fn twin(
        &mut self,
        at: usize,
        make: impl FnOnce(&Device, &mut super::dice::Dice) -> Result<Device, goodword_core::Error>,
    ) -> Result<(), Trouble> {
        let twin = make(&self.devices[at], &mut self.dice);
        let twin = twin.map_err(|error| self.store_trouble(at, error))?;
        self.put(twin);
        self.outcome.copies += 1;
        Ok(())
    }

    /// Some commands on every device, one after the other in turn.
    fn work(&mut self) -> Result<(), Trouble> {
        for _ in 0..self.dice.below(COMMANDS_MAX + 1) {
            for device in 0..self.devices.len() {
                self.step += 1;
                self.change(device)?;
            }
        }
        Ok(())
    }
}
