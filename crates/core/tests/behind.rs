//! A large batch: entries are stored part by part, documents are made once afterwards.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod home;

use goodword_core::model::PersonEdit;
use goodword_core::store::Delivery;
use goodword_core::{Change, RecordId, Space};
use home::{Home, file, row, talk};
use jiff::civil::date;

/// A laptop with people and talks, and what its phone lacks of them.
fn laptop() -> (Home, Home, Vec<RecordId>, Vec<Delivery>) {
    let mut laptop = Home::founded(1);
    let mut phone = laptop.second(2);
    let rows = (0..40).map(|n| row(n, &format!("p{n}"), &format!("Ada Rilo {n}"), "Sakumi"));
    let people = laptop.apply(Change::Import(match file(rows.collect()) {
        Change::Import(import) => import,
        _ => unreachable!(),
    }));
    let people = people.created;
    for (n, person) in people.iter().enumerate() {
        laptop.apply(Change::Log(talk(&[*person], &format!("coffee {n}"), date(2026, 11, 20))));
        laptop.apply(Change::EditPeople {
            people: vec![*person],
            edits: vec![PersonEdit::Title(Some(format!("Head of Trials {n}")))],
        });
    }
    let now = phone.now();
    let roster = lacking(&laptop, &phone, Space::Roster);
    phone.store.receive(&[], &roster, now).unwrap();
    let mut deliveries = Vec::new();
    for space in [Space::Pipeline, Space::Details, Space::Private] {
        deliveries.extend(lacking(&laptop, &phone, space));
    }
    (laptop, phone, people, deliveries)
}

fn lacking(from: &Home, to: &Home, space: Space) -> Vec<Delivery> {
    let lacking = from.store.lacking(space, &to.store.frontier(space).unwrap()).unwrap();
    lacking.into_iter().map(|at| from.store.delivery(at).unwrap().unwrap()).collect()
}

#[test]
fn parts_come_to_the_same_tables_as_one_batch() {
    let (laptop, mut phone, _, deliveries) = laptop();
    let (_, mut other, _, _) = self::laptop();
    let now = phone.now();
    let loaded = phone.store.counts().documents_loaded;
    let mut parts = deliveries.chunks(7).peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        if last {
            phone.store.receive(&[], part, now).unwrap();
        } else {
            phone.store.receive_part(&[], part, now).unwrap();
            assert!(phone.store.pending(Space::Pipeline).unwrap() > 0);
        }
    }
    other.store.receive(&[], &deliveries, now).unwrap();

    assert_eq!(phone.store.pending(Space::Pipeline).unwrap(), 0);
    assert_eq!(phone.store.view_hash().unwrap(), laptop.store.view_hash().unwrap());
    phone.check();
    // Each of the 40 people and the profile was opened once, whatever number of parts it was in.
    let documents = phone.store.counts().documents_loaded - loaded;
    assert!(documents <= 2 * 40 + 4, "{documents} documents opened");
    let before = phone.store.table_hashes().unwrap();
    phone.store.rebuild().unwrap();
    assert_eq!(phone.store.table_hashes().unwrap(), before);
}

#[test]
fn a_store_that_was_cut_amid_a_batch_catches_up_when_it_is_opened() {
    let (_, mut phone, people, deliveries) = laptop();
    let now = phone.now();
    phone.store.receive_part(&[], &deliveries, now).unwrap();

    let phone = phone.reopen();

    assert_eq!(phone.store.pending(Space::Pipeline).unwrap(), 0);
    assert_eq!(phone.show(people[39]).person.title.as_deref(), Some("Head of Trials 39"));
    phone.check();
}

#[test]
fn a_record_that_is_edited_meanwhile_catches_up_first() {
    let (mut laptop, mut phone, people, deliveries) = laptop();
    let now = phone.now();
    phone.store.receive(&[], &deliveries[..8], now).unwrap();
    phone.store.receive_part(&[], &deliveries[8..], now).unwrap();
    assert_eq!(phone.show(people[3]).person.title.as_deref(), Some("Head of Trials"));

    let outcome = phone.apply(Change::EditPeople {
        people: vec![people[3]],
        edits: vec![PersonEdit::Title(Some("Director".to_owned()))],
    });

    assert_eq!(outcome.changed, [people[3]]);
    assert_eq!(phone.show(people[3]).person.title.as_deref(), Some("Director"));
    phone.store.catch_up().unwrap();
    phone.check();
    laptop.pull(&phone);
    assert_eq!(laptop.store.view_hash().unwrap(), phone.store.view_hash().unwrap());
    assert_eq!(laptop.show(people[3]).person.also, std::collections::BTreeSet::new());
}
