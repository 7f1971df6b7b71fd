//! The daemon as a process among others: with it and without it everything is the same, and what
//! it acknowledged stays.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]
#![cfg(unix)]

mod crowd;
mod equal;
mod lending;
mod life;
mod service;
mod socket;
mod together;

use goodword_tests::Home;

/// Exit codes of the program.
const FAILED: i32 = 1;
const REFUSED: i32 = 4;

fn export(home: &Home) -> String {
    home.ok(["export", "--json"])
}

fn people(home: &Home) -> usize {
    home.json(["export"])["people"].as_array().map_or(0, Vec::len)
}

/// How often `text` stands in the timeline of Ada.
fn count(home: &Home, text: &str) -> usize {
    let page = home.json(["show", "ada", "--limit", "0"]);
    let timeline = page["timeline"].as_array().expect("a page has a timeline");
    timeline.iter().filter(|line| line["text"] == text).count()
}
