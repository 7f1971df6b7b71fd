//! Ids of commands where clocks differ: in order on one device, and taken along by no other's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod home;

use goodword_core::query::Operations;
use goodword_core::{Change, CommandId, Now};
use home::{Home, file, row};
use jiff::{SignedDuration, Timestamp};

const YEARS: SignedDuration = SignedDuration::from_hours(24 * 365 * 60);

fn at(home: &mut Home, ahead: SignedDuration) -> Now {
    let now = home.now();
    Now { at: now.at.checked_add(ahead).unwrap(), ..now }
}

fn add(home: &mut Home, name: &str, now: Now) -> CommandId {
    let change = file(vec![row(1, name, name, "Sakumi")]);
    home.store.apply(&change, now).unwrap().command.unwrap()
}

fn late(command: &CommandId, now: Now) -> SignedDuration {
    let given = Timestamp::from_millisecond(i64::try_from(command.millis()).unwrap()).unwrap();
    given.duration_since(now.at)
}

/// A laptop, and a phone whose clock is years ahead and whose command the laptop holds.
fn laptop_with_a_command_from_the_future() -> (Home, CommandId) {
    let mut laptop = Home::founded(1);
    let mut phone = laptop.second(2);
    phone.pull(&laptop);
    let future = at(&mut phone, YEARS);
    let from_the_future = add(&mut phone, "ada", future);
    laptop.pull(&phone);
    (laptop, from_the_future)
}

#[test]
fn a_clock_that_is_years_ahead_does_not_take_other_devices_along() {
    let (mut laptop, from_the_future) = laptop_with_a_command_from_the_future();
    let mut before = None;
    for name in ["bo", "leo", "zoe"] {
        let now = at(&mut laptop, SignedDuration::ZERO);
        let command = add(&mut laptop, name, now);
        assert!(late(&command, now) < SignedDuration::from_secs(1));
        assert!(command < from_the_future && Some(command) > before);
        before = Some(command);
    }
    let now = at(&mut laptop, SignedDuration::ZERO);
    laptop.store.admit_device(Home::empty(9).store.device(), now).unwrap();
    let operations = laptop.store.ask(&Operations { limit: 2 }).unwrap();
    assert_eq!(operations[0].command, from_the_future);
    assert!(late(&operations[1].command, now) < SignedDuration::from_secs(1), "pairing, too");
    laptop.check();
}

#[test]
fn an_undo_is_later_than_what_it_undoes_and_takes_the_next_command_not_along() {
    let (mut laptop, from_the_future) = laptop_with_a_command_from_the_future();
    for _ in 0..2 {
        let now = laptop.now();
        let undone = laptop.store.ask(&Operations { limit: 1 }).unwrap()[0].command;
        let undo = laptop.store.apply(&Change::Undo { command: undone }, now).unwrap();
        assert!(undo.command.unwrap() > undone && undone >= from_the_future);
        let now = at(&mut laptop, SignedDuration::ZERO);
        let next = add(&mut laptop, "bo", now);
        assert!(late(&next, now) < SignedDuration::from_secs(1));
        let now = laptop.now();
        laptop.store.apply(&Change::Undo { command: next }, now).unwrap();
    }
    let operations = laptop.store.ask(&Operations { limit: 9 }).unwrap();
    let of_the_future = operations.iter().find(|op| op.command == from_the_future).unwrap();
    assert!(!of_the_future.undone, "its undo was undone");
}

#[test]
fn a_command_follows_those_of_a_clock_that_is_a_little_ahead() {
    let mut laptop = Home::founded(1);
    let mut phone = laptop.second(2);
    phone.pull(&laptop);
    let soon = at(&mut phone, SignedDuration::from_mins(5));
    let first = add(&mut phone, "ada", soon);
    laptop.pull(&phone);
    let now = laptop.now();
    assert!(add(&mut laptop, "bo", now) > first);
}

#[test]
fn the_commands_of_one_device_stay_in_order_when_its_clock_is_set_back() {
    let mut laptop = Home::founded(1);
    let future = at(&mut laptop, YEARS);
    let first = add(&mut laptop, "ada", future);
    let now = laptop.now();
    assert!(add(&mut laptop, "bo", now) > first);
}
