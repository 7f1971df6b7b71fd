//! What goodword costs, beside SQLite and the bare library in the same run.
//!
//! Measures the built program and the crates through their public doors; changes neither. Ratios
//! of one run count, absolute times drift: every reference is measured in turn with ours, and the
//! medians are compared. Each heavy measurement runs in a process of its own, so that its peak
//! memory is its own.
#![forbid(unsafe_code)]

pub mod bare;
pub mod book;
pub mod cold;
pub mod dice;
pub mod fixture;
pub mod live;
pub mod pipe;
pub mod process;
pub mod sqlite;
pub mod table;
pub mod worker;

/// A failure of a measurement: it is told and ends the run.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
