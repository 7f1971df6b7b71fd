//! Many commands at once, and reads beside a long write.

use std::fs::File;
use std::sync::mpsc::{TryRecvError, channel};
use std::thread;

use goodword_core::change::{Change, Import, Now};
use goodword_core::model::Incoming;
use goodword_core::query::{People, Status};
use goodword_daemon::{Reply, Request};
use goodword_formats::{Kind, Row};
use goodword_tests::daemon::{Daemon, SOON, pair, watch_until};
use goodword_tests::{Home, Lab};
use jiff::Timestamp;
use jiff::civil::date;

use super::{count, export, people};

/// A command of the crowd, and the text that it leaves if it writes.
fn command(n: usize) -> (Vec<String>, Option<String>) {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let text = format!("talk {n}");
    match n % 5 {
        0 | 2 => (words(&["log", "ada", &text]), Some(text)),
        1 => (words(&["ls", "--json"]), None),
        3 => (words(&["show", "ada"]), None),
        _ => (words(&["today"]), None),
    }
}

#[test]
fn a_hundred_commands_at_once_under_live_sync_are_all_answered_and_none_is_lost() {
    let lab = Lab::new();
    let (laptop, phone) = (lab.book("laptop"), lab.home("phone"));
    laptop.ok(["add", "Ada Rilo", "--company", "Sakumi"]);
    laptop.ok(["import", lab.sample(40).to_str().unwrap()]);
    pair(&laptop, &phone);
    let [here, there] = [&laptop, &phone].map(Daemon::of);
    let is_in_touch =
        |home: &Home| home.json(["daemon", "status"])["peers"][0]["connected"] == true;
    let commands: Vec<_> = (0..100).map(command).collect();
    let started: Vec<_> = commands.iter().map(|(words, _)| laptop.start(words)).collect();
    let theirs: Vec<String> = (0..20).map(|n| format!("theirs {n}")).collect();
    let writing: Vec<_> = theirs.iter().map(|text| phone.start(["log", "ada", text])).collect();
    for command in started.into_iter().chain(writing) {
        let done = command.finish(SOON);
        assert_eq!(done.code, Some(0), "{}", done.describe());
    }
    laptop.ok(["sync"]);
    assert!(is_in_touch(&laptop) && is_in_touch(&phone));
    assert_eq!(export(&laptop), export(&phone));
    let written = commands.iter().filter_map(|(_, text)| text.as_ref()).chain(&theirs);
    for text in written {
        assert_eq!(count(&laptop, text), 1, "{text}");
    }
    for daemon in [here, there] {
        let done = daemon.stop();
        assert_eq!(done.code, Some(0), "{}", done.describe());
    }
    laptop.ok(["doctor", "--rebuild"]);
}

/// What a file would bring in.
fn import(lab: &Lab, people: u32) -> Change {
    let mut read: Vec<Incoming> = Vec::new();
    let file = File::open(lab.sample(people)).unwrap();
    goodword_formats::read(Kind::LinkedIn, file, &mut |row| match row {
        Row::Read { incoming, .. } => read.push(incoming),
        Row::Skipped { .. } | Row::Rejected { .. } => {}
    })
    .unwrap();
    Change::Import(Import { file: "sample.csv".to_owned(), people: read, bring_back: false })
}

#[test]
fn reads_are_answered_while_a_long_import_is_being_written() {
    const PEOPLE: u32 = 4_000;
    let lab = Lab::new();
    let (laptop, phone) = (lab.book("laptop"), lab.home("phone"));
    laptop.ok(["add", "Bo Nato"]);
    pair(&laptop, &phone);
    let [here, there] = [&laptop, &phone].map(Daemon::of);
    laptop.ok(["sync"]);
    let (mut writer, mut reader) = (here.client(), here.client());
    let change = import(&lab, PEOPLE);
    let now = Now { at: Timestamp::from_second(1_795_420_000).unwrap(), today: date(2026, 11, 23) };
    let (tell, told) = channel();
    let writing = thread::spawn(move || {
        tell.send("asked").unwrap();
        let outcome = writer.apply(&change, now, true).unwrap();
        tell.send("written").unwrap();
        outcome
    });
    assert_eq!(told.recv(), Ok("asked"));
    // Rounds of reads that were answered before the import was. A read that waited for it would
    // be the last one, and the only one.
    let mut before = 0;
    while told.try_recv() == Err(TryRecvError::Empty) {
        let list = People { limit: 0, ..People::default() };
        let list = reader.question(&list).unwrap().unwrap();
        assert!(matches!(reader.ask(&Request::Status).unwrap(), Reply::Status(_)));
        reader.question(&Status).unwrap().unwrap();
        laptop.ok(["ls"]);
        laptop.ok(["today"]);
        if list.total == 1 {
            before += 1;
        }
    }
    assert!(before >= 3, "{before} rounds of reads before the import of {PEOPLE} was written");
    writing.join().unwrap().unwrap();
    let all = u64::from(PEOPLE) + 1;
    assert_eq!(people(&laptop) as u64, all);
    watch_until(&phone, &["ls"], |list| list["total"] == all);
    laptop.ok(["sync"]);
    assert_eq!(export(&laptop), export(&phone));
    for daemon in [here, there] {
        assert_eq!(daemon.stop().code, Some(0));
    }
}
