//! One daemon under many changes, while another device comes and goes: what it holds of memory,
//! files and tasks stays what it was.
//!
//! `GOODWORD_SOAK=100000,1000` sets the numbers of changes and of reconnects: `just soak`. The few
//! of every run find what leaks with each reconnect; memory needs the long one.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]
#![allow(clippy::print_stdout, reason = "figures for whoever asks for them")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Instant;

use goodword_core::log::Key;
use goodword_core::model::{Channel, NewInteraction, PersonEdit};
use goodword_core::query::Status as StoreStatus;
use goodword_core::store::Place;
use goodword_core::{Change, Now, RecordId, Store};
use goodword_daemon::{Client, Reply, Request, Status};
use goodword_net::{
    Address, Clock, Endpoint, Event, Invitation, Mode, Port, Server, SharedStore, ask, first_sync,
    serve, sync_once,
};
use goodword_tests::Lab;
use goodword_tests::daemon::{Daemon, SOON};
use goodword_tests::home::NOW;
use jiff::Timestamp;
use jiff::civil::date;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// How many changes and reconnects.
fn extent() -> (usize, usize) {
    let wanted = std::env::var("GOODWORD_SOAK").ok();
    let numbers = wanted.as_deref().and_then(|text| text.split_once(','));
    let numbers = numbers.map(|(one, other)| (one.parse().unwrap(), other.parse().unwrap()));
    numbers.unwrap_or((400, 20))
}

/// Every so many reconnects the device goes without a word, as one whose battery is empty.
const SILENT_EVERY: usize = 50;

/// What a process holds.
#[derive(Clone, Copy, Debug)]
struct Holds {
    resident_kilobytes: u64,
    files: usize,
    threads: usize,
    tasks: u64,
    store_megabytes: u64,
}

impl std::fmt::Display for Holds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { resident_kilobytes, files, threads, tasks, store_megabytes } = self;
        write!(
            f,
            "{resident_kilobytes} kB resident, {files} files, {threads} threads, {tasks} tasks; \
             store of {store_megabytes} MB"
        )
    }
}

/// The device that comes and goes, in this process.
struct Phone {
    runtime: Runtime,
    endpoint: Option<Endpoint>,
    key: Key,
    store: SharedStore,
    clock: Clock,
}

/// What makes changes come one after the other.
struct Ticking(Arc<AtomicI64>);

impl Ticking {
    fn new() -> Self {
        let start: Timestamp = NOW.parse().unwrap();
        Self(Arc::new(AtomicI64::new(start.as_millisecond())))
    }

    fn now(&self) -> Now {
        let at = Timestamp::from_millisecond(self.0.fetch_add(1, Ordering::Relaxed)).unwrap();
        Now { at, today: date(2026, 11, 23) }
    }

    fn clock(&self) -> Clock {
        let ticking = Self(self.0.clone());
        Arc::new(move || ticking.now())
    }
}

impl Phone {
    /// Joins the book of the daemon.
    fn joined(daemon: &Daemon, clock: Clock) -> (Self, Address) {
        let key = Key::from_bytes(&[7; 32]);
        let store = Store::create(&Place::memory(), key.clone(), [7; 32]).unwrap();
        let runtime = Runtime::new().unwrap();
        let store = SharedStore::new(store);
        let mut phone = Self { runtime, endpoint: None, key, store, clock };
        let mut client = daemon.client();
        let invitation = match client.ask(&Request::Pair { seconds: 600 }).unwrap() {
            Reply::Invitation { text, .. } => Invitation::parse(&text).unwrap(),
            other => panic!("no invitation: {other:?}"),
        };
        let endpoint = phone.endpoint();
        let seconds = u64::try_from((phone.clock)().at.as_second()).unwrap();
        let device = endpoint.device();
        let welcome = phone.runtime.block_on(async {
            let asking = ask(&endpoint, &invitation, "phone", seconds).await.unwrap();
            let decided = client.ask(&Request::Decide { device, accept: true }).unwrap();
            assert_eq!(decided, Reply::Yes);
            asking.welcome().await.unwrap()
        });
        phone.store.write(|store| store.adopt(&welcome.genesis)).unwrap();
        let synced = first_sync(&endpoint, &welcome.inviter, &phone.store, &phone.clock);
        let address = phone.runtime.block_on(synced).unwrap().address;
        (phone, address)
    }

    fn endpoint(&mut self) -> Endpoint {
        let bound = Endpoint::bind(&self.key, Mode::Loopback, Port::Any);
        let (runtime, endpoint) = (&self.runtime, &mut self.endpoint);
        endpoint.get_or_insert_with(|| runtime.block_on(bound).unwrap()).clone()
    }

