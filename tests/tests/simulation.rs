//! Whole histories of two to four devices, from seeds, held against the batch fold.
//!
//! `GOODWORD_SEEDS` runs so many seeds instead of the usual ones, `GOODWORD_SEED` one alone. The
//! hashes of the usual ones are in `data/simulation.txt`, against which `tests/wasm` holds those
//! that the same code gives in WebAssembly; `GOODWORD_UPDATE=1` writes them anew.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails by panicking and tells")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use goodword_sync::simulator::{self, Outcome};

/// Seeds that are run unless told otherwise: together more than 10,000 sessions.
const SEEDS: u64 = 500;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

/// Histories with every kind of trouble that are run unless told otherwise.
const TROUBLED: u64 = 40;

/// Short histories with one odd copy that are run unless told otherwise.
const TWINS: u64 = 300;

/// Runs seeds on every core; the outcomes by seed.
fn run(
    seeds: std::ops::Range<u64>,
    history: fn(u64) -> Result<Outcome, simulator::Failure>,
) -> BTreeMap<u64, Outcome> {
    let next = AtomicU64::new(seeds.start);
    let outcomes = Mutex::new(BTreeMap::new());
    let failures = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        return;
                    }
                    match history(seed) {
                        Ok(outcome) => drop(outcomes.lock().unwrap().insert(seed, outcome)),
                        Err(failure) => failures.lock().unwrap().push(failure.to_string()),
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let list = failures.join("\n");
    assert!(
        failures.is_empty(),
        "{} of {} seeds failed:\n{list}",
        failures.len(),
        seeds.end - seeds.start
    );
    outcomes.into_inner().unwrap()
}

/// One seed alone, so many, or the usual ones.
fn seeds(variable: &str, usual: u64) -> std::ops::Range<u64> {
    match number("GOODWORD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number(variable).unwrap_or(usual),
    }
}

#[test]
fn histories_with_forks_late_removals_erasures_and_refoundings_end_equal_to_the_batch_fold() {
    let outcomes = run(seeds("GOODWORD_TROUBLED", TROUBLED), simulator::run_troubled);
    for (seed, one) in &outcomes {
        let counts = [one.copies, one.late_removals, one.erasures, one.refoundings];
        assert!(counts.iter().all(|count| *count > 0), "seed {seed} lacks a kind: {one:?}");
    }
    let sum = |count: fn(&Outcome) -> u64| outcomes.values().map(count).sum::<u64>();
    eprintln!(
        "{} troubled histories: {} forks, {} removals ({} late), {} erasures, {} refoundings",
        outcomes.len(),
        sum(|o| o.forks),
        sum(|o| o.removals),
        sum(|o| o.late_removals),
        sum(|o| o.erasures),
        sum(|o| o.refoundings),
    );
    // A branch that nobody heard of before its device was removed is known to nobody.
    assert!(sum(|o| o.forks) * 2 >= outcomes.len() as u64, "too few forks are seen");
}

/// Accepted edits of a removed device stood on those of another one: nobody published them again.
#[test]
fn troubled_history_373() {
    run(373..374, simulator::run_troubled);
}

#[test]
fn a_device_that_is_there_twice_uses_no_number_again_and_loses_nothing() {
    let outcomes = run(seeds("GOODWORD_TWINS", TWINS), simulator::run_twins);
    let sum = |count: fn(&Outcome) -> u64| outcomes.values().map(count).sum::<u64>();
    let (copies, set_back) = (sum(|o| o.copies), sum(|o| o.set_back));
    eprintln!(
        "{} twins: {copies} copies, {set_back} set back, {} forks",
        outcomes.len(),
        sum(|o| o.forks)
    );
    assert_eq!(copies + set_back, outcomes.len() as u64);
}

#[test]
fn ten_thousand_sessions_leave_all_devices_equal_to_the_batch_fold() {
    let seeds = seeds("GOODWORD_SEEDS", SEEDS);
    let is_usual = seeds == (0..SEEDS);
    let outcomes = run(seeds, simulator::run);
    let sum = |count: fn(&Outcome) -> u64| outcomes.values().map(count).sum::<u64>();
    eprintln!(
        "{} seeds: {} sessions ({} finished, {} broken), {} commands, {} restarts, \
         {} copies, {} set back, {} forks, {} removals",
        outcomes.len(),
        sum(|o| o.sessions),
        sum(|o| o.finished),
        sum(|o| o.broken),
        sum(|o| o.commands),
        sum(|o| o.restarts),
        sum(|o| o.copies),
        sum(|o| o.set_back),
        sum(|o| o.forks),
        sum(|o| o.removals),
    );
    if is_usual {
        compare(&outcomes);
        assert!(sum(|o| o.sessions) >= 10_000);
        assert!(sum(|o| o.broken) >= 1_000, "too few sessions break");
        assert!(sum(|o| o.copies) >= 200 && sum(|o| o.set_back) >= 50, "too few copies");
        assert!(sum(|o| o.forks) >= 200, "too few forks");
        assert!(sum(|o| o.removals) >= 100, "too few devices are removed");
    }
}

/// Holds the hashes of the usual seeds against the committed ones.
fn compare(outcomes: &BTreeMap<u64, Outcome>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/simulation.txt");
    let mut text = String::new();
    for (seed, outcome) in outcomes {
        let hex: String = outcome.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        text.push_str(&format!("{seed} {hex}\n"));
    }
    if std::env::var_os("GOODWORD_UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let differ = text.lines().zip(committed.lines()).find(|(ours, theirs)| ours != theirs);
    assert!(
        committed == text,
        "hashes differ from the committed ones, first at {differ:?}; if formats or the simulator \
         changed on purpose, run again with GOODWORD_UPDATE=1"
    );
}
