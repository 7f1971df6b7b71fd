//! What must hold between devices and against what a peer may do; each once was broken.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod home;

use goodword_core::log::{Body, Entry, Frontier, Item, Key};
use goodword_core::model::{CompanyEdit, Labelled, NewPerson, PersonEdit, Reach, ReachKind};
use goodword_core::query::{Companies, Find, History, People};
use goodword_core::roster::{Recovery, Role, Standalone, Statement, recovery_key};
use goodword_core::store::{Delivery, Error, UserError};
use goodword_core::{Change, DeviceId, MemberId, RecordId, Space};
use home::{Home, file, row};
use sha2::{Digest, Sha256};

const MEMBER: MemberId = MemberId([1; 16]);

fn agree(a: &mut Home, b: &mut Home) {
    a.pull(b);
    b.pull(a);
    a.pull(b);
}

fn edit(person: RecordId, edits: Vec<PersonEdit>) -> Change {
    Change::EditPeople { people: vec![person], edits }
}

fn add_member(member: MemberId, device: DeviceId, spaces: Vec<Space>) -> Statement {
    Statement::AddMember { member, device, spaces, role: Role::Mentor, until: None }
}

/// A device of somebody else, which holds the book.
fn stranger(owner: &Home, seed: u8) -> Home {
    let mut home = Home::empty(seed);
    home.store.adopt(&owner.store.standalone().unwrap()[0]).unwrap();
    home
}

/// A book whose recovery key is at hand.
fn recoverable() -> (Home, Key) {
    let key = recovery_key(&[3; 32]);
    let mut home = Home::empty(1);
    let now = home.now();
    home.store.found(key.device().0, now).unwrap();
    (home, key)
}

/// The only entry of `from` in the pipeline that `to` lacks, its first item changed by `forge`
/// and signed again with the key of `seed`.
fn forged(from: &Home, to: &Home, seed: u8, forge: impl FnOnce(&Entry, &mut Item)) -> Delivery {
    let frontier = to.store.frontier(Space::Pipeline).unwrap();
    let lacking = from.store.lacking(Space::Pipeline, &frontier).unwrap();
    let honest = from.store.delivery(lacking[0]).unwrap().unwrap();
    let entry = Entry::decode(honest.entry).unwrap();
    let mut item = Item::decode(&honest.items[0]).unwrap();
    forge(&entry, &mut item);
    let key = Key::from_bytes(&[seed; 32]);
    let mut header = entry.header().clone();
    header.log.device = key.device();
    let bytes = item.encode();
    let hash = Item::hash(&header.log.space, &bytes);
    let entry = Entry::sign(header, &Body::Items(vec![hash]), &key).unwrap();
    Delivery { entry: entry.bytes().to_vec(), items: vec![bytes] }
}

#[test]
fn a_person_added_by_hand_on_one_device_and_imported_on_both_looks_alike_on_both() {
    let mut a = Home::founded(1);
    let mut b = a.second(2);
    agree(&mut a, &mut b);
    a.add("Ada Rilo", vec![PersonEdit::Company(Some("Sakumi".into()))]);
    let import = || file(vec![row(1, "ada", "Ada Rilo", "Sakumi")]);
    a.apply(import());
    b.apply(import());
    agree(&mut a, &mut b);
    a.check();
    b.check();
    assert_eq!(a.store.view_hash().unwrap(), b.store.view_hash().unwrap());
}

#[test]
fn edits_of_one_field_in_one_command_are_carried_out_in_order() {
    let mut a = Home::founded(1);
    let ada = a.add("Ada Rilo", vec![]);
    let names = ["Bea", "Ada Rilo"].map(|name| PersonEdit::Name(name.into()));
    a.apply(edit(ada, names.to_vec()));
    assert_eq!(a.show(ada).person.name, "Ada Rilo");
}

#[test]
fn a_device_that_has_not_heard_the_books_secret_derives_no_id() {
    let mut a = Home::founded(1);
    let mut b = a.second(2);
    let target =
        Change::EditCompany { name: "Sakumi".into(), edits: vec![CompanyEdit::Target(true)] };
    let now = b.now();
    for change in [target.clone(), file(vec![row(1, "ada", "Ada Rilo", "Sakumi")])] {
        let error = b.store.apply(&change, now).unwrap_err();
        assert!(matches!(error, Error::User(UserError::NotYetSynced)));
    }
    agree(&mut a, &mut b);
    a.apply(target.clone());
    b.apply(target);
    agree(&mut a, &mut b);
    assert_eq!(a.store.ask(&Companies { targets: true, limit: 0 }).unwrap().len(), 1);
    assert_eq!(a.store.view_hash().unwrap(), b.store.view_hash().unwrap());
}

