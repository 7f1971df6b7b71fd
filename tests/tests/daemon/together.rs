//! Two devices with a daemon each: what one has, the other has.

use goodword_tests::daemon::{Daemon, SOON, pair, wait_for_person, watch_until};
use goodword_tests::{Home, Lab};
use serde_json::Value;

use super::{FAILED, REFUSED, export};

fn first_waiting(home: &Home) -> Value {
    home.json(["daemon", "status"])["waiting"][0].clone()
}

/// The line about the phone in `devices`.
fn phone_line(home: &Home) -> Value {
    let devices = home.json(["devices"]);
    let all = devices["devices"].as_array().unwrap();
    all.iter().find(|device| device["here"] == false).unwrap().clone()
}

#[test]
fn a_device_is_let_in_by_a_word_to_the_daemon_and_kept_in_touch() {
    let lab = Lab::new();
    let (laptop, phone) = (lab.book("laptop"), lab.home("phone"));
    laptop.ok(["add", "Ada Rilo", "--company", "Sakumi"]);
    let here = Daemon::of(&laptop);
    let mut today = laptop.start(["today", "--watch", "--json"]);
    let told = |line: &str| serde_json::from_str::<Value>(line).unwrap();
    assert_eq!(told(today.line(SOON).unwrap())["waiting"], Value::Array(Vec::new()));
    let invitation = laptop.json(["pair"])["invitation"].as_str().unwrap().to_owned();
    let mut joining = phone.start(["join", &invitation, "--device-name", "phone"]);
    let code = joining.wait_for(SOON, |line| {
        line.strip_prefix("Waiting to be let in. The other device must show ").map(str::to_owned)
    });
    let waiting = today.wait_for(SOON, |line| Some(told(line)["waiting"][0].clone()));
    assert_eq!(format!("{}.", waiting["code"].as_str().unwrap()), code);
    assert_eq!(waiting["device"], first_waiting(&laptop)["device"]);
    let shown = laptop.ok(["today"]);
    let command = waiting["command"].as_str().unwrap();
    assert!(shown.contains(command), "{shown}");
    laptop.fails(3, ["pair", "--confirm", ""]);
    let words: Vec<&str> = command.split(' ').skip(1).collect();
    laptop.ok(words);
    let done = joining.finish(SOON);
    assert_eq!(done.code, Some(0), "{}", done.describe());
    today.wait_for(SOON, |line| told(line)["waiting"].as_array()?.is_empty().then_some(()));

    let there = Daemon::of(&phone);
    phone.ok(["add", "Leo Dunar"]);
    wait_for_person(&laptop, "Leo Dunar");
    assert_eq!(export(&laptop), export(&phone));
    for daemon in [here, there] {
        assert_eq!(daemon.stop().code, Some(0));
    }
}

#[test]
fn a_device_that_is_turned_away_does_not_join() {
    let lab = Lab::new();
    let (laptop, phone) = (lab.book("laptop"), lab.home("phone"));
    let daemon = Daemon::of(&laptop);
    let invitation = laptop.json(["pair"])["invitation"].as_str().unwrap().to_owned();
    let mut joining = phone.start(["join", &invitation, "--device-name", "phone"]);
    joining.wait_for(SOON, |line| line.starts_with("Waiting to be let in").then_some(()));
    laptop.ok(["pair", "--refuse", "phone"]);
    assert_eq!(joining.finish(SOON).code, Some(REFUSED));
    assert_eq!(first_waiting(&laptop), Value::Null);
    assert_eq!(laptop.json(["daemon", "status"])["invitations"], 0);
    laptop.fails(3, ["pair", "--confirm", "phone"]);
    daemon.stop();
}

