//! One client: takes its calls, passes them to the daemon, and gives back the answers.

use serde_json::Value;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot, watch};

use crate::control::{Call, Failure, Reply, Request, VERSION};
use crate::daemon::Event;
use crate::doorway;
use crate::error::Error;

/// Serves a client until it goes.
pub(crate) async fn serve(stream: UnixStream, events: mpsc::Sender<Event>) {
    let (mut read, mut write) = stream.into_split();
    if let Err(error) = converse(&mut read, &mut write, &events).await {
        tracing::debug!(%error, "a client went away");
    }
}

async fn converse(
    read: &mut OwnedReadHalf,
    write: &mut OwnedWriteHalf,
    events: &mpsc::Sender<Event>,
) -> Result<(), Error> {
    while let Some(call) = doorway::read::<Call<Value>>(read).await? {
        if call.version != VERSION {
            doorway::write(write, &Reply::Failed(Failure::OtherVersion(VERSION))).await?;
            continue;
        }
        match serde_json::from_value(call.request) {
            Ok(Request::Watch) => return watch_store(read, write, events).await,
            Ok(Request::Lend) => return lend(read, write, events).await,
            Ok(request) => {
                let (answer, answered) = oneshot::channel();
                if events.send(Event::Asked { request, answer }).await.is_err() {
                    return Ok(());
                }
                let Ok(reply) = answered.await else { return Ok(()) };
                doorway::write(write, &reply).await?;
            }
            Err(_) => doorway::write(write, &Reply::Failed(Failure::Unknown)).await?,
        }
    }
    Ok(())
}

/// Tells of every change until the client goes.
async fn watch_store(
    read: &mut OwnedReadHalf,
    write: &mut OwnedWriteHalf,
    events: &mpsc::Sender<Event>,
) -> Result<(), Error> {
    loop {
        let (give, given) = oneshot::channel::<watch::Receiver<u64>>();
        if events.send(Event::Watch { give }).await.is_err() {
            return Ok(());
        }
        let Ok(mut changes) = given.await else { return Ok(()) };
        changes.mark_unchanged();
        loop {
            doorway::write(write, &Reply::Changed).await?;
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { break },
                _ = doorway::read::<Value>(read) => return Ok(()),
            }
        }
    }
}

/// Has the daemon step aside until the client goes.
async fn lend(
    read: &mut OwnedReadHalf,
    write: &mut OwnedWriteHalf,
    events: &mpsc::Sender<Event>,
) -> Result<(), Error> {
    let (granted, grant) = oneshot::channel();
    let (back, returned) = oneshot::channel::<()>();
    if events.send(Event::Lend { granted, returned }).await.is_err() || grant.await.is_err() {
        return Ok(());
    }
    doorway::write(write, &Reply::Yes).await?;
    // Whatever the client sends, or its going: it is done with the store.
    let _ = doorway::read::<Value>(read).await;
    drop(back);
    Ok(())
}
