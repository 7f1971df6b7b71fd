//! What a peer may send, and what is refused with nothing stored.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use goodword_core::log::{Body, ENTRY_VERSION, Entry, Frontier, Header, Item, ItemError, Key};
use goodword_core::model::{NewPerson, PersonEdit, Reach, ReachKind};
use goodword_core::query::{Export, Status};
use goodword_core::store::{Delivery, Error, PeerError, Place, Taken};
use goodword_core::{Change, CommandId, Now, Space, Store, limits};
use jiff::Timestamp;
use jiff::civil::date;

const NOW: Now = Now { at: Timestamp::UNIX_EPOCH, today: date(2026, 11, 23) };

/// A book with one person on `laptop`, and `phone`, admitted and empty.
fn pair() -> (Store, Store) {
    let mut laptop = Store::create(&Place::memory(), Key::from_bytes(&[1; 32]), [1; 32]).unwrap();
    laptop.found([9; 32], NOW).unwrap();
    add(&mut laptop, "Ada Rilo");
    let mut phone = Store::create(&Place::memory(), Key::from_bytes(&[2; 32]), [2; 32]).unwrap();
    phone.adopt(&laptop.standalone().unwrap()[0]).unwrap();
    laptop.admit_device(phone.device(), NOW).unwrap();
    (laptop, phone)
}

fn add(store: &mut Store, name: &str) {
    let reach = Reach {
        kind: ReachKind::Email,
        entry: goodword_core::model::Labelled {
            label: String::new(),
            value: "canary-details@example.org".to_owned(),
        },
    };
    let edits =
        vec![PersonEdit::AddReach(reach), PersonEdit::PrivateNote("canary-private".to_owned())];
    let person = NewPerson { name: name.to_owned(), edits };
    store.apply(&Change::AddPerson(person), NOW).unwrap();
}

fn all(store: &Store, space: Space) -> Vec<Delivery> {
    let lacking = store.lacking(space, &Frontier::new()).unwrap();
    lacking.into_iter().map(|at| store.delivery(at).unwrap().unwrap()).collect()
}

fn refused(store: &mut Store, deliveries: &[Delivery]) -> PeerError {
    let before = store.table_hashes().unwrap();
    let error = store.receive(&[], deliveries, NOW).unwrap_err();
    assert_eq!(store.table_hashes().unwrap(), before, "nothing of a refused batch is stored");
    match error {
        Error::Peer(peer) => peer,
        other => panic!("not the peer's mistake: {other}"),
    }
}

#[test]
fn a_gap_in_a_log_is_refused() {
    let (mut laptop, mut phone) = pair();
    add(&mut laptop, "Bo Nato");
    let deliveries = all(&laptop, Space::Pipeline);
    assert!(matches!(refused(&mut phone, &deliveries[1..]), PeerError::Gap { found: 1, .. }));
}

#[test]
fn an_entry_of_a_device_that_nobody_admitted_is_refused() {
    let (mut laptop, _) = pair();
    let honest = all(&laptop, Space::Pipeline).remove(0);
    let entry = Entry::decode(honest.entry).unwrap();
    let stranger = Key::from_bytes(&[7; 32]);
    let mut header = entry.header().clone();
    header.log.device = stranger.device();
    let entry = Entry::sign(header, &Body::Items(entry.items().to_vec()), &stranger).unwrap();
    let delivery = Delivery { entry: entry.bytes().to_vec(), items: honest.items };
    let refused = refused(&mut laptop, &[delivery]);
    assert_eq!(refused, PeerError::UnknownDevice(stranger.device()));
}

#[test]
fn an_entry_of_another_book_is_refused() {
    let (mut laptop, _) = pair();
    let mut other = Store::create(&Place::memory(), Key::from_bytes(&[1; 32]), [8; 32]).unwrap();
    other.found([9; 32], NOW).unwrap();
    add(&mut other, "Zoe Vint");
    let deliveries = all(&other, Space::Pipeline);
    assert_eq!(refused(&mut laptop, &deliveries), PeerError::ForeignBook);
    let genesis = other.standalone().unwrap();
    laptop.receive(&genesis, &[], NOW).unwrap_err();
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let (laptop, mut phone) = pair();
    let honest = all(&laptop, Space::Pipeline);
    for at in 0..honest[0].entry.len() {
        let mut forged = honest.clone();
        forged[0].entry[at] ^= 1;
        refused(&mut phone, &forged[..1]);
    }
    for at in 0..honest[0].items[0].len() {
        let mut forged = honest.clone();
        forged[0].items[0][at] ^= 1;
        let refused = refused(&mut phone, &forged[..1]);
        assert!(matches!(refused, PeerError::ItemsDiffer { .. }));
    }
}

#[test]
fn an_entry_without_one_of_its_items_is_refused() {
    let (laptop, mut phone) = pair();
    let mut deliveries = all(&laptop, Space::Pipeline);
    deliveries[0].items.pop();
    assert!(matches!(refused(&mut phone, &deliveries), PeerError::ItemsDiffer { .. }));
}

