//! How a daemon stands, for `daemon status`.

use goodword_core::query::StatusReport;
use goodword_core::{DeviceId, Space};
use goodword_net::Peer;
use serde::{Deserialize, Serialize};

use crate::control::Waiting;

/// How a daemon stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The daemon's process.
    pub process: u32,
    /// Version of the program that it runs.
    pub program: String,
    /// Milliseconds since the Unix epoch at which it started.
    pub since: u64,
    /// This device.
    pub device: DeviceId,
    /// Sockets on which it listens.
    pub listens_on: Vec<String>,
    /// Whether the home relay answers; `None` without one.
    pub relay: Option<bool>,
    /// The owner's other devices.
    pub peers: Vec<Peer>,
    /// Who waits to be let in.
    pub waiting: Vec<Waiting>,
    /// Invitations that are open.
    pub invitations: u64,
    /// Sessions since it started, those under way among them.
    pub sessions: u64,
    /// What it does at a time: as many for a year as for a day.
    pub tasks: u64,
    /// Counts of the store.
    pub store: StatusReport,
    /// How far each log is held.
    pub logs: Vec<LogStatus>,
}

/// One log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogStatus {
    /// Its space.
    pub space: Space,
    /// Its device.
    pub device: DeviceId,
    /// Entries held.
    pub entries: u64,
}