#[test]
fn what_a_removed_device_wrote_beyond_the_accepted_heads_is_withdrawn_everywhere() {
    let (mut a, key) = recoverable();
    let mut b = a.second(2);
    agree(&mut a, &mut b);
    b.add("Bo Nato", vec![]);
    a.pull(&b);
    assert_eq!(a.store.ask(&People::default()).unwrap().total, 1);
    let (device, accepted) = (b.store.device(), Default::default());
    let book = a.store.book().unwrap();
    let removal = Standalone::recovery(book, Recovery::RemoveDevice { device, accepted }, &key);
    let now = a.now();
    a.store.receive(&[removal.encode()], &[], now).unwrap();
    assert_eq!(a.store.ask(&People::default()).unwrap().total, 0);
    a.check();
    let tables = a.store.table_hashes().unwrap();
    a.store.rebuild().unwrap();
    assert_eq!(a.store.table_hashes().unwrap(), tables);
}

#[test]
fn an_item_of_a_later_version_is_kept_and_not_acted_upon() {
    let mut a = Home::founded(1);
    let mut b = a.second(2);
    agree(&mut a, &mut b);
    b.add("Bo Nato", vec![]);
    let later = forged(&b, &a, 2, |_, item| item.version = 9);
    let now = a.now();
    assert_eq!(a.store.receive(&[], &[later], now).unwrap().entries, 1);
    assert_eq!(a.store.ask(&People::default()).unwrap().total, 0);
    a.check();
}

#[test]
fn an_item_of_a_later_generation_is_kept_and_not_acted_upon() {
    let mut a = Home::founded(1);
    let mut b = a.second(2);
    agree(&mut a, &mut b);
    b.add("Bo Nato", vec![]);
    let later = forged(&b, &a, 2, |entry, item| {
        let space = entry.header().log.space;
        let old = item.actor(&space);
        item.generation = 1;
        let new = item.actor(&space);
        let chunk = &mut item.chunks[0];
        let at = chunk.windows(16).position(|bytes| bytes == old.0).unwrap();
        chunk[at..at + 16].copy_from_slice(&new.0);
        let checksum = Sha256::digest(&chunk[8..]);
        chunk[4..8].copy_from_slice(&checksum[..4]);
    });
    let now = a.now();
    a.store.receive(&[], &[later], now).unwrap();
    assert_eq!(a.store.ask(&People::default()).unwrap().total, 0);
    a.check();
}

#[test]
fn nobody_who_was_deleted_is_found() {
    let mut a = Home::founded(1);
    let ada = a.add("Ada Rilo", vec![PersonEdit::PrivateNote("zebra".into())]);
    a.apply(edit(ada, vec![PersonEdit::Deleted(true)]));
    let found = a.store.ask(&Find { text: "zebra".into(), limit: 0 }).unwrap();
    assert_eq!((found.people.len(), found.total), (0, 0));
}

#[test]
fn a_members_unknown_statement_does_not_lock_the_book() {
    let mut a = Home::founded(1);
    let mut m = stranger(&a, 5);
    let now = a.now();
    a.store.say(add_member(MEMBER, m.store.device(), vec![]), now).unwrap();
    m.pull(&a);
    m.store.say(Statement::Unknown { tag: 9 }, now).unwrap();
    a.pull(&m);
    a.add("Ada Rilo", vec![]);
}

#[test]
fn a_member_who_names_another_members_device_as_their_own_does_not_get_it() {
    let mut a = Home::founded(1);
    let mut m = stranger(&a, 5);
    let victim = Home::empty(6).store.device();
    let now = a.now();
    a.store.say(add_member(MEMBER, m.store.device(), vec![Space::Goals]), now).unwrap();
    a.store.say(add_member(MemberId([2; 16]), victim, vec![Space::Goals]), now).unwrap();
    m.pull(&a);
    let claim = Statement::AddMemberDevice { member: MEMBER, device: victim };
    m.store.say(claim, now).unwrap();
    a.pull(&m);
    let removal = Statement::RemoveMember { member: MEMBER, accepted: Default::default() };
    a.store.say(removal, now).unwrap();
    assert!(a.store.authority().unwrap().active(&victim).is_some());
}

#[test]
fn a_file_with_one_person_twice_is_unchanged_when_it_comes_again() {
    let mut a = Home::founded(1);
    let mut other = row(2, "ada", "Ada Rilo", "Sakumi");
    other.title = Some("Other".into());
    let import = || file(vec![row(1, "ada", "Ada Rilo", "Sakumi"), other.clone()]);
    a.apply(import());
    assert_eq!(a.apply(import()).command, None);
}

