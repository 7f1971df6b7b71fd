//! A backup is of one moment, goes on elsewhere as the same device, and is believed in nothing.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod home;

use std::collections::BTreeMap;

use goodword_core::change::Change;
use goodword_core::log::{Entry, Frontier, Item, Key};
use goodword_core::model::{PersonEdit, Tier};
use goodword_core::query::Status;
use goodword_core::store::{BACKUP_MAGIC, BackupError, Place, Reader, Restored, restore};
use goodword_core::{ActorId, Error, Incarnation, Now, RecordId, Space, Store};
use home::{Home, talk};
use jiff::Timestamp;
use jiff::civil::date;

const AT: Timestamp = Timestamp::constant(1_795_500_000, 0);
const NOW: Now = Now { at: AT, today: date(2026, 11, 24) };

/// A device of seed 1 with something of several kinds on it, and somebody on it.
fn lived_in() -> (Home, RecordId) {
    let mut home = Home::founded(1);
    let ada = home.add("Ada Rilo", vec![PersonEdit::PrivateNote("shy".to_owned())]);
    home.apply(home::file(
        (0..20).map(|i| home::row(i, &format!("p{i}"), "Leo Dunar", "Sakumi")).collect(),
    ));
    home.apply(Change::Log(talk(&[ada], "coffee, until May", date(2026, 11, 20))));
    let command = home.apply(Change::Log(talk(&[ada], "by mistake", date(2026, 11, 21)))).command;
    home.apply(Change::Undo { command: command.unwrap() });
    (home, ada)
}

fn backup(store: &Store, seed: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let key = Key::from_bytes(&[seed; 32]);
    let done = store.reader().unwrap().backup(&key, AT, &mut bytes).unwrap();
    assert_eq!(done.bytes, bytes.len() as u64);
    bytes
}

fn restored(bytes: &[u8], entropy: u8) -> Store {
    let place = Place::memory();
    let done = restore(bytes, &place, [entropy; 32]).unwrap();
    Store::open(&place, Key::from_bytes(&done.key), [entropy ^ 255; 32]).unwrap()
}

fn refused(bytes: &[u8]) -> BackupError {
    restore(bytes, &Place::memory(), [7; 32]).unwrap_err()
}

fn frontiers(store: &Store) -> Vec<Frontier> {
    Space::ALL.map(|space| store.frontier(space).unwrap()).to_vec()
}

/// Takes everything that `store` lacks from `other`, in both directions.
fn meet(store: &mut Store, other: &mut Store) {
    for space in Space::ALL {
        pull(store, other, space);
        pull(other, store, space);
    }
}

fn pull(store: &mut Store, other: &Store, space: Space) {
    let lacking = other.lacking(space, &store.frontier(space).unwrap()).unwrap();
    let deliveries: Vec<_> =
        lacking.into_iter().map(|at| other.delivery(at).unwrap().unwrap()).collect();
    store.receive(&[], &deliveries, NOW).unwrap();
}

/// The incarnations in which each actor wrote, with the number of changes in each.
fn incarnations_by_actor(store: &Store) -> BTreeMap<ActorId, BTreeMap<Incarnation, usize>> {
    let mut actors = BTreeMap::<ActorId, BTreeMap<Incarnation, usize>>::new();
    for space in Space::ALL {
        for location in store.lacking(space, &Frontier::new()).unwrap() {
            let delivery = store.delivery(location).unwrap().unwrap();
            let log = Entry::decode(delivery.entry).unwrap().header().log;
            for item in delivery.items {
                let item = Item::decode(&item).unwrap();
                let of_actor = actors.entry(item.actor(&log.space)).or_default();
                *of_actor.entry(log.incarnation).or_default() += item.chunks.len();
            }
        }
    }
    actors
}

#[test]
fn a_restored_store_equals_the_one_that_was_backed_up_but_for_its_incarnation() {
    let (home, ada) = lived_in();
    let bytes = backup(&home.store, 1);
    let place = Place::memory();
    let Restored { key, device, book, at, entries } = restore(&bytes[..], &place, [7; 32]).unwrap();
    assert_eq!((*key, device, at), ([1; 32], home.store.device(), AT));
    assert_eq!(Some(book), home.store.book());
    let mut store = Store::open(&place, Key::from_bytes(&key), [8; 32]).unwrap();
    assert_eq!(entries, store.ask(&Status).unwrap().entries);
    let differ = |store: &Store| {
        let (ours, theirs) = (store.table_hashes().unwrap(), home.store.table_hashes().unwrap());
        let pairs = ours.into_iter().zip(theirs).filter(|(a, b)| a != b);
        pairs.map(|(a, _)| a.0).collect::<Vec<_>>()
    };
    assert_eq!(differ(&store), ["meta"]);
    assert!(store.fold_check().unwrap().is_equal());
    store.rebuild().unwrap();
    assert_eq!(differ(&store), ["meta"]);
    assert_eq!(home.show(ada).timeline.len(), 1);
}

