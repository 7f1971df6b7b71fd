//! The store through its public doors: what is written is read, undone, rebuilt, exchanged.

mod home;

use std::collections::BTreeSet;

use goodword_core::change::RowOutcome;
use goodword_core::model::{
    CompanyEdit, Incoming, Labelled, NewPerson, Next, PersonEdit, ProfileField, Reach, ReachKind,
    Stub, Tier, Yield,
};
use goodword_core::query::{
    Act, Companies, Export, Find, History, Operations, People, Resolution, Resolve, Status, Today,
};
use goodword_core::{Change, RecordId, Space};
use home::{Home, file, row, talk};
use jiff::Timestamp;
use jiff::civil::date;

#[test]
fn a_person_is_added_logged_found_and_shown() {
    let mut home = Home::founded(1);
    let ada = home.add(
        "Ada Rilo",
        vec![
            PersonEdit::Company(Some("Sakumi AG".to_owned())),
            PersonEdit::Tier(Some(Tier::Inner)),
            PersonEdit::Tag("Pharma".to_owned()),
            PersonEdit::AddReach(Reach {
                kind: ReachKind::Email,
                entry: Labelled { label: "work".into(), value: "ada@sakumi.example".into() },
            }),
            PersonEdit::PrivateNote("prefers mornings".to_owned()),
        ],
    );
    let mut logged = talk(&[ada], "coffee, hiring freeze until May", date(2026, 11, 20));
    logged.got = BTreeSet::from([Yield::Information, Yield::Lead]);
    logged.introduces = vec![Stub { name: "Bo Nato".into(), company: Some("Sakumi".into()) }];
    let outcome = home.apply(Change::Log(logged));
    assert_eq!(outcome.created.len(), 1);

    let page = home.show(ada);
    assert_eq!(page.person.name, "Ada Rilo");
    assert_eq!(page.timeline.len(), 1);
    assert_eq!(page.timeline[0].text, "coffee, hiring freeze until May");
    assert_eq!(page.timeline[0].got, BTreeSet::from([Yield::Information, Yield::Lead]));
    assert_eq!(page.details.unwrap().reach.len(), 1);
    assert_eq!(page.private.unwrap().notes[0].text, "prefers mornings");
    assert_eq!(page.introduced, ["Bo Nato"]);

    for text in ["freeze", "SAKUMI", "äda", "pharma", "mornings", "ada sak"] {
        let found = home.store.ask(&Find { text: text.to_owned(), limit: 10 }).unwrap();
        assert!(found.people.iter().any(|line| line.person.record == ada), "{text}");
    }
    let nobody = home.store.ask(&Find { text: "ada zzz".to_owned(), limit: 10 }).unwrap();
    assert!(nobody.people.is_empty());
    home.check();
}

#[test]
fn today_lists_next_steps_then_introductions_then_cadences() {
    let mut home = Home::founded(1);
    let today = date(2026, 11, 23);
    let ada = home.add("Ada Rilo", vec![PersonEdit::Tier(Some(Tier::Inner))]);
    home.apply(Change::Log(talk(&[ada], "call", date(2026, 10, 1))));
    let next = Next { on: date(2026, 11, 22), why: "send the paper".to_owned() };
    let leo = home.add("Leo Dunar", vec![PersonEdit::Next(Some(next))]);
    let bo = home.add("Bo Nato", vec![PersonEdit::IntroducedBy(Some(ada))]);
    let list = home.store.ask(&Today { on: today, limit: 10 }).unwrap();
    let acts: Vec<_> =
        list.lines.iter().map(|l| (l.act, l.person.as_ref().map(|p| p.record))).collect();
    assert_eq!(
        acts,
        [
            (Act::FollowUp, Some(leo)),
            (Act::Write, Some(bo)),
            (Act::KeepWarm, Some(ada)),
            (Act::Triage, None),
        ]
    );
    assert_eq!((list.people, list.untriaged), (3, 2));

    home.apply(Change::Log(talk(&[leo, ada], "lunch", today)));
    let list = home.store.ask(&Today { on: today, limit: 10 }).unwrap();
    let acts: Vec<_> = list.lines.iter().map(|l| l.act).collect();
    assert_eq!(acts, [Act::Write, Act::Triage], "a logged contact settles what was due");
    home.check();
}

