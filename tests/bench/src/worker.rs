//! Measurements that run in a process of their own, so that their peak memory is their own.
//!
//! A worker prints one line, `seconds bytes count`: time, peak memory, and how much was done.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use goodword_core::log::{Entry, Item, Key};
use goodword_core::store::{Delivery, Place, Reader};
use goodword_core::{Space, Store};

use crate::book::{self, Sizes};
use crate::fixture::{self, Fixture, OWNER, SECOND};
use crate::{Result, bare, pipe, process};

/// Entries of one received batch: what `goodword-sync` commits at once.
const BATCH_ENTRIES: usize = goodword_sync::limits::BATCH_ENTRIES_MAX;

/// Bytes of one received batch: what `goodword-sync` commits at once.
const BATCH_BYTES: usize = goodword_sync::limits::BATCH_BYTES_MAX;

/// What a worker came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// Time of what was to be measured, without its preparation.
    pub time: Duration,
    /// Peak memory of the process, in bytes.
    pub peak: f64,
    /// How much was done, as the task counts.
    pub count: f64,
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Imports the people into a new book; counts bytes of the store.
    Import,
    /// Imports them again into the fixture.
    ImportAgain,
    /// Builds and saves the same documents by automerge alone; counts their bytes.
    BareImport,
    /// Logs so many conversations into the copy called `log.redb`; counts nanoseconds, median.
    Log(usize),
    /// The same in SQLite.
    SqliteLog(usize),
    /// Hands every entry to a new store, batch by batch; counts entries.
    Receive,
    /// Applies the same changes by automerge alone; counts changes.
    BareApply,
    /// A first session with a new device; counts bytes of frames both ways.
    FirstSync,
}

