//! `just bench`: every figure that `docs/` quotes, beside its reference from the same run.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use goodword_bench::book::{COMMON, RARE, Sizes};
use goodword_bench::fixture::{self, Fixture};
use goodword_bench::table::{Quantity, Table};
use goodword_bench::worker::Task;
use goodword_bench::{Result, cold, live, pipe, process, sqlite, worker};
use goodword_core::query::{Find, Status};

/// The book that the goals are stated for.
const SIZES: Sizes = Sizes { people: 10_000, interactions: 100_000 };

/// Pairs of runs of what takes seconds.
const PAIRS: usize = 3;

/// Conversations logged to measure one.
const LOGS: usize = 500;

/// Changes that are pushed to measure one.
const PUSHES: usize = 1000;

const SECTIONS: [&str; 8] = ["import", "log", "cold", "search", "sync", "push", "first", "size"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((first, rest)) if first == "worker" => worker::main(rest).map(|()| true),
        _ => run(&arguments),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("Error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// True if every goal was met.
fn run(arguments: &[String]) -> Result<bool> {
    let mut sizes = SIZES;
    let mut is_fresh = false;
    let mut sections = Vec::new();
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--fresh" => is_fresh = true,
            "--people" => sizes.people = words.next().ok_or("how many people?")?.parse()?,
            "--interactions" => {
                sizes.interactions = words.next().ok_or("how many interactions?")?.parse()?;
            }
            section if SECTIONS.contains(&section) => sections.push(section),
            other => {
                let all = SECTIONS.join(" ");
                return Err(format!(
                    "`{other}` is none of: {all} --fresh --people N --interactions N"
                )
                .into());
            }
        }
    }
    if sections.is_empty() {
        sections.extend(SECTIONS);
    }
    let fixture = Fixture::ready(sizes, is_fresh)?;
    println!("{} people, {} interactions", sizes.people, sizes.interactions);
    let mut table = Table::default();
    for section in sections {
        match section {
            "import" => import(&fixture, &mut table)?,
            "log" => log(&fixture, &mut table)?,
            "cold" => cold_starts(&fixture, &mut table)?,
            "search" => search(&fixture, &mut table)?,
            "sync" => sync(&fixture, &mut table)?,
            "push" => push(&mut table)?,
            "first" => first(&fixture, &mut table)?,
            _ => size(&fixture, &mut table)?,
        }
    }
    match table.missed() {
        [] => println!("\nevery goal is met"),
        missed => println!("\nmissed: {}", missed.join("; ")),
    }
    Ok(table.missed().is_empty())
}

/// Runs two tasks in turn; the run of median time of each.
fn pairs(fixture: &Fixture, tasks: [Task; 2]) -> Result<[worker::Done; 2]> {
    let mut runs = [Vec::new(), Vec::new()];
    for _ in 0..PAIRS {
        for (task, runs) in tasks.iter().zip(&mut runs) {
            runs.push(task.run(fixture.sizes)?);
        }
    }
    Ok(runs.map(|mut runs| {
        runs.sort_by_key(|done| done.time);
        runs.get(runs.len() / 2).copied().unwrap_or_default()
    }))
}

fn import(fixture: &Fixture, table: &mut Table) -> Result<()> {
    table.section("import");
    let [ours, bare] = pairs(fixture, [Task::Import, Task::BareImport])?;
    let (time, bare_time) = (Quantity::time(ours.time), Quantity::time(bare.time));
    table.ratio("import as one command", time, ("automerge", bare_time), Some(1.5));
    let (peak, bare_peak) = (Quantity::Bytes(ours.peak), Quantity::Bytes(bare.peak));
    table.ratio("peak memory of the import", peak, ("automerge", bare_peak), None);
    let (bytes, bare_bytes) = (Quantity::Bytes(ours.count), Quantity::Bytes(bare.count));
    table.ratio("store after the import", bytes, ("saved documents", bare_bytes), None);
    let again = Task::ImportAgain.run(fixture.sizes)?;
    table.alone("the same file again", Quantity::time(again.time), None);
    table.alone("  transactions", Quantity::Count(again.count), Some(0.0));
    Ok(())
}

