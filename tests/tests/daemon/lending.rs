//! Commands that need the whole store: the daemon steps aside, and is there again afterwards.

use goodword_daemon::{Reply, Request};
use goodword_tests::daemon::{Daemon, SOON, pair, wait_for_person};
use goodword_tests::dice::{Dice, spin};
use goodword_tests::{Home, Lab};

use super::{REFUSED, export, people};

fn since(home: &Home) -> serde_json::Value {
    home.json(["daemon", "status"])["since"].clone()
}

#[test]
fn doctor_rebuilds_while_a_daemon_runs() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    home.ok(["import", lab.sample(40).to_str().unwrap()]);
    let before = export(&home);
    let daemon = Daemon::of(&home);
    let started = since(&home);
    for _ in 0..3 {
        home.ok(["doctor", "--rebuild"]);
        home.ok(["log", "ada", "coffee"]);
        home.ok(["undo"]);
    }
    assert_eq!(export(&home), before);
    assert_eq!(since(&home), started, "it is the same daemon");
    assert_eq!(daemon.stop().code, Some(0));
}

#[test]
fn a_home_with_a_book_and_a_daemon_joins_another_and_keeps_in_touch_from_then_on() {
    let lab = Lab::new();
    let [laptop, phone] = [lab.book("laptop"), lab.book("phone")];
    laptop.ok(["add", "Ada Rilo", "--company", "Sakumi"]);
    phone.ok(["add", "Bo Nato", "--company", "Belora"]);
    let there = Daemon::of(&phone);
    pair(&laptop, &phone);
    assert_eq!(people(&phone), 2);
    let here = Daemon::of(&laptop);
    wait_for_person(&laptop, "Bo Nato");
    laptop.ok(["add", "Leo Dunar"]);
    wait_for_person(&phone, "Leo Dunar");
    phone.ok(["add", "Una Solba"]);
    wait_for_person(&laptop, "Una Solba");
    assert_eq!(export(&laptop), export(&phone));
    for daemon in [here, there] {
        assert_eq!(daemon.stop().code, Some(0));
    }
}

#[test]
fn a_client_that_goes_without_a_word_gives_the_store_back() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let daemon = Daemon::of(&home);
    let mut borrowing = daemon.client();
    assert_eq!(borrowing.ask(&Request::Lend).unwrap(), Reply::Yes);
    let waiting = home.start(["daemon", "status"]);
    let writing = home.start(["add", "Ada Rilo"]);
    home.ok(["ls"]);
    home.ok(["today"]);
    home.ok(["devices"]);
    home.fails(REFUSED, ["daemon"]);
    drop(borrowing);
    for command in [waiting, writing] {
        let done = command.finish(SOON);
        assert_eq!(done.code, Some(0), "{}", done.describe());
    }
    assert_eq!(people(&home), 1);
    assert_eq!(daemon.stop().code, Some(0));
}

#[test]
fn a_daemon_that_has_lent_its_store_can_be_ended() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    for signal in [None, Some("TERM")] {
        let daemon = Daemon::of(&home);
        let mut borrowing = daemon.client();
        assert_eq!(borrowing.ask(&Request::Lend).unwrap(), Reply::Yes);
        let done = match signal {
            None => daemon.stop(),
            Some(signal) => daemon.end_by(signal),
        };
        assert_eq!(done.code, Some(0), "{}", done.describe());
    }
}

#[test]
fn borrowers_that_are_killed_leave_a_daemon_that_goes_on() {
    let mut dice = Dice::seeded(12);
    let lab = Lab::new();
    let home = lab.book("laptop");
    home.ok(["import", lab.sample(200).to_str().unwrap()]);
    let before = export(&home);
    let since = std::time::Instant::now();
    home.ok(["doctor", "--rebuild"]);
    let usual = since.elapsed();
    let daemon = Daemon::of(&home);
    for _ in 0..6 {
        let rebuilding = home.start(["doctor", "--rebuild"]);
        spin(dice.moment(usual));
        drop(rebuilding.kill());
        home.ok(["add", "Una Solba"]);
        home.ok(["undo"]);
    }
    home.ok(["doctor", "--rebuild"]);
    assert_eq!(export(&home), before);
    assert_eq!(daemon.stop().code, Some(0));
}

#[test]
fn an_invitation_stays_open_while_the_store_is_lent() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let daemon = Daemon::of(&home);
    home.ok(["pair"]);
    home.ok(["doctor", "--rebuild"]);
    assert_eq!(home.json(["daemon", "status"])["invitations"], 1);
    assert_eq!(daemon.stop().code, Some(0));
}
