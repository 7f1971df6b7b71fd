//! The devices, the links between them, and what happens to them step by step.

use std::collections::{BTreeMap, BTreeSet};

use goodword_core::log::Key;
use goodword_core::roster::{Recovery, Standalone};
use goodword_core::store::Store;
use goodword_core::{Change, CommandId, Error, UserError};

use super::changes;
use super::check;
use super::device::Device;
use super::dice::Dice;
use super::link::{Link, Moved};
use super::musts::{self, Must};
use super::{Course, Failure, Outcome, Trouble};
use crate::{Mode, SessionError};

/// Sessions that are opened before everything is settled.
const SESSIONS: u64 = 16;

/// Links that are open at a time.
const LINKS_MAX: usize = 3;

/// What can happen. Choices within are drawn when it does.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A user gives a command.
    Change,
    /// Two users change one field of one person differently.
    Clash,
    /// The next device joins the book.
    Join,
    /// Two devices connect.
    Connect,
    /// Some bytes move on a link.
    Pump,
    /// A link breaks; what was under way is lost.
    Break,
    /// A device's program ends and starts again.
    Restart,
    /// A device's disk is copied, and both go on.
    Copy,
    /// A device's disk is kept.
    Keep,
    /// A device's disk is set back to what was kept.
    SetBack,
    /// The network falls into parts, or grows together.
    Partition,
    /// A device is removed with the recovery key, on one that may know little of it.
    Remove,
}

/// Weighted: a step occurs as often as it stands here.
const STEPS: [(Step, u64); 12] = [
    (Step::Change, 14),
    (Step::Clash, 2),
    (Step::Join, 5),
    (Step::Connect, 10),
    (Step::Pump, 60),
    (Step::Break, 1),
    (Step::Restart, 1),
    (Step::Copy, 1),
    (Step::Keep, 2),
    (Step::SetBack, 1),
    (Step::Partition, 1),
    (Step::Remove, 1),
];

/// Devices that a run has at least when it ends without those that were removed, copies counted
/// once: two copies of one can tell each other nothing.
const DEVICES_MIN: usize = 2;

/// Everything there is in a run.
pub(super) struct World {
    pub dice: Dice,
    /// Devices of the book, in order of joining.
    pub devices: Vec<Device>,
    /// The recovery key of the book.
    recovery: Key,
    /// Devices that were removed, by index; the first is never.
    gone: BTreeSet<usize>,
    /// Devices that must agree in the end, by index.
    pub alive: Vec<usize>,
    /// How many there are to be, beside copies.
    size: usize,
    /// In which part of the network each device is.
    parts: Vec<u64>,
    links: Vec<Link>,
    pub step: u64,
    /// Earlier states of devices, by the device's place.
    pub kept: BTreeMap<usize, Device>,
    /// Commands whose success the user was told.
    pub acknowledged: Vec<(usize, CommandId)>,
    /// What is still to happen for certain, and after how many sessions.
    pub musts: Vec<(u64, Must)>,
    pub outcome: Outcome,
}

/// Runs the history of a seed.
pub(super) fn run(seed: u64, course: Course) -> Result<Outcome, Failure> {
    let mut dice = Dice::new(seed);
    let size = match course {
        Course::Usual => 2 + dice.index(4),
        Course::Troubled => 3 + dice.index(3),
        Course::Twins => 2,
    };
    let recovery = Key::from_bytes(&dice.bytes());
    let musts = if course == Course::Troubled { musts::draw(&mut dice) } else { Vec::new() };
    let mut world = World {
        musts,
        recovery,
        gone: BTreeSet::new(),
        alive: Vec::new(),
        dice,
        devices: Vec::new(),
        size,
        parts: Vec::new(),
        links: Vec::new(),
        step: 0,
        kept: BTreeMap::new(),
        acknowledged: Vec::new(),
        outcome: Outcome::default(),
    };
    let lived = if course == Course::Twins { world.twins() } else { world.live() };
    let result = lived.and_then(|()| world.settle()).and_then(|()| check::all(&mut world));
    match result {
        Ok(()) => Ok(world.outcome),
        Err(trouble) => Err(Failure { seed, step: world.step, trouble }),
    }
}

impl World {
    fn live(&mut self) -> Result<(), Trouble> {
        self.found()?;
        while self.outcome.sessions < SESSIONS || self.is_joinable() || !self.musts.is_empty() {
            self.step += 1;
            self.take_musts()?;
            let step = self.draw();
            tracing::trace!(number = self.step, ?step, "step");
            self.take(step)?;
            self.drop_links(Link::is_over)?;
        }
        Ok(())
    }

    /// Whether a device is still to join.
    pub fn is_joinable(&self) -> bool {
        let copies = usize::try_from(self.outcome.copies).unwrap_or(usize::MAX);
        self.devices.len() - copies < self.size
    }

