//! Rows derived from documents, so that a list is one range scan.
//!
//! Written in the transaction that stores the document; never read by sync. Each document yields
//! its own rows and no others, as a pure function of its state (`project`), so rows can be made
//! again one document at a time, identically. Only the rows of `due` follow from other rows.

pub(crate) mod due;
pub(crate) mod key;
pub(crate) mod project;
mod rows;

pub use rows::{Also, CompanyRow, DetailsRow, InteractionRow, NoteRow, PersonRow, PrivateRow};
