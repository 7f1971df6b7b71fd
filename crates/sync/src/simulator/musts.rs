//! What a troubled history holds for certain, each at a drawn moment of its life.

use goodword_core::{Change, RecordId};

use super::Trouble;
use super::changes;
use super::dice::Dice;
use super::world::World;

/// Sessions within which each is begun.
const WITHIN_SESSIONS: u64 = 14;

/// Something that is to happen once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Must {
    /// A device is copied and both write.
    Fork,
    /// A device is removed where its last entries are unknown; a third has built upon them.
    LateRemoval,
    /// A person is erased whom another device edits.
    Erase,
    /// A person is founded again on two devices, and edited on one of them before.
    Refound,
}

/// All of them, each after a drawn number of sessions.
pub(super) fn draw(dice: &mut Dice) -> Vec<(u64, Must)> {
    let all = [Must::Fork, Must::LateRemoval, Must::Erase, Must::Refound];
    all.map(|must| (dice.below(WITHIN_SESSIONS), must)).to_vec()
}

impl World {
    /// Whether it is still to happen.
    pub(super) fn must(&self, must: Must) -> bool {
        self.musts.iter().any(|(_, one)| *one == must)
    }

    /// Lets happen what is due and can.
    pub(super) fn take_musts(&mut self) -> Result<(), Trouble> {
        for (after, must) in self.musts.clone() {
            // A device is copied that knows every other, which may not be so of removed ones.
            let waits = must == Must::LateRemoval && self.must(Must::Fork);
            if after > self.outcome.sessions || self.is_joinable() || waits {
                continue;
            }
            let happened = match must {
                Must::Fork => self.fork()?,
                Must::LateRemoval => self.remove_late()?,
                Must::Erase => self.amid_edits(|person| Change::Erase { records: vec![person] })?,
                Must::Refound => {
                    self.amid_edits(|person| Change::Refound { records: vec![person] })?
                }
            };
            if happened {
                self.musts.retain(|(_, one)| *one != must);
            }
        }
        Ok(())
    }

    /// Copies a device, then writes on it and on its copy.
    fn fork(&mut self) -> Result<bool, Trouble> {
        let original = self.dice.index(self.devices.len());
        let may = !self.is_gone(original) && self.devices[original].is_admitted();
        if !may || !self.copy_one(original)? {
            return Ok(false);
        }
        self.write(original)?;
        self.write(self.devices.len() - 1)?;
        Ok(true)
    }

    /// Removes a device where it is known, but not what it wrote last and a third holds.
    fn remove_late(&mut self) -> Result<bool, Trouble> {
        let count = self.devices.len();
        let [by, removed, third] = [0, 1, 2].map(|_| self.dice.index(count));
        let is_third = self.are_others(third, by) && self.are_others(third, removed);
        let admitted = [by, removed, third].iter().all(|at| self.devices[*at].is_admitted());
        let knows = self.devices[third].knows(&self.devices[removed].id())
            && self.devices[removed].knows(&self.devices[third].id());
        if !(self.can_remove(by, removed) && is_third && admitted && knows) || self.is_gone(third) {
            return Ok(false);
        }
        self.drop_links(|link| link.touches(by) || link.touches(removed))?;
        let before = self.outcome.commands;
        self.write(removed)?;
        self.meet([third, removed])?;
        self.touch(third)?;
        if self.outcome.commands == before {
            return Ok(false);
        }
        self.remove_on(by, removed)?;
        self.outcome.late_removals += 1;
        Ok(true)
    }

    /// One device edits a person, another makes the change, a third edits or makes it too.
    fn amid_edits(&mut self, change: impl Fn(RecordId) -> Change) -> Result<bool, Trouble> {
        let count = self.devices.len();
        let [a, b, c] = [0, 1, 2].map(|_| self.dice.index(count));
        if [a, b, c].iter().any(|at| self.is_gone(*at) || !self.devices[*at].is_admitted()) {
            return Ok(false);
        }
        let people = changes::people(&self.devices[a].store);
        let people = people.map_err(|error| self.store_trouble(a, error))?;
        if people.is_empty() {
            return Ok(false);
        }
        let person = *self.dice.pick(&people);
        self.apply(b, &changes::title(person, "amid"))?;
        let before = self.outcome.commands;
        self.apply(a, &change(person))?;
        let happened = self.outcome.commands > before;
        if self.dice.chance(50) {
            self.apply(c, &change(person))?;
        } else {
            self.apply(c, &changes::title(person, "late"))?;
        }
        Ok(happened)
    }

    /// Gives commands until one is carried out, on a device that may write.
    pub(super) fn write(&mut self, device: usize) -> Result<(), Trouble> {
        let before = self.outcome.commands;
        while self.outcome.commands == before {
            self.change(device)?;
        }
        Ok(())
    }

    /// Edits everybody whom a device knows.
    fn touch(&mut self, device: usize) -> Result<(), Trouble> {
        let people = changes::people(&self.devices[device].store);
        let people = people.map_err(|error| self.store_trouble(device, error))?;
        let edit = |person: &RecordId| self.apply(device, &changes::title(*person, "upon it"));
        people.iter().try_for_each(edit)
    }
}
