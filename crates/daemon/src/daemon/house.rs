//! The store and the network while they are open: from one opening to the next.

use std::collections::BTreeMap;
use std::time::Duration;

use goodword_core::query::{Status as StoreStatus, by_name};
use goodword_core::{DeviceId, Error as StoreError, Space, Store};
use goodword_net::{
    Address, Endpoint, Event as NetEvent, Invitation, JoinRequest, OpenInvitations, Port, Purpose,
    Server, SharedStore, others, peers, remember, serve_with,
};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::{Backlog, Ended, Ending, Event, Options};
use crate::control::{Failure, Reply, Request, Waiting};
use crate::error::Error;
use crate::known::meet_all;
use crate::limits;
use crate::status::{LogStatus, Status};

/// What comes after this opening.
pub(super) enum Next {
    /// Nothing; a client may wait for the word.
    Stop(Ended),
    /// Another opening, at once.
    Again,
    /// Another opening, when the client is done.
    Lend { granted: oneshot::Sender<()>, returned: oneshot::Receiver<()> },
}

/// What one opening leaves to the next.
pub(super) struct Carried {
    invitations: OpenInvitations,
    sessions: u64,
    /// When the daemon started, in milliseconds since the Unix epoch.
    since: u64,
    /// When the chore was done last.
    chore: Option<Instant>,
}

impl Carried {
    pub(super) fn new(options: &Options) -> Self {
        let invitations = OpenInvitations::default();
        Self { invitations, sessions: 0, since: millis(options), chore: None }
    }
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
    carried: Carried,
}

impl<'o> House<'o> {
    /// Opens the network.
    pub(super) async fn open(
        options: &'o Options,
        store: Store,
        events: mpsc::Sender<Event>,
        carried: Carried,
    ) -> Result<Self, Error> {
        let store = SharedStore::new(store);
        let endpoint = Endpoint::bind(&options.key, options.mode.clone(), Port::Usual).await?;
        let server = serve_with(&endpoint, &store, &options.clock, carried.invitations.clone());
        server.watch_network();
        let house = Self {
            options,
            store,
            endpoint,
            server,
            events,
            tasks: JoinSet::new(),
            waiting: BTreeMap::new(),
            carried,
        };
        house.keep_all();
        Ok(house)
    }

