//! Two devices in one process, with a session between them and no network.

use goodword_core::{DeviceId, Store};
use goodword_sync::{Mode, Output, Report, Session};

use crate::{Result, fixture};

/// Runs a session between two stores to its end and gives the initiator's report.
///
/// # Errors
/// If either side refuses.
pub fn sync(initiator: &mut Store, responder: &mut Store, is_joining: bool) -> Result<Report> {
    let ids: [DeviceId; 2] = [initiator.device(), responder.device()];
    let start = if is_joining { Session::joining } else { Session::new };
    let mut sessions = [start(ids[1], true, Mode::Once), Session::new(ids[0], false, Mode::Once)];
    let stores = [initiator, responder];
    let now = fixture::now(1_000_000);
    loop {
        let mut has_moved = false;
        for side in 0..2 {
            // One frame at a time, as a full transport would take them.
            if let Some(Output::Send(bytes)) = sessions[side].poll_output(stores[side], now)? {
                has_moved = true;
                sessions[1 - side].receive(stores[1 - side], now, &bytes)?;
            }
        }
        if !has_moved {
            break;
        }
    }
    if sessions.iter().all(|session| session.report().finished) {
        Ok(sessions[0].report().clone())
    } else {
        Err("the session stopped before its end".into())
    }
}
