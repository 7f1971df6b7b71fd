//! Whole histories of several devices, drawn from a seed and checked against the batch fold.
//!
//! It drives the same sessions and stores as the program does, on memory: no clock, no dice but its
//! own, no threads. One seed gives one history and one hash on every platform.

mod changes;
mod check;
mod copies;
pub(crate) mod device;
pub(crate) mod dice;
mod link;
mod musts;
mod twins;
mod world;

pub use check::Difference;

use goodword_core::{DeviceId, Error};

use crate::SessionError;

/// What a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Hash over the documents, views, frontiers and authority of every device, and these counts.
    pub hash: [u8; 32],
    /// Sessions that were opened.
    pub sessions: u64,
    /// Sessions that ended because both sides were done.
    pub finished: u64,
    /// Sessions that broke, amid a frame or between two.
    pub broken: u64,
    /// Commands that were carried out.
    pub commands: u64,
    /// Times that a program was ended and started again.
    pub restarts: u64,
    /// Devices that were copied.
    pub copies: u64,
    /// Times that a device's disk was set back to what it was.
    pub set_back: u64,
    /// Logs that are forked in the end.
    pub forks: u64,
    /// Devices that were removed.
    pub removals: u64,
    /// Removals on a device that did not hold all that the removed one had written.
    pub late_removals: u64,
    /// People who were erased.
    pub erasures: u64,
    /// People who were founded again.
    pub refoundings: u64,
    /// Documents on each device in the end.
    pub documents: u64,
    /// Entries on each device in the end.
    pub entries: u64,
}

/// A run that went wrong. The seed repeats it.
#[derive(Debug, thiserror::Error)]
#[error("seed {seed}, step {step}: {trouble}")]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// How many steps had been taken.
    pub step: u64,
    /// What went wrong.
    pub trouble: Trouble,
}

/// What went wrong in a run.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A store failed, or refused what makes sense.
    #[error("store of device {}: {error}", device.short())]
    Store {
        /// Whose.
        device: DeviceId,
        /// Why.
        error: Error,
    },
    /// A session failed though both sides are honest.
    #[error("session: {0}")]
    Session(SessionError),
    /// A session stands still though it is not done.
    #[error("session between {} and {} neither moves nor ends", .0.short(), .1.short())]
    Stalled(DeviceId, DeviceId),
    /// Entries still move after every device has met every other often enough.
    #[error("devices are not at rest after {rounds} rounds of sessions")]
    Restless {
        /// How many.
        rounds: u64,
    },
    /// At rest, and yet two devices differ, or one differs from the fold.
    #[error("{0}")]
    Differ(#[from] Difference),
}

/// Runs the history of a seed to its end.
///
/// # Errors
/// [`Failure`] if an invariant does not hold.
pub fn run(seed: u64) -> Result<Outcome, Failure> {
    world::run(seed, Course::Usual)
}

/// Runs a history in which, beside what is drawn, a device is copied and both copies write, a
/// device is removed whose last entries others build upon, a person is erased and one founded again
/// amid edits elsewhere.
///
/// # Errors
/// [`Failure`] if an invariant does not hold.
pub fn run_troubled(seed: u64) -> Result<Outcome, Failure> {
    world::run(seed, Course::Troubled)
}

/// Runs a short history of two devices, one of which is copied, set back, restored from a backup or
/// started twice, once; both copies go on.
///
/// # Errors
/// [`Failure`] if an invariant does not hold.
pub fn run_twins(seed: u64) -> Result<Outcome, Failure> {
    world::run(seed, Course::Twins)
}

/// What a run is to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Usual,
    Troubled,
    Twins,
}
