//! `just scale`: a book of 100,000 people stays usable. Ends with 1 if a bound is missed.
//!
//! Bounds are counts, and memory and time with room for slow machines: what they catch is a cost
//! that grows with the size of the book where it must not.

use std::process::ExitCode;
use std::time::Instant;

use goodword_bench::book::{self, Sizes, TODAY};
use goodword_bench::fixture::{self, Fixture};
use goodword_bench::table::{Quantity, Table};
use goodword_bench::{Result, process};
use goodword_core::query::{Find, People, Today};
use goodword_core::store::Reader;

const SIZES: Sizes = Sizes { people: 100_000, interactions: 1_000 };

/// Peak memory of the import, in bytes: 10 kB for each person.
const IMPORT_BYTES_MAX: f64 = 1e9;

/// Peak memory of the whole run beyond the import is not told apart; a list takes no more than
/// this many seconds, of which most is a slow machine's.
const LIST_SECONDS_MAX: f64 = 0.05;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool> {
    let mut table = Table::default();
    table.section("100,000 people");
    let path = Fixture::at(SIZES)?.scratch()?.join("scale.redb");
    let _ = std::fs::remove_file(&path);
    let mut store = fixture::found(&path)?;
    let people = book::people(SIZES);
    let since = Instant::now();
    let records = fixture::import(&mut store, &people)?;
    table.alone("import", Quantity::time(since.elapsed()), None);
    table.alone("  peak memory", Quantity::Bytes(process::peak_bytes()?), Some(IMPORT_BYTES_MAX));
    let before = store.counts();
    let mut logs = Vec::new();
    for n in 0..SIZES.interactions {
        logs.push(fixture::log(&mut store, &records, n, n, SIZES)?);
    }
    let after = store.counts();
    let each =
        |now: u64, then: u64| Quantity::Count((now - then) as f64 / SIZES.interactions as f64);
    table.alone("log", Quantity::time(process::median(logs)), None);
    let (now, then) = (after.documents_loaded, before.documents_loaded);
    table.alone("  documents loaded", each(now, then), Some(2.0));
    table.alone("  transactions", each(after.transactions, before.transactions), Some(1.0));
    drop(store);
    lists(&path, &mut table)?;
    std::fs::remove_file(&path)?;
    Ok(table.missed().is_empty())
}

fn lists(path: &std::path::Path, table: &mut Table) -> Result<()> {
    let reader = Reader::open(path)?;
    let mut asked = |name: &str, ask: &dyn Fn(&Reader) -> Result<usize>| -> Result<()> {
        let since = Instant::now();
        let rows = ask(&reader)?;
        table.alone(name, Quantity::time(since.elapsed()), Some(LIST_SECONDS_MAX));
        if rows == 0 {
            return Err(format!("{name} is empty").into());
        }
        let loaded = Quantity::Count(reader.documents_loaded() as f64);
        table.alone("  documents loaded", loaded, Some(0.0));
        Ok(())
    };
    let first = People { limit: 20, ..People::default() };
    asked("ls", &|reader| Ok(reader.ask(&first)?.people.len()))?;
    let common = Find { text: book::COMMON.to_owned(), limit: 20 };
    asked("find", &|reader| Ok(reader.ask(&common)?.people.len()))?;
    let today = Today { on: TODAY, limit: 10 };
    asked("today", &|reader| Ok(reader.ask(&today)?.lines.len()))
}