fn log(fixture: &Fixture, table: &mut Table) -> Result<()> {
    table.section("log");
    let sizes = fixture.sizes;
    let scratch = fixture.scratch()?;
    fixture.copy("log.redb")?;
    std::fs::copy(fixture.sqlite(), scratch.join("log.sqlite"))?;
    Task::SqliteLog(1).run(sizes)?; // the journal's mode is changed once
    let [ours, theirs] = pairs(fixture, [Task::Log(LOGS), Task::SqliteLog(LOGS)])?;
    let per = |done: worker::Done| Quantity::Seconds(done.count / 1e9);
    table.ratio("one log, store open", per(ours), ("SQLite WAL", per(theirs)), None);
    table.alone("peak memory", Quantity::Bytes(ours.peak), None);
    let counted = |task: fn(usize) -> Task, times: usize| {
        process::fsyncs(&scratch, &task(times).command(sizes)?)
    };
    if let (Some(none), Some(some), Some(theirs_none), Some(theirs_some)) = (
        counted(Task::Log, 0)?,
        counted(Task::Log, 20)?,
        counted(Task::SqliteLog, 0)?,
        counted(Task::SqliteLog, 20)?,
    ) {
        let each = |some: u64, none: u64| Quantity::Count(some.saturating_sub(none) as f64 / 20.0);
        table.alone("  fsyncs for each commit", each(some, none), Some(2.0));
        table.alone("  fsyncs of opening and closing", Quantity::Count(none as f64), None);
        let theirs = each(theirs_some, theirs_none);
        table.alone("  fsyncs for each commit of SQLite", theirs, None);
    } else {
        println!("fsyncs are not counted: there is no strace");
    }
    Ok(())
}

fn cold_starts(fixture: &Fixture, table: &mut Table) -> Result<()> {
    table.section("cold: whole processes that print 20 rows");
    let scratch = fixture.scratch()?;
    let rows: [(&str, &[&str], &[&str]); 4] = [
        ("ls", &["ls", "--limit", "20"], &["ls"]),
        ("find (common)", &["find", COMMON, "--limit", "20"], &["find", COMMON]),
        ("find (rare)", &["find", RARE, "--limit", "20"], &["find", RARE]),
        ("today", &["today"], &["today"]),
    ];
    for (name, ours, theirs) in rows {
        let mut ours = cold::ours(fixture, ours)?;
        let mut theirs = cold::sqlite(fixture, theirs)?;
        let (time, reference) = cold::pair(&mut ours, &mut theirs)?;
        let reference = ("SQLite", Quantity::time(reference));
        table.ratio(name, Quantity::time(time), reference, Some(1.3));
        if let Some(fsyncs) = process::fsyncs(&scratch, &ours)? {
            table.alone("  fsyncs", Quantity::Count(fsyncs as f64), Some(0.0));
        }
    }
    let mut nothing = std::process::Command::new(process::sibling("sqlite-rows")?);
    nothing.arg("nothing");
    let mut version = cold::ours(fixture, &["--version"])?;
    let (version, nothing) = cold::pair(&mut version, &mut nothing)?;
    let nothing = ("nothing", Quantity::time(nothing));
    table.ratio("--version", Quantity::time(version), nothing, None);
    Ok(())
}

fn search(fixture: &Fixture, table: &mut Table) -> Result<()> {
    table.section("search over the notes: 20 people and how many in all");
    let reader = worker::reader(fixture)?;
    let database = sqlite::open(&fixture.sqlite())?;
    let words = [
        ("common word", COMMON),
        ("rare word", RARE),
        ("prefix of a common word", &COMMON[..3]),
        ("prefix of many words", "ka"),
    ];
    for (name, word) in words {
        let question = Find { text: word.to_owned(), limit: 20 };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let (mut found, mut reference) = (0, 0);
        for _ in 0..201 {
            let since = Instant::now();
            found = reader.ask(&question)?.total;
            ours.push(since.elapsed());
            let since = Instant::now();
            reference = sqlite::find(&database, word, 20)?.total;
            theirs.push(since.elapsed());
        }
        if found != reference {
            return Err(format!("`{word}`: {found} people here, {reference} in SQLite").into());
        }
        let ours = Quantity::time(process::median(ours));
        let theirs = ("FTS5", Quantity::time(process::median(theirs)));
        table.ratio(format!("{name}, {found} people"), ours, theirs, Some(1.0));
    }
    Ok(())
}

fn sync(fixture: &Fixture, table: &mut Table) -> Result<()> {
    table.section("first sync of a new device, and again");
    let sizes = fixture.sizes;
    let received = Task::Receive.run(sizes)?;
    let bare = Task::BareApply.run(sizes)?;
    let bare_time = ("automerge", Quantity::time(bare.time));
    table.ratio("entries taken into the store", Quantity::time(received.time), bare_time, None);
    let rate = received.count / received.time.as_secs_f64();
    table.alone("  entries", Quantity::Count(received.count), None);
    table.alone("  entries a second", Quantity::Count(rate.round()), None);
    let peaks = (Quantity::Bytes(received.peak), ("automerge", Quantity::Bytes(bare.peak)));
    table.ratio("  peak memory", peaks.0, peaks.1, None);
    let first = Task::FirstSync.run(sizes)?;
    table.ratio("the whole session", Quantity::time(first.time), bare_time, None);
    table.alone("  frames, both ways", Quantity::Bytes(first.count), None);
    table.alone("  peak memory of both devices", Quantity::Bytes(first.peak), None);
    again(fixture, table)
}