#[test]
fn an_undo_restores_what_was_before_and_leaves_what_changed_since() {
    let mut home = Home::founded(1);
    let ada = home.add("Ada Rilo", vec![PersonEdit::Company(Some("Sakumi".to_owned()))]);
    let edit = |edits| Change::EditPeople { people: vec![ada], edits };
    let both = home.apply(edit(vec![
        PersonEdit::Company(Some("Oruna".to_owned())),
        PersonEdit::Title(Some("Director".to_owned())),
    ]));
    home.apply(edit(vec![PersonEdit::Title(Some("Partner".to_owned()))]));
    let undone = home.apply(Change::Undo { command: both.command.unwrap() });
    let person = home.show(ada).person;
    assert_eq!(person.company.as_deref(), Some("Sakumi"));
    assert_eq!(person.title.as_deref(), Some("Partner"));
    assert_eq!(undone.left.len(), 1);
    assert_eq!(undone.left[0].field, "title");

    let operations = home.store.ask(&Operations { limit: 10 }).unwrap();
    assert!(operations.iter().any(|o| Some(o.command) == both.command && o.undone));
    // An undo can be undone.
    home.apply(Change::Undo { command: undone.command.unwrap() });
    assert_eq!(home.show(ada).person.company.as_deref(), Some("Oruna"));
    home.check();

    let mut other = Home::founded(2);
    let empty = other.store.view_hash().unwrap();
    let add = other.apply(file(vec![row(1, "ada-rilo", "Ada Rilo", "Sakumi")]));
    assert_ne!(other.store.view_hash().unwrap(), empty);
    other.apply(Change::Undo { command: add.command.unwrap() });
    assert_eq!(other.store.view_hash().unwrap(), empty);
    let people = other.store.ask(&People::default()).unwrap();
    assert_eq!(people.total, 0);
}

#[test]
fn an_import_seen_before_begins_no_transaction_and_changes_no_table() {
    let mut home = Home::founded(1);
    let people: Vec<Incoming> =
        (0..50).map(|n| row(n, &format!("person-{n}"), &format!("Person {n}"), "Sakumi")).collect();
    let first = home.apply(file(people.clone()));
    assert_eq!(first.created.len(), 50);
    let (tables, counts) = (home.store.table_hashes().unwrap(), home.store.counts());
    let again = home.apply(file(people));
    assert!(again.rows.iter().all(|row| row.outcome == RowOutcome::Unchanged));
    assert_eq!(again.command, None);
    assert_eq!(home.store.table_hashes().unwrap(), tables);
    assert_eq!(home.store.counts(), counts);
    home.check();
}

#[test]
fn a_later_import_tells_of_a_new_employer_and_keeps_what_was_edited_by_hand() {
    let mut home = Home::founded(1);
    home.apply(file(vec![row(1, "ada", "Ada Rilo", "Sakumi"), row(2, "bo", "Bo Nato", "Sakumi")]));
    let Resolution::One(bo) = home.store.ask(&Resolve { text: "bo".into() }).unwrap() else {
        panic!("one Bo")
    };
    home.apply(Change::EditPeople {
        people: vec![bo.record],
        edits: vec![PersonEdit::Company(Some("Own Firm".to_owned()))],
    });
    let outcome =
        home.apply(file(vec![row(1, "ada", "Ada Rilo", "Oruna"), row(2, "bo", "Bo Nato", "Tavi")]));
    assert_eq!(outcome.rows[0].news.as_deref(), Some("Ada Rilo moved from Sakumi to Oruna"));
    let ada = home.show(outcome.rows[0].record).person;
    assert_eq!(ada.company.as_deref(), Some("Oruna"));
    assert!(ada.earlier.contains("Sakumi"));
    assert_eq!(home.show(bo.record).person.company.as_deref(), Some("Own Firm"));
}

