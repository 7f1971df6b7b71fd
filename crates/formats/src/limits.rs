//! What a file may cost, each bound with its unit and its reason.
//!
//! A bound that is hit gives an error or an outcome that names it, never silent loss.

/// Bytes of a file that [`detect`](crate::detect()) wants to see, at most.
///
/// The preamble of a LinkedIn export is under 1 KiB; this leaves room for longer ones.
pub const DETECT_BYTES: usize = 64 * 1024;

/// Largest file read, in bytes.
///
/// An address book of 10,000 cards with pictures is about 150 MB; the largest `Connections.csv`
/// (30,000 connections, LinkedIn's own cap) is about 6 MB.
pub const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Largest record (CSV row, or vCard without its pictures), in bytes; also the largest line kept
/// in memory.
///
/// A hundred times the longest notes seen in an address book. A longer line is a broken file or
/// an embedded picture, and is skipped without being kept.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// Most lines that one CSV row may span.
///
/// Cells of several lines exist, cells of hundreds do not: beyond it, a quote was left open.
pub const RECORD_LINES_MAX: usize = 200;

/// Most rows or cards in a file.
///
/// Twice the size that the program is built for.
pub const ROWS_MAX: u64 = 200_000;

/// Most rejected rows before the file is given up.
///
/// So many broken rows mean a broken file; each costs up to [`RECORD_BYTES_MAX`] of reading.
pub const REJECTED_MAX: u64 = 1_000;

/// Lines searched for the header of a CSV file.
///
/// LinkedIn's preamble has had two to six lines.
pub const PREAMBLE_LINES_MAX: u64 = 100;

/// Most properties of one card.
///
/// The fullest cards seen have about 80.
pub const PROPERTIES_MAX: usize = 2_000;

/// Most categories of one card; further ones are left out.
///
/// Address books have some dozens of groups in all.
pub const TAGS_MAX: usize = 200;

/// Most types of one property that its label is made from.
///
/// A telephone number has at most four or five.
pub const TYPES_MAX: usize = 16;

/// Longest single-line value (a name, an employer, an address), in bytes; longer ones are cut.
///
/// Twice the longest web address that browsers promise to handle.
pub const FIELD_BYTES_MAX: usize = 4 * 1024;

/// Longest note, in bytes; longer ones are cut.
///
/// About thirty printed pages.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;

/// Longest key, in bytes; a longer identifier identifies nobody.
///
/// A `urn:uuid:` has 45, the longest identifiers of servers about 250.
pub const KEY_BYTES_MAX: usize = 1024;

/// Most warnings kept for one row.
///
/// Enough to see what is wrong with it.
pub const WARNINGS_MAX: usize = 20;
