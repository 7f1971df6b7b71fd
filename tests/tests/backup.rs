//! Backups that are made by themselves, and restores that are killed.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]

use std::fs;
use std::time::Instant;

use goodword_tests::Lab;
use goodword_tests::dice::{Dice, spin};

/// A moment so many days after that at which tests take place, the 23rd of November.
fn later(days: u32) -> String {
    let (month, day) = if days < 8 { (11, 23 + days) } else { (12, days - 7) };
    format!("2026-{month}-{day:02}T09:00:00+01:00[Europe/Zurich]")
}

#[test]
fn a_week_after_its_beginning_a_book_has_a_backup_that_makes_the_same_book() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    home.ok(["add", "Ada Rilo"]);
    home.at(&later(6)).ok(["log", "ada", "coffee"]);
    assert!(!home.path().join("backups").exists());
    let before = home.ok(["export", "--json"]);
    let told = home.at(&later(8)).run(["log", "ada", "lunch", "--json"]);
    assert_eq!(told.stderr, "");
    home.at(&later(9)).ok(["log", "ada", "dinner"]);
    let kept: Vec<_> = fs::read_dir(home.path().join("backups")).unwrap().collect();
    let [Ok(backup)] = &kept[..] else { panic!("{kept:?}") };
    let doctor = home.at(&later(9)).ok(["doctor"]);
    assert!(doctor.contains("1 backup in ") && doctor.contains("Tue 1 Dec."), "{doctor}");
    let restored = lab.home("restored");
    restored.ok(["restore", backup.path().to_str().unwrap()]);
    assert_eq!(restored.ok(["export", "--json"]), before);
}

#[test]
fn a_killed_restore_leaves_a_home_that_can_be_restored_again() {
    let mut dice = Dice::seeded(5);
    let lab = Lab::new();
    let home = lab.book("laptop");
    let file = lab.sample(200);
    home.ok(["import", file.to_str().unwrap()]);
    home.ok(["backup", "book.goodword"]);
    let export = home.ok(["export", "--json"]);
    let restore = ["restore", "book.goodword", "--json"];
    let since = Instant::now();
    lab.home("timed").ok(restore);
    let usual = since.elapsed();
    for i in 0..10 {
        let home = lab.home(&format!("home-{i}"));
        let restoring = home.start(restore);
        spin(dice.moment(usual + usual / 8));
        restoring.kill();
        let again = home.run(restore);
        // It was there already, or it is now; never by halves.
        assert!(matches!(again.code, Some(0 | 4)), "{}", again.describe());
        assert_eq!(home.ok(["export", "--json"]), export);
        home.ok(["doctor"]);
        home.ok(["add", "Zoe Vint"]);
    }
}

#[test]
fn a_killed_backup_leaves_the_old_one_whole() {
    let mut dice = Dice::seeded(6);
    let lab = Lab::new();
    let home = lab.book("laptop");
    home.ok(["import", lab.sample(200).to_str().unwrap()]);
    let backup = ["backup", "book.goodword", "--yes", "--json"];
    let since = Instant::now();
    home.ok(backup);
    let usual = since.elapsed();
    for i in 0..10 {
        let writing = home.start(backup);
        spin(dice.moment(usual + usual / 8));
        writing.kill();
        lab.home(&format!("home-{i}")).ok(["restore", "book.goodword"]);
    }
    home.ok(backup);
    assert!(!lab.folder().join("book.goodword.partial").exists());
}

#[test]
fn the_book_itself_is_not_overwritten_by_its_backup() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    for file in ["laptop/store.redb", "laptop/device.key", "./laptop/../laptop/store.redb"] {
        let told = home.fails(4, ["backup", file, "--yes"]);
        assert!(told.contains("is part of the book itself"), "{told}");
    }
    home.fails(2, ["backup", "laptop", "--yes"]);
    home.ok(["doctor"]);
}
