//! Erasure, new foundings and republication: what is gone is gone on every device, in every order.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod home;

use goodword_core::change::{Import, RowOutcome};
use goodword_core::log::{Entry, Item, Key};
use goodword_core::model::PersonEdit;
use goodword_core::query::{History, LateEdits, Operations, People};
use goodword_core::roster::{Accepted, Recovery, Standalone, recovery_key};
use goodword_core::store::{Error, Place, UserError};
use goodword_core::{Change, DeviceId, Now, RecordId, Space, Store};
use home::{Home, file, row, talk};
use jiff::civil::date;

const CANARY: &str = "Zebedelia Quoxx";

fn agree(a: &mut Home, b: &mut Home) {
    for _ in 0..3 {
        a.pull(b);
        b.pull(a);
    }
}

fn alike(a: &Home, b: &Home) {
    a.check();
    b.check();
    assert_eq!(a.store.view_hash().unwrap(), b.store.view_hash().unwrap());
    for space in Space::ALL {
        assert_eq!(a.store.frontier(space).unwrap(), b.store.frontier(space).unwrap());
        assert_eq!(a.store.fingerprint(space).unwrap(), b.store.fingerprint(space).unwrap());
    }
}

fn rebuilt_alike(home: &mut Home) {
    let before = home.store.table_hashes().unwrap();
    home.store.rebuild().unwrap();
    assert_eq!(home.store.table_hashes().unwrap(), before);
}

fn titled(person: RecordId, title: &str) -> Change {
    Change::EditPeople { people: vec![person], edits: vec![PersonEdit::Title(Some(title.into()))] }
}

fn erase(person: RecordId) -> Change {
    Change::Erase { records: vec![person] }
}

fn refound(person: RecordId) -> Change {
    Change::Refound { records: vec![person] }
}

