//! Every bound on what a client may cost: its value, unit, reason.

use std::time::Duration;

/// Largest request or reply, in bytes: an import of 100,000 people as JSON, twice over.
pub const MESSAGE_BYTES_MAX: usize = 128 * 1024 * 1024;

/// Clients served at a time: a hundred scripts at once, and a few that watch.
pub const CLIENTS_MAX: usize = 256;

/// Events that wait for the daemon before whoever brings them waits too.
pub const EVENTS_MAX: usize = 256;

/// Longest path of a socket, in bytes: what every Unix takes (`sun_path` of 104 and a zero byte).
pub const SOCKET_PATH_BYTES_MAX: usize = 103;

/// How long a command waits for the daemon to answer that it is there.
pub const HELLO_TIME_MAX: Duration = Duration::from_secs(5);

/// How long an invitation waits for the address that others can reach this device by.
pub const ADDRESS_PATIENCE: Duration = Duration::from_secs(5);

/// How long sessions may take to end when the daemon is to stop.
pub const GOODBYE_TIME_MAX: Duration = Duration::from_secs(3);

/// How often devices that were admitted meanwhile, and documents left behind, are looked for.
pub const TICK: Duration = Duration::from_secs(30);
