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

/// How long an invitation waits for the address that others can reach this device by.
pub const ADDRESS_PATIENCE: Duration = Duration::from_secs(5);

/// Longest time that an invitation is good for, in seconds: a day.
pub const INVITATION_SECONDS_MAX: u64 = 24 * 60 * 60;

/// How often it is looked whether another process has finished writing.
pub const STORE_POLL: Duration = Duration::from_millis(40);

/// How long a client that has just come in may take to say what it wants, when the daemon goes.
pub const LAST_CALL: Duration = Duration::from_millis(50);

/// How often the chore is done.
pub const CHORE_EVERY: Duration = Duration::from_secs(60 * 60);

/// How long sessions may take to end when the daemon is to stop.
pub const GOODBYE_TIME_MAX: Duration = Duration::from_secs(3);

/// How often devices that were admitted meanwhile, and documents left behind, are looked for.
pub const TICK: Duration = Duration::from_secs(30);
