//! The store and the network while they are open: from one opening to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use goodword_core::query::{Devices, Status as StoreStatus};
use goodword_core::{DeviceId, Space};
use goodword_net::{
    Address, Endpoint, Event as NetEvent, Invitation, JoinRequest, Port, Purpose, Server,
    SharedStore, serve,
};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::{Ending, Event, Options};
use crate::ask;
use crate::control::{Failure, Reply, Request, Waiting};
use crate::error::Error;
use crate::known::{known, meet, remember};
use crate::limits;
use crate::met::{Answered, Met, Unreachable};
use crate::status::{LogStatus, PeerStatus, Status};

/// What comes after this opening.
pub(super) enum Next {
    /// Nothing; a client may wait for the word.
    Stop(Ending, Option<oneshot::Sender<Reply>>),
    /// Another opening, at once.
    Again,
    /// Another opening, when the client is done.
    Lend { granted: oneshot::Sender<()>, returned: oneshot::Receiver<()> },
}

/// The store and the network, open.
pub(super) struct House<'o> {
    options: &'o Options,
    store: SharedStore,
    endpoint: Endpoint,
    server: Server,
    /// Where tasks bring what they found.
    events: mpsc::Sender<Event>,
    /// Requests that are being answered.
    tasks: JoinSet<()>,
    /// Devices that wait for a person's word.
    waiting: BTreeMap<DeviceId, JoinRequest>,
    /// Devices that are kept in touch with.
    kept: BTreeSet<DeviceId>,
    /// When each open invitation ends, in seconds since the Unix epoch.
    invitations: Vec<u64>,
    sessions: u64,
    since: u64,
}

impl<'o> House<'o> {
    /// Opens store and network.
    pub(super) async fn open(
        options: &'o Options,
        events: mpsc::Sender<Event>,
        sessions: u64,
    ) -> Result<Self, Error> {
        let store = SharedStore::new((options.open)()?);
        let endpoint = Endpoint::bind(&options.key, options.mode.clone(), Port::Usual).await?;
        let server = serve(&endpoint, &store, &options.clock);
        server.watch_relay();
        let since = millis(options);
        let mut house = Self {
            options,
            store,
            endpoint,
            server,
            events,
            tasks: JoinSet::new(),
            waiting: BTreeMap::new(),
            kept: BTreeSet::new(),
            invitations: Vec::new(),
            sessions,
            since,
        };
        house.keep_all();
        Ok(house)
    }