impl Task {
    const ALL: [(&'static str, Self); 8] = [
        ("import", Self::Import),
        ("import-again", Self::ImportAgain),
        ("bare-import", Self::BareImport),
        ("log", Self::Log(0)),
        ("sqlite-log", Self::SqliteLog(0)),
        ("receive", Self::Receive),
        ("bare-apply", Self::BareApply),
        ("first-sync", Self::FirstSync),
    ];

    fn words(self) -> (&'static str, usize) {
        let times = match self {
            Self::Log(times) | Self::SqliteLog(times) => times,
            _ => 0,
        };
        let kind = std::mem::discriminant(&self);
        let found = Self::ALL.iter().find(|(_, task)| std::mem::discriminant(task) == kind);
        (found.map_or("", |(name, _)| *name), times)
    }

    fn parse(name: &str, times: usize) -> Result<Self> {
        let found = Self::ALL.iter().find(|(known, _)| *known == name);
        match found.ok_or("unknown task")?.1 {
            Self::Log(_) => Ok(Self::Log(times)),
            Self::SqliteLog(_) => Ok(Self::SqliteLog(times)),
            other => Ok(other),
        }
    }

    /// The command that runs it in a process of its own.
    ///
    /// # Errors
    /// If the running binary cannot be found.
    pub fn command(self, sizes: Sizes) -> Result<Command> {
        let (name, times) = self.words();
        let mut command = Command::new(process::sibling("goodword-bench")?);
        command.args(["worker", name]);
        command.args([sizes.people, sizes.interactions, times].map(|n| n.to_string()));
        Ok(command)
    }

    /// Runs it in a process of its own.
    ///
    /// # Errors
    /// If it fails.
    pub fn run(self, sizes: Sizes) -> Result<Done> {
        let printed = process::output(&mut self.command(sizes)?)?;
        let numbers: std::result::Result<Vec<f64>, _> =
            printed.split_whitespace().map(str::parse).collect();
        match numbers?.as_slice() {
            [seconds, peak, count] => {
                Ok(Done { time: Duration::from_secs_f64(*seconds), peak: *peak, count: *count })
            }
            _ => Err("a worker printed something else".into()),
        }
    }
}

/// Runs the task that the arguments after `worker` name, in this process.
///
/// # Errors
/// If it fails or there is no such task.
pub fn main(arguments: &[String]) -> Result<()> {
    let [name, people, interactions, times] = arguments else {
        return Err("usage: worker TASK PEOPLE INTERACTIONS TIMES".into());
    };
    let sizes = Sizes { people: people.parse()?, interactions: interactions.parse()? };
    let fixture = Fixture::at(sizes)?;
    let (time, count) = match Task::parse(name, times.parse()?)? {
        Task::Import => import(&fixture)?,
        Task::ImportAgain => import_again(&fixture)?,
        Task::BareImport => bare_import(&fixture)?,
        Task::Log(times) => log(&fixture, times)?,
        Task::SqliteLog(times) => sqlite_log(&fixture, times)?,
        Task::Receive => receive(&fixture)?,
        Task::BareApply => bare_apply(&fixture)?,
        Task::FirstSync => first_sync(&fixture)?,
    };
    println!("{} {} {count}", time.as_secs_f64(), process::peak_bytes()?);
    Ok(())
}

fn import(fixture: &Fixture) -> Result<(Duration, f64)> {
    let people = book::people(fixture.sizes);
    let path = gone(fixture.scratch()?.join("import.redb"))?;
    let mut store = fixture::found(&path)?;
    let since = Instant::now();
    fixture::import(&mut store, &people)?;
    let time = since.elapsed();
    drop(store);
    Ok((time, std::fs::metadata(&path)?.len() as f64))
}

fn import_again(fixture: &Fixture) -> Result<(Duration, f64)> {
    let people = book::people(fixture.sizes);
    let mut store = fixture::open(&fixture.copy("again.redb")?, &OWNER)?;
    let since = Instant::now();
    fixture::import(&mut store, &people)?;
    Ok((since.elapsed(), store.counts().transactions as f64))
}

fn bare_import(fixture: &Fixture) -> Result<(Duration, f64)> {
    let people = book::people(fixture.sizes);
    let since = Instant::now();
    let built = bare::build(&people)?;
    Ok((since.elapsed(), built.bytes as f64))
}

fn log(fixture: &Fixture, times: usize) -> Result<(Duration, f64)> {
    let mut store = fixture::open(&fixture.scratch()?.join("log.redb"), &OWNER)?;
    let people = book::people(fixture.sizes);
    // An import of what is known changes nothing and names the records.
    let records = fixture::import(&mut store, &people)?;
    let mut taken = Vec::with_capacity(times);
    for n in 0..times {
        let at = fixture.sizes.interactions + n;
        taken.push(fixture::log(&mut store, &records, n * 37, at, fixture.sizes)?);
    }
    let total = taken.iter().sum();
    Ok((total, process::median(taken).as_nanos() as f64))
}

fn sqlite_log(fixture: &Fixture, times: usize) -> Result<(Duration, f64)> {
    let mut database = rusqlite::Connection::open(fixture.scratch()?.join("log.sqlite"))?;
    database.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
    let mut taken = Vec::with_capacity(times);
    for n in 0..times {
        let said = book::conversation(n * 37, fixture.sizes);
        let since = Instant::now();
        let transaction = database.transaction()?;
        crate::sqlite::write(&transaction, fixture.sizes.interactions + n, &said)?;
        transaction.commit()?;
        taken.push(since.elapsed());
    }
    let total = taken.iter().sum();
    Ok((total, process::median(taken).as_nanos() as f64))
}

fn receive(fixture: &Fixture) -> Result<(Duration, f64)> {
    let (source, mut target) = two(fixture)?;
    let statements = source.standalone()?;
    target.receive(&statements, &[], fixture::now(0))?;
    let mut time = Duration::ZERO;
    let mut entries = 0;
    let mut batch: Vec<Delivery> = Vec::new();
    let mut bytes = 0;
    for space in Space::ALL {
        let lacking = source.lacking(space, &target.frontier(space)?)?;
        let last = lacking.len();
        for (at, location) in lacking.into_iter().enumerate() {
            let delivery = source.delivery(location)?.ok_or("an entry is not complete")?;
            bytes += delivery.entry.len() + delivery.items.iter().map(Vec::len).sum::<usize>();
            batch.push(delivery);
            if batch.len() == BATCH_ENTRIES || bytes >= BATCH_BYTES || at + 1 == last {
                let since = Instant::now();
                entries += target.receive_part(&[], &batch, fixture::now(0))?.entries;
                time += since.elapsed();
                batch.clear();
                bytes = 0;
            }
        }
    }
    let since = Instant::now();
    target.catch_up()?;
    time += since.elapsed();
    for space in Space::ALL {
        if source.fingerprint(space)? != target.fingerprint(space)? {
            return Err(format!("the devices differ in {}", space.name()).into());
        }
    }
    Ok((time, entries as f64))
}

fn bare_apply(fixture: &Fixture) -> Result<(Duration, f64)> {
    let (source, target) = two(fixture)?;
    let mut documents: BTreeMap<_, Vec<Vec<u8>>> = BTreeMap::new();
    for space in Space::ALL {
        for location in source.lacking(space, &target.frontier(space)?)? {
            let delivery = source.delivery(location)?.ok_or("an entry is not complete")?;
            let log = Entry::decode(delivery.entry)?.header().log;
            for bytes in delivery.items {
                let item = Item::decode(&bytes)?;
                documents.entry(item.document(&log.space)).or_default().extend(item.chunks);
            }
        }
    }
    let changes: usize = documents.values().map(Vec::len).sum();
    let since = Instant::now();
    bare::apply(documents.values())?;
    Ok((since.elapsed(), changes as f64))
}

fn first_sync(fixture: &Fixture) -> Result<(Duration, f64)> {
    let (mut source, mut target) = two(fixture)?;
    let since = Instant::now();
    let report = pipe::sync(&mut target, &mut source, true)?;
    Ok((since.elapsed(), (report.bytes_sent + report.bytes_received) as f64))
}

/// The fixture's device, and a second one that knows only the book's genesis.
fn two(fixture: &Fixture) -> Result<(Store, Store)> {
    let source = fixture::open(&fixture.copy("source.redb")?, &OWNER)?;
    let path = gone(fixture.scratch()?.join("second.redb"))?;
    let mut target = Store::create(&Place::File(path), Key::from_bytes(&SECOND), [7; 32])?;
    let statements = source.standalone()?;
    let genesis = statements.first().ok_or("the book has no genesis")?;
    target.adopt(genesis)?;
    Ok((source, target))
}

/// Opens the fixture's store for reading.
///
/// # Errors
/// If it cannot be opened.
pub fn reader(fixture: &Fixture) -> Result<Reader> {
    Ok(Reader::open(&fixture.store())?)
}

fn gone(path: PathBuf) -> Result<PathBuf> {
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(path),
    }
}
