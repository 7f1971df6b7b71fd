//! What happens when a device is lost and when a person is to be forgotten, with real processes.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use goodword_tests::daemon::{self, Daemon, watch_until};
use goodword_tests::process::{Running, Transcript};
use goodword_tests::{Home, Lab};
use serde_json::Value;

/// In the erased person's name, talks, notes and address, and nowhere else.
const CANARY: &str = "Quoxxebedel";

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// The files of a home that hold the canary, in whatever case.
fn holding(home: &Home) -> Vec<PathBuf> {
    let wanted = CANARY.to_lowercase();
    let holds = |path: &PathBuf| {
        // A socket is no file to be read.
        let bytes = fs::read(path).unwrap_or_default().to_ascii_lowercase();
        bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes())
    };
    files(home.path()).into_iter().filter(holds).collect()
}

/// What is known of somebody in every space.
fn fill(home: &Home) {
    let name = format!("Zoe {CANARY}");
    let email = format!("{CANARY}@example.org");
    let note = format!("{CANARY} in confidence");
    home.ok(["add", &name, "--company", "Sakumi", "--email", &email, "--note-private", &note]);
    for n in 0..12 {
        let said = format!("{CANARY} said {n}");
        home.ok(["log", "zoe", &said, "--on", "fri", "--got", "lead"]);
    }
    home.ok(["add", "Ada Rilo", "--company", "Sakumi"]);
}

/// Lets two devices meet; others may be away.
fn meet(from: &Home, at: &Home) {
    let mut listening = at.start(["sync", "--listen"]);
    listening.wait_for(daemon::SOON, |line| line.starts_with("Listening").then_some(()));
    let done = from.run(["sync", "--json"]);
    let told: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_ne!(told["met"].as_array().map(Vec::len), Some(0), "{}", done.describe());
}

fn pair(inviting: &Home, joining: &Home) {
    let mut pairing = inviting.start(["pair", "--yes"]);
    let invitation = pairing.wait_for(daemon::SOON, |line| {
        line.split_whitespace().find(|word| word.starts_with("goodword1")).map(str::to_owned)
    });
    joining.ok(["join", &invitation, "--yes"]);
    assert_eq!(pairing.finish(daemon::SOON).code, Some(0));
}

fn export(home: &Home) -> String {
    home.ok(["export", "--json"])
}

#[test]
fn after_an_erasure_and_a_sync_no_file_of_either_home_holds_the_person() {
    let lab = Lab::new();
    let [laptop, phone] = [lab.book("laptop"), lab.home("phone")];
    fill(&laptop);
    pair(&laptop, &phone);
    assert!(!holding(&laptop).is_empty() && !holding(&phone).is_empty());
    // Written apart, and too late.
    phone.ok(["edit", "zoe", "--title", &format!("Head of {CANARY}")]);

    laptop.ok(["erase", "zoe", "--yes"]);
    assert_eq!(holding(&laptop), Vec::<PathBuf>::new());
    meet(&phone, &laptop);
    meet(&laptop, &phone);

    for home in [&laptop, &phone] {
        assert_eq!(holding(home), Vec::<PathBuf>::new());
        home.ok(["doctor"]);
        assert!(home.ok(["ls"]).contains("Ada Rilo"));
    }
    assert_eq!(export(&laptop), export(&phone));
    phone.ok(["log", "ada", "life goes on"]);
}

#[test]
fn daemons_erase_as_well_and_go_on_with_the_new_file() {
    let lab = Lab::new();
    let [laptop, phone] = [lab.book("laptop"), lab.home("phone")];
    fill(&laptop);
    pair(&laptop, &phone);
    let [here, there] = [Daemon::of(&laptop), Daemon::of(&phone)];

    laptop.ok(["erase", "zoe", "--yes"]);
    watch_until(&phone, &["ls"], |list| list["total"] == 1);
    laptop.ok(["log", "ada", "after the erasure"]);
    watch_until(&phone, &["ls"], |list| !list["people"][0]["last"].is_null());

    for home in [&laptop, &phone] {
        assert_eq!(holding(home), Vec::<PathBuf>::new());
    }
    assert_eq!(export(&laptop), export(&phone));
    assert_eq!(here.stop().code, Some(0));
    assert_eq!(there.stop().code, Some(0));
}

fn with_phrase(home: &Home, args: &[&str], phrase: &Path) -> Transcript {
    let mut command = home.command(args);
    command.stdin(File::open(phrase).unwrap());
    Running::start(command).finish(daemon::SOON)
}

#[test]
fn a_stolen_laptop_is_removed_from_the_phone_and_counts_nowhere_from_then_on() {
    let lab = Lab::new();
    let [laptop, phone, desk] = ["laptop", "phone", "desk"].map(|name| lab.home(name));
    let begun = laptop.json(["init", "--name", "Mira Tolo", "--device-name", "laptop"]);
    let phrase = lab.folder().join("phrase");
    fs::write(&phrase, begun["recovery_phrase"].as_str().unwrap()).unwrap();
    laptop.ok(["add", "Ada Rilo", "--company", "Sakumi"]);
    pair(&laptop, &phone);
    pair(&phone, &desk);
    laptop.ok(["log", "ada", "honest talk"]);
    meet(&laptop, &phone);
    laptop.ok(["log", "ada", "not received by anybody yet"]);

    let removed = with_phrase(&phone, &["devices", "remove", "laptop", "--stdin"], &phrase);
    assert_eq!(removed.code, Some(0), "{}", removed.describe());
    laptop.ok(["add", "Eve Thief"]);
    laptop.ok(["edit", "ada", "--name", "Ada Forged"]);
    let refused = {
        let mut listening = phone.start(["sync", "--listen"]);
        listening.wait_for(daemon::SOON, |line| line.starts_with("Listening").then_some(()));
        laptop.run(["sync"])
    };
    assert_eq!(refused.code, Some(1), "{}", refused.describe());
    assert!(refused.both.join("\n").contains("removed"), "{}", refused.describe());

    meet(&phone, &desk);
    meet(&desk, &phone);
    for home in [&phone, &desk] {
        let list = home.ok(["ls"]);
        assert!(list.contains("Ada Rilo") && !list.contains("Eve"), "{list}");
        home.ok(["doctor"]);
    }
    let page = desk.ok(["show", "ada"]);
    assert!(page.contains("honest talk") && !page.contains("not received"), "{page}");
    assert_eq!(export(&phone), export(&desk));
    phone.ok(["log", "ada", "everything else goes on"]);
    meet(&phone, &desk);
    assert_eq!(export(&phone), export(&desk));
}
