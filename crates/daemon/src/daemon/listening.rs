//! Lets clients in, so many at a time, and sees them off when the daemon ends.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::Event;
use crate::clerk;
use crate::doorway::Doorway;
use crate::limits;

/// How long nobody is let in after that failed: a process that is out of files gets some back.
const PAUSE: Duration = Duration::from_millis(100);

/// The task that lets clients in.
pub(super) struct Listening {
    leaving: watch::Sender<bool>,
    closed: watch::Receiver<bool>,
    task: JoinHandle<()>,
}

impl Listening {
    pub(super) fn start(doorway: Doorway, events: mpsc::Sender<Event>) -> Self {
        let (leaving, leaves) = watch::channel(false);
        let (closes, closed) = watch::channel(false);
        let task = tokio::spawn(listen(doorway, events, leaves, closes));
        Self { leaving, closed, task }
    }

    /// Lets nobody in any more; returns when the socket is gone.
    pub(super) async fn close(&self) {
        self.leaving.send_replace(true);
        // An error means that the task is gone, and the socket with it.
        let _ = self.closed.clone().wait_for(|closed| *closed).await;
    }

    /// Waits until everybody in here has heard the answer to what they asked.
    pub(super) async fn end(mut self) {
        if timeout(limits::GOODBYE_TIME_MAX, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // Its doorway goes with it.
        self.task.abort();
    }
}

async fn listen(
    mut doorway: Doorway,
    events: mpsc::Sender<Event>,
    mut leaving: watch::Receiver<bool>,
    closed: watch::Sender<bool>,
) {
    let places = Arc::new(Semaphore::new(limits::CLIENTS_MAX));
    let mut clients = JoinSet::new();
    let for_clients = leaving.clone();
    let left = async { drop(leaving.wait_for(|leaving| *leaving).await) };
    let mut left = pin!(left);
    loop {
        tokio::select! {
            place = places.clone().acquire_owned() => {
                let Ok(place) = place else { break };
                let stream = tokio::select! {
                    stream = doorway.next() => stream,
                    Some(_) = clients.join_next() => continue,
                    () = &mut left => break,
                };
                match stream {
                    Ok(stream) => {
                        let served = clerk::serve(stream, events.clone(), for_clients.clone());
                        clients.spawn(async move {
                            served.await;
                            drop(place);
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a client could not come in");
                        sleep(PAUSE).await;
                    }
                }
            }
            () = &mut left => break,
        }
    }
    // Who stands at the door is let in, to be told.
    doorway.hide();
    while let Ok(Ok(stream)) = timeout(limits::LAST_CALL, doorway.next()).await {
        clients.spawn(clerk::serve(stream, events.clone(), for_clients.clone()));
    }
    drop((doorway, events));
    closed.send_replace(true);
    while clients.join_next().await.is_some() {}
}