    fn draw(&mut self) -> Step {
        let total = STEPS.iter().map(|(_, weight)| weight).sum();
        let mut at = self.dice.below(total);
        for (step, weight) in STEPS {
            match at.checked_sub(weight) {
                None => return step,
                Some(rest) => at = rest,
            }
        }
        Step::Pump
    }

    fn take(&mut self, step: Step) -> Result<(), Trouble> {
        match step {
            Step::Change => {
                let device = self.dice.index(self.devices.len());
                self.change(device)
            }
            Step::Clash => self.clash(),
            Step::Join if self.is_joinable() => self.join(),
            Step::Join => Ok(()),
            Step::Connect => self.connect(),
            Step::Pump => self.pump(),
            Step::Break => {
                if !self.links.is_empty() {
                    let link = self.dice.index(self.links.len());
                    self.drop_link(link)?;
                }
                Ok(())
            }
            Step::Restart => self.restart(),
            Step::Copy | Step::SetBack if self.must(Must::Fork) => Ok(()),
            Step::Remove if self.must(Must::Fork) || self.must(Must::LateRemoval) => Ok(()),
            Step::Copy => self.copy(),
            Step::Keep => self.keep(),
            Step::SetBack => self.set_back(),
            Step::Remove => self.remove(),
            Step::Partition => {
                let count = 1 + self.dice.below(2);
                self.parts = self.devices.iter().map(|_| self.dice.below(count)).collect();
                let parts = self.parts.clone();
                self.drop_links(|link| parts[link.ends[0].device] != parts[link.ends[1].device])
            }
        }
    }

    pub fn found(&mut self) -> Result<(), Trouble> {
        let recovery = self.recovery.device().0;
        let mut device = self.new_device()?;
        let now = device.now(0);
        let founded = device.store.found(recovery, now);
        founded.map_err(|error| Trouble::Store { device: device.id(), error })?;
        self.put(device);
        Ok(())
    }

    fn new_device(&mut self) -> Result<Device, Trouble> {
        Device::new(&mut self.dice).map_err(|error| {
            let device = goodword_core::DeviceId([0; 32]);
            Trouble::Store { device, error }
        })
    }

    pub fn put(&mut self, device: Device) {
        self.devices.push(device);
        self.parts.push(0);
    }

    /// An admitted device takes another in; the first session may well break.
    pub fn join(&mut self) -> Result<(), Trouble> {
        let inviter = self.dice.index(self.devices.len());
        if self.gone.contains(&inviter) || !self.devices[inviter].is_admitted() {
            return Ok(());
        }
        let mut device = self.new_device()?;
        let (step, id) = (self.step, device.id());
        let genesis = self.on(inviter, |inviter| {
            let now = inviter.now(step);
            inviter.store.admit_device(id, now)?;
            Ok(inviter.store.genesis())
        })?;
        self.tell(inviter, None)?;
        let adopted = device.store.adopt(&genesis.unwrap_or_default());
        adopted.map_err(|error| Trouble::Store { device: id, error })?;
        self.put(device);
        let joiner = self.devices.len() - 1;
        self.open([joiner, inviter]);
        Ok(())
    }

    pub fn change(&mut self, device: usize) -> Result<(), Trouble> {
        let now = self.devices[device].now(self.step);
        let drawn = changes::draw(&mut self.dice, &self.devices[device].store, now);
        let drawn = drawn.map_err(|error| self.store_trouble(device, error))?;
        self.apply(device, &drawn)
    }

    pub fn apply(&mut self, device: usize, change: &Change) -> Result<(), Trouble> {
        let now = self.devices[device].now(self.step);
        match self.devices[device].store.apply(change, now) {
            Ok(outcome) => {
                self.acknowledged.extend(outcome.command.map(|command| (device, command)));
                self.count(change, outcome.command.is_some());
                self.tell(device, None)
            }
            // A command can be out of place, such as undoing what cannot be undone.
            Err(Error::User(_)) => Ok(()),
            Err(error) => Err(self.store_trouble(device, error)),
        }
    }

    fn count(&mut self, change: &Change, is_new: bool) {
        let one = u64::from(is_new);
        self.outcome.commands += one;
        match change {
            Change::Erase { .. } => self.outcome.erasures += one,
            Change::Refound { .. } => self.outcome.refoundings += one,
            _ => {}
        }
    }

    fn clash(&mut self) -> Result<(), Trouble> {
        let [a, b] = [0, 1].map(|_| self.dice.index(self.devices.len()));
        let people = changes::people(&self.devices[a].store);
        let people = people.map_err(|error| self.store_trouble(a, error))?;
        if people.is_empty() {
            return Ok(());
        }
        let person = *self.dice.pick(&people);
        self.apply(a, &changes::title(person, "buyer"))?;
        self.apply(b, &changes::title(person, "seller"))
    }