#[test]
fn a_backup_beside_a_writer_is_of_the_moment_at_which_it_began() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let place = Place::File(path.clone());
    let key = Key::from_bytes(&[1; 32]);
    let mut store = Store::create(&place, key.clone(), [1; 32]).unwrap();
    store.found([9; 32], NOW).unwrap();
    let add = |i: u32| {
        let name = format!("Ada Rilo {i}");
        Change::AddPerson(goodword_core::model::NewPerson { name, edits: Vec::new() })
    };
    store.apply(&add(0), NOW).unwrap();
    let before = frontiers(&store);
    let reader = Reader::open(&path).unwrap();
    let mut beside = Vec::new();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| (1..60).for_each(|i| drop(store.apply(&add(i), NOW).unwrap())));
        while !writer.is_finished() {
            let mut bytes = Vec::new();
            Reader::open(&path).unwrap().backup(&key, AT, &mut bytes).unwrap();
            beside.push(bytes);
        }
    });
    let mut bytes = Vec::new();
    reader.backup(&key, AT, &mut bytes).unwrap();
    assert_eq!(frontiers(&restored(&bytes, 7)), before);
    assert!(!beside.is_empty());
    // As many as are soon looked at, from the first to the last.
    for bytes in beside.iter().step_by(beside.len().div_ceil(10)) {
        let copy = restored(bytes, 7);
        assert!(copy.fold_check().unwrap().is_equal());
        // One space alone would tell of a command that another does not: so does each person.
        let people = copy.ask(&Status).unwrap().people;
        let of_pipeline = copy.lacking(Space::Pipeline, &Frontier::new()).unwrap().len() as u64;
        assert_eq!(people, of_pipeline);
    }
}

#[test]
fn a_restored_copy_and_the_original_both_go_on_and_all_devices_agree() {
    let (mut laptop, ada) = lived_in();
    let mut phone = laptop.second(2);
    phone.pull(&laptop);
    laptop.apply(Change::EditPeople {
        people: vec![ada],
        edits: vec![PersonEdit::Tier(Some(Tier::Inner))],
    });
    let bytes = backup(&laptop.store, 1);
    let mut copy = restored(&bytes, 7);
    let mut again = restored(&bytes, 8);

    let title = |title: &str| Change::EditPeople {
        people: vec![ada],
        edits: vec![PersonEdit::Title(Some(title.to_owned()))],
    };
    for round in 0..3 {
        for (store, who) in
            [(&mut laptop.store, "laptop"), (&mut copy, "copy"), (&mut again, "again")]
        {
            store.apply(&title(&format!("Head of {who} {round}")), NOW).unwrap();
            store.apply(&Change::Log(talk(&[ada], who, date(2026, 11, 22))), NOW).unwrap();
        }
        for store in [&mut laptop.store, &mut copy, &mut again] {
            meet(&mut phone.store, store);
        }
    }
    for _ in 0..2 {
        for store in [&mut laptop.store, &mut copy, &mut again] {
            meet(&mut phone.store, store);
        }
    }

    let stores = [&phone.store, &laptop.store, &copy, &again];
    for store in stores {
        let report = store.fold_check().unwrap();
        assert!(report.is_equal(), "{report:?}");
        assert_eq!(report.hash, phone.store.fold_check().unwrap().hash);
        assert_eq!(store.view_hash().unwrap(), phone.store.view_hash().unwrap());
        assert_eq!(frontiers(store), frontiers(&phone.store));
        let status = store.ask(&Status).unwrap();
        assert_eq!((status.stuck, status.inadmissible, status.pending), (0, 0, 0));
    }
    // An actor numbers its changes one after the other within an incarnation: in two, it would
    // have used a number twice.
    let actors = incarnations_by_actor(&phone.store);
    assert!(actors.values().all(|incarnations| incarnations.len() == 1), "{actors:?}");
    let of_ada = actors.values().filter(|incarnations| *incarnations.values().next().unwrap() > 3);
    assert!(of_ada.count() >= 3, "{actors:?}");
    assert_eq!(phone.show(ada).timeline.len(), 1 + 9);
}

#[test]
fn a_copy_gets_back_from_others_what_the_original_wrote_after_the_backup() {
    let (mut laptop, ada) = lived_in();
    let mut phone = laptop.second(2);
    let bytes = backup(&laptop.store, 1);
    laptop.apply(Change::Log(talk(&[ada], "after the backup", date(2026, 11, 22))));
    phone.pull(&laptop);
    drop(laptop);
    let mut copy = restored(&bytes, 7);
    copy.apply(&Change::Log(talk(&[ada], "on the copy", date(2026, 11, 23))), NOW).unwrap();
    meet(&mut phone.store, &mut copy);
    assert_eq!(phone.show(ada).timeline.len(), 3);
    assert_eq!(frontiers(&copy), frontiers(&phone.store));
    assert!(copy.fold_check().unwrap().is_equal());
}

