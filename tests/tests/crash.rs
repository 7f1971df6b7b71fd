//! The program is killed at random points, and loses nothing that it acknowledged.
//!
//! `kill -9` loses what a process holds in memory, not what the system holds for the disk; losing
//! power is the business of the store's own tests. `GOODWORD_KILLS` sets how often in all.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use goodword_tests::dice::{Dice, spin};
use goodword_tests::process::{Running, Transcript};
use goodword_tests::{Home, Lab};
use serde_json::Value;

/// How often each of the four tests kills unless `GOODWORD_KILLS` says otherwise.
const KILLS: u64 = 10;

/// How long a device may take to get ready.
const SOON: Duration = Duration::from_secs(60);

/// A quarter of `GOODWORD_KILLS`.
fn kills() -> u64 {
    let wanted = std::env::var("GOODWORD_KILLS").ok().and_then(|text| text.parse::<u64>().ok());
    wanted.map_or(KILLS, |kills| kills.div_ceil(4))
}

/// Kills `running` at a moment of the time that it usually takes, or shortly after.
fn kill_within(running: Running, usual: Duration, dice: &mut Dice) -> Transcript {
    spin(dice.moment(usual + usual / 8));
    running.kill()
}

/// The answer that a killed command had given, if it got that far: its acknowledgement.
fn acknowledged(done: &Transcript) -> Option<Value> {
    serde_json::from_str(&done.stdout).ok()
}

fn time<T>(act: impl FnOnce() -> T) -> Duration {
    let since = Instant::now();
    act();
    since.elapsed()
}

fn sound(home: &Home) {
    let done = home.run(["doctor"]);
    assert_eq!(done.code, Some(0), "{}", done.describe());
}

fn count(home: &Home, text: &str) -> usize {
    let page = home.json(["show", "ada", "--limit", "0"]);
    let timeline = page["timeline"].as_array().expect("a page has a timeline");
    timeline.iter().filter(|line| line["text"] == text).count()
}

#[test]
fn every_acknowledged_conversation_outlives_a_kill() {
    let mut dice = Dice::seeded(1);
    let lab = Lab::new();
    let home = lab.book("laptop");
    home.ok(["add", "Ada Rilo"]);
    let usual = time(|| home.ok(["log", "ada", "before", "--json"]));
    let mut promised = vec!["before".to_owned()];
    for i in 0..kills() {
        let (killed, after) = (format!("killed {i}"), format!("after {i}"));
        let done = kill_within(home.start(["log", "ada", &killed, "--json"]), usual, &mut dice);
        sound(&home);
        home.ok(["log", "ada", &after, "--json"]);
        promised.push(after);
        if acknowledged(&done).is_some() {
            promised.push(killed);
        } else {
            assert!(count(&home, &killed) <= 1, "{killed}");
        }
    }
    for text in promised {
        assert_eq!(count(&home, &text), 1, "{text}");
    }
}

#[test]
fn a_killed_init_is_there_whole_or_can_be_given_again() {
    let mut dice = Dice::seeded(4);
    let lab = Lab::new();
    let init = ["init", "--name", "Mira Tolo", "--json"];
    let usual = time(|| lab.home("timed").ok(init));
    for i in 0..kills() {
        let home = lab.home(&format!("home-{i}"));
        let done = kill_within(home.start(init), usual, &mut dice);
        let again = home.run(init);
        // The phrase is shown before the book is there: there is no book without one.
        let expected: &[i32] = if acknowledged(&done).is_some() { &[0, 4] } else { &[0] };
        assert!(again.code.is_some_and(|code| expected.contains(&code)), "{}", again.describe());
        home.ok(["add", "Ada Rilo"]);
        sound(&home);
    }
}

#[test]
fn a_killed_import_is_there_whole_or_not_at_all() {
    const PEOPLE: u32 = 400;
    let mut dice = Dice::seeded(2);
    let lab = Lab::new();
    let file = lab.sample(PEOPLE);
    let file = file.to_str().unwrap();
    let before = lab.book("before");
    before.ok(["add", "Bo Nato"]);
    let timed = copy(&lab, &before, "timed");
    let usual = time(|| timed.ok(["import", file, "--json"]));
    for i in 0..kills() {
        let home = copy(&lab, &before, &format!("home-{i}"));
        let done = kill_within(home.start(["import", file, "--json"]), usual, &mut dice);
        sound(&home);
        let all = PEOPLE as usize + 1;
        let people = people(&home);
        let expected = if acknowledged(&done).is_some() { vec![all] } else { vec![1, all] };
        assert!(expected.contains(&people), "{people} people after {}", done.describe());
        home.ok(["import", file, "--json"]);
        assert_eq!(self::people(&home), all);
        fs::remove_dir_all(home.path()).unwrap();
    }
}

#[test]
fn a_killed_sync_loses_nothing_and_the_next_one_completes_it() {
    let mut dice = Dice::seeded(3);
    let lab = Lab::new();
    let (laptop, phone) = (lab.book("laptop"), lab.home("phone"));
    laptop.ok(["add", "Ada Rilo"]);
    pair(&laptop, &phone);
    let usual = time(|| meet(&laptop, &phone));
    for i in 0..kills() {
        let (here, there) = (format!("laptop {i}"), format!("phone {i}"));
        laptop.ok(["log", "ada", &here, "--json"]);
        phone.ok(["log", "ada", &there, "--json"]);
        let listening = listen(&phone);
        let calling = laptop.start(["sync", "--json"]);
        spin(dice.moment(usual));
        if dice.below(2) == 0 {
            calling.kill();
            listening.kill();
        } else {
            listening.kill();
            // It gives up by itself after seconds without an answer, which is seen now and then.
            if i % 8 == 1 { drop(calling.finish(SOON)) } else { drop(calling.kill()) }
        }
        sound(&laptop);
        sound(&phone);
        meet(&laptop, &phone);
        for home in [&laptop, &phone] {
            assert_eq!((count(home, &here), count(home, &there)), (1, 1), "round {i}");
        }
        assert_eq!(laptop.ok(["export", "--json"]), phone.ok(["export", "--json"]), "round {i}");
    }
}

fn pair(inviting: &Home, joining: &Home) {
    let mut pairing = inviting.start(["pair", "--yes"]);
    let invitation = pairing.wait_for(SOON, |line| {
        line.split_whitespace().find(|word| word.starts_with("goodword1")).map(str::to_owned)
    });
    joining.ok(["join", &invitation, "--yes"]);
    pairing.finish(SOON);
}

fn listen(home: &Home) -> Running {
    let mut listening = home.start(["sync", "--listen"]);
    listening.wait_for(SOON, |line| line.starts_with("Listening").then_some(()));
    listening
}

fn meet(from: &Home, at: &Home) {
    let _listening = listen(at);
    from.ok(["sync"]);
}

fn people(home: &Home) -> usize {
    home.json(["export"])["people"].as_array().map_or(0, Vec::len)
}

/// Copies a home that no process uses.
fn copy(lab: &Lab, from: &Home, name: &str) -> Home {
    let to = lab.home(name);
    fs::create_dir(to.path()).unwrap();
    for file in fs::read_dir(from.path()).unwrap() {
        let file = file.unwrap().path();
        fs::copy(&file, to.path().join(Path::new(file.file_name().unwrap()))).unwrap();
    }
    to
}
