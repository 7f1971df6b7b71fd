//! What source files may hold.

use super::repository::{files, has_extension, read, report, rust_files};

/// Longest source file, in lines: beyond it there are two subjects in the file.
const FILE_LINES_MAX: usize = 600;

/// The only home of each library whose types must not spread.
const HOMES: &[(&str, &str)] = &[
    ("automerge", "crates/core/src/document"),
    ("redb", "crates/core/src/store"),
    ("iroh", "crates/net"),
];

/// Where the libraries of [`HOMES`] may be measured and faked.
const HOMES_EXEMPT: &[&str] = &["tests/", "crates/core/benches/"];

#[test]
fn automerge_redb_and_iroh_are_named_only_in_their_homes() {
    let mut faults = Vec::new();
    for (path, source) in rust_files() {
        for (library, home) in HOMES {
            let at_home = path.strip_prefix(home).is_some_and(|rest| rest.starts_with(['/', '.']));
            if at_home || HOMES_EXEMPT.iter().any(|exempt| path.starts_with(exempt)) {
                continue;
            }
            for (line, code) in code_lines(&source) {
                let named = has_word(code, &format!("{library}::"))
                    || has_word(code, &format!("use {library}"))
                    || has_word(code, &format!("extern crate {library}"));
                if named {
                    faults.push(format!(
                        "{path}:{line}: only {home} may name {library}; wrap it there"
                    ));
                }
            }
        }
    }
    report(&faults);
}

/// Where time passing is the very thing that is made: how late a datagram is, how long a link is
/// cut; and measurements, which are no tests.
const TIME_PASSES: &[&str] = &[
    "crates/net/src/tests/relay.rs",
    "tests/src/bin/weather.rs",
    "tests/tests/network.rs",
    "tests/bench/",
];

#[test]
fn tests_wait_for_events_and_never_sleep() {
    let mut faults = Vec::new();
    for (path, source) in rust_files() {
        if TIME_PASSES.iter().any(|known| path.starts_with(known)) {
            continue;
        }
        let test_file =
            path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs");
        let first = if test_file {
            Some(0)
        } else {
            source.lines().position(|line| line.trim() == "#[cfg(test)]")
        };
        let Some(first) = first else { continue };
        for (line, code) in code_lines(&source) {
            if line > first && has_word(code, "sleep(") {
                faults.push(format!("{path}:{line}: wait for the event that the test is about"));
            }
        }
    }
    report(&faults);
}

#[test]
fn no_unfinished_code_is_kept() {
    let mut faults = Vec::new();
    for (path, source) in rust_files() {
        for (line, code) in code_lines(&source) {
            for unfinished in ["todo!", "unimplemented!", "dbg!"] {
                if has_word(code, unfinished) {
                    faults.push(format!(
                        "{path}:{line}: finish what {unfinished} stands for, or take it out"
                    ));
                }
            }
        }
    }
    report(&faults);
}

#[test]
fn every_source_file_says_what_it_is() {
    let faults: Vec<_> = rust_files()
        .into_iter()
        .filter(|(path, source)| path.contains("/src/") && !source.starts_with("//!"))
        .map(|(path, _)| {
            format!("{path}: begin with `//!` and what the file is, is not, and keeps true")
        })
        .collect();
    report(&faults);
}

#[test]
fn no_source_file_holds_two_subjects() {
    let mut faults = Vec::new();
    for path in files().iter().filter(|path| has_extension(path, &["rs", "js", "mjs", "ts", "css"]))
    {
        let lines = read(path).lines().count();
        if lines > FILE_LINES_MAX {
            faults.push(format!(
                "{path}: {lines} lines exceed {FILE_LINES_MAX}; split it by subject"
            ));
        }
    }
    report(&faults);
}

/// Numbered lines without what follows `//`.
fn code_lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(source.lines().map(|line| line.split("//").next().unwrap_or_default()))
}

/// Whether `word` occurs and is not the end, or beginning, of a longer name.
fn has_word(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let (before, after) = (&code[..at], &code[at + word.len()..]);
        !before.ends_with(part) && (!word.ends_with(part) || !after.starts_with(part))
    })
}
