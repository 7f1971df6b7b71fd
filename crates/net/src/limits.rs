//! Every bound on what the network may cost: its value, unit, reason.
//!
//! Bounds on what a frame of a sync session may contain are the sync crate's.

use std::time::Duration;

/// Longest invitation, in characters: an alphanumeric QR code of version 10 (57 × 57 modules) at
/// the medium error correction level holds 311, and 250 still fit three lines of a terminal.
pub const INVITATION_CHARS_MAX: usize = 250;

/// Longest text that is looked at as an invitation, in bytes: four times the longest one, for
/// the line breaks and blanks that mail programs put in.
pub const INVITATION_INPUT_BYTES_MAX: usize = 4 * INVITATION_CHARS_MAX;

/// Longest relay address, in bytes: with it an invitation still holds one direct address.
pub const RELAY_BYTES_MAX: usize = 64;

/// Direct addresses kept of one device: a laptop's wired, wireless and public ones, twice over.
pub const DIRECT_ADDRESSES_MAX: usize = 8;

/// Wrong proofs that close an invitation. An honest device makes none: its text has a checksum.
pub const WRONG_PROOFS_MAX: u32 = 3;

/// Invitations remembered by one process, so that a used or expired one is refused by its reason.
pub const INVITATIONS_MAX: usize = 64;

/// Longest name that a joining device may give itself, in bytes: a line of a terminal.
pub const DEVICE_NAME_BYTES_MAX: usize = 80;

/// Largest frame of the join protocol, in bytes: a genesis statement takes about 90, and one
/// statement at most 32 KiB.
pub const JOIN_FRAME_BYTES_MAX: usize = 64 * 1024;

/// How far the clocks of two devices may be apart before one calls an invitation expired on its
/// own: a summer-time mistake.
pub const CLOCK_SKEW_MAX: Duration = Duration::from_secs(60 * 60);

/// Sync sessions and joins served at a time: a person's devices and members, several times over.
pub const CONNECTIONS_MAX: usize = 32;

/// Handshakes under way at a time. Each costs two signature checks and a few kilobytes.
pub const HANDSHAKES_MAX: usize = 16;

/// Events kept for whoever drives a server before its tasks wait: a burst of reconnections.
pub const EVENTS_MAX: usize = 64;

/// Frames on their way between the network and a session, each way. Two keep the network busy
/// while the store commits; more only cost memory.
pub const FRAMES_BUFFERED: usize = 2;

/// How long reaching a device may take with the help of a relay. Hole punching through a relay takes 1–3 s.
pub const CONNECT_TIME_MAX: Duration = Duration::from_secs(15);

/// How long reaching a device may take without a relay: a handshake with three lost packets.
pub const CONNECT_TIME_DIRECT_MAX: Duration = Duration::from_secs(5);

/// How long a peer may take from its first packet to a finished handshake.
pub const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// How long a peer may take to answer in the join protocol, people apart.
pub const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);

/// How long a person may take to confirm who joins.
pub const CONFIRM_TIME_MAX: Duration = Duration::from_secs(10 * 60);

/// How long a session may wait for the next frame before it counts as cut, while it is not at
/// rest. The peer's longest silence is one commit of a full batch on a slow disk.
pub const SILENCE_TIME_MAX: Duration = Duration::from_secs(60);

/// How long nothing happens before it is written down how much a peer holds: two fsyncs, which a
/// burst of changes is not slowed down by.
pub const LEVEL_KEPT_AFTER: Duration = Duration::from_secs(5);

/// How long to wait for the peer to take the last bytes and close.
pub const CLOSE_TIME_MAX: Duration = Duration::from_secs(3);

/// Calls to one device that is in touch, under way or not yet replaced by a newer one: a network
/// that changes again and again.
pub const RENEWALS_MAX: usize = 4;

/// The first wait before a device that could not be reached is called again.
pub const REDIAL_TIME_MIN: Duration = Duration::from_millis(500);

/// The longest wait before a device that could not be reached is called again: with a call of
/// [`CONNECT_TIME_DIRECT_MAX`] under way, two devices meet within 20 s of a link's return. A call
/// is a handful of packets.
pub const REDIAL_TIME_MAX: Duration = Duration::from_secs(15);

/// How long the device with the larger id waits before its first call, so that two devices that
/// start together do not both call.
pub const FIRST_CALL_DELAY: Duration = Duration::from_millis(250);

/// How long the home relay may be lost while there is a network before something is done.
pub const RELAY_LOST_TIME_MAX: Duration = Duration::from_secs(60);

/// How often the relay is looked at.
pub const RELAY_LOOK_EVERY: Duration = Duration::from_secs(10);

/// How often devices on the local network are asked for: a newcomer is found within four seconds,
/// and one packet in three seconds is a thousandth of what a video call sends.
pub const LOCAL_LOOKUP_EVERY: Duration = Duration::from_secs(3);

/// Devices on the local network that are kept in mind. More are no household and no office, but
/// somebody who makes them up: then this device does without.
pub const LOCAL_DEVICES_MAX: usize = 512;