/// Sessions of devices that agree already; the stores are those of the first session.
fn again(fixture: &Fixture, table: &mut Table) -> Result<()> {
    let scratch = fixture.scratch()?;
    let mut here = fixture::open(&scratch.join("source.redb"), &fixture::OWNER)?;
    let mut there = fixture::open(&scratch.join("second.redb"), &fixture::SECOND)?;
    let mut times: Vec<Duration> = Vec::new();
    let mut report = pipe::sync(&mut there, &mut here, false)?;
    for _ in 0..21 {
        let since = Instant::now();
        report = pipe::sync(&mut there, &mut here, false)?;
        times.push(since.elapsed());
    }
    table.alone("nothing new", Quantity::time(process::median(times)), None);
    table.alone("  frames sent", Quantity::Bytes(report.bytes_sent as f64), Some(1024.0));
    let received = Quantity::Bytes(report.bytes_received as f64);
    table.alone("  frames received", received, Some(1024.0));
    table.alone("  round trips", Quantity::Count(report.round_trips as f64), Some(1.0));
    let people = goodword_bench::book::people(fixture.sizes);
    let records = fixture::import(&mut here, &people)?;
    fixture::log(&mut here, &records, 0, 0, fixture.sizes)?;
    let since = Instant::now();
    let report = pipe::sync(&mut there, &mut here, false)?;
    table.alone("one log new", Quantity::time(since.elapsed()), None);
    let bytes = report.bytes_sent + report.bytes_received;
    table.alone("  frames, both ways", Quantity::Bytes(bytes as f64), None);
    Ok(())
}

/// How soon a change is seen on another device, with few people and with many.
fn push(table: &mut Table) -> Result<()> {
    table.section("a change on the other device, two daemons on loopback");
    let mut medians = Vec::new();
    for people in [100, 10_000] {
        let fixture = Fixture::ready(Sizes { people, interactions: 0 }, false)?;
        let taken = live::push(&fixture, PUSHES)?;
        let (median, late) = (taken[taken.len() / 2], taken[taken.len() * 99 / 100]);
        let name = format!("{people} people, median (goal 10 ms)");
        table.alone(name, Quantity::time(median), Some(0.010));
        let name = format!("{people} people, 99th percentile (goal 250 ms)");
        table.alone(name, Quantity::time(late), Some(0.250));
        medians.push(Quantity::time(median));
    }
    if let [few, many] = medians[..] {
        table.ratio("10,000 people against 100", many, ("100", few), Some(1.2));
    }
    Ok(())
}

/// The first sync between two processes, beside what any program would have to do.
fn first(fixture: &Fixture, table: &mut Table) -> Result<()> {
    table.section("first sync between two daemons");
    let first = live::first(fixture)?;
    let bytes = Task::FirstSync.run(fixture.sizes)?.count;
    let floor = live::floor(fixture, bytes as usize)?;
    let time = Quantity::time(first.time);
    table.ratio("until everything is there", time, ("floor", Quantity::time(floor)), Some(3.0));
    let limit = Some(150e6);
    table.alone("  peak memory of the one that has it", Quantity::Bytes(first.peaks[0]), limit);
    table.alone("  peak memory of the one that gets it", Quantity::Bytes(first.peaks[1]), limit);
    Ok(())
}

fn size(fixture: &Fixture, table: &mut Table) -> Result<()> {
    table.section("size of the store");
    let bytes =
        |path| -> Result<Quantity> { Ok(Quantity::Bytes(std::fs::metadata(path)?.len() as f64)) };
    let reference = ("SQLite", bytes(fixture.sqlite())?);
    table.ratio("as written", bytes(fixture.store())?, reference, None);
    let copy = fixture.copy("compact.redb")?;
    let mut database = redb::Database::open(&copy)?;
    while database.compact()? {}
    drop(database);
    table.ratio("compacted", bytes(copy)?, reference, None);
    let status = worker::reader(fixture)?.ask(&Status)?;
    table.alone("documents", Quantity::Count(status.documents as f64), None);
    table.alone("entries", Quantity::Count(status.entries as f64), None);
    Ok(())
}