#[test]
fn two_devices_that_import_one_file_apart_have_its_people_once() {
    let mut laptop = Home::founded(1);
    let mut phone = laptop.second(2);
    phone.pull(&laptop);
    let people: Vec<Incoming> =
        (0..20).map(|n| row(n, &format!("person-{n}"), &format!("Person {n}"), "Sakumi")).collect();
    laptop.apply(file(people.clone()));
    phone.apply(file(people));
    let ada =
        phone.store.ask(&People { limit: 1, ..People::default() }).unwrap().people[0].person.record;
    phone.apply(Change::Log(talk(&[ada], "coffee", date(2026, 11, 20))));
    laptop.pull(&phone);
    phone.pull(&laptop);
    assert_eq!(laptop.store.ask(&People::default()).unwrap().total, 20);
    assert_eq!(laptop.show(ada).timeline.len(), 1);
    assert!(laptop.show(ada).person.also.is_empty(), "equal values are no conflict");
    assert_eq!(laptop.store.view_hash().unwrap(), phone.store.view_hash().unwrap());
    for space in Space::ALL {
        let (a, b) = (laptop.store.fingerprint(space), phone.store.fingerprint(space));
        assert_eq!(a.unwrap(), b.unwrap());
    }
    laptop.check();
    phone.check();
}

#[test]
fn concurrent_edits_of_one_field_are_both_shown() {
    let mut laptop = Home::founded(1);
    let ada = laptop.add("Ada Rilo", vec![]);
    let mut phone = laptop.second(2);
    phone.pull(&laptop);
    let title = |text: &str| Change::EditPeople {
        people: vec![ada],
        edits: vec![PersonEdit::Title(Some(text.to_owned()))],
    };
    laptop.apply(title("Director"));
    phone.apply(title("Partner"));
    laptop.pull(&phone);
    phone.pull(&laptop);
    let (a, b) = (laptop.show(ada).person, phone.show(ada).person);
    assert_eq!(a, b);
    let mut both = vec![a.title.unwrap(), a.also.iter().next().unwrap().value.clone()];
    both.sort();
    assert_eq!(both, ["Director", "Partner"]);
    laptop.apply(title("Director"));
    assert!(laptop.show(ada).person.also.is_empty(), "writing one of them settles it");
}

#[test]
fn a_rebuild_makes_every_table_again_the_same() {
    let mut laptop = Home::founded(1);
    laptop.apply(Change::Profile(vec![(ProfileField::Name, "Mira Tolo".to_owned())]));
    let mut phone = laptop.second(2);
    phone.pull(&laptop);
    laptop.apply(file(
        (0..30).map(|n| row(n, &format!("p{n}"), &format!("P {n}"), "Tavi")).collect(),
    ));
    let ada = phone.add("Ada Rilo", vec![PersonEdit::PrivateNote("x".into())]);
    phone.apply(Change::Log(talk(&[ada], "coffee", date(2026, 11, 20))));
    phone
        .apply(Change::EditCompany { name: "Tavi".into(), edits: vec![CompanyEdit::Target(true)] });
    laptop.pull(&phone);
    laptop.add("Leo Dunar", vec![]);
    let undo = laptop.store.ask(&Operations { limit: 1 }).unwrap()[0].command;
    laptop.apply(Change::Undo { command: undo });
    let before = laptop.store.table_hashes().unwrap();
    let now = laptop.now();
    assert!(now.at > Timestamp::UNIX_EPOCH);
    laptop.store.rebuild().unwrap();
    assert_eq!(laptop.store.table_hashes().unwrap(), before);
    let companies = laptop.store.ask(&Companies { targets: true, limit: 0 }).unwrap();
    assert_eq!(companies[0].people, 30);
    laptop.check();
}

#[test]
fn a_store_goes_on_where_it_was_after_it_was_dropped() {
    let mut home = Home::founded(1);
    let ada = home.add("Ada Rilo", vec![]);
    let mut home = home.reopen();
    assert_eq!(home.show(ada).person.name, "Ada Rilo");
    home.apply(Change::Log(talk(&[ada], "coffee", date(2026, 11, 20))));
    let history = home.store.ask(&History { record: ada }).unwrap();
    let verbs: Vec<_> = history.iter().map(|line| line.verb.as_str()).collect();
    assert_eq!(verbs, ["add", "log"]);
    home.check();
}