#[test]
fn many_changes_that_wait_for_one_are_taken_in_when_it_comes() {
    let mut a = Home::founded(1);
    let mut b = a.second(2);
    let mut c = a.second(3);
    agree(&mut a, &mut b);
    let ada = a.add("Ada Rilo", vec![]);
    agree(&mut a, &mut b);
    for n in 0..300 {
        b.apply(edit(ada, vec![PersonEdit::Title(Some(format!("title {n}")))]));
    }
    let of = |home: &Home, space, frontier: &Frontier| -> Vec<Delivery> {
        let lacking = home.store.lacking(space, frontier).unwrap();
        lacking.into_iter().map(|at| home.store.delivery(at).unwrap().unwrap()).collect()
    };
    let now = c.now();
    c.store.receive(&[], &of(&a, Space::Roster, &Frontier::new()), now).unwrap();
    let held = a.store.frontier(Space::Pipeline).unwrap();
    c.store.receive(&[], &of(&b, Space::Pipeline, &held), now).unwrap();
    assert_eq!(c.store.pending(Space::Pipeline).unwrap(), 300);
    c.store.receive(&[], &of(&a, Space::Pipeline, &Frontier::new()), now).unwrap();
    assert_eq!(c.store.pending(Space::Pipeline).unwrap(), 0);
    assert_eq!(c.show(ada).person.title.as_deref(), Some("title 299"));
    c.check();
}

#[test]
fn a_contact_detail_that_was_taken_away_can_come_back() {
    let mut a = Home::founded(1);
    let entry = Labelled { label: String::new(), value: "ada@sakumi.example".into() };
    let reach = Reach { kind: ReachKind::Email, entry };
    let ada = a.add("Ada Rilo", vec![PersonEdit::AddReach(reach.clone())]);
    let gone = PersonEdit::RemoveReach { kind: ReachKind::Email, value: reach.entry.value.clone() };
    a.apply(edit(ada, vec![gone]));
    assert!(a.show(ada).details.unwrap().reach.is_empty());
    a.apply(edit(ada, vec![PersonEdit::AddReach(reach)]));
    assert_eq!(a.show(ada).details.unwrap().reach.len(), 1);
}

#[test]
fn removing_a_device_readmits_no_member_whom_it_removed() {
    let (mut a, key) = recoverable();
    let mut b = a.second(2);
    agree(&mut a, &mut b);
    let member = Home::empty(5).store.device();
    let now = a.now();
    a.store.say(add_member(MEMBER, member, vec![Space::Goals]), now).unwrap();
    b.pull(&a);
    let removal = Statement::RemoveMember { member: MEMBER, accepted: Default::default() };
    b.store.say(removal, now).unwrap();
    a.pull(&b);
    let (device, accepted) = (b.store.device(), Default::default());
    let book = a.store.book().unwrap();
    let removal = Standalone::recovery(book, Recovery::RemoveDevice { device, accepted }, &key);
    a.store.receive(&[removal.encode()], &[], now).unwrap();
    assert!(a.store.authority().unwrap().active(&member).is_none());
}

#[test]
fn what_a_mentor_signs_into_a_record_is_neither_shown_nor_part_of_its_history() {
    let mut a = Home::founded(1);
    let m = stranger(&a, 5);
    let now = a.now();
    let ada = a.add("Ada Rilo", vec![]);
    let mut b = a.second(2);
    agree(&mut a, &mut b);
    a.store.say(add_member(MEMBER, m.store.device(), vec![Space::Pipeline]), now).unwrap();
    b.apply(edit(ada, vec![PersonEdit::Title(Some("Forged".into()))]));
    let forged = forged(&b, &a, 5, |_, _| {});
    a.store.receive(&[], &[forged], now).unwrap();
    assert_eq!(a.show(ada).person.title, None);
    let history = a.store.ask(&History { record: ada }).unwrap();
    assert_eq!(history.len(), 1, "{history:?}");
    a.check();
}

#[test]
fn a_member_writes_in_no_record_of_the_owner() {
    let mut a = Home::founded(1);
    let mut m = stranger(&a, 5);
    let now = a.now();
    a.store.say(add_member(MEMBER, m.store.device(), vec![Space::Pipeline]), now).unwrap();
    m.pull(&a);
    let person = NewPerson { name: "Ada Rilo".into(), edits: vec![] };
    let error = m.store.apply(&Change::AddPerson(person), now).unwrap_err();
    assert!(matches!(error, Error::User(UserError::NotOwner)));
}