/// Every byte string that the store would send to a device that has nothing.
fn sent(home: &Home) -> Vec<Vec<u8>> {
    let mut sent = Vec::new();
    for space in Space::ALL {
        for at in home.store.lacking(space, &Default::default()).unwrap() {
            let delivery = home.store.delivery(at).unwrap().unwrap();
            sent.push(delivery.entry);
            sent.extend(delivery.items);
        }
    }
    sent
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Two devices that know a person with a talk, a contact and a private note.
fn pair_with_canary() -> (Home, Home, RecordId) {
    let mut a = Home::founded(1);
    let mut b = a.second(2);
    a.add("Ada Rilo", vec![PersonEdit::Company(Some("Sakumi".into()))]);
    let person = a.add(CANARY, vec![PersonEdit::PrivateNote(format!("{CANARY} in private"))]);
    a.apply(Change::Log(talk(&[person], &format!("{CANARY} said so"), date(2026, 11, 20))));
    agree(&mut a, &mut b);
    (a, b, person)
}

#[test]
fn an_erased_person_is_gone_from_both_devices_and_from_what_they_send() {
    let (mut a, mut b, person) = pair_with_canary();
    a.apply(erase(person));
    agree(&mut a, &mut b);
    for home in [&a, &b] {
        assert_eq!(home.store.ask(&People::default()).unwrap().total, 1);
        assert!(!sent(home).iter().any(|bytes| holds(bytes, CANARY)));
    }
    alike(&a, &b);
    rebuilt_alike(&mut a);
    rebuilt_alike(&mut b);
}

#[test]
fn a_device_that_comes_later_takes_entries_without_the_erased_items() {
    let (mut a, mut b, person) = pair_with_canary();
    b.apply(erase(person));
    agree(&mut a, &mut b);
    let mut c = a.second(3);
    agree(&mut a, &mut c);
    alike(&a, &c);
    assert_eq!(c.store.ask(&People::default()).unwrap().total, 1);
}

#[test]
fn an_item_that_is_absent_without_an_erasure_is_refused() {
    let mut a = Home::founded(1);
    let mut b = a.second(2);
    agree(&mut a, &mut b);
    a.add("Ada Rilo", vec![]);
    let lacking = a.store.lacking(Space::Pipeline, &b.store.frontier(Space::Pipeline).unwrap());
    let mut delivery = a.store.delivery(lacking.unwrap()[0]).unwrap().unwrap();
    delivery.items[0].clear();
    let now = b.now();
    let refused = b.store.receive(&[], &[delivery], now).unwrap_err();
    assert!(matches!(refused, Error::Peer(goodword_core::PeerError::ItemsDiffer { .. })));
}

#[test]
fn an_edit_made_apart_comes_too_late_for_an_erasure_and_is_dropped_everywhere() {
    let (mut a, mut b, person) = pair_with_canary();
    b.apply(titled(person, "Head of Late Titles"));
    a.apply(erase(person));
    agree(&mut a, &mut b);
    for home in [&a, &b] {
        assert!(!sent(home).iter().any(|bytes| holds(bytes, "Late Titles")));
    }
    alike(&a, &b);
    rebuilt_alike(&mut a);
}

#[test]
fn whoever_meets_the_late_edit_first_has_it_dropped() {
    let (mut a, mut b, person) = pair_with_canary();
    let mut c = a.second(3);
    agree(&mut a, &mut c);
    b.pull(&a);
    b.apply(titled(person, "Head of Late Titles"));
    a.apply(erase(person));
    // The edit travels before its author has heard of the erasure.
    c.pull(&b);
    a.pull(&c);
    agree(&mut a, &mut c);
    agree(&mut a, &mut b);
    agree(&mut a, &mut c);
    alike(&a, &b);
    alike(&a, &c);
    assert!(!sent(&b).iter().any(|bytes| holds(bytes, "Late Titles")));
}

#[test]
fn an_erasure_can_not_be_undone_and_says_so() {
    let (mut a, _, person) = pair_with_canary();
    let command = a.apply(erase(person)).command.unwrap();
    let now = a.now();
    let refused = a.store.apply(&Change::Undo { command }, now).unwrap_err();
    let Error::User(UserError::NotUndoable { verb }) = refused else { panic!("{refused}") };
    assert_eq!(verb, "erase");
    assert_eq!(a.store.ask(&Operations { limit: 1 }).unwrap()[0].verb, "erase");
}

#[test]
fn nobody_is_erased_whom_nothing_is_known_of() {
    let (mut a, ..) = pair_with_canary();
    let now = a.now();
    let refused = a.store.apply(&erase(RecordId([9; 16])), now).unwrap_err();
    assert!(matches!(refused, Error::User(UserError::NoRecord(_))));
}

#[test]
fn a_document_that_starts_again_shows_the_same_and_has_no_past() {
    let (mut a, mut b, person) = pair_with_canary();
    a.apply(titled(person, "Head of Old Titles"));
    a.apply(titled(person, "Head of New Titles"));
    let before = a.show(person);
    agree(&mut a, &mut b);
    a.apply(refound(person));
    agree(&mut a, &mut b);
    assert_eq!(a.show(person), before);
    assert_eq!(b.show(person), before);
    for home in [&a, &b] {
        assert!(!sent(home).iter().any(|bytes| holds(bytes, "Old Titles")));
    }
    let history = b.store.ask(&History { record: person }).unwrap();
    assert!(history.iter().all(|line| line.verb == "refound"), "{history:?}");
    alike(&a, &b);
    rebuilt_alike(&mut b);
}

#[test]
fn a_document_that_started_again_is_written_on_from_both_devices() {
    let (mut a, mut b, person) = pair_with_canary();
    a.apply(refound(person));
    agree(&mut a, &mut b);
    b.apply(titled(person, "Head of Trials"));
    a.apply(Change::Log(talk(&[person], "later", date(2026, 11, 22))));
    agree(&mut a, &mut b);
    assert_eq!(a.show(person).person.title.as_deref(), Some("Head of Trials"));
    assert_eq!(b.show(person).interactions, 2);
    b.apply(refound(person));
    agree(&mut a, &mut b);
    assert_eq!(a.show(person).interactions, 2);
    alike(&a, &b);
    rebuilt_alike(&mut a);
}

#[test]
fn a_deleted_talk_does_not_outlive_a_new_founding() {
    let (mut a, _, person) = pair_with_canary();
    let log = a.apply(Change::Log(talk(&[person], "slip of the tongue", date(2026, 11, 21))));
    a.apply(Change::EditInteraction {
        record: person,
        interaction: log.interaction.unwrap(),
        text: None,
        on: None,
        deleted: Some(true),
    });
    a.apply(refound(person));
    assert!(!sent(&a).iter().any(|bytes| holds(bytes, "slip of the tongue")));
    assert_eq!(a.show(person).interactions, 1);
}

#[test]
fn of_two_new_foundings_made_apart_one_holds_on_both_devices() {
    let (mut a, mut b, person) = pair_with_canary();
    a.apply(titled(person, "as a has it"));
    b.apply(titled(person, "as b has it"));
    a.apply(refound(person));
    b.apply(refound(person));
    agree(&mut a, &mut b);
    alike(&a, &b);
    let title = a.show(person).person.title.unwrap();
    assert!(["as a has it", "as b has it"].contains(&title.as_str()));
    assert!(a.show(person).person.also.is_empty());
    rebuilt_alike(&mut a);
    a.apply(titled(person, "settled"));
    agree(&mut a, &mut b);
    assert_eq!(b.show(person).person.title.as_deref(), Some("settled"));
}

#[test]
fn an_erasure_holds_against_a_new_founding_made_apart() {
    let (mut a, mut b, person) = pair_with_canary();
    a.apply(erase(person));
    b.apply(refound(person));
    agree(&mut a, &mut b);
    alike(&a, &b);
    assert_eq!(a.store.ask(&People::default()).unwrap().total, 1);
    assert!(!sent(&a).iter().any(|bytes| holds(bytes, CANARY)));
}

#[test]
fn an_edit_of_an_old_generation_counts_no_more_and_is_kept_for_its_owner() {
    let (mut a, mut b, person) = pair_with_canary();
    b.apply(titled(person, "Head of Late Titles"));
    a.apply(refound(person));
    agree(&mut a, &mut b);
    assert_eq!(a.show(person).person.title, None);
    alike(&a, &b);
    assert!(sent(&a).iter().any(|bytes| holds(bytes, "Late Titles")));
    let late = a.store.ask(&LateEdits).unwrap();
    assert_eq!(late.len(), 1);
    assert_eq!((late[0].record, late[0].device), (person, b.store.device()));
    assert_eq!(late[0].said, ["title Head of Late Titles"]);

    b.apply(Change::DropLate);
    agree(&mut a, &mut b);
    assert_eq!(a.store.ask(&LateEdits).unwrap(), []);
    assert!(!sent(&a).iter().any(|bytes| holds(bytes, "Late Titles")));
    alike(&a, &b);
    rebuilt_alike(&mut a);
}

#[test]
fn an_imported_person_can_be_brought_back_after_an_erasure_only_on_purpose() {
    let mut a = Home::founded(1);
    let mut b = a.second(2);
    let import = || file(vec![row(1, "ada", "Ada Rilo", "Sakumi")]);
    let ada = a.apply(import()).created[0];
    agree(&mut a, &mut b);
    a.apply(erase(ada));
    agree(&mut a, &mut b);
    let again = b.apply(import());
    assert_eq!((again.created.len(), again.command), (0, None));
    assert_eq!(again.rows[0].outcome, RowOutcome::Erased);
    assert!(again.rows[0].erased_at.is_some());
    assert_eq!(b.store.ask(&People::default()).unwrap().total, 0);
    let back = || match import() {
        Change::Import(import) => Change::Import(Import { bring_back: true, ..import }),
        other => other,
    };
    // Both devices apart: one person, and not the one that was erased.
    let created = [a.apply(back()).created[0], b.apply(back()).created[0]];
    assert_eq!(created[0], created[1]);
    assert_ne!(created[0], ada);
    agree(&mut a, &mut b);
    alike(&a, &b);
    assert_eq!(a.store.ask(&People::default()).unwrap().total, 1);
    assert_eq!(b.apply(import()).rows[0].outcome, RowOutcome::Unchanged);
}

#[test]
fn no_byte_of_an_erased_person_is_left_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    let place = Place::File(path.clone());
    let mut at = Home::empty(9);
    let mut store = Store::create(&place, Key::from_bytes(&[1; 32]), [1; 32]).unwrap();
    store.found([9; 32], at.now()).unwrap();
    let mut apply = |store: &mut Store, change: Change| store.apply(&change, at.now()).unwrap();
    let new = goodword_core::model::NewPerson { name: CANARY.into(), edits: vec![] };
    let person = apply(&mut store, Change::AddPerson(new)).created[0];
    for n in 0..20 {
        let text = format!("{CANARY} {n}");
        apply(&mut store, Change::Log(talk(&[person], &text, date(2026, 11, 20))));
    }
    let readers = store.readers();
    assert!(holds(&std::fs::read(&path).unwrap(), "Zebedelia"));

    apply(&mut store, erase(person));

    let left = std::fs::read(&path).unwrap();
    for word in [CANARY, "Zebedelia", "zebedelia", "quoxx"] {
        assert!(!holds(&left, word), "{word}");
    }
    // Who reads beside the store reads the new file.
    assert_eq!(readers.reader().unwrap().ask(&People::default()).unwrap().total, 0);
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(names.len(), 1);
    drop((store, readers));
    let store = Store::open(&place, Key::from_bytes(&[1; 32]), [2; 32]).unwrap();
    assert!(store.fold_check().unwrap().is_equal());
}

