//! Bad input to the built program: a clear answer, the right exit code, and nothing changed.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

use goodword_tests::process::Running;
use goodword_tests::{Home, Lab};

const SOON: Duration = Duration::from_secs(60);

/// Exit codes of the program.
const FAILED: i32 = 1;
const USAGE: i32 = 2;
const NOT_FOUND: i32 = 3;
const REFUSED: i32 = 4;

const HEADER: &str = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n";

/// What is in a home, byte by byte.
fn bytes(home: &Home) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(home.path()).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Runs a command that must fail with `code` and leave the home as it is; returns its complaint.
#[track_caller]
fn refused(home: &Home, code: i32, args: &[&str]) -> String {
    let before = bytes(home);
    let complaint = home.fails(code, args);
    assert!(bytes(home) == before, "`{args:?}` changed the home, and said: {complaint}");
    assert!(complaint.starts_with("Error: "), "{complaint}");
    complaint
}

/// Writes a file and returns its path.
fn file(lab: &Lab, name: &str, content: &[u8]) -> String {
    let path = lab.folder().join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A book with Ada Rilo and Adan Rilo in it.
fn book(lab: &Lab) -> Home {
    let home = lab.book("laptop");
    home.ok(["add", "Ada Rilo", "--company", "Sakumi"]);
    home.ok(["add", "Adan Rilo", "--company", "Belora"]);
    home
}

#[test]
fn a_file_of_another_kind_is_refused_by_name() {
    let lab = Lab::new();
    let home = book(&lab);
    let png = file(&lab, "photo.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    let prose = file(&lab, "letter.csv", b"Dear Ada,\nthank you for your time.\n");
    let json = file(&lab, "people.json", b"{\"people\": []}\n");
    let empty = file(&lab, "empty.csv", b"");
    for path in [png, prose, json, empty] {
        let complaint = refused(&home, FAILED, &["import", &path]);
        assert!(complaint.contains("nothing was changed"), "{complaint}");
        assert!(complaint.contains("Hint: "), "{complaint}");
    }
}

#[test]
fn a_file_that_is_not_there_or_a_folder_is_refused() {
    let lab = Lab::new();
    let home = book(&lab);
    assert!(refused(&home, NOT_FOUND, &["import", "nowhere.csv"]).contains("nowhere.csv"));
    refused(&home, FAILED, &["import", lab.folder().to_str().unwrap()]);
}

/// Writes a file with a line of 200 MB between `before` and `after`.
fn long_line(lab: &Lab, before: &str, after: &str) -> String {
    let path = lab.folder().join("long.csv");
    let mut out = BufWriter::new(File::create(&path).unwrap());
    out.write_all(before.as_bytes()).unwrap();
    let megabyte = vec![b'x'; 1_000_000];
    for _ in 0..200 {
        out.write_all(&megabyte).unwrap();
    }
    out.write_all(after.as_bytes()).unwrap();
    out.flush().unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_file_that_begins_with_a_line_of_200_megabytes_is_refused() {
    let lab = Lab::new();
    let home = book(&lab);
    let path = long_line(&lab, "", &format!("\n{HEADER}Kai,Mebo,,,Sakumi,,\n"));
    refused(&home, FAILED, &["import", &path]);
}

#[test]
fn a_row_of_200_megabytes_is_told_with_its_line_and_the_rest_goes_in() {
    let lab = Lab::new();
    let home = book(&lab);
    let path = long_line(&lab, &format!("{HEADER}\"Leo"), "\",Dunar,,,,,\nKai,Mebo,,,Sakumi,,\n");
    let told = home.ok(["import", &path]);
    assert!(told.contains("line 2") && told.contains("1048576 bytes"), "{told}");
    home.ok(["show", "kai"]);
}

#[test]
fn a_file_that_is_not_text_is_refused_with_the_place() {
    let lab = Lab::new();
    let home = book(&lab);
    let mut text = HEADER.as_bytes().to_vec();
    text.extend_from_slice(b"Zo\xff\xfe,Rilo,,,Sakumi,,\n");
    let path = file(&lab, "latin.csv", &text);
    let complaint = refused(&home, FAILED, &["import", &path]);
    assert!(complaint.contains("UTF-8"), "{complaint}");
}

#[test]
fn a_bad_row_is_told_with_its_line_and_the_rest_goes_in() {
    let lab = Lab::new();
    let home = book(&lab);
    let rows = format!(
        "{HEADER}Leo,Dunar,https://www.linkedin.com/in/leo-sample,,Belora,Partner,31 Feb 2024\n\
         Kai,Mebo,https://www.linkedin.com/in/kai-sample,,Sakumi,VP Sales,05 Mar 2024\n\
         Una,Solba,https://www.linkedin.com/in/una-sample,\"unclosed\n"
    );
    let path = file(&lab, "rows.csv", rows.as_bytes());
    let told = home.run(["import", &path]);
    let all = told.both.join("\n");
    assert_eq!(told.code, Some(0), "{}", told.describe());
    assert!(all.contains('2') && all.contains("31 Feb 2024"), "{all}");
    home.ok(["show", "kai"]);
    home.ok(["doctor"]);
}

#[test]
fn control_characters_in_names_reach_neither_store_nor_terminal() {
    let lab = Lab::new();
    let home = book(&lab);
    let rows =
        format!("{HEADER}\"K\x1b[31mai\x07\",Mebo,https://www.linkedin.com/in/kai-sample,,S,,\n");
    let path = file(&lab, "rows.csv", rows.as_bytes());
    home.ok(["import", &path]);
    home.ok(["log", "mebo", "talk \x1b[2J\u{202e}evil"]);
    for args in [["show", "mebo"], ["find", "mebo"], ["export", "--json"]] {
        let printed = home.ok(args);
        let is_bad = |c: char| c.is_control() && c != '\n';
        assert!(!printed.contains(is_bad), "{args:?}: {printed:?}");
    }
}

#[test]
fn an_ambiguous_name_lists_who_may_be_meant_and_changes_nothing() {
    let lab = Lab::new();
    let home = book(&lab);
    for args in [&["log", "rilo", "coffee"][..], &["edit", "rilo", "--title", "Head"]] {
        let complaint = refused(&home, NOT_FOUND, args);
        assert!(complaint.contains("Ada Rilo") && complaint.contains("Adan Rilo"), "{complaint}");
    }
}

#[test]
fn an_unknown_name_suggests_similar_ones_and_changes_nothing() {
    let lab = Lab::new();
    let home = book(&lab);
    let complaint = refused(&home, NOT_FOUND, &["show", "adda"]);
    assert!(complaint.contains("`adda`") && complaint.contains("Ada Rilo"), "{complaint}");
}

#[test]
fn unknown_flags_verbs_words_and_days_are_usage_errors() {
    let lab = Lab::new();
    let home = book(&lab);
    for args in [
        &["ls", "--colour"][..],
        &["frobnicate"],
        &["edit", "ada rilo", "--tier", "best"],
        &["log", "ada rilo", "coffee", "--on", "2026-02-31"],
        &["log", "ada rilo", "coffee", "--got", "money"],
    ] {
        refused(&home, USAGE, args);
    }
}

#[test]
fn a_command_without_a_book_says_how_to_begin_one_and_makes_nothing() {
    let lab = Lab::new();
    let home = lab.home("nothing");
    for args in [&["today"][..], &["log", "ada", "coffee"], &["export", "--json"]] {
        let done = home.run(args);
        assert_eq!(done.code, Some(NOT_FOUND), "{}", done.describe());
    }
    assert!(home.fails(NOT_FOUND, ["today"]).contains("goodword init"));
    assert!(!home.path().exists());
}

#[test]
fn a_second_writer_waits_and_then_says_who_writes_while_reading_goes_on() {
    let lab = Lab::new();
    let home = book(&lab);
    let mut listening = home.start(["sync", "--listen"]);
    listening.wait_for(SOON, |line| line.starts_with("Listening").then_some(()));
    let complaint = home.fails(REFUSED, ["log", "ada rilo", "coffee"]);
    assert!(complaint.contains("goodword sync"), "{complaint}");
    assert!(home.ok(["ls"]).contains("Ada Rilo"));
    listening.kill();
    home.ok(["log", "ada rilo", "coffee"]);
}

fn invite(home: &Home) -> (Running, String) {
    let mut pairing = home.start(["pair", "--yes"]);
    let invitation = pairing.wait_for(SOON, |line| {
        line.split_whitespace().find(|word| word.starts_with("goodword1")).map(str::to_owned)
    });
    (pairing, invitation)
}

#[test]
fn an_invitation_that_was_mangled_is_refused_before_anything_is_made() {
    let lab = Lab::new();
    let (laptop, phone) = (book(&lab), lab.home("phone"));
    let (_pairing, invitation) = invite(&laptop);
    let mangled = invitation.replacen('a', "b", 1);
    let shortened = &invitation[..invitation.len() - 5];
    for text in [mangled.as_str(), shortened, "goodword1", "https://goodword.example", ""] {
        let done = phone.run(["join", text, "--yes"]);
        assert!(matches!(done.code, Some(USAGE | REFUSED)), "{text}: {}", done.describe());
    }
    assert!(!phone.path().join("store.redb").exists());
}

#[test]
fn an_invitation_that_was_used_is_refused() {
    let lab = Lab::new();
    let (laptop, phone, tablet) = (book(&lab), lab.home("phone"), lab.home("tablet"));
    let (pairing, invitation) = invite(&laptop);
    phone.ok(["join", &invitation, "--yes"]);
    pairing.finish(SOON);
    let (_again, _) = invite(&laptop);
    let done = tablet.run(["join", &invitation, "--yes"]);
    assert_eq!(done.code, Some(REFUSED), "{}", done.describe());
    assert!(!laptop.ok(["devices"]).contains("tablet"));
}

#[test]
fn an_invitation_that_expired_is_refused_with_its_age() {
    let lab = Lab::new();
    let laptop = book(&lab);
    let phone = lab.home("phone").at("2026-11-24T09:00:00+01:00[Europe/Zurich]");
    let (_pairing, invitation) = invite(&laptop);
    let complaint = phone.fails(REFUSED, ["join", &invitation, "--yes"]);
    assert!(complaint.contains("expired"), "{complaint}");
}

#[test]
fn an_invitation_nobody_answers_for_is_refused_with_a_reason() {
    let lab = Lab::new();
    let (laptop, phone) = (book(&lab), lab.home("phone"));
    let (pairing, invitation) = invite(&laptop);
    pairing.kill();
    let done = phone.run(["join", &invitation, "--yes"]);
    assert!(matches!(done.code, Some(FAILED | REFUSED)), "{}", done.describe());
    assert!(done.stderr.contains("Hint: "), "{}", done.describe());
    phone.fails(NOT_FOUND, ["today"]);
}

#[test]
fn a_store_that_is_no_store_is_refused_and_left_as_it_is() {
    let lab = Lab::new();
    let home = book(&lab);
    fs::write(home.path().join("store.redb"), b"not a database").unwrap();
    refused(&home, FAILED, &["log", "ada rilo", "coffee"]);
    refused(&home, FAILED, &["ls"]);
}
