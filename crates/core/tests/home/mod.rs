//! A device with its store in memory, for tests that read as stories.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test binary uses a part")]

use std::collections::BTreeSet;

use goodword_core::change::Import;
use goodword_core::log::{Frontier, Key};
use goodword_core::model::{Channel, Incoming, Labelled, NewInteraction, NewPerson, PersonEdit};
use goodword_core::query::{PersonPage, Show};
use goodword_core::store::{Delivery, Place};
use goodword_core::{Change, Now, RecordId, Space, Store};
use jiff::Timestamp;
use jiff::civil::{Date, date};

pub struct Home {
    pub store: Store,
    place: Place,
    seed: u8,
    seconds: i64,
}

impl Home {
    pub fn empty(seed: u8) -> Self {
        let place = Place::memory();
        let store = Store::create(&place, Key::from_bytes(&[seed; 32]), [seed; 32]).unwrap();
        Self { store, place, seed, seconds: 1_795_000_000 }
    }

    pub fn founded(seed: u8) -> Self {
        let mut home = Self::empty(seed);
        let now = home.now();
        home.store.found([9; 32], now).unwrap();
        home
    }

    /// A second device of the book of `self`, admitted but not synced.
    pub fn second(&mut self, seed: u8) -> Self {
        let mut other = Self::empty(seed);
        let genesis = self.store.standalone().unwrap().remove(0);
        other.store.adopt(&genesis).unwrap();
        let now = self.now();
        self.store.admit_device(other.store.device(), now).unwrap();
        other
    }

    pub fn reopen(self) -> Self {
        let Self { store, place, seed, seconds } = self;
        drop(store);
        let key = Key::from_bytes(&[seed; 32]);
        let store = Store::open(&place, key, [seed.wrapping_add(100); 32]).unwrap();
        Self { store, place, seed, seconds }
    }

    /// A copy of the device as it is, as when the disk of its machine is copied: to be run beside
    /// it, or in its place.
    pub fn duplicate(&self, entropy: u8) -> Self {
        let Place::Memory(memory) = &self.place else { panic!("a home on memory") };
        let place = Place::Memory(memory.duplicate().unwrap());
        let key = Key::from_bytes(&[self.seed; 32]);
        let store = Store::open(&place, key, [entropy; 32]).unwrap();
        Self { store, place, seed: self.seed, seconds: self.seconds }
    }

    pub fn now(&mut self) -> Now {
        self.seconds += 1;
        Now { at: Timestamp::from_second(self.seconds).unwrap(), today: date(2026, 11, 23) }
    }

    pub fn apply(&mut self, change: Change) -> goodword_core::Outcome {
        let now = self.now();
        self.store.apply(&change, now).unwrap()
    }

    pub fn add(&mut self, name: &str, edits: Vec<PersonEdit>) -> RecordId {
        let person = NewPerson { name: name.to_owned(), edits };
        self.apply(Change::AddPerson(person)).created[0]
    }

    pub fn show(&self, record: RecordId) -> PersonPage {
        self.store.ask(&Show { record, interactions: 0 }).unwrap()
    }

    /// Takes everything that `self` lacks from `other`.
    pub fn pull(&mut self, other: &Home) {
        for space in Space::ALL {
            let frontier: Frontier = self.store.frontier(space).unwrap();
            let lacking = other.store.lacking(space, &frontier).unwrap();
            let deliveries: Vec<Delivery> =
                lacking.into_iter().map(|at| other.store.delivery(at).unwrap().unwrap()).collect();
            let now = self.now();
            self.store.receive(&[], &deliveries, now).unwrap();
        }
    }

    pub fn check(&self) {
        let report = self.store.fold_check().unwrap();
        assert!(report.is_equal(), "{report:?}");
    }
}

pub fn talk(people: &[RecordId], text: &str, on: Date) -> NewInteraction {
    NewInteraction {
        people: people.to_vec(),
        on,
        channel: Channel::Meeting,
        text: text.to_owned(),
        private_text: None,
        got: BTreeSet::new(),
        introduces: Vec::new(),
        next: None,
    }
}

pub fn row(place: u64, slug: &str, name: &str, company: &str) -> Incoming {
    Incoming {
        place,
        key: Some(format!("linkedin:{slug}")),
        name: name.to_owned(),
        company: Some(company.to_owned()),
        title: Some("Head of Trials".to_owned()),
        links: vec![Labelled {
            label: "LinkedIn".to_owned(),
            value: format!("https://linkedin.example/in/{slug}"),
        }],
        ..Incoming::default()
    }
}

pub fn file(people: Vec<Incoming>) -> Change {
    Change::Import(Import { file: "Connections.csv".to_owned(), people, bring_back: false })
}