    /// Lives until something else has to come.
    pub(super) async fn live(&mut self, happened: &mut mpsc::Receiver<Event>) -> Next {
        let mut ticks = interval_at(Instant::now(), limits::TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut changes = self.store.changes();
        loop {
            let event = tokio::select! {
                Some(event) = happened.recv() => event,
                event = self.server.next() => match event {
                    Some(event) => Event::Network(event),
                    None => return Next::Again,
                },
                Ok(()) = changes.changed() => Event::Changed,
                _ = ticks.tick() => Event::Tick,
                Some(_) = self.tasks.join_next() => continue,
            };
            if let Some(next) = self.handle(event) {
                return next;
            }
        }
    }

    /// Closes network and store; gives the number of sessions that there were.
    pub(super) async fn close(self) -> u64 {
        let Self { store, endpoint, server, mut tasks, sessions, waiting, .. } = self;
        drop(waiting);
        // What is being written is finished; what waits for the network is not waited for.
        let finished = async { while tasks.join_next().await.is_some() {} };
        let _ = timeout(limits::GOODBYE_TIME_MAX, finished).await;
        tasks.shutdown().await;
        let _ = timeout(limits::GOODBYE_TIME_MAX, server.stop()).await;
        let _ = timeout(limits::GOODBYE_TIME_MAX, endpoint.close()).await;
        while !store.is_last() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        sessions
    }

    fn handle(&mut self, event: Event) -> Option<Next> {
        match event {
            Event::Asked { request: Request::Stop, answer } => {
                return Some(Next::Stop(Ending::Asked, Some(answer)));
            }
            Event::Asked { request, answer } => self.answer(request, answer),
            Event::Watch { give } => drop(give.send(self.store.changes())),
            Event::Lend { granted, returned } => return Some(Next::Lend { granted, returned }),
            Event::Settled { address, seconds, answer } => {
                let _ = answer.send(self.invite(address, seconds).unwrap_or_else(Reply::Failed));
            }
            Event::Network(NetEvent::RelayLost) => return Some(Next::Again),
            Event::Network(event) => self.hear(event),
            Event::Changed => self.keep_all(),
            Event::Tick => self.tick(),
        }
        None
    }

    /// Answers a request, at once or on a task of its own.
    fn answer(&mut self, request: Request, answer: oneshot::Sender<Reply>) {
        let store = self.store.clone();
        let reply = match request {
            Request::Apply { change, now } => {
                return self.on_thread(answer, move || {
                    Ok(Reply::Done(store.write(|store| store.apply(&change, now))?))
                });
            }
            Request::Preview { change, now } => {
                return self.on_thread(answer, move || {
                    Ok(Reply::Done(store.write(|store| store.preview(&change, now))?))
                });
            }
            Request::Ask { name, question } => {
                return self.on_thread(answer, move || {
                    Ok(Reply::Answer(ask::answer(&store.reader()?, &name, question)?))
                });
            }
            Request::Sync => return self.meet_all(answer),
            Request::Pair { seconds } => return self.settle(seconds, answer),
            Request::Status => self.status().map(|status| Reply::Status(Box::new(status))),
            Request::Waiting => Ok(Reply::Waiting(self.waiting())),
            Request::Decide { device, accept } => self.decide(device, accept),
            Request::Watch | Request::Lend | Request::Stop => Err(Failure::Unknown),
        };
        // The client may have gone.
        let _ = answer.send(reply.unwrap_or_else(Reply::Failed));
    }

    /// Answers on a thread where waiting for the store holds up nobody.
    fn on_thread(
        &mut self,
        answer: oneshot::Sender<Reply>,
        work: impl FnOnce() -> Result<Reply, Failure> + Send + 'static,
    ) {
        self.tasks.spawn_blocking(move || {
            let _ = answer.send(work().unwrap_or_else(Reply::Failed));
        });
    }

    fn meet_all(&mut self, answer: oneshot::Sender<Reply>) {
        let (endpoint, store) = (self.endpoint.clone(), self.store.clone());
        let clock = self.options.clock.clone();
        self.tasks.spawn(async move {
            let reply = match known(&store) {
                Ok(devices) => {
                    let mut answered = Answered::default();
                    for device in devices {
                        match meet(&endpoint, &store, &clock, &device.address).await {
                            Ok(synced) => answered.met.push(Met::of(&synced, device.name)),
                            Err(error) => answered.unreachable.push(Unreachable {
                                device: device.device.to_string(),
                                name: device.name,
                                reason: error.to_string(),
                            }),
                        }
                    }
                    Reply::Synced(answered)
                }
                Err(error) => Reply::Failed(error.into()),
            };
            let _ = answer.send(reply);
        });
    }

    /// Finds out where this device can be reached, for an invitation.
    fn settle(&mut self, seconds: u64, answer: oneshot::Sender<Reply>) {
        let (endpoint, events) = (self.endpoint.clone(), self.events.clone());
        self.tasks.spawn(async move {
            let address = endpoint.settled_address(limits::ADDRESS_PATIENCE).await;
            // Fails only if the daemon has ended.
            let _ = events.send(Event::Settled { address, seconds, answer }).await;
        });
    }

    fn invite(&mut self, address: Address, seconds: u64) -> Result<Reply, Failure> {
        let other = |error: String| Failure::Other(error);
        let book = self.store.read(|store| store.book());
        let book = book.ok_or(Failure::User(goodword_core::UserError::NoBook))?;
        let secret = (self.options.draw)().ok_or_else(|| other("no randomness".to_owned()))?;
        let expires = millis(self.options) / 1000 + seconds;
        let invitation = Invitation::new(Purpose::OwnDevice, &book, address, secret, expires)
            .map_err(|error| other(error.to_string()))?;
        self.server.invite(&invitation);
        self.invitations.push(expires);
        Ok(Reply::Invitation { text: invitation.text().as_str().to_owned(), expires })
    }

    fn decide(&mut self, device: DeviceId, accept: bool) -> Result<Reply, Failure> {
        let request = self.waiting.remove(&device).filter(|request| !request.is_gone());
        let request =
            request.ok_or_else(|| Failure::NotFound("no such device waits".to_owned()))?;
        if accept { request.accept() } else { request.decline() }
        Ok(Reply::Yes)
    }

    fn hear(&mut self, event: NetEvent) {
        match event {
            NetEvent::Asked(request) => {
                tracing::info!(device = %request.device.short(), "a device asks to join");
                self.waiting.insert(request.device, request);
            }
            NetEvent::Joined { device, .. } => {
                tracing::info!(device = %device.short(), "a device has joined");
                self.keep_all();
            }
            NetEvent::NotJoined { device, refusal } => {
                self.waiting.retain(|_, request| !request.is_gone());
                tracing::info!(device = %device.short(), ?refusal, "a device has not joined");
            }
            NetEvent::Stranger { device } => {
                tracing::info!(device = %device.short(), "a stranger was turned away");
            }
            NetEvent::Started { device, address } => {
                self.sessions += 1;
                tracing::info!(device = %device.short(), "in touch");
                let store = self.store.clone();
                self.tasks.spawn_blocking(move || remember(&store, device, &address));
            }
            NetEvent::Synced(synced) => {
                tracing::info!(device = %synced.device.short(), "a session has ended");
                let store = self.store.clone();
                self.tasks
                    .spawn_blocking(move || remember(&store, synced.device, &synced.address));
            }
            NetEvent::Failed { device, error } => {
                tracing::debug!(device = %device.short(), %error, "not in touch");
            }
            NetEvent::RelayLost => {}
        }
    }

    /// Keeps in touch with every device of the owner that the roster has.
    fn keep_all(&mut self) {
        let devices: BTreeSet<DeviceId> = self.store.read(|store| {
            let here = store.device();
            let authority = store.authority();
            let known = authority.into_iter().flat_map(|authority| authority.devices.keys());
            known
                .copied()
                .filter(|device| *device != here)
                .filter(|device| authority.is_some_and(|all| all.active(device).is_some()))
                .collect()
        });
        for device in devices.difference(&self.kept) {
            self.server.keep(*device);
        }
        // One that was removed and comes back has another key.
        self.kept = devices;
    }

    fn tick(&mut self) {
        let now = millis(self.options) / 1000;
        self.invitations.retain(|expires| *expires > now);
        self.waiting.retain(|_, request| !request.is_gone());
        let (store, chore) = (self.store.clone(), self.options.chore.clone());
        self.tasks.spawn_blocking(move || {
            if let Err(error) = store.write(|store| store.catch_up()) {
                tracing::warn!(%error, "documents stay behind");
            }
            chore();
        });
    }

    fn waiting(&self) -> Vec<Waiting> {
        let here = self.waiting.values().filter(|request| !request.is_gone());
        here.map(|request| Waiting {
            device: request.device,
            name: request.name.clone(),
            code: request.code.to_string(),
        })
        .collect()
    }

    fn status(&self) -> Result<Status, Failure> {
        let reader = self.store.reader()?;
        let connected = self.server.connected();
        let mut peers = Vec::new();
        for line in reader.ask(&Devices)? {
            if !line.here {
                peers.push(PeerStatus { connected: connected.contains(&line.device), line });
            }
        }
        let mut logs = Vec::new();
        for space in Space::ALL {
            for (log, head) in self.store.read(|store| store.frontier(space))? {
                logs.push(LogStatus { space, device: log.device, entries: head.next });
            }
        }
        Ok(Status {
            process: std::process::id(),
            version: self.options.version.clone(),
            since: self.since,
            device: self.endpoint.device(),
            listens_on: self.endpoint.address().direct.iter().map(ToString::to_string).collect(),
            relay: self.endpoint.relay_answers(),
            peers,
            waiting: self.waiting(),
            invitations: self.invitations.len() as u64,
            sessions: self.sessions,
            store: reader.ask(&StoreStatus)?,
            logs,
        })
    }
}

fn millis(options: &Options) -> u64 {
    u64::try_from((options.clock)().at.as_millisecond()).unwrap_or(0)
}