#[test]
fn a_device_is_restored_as_often_as_its_peers_accept_and_no_more() {
    let (mut laptop, ada) = lived_in();
    let mut phone = laptop.second(2);
    phone.pull(&laptop);
    let mut store = laptop.store;
    for copy in 1..16 {
        store = restored(&backup(&store, 1), 100 + copy);
        store.apply(&Change::Log(talk(&[ada], "again", date(2026, 11, 22))), NOW).unwrap();
        meet(&mut phone.store, &mut store);
    }
    assert_eq!(frontiers(&store), frontiers(&phone.store));
    let error = refused(&backup(&store, 1));
    assert!(matches!(error, BackupError::Spent(device) if device == store.device()), "{error}");
}

#[test]
fn a_changed_byte_anywhere_is_noticed() {
    let mut home = Home::founded(1);
    home.add("Ada Rilo", Vec::new());
    let bytes = backup(&home.store, 1);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let error = refused(&changed);
        let expected = match at {
            0..=15 => matches!(error, BackupError::NotABackup),
            16 => matches!(error, BackupError::Newer { .. } | BackupError::Damaged { .. }),
            _ => matches!(error, BackupError::Damaged { .. } | BackupError::Cut { .. }),
        };
        assert!(expected, "byte {at}: {error}");
    }
}

#[test]
fn a_backup_that_is_cut_anywhere_or_goes_on_is_noticed() {
    let mut home = Home::founded(1);
    home.add("Ada Rilo", Vec::new());
    let bytes = backup(&home.store, 1);
    for length in 0..bytes.len() {
        let error = refused(&bytes[..length]);
        let is_cut = matches!(error, BackupError::Cut { .. });
        assert!(is_cut || (length < 16 && matches!(error, BackupError::NotABackup)), "{error}");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(refused(&longer), BackupError::Damaged { .. }));
}

#[test]
fn other_files_are_refused_by_what_they_are() {
    assert!(matches!(refused(b""), BackupError::NotABackup));
    assert!(matches!(refused(b"First Name,Last Name,URL\n"), BackupError::NotABackup));
    let newer = [BACKUP_MAGIC, &[2]].concat();
    assert!(matches!(refused(&newer), BackupError::Newer { found: 2, known: 1 }));
    let huge = [BACKUP_MAGIC, &[1, 0, 255, 255, 255, 255]].concat();
    assert!(matches!(refused(&huge), BackupError::Damaged { .. }));
}

#[test]
fn a_backup_under_another_devices_key_is_not_made() {
    let (home, _) = lived_in();
    let mut bytes = Vec::new();
    let key = Key::from_bytes(&[2; 32]);
    let error = home.store.reader().unwrap().backup(&key, AT, &mut bytes).unwrap_err();
    assert!(matches!(error, BackupError::ForeignKey { .. }), "{error}");
    assert!(bytes.is_empty());
}

#[test]
fn a_store_without_a_book_has_nothing_to_back_up() {
    let home = Home::empty(1);
    let key = Key::from_bytes(&[1; 32]);
    let error = home.store.reader().unwrap().backup(&key, AT, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, BackupError::Store(Error::User(_))), "{error}");
}

#[test]
fn whom_a_device_met_and_where_is_in_its_backup() {
    let (mut laptop, _) = lived_in();
    let phone = laptop.second(2);
    laptop.store.met(phone.store.device(), Some(5), NOW).unwrap();
    laptop.store.remember_address(phone.store.device(), b"somewhere").unwrap();
    let copy = restored(&backup(&laptop.store, 1), 7);
    let reader = copy.reader().unwrap();
    assert_eq!(reader.addresses().unwrap(), [(phone.store.device(), b"somewhere".to_vec())]);
    assert_eq!(backup(&copy, 1), backup(&laptop.store, 1));
}

#[test]
fn a_second_backup_of_a_restored_store_is_the_first_byte_for_byte() {
    let (home, _) = lived_in();
    let bytes = backup(&home.store, 1);
    assert!(backup(&restored(&bytes, 7), 1) == bytes);
}

/// A file of a hostile hand with a right hash is refused like a peer's batch.
#[test]
fn an_entry_that_nobody_signed_is_damage() {
    let (home, _) = lived_in();
    let bytes = backup(&home.store, 1);
    let other = Home::founded(3);
    let entry = other.store.lacking(Space::Private, &Frontier::new()).unwrap()[0];
    let entry = other.store.delivery(entry).unwrap().unwrap().entry;
    let mut forged = bytes[..bytes.len() - 37].to_vec();
    forged.push(2);
    forged.extend_from_slice(&u32::try_from(entry.len()).unwrap().to_le_bytes());
    forged.extend_from_slice(&entry);
    let mut hasher = blake3::Hasher::new_derive_key(goodword_core::hash::BACKUP);
    hasher.update(&forged);
    let hash = *hasher.finalize().as_bytes();
    forged.push(6);
    forged.extend_from_slice(&32_u32.to_le_bytes());
    forged.extend_from_slice(&hash);
    assert!(matches!(refused(&forged), BackupError::Damaged { .. }));
}