#[test]
fn what_waits_for_a_device_that_is_off_is_told_until_it_is_met() {
    let lab = Lab::new();
    let (laptop, phone) = (lab.book("laptop"), lab.home("phone"));
    pair(&laptop, &phone);
    let [here, there] = [&laptop, &phone].map(Daemon::of);
    laptop.ok(["add", "Ada Rilo"]);
    wait_for_person(&phone, "Ada Rilo");
    laptop.ok(["sync"]);
    let line = phone_line(&laptop);
    assert_eq!((&line["connected"], &line["waiting"]), (&Value::from(true), &Value::from(0)));
    assert!(laptop.ok(["devices"]).contains("in touch"));

    assert_eq!(there.stop().code, Some(0));
    laptop.ok(["log", "ada", "coffee"]);
    laptop.ok(["log", "ada", "tea"]);
    let unmet = laptop.run(["sync"]);
    assert_eq!(unmet.code, Some(FAILED), "{}", unmet.describe());
    assert!(unmet.stdout.contains("Last met Mon 23 Nov"), "{}", unmet.describe());
    assert!(unmet.stdout.contains("2 changes wait for it"), "{}", unmet.describe());
    let devices = laptop.ok(["devices"]);
    assert!(devices.contains("2 changes wait for it"), "{devices}");
    let line = phone_line(&laptop);
    assert_eq!((&line["connected"], &line["waiting"]), (&Value::from(false), &Value::from(2)));
    assert_eq!(here.stop().code, Some(0));
    // The same without a daemon.
    assert_eq!(phone_line(&laptop), line);
    let unmet = laptop.run(["sync"]);
    assert!(unmet.stdout.contains("2 changes wait for it"), "{}", unmet.describe());

    let [here, there] = [&laptop, &phone].map(Daemon::of);
    watch_until(&phone, &["ls"], |list| list["people"][0]["last"] == "2026-11-23");
    laptop.ok(["sync"]);
    assert_eq!(phone_line(&laptop)["waiting"], 0);
    for daemon in [here, there] {
        assert_eq!(daemon.stop().code, Some(0));
    }
    assert_eq!(phone_line(&laptop)["waiting"], 0, "it is remembered");
}

#[test]
fn watching_shows_each_state_once_and_ends_by_a_key() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    for verb in ["ls", "today"] {
        let complaint = home.fails(REFUSED, [verb, "--watch"]);
        assert!(complaint.contains("goodword daemon"), "{complaint}");
    }
    let daemon = Daemon::of(&home);
    let mut list = home.start(["ls", "--watch"]);
    let mut json = home.start(["ls", "--watch", "--json"]);
    let total = |line: &str| serde_json::from_str::<Value>(line).unwrap()["total"].as_u64();
    assert_eq!(total(json.line(SOON).unwrap()), Some(0));
    list.line(SOON).unwrap();
    home.ok(["add", "Ada Rilo"]);
    assert_eq!(total(json.line(SOON).unwrap()), Some(1));
    home.ok(["edit", "ada", "--company", "Sakumi", "--json"]);
    home.ok(["import", "--dry-run", lab.sample(40).to_str().unwrap()]);
    home.ok(["add", "Leo Dunar"]);
    json.wait_for(SOON, |line| (total(line) == Some(2)).then_some(()));
    list.wait_for(SOON, |line| (line == "2 people").then_some(()));
    list.signal("INT");
    let done = list.finish(SOON);
    assert_eq!(done.code, Some(130), "{}", done.describe());
    assert!(done.stdout.contains("\n\nname      company\nAda Rilo  Sakumi\n"), "{}", done.stdout);
    assert!(!done.stdout.contains('\u{1b}'), "{}", done.stdout);
    assert_eq!(daemon.stop().code, Some(0));
    let done = json.finish(SOON);
    assert_eq!(done.code, Some(FAILED), "{}", done.describe());
    let shown: Vec<&str> = done.stdout.lines().filter(|line| line.starts_with('{')).collect();
    assert!(shown.windows(2).all(|pair| pair[0] != pair[1]), "{}", done.stdout);
}

#[test]
fn a_watcher_that_nobody_reads_ends_at_the_next_change() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let daemon = Daemon::of(&home);
    let mut command = home.command(["ls", "--watch"]);
    let mut watching = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(watching.stdout.take());
    home.ok(["add", "Ada Rilo"]);
    assert_eq!(watching.wait().unwrap().code(), Some(0));
    daemon.stop();
}

#[test]
fn its_log_can_be_followed() {
    let lab = Lab::new();
    let (laptop, phone) = (lab.book("laptop"), lab.home("phone"));
    laptop.fails(3, ["daemon", "logs"]);
    pair(&laptop, &phone);
    let here = Daemon::of(&laptop);
    let mut log = laptop.start(["daemon", "logs", "--follow"]);
    log.wait_for(SOON, |line| line.contains("the daemon is ready").then_some(()));
    let there = Daemon::of(&phone);
    log.wait_for(SOON, |line| line.contains("in touch").then_some(()));
    there.stop();
    log.wait_for(SOON, |line| line.contains("session ended").then_some(()));
    here.stop();
    let done = log.finish(SOON);
    assert_eq!(done.code, Some(0), "{}", done.describe());
}