    /// Meets the daemon, stays until both agree, and goes in one of several ways.
    fn visit(&mut self, n: usize, daemon: &Address, held: u64) {
        // Timers are made, and endpoints dropped, inside.
        let handle = self.runtime.handle().clone();
        let _inside = handle.enter();
        let endpoint = self.endpoint();
        if n.is_multiple_of(4) {
            let synced = sync_once(&endpoint, daemon, &self.store, &self.clock);
            self.runtime.block_on(timeout(SOON, synced)).unwrap().unwrap();
            assert_eq!(self.held(), held);
            return;
        }
        let server = serve(&endpoint, &self.store, &self.clock);
        server.call(daemon.clone());
        let agreed = timeout(SOON, agree(server, &self.store, held));
        let server = self.runtime.block_on(agreed).unwrap();
        if n % SILENT_EVERY == 1 {
            // Its sockets go with the last clone, and nobody says good-bye.
            drop((server, endpoint, self.endpoint.take()));
            return;
        }
        self.runtime.block_on(server.stop());
        if n % 4 == 2 {
            self.runtime.block_on(endpoint.close());
            self.endpoint = None;
        }
    }

    fn held(&self) -> u64 {
        entries(&self.store)
    }
}

fn entries(store: &SharedStore) -> u64 {
    store.read(|store| store.ask(&StoreStatus)).unwrap().entries
}

/// Waits until so many entries are held. Both devices call, so one of two sessions may be cut.
async fn agree(mut server: Server, store: &SharedStore, held: u64) -> Server {
    let mut changes = store.changes();
    while entries(store) < held {
        tokio::select! {
            changed = changes.changed() => changed.unwrap(),
            event = server.next() => {
                if let Event::Failed { error, .. } = event.expect("the endpoint is open") {
                    println!("a session failed: {error}");
                }
            }
        }
    }
    server
}

fn status(client: &mut Client) -> Status {
    match client.ask(&Request::Status).unwrap() {
        Reply::Status(status) => *status,
        other => panic!("no status: {other:?}"),
    }
}

/// Waits until no session is open, and looks at the process.
fn holds(client: &mut Client, daemon: &Daemon, store: &std::path::Path) -> Holds {
    let mut watching = daemon.client();
    watching.wait_at_most(SOON).unwrap();
    let mut told = watching.ask(&Request::Watch);
    let status = loop {
        told.unwrap();
        let status = status(client);
        if status.peers.iter().all(|peer| !peer.connected) {
            break status;
        }
        told = watching.hear();
    };
    let process = format!("/proc/{}", status.process);
    let count = |folder: &str| fs::read_dir(format!("{process}/{folder}")).unwrap().count();
    let memory = fs::read_to_string(format!("{process}/status")).unwrap();
    let line = memory.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    Holds {
        resident_kilobytes: line.split_whitespace().nth(1).unwrap().parse().unwrap(),
        files: count("fd"),
        threads: count("task"),
        tasks: status.tasks,
        store_megabytes: fs::metadata(store).unwrap().len() / (1024 * 1024),
    }
}

fn change(n: usize, people: &[RecordId], now: Now) -> Change {
    let who = people[n * 7919 % people.len()];
    match n % 4 {
        0 => Change::EditPeople {
            people: vec![who],
            edits: vec![PersonEdit::Title(Some(format!("Head of Trials {n}")))],
        },
        _ => Change::Log(NewInteraction {
            people: vec![who],
            on: now.today,
            channel: Channel::Call,
            text: format!("call {n}: the freeze may end in spring"),
            private_text: None,
            got: Default::default(),
            introduces: Vec::new(),
            next: None,
        }),
    }
}

#[test]
fn a_daemon_holds_no_more_after_many_changes_and_reconnects_than_before() {
    let (changes, reconnects) = extent();
    let lab = Lab::new();
    let laptop = lab.book("laptop");
    let people = u32::try_from(changes / 10).unwrap().max(50);
    laptop.ok(["import", lab.sample(people).to_str().unwrap()]);
    let listed = laptop.json(["ls", "--limit", "0"]);
    let people: Vec<RecordId> = listed["people"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| serde_json::from_value(line["person"]["record"].clone()).unwrap())
        .collect();

    let daemon = Daemon::of(&laptop);
    let ticking = Ticking::new();
    let (mut phone, address) = Phone::joined(&daemon, ticking.clock());
    let mut client = daemon.client();
    let store = laptop.path().join("store.redb");
    let (mut seen, began) = (Vec::new(), Instant::now());
    let mut met = 0;
    for n in 0..changes {
        let now = ticking.now();
        client.apply(&change(n, &people, now), now, true).unwrap().unwrap();
        while met * changes < (n + 1) * reconnects {
            let held = status(&mut client).store.entries;
            phone.visit(met, &address, held);
            met += 1;
        }
        if (n + 1) % (changes / 10) == 0 {
            let holds = holds(&mut client, &daemon, &store);
            println!("{:>7} changes, {met:>4} visits, {:>5.0?}: {holds}", n + 1, began.elapsed());
            seen.push(holds);
        }
    }
    let (first, last) = (seen[0], seen[9]);
    assert!(last.files <= first.files + 2, "files: {first:?} {last:?}");
    assert!(last.tasks <= first.tasks + 2, "tasks: {first:?} {last:?}");
    if changes >= 10_000 {
        let grown = last.resident_kilobytes * 100 / first.resident_kilobytes;
        assert!(grown <= 110, "memory: {first:?} {last:?}");
    }
    assert_eq!(daemon.stop().code, Some(0));
}
