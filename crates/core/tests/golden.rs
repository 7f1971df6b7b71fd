//! The frozen bytes: what is written today must be read, byte for byte, by every later version.
//!
//! Each file in `golden/` holds one thing in hexadecimal, made from the fixed keys below. A test
//! that fails here means that stores and peers in the field would not understand each other: a
//! format gets a number beside the old one, and never changes. The genesis of documents is tested
//! beside its code, against `golden/genesis-1.hex`.

#[path = "golden/fixtures.rs"]
mod fixtures;

use std::path::Path;

use data_encoding::HEXLOWER;
use fixtures::*;
use goodword_core::change::Change;
use goodword_core::log::{Body, Entry, Frontier, Header, Item, ItemHash, Key, signature_ok};
use goodword_core::model::{Labelled, NewPerson, PersonEdit, Reach, ReachKind};
use goodword_core::query::Status;
use goodword_core::roster::{Role, Standalone, Statement, recovery_key};
use goodword_core::store::{Place, restore};
use goodword_core::{ActorId, DocumentId, Nonce, Now, RecordId, Space, Store};
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;

/// Compares `bytes` with the file `golden/<name>.hex`.
#[track_caller]
fn golden(name: &str, bytes: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let frozen = std::fs::read_to_string(folder.join(format!("{name}.hex"))).unwrap_or_default();
    let frozen: String = frozen.split_whitespace().collect();
    let written = HEXLOWER.encode(bytes);
    assert!(
        written == frozen,
        "golden/{name}.hex is frozen, and these bytes are written instead:\n{}",
        lines_of_64(&written)
    );
}

fn lines_of_64(digits: &str) -> String {
    let lines: Vec<&str> = digits
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).expect("hexadecimal is ASCII"))
        .collect();
    lines.join("\n")
}

#[test]
fn ids_are_derived_as_they_always_were() {
    golden("id-book", &book().0);
    let spaces: Vec<u8> = Space::ALL.iter().flat_map(|s| s.id(&book()).0).collect();
    golden("id-spaces", &spaces);
    let space = Space::Pipeline.id(&book());
    let document = DocumentId::derive(&space, &record(), 1);
    golden("id-document", &document.0);
    let actor = ActorId::derive(&phone(), &space, &document, 0, &Nonce([0xaa; 16]));
    golden("id-actor", &actor.0);
    assert_eq!(item().document(&space), document);
    assert_ne!(item().actor(&space), actor, "the device is part of the actor");
}

#[test]
fn record_ids_are_made_as_they_always_were() {
    golden("id-record-made", &record().0);
    let derived = RecordId::derived(&[0xcc; 32], "linkedin:ada-rilo", 0);
    golden("id-record-derived", &derived.0);
    golden("id-record-key", record().key().as_bytes());
}

#[test]
fn the_recovery_phrase_leads_to_the_key_that_it_always_led_to() {
    golden("recovery-key", &recovery_key(&PHRASE).device().0);
}

#[test]
fn a_backup_is_read_and_written_as_it_always_was() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let frozen = std::fs::read_to_string(folder.join("backup-1.hex")).unwrap();
    let frozen = HEXLOWER.decode(frozen.replace('\n', "").as_bytes()).unwrap();
    let place = Place::memory();
    let restored = restore(&frozen[..], &place, [3; 32]).unwrap();
    let key = Key::from_bytes(&restored.key);
    let store = Store::open(&place, key.clone(), [4; 32]).unwrap();
    assert_eq!(store.ask(&Status).unwrap().people, 1);
    let mut again = Vec::new();
    store.reader().unwrap().backup(&key, restored.at, &mut again).unwrap();
    golden("backup-1", &again);
}

#[test]
fn an_entry_of_items_has_the_frozen_bytes_and_hash() {
    let entry = entry_of_items();
    golden("entry-items", entry.bytes());
    golden("entry-items-hash", &entry.hash().0);
    let read = Entry::decode(entry.bytes().to_vec()).unwrap();
    assert_eq!(read, entry);
    read.verify().unwrap();
}

#[test]
fn an_entry_of_a_statement_has_the_frozen_bytes() {
    let body = Body::Statement(Statement::AddDevice { device: phone() });
    let entry = Entry::sign(header(Space::Roster), &body, &laptop()).unwrap();
    golden("entry-statement", entry.bytes());
    assert_eq!(entry.body(), &body);
    entry.verify().unwrap();
}