/// The laptop's next entry, of whatever items.
fn next_entry(laptop: &Store, items: Vec<Vec<u8>>) -> Vec<Delivery> {
    let mut deliveries = all(laptop, Space::Pipeline);
    let last = Entry::decode(deliveries.last().unwrap().entry.clone()).unwrap();
    let log = last.header().log;
    let hashes = items.iter().map(|bytes| Item::hash(&log.space, bytes)).collect();
    let header = Header { n: last.header().n + 1, prev: last.hash(), ..last.header().clone() };
    let entry = Entry::sign(header, &Body::Items(hashes), &Key::from_bytes(&[1; 32])).unwrap();
    deliveries.push(Delivery { entry: entry.bytes().to_vec(), items });
    deliveries
}

#[test]
fn an_item_beyond_its_limit_is_refused_and_one_at_the_limit_is_not() {
    let (laptop, mut phone) = pair();
    let bytes = limits::ITEM_BYTES_MAX + 1;
    let refused = refused(&mut phone, &next_entry(&laptop, vec![vec![9; bytes]]));
    assert_eq!(refused, PeerError::Item(ItemError::TooLong { bytes }));
    phone.receive(&[], &next_entry(&laptop, vec![vec![9; bytes - 1]]), NOW).unwrap();
}

#[test]
fn items_beyond_the_limit_of_an_entry_are_refused_and_those_at_the_limit_are_not() {
    let (laptop, mut phone) = pair();
    let full = limits::ITEMS_BYTES_PER_ENTRY_MAX / limits::ITEM_BYTES_MAX;
    let mut items: Vec<Vec<u8>> =
        (0..full).map(|n| vec![u8::try_from(n).unwrap(); limits::ITEM_BYTES_MAX]).collect();
    items.push(vec![99]);
    let bytes = limits::ITEMS_BYTES_PER_ENTRY_MAX + 1;
    let refused = refused(&mut phone, &next_entry(&laptop, items.clone()));
    assert_eq!(refused, PeerError::ItemsTooLarge { bytes });
    items.pop();
    phone.receive(&[], &next_entry(&laptop, items), NOW).unwrap();
}

#[test]
fn of_endless_branches_of_one_log_four_are_kept_and_the_others_passed_over() {
    let (laptop, mut phone) = pair();
    let honest = all(&laptop, Space::Pipeline);
    phone.receive(&[], &honest, NOW).unwrap();
    let first = Entry::decode(honest[0].entry.clone()).unwrap();
    let key = Key::from_bytes(&[1; 32]);
    let beside = |command: u8| {
        let header = Header { command: CommandId([command; 16]), ..first.header().clone() };
        let entry = Entry::sign(header, &Body::Items(first.items().to_vec()), &key).unwrap();
        Delivery { entry: entry.bytes().to_vec(), items: honest[0].items.clone() }
    };
    for command in 1..4 {
        let received = phone.receive(&[], &[beside(command)], NOW).unwrap();
        assert_eq!(received.taken, [Taken::Stored]);
    }
    let before = phone.table_hashes().unwrap();
    for command in 4..9 {
        let received = phone.receive(&[], &[beside(command)], NOW).unwrap();
        assert_eq!((received.taken, received.refused), (vec![Taken::NoRoom], 1));
    }
    assert_eq!(phone.table_hashes().unwrap(), before);
    assert!(phone.fold_check().unwrap().is_equal());
    phone.receive(&[], &all(&laptop, Space::Roster), NOW).unwrap();
    add(&mut phone, "Leo Dunar");
}

#[test]
fn endless_incarnations_are_refused() {
    let (laptop, mut phone) = pair();
    let honest = all(&laptop, Space::Pipeline);
    let entry = Entry::decode(honest[0].entry.clone()).unwrap();
    let key = Key::from_bytes(&[1; 32]);
    let started = |incarnation: u8| {
        let mut header = entry.header().clone();
        header.log.incarnation = goodword_core::Incarnation([incarnation; 8]);
        let entry = Entry::sign(header, &Body::Items(entry.items().to_vec()), &key).unwrap();
        Delivery { entry: entry.bytes().to_vec(), items: honest[0].items.clone() }
    };
    for incarnation in 0..16 {
        phone.receive(&[], &[started(incarnation)], NOW).unwrap();
    }
    let refused = refused(&mut phone, &[started(16)]);
    assert_eq!(refused, PeerError::TooManyIncarnations(laptop.device()));
}

#[test]
fn an_item_replayed_into_another_record_counts_nowhere() {
    let (laptop, mut phone) = pair();
    let honest = all(&laptop, Space::Pipeline);
    phone.receive(&[], &honest, NOW).unwrap();
    let before = phone.ask(&Export).unwrap();
    // The owner's own device, gone bad, signs another's changes under a new record.
    let mut item = Item::decode(&honest[0].items[0]).unwrap();
    item.record = goodword_core::RecordId([5; 16]);
    let bytes = item.encode();
    let last = Entry::decode(honest.last().unwrap().entry.clone()).unwrap();
    let header = Header {
        version: ENTRY_VERSION,
        n: last.header().n + 1,
        prev: last.hash(),
        ..last.header().clone()
    };
    let hash = Item::hash(&header.log.space, &bytes);
    let entry = Entry::sign(header, &Body::Items(vec![hash]), &Key::from_bytes(&[1; 32])).unwrap();
    let delivery = Delivery { entry: entry.bytes().to_vec(), items: vec![bytes] };
    phone.receive(&[], &[delivery], NOW).unwrap();
    assert_eq!(phone.ask(&Export).unwrap(), before);
    assert_eq!(phone.ask(&Status).unwrap().inadmissible, 1);
    assert!(phone.fold_check().unwrap().is_equal());
    phone.receive(&[], &all(&laptop, Space::Roster), NOW).unwrap();
    add(&mut phone, "Leo Dunar");
}