// ---- republication ----

struct Removal {
    key: Key,
}

impl Removal {
    fn recoverable() -> (Home, Self) {
        let key = recovery_key(&[3; 32]);
        let mut home = Home::empty(1);
        let now = home.now();
        home.store.found(key.device().0, now).unwrap();
        (home, Self { key })
    }

    fn of(&self, device: DeviceId, accepted: Accepted, home: &Home) -> Vec<u8> {
        let book = home.store.book().unwrap();
        let said = Recovery::RemoveDevice { device, accepted };
        Standalone::recovery(book, said, &self.key).encode()
    }
}

fn take(home: &mut Home, statement: &[u8]) {
    let now: Now = home.now();
    home.store.receive(&[statement.to_vec()], &[], now).unwrap();
}

/// Heads of a device's logs as `home` holds them.
fn accepted(home: &Home, device: DeviceId) -> Accepted {
    let mut accepted = Accepted::new();
    for space in Space::ALL {
        let frontier = home.store.frontier(space).unwrap();
        accepted.extend(frontier.into_iter().filter(|(log, _)| log.device == device));
    }
    accepted
}

#[test]
fn what_own_changes_depend_on_is_published_again_when_its_author_is_removed() {
    let (mut a, removal) = Removal::recoverable();
    let mut b = a.second(2);
    let mut c = a.second(3);
    agree(&mut a, &mut b);
    agree(&mut a, &mut c);
    let ada = a.add("Ada Rilo", vec![]);
    agree(&mut a, &mut c);
    let heads = accepted(&a, c.store.device());
    // Beyond what a accepts: b goes on from what c wrote.
    c.apply(titled(ada, "written by c"));
    c.add("Bo Nato", vec![]);
    agree(&mut b, &mut c);
    b.apply(titled(ada, "written by b on top"));
    let statement = removal.of(c.store.device(), heads, &a);

    take(&mut a, &statement);
    take(&mut b, &statement);
    agree(&mut a, &mut b);

    alike(&a, &b);
    assert_eq!(a.show(ada).person.title.as_deref(), Some("written by b on top"));
    assert_eq!(a.store.pending(Space::Pipeline).unwrap(), 0);
    // What nobody depends on does not count.
    assert_eq!(a.store.ask(&People::default()).unwrap().total, 1);
    rebuilt_alike(&mut a);
    rebuilt_alike(&mut b);
}

