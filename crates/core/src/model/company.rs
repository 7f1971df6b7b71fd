//! Companies that the search is about.

use serde::{Deserialize, Serialize};

/// One fact about a company.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompanyEdit {
    /// Whether it is a target.
    Target(bool),
    /// How much the seeker wants it, 1 to 5.
    Motivation(Option<u8>),
    /// How well an open posting fits, 0 to 3.
    Posting(Option<u8>),
    /// What is known of it, shareable with the pipeline.
    Note(String),
    /// What is known of it in confidence (space `private`).
    PrivateNote(String),
}

/// Highest motivation.
pub const MOTIVATION_MAX: u8 = 5;
/// Highest posting score.
pub const POSTING_MAX: u8 = 3;
