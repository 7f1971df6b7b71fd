//! One process owns the store, answers commands, and keeps the owner's devices in touch.
//!
//! Commands reach it through a socket in the home directory: one request for each door of the
//! store, and a few about the network. Invariant: one task decides, one store is written, and
//! whoever asks gets the answer that they would get without a daemon.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod clerk;
mod client;
mod control;
mod daemon;
mod doorway;
mod error;
mod known;
pub mod limits;
mod met;
mod status;

pub use client::Client;
pub use control::{Failure, Reply, Request, VERSION, Waiting};
pub use daemon::{Ending, Options, Phase, run};
pub use error::Error;
pub use known::meet_all;
pub use met::{Answered, Met, MetSpace, Unreachable};
pub use status::{LogStatus, Status};
