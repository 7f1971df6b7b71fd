//! Founding a book: one command, and nothing of it if what must be seen was not shown.

mod home;

use goodword_core::change::Founder;
use goodword_core::model::ProfileField;
use goodword_core::query::{AskProfile, Devices, Operations};
use goodword_core::store::{Error, UserError};
use home::Home;

fn founder() -> Founder {
    Founder {
        profile: vec![(ProfileField::Name, "Mira Tolo".to_owned())],
        device_name: Some("laptop".to_owned()),
    }
}

#[test]
fn a_book_begins_with_one_command_in_one_transaction() {
    let mut home = Home::empty(1);
    let (now, before) = (home.now(), home.store.counts());
    let mut shown = None;
    let book = home
        .store
        .found_as::<Error>([9; 32], &founder(), now, |book| {
            shown = Some(book);
            Ok(())
        })
        .unwrap();
    assert_eq!(shown, Some(book));
    assert_eq!(home.store.counts().transactions - before.transactions, 1);
    let mut home = home.reopen();
    assert_eq!(home.store.book(), Some(book));
    assert_eq!(home.store.ask(&AskProfile).unwrap().name, "Mira Tolo");
    assert_eq!(home.store.ask(&Devices).unwrap()[0].name.as_deref(), Some("laptop"));
    let verbs = home.store.ask(&Operations { limit: 9 }).unwrap();
    assert_eq!(verbs.iter().map(|op| op.verb.as_str()).collect::<Vec<_>>(), ["init"]);
    home.add("Ada Rilo", vec![]);
    home.check();
}

#[test]
fn a_book_whose_phrase_could_not_be_shown_is_not_there() {
    let mut home = Home::empty(1);
    let (now, before) = (home.now(), home.store.table_hashes().unwrap());
    let failed =
        home.store.found_as([9; 32], &founder(), now, |_| Err(Error::Disk("no paper".to_owned())));
    assert!(matches!(failed, Err(Error::Disk(_))));
    assert_eq!(home.store.book(), None);
    assert_eq!(home.store.table_hashes().unwrap(), before);
    home.store.found([9; 32], now).unwrap();
    home.check();
}

#[test]
fn what_the_founder_says_is_held_to_its_limits_before_anything_is_shown() {
    let mut home = Home::empty(1);
    let now = home.now();
    let long = Founder { device_name: Some("x".repeat(1_000)), ..Founder::default() };
    let refused = home.store.found_as::<Error>([9; 32], &long, now, |_| {
        panic!("a book that cannot be was shown");
    });
    assert!(matches!(refused, Err(Error::User(UserError::TooLong { .. }))));
}
