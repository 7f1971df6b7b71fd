//! Files that people bring and take away: LinkedIn and vCard in, vCard out; and the lock on a
//! backup, in the age format.
//!
//! Not a store and not a matcher: a file becomes [`Incoming`] rows, and which record a row
//! belongs to is decided in core. Opens no file, reads no clock, fetches no address; any bytes
//! give rows or an [`Error`], never a panic, and memory is bounded by one record and by the keys
//! seen, not by the size of the file.
#![forbid(unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod age;
mod detect;
mod error;
pub mod limits;
mod lines;
mod linkedin;
mod row;
mod text;
mod vcard;

use std::io::Read;

pub use detect::{Kind, detect};
pub use error::{Error, Found};
pub use linkedin::profile_key;
pub use row::{Reason, Row, Summary};
pub use vcard::write_card;

#[cfg(doc)]
use goodword_core::model::Incoming;

/// Reads a file of a known kind and hands over one outcome for each row or card, in file order.
///
/// A bad record never ends the reading. Nothing is to be applied before the whole file has been
/// read: the caller gathers, and drops what it gathered when this fails.
///
/// # Errors
/// [`Error`] when the file as a whole cannot be used: not of that kind, not UTF-8 (CSV only; a
/// card with foreign bytes is rejected alone), over a limit of [`limits`], or not readable.
pub fn read(kind: Kind, source: impl Read, each: &mut dyn FnMut(Row)) -> Result<Summary, Error> {
    match kind {
        Kind::LinkedIn => linkedin::read(source, each),
        Kind::VCard => vcard::read(source, each),
    }
}