    /// Lives until something else has to come.
    pub(super) async fn live(
        &mut self,
        backlog: &mut Backlog,
        happened: &mut mpsc::Receiver<Event>,
    ) -> Next {
        while let Some(event) = backlog.next() {
            if let Some(next) = self.handle(event) {
                return next;
            }
        }
        let mut ticks = interval_at(Instant::now(), limits::TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut changes = self.store.changes();
        let mut in_touch = self.server.connections();
        loop {
            let event = tokio::select! {
                Some(event) = happened.recv() => event,
                event = self.server.next() => match event {
                    Some(event) => Event::Network(event),
                    None => return Next::Again,
                },
                Ok(()) = changes.changed() => Event::Changed,
                Ok(()) = in_touch.changed() => {
                    self.store.announce();
                    continue;
                }
                _ = ticks.tick() => Event::Tick,
                Some(_) = self.tasks.join_next() => continue,
            };
            if let Some(next) = self.handle(event) {
                return next;
            }
        }
    }

    /// Closes network and store.
    pub(super) async fn close(self) -> Carried {
        let Self { store, endpoint, server, mut tasks, carried, waiting, .. } = self;
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
        carried
    }

    fn handle(&mut self, event: Event) -> Option<Next> {
        match event {
            Event::Asked { request: Request::Stop, answer } => {
                return Some(Next::Stop((Ending::Asked, Some(answer))));
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
                    let answer = by_name::answer(&store.reader()?, &name, question)?;
                    Ok(Reply::Answer(answer.ok_or(Failure::Unknown)?))
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
            let met = meet_all(&endpoint, &store, &clock).await;
            let _ =
                answer.send(met.map_or_else(|error| Reply::Failed(error.into()), Reply::Synced));
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
        let limit = limits::INVITATION_SECONDS_MAX;
        if seconds > limit {
            return Err(other(format!("invitation for {seconds} s exceeds {limit}")));
        }
        let book = self.store.reader()?.book()?;
        let book = book.ok_or(Failure::User(goodword_core::UserError::NoBook))?;
        let secret = (self.options.draw)().ok_or_else(|| other("no randomness".to_owned()))?;
        let expires = millis(self.options) / 1000 + seconds;
        let invitation = Invitation::new(Purpose::OwnDevice, &book, address, secret, expires)
            .map_err(|error| other(error.to_string()))?;
        self.server.invite(&invitation);
        Ok(Reply::Invitation { text: invitation.text().as_str().to_owned(), expires })
    }

    fn decide(&mut self, device: DeviceId, accept: bool) -> Result<Reply, Failure> {
        let request = self.waiting.remove(&device).filter(|request| !request.is_gone());
        let request =
            request.ok_or_else(|| Failure::NotFound("no such device waits".to_owned()))?;
        if accept {
            request.accept()
        } else {
            request.decline()
        }
        self.store.announce();
        Ok(Reply::Yes)
    }

    fn hear(&mut self, event: NetEvent) {
        match event {
            NetEvent::Asked(request) => {
                tracing::info!(device = %request.device.short(), "a device asks to join");
                self.waiting.insert(request.device, request);
                self.store.announce();
            }
            NetEvent::Joined { device, .. } => {
                tracing::info!(device = %device.short(), "a device has joined");
                self.keep_all();
            }
            NetEvent::NotJoined { device, refusal } => {
                self.waiting.retain(|_, request| !request.is_gone());
                self.store.announce();
                tracing::info!(device = %device.short(), ?refusal, "a device has not joined");
            }
            NetEvent::Stranger { device } => {
                tracing::info!(device = %device.short(), "a stranger was turned away");
            }
            NetEvent::Started { device, address } => {
                self.carried.sessions += 1;
                tracing::info!(device = %device.short(), "in touch");
                let store = self.store.clone();
                self.tasks.spawn_blocking(move || remember(&store, device, &address));
            }
            NetEvent::Synced(synced) => {
                let store = self.store.clone();
                self.tasks.spawn_blocking(move || remember(&store, synced.device, &synced.address));
            }
            NetEvent::Failed { device, error } => {
                tracing::debug!(device = %device.short(), %error, "not in touch");
            }
            NetEvent::RelayLost => {}
        }
    }

    /// Keeps in touch with every device of the owner that the roster has.
    fn keep_all(&self) {
        match others(&self.store) {
            Ok(devices) => devices.into_iter().for_each(|device| self.server.keep(device)),
            Err(error) => tracing::warn!(%error, "the roster cannot be read"),
        }
    }

    fn tick(&mut self) {
        self.waiting.retain(|_, request| !request.is_gone());
        let is_time = |last: Instant| last.elapsed() >= limits::CHORE_EVERY;
        let chore = self.carried.chore.is_none_or(is_time).then(|| self.options.chore.clone());
        if chore.is_some() {
            self.carried.chore = Some(Instant::now());
        }
        let store = self.store.clone();
        self.tasks.spawn_blocking(move || {
            if let Err(error) = catch_up(&store) {
                tracing::warn!(%error, "documents stay behind");
            }
            if let Some(chore) = chore {
                chore();
            }
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
        let mut logs = Vec::new();
        for space in Space::ALL {
            for (log, head) in reader.heads(space)? {
                logs.push(LogStatus { space, device: log.device, entries: head.next });
            }
        }
        let now = millis(self.options) / 1000;
        let connected = self.server.connected();
        Ok(Status {
            process: std::process::id(),
            program: self.options.version.clone(),
            since: self.carried.since,
            device: self.endpoint.device(),
            listens_on: self.endpoint.address().direct.iter().map(ToString::to_string).collect(),
            relay: self.endpoint.relay_answers(),
            peers: peers(&self.store, |device| connected.contains(device))?,
            waiting: self.waiting(),
            invitations: self.carried.invitations.count(now) as u64,
            sessions: self.carried.sessions,
            tasks: Handle::current().metrics().num_alive_tasks() as u64,
            store: reader.ask(&StoreStatus)?,
            logs,
        })
    }
}

/// Takes into documents what was left behind, if there is any.
fn catch_up(store: &SharedStore) -> Result<(), StoreError> {
    match store.reader()?.ask(&StoreStatus)?.behind {
        0 => Ok(()),
        _ => store.write(|store| store.catch_up()),
    }
}

fn millis(options: &Options) -> u64 {
    u64::try_from((options.clock)().at.as_millisecond()).unwrap_or(0)
}