#[test]
fn the_signature_covers_its_domain_and_everything_before_it() {
    let entry = entry_of_items();
    let (signed, signature) = entry.bytes().split_at(entry.bytes().len() - 64);
    let device = laptop().device();
    let domain = b"goodword entry signature v1\0";
    assert!(signature_ok(&device, domain, signed, signature));
    assert!(!signature_ok(&device, b"", signed, signature));
}

#[test]
fn an_item_has_the_frozen_bytes_and_a_hash_bound_to_its_space() {
    let bytes = item().encode();
    golden("item", &bytes);
    let space = Space::Pipeline.id(&book());
    golden("item-hash", &Item::hash(&space, &bytes).0);
    assert_eq!(Item::decode(&bytes).unwrap(), item());
    let elsewhere = Space::Details.id(&book());
    assert_ne!(Item::hash(&space, &bytes), Item::hash(&elsewhere, &bytes));
}

#[test]
fn every_statement_has_the_frozen_bytes_of_its_tag() {
    for (name, statement) in statements() {
        let bytes = statement.encode();
        golden(name, &bytes);
        assert_eq!(Statement::decode(&bytes).unwrap(), statement, "{name}");
    }
}

#[test]
fn standalone_statements_have_the_frozen_bytes() {
    let founding = Standalone::Genesis(genesis());
    golden("standalone-genesis", &founding.encode());
    golden("standalone-genesis-hash", &founding.hash().0);
    assert_eq!(Standalone::decode(&founding.encode()).unwrap(), founding);
    for (name, said) in recoveries() {
        let statement = Standalone::recovery(book(), said, &recovery_key(&PHRASE));
        golden(name, &statement.encode());
        assert_eq!(Standalone::decode(&statement.encode()).unwrap(), statement, "{name}");
    }
}

#[test]
fn a_store_of_fixed_entropy_writes_the_frozen_entries_and_items_for_a_person() {
    let mut store = Store::create(&Place::memory(), laptop(), [0xdd; 32]).unwrap();
    let at = Timestamp::from_second(1_795_000_000).unwrap();
    let now = Now { at, today: date(2026, 11, 18) };
    store.found(recovery_key(&PHRASE).device().0, now).unwrap();
    let reach = Reach {
        kind: ReachKind::Email,
        entry: Labelled { label: "work".to_owned(), value: "ada@sakumi.example".to_owned() },
    };
    let edits = vec![
        PersonEdit::Company(Some("Sakumi".to_owned())),
        PersonEdit::Tag("pharma".to_owned()),
        PersonEdit::AddReach(reach),
        PersonEdit::PrivateNote("likes tea".to_owned()),
    ];
    let person = NewPerson { name: "Ada Rilo".to_owned(), edits };
    store.apply(&Change::AddPerson(person), now).unwrap();
    for space in [Space::Pipeline, Space::Details, Space::Private] {
        let lacking = store.lacking(space, &Frontier::new()).unwrap();
        let last = store.delivery(*lacking.last().unwrap()).unwrap().unwrap();
        golden(&format!("person-{}-entry", space.name()), &last.entry);
        golden(&format!("person-{}-item", space.name()), &last.items[0]);
    }
}

#[test]
fn a_longer_form_of_a_number_is_refused() {
    // The first byte after 72 bytes of log id and the version is n = 200, as `c8 01`.
    let entry = entry_of_items();
    let mut long = entry.bytes().to_vec();
    assert_eq!(long[73..75], [0xc8, 0x01]);
    long[74] |= 0x80;
    long.insert(75, 0);
    assert!(Entry::decode(long).is_err());

    let mut long = item().encode();
    assert_eq!(long[0..18], [&[1][..], &record().0, &[1]].concat()[..]);
    long[17] |= 0x80;
    long.insert(18, 0);
    assert!(Item::decode(&long).is_err());

    for (name, statement) in statements() {
        let mut long = statement.encode();
        long[0] |= 0x80;
        long.insert(1, 0);
        assert!(Statement::decode(&long).is_err(), "{name}");
    }
}

#[test]
fn bytes_after_the_end_are_refused() {
    let mut bytes = item().encode();
    bytes.push(0);
    assert!(Item::decode(&bytes).is_err());
    for (name, statement) in statements() {
        let mut bytes = statement.encode();
        bytes.push(0);
        assert!(Statement::decode(&bytes).is_err(), "{name}");
    }
    let mut bytes = Standalone::Genesis(genesis()).encode();
    bytes.push(0);
    assert!(Standalone::decode(&bytes).is_err());
}