    /// Somebody with the phrase removes a device, as far as the one at hand knows it.
    fn remove(&mut self) -> Result<(), Trouble> {
        let [by, removed] = [0, 1].map(|_| self.dice.index(self.devices.len()));
        if self.can_remove(by, removed) { self.remove_on(by, removed) } else { Ok(()) }
    }

    /// Whether a device, or another copy of it, was removed.
    pub fn is_gone(&self, at: usize) -> bool {
        self.gone.iter().any(|gone| !self.are_others(at, *gone))
    }

    /// Whether the one can remove the other and enough are left.
    pub fn can_remove(&self, by: usize, removed: usize) -> bool {
        let ids = (0..self.devices.len()).filter(|at| !self.is_gone(*at));
        let left = ids.map(|at| self.devices[at].id()).collect::<BTreeSet<_>>().len();
        self.are_others(removed, 0)
            && self.are_others(by, removed)
            && self.devices[by].knows(&self.devices[removed].id())
            && left > DEVICES_MIN
            && !self.is_gone(by)
            && !self.is_gone(removed)
    }

    /// Removes a device as far as another knows it.
    pub fn remove_on(&mut self, by: usize, removed: usize) -> Result<(), Trouble> {
        let (step, device) = (self.step, self.devices[removed].id());
        let key = self.recovery.clone();
        self.on(by, |by| {
            let accepted = by.store.reader()?.heads_of(&device)?;
            let book = by.store.book().ok_or(UserError::NoBook)?;
            let said = Recovery::RemoveDevice { device, accepted };
            let statement = Standalone::recovery(book, said, &key).encode();
            by.store.receive(&[statement], &[], by.now(step))
        })?;
        self.gone.insert(removed);
        self.outcome.removals += 1;
        self.tell(by, None)
    }

    fn connect(&mut self) -> Result<(), Trouble> {
        let [a, b] = [0, 1].map(|_| self.dice.index(self.devices.len()));
        let is_connected = self.links.iter().any(|link| link.touches(a) && link.touches(b));
        let can = self.are_others(a, b) && self.parts[a] == self.parts[b] && !is_connected;
        if can && self.links.len() < LINKS_MAX {
            self.open([a, b]);
        }
        Ok(())
    }

    /// Whether two devices may meet: nobody calls a copy of itself.
    pub fn are_others(&self, a: usize, b: usize) -> bool {
        self.devices[a].id() != self.devices[b].id()
    }

    fn open(&mut self, ends: [usize; 2]) {
        let modes = ends.map(|_| if self.dice.chance(30) { Mode::Stay } else { Mode::Once });
        let allowances = ends.map(|_| self.dice.chance(20).then(|| self.dice.below(6000)));
        let mut link = Link::open(&self.devices, ends, modes, allowances);
        if self.dice.chance(50) {
            link.commit_after(1 + self.dice.index(5));
        }
        self.links.push(link);
        self.outcome.sessions += 1;
    }

    fn pump(&mut self) -> Result<(), Trouble> {
        if self.links.is_empty() {
            return Ok(());
        }
        let at = self.dice.index(self.links.len());
        let frames = self.dice.below(4);
        let bytes = if self.dice.chance(25) { self.dice.index(300) } else { usize::MAX };
        let side = self.dice.index(2);
        let (step, link) = (self.step, &mut self.links[at]);
        let mut result = Ok(Moved::Nothing);
        for _ in 0..frames {
            result = result.and_then(|_| link.send(&self.devices, side, step));
        }
        let delivered = result.and_then(|_| link.deliver(&mut self.devices, 1 - side, bytes, step));
        let receiver = link.ends[1 - side].device;
        match delivered {
            Ok(Moved::Committed) => self.tell(receiver, Some(at)),
            Ok(Moved::Bytes | Moved::Nothing) => Ok(()),
            Err(error) => self.fail(at, error),
        }
    }

    /// Tells every other session of a device that its store changed.
    fn tell(&mut self, device: usize, except: Option<usize>) -> Result<(), Trouble> {
        for at in (0..self.links.len()).filter(|at| Some(*at) != except) {
            let changed = self.links[at].store_changed(&self.devices, device, self.step);
            changed.or_else(|error| self.fail(at, error))?;
        }
        Ok(())
    }

    /// A session may fail only because one device has not heard of the other; a device that waits
    /// to be admitted learns so when it has the other's whole roster.
    fn fail(&mut self, link: usize, error: SessionError) -> Result<(), Trouble> {
        let [a, b] = [0, 1].map(|side: usize| &self.devices[self.links[link].ends[side].device]);
        let is_at_odds = !a.admits(&b.id()) || !b.admits(&a.id());
        let is_no_fault = match error {
            SessionError::UnknownPeer { .. } | SessionError::AccessWithdrawn { .. } => is_at_odds,
            SessionError::NotAdmitted { device } => !a.admits(&device) || !b.admits(&device),
            _ => false,
        };
        if is_no_fault {
            self.links[link].break_off();
            return Ok(());
        }
        Err(Trouble::Session(error))
    }