#[test]
fn what_is_accepted_of_a_removed_device_stands_on_what_others_publish_again() {
    let (mut a, removal) = Removal::recoverable();
    let mut b = a.second(2);
    let mut c = a.second(3);
    let mut d = a.second(4);
    for other in [&mut b, &mut c, &mut d] {
        agree(&mut a, other);
    }
    agree(&mut b, &mut c);
    let ada = c.add("Ada Rilo", vec![]);
    c.apply(titled(ada, "written by c"));
    c.add("Bo Nato", vec![]);
    b.pull(&c);
    b.apply(titled(ada, "written by b on top"));
    // Lost together: nothing is accepted of c, and what b wrote on top of it is. Neither hears.
    let [b_id, c_id] = [&b, &c].map(|home| home.store.device());
    let of_c = removal.of(c_id, Accepted::new(), &a);
    take(&mut a, &of_c);
    a.pull(&b);
    assert_eq!(a.store.ask(&People::default()).unwrap().total, 0, "b may yet publish it");
    let of_b = removal.of(b_id, accepted(&a, b_id), &a);
    take(&mut a, &of_b);

    assert_eq!(a.show(ada).person.title.as_deref(), Some("written by b on top"));
    assert_eq!(a.store.pending(Space::Pipeline).unwrap(), 0);
    assert_eq!(a.store.ask(&People::default()).unwrap().total, 1);
    let entries = |home: &Home| home.store.admitted().unwrap();
    let once = entries(&a);
    take(&mut a, &of_b);
    assert_eq!(entries(&a), once);
    // Who hears of it later finds that it is done.
    agree(&mut a, &mut d);
    take(&mut d, &of_c);
    take(&mut d, &of_b);
    agree(&mut a, &mut d);
    alike(&a, &d);
    assert_eq!(entries(&a), once);
    rebuilt_alike(&mut a);
    rebuilt_alike(&mut d);
}