#[test]
fn logging_costs_one_transaction_and_one_document_and_lists_cost_none() {
    let mut home = Home::founded(1);
    let ada = home.add("Ada Rilo", vec![PersonEdit::Tier(Some(Tier::Inner))]);
    let before = home.store.counts();
    home.apply(Change::Log(talk(&[ada], "coffee", date(2026, 11, 20))));
    let after = home.store.counts();
    assert_eq!(after.transactions - before.transactions, 1);
    assert!(after.documents_loaded - before.documents_loaded <= 2);
    let reader = home.store.reader().unwrap();
    reader.ask(&People::default()).unwrap();
    reader.ask(&Find { text: "ada".into(), limit: 5 }).unwrap();
    reader.ask(&Today { on: date(2026, 11, 23), limit: 10 }).unwrap();
    assert_eq!(reader.documents_loaded(), 0);
}

#[test]
fn what_is_not_in_form_is_refused_and_changes_nothing() {
    let mut home = Home::founded(1);
    let before = home.store.table_hashes().unwrap();
    let now = home.now();
    let unknown = RecordId([7; 16]);
    let long = "x".repeat(1_000);
    for change in [
        Change::AddPerson(NewPerson { name: "  ".into(), edits: vec![] }),
        Change::AddPerson(NewPerson { name: long, edits: vec![] }),
        Change::Log(talk(&[unknown], "coffee", date(2026, 11, 20))),
        Change::Log(talk(&[], "coffee", date(2026, 11, 20))),
        Change::EditCompany {
            name: "Sakumi".into(),
            edits: vec![CompanyEdit::Motivation(Some(9))],
        },
    ] {
        home.store.apply(&change, now).unwrap_err();
    }
    assert_eq!(home.store.table_hashes().unwrap(), before);
}

#[test]
fn a_preview_tells_what_would_happen_and_changes_nothing() {
    let mut home = Home::founded(1);
    let before = home.store.table_hashes().unwrap();
    let now = home.now();
    let change = file(vec![row(1, "ada", "Ada Rilo", "Sakumi")]);
    let outcome = home.store.preview(&change, now).unwrap();
    assert_eq!(outcome.rows[0].outcome, RowOutcome::Created);
    assert_eq!(home.store.table_hashes().unwrap(), before);
}

#[test]
fn a_home_that_joins_brings_its_own_records_in_once() {
    let mut laptop = Home::founded(1);
    let people: Vec<Incoming> =
        (0..10).map(|n| row(n, &format!("person-{n}"), &format!("Person {n}"), "Sakumi")).collect();
    laptop.apply(file(people.clone()));
    let mut old = Home::founded(2);
    let imported = old.apply(file(people));
    let first = imported.rows[0].record;
    old.apply(Change::Log(talk(&[first], "coffee", date(2026, 11, 20))));
    let zoe = old.add("Zoe Only", vec![PersonEdit::IntroducedBy(Some(first))]);
    let old_reader = old.store.reader().unwrap();
    let mut phone = laptop.second(3);
    phone.pull(&laptop);
    let now = phone.now();
    let outcome = phone.store.bring_in(&old_reader, now).unwrap();
    assert_eq!(outcome.created, [zoe]);
    laptop.pull(&phone);
    assert_eq!(laptop.store.ask(&People::default()).unwrap().total, 11);
    let page = laptop.show(zoe);
    assert_eq!(page.introduced_by.as_deref(), Some("Person 0"));
    let host = page.person.introduced_by.unwrap();
    assert_eq!(laptop.show(host).timeline[0].text, "coffee");
    phone.apply(Change::Undo { command: outcome.command.unwrap() });
    assert_eq!(phone.store.ask(&People::default()).unwrap().total, 10);
    phone.check();
    laptop.check();
}

#[test]
fn an_export_is_equal_on_devices_that_hold_the_same() {
    let mut laptop = Home::founded(1);
    let ada = laptop.add("Ada Rilo", vec![]);
    let mut phone = laptop.second(2);
    phone.pull(&laptop);
    phone.apply(Change::Log(talk(&[ada], "coffee", date(2026, 11, 20))));
    laptop.pull(&phone);
    let (a, b) = (laptop.store.ask(&Export).unwrap(), phone.store.ask(&Export).unwrap());
    assert_eq!(a, b);
    assert_eq!(a.people.len(), 1);
    let status = laptop.store.ask(&Status).unwrap();
    assert_eq!((status.pending, status.inadmissible, status.stuck), (0, 0, 0));
}