    fn restart(&mut self) -> Result<(), Trouble> {
        let at = self.dice.index(self.devices.len());
        self.restart_one(at)
    }

    pub fn restart_one(&mut self, at: usize) -> Result<(), Trouble> {
        self.drop_links(|link| link.touches(at))?;
        let device = self.devices.remove(at);
        let id = device.id();
        let again = device.restart(&mut self.dice);
        let again = again.map_err(|error| Trouble::Store { device: id, error })?;
        self.devices.insert(at, again);
        self.outcome.restarts += 1;
        Ok(())
    }

    pub fn drop_links(&mut self, gone: impl Fn(&Link) -> bool) -> Result<(), Trouble> {
        for at in (0..self.links.len()).rev() {
            if gone(&self.links[at]) {
                self.drop_link(at)?;
            }
        }
        Ok(())
    }

    fn drop_link(&mut self, link: usize) -> Result<(), Trouble> {
        let link = self.links.remove(link);
        if link.is_finished() {
            self.outcome.finished += 1;
        } else {
            self.outcome.broken += 1;
        }
        link.ends.iter().try_for_each(|end| self.on(end.device, |device| device.store.catch_up()))
    }

    /// Lets every device meet every other until nothing moves any more.
    pub fn settle(&mut self) -> Result<(), Trouble> {
        self.drop_links(|_| true)?;
        // Everybody hears of every removal, whose statements go from hand to hand.
        let present: Vec<usize> =
            (0..self.devices.len()).filter(|at| !self.gone.contains(at)).collect();
        for _ in 0..present.len() {
            for (at, a) in present.iter().enumerate() {
                for b in &present[..at] {
                    self.step += 1;
                    if self.are_others(*a, *b) {
                        self.meet([*a, *b])?;
                    }
                }
            }
        }
        let admits = |at: &usize| self.devices[0].admits(&self.devices[*at].id());
        self.alive = (0..self.devices.len()).filter(admits).collect();
        let alive = self.alive.clone();
        // What one device holds needs as many rounds as there are devices on its way; in the
        // round after the last entry moved, nothing may move.
        // Late edits are dropped, and what is needed of removed devices published again, on the way.
        let rounds = 2 * alive.len() as u64 + 1;
        for _ in 0..rounds {
            let mut moved = false;
            for (at, a) in alive.iter().enumerate() {
                let others = alive[..at].iter().filter(|b| self.are_others(*a, **b));
                for b in &others.copied().collect::<Vec<_>>() {
                    self.step += 1;
                    moved |= self.meet([*a, *b])?;
                }
            }
            if !moved {
                return Ok(());
            }
        }
        Err(Trouble::Restless { rounds })
    }

    /// One whole session; true if anything moved or could not.
    pub fn meet(&mut self, ends: [usize; 2]) -> Result<bool, Trouble> {
        let mut link = Link::open(&self.devices, ends, [Mode::Once; 2], [None; 2]);
        self.outcome.sessions += 1;
        let result = link.settle(&mut self.devices, self.step);
        self.links.push(link);
        let at = self.links.len() - 1;
        if let Err(error) = result {
            self.fail(at, error)?;
            self.drop_link(at)?;
            return Ok(true);
        }
        let link = &self.links[at];
        if !link.is_finished() {
            let [a, b] = ends.map(|device| self.devices[device].id());
            return Err(Trouble::Stalled(a, b));
        }
        check::sessions(link, &self.devices)?;
        let moved = link.ends.iter().any(|end| end.session.report().entries_sent() > 0);
        self.drop_link(at)?;
        Ok(moved)
    }

    pub fn on<T>(
        &mut self,
        device: usize,
        act: impl FnOnce(&mut Device) -> Result<T, Error>,
    ) -> Result<T, Trouble> {
        act(&mut self.devices[device]).map_err(|error| self.store_trouble(device, error))
    }

    pub fn store_trouble(&self, device: usize, error: Error) -> Trouble {
        Trouble::Store { device: self.devices[device].id(), error }
    }

    /// Reads something of the store of every device that must agree with the others.
    pub fn each<T>(&self, read: impl Fn(&Store) -> Result<T, Error>) -> Result<Vec<T>, Trouble> {
        let read_one = |at: &usize| {
            read(&self.devices[*at].store).map_err(|error| self.store_trouble(*at, error))
        };
        self.alive.iter().map(read_one).collect()
    }
}
