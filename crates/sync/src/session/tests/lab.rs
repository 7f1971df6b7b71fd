//! Devices to try sessions on, and a stream between two of them that keeps what went over it.

use goodword_core::model::{NewPerson, PersonEdit};
use goodword_core::query::People;
use goodword_core::{Change, Now, Space};

use crate::simulator::device::Device;
use crate::simulator::dice::Dice;
use crate::{Mode, Output, Report, Session, SessionError};

/// Devices; the first founded a book.
pub struct Lab {
    dice: Dice,
    pub devices: Vec<Device>,
}

/// Two sessions at the ends of one stream. The first side is the initiator.
pub struct Pair {
    pub at: [usize; 2],
    pub sessions: [Session; 2],
    /// What either side sent.
    pub sent: [Vec<u8>; 2],
    /// Of that, how much the other side was given.
    given: [usize; 2],
    pub finished: [bool; 2],
}

impl Lab {
    pub fn seeded(seed: u64) -> Self {
        let mut lab = Self { dice: Dice::new(seed), devices: Vec::new() };
        let founder = lab.stranger();
        lab.devices[founder].store.found([1; 32], now()).unwrap();
        lab
    }

    /// A lab in which so many devices of the owner hold the same.
    pub fn with_devices(seed: u64, count: usize) -> Self {
        let mut lab = Self::seeded(seed);
        while lab.devices.len() < count {
            let device = lab.admitted_by(0);
            lab.sync([device, 0]);
        }
        for _ in 0..2 {
            for a in 1..count {
                lab.sync([a, 0]);
            }
        }
        lab
    }

    /// A device with a store and no book.
    pub fn stranger(&mut self) -> usize {
        self.devices.push(Device::new(&mut self.dice).unwrap());
        self.devices.len() - 1
    }

    /// A copy of a device, to be run beside it.
    pub fn copy(&mut self, device: usize) -> usize {
        let copy = self.devices[device].duplicate(&mut self.dice).unwrap();
        self.devices.push(copy);
        self.devices.len() - 1
    }

    /// Two copies of one home: the same key, the same incarnation, admitted and at rest.
    pub fn twins(&mut self) -> [usize; 2] {
        let twins = [0, 1].map(|_| {
            self.devices.push(Device::new(&mut Dice::new(77)).unwrap());
            self.devices.len() - 1
        });
        let id = self.devices[twins[0]].id();
        self.devices[0].store.admit_device(id, now()).unwrap();
        for twin in twins {
            self.adopt(twin, 0);
            self.sync([twin, 0]);
        }
        twins
    }

    /// A device that was admitted and knows nothing but the genesis.
    pub fn admitted_by(&mut self, inviter: usize) -> usize {
        let device = self.stranger();
        let id = self.devices[device].id();
        self.devices[inviter].store.admit_device(id, now()).unwrap();
        self.adopt(device, inviter);
        device
    }

    pub fn adopt(&mut self, device: usize, from: usize) {
        let statements = self.devices[from].store.standalone().unwrap();
        self.devices[device].store.adopt(&statements[0]).unwrap();
    }

    pub fn add(&mut self, device: usize, name: &str) {
        self.add_with(device, name, Vec::new());
    }

    pub fn add_with(&mut self, device: usize, name: &str, edits: Vec<PersonEdit>) {
        let change = Change::AddPerson(NewPerson { name: name.to_owned(), edits });
        self.devices[device].store.apply(&change, now()).unwrap();
    }

    pub fn names(&self, device: usize) -> Vec<String> {
        let people = self.devices[device].store.ask(&People::default()).unwrap();
        people.people.into_iter().map(|line| line.person.name).collect()
    }

    pub fn entries(&self, device: usize) -> u64 {
        let store = &self.devices[device].store;
        let heads = Space::ALL.map(|space| store.frontier(space).unwrap());
        heads.iter().flatten().map(|(_, head)| head.next).sum()
    }

    pub fn assert_equal(&self, a: usize, b: usize) {
        let [a, b] = [a, b].map(|device| &self.devices[device].store);
        for space in Space::ALL {
            assert_eq!(a.frontier(space).unwrap(), b.frontier(space).unwrap());
            assert_eq!(a.fingerprint(space).unwrap(), b.fingerprint(space).unwrap());
        }
        assert_eq!(a.view_hash().unwrap(), b.view_hash().unwrap());
    }

    /// Runs one whole session.
    pub fn sync(&mut self, at: [usize; 2]) -> [Report; 2] {
        let mut pair = self.pair(at, [Mode::Once; 2]);
        pair.run(self).unwrap();
        assert_eq!(pair.finished, [true; 2], "the session does not end");
        pair.reports()
    }

    pub fn pair(&self, at: [usize; 2], modes: [Mode; 2]) -> Pair {
        let session = |side: usize| {
            let own = &self.devices[at[side]];
            let peer = self.devices[at[1 - side]].id();
            let start = if own.is_admitted() { Session::new } else { Session::joining };
            start(peer, side == 0, modes[side])
        };
        Pair {
            at,
            sessions: [session(0), session(1)],
            sent: [Vec::new(), Vec::new()],
            given: [0; 2],
            finished: [false; 2],
        }
    }
}

impl Pair {
    /// Lets both sides talk until neither has anything to say.
    pub fn run(&mut self, lab: &mut Lab) -> Result<(), SessionError> {
        self.run_in_pieces(lab, usize::MAX)
    }

    /// The same, with at most so many bytes given at a time.
    pub fn run_in_pieces(&mut self, lab: &mut Lab, bytes: usize) -> Result<(), SessionError> {
        loop {
            let mut moved = false;
            for side in [0, 1] {
                moved |= self.speak(lab, side)?;
                moved |= self.listen(lab, 1 - side, bytes)?;
            }
            if !moved {
                return Ok(());
            }
        }
    }

    /// Takes everything that a side has to say.
    pub fn speak(&mut self, lab: &Lab, side: usize) -> Result<bool, SessionError> {
        let store = &lab.devices[self.at[side]].store;
        let mut moved = false;
        while let Some(output) = self.sessions[side].poll_output(store, now())? {
            match output {
                Output::Send(bytes) => self.sent[side].extend(bytes),
                Output::Finished => self.finished[side] = true,
            }
            moved = true;
        }
        Ok(moved)
    }

    /// Gives a side what the other has said, in pieces of so many bytes.
    pub fn listen(
        &mut self,
        lab: &mut Lab,
        side: usize,
        bytes: usize,
    ) -> Result<bool, SessionError> {
        let store = &mut lab.devices[self.at[side]].store;
        let from = &mut self.given[1 - side];
        let rest = &self.sent[1 - side][*from..];
        for piece in rest.chunks(bytes) {
            *from += piece.len();
            self.sessions[side].receive(store, now(), piece)?;
        }
        Ok(!rest.is_empty())
    }

    pub fn reports(&self) -> [Report; 2] {
        [0, 1].map(|side: usize| self.sessions[side].report().clone())
    }
}

pub fn now() -> Now {
    let at = "2026-11-20T10:00:00Z".parse().unwrap();
    Now { at, today: "2026-11-20".parse().unwrap() }
}