#[test]
fn changes_of_a_device_that_was_never_the_owners_count_nowhere_whoever_signs_them() {
    let brought = |knows_the_tablet: bool| {
        let (mut laptop, mut phone) = pair();
        // In another life of the book the tablet was let in, and wrote.
        let (mut other, _) = pair();
        let mut tablet =
            Store::create(&Place::memory(), Key::from_bytes(&[3; 32]), [3; 32]).unwrap();
        other.admit_device(tablet.device(), NOW).unwrap();
        tablet.adopt(&other.standalone().unwrap()[0]).unwrap();
        tablet.receive(&[], &all(&other, Space::Roster), NOW).unwrap();
        add(&mut tablet, "Zoe Vint");
        if knows_the_tablet {
            laptop.admit_device(tablet.device(), NOW).unwrap();
        }
        let items = all(&tablet, Space::Pipeline).pop().unwrap().items;
        phone.receive(&[], &all(&laptop, Space::Roster), NOW).unwrap();
        phone.receive(&[], &next_entry(&laptop, items), NOW).unwrap();
        assert!(phone.fold_check().unwrap().is_equal());
        phone.ask(&Status).unwrap().people
    };
    assert_eq!((brought(false), brought(true)), (1, 2));
}

#[test]
fn an_entry_of_a_later_version_is_stored_and_passed_on_unread() {
    let (laptop, mut phone) = pair();
    let honest = all(&laptop, Space::Pipeline);
    phone.receive(&[], &honest, NOW).unwrap();
    let last = Entry::decode(honest.last().unwrap().entry.clone()).unwrap();
    let header = Header {
        version: ENTRY_VERSION + 1,
        n: last.header().n + 1,
        prev: last.hash(),
        ..last.header().clone()
    };
    let hashes = vec![goodword_core::ItemHash([1; 32])];
    let entry = Entry::sign(header, &Body::Items(hashes), &Key::from_bytes(&[1; 32])).unwrap();
    let delivery = Delivery { entry: entry.bytes().to_vec(), items: vec![] };
    let received = phone.receive(&[], std::slice::from_ref(&delivery), NOW).unwrap();
    assert_eq!(received.entries, 1);
    assert_eq!(all(&phone, Space::Pipeline).last(), Some(&delivery));
    assert!(phone.fold_check().unwrap().is_equal());
}

#[test]
fn an_item_of_a_later_version_is_stored_and_passed_on_and_counts_nowhere() {
    let brought = |versions_later: u8| {
        let (laptop, mut phone) = pair();
        phone.receive(&[], &all(&laptop, Space::Pipeline), NOW).unwrap();
        let before = phone.ask(&Status).unwrap().people;
        // What it would write as its next entry.
        let (mut ahead, _) = pair();
        add(&mut ahead, "Zoe Vint");
        let items = all(&ahead, Space::Pipeline).pop().unwrap().items.into_iter().map(|bytes| {
            let item = Item::decode(&bytes).unwrap();
            Item { version: item.version + versions_later, ..item }.encode()
        });
        let delivery = next_entry(&laptop, items.collect());
        phone.receive(&[], &delivery, NOW).unwrap();
        assert_eq!(all(&phone, Space::Pipeline).last(), delivery.last());
        assert!(phone.fold_check().unwrap().is_equal());
        phone.ask(&Status).unwrap().people - before
    };
    assert_eq!((brought(0), brought(1)), (1, 0));
}

#[test]
fn a_batch_that_was_received_before_changes_nothing() {
    let (laptop, mut phone) = pair();
    let honest = all(&laptop, Space::Pipeline);
    phone.receive(&[], &honest, NOW).unwrap();
    let before = phone.table_hashes().unwrap();
    let again = phone.receive(&[], &honest, NOW).unwrap();
    assert_eq!((again.entries, again.known), (0, honest.len() as u64));
    assert_eq!(phone.table_hashes().unwrap(), before);
}

#[test]
fn what_a_reader_of_the_pipeline_is_sent_holds_nothing_of_details_or_private() {
    let (laptop, _) = pair();
    let text = |space| {
        let bytes: Vec<u8> = all(&laptop, space)
            .into_iter()
            .flat_map(|delivery| [delivery.entry, delivery.items.concat()].concat())
            .collect();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    for shared in [Space::Roster, Space::Goals, Space::Pipeline] {
        assert!(!text(shared).contains("canary"), "{shared:?}");
    }
    assert!(text(Space::Details).contains("canary-details"));
    assert!(text(Space::Private).contains("canary-private"));
}
