//! What goodword knows and where it rests.
//!
//! Pure but for the database: no clock, no randomness, no network, no terminal. Every shell does
//! only [`Store::apply`] and [`Store::ask`].
#![forbid(unsafe_code)]

pub mod change;
mod document;
pub mod fold;
pub mod hash;
mod id;
pub mod limits;
pub mod log;
pub mod model;
pub mod query;
pub mod roster;
mod space;
pub mod store;
pub mod text;
pub mod view;

#[cfg(fuzzing)]
pub use document::fuzzing;

pub use change::{Change, Now, Outcome};
pub use document::{Map, Scalar, State, Values, trial};
pub use id::*;
pub use query::Question;
pub use space::{Space, SpaceIds, SpaceSet};
pub use store::{Error, PeerError, Store, UserError};
