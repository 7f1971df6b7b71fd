//! Two daemons in processes of their own: how soon a change is seen, and a whole first sync.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use automerge::Automerge;
use goodword_core::log::Key;
use goodword_core::model::NewInteraction;
use goodword_core::query::{Status, StatusReport};
use goodword_core::store::Place;
use goodword_core::{Change, RecordId, Store};
use goodword_daemon::{Client, Reply, Request};
use goodword_net::{Address, usual_ports};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use crate::book::{self, Sizes};
use crate::fixture::{self, Fixture, OWNER, SECOND};
use crate::{Result, pipe, process};

const SNAPSHOTS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("snapshots");

/// A daemon in a process of its own; killed when dropped.
struct Running {
    child: Child,
    socket: PathBuf,
}

impl Running {
    /// Starts the daemon of a home and waits until it is ready.
    fn start(home: &Path) -> Result<Self> {
        let mut command = Command::new(process::sibling("goodword")?);
        command.env_clear().env("GOODWORD_HOME", home).env("GOODWORD_NETWORK", "loopback");
        command.env("TZ", "UTC").args(["daemon", "--json"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().ok_or("no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line)?;
        if !line.contains("ready") {
            return Err(format!("the daemon said {line:?}").into());
        }
        Ok(Self { child, socket: home.join("daemon.sock") })
    }

    fn client(&self) -> Result<Client> {
        Client::connect(&self.socket)?.ok_or_else(|| "the daemon is gone".into())
    }

    /// Peak resident memory, in bytes.
    fn peak(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?;
        Ok(kilobytes.parse::<f64>()? * 1024.0)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The homes of the fixture's device and of its second one, which knows where the first is. The
/// second has the whole book if `in_touch`, otherwise only its genesis.
fn homes(fixture: &Fixture, in_touch: bool) -> Result<[PathBuf; 2]> {
    let scratch = fixture.scratch()?;
    let homes = ["here", "there"].map(|name| scratch.join(name));
    for (home, key) in homes.iter().zip([&OWNER, &SECOND]) {
        let _ = fs::remove_dir_all(home);
        fs::create_dir_all(home)?;
        fixture::write_key(&home.join("device.key"), key)?;
    }
    let [here, there] = &homes;
    fs::copy(fixture.store(), here.join("store.redb"))?;
    let mut source = fixture::open(&here.join("store.redb"), &OWNER)?;
    let place = Place::File(there.join("store.redb"));
    let mut target = Store::create(&place, Key::from_bytes(&SECOND), [7; 32])?;
    target.adopt(&source.genesis().ok_or("there is no book")?)?;
    let device = source.device();
    let direct = usual_ports(device).map(|port| ([127, 0, 0, 1], port).into()).to_vec();
    let address = Address { device, direct, relay: None };
    target.remember_address(device, &address.to_bytes())?;
    if in_touch {
        pipe::sync(&mut target, &mut source, true)?;
    }
    Ok(homes)
}

fn status(client: &mut Client) -> Result<StatusReport> {
    Ok(client.question(&Status)??)
}

/// Waits until a device holds so many entries, and all of them are in its documents.
fn until(watch: &mut Client, ask: &mut Client, entries: u64) -> Result<()> {
    loop {
        let report = status(ask)?;
        if report.entries >= entries && report.behind == 0 {
            return Ok(());
        }
        watch.hear()?;
    }
}

/// Times from giving a command on one device to seeing it on the other, sorted.
///
/// # Errors
/// If a daemon fails.
pub fn push(fixture: &Fixture, times: usize) -> Result<Vec<Duration>> {
    let homes = homes(fixture, true)?;
    let records: Vec<RecordId> = {
        let mut store = fixture::open(&homes[0].join("store.redb"), &OWNER)?;
        fixture::import(&mut store, &book::people(fixture.sizes))?
    };
    let here = Running::start(&homes[0])?;
    let there = Running::start(&homes[1])?;
    let (mut writer, mut watch, mut ask) = (here.client()?, there.client()?, there.client()?);
    watch.ask(&Request::Watch)?;
    let mut entries = status(&mut writer)?.entries;
    until(&mut watch, &mut ask, entries)?;
    wait_for_session(&mut writer)?;
    let sizes = Sizes { interactions: times, ..fixture.sizes };
    let mut taken = Vec::with_capacity(times);
    for n in 0..times {
        let said = book::conversation(n, sizes);
        let change = Change::Log(NewInteraction {
            people: vec![records[said.person]],
            on: said.on,
            channel: said.channel,
            text: said.text,
            private_text: None,
            got: Default::default(),
            introduces: Vec::new(),
            next: None,
        });
        entries += 1;
        let since = Instant::now();
        writer.apply(&change, fixture::now(1_000_000 + n), true)??;
        until(&mut watch, &mut ask, entries)?;
        taken.push(since.elapsed());
    }
    taken.sort();
    Ok(taken)
}

fn wait_for_session(client: &mut Client) -> Result<()> {
    loop {
        let Reply::Status(status) = client.ask(&Request::Status)? else {
            return Err("no status".into());
        };
        if status.peers.iter().any(|peer| peer.connected) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What a first sync between two processes came to.
#[derive(Clone, Copy, Debug)]
pub struct First {
    /// From the start of the second device's process until it has everything.
    pub time: Duration,
    /// Peak memory of the device that has the book, and of the one that gets it, in bytes.
    pub peaks: [f64; 2],
}

/// A first sync between two daemons.
///
/// # Errors
/// If a daemon fails.
pub fn first(fixture: &Fixture) -> Result<First> {
    let homes = homes(fixture, false)?;
    let here = Running::start(&homes[0])?;
    let entries = status(&mut here.client()?)?.entries;
    let since = Instant::now();
    let there = Running::start(&homes[1])?;
    let (mut watch, mut ask) = (there.client()?, there.client()?);
    watch.ask(&Request::Watch)?;
    until(&mut watch, &mut ask, entries)?;
    Ok(First { time: since.elapsed(), peaks: [here.peak()?, there.peak()?] })
}

/// What any program would have to do: as many bytes over one loopback stream, each document
/// loaded, all of them written in one transaction.
///
/// # Errors
/// If the network or the disk refuses.
pub fn floor(fixture: &Fixture, bytes: usize) -> Result<Duration> {
    let from = fixture.scratch()?.join("there/store.redb");
    let database = Database::builder().open(&from);
    let database = database.or_else(|_| Database::open(&from))?;
    let mut snapshots = Vec::new();
    for row in database.begin_read()?.open_table(SNAPSHOTS)?.iter()? {
        let (id, snapshot) = row?;
        snapshots.push((*id.value(), snapshot.value().to_vec()));
    }
    drop(database);
    let path = fixture.scratch()?.join("floor.redb");
    let _ = fs::remove_file(&path);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let since = Instant::now();
    runtime.block_on(stream(bytes))?;
    for (_, snapshot) in &snapshots {
        std::hint::black_box(Automerge::load(snapshot)?);
    }
    let database = Database::create(&path)?;
    let transaction = database.begin_write()?;
    {
        let mut table = transaction.open_table(SNAPSHOTS)?;
        for (id, snapshot) in &snapshots {
            table.insert(id, snapshot.as_slice())?;
        }
    }
    transaction.commit()?;
    Ok(since.elapsed())
}

const ALPN: &[u8] = b"goodword/bench/1";

async fn stream(bytes: usize) -> Result<()> {
    let (sender, receiver) = (endpoint().await?, endpoint().await?);
    let sockets = receiver.bound_sockets().into_iter().map(iroh::TransportAddr::Ip);
    let address = iroh::EndpointAddr::from_parts(receiver.id(), sockets);
    let received = tokio::spawn(async move {
        let incoming = receiver.accept().await.ok_or("closed")?;
        let connection = incoming.await.map_err(|error| error.to_string())?;
        let mut stream = connection.accept_uni().await.map_err(|error| error.to_string())?;
        let mut got = 0;
        while let Some(chunk) =
            stream.read_chunk(64 * 1024).await.map_err(|error| error.to_string())?
        {
            got += chunk.len();
        }
        Ok::<usize, String>(got)
    });
    let connection = sender.connect(address, ALPN).await?;
    let mut stream = connection.open_uni().await?;
    let piece = vec![7; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let size = left.min(piece.len());
        stream.write_all(&piece[..size]).await?;
        left -= size;
    }
    stream.finish()?;
    let got = received.await??;
    if got == bytes { Ok(()) } else { Err(format!("{got} of {bytes} bytes came").into()) }
}

async fn endpoint() -> Result<iroh::Endpoint> {
    let builder = iroh::Endpoint::builder(iroh::endpoint::presets::Minimal)
        .relay_mode(iroh::RelayMode::Disabled)
        .portmapper_config(iroh::endpoint::PortmapperConfig::Disabled)
        .clear_ip_transports()
        .bind_addr(std::net::SocketAddr::from(([127, 0, 0, 1], 0)))?
        .alpns(vec![ALPN.to_vec()]);
    Ok(builder.bind().await?)
}
