//! Two homes, two processes, iroh over the loopback interface and nothing else.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use goodword_tests::process::Running;
use goodword_tests::{Home, Lab};
use serde_json::Value;

/// How long a device may take to get ready, or two devices to meet.
const SOON: Duration = Duration::from_secs(60);

/// A laptop with a book, and a phone that joined it.
fn paired(lab: &Lab) -> [Home; 2] {
    let laptop = lab.book("laptop");
    let phone = lab.home("phone");
    pair(&laptop, &phone);
    [laptop, phone]
}

fn pair(inviting: &Home, joining: &Home) {
    let (pairing, invitation) = invite(inviting);
    joining.ok(["join", &invitation, "--yes"]);
    let done = pairing.finish(SOON);
    assert_eq!(done.code, Some(0), "{}", done.describe());
}

fn invite(home: &Home) -> (Running, String) {
    let mut pairing = home.start(["pair", "--yes"]);
    let invitation = pairing.wait_for(SOON, |line| {
        line.split_whitespace().find(|word| word.starts_with("goodword1")).map(str::to_owned)
    });
    (pairing, invitation)
}

/// Lets two devices meet: `at` listens, `from` calls.
fn meet(from: &Home, at: &Home) -> Value {
    let mut listening = at.start(["sync", "--listen"]);
    listening.wait_for(SOON, |line| line.starts_with("Listening").then_some(()));
    from.json(["sync"])
}

fn export(home: &Home) -> String {
    home.ok(["export", "--json"])
}

fn people(home: &Home) -> usize {
    home.json(["export"])["people"].as_array().map_or(0, Vec::len)
}

#[test]
fn two_devices_that_were_edited_offline_export_the_same_bytes_after_they_met() {
    let lab = Lab::new();
    let [laptop, phone] = paired(&lab);
    laptop.ok(["add", "Ada Rilo", "--company", "Sakumi"]);
    phone.ok(["add", "Leo Dunar", "--company", "Belora"]);
    phone.ok(["log", "leo", "lunch, knows the market", "--on", "fri"]);
    meet(&laptop, &phone);
    assert_eq!(export(&laptop), export(&phone));
    assert_eq!(people(&laptop), 2);
}

#[test]
fn two_different_edits_of_one_field_are_both_shown_on_both_devices() {
    let lab = Lab::new();
    let [laptop, phone] = paired(&lab);
    laptop.ok(["add", "Ada Rilo", "--company", "Sakumi"]);
    meet(&laptop, &phone);
    laptop.ok(["edit", "ada", "--title", "Head of Sales"]);
    phone.ok(["edit", "ada", "--title", "Head of Supply"]);
    meet(&phone, &laptop);
    for home in [&laptop, &phone] {
        let page = home.ok(["show", "ada"]);
        assert!(page.contains("Head of Sales") && page.contains("Head of Supply"), "{page}");
    }
    assert_eq!(export(&laptop), export(&phone));
}

#[test]
fn one_file_imported_on_both_devices_while_apart_makes_nobody_twice() {
    let lab = Lab::new();
    let [laptop, phone] = paired(&lab);
    let file = lab.sample(1_000);
    let file = file.to_str().unwrap();
    laptop.ok(["import", file]);
    phone.ok(["import", file]);
    meet(&laptop, &phone);
    assert_eq!((people(&laptop), people(&phone)), (1_000, 1_000));
    assert_eq!(export(&laptop), export(&phone));
    an_interaction_logged_on_either_shows_on_both(&laptop, &phone);
}

#[test]
fn one_file_imported_on_both_devices_before_they_were_paired_makes_nobody_twice() {
    let lab = Lab::new();
    let laptop = lab.book("laptop");
    let phone = lab.book("phone");
    let file = lab.sample(1_000);
    let file = file.to_str().unwrap();
    laptop.ok(["import", file]);
    phone.ok(["import", file]);
    phone.ok(["add", "Bo Nato", "--company", "Sakumi"]);
    pair(&laptop, &phone);
    meet(&laptop, &phone);
    assert_eq!((people(&laptop), people(&phone)), (1_001, 1_001));
    assert_eq!(export(&laptop), export(&phone));
    an_interaction_logged_on_either_shows_on_both(&laptop, &phone);
}

