//! One client: takes its calls, passes them to the daemon, and gives back the answers.

use std::pin::pin;

use serde_json::Value;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use crate::control::{Call, Failure, Reply, Request, VERSION};
use crate::daemon::Event;
use crate::doorway;
use crate::error::Error;
use crate::limits;

/// Serves a client until it goes, or until it was told that the daemon goes.
pub(crate) async fn serve(
    stream: UnixStream,
    events: mpsc::Sender<Event>,
    leaving: watch::Receiver<bool>,
) {
    let (read, write) = stream.into_split();
    let mut clerk = Clerk { read, write, events, leaving };
    if let Err(error) = clerk.converse().await {
        tracing::debug!(%error, "a client went away");
    }
}

struct Clerk {
    read: OwnedReadHalf,
    write: OwnedWriteHalf,
    events: mpsc::Sender<Event>,
    leaving: watch::Receiver<bool>,
}

impl Clerk {
    async fn converse(&mut self) -> Result<(), Error> {
        loop {
            let call = match self.next_call().await {
                Ok(Some(call)) => call,
                Ok(None) => return Ok(()),
                Err(error) => {
                    if matches!(error, Error::Malformed(_) | Error::TooLong { .. }) {
                        // Where its next call would begin is not known: the conversation ends.
                        self.reply(Reply::Failed(Failure::Unknown)).await?;
                    }
                    return Err(error);
                }
            };
            let request = match understood(call) {
                Ok(request) => request,
                Err(failure) => {
                    self.reply(Reply::Failed(failure)).await?;
                    continue;
                }
            };
            match request {
                Request::Watch => return self.watch_store().await,
                Request::Lend => return self.lend().await,
                request => {
                    let reply = self.pass_on(request).await;
                    self.reply(reply).await?;
                }
            }
        }
    }

    /// The client's next call; `None` if there is none, or none in time before the daemon goes.
    async fn next_call(&mut self) -> Result<Option<Call<Value>>, Error> {
        let Self { read, leaving, .. } = self;
        let mut reading = pin!(doorway::read::<Call<Value>>(read));
        tokio::select! {
            call = &mut reading => return call,
            // An error means that it has gone.
            _ = leaving.wait_for(|leaving| *leaving) => {}
        }
        timeout(limits::LAST_CALL, reading).await.unwrap_or(Ok(None))
    }

    async fn pass_on(&self, request: Request) -> Reply {
        let (answer, answered) = oneshot::channel();
        if self.events.send(Event::Asked { request, answer }).await.is_err() {
            return Reply::Failed(Failure::Leaving);
        }
        answered.await.unwrap_or_else(|_| {
            // Whoever was at it is gone, and may have done it.
            let told = match *self.leaving.borrow() {
                true => "the daemon ended before it was done",
                false => "the daemon made a mistake",
            };
            Reply::Failed(Failure::Other(told.to_owned()))
        })
    }

    async fn reply(&mut self, reply: Reply) -> Result<(), Error> {
        match doorway::write(&mut self.write, &reply).await {
            Err(error @ Error::TooLong { .. }) => {
                let failed = Reply::Failed(Failure::Other(error.to_string()));
                doorway::write(&mut self.write, &failed).await
            }
            written => written,
        }
    }

    /// Tells of every change until the client goes.
    async fn watch_store(&mut self) -> Result<(), Error> {
        loop {
            let (give, given) = oneshot::channel::<watch::Receiver<u64>>();
            if self.events.send(Event::Watch { give }).await.is_err() {
                return Ok(());
            }
            let Ok(mut changes) = given.await else { return Ok(()) };
            loop {
                doorway::write(&mut self.write, &Reply::Changed).await?;
                tokio::select! {
                    // The store is closed: the next one is watched.
                    changed = changes.changed() => if changed.is_err() { break },
                    _ = doorway::read::<Value>(&mut self.read) => return Ok(()),
                    _ = self.leaving.wait_for(|leaving| *leaving) => return Ok(()),
                }
            }
        }
    }

    /// Has the daemon step aside until the client goes.
    async fn lend(&mut self) -> Result<(), Error> {
        let (granted, grant) = oneshot::channel();
        let (back, returned) = oneshot::channel::<()>();
        let asked = self.events.send(Event::Lend { granted, returned }).await;
        if asked.is_err() || grant.await.is_err() {
            return self.reply(Reply::Failed(Failure::Leaving)).await;
        }
        self.reply(Reply::Yes).await?;
        // Whatever the client sends, or its going: it is done with the store.
        tokio::select! {
            _ = doorway::read::<Value>(&mut self.read) => {}
            _ = self.leaving.wait_for(|leaving| *leaving) => {}
        }
        drop(back);
        Ok(())
    }
}

/// What is asked for. To stop is understood in every version, so that an older daemon can be ended.
fn understood(call: Call<Value>) -> Result<Request, Failure> {
    let request = serde_json::from_value(call.request);
    match request {
        Ok(Request::Stop) => Ok(Request::Stop),
        _ if call.version != VERSION => Err(Failure::OtherVersion(VERSION)),
        Ok(request) => Ok(request),
        Err(_) => Err(Failure::Unknown),
    }
}
