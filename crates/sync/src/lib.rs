//! What goodword devices say to each other.
//!
//! State machines that take bytes and give bytes: no network, no clock, no dice, no database of
//! their own. The invariant: after a session at rest both devices hold the same entries of every
//! space that both may read, and neither has been told anything of another space.
#![forbid(unsafe_code)]

mod error;
mod frame;
#[cfg(any(test, fuzzing))]
pub mod fuzzing;
pub mod limits;
mod report;
mod session;
pub mod simulator;

pub use error::{Mistake, SessionError};
pub use report::{Report, SpaceReport};
pub use session::{Mode, Output, Session};