fn an_interaction_logged_on_either_shows_on_both(laptop: &Home, phone: &Home) {
    laptop.ok(["log", "ada", "coffee, hiring freeze until May"]);
    phone.ok(["log", "ada", "call, the freeze is over"]);
    meet(laptop, phone);
    for home in [laptop, phone] {
        let page = home.ok(["show", "ada"]);
        assert!(page.contains("hiring freeze until May"), "{page}");
        assert!(page.contains("the freeze is over"), "{page}");
    }
}

#[test]
fn a_command_undone_on_one_device_is_undone_on_the_other() {
    let lab = Lab::new();
    let [laptop, phone] = paired(&lab);
    let file = lab.sample(100);
    laptop.ok(["import", file.to_str().unwrap()]);
    meet(&laptop, &phone);
    assert_eq!(people(&phone), 100);
    let operations = phone.json(["operations"]);
    let import =
        operations["operations"].as_array().unwrap().iter().find(|op| op["verb"] == "import");
    phone.ok(["undo", import.unwrap()["command"].as_str().unwrap(), "--yes"]);
    meet(&phone, &laptop);
    assert_eq!((people(&laptop), people(&phone)), (0, 0));
    assert_eq!(export(&laptop), export(&phone));
}

#[test]
fn three_devices_agree_through_the_one_that_met_both() {
    let lab = Lab::new();
    let [laptop, phone] = paired(&lab);
    let tablet = lab.home("tablet");
    pair(&laptop, &tablet);
    meet(&laptop, &phone);
    phone.ok(["add", "Ada Rilo"]);
    tablet.ok(["add", "Leo Dunar"]);
    meet(&phone, &laptop);
    meet(&tablet, &laptop);
    meet(&phone, &laptop);
    let exports: BTreeSet<String> = [&laptop, &phone, &tablet].map(export).into();
    assert_eq!(exports.len(), 1);
    assert_eq!(people(&tablet), 2);
}

/// Copies a home as `cp -r` does, without its socket.
fn copy_home(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn a_home_that_was_copied_and_its_original_both_go_on_and_lose_nothing() {
    let lab = Lab::new();
    let [laptop, phone] = paired(&lab);
    laptop.ok(["add", "Ada Rilo"]);
    meet(&laptop, &phone);
    let copy = lab.home("copy");
    copy_home(laptop.path(), copy.path());
    laptop.ok(["add", "Bo Nato"]);
    copy.ok(["add", "Kai Dunar"]);
    for home in [&laptop, &copy, &laptop] {
        meet(home, &phone);
    }
    assert_eq!(people(&phone), 3);
    for home in [&laptop, &copy] {
        assert_eq!(export(home), export(&phone));
    }
    let told = copy.ok(["doctor"]);
    assert!(told.contains("this home was copied"), "{told}");
    assert!(!laptop.ok(["doctor"]).contains("copied"));
    assert_eq!(phone.json(["doctor"])["forked"], serde_json::json!([]));
}

#[test]
fn a_home_whose_file_was_set_back_forks_and_every_device_says_so_and_loses_nothing() {
    let lab = Lab::new();
    let [laptop, phone] = paired(&lab);
    laptop.ok(["add", "Ada Rilo"]);
    meet(&laptop, &phone);
    let (store, kept) = (laptop.path().join("store.redb"), lab.folder().join("kept.redb"));
    fs::copy(&store, &kept).unwrap();
    laptop.ok(["add", "Bo Nato"]);
    meet(&laptop, &phone);
    // Written into the file that is there, so that nothing tells it from what it was.
    fs::copy(&kept, &store).unwrap();
    laptop.ok(["add", "Kai Dunar"]);
    for _ in 0..2 {
        meet(&laptop, &phone);
    }
    laptop.ok(["add", "Mira Vesk"]);
    meet(&laptop, &phone);
    assert_eq!(people(&phone), 4);
    assert_eq!(export(&laptop), export(&phone));
    let told = laptop.ok(["doctor"]);
    assert!(told.contains("set back to an earlier state"), "{told}");
    for home in [&laptop, &phone] {
        let told = home.ok(["doctor"]);
        assert!(told.contains("two copies of "), "{told}");
        assert_eq!(home.json(["doctor"])["forked"].as_array().map(Vec::len), Some(1));
    }
    assert!(phone.ok(["devices"]).contains("two copies"));
}
