//! A home that was copied or set back goes on in logs of its own, as soon as it can know.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod home;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use goodword_core::change::Now;
use goodword_core::log::{Frontier, Key};
use goodword_core::model::NewPerson;
use goodword_core::query::{Copied, Devices, NoticedBy, Status};
use goodword_core::store::{Place, Store};
use goodword_core::{Change, Incarnation, Space};
use home::Home;
use jiff::Timestamp;
use jiff::civil::date;

const NOW: Now = Now { at: Timestamp::UNIX_EPOCH, today: date(2026, 11, 23) };

/// A store in a file.
struct Disk {
    folder: tempfile::TempDir,
    openings: u8,
}

impl Disk {
    fn with_book() -> Self {
        let disk = Self { folder: tempfile::tempdir().unwrap(), openings: 0 };
        let place = Place::File(disk.path("book"));
        let mut store = Store::create(&place, Key::from_bytes(&[1; 32]), [1; 32]).unwrap();
        store.found([9; 32], NOW).unwrap();
        disk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn copy(&self, from: &str, to: &str) {
        fs::copy(self.path(from), self.path(to)).unwrap();
    }

    fn open(&mut self, name: &str) -> Store {
        self.openings += 1;
        open(&self.path(name), self.openings + 1)
    }

    /// Opens the store, writes a person and closes it.
    fn write(&mut self, name: &str) {
        add(&mut self.open(name), "Ada Rilo");
    }

    fn incarnations(&mut self, name: &str) -> usize {
        incarnations(&self.open(name), Space::Pipeline).len()
    }

    fn noticed(&mut self, name: &str) -> Option<Copied> {
        self.open(name).ask(&Status).unwrap().copied
    }
}

fn open(path: &Path, entropy: u8) -> Store {
    Store::open(&Place::File(path.to_owned()), Key::from_bytes(&[1; 32]), [entropy; 32]).unwrap()
}

fn add(store: &mut Store, name: &str) {
    let person = NewPerson { name: name.to_owned(), edits: Vec::new() };
    store.apply(&Change::AddPerson(person), NOW).unwrap();
}

fn incarnations(store: &Store, space: Space) -> BTreeSet<Incarnation> {
    let frontier: Frontier = store.frontier(space).unwrap();
    frontier.into_iter().map(|(log, _)| log.incarnation).collect()
}

#[test]
fn a_copied_file_goes_on_under_a_fresh_incarnation_when_it_is_written() {
    let mut disk = Disk::with_book();
    disk.write("book");
    disk.copy("book", "copy");
    assert_eq!(disk.noticed("copy"), None, "reading a copy is no news");
    disk.write("copy");
    disk.write("copy");
    disk.write("book");
    assert_eq!(disk.incarnations("copy"), 2);
    assert_eq!(disk.incarnations("book"), 1);
    assert_eq!(disk.noticed("copy"), Some(Copied { at: 0, by: NoticedBy::File }));
    assert_eq!(disk.noticed("book"), None);
    let devices = disk.open("copy").ask(&Devices).unwrap();
    assert_eq!(devices[0].copied, Some(0));
}

#[test]
fn a_file_that_was_renamed_or_written_anew_by_the_store_itself_is_no_copy() {
    let mut disk = Disk::with_book();
    disk.write("book");
    fs::rename(disk.path("book"), disk.path("moved")).unwrap();
    disk.write("moved");
    let mut store = disk.open("moved");
    let record = store.ask(&goodword_core::query::Export).unwrap().people[0].person.record;
    store.apply(&Change::Erase { records: vec![record] }, NOW).unwrap();
    drop(store);
    disk.write("moved");
    assert_eq!(disk.incarnations("moved"), 1);
    assert_eq!(disk.noticed("moved"), None);
}

#[test]
fn a_copy_that_nobody_wrote_to_before_is_none() {
    let mut disk = Disk::with_book();
    let place = Place::File(disk.path("empty"));
    drop(Store::create(&place, Key::from_bytes(&[1; 32]), [1; 32]).unwrap());
    disk.copy("empty", "copy");
    let mut copy = disk.open("copy");
    copy.found([9; 32], NOW).unwrap();
    add(&mut copy, "Ada Rilo");
    assert_eq!(copy.ask(&Status).unwrap().copied, None);
}

#[test]
fn a_disk_whose_files_are_other_ones_every_time_leaves_half_of_the_incarnations() {
    let mut disk = Disk::with_book();
    disk.write("book");
    for _ in 0..20 {
        disk.copy("book", "copy");
        disk.write("copy");
        fs::remove_file(disk.path("book")).unwrap();
        fs::rename(disk.path("copy"), disk.path("book")).unwrap();
    }
    assert_eq!(disk.incarnations("book"), 8);
}

#[test]
fn a_store_that_was_set_back_goes_on_in_a_log_of_its_own_once_a_peer_shows_what_it_wrote() {
    let mut laptop = Home::founded(1);
    let mut phone = laptop.second(2);
    laptop.add("Ada Rilo", Vec::new());
    let earlier = laptop.duplicate(50);
    laptop.add("Bo Nato", Vec::new());
    phone.pull(&laptop);
    drop(laptop);

    let mut laptop = earlier;
    laptop.pull(&phone);
    let status = laptop.store.ask(&Status).unwrap();
    assert_eq!(status.copied.map(|copied| copied.by), Some(NoticedBy::Entry));
    assert_eq!(status.people, 2, "what it had written is back");
    laptop.add("Kai Dunar", Vec::new());
    assert_eq!(incarnations(&laptop.store, Space::Pipeline).len(), 2);
    phone.pull(&laptop);
    for home in [&laptop, &phone] {
        assert_eq!(home.store.ask(&Status).unwrap().people, 3);
        home.check();
    }
    let laptop = laptop.reopen();
    assert_eq!(laptop.store.ask(&Status).unwrap().copied, status.copied);
}

#[test]
fn what_a_peer_brings_of_its_own_is_no_news_of_a_copy() {
    let mut laptop = Home::founded(1);
    let mut phone = laptop.second(2);
    phone.pull(&laptop);
    phone.add("Ada Rilo", Vec::new());
    laptop.pull(&phone);
    phone.pull(&laptop);
    for home in [&laptop, &phone] {
        assert_eq!(home.store.ask(&Status).unwrap().copied, None);
    }
}