#[test]
fn an_owner_is_never_made_by_adding_a_member() {
    let said = Statement::AddMember {
        member: member(),
        device: phone(),
        spaces: vec![Space::Pipeline],
        role: Role::Owner,
        until: None,
    };
    assert!(Statement::decode(&said.encode()).is_err());
}

#[test]
fn an_entry_of_a_later_version_is_chained_and_not_read() {
    let header = Header { version: 2, ..header(Space::Pipeline) };
    let body = Body::Items(vec![ItemHash([0x11; 32])]);
    let entry = Entry::sign(header, &body, &laptop()).unwrap();
    assert!(matches!(entry.body(), Body::Unknown(_)));
    assert!(entry.items().is_empty());
    entry.verify().unwrap();
}

/// Bytes that are nearly something: a thing of ours with a piece put in, taken out or changed.
fn near(things: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::collection::vec(any::<u8>(), 0..8);
    let place = (any::<prop::sample::Index>(), 0_usize..8, piece);
    let near = (prop::sample::select(things), place).prop_map(|(thing, (at, gone, piece))| {
        let from = at.index(thing.len() + 1);
        let to = (from + gone).min(thing.len());
        [&thing[..from], &piece, &thing[to..]].concat()
    });
    prop_oneof![near, prop::collection::vec(any::<u8>(), 0..300)]
}

fn encoded_statements() -> Vec<Vec<u8>> {
    statements().iter().map(|(_, said)| said.encode()).collect()
}

fn encoded_standalone() -> Vec<Vec<u8>> {
    let key = recovery_key(&PHRASE);
    let said = recoveries().into_iter();
    let mut all: Vec<Vec<u8>> =
        said.map(|(_, said)| Standalone::recovery(book(), said, &key).encode()).collect();
    all.push(Standalone::Genesis(genesis()).encode());
    all
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(1_000)
    })]

    #[test]
    fn a_changed_byte_of_an_entry_is_noticed(
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let entry = entry_of_items();
        let mut bytes = entry.bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(changed) = Entry::decode(bytes.clone()) {
            prop_assert_ne!(changed.hash(), entry.hash());
            prop_assert!(changed.verify().is_err());
            prop_assert_eq!(changed.bytes(), &bytes[..]);
        }
    }

    #[test]
    fn a_changed_byte_of_an_item_is_another_item(
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let space = Space::Pipeline.id(&book());
        let bytes = item().encode();
        let mut changed = bytes.clone();
        let at = at.index(changed.len());
        changed[at] ^= flip;
        prop_assert_ne!(Item::hash(&space, &changed), Item::hash(&space, &bytes));
        if let Ok(read) = Item::decode(&changed) {
            prop_assert_ne!(&read, &item());
            prop_assert_eq!(read.encode(), changed);
        }
    }

    #[test]
    fn a_changed_byte_of_what_the_recovery_key_said_is_noticed(
        which in prop::sample::select(recoveries()),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let said = Standalone::recovery(book(), which.1, &recovery_key(&PHRASE));
        let mut bytes = said.encode();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        // Read as a genesis it founds another book, and says nothing in this one.
        prop_assert!(Standalone::decode(&bytes).is_ok_and(|read| read.book() != book())
            || Standalone::decode(&bytes).is_err());
    }

    #[test]
    fn any_bytes_are_an_entry_in_its_only_form_or_an_error(
        bytes in near(vec![entry_of_items().bytes().to_vec()]),
    ) {
        if let Ok(entry) = Entry::decode(bytes.clone()) {
            prop_assert_eq!(entry.bytes(), &bytes[..]);
        }
    }

    #[test]
    fn any_bytes_are_an_item_in_its_only_form_or_an_error(bytes in near(vec![item().encode()])) {
        if let Ok(item) = Item::decode(&bytes) {
            prop_assert_eq!(item.encode(), bytes);
        }
    }

    #[test]
    fn any_bytes_are_a_statement_in_its_only_form_or_an_error(
        bytes in near(encoded_statements()),
    ) {
        match Statement::decode(&bytes) {
            Ok(Statement::Unknown { .. }) | Err(_) => {}
            Ok(statement) => prop_assert_eq!(statement.encode(), bytes),
        }
    }

    #[test]
    fn any_bytes_are_a_standalone_statement_in_its_only_form_or_an_error(
        bytes in near(encoded_standalone()),
    ) {
        if let Ok(statement) = Standalone::decode(&bytes) {
            prop_assert_eq!(statement.encode(), bytes);
        }
    }
}
