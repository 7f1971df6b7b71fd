//! What kind of file this is, from its first bytes.
//!
//! The name is used for messages only: people rename files. A file of another kind that can be
//! recognised is named as what it is.

use serde::Serialize;

use crate::error::Found;
use crate::linkedin::Header;
use crate::{Error, text};

/// A kind of file that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `Connections.csv` of a LinkedIn export.
    LinkedIn,
    /// A file of vCards, version 2.1, 3.0 or 4.0.
    VCard,
}

/// Signatures of files that people choose by mistake.
const SIGNATURES: &[(&[u8], Found)] = &[
    (b"%PDF", Found::Pdf),
    (b"\x89PNG", Found::Picture),
    (b"\xff\xd8\xff", Found::Picture),
    (b"GIF8", Found::Picture),
    (b"\x1f\x8b", Found::Gzip),
    (b"\xd0\xcf\x11\xe0", Found::Office),
    (b"SQLite format 3", Found::Sqlite),
    (b"\xff\xfe", Found::Utf16),
    (b"\xfe\xff", Found::Utf16),
];

/// How text of other kinds begins, in lower case.
const OPENINGS: &[(&str, Found)] = &[
    ("<!doctype", Found::Html),
    ("<html", Found::Html),
    ("{", Found::Json),
    ("[", Found::Json),
    ("begin:vcalendar", Found::Calendar),
];

/// Cells that only one kind of other CSV has, in lower case.
const CELLS: &[(&str, Found)] = &[
    ("e-mail 1 - value", Found::GoogleCsv),
    ("given name yomi", Found::GoogleCsv),
    ("group membership", Found::GoogleCsv),
    ("e-mail address,e-mail type", Found::OutlookCsv),
    ("e-mail 2 address", Found::OutlookCsv),
    ("business street", Found::OutlookCsv),
    ("conversation id,", Found::OtherLinkedIn),
    ("from,to,sent at,message,direction", Found::OtherLinkedIn),
];

/// Returns the kind of a file of which the first
/// [`DETECT_BYTES`](crate::limits::DETECT_BYTES), or all if it is shorter, are given.
///
/// # Errors
/// [`Error::WrongKind`] for a file that is something else, [`Error::Unrecognised`] for anything
/// unknown, [`Error::Empty`] for white space.
pub fn detect(file_name: &str, first_bytes: &[u8]) -> Result<Kind, Error> {
    if let Some(found) = signature(file_name, first_bytes) {
        return Err(Error::WrongKind(found));
    }
    let start = String::from_utf8_lossy(first_bytes);
    let start = start.trim_start_matches('\u{feff}').trim_start();
    if start.is_empty() {
        return Err(Error::Empty);
    }
    let lower = start.to_lowercase();
    if let Some((_, found)) = OPENINGS.iter().find(|(text, _)| lower.starts_with(text)) {
        return Err(Error::WrongKind(*found));
    }
    if start.lines().any(is_begin) {
        return Ok(Kind::VCard);
    }
    if start.lines().any(|line| Header::find(line).is_some()) {
        return Ok(Kind::LinkedIn);
    }
    match CELLS.iter().find(|(text, _)| lower.contains(text)) {
        Some((_, found)) => Err(Error::WrongKind(*found)),
        None => Err(Error::Unrecognised { file_name: text::excerpt(file_name) }),
    }
}

fn signature(file_name: &str, first_bytes: &[u8]) -> Option<Found> {
    if first_bytes.starts_with(b"PK\x03\x04") {
        let name = file_name.to_lowercase();
        let office = [".xlsx", ".docx", ".ods", ".odt"];
        let is_office = office.iter().any(|end| name.ends_with(end));
        return Some(if is_office { Found::Office } else { Found::Zip });
    }
    let known = |(bytes, _): &&(&[u8], Found)| first_bytes.starts_with(bytes);
    SIGNATURES.iter().find(known).map(|(_, found)| *found)
}

fn is_begin(line: &str) -> bool {
    line.trim().eq_ignore_ascii_case("BEGIN:VCARD")
}
