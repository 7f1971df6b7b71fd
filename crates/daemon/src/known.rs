//! Meeting every device of the owner that can be called.

use goodword_core::Error;
use goodword_core::query::Devices;
use goodword_net::{Clock, Endpoint, SharedStore, known, meet};

use crate::met::{Answered, Met, Unreachable};

/// Meets every one of them, one after the other.
///
/// # Errors
/// [`Error::Disk`]; that a device was not met is part of the answer.
pub async fn meet_all(
    endpoint: &Endpoint,
    store: &SharedStore,
    clock: &Clock,
) -> Result<Answered, Error> {
    let mut answered = Answered::default();
    for device in known(store)? {
        match meet(endpoint, store, clock, &device.address).await {
            Ok(synced) => answered.met.push(Met::of(&synced, device.name)),
            Err(error) => answered.unreachable.push(Unreachable {
                device: device.device.to_string(),
                name: device.name,
                reason: error.to_string(),
                last_met: None,
                waiting: None,
            }),
        }
    }
    let lines = store.reader()?.ask(&Devices)?;
    for one in &mut answered.unreachable {
        let line = lines.iter().find(|line| line.device.to_string() == one.device);
        one.last_met = line.and_then(|line| line.last_met);
        one.waiting = line.and_then(|line| line.waiting);
    }
    Ok(answered)
}