#[test]
fn a_device_that_hears_late_of_a_removal_publishes_once() {
    let (mut a, removal) = Removal::recoverable();
    let mut b = a.second(2);
    let mut c = a.second(3);
    agree(&mut a, &mut b);
    agree(&mut a, &mut c);
    let ada = c.add("Ada Rilo", vec![]);
    agree(&mut b, &mut c);
    b.apply(titled(ada, "by b"));
    let statement = removal.of(c.store.device(), Accepted::new(), &a);
    take(&mut a, &statement);
    agree(&mut a, &mut b);
    let entries = |home: &Home| home.store.admitted().unwrap();
    take(&mut b, &statement);
    let once = entries(&b);
    take(&mut b, &statement);
    assert_eq!(entries(&b), once);
    agree(&mut a, &mut b);
    alike(&a, &b);
    assert_eq!(a.show(ada).person.name, "Ada Rilo");
}

#[test]
fn a_republished_change_keeps_its_author() {
    let (mut a, removal) = Removal::recoverable();
    let mut b = a.second(2);
    agree(&mut a, &mut b);
    let ada = b.add("Ada Rilo", vec![]);
    a.pull(&b);
    a.apply(titled(ada, "by a"));
    let statement = removal.of(b.store.device(), Accepted::new(), &a);
    take(&mut a, &statement);
    let items: Vec<Item> = sent(&a)
        .iter()
        .filter(|bytes| Entry::decode(bytes.to_vec()).is_err())
        .filter_map(|bytes| Item::decode(bytes).ok())
        .collect();
    let origin = b.store.device();
    assert!(items.iter().any(|item| item.origin == origin && item.record == ada));
    assert_eq!(a.show(ada).person.name, "Ada Rilo");
}

#[test]
fn nothing_is_written_on_a_founding_that_has_not_arrived() {
    let mut a = Home::founded(1);
    let mut b = a.second(2);
    let import = |company| file(vec![row(1, "ada", "Ada Rilo", company)]);
    let ada = a.apply(import("Sakumi")).created[0];
    agree(&mut a, &mut b);
    a.apply(refound(ada));
    let frontier = b.store.frontier(Space::Roster).unwrap();
    let lacking = a.store.lacking(Space::Roster, &frontier).unwrap();
    let said: Vec<_> =
        lacking.into_iter().map(|at| a.store.delivery(at).unwrap().unwrap()).collect();
    let now = b.now();
    b.store.receive(&[], &said, now).unwrap();

    let refused = b.store.apply(&import("Kinto"), now).unwrap_err();

    assert!(matches!(refused, Error::User(UserError::NotYetArrived(_))), "{refused}");
    b.check();
    agree(&mut a, &mut b);
    b.apply(import("Kinto"));
    agree(&mut a, &mut b);
    assert_eq!(a.show(ada).person.company.as_deref(), Some("Kinto"));
    alike(&a, &b);
}
