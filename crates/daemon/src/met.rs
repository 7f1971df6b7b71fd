//! What sessions came to, as it is told.

use std::time::Duration;

use goodword_core::Space;
use goodword_net::Synced;
use serde::{Deserialize, Serialize};

/// What meeting every device came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// Those that were met.
    pub met: Vec<Met>,
    /// Those that were not.
    pub unreachable: Vec<Unreachable>,
}

/// A device that could not be met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unreachable {
    /// The device, in hexadecimal.
    pub device: String,
    /// Its name.
    pub name: Option<String>,
    /// Why.
    pub reason: String,
    /// When it was last met, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub last_met: Option<u64>,
    /// Changes that wait for it; `None` if it was never known to hold all.
    #[serde(default)]
    pub waiting: Option<u64>,
}

/// What one session came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Met {
    /// The device, in hexadecimal.
    pub device: String,
    /// Its name.
    pub name: Option<String>,
    /// Entries sent and received, per space.
    pub spaces: Vec<MetSpace>,
    /// Bytes of frames sent.
    pub bytes_sent: u64,
    /// Bytes of frames received.
    pub bytes_received: u64,
    /// How often this side waited for an answer.
    pub round_trips: u64,
    /// Milliseconds to connect.
    pub connected_in_ms: u64,
    /// Milliseconds of the session.
    pub took_ms: u64,
    /// Documents that differ though both hold the same entries: a defect.
    pub mismatches: u64,
    /// Logs that are forked: two copies of a device wrote in them.
    #[serde(default)]
    pub forks: u64,
}

/// What was exchanged of one space.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetSpace {
    /// The space.
    pub space: Space,
    /// Entries sent.
    pub sent: u64,
    /// Entries received.
    pub received: u64,
}

impl Met {
    /// Takes what matters of a session.
    pub fn of(synced: &Synced, name: Option<String>) -> Self {
        let report = &synced.report;
        let spaces = report.spaces.iter().map(|(space, counts)| MetSpace {
            space: *space,
            sent: counts.entries_sent,
            received: counts.entries_received,
        });
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self {
            device: synced.device.to_string(),
            name,
            spaces: spaces.collect(),
            bytes_sent: report.bytes_sent,
            bytes_received: report.bytes_received,
            round_trips: report.round_trips,
            connected_in_ms: millis(synced.connected_in),
            took_ms: millis(synced.took),
            mismatches: report.fingerprint_mismatches(),
            forks: report.forks(),
        }
    }
}
