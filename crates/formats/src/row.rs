//! What became of each row of a file, and the count of it.
//!
//! One outcome per row or card; the reasons are typed so that a shell can sort and count them.

use std::collections::BTreeMap;
use std::fmt;

use goodword_core::model::Incoming;
use serde::Serialize;

use crate::Error;
use crate::limits::{REJECTED_MAX, ROWS_MAX, WARNINGS_MAX};

/// What became of one row or card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::large_enum_variant, reason = "nearly every row is the large one")]
pub enum Row {
    /// It was understood.
    Read {
        /// The person.
        incoming: Incoming,
        /// What had to be left out of it.
        warnings: Vec<Reason>,
    },
    /// It is sound but holds nothing to import.
    Skipped {
        /// Where it stands: line of a CSV, ordinal of a card, counted from 1.
        place: u64,
        /// Why.
        reason: Reason,
    },
    /// It is broken.
    Rejected {
        /// Where it stands: line of a CSV, ordinal of a card, counted from 1.
        place: u64,
        /// Why.
        reason: Reason,
    },
}

/// Why a row was skipped or rejected, or what of it was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// No name, and nothing to make one from.
    WithoutName,
    /// The same key stands in an earlier row of this file.
    Duplicate {
        /// Place of the earlier row.
        of: u64,
    },
    /// The card is a group, not a person.
    Group,
    /// A quote is opened and never closed in a sensible place.
    UnclosedQuote,
    /// The row has more cells than the header.
    Cells {
        /// Cells in the row.
        found: usize,
        /// Cells in the header.
        expected: usize,
    },
    /// The record exceeds [`RECORD_BYTES_MAX`](crate::limits::RECORD_BYTES_MAX).
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The card exceeds [`PROPERTIES_MAX`].
    ///
    /// [`PROPERTIES_MAX`]: crate::limits::PROPERTIES_MAX
    TooManyProperties {
        /// The limit.
        limit: usize,
    },
    /// The card holds a byte that is not UTF-8 and names no charset.
    NotUtf8 {
        /// Offset of the byte in the file, from 0.
        offset: u64,
    },
    /// The card has no `END:VCARD`.
    Unclosed,
    /// A card inside the card was left out.
    Nested,
    /// A line is not a property.
    NotAProperty {
        /// The line, from 1.
        line: u64,
    },
    /// A value was cut.
    Cut {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Categories beyond [`TAGS_MAX`](crate::limits::TAGS_MAX) were left out.
    TooManyTags {
        /// The limit.
        limit: usize,
    },
    /// A charset that is not known; the bytes were taken for UTF-8 or Windows-1252.
    Charset {
        /// The charset's name.
        name: String,
    },
    /// A date that is on no calendar.
    ImpossibleDate {
        /// The date, as written.
        text: String,
    },
    /// A date that can be read in two ways.
    AmbiguousDate {
        /// The date, as written.
        text: String,
    },
    /// A date in no known form.
    UnknownDate {
        /// The date, as written.
        text: String,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WithoutName => f.write_str("without a name"),
            Self::Duplicate { of } => write!(f, "the same person as row {of} of this file"),
            Self::Group => f.write_str("a group, not a person"),
            Self::UnclosedQuote => f.write_str("a quote is not closed"),
            Self::Cells { found, expected } => {
                write!(f, "{found} cells where the header has {expected}")
            }
            Self::TooLong { limit } => write!(f, "longer than {limit} bytes"),
            Self::TooManyProperties { limit } => write!(f, "more than {limit} properties"),
            Self::NotUtf8 { offset } => write!(f, "the byte at offset {offset} is not UTF-8"),
            Self::Unclosed => f.write_str("no `END:VCARD`"),
            Self::Nested => f.write_str("a card inside the card was left out"),
            Self::NotAProperty { line } => write!(f, "line {line} is not a property"),
            Self::Cut { limit } => write!(f, "a value was cut after {limit} bytes"),
            Self::TooManyTags { limit } => write!(f, "categories beyond {limit} were left out"),
            Self::Charset { name } => write!(f, "the charset `{name}` is not known"),
            Self::ImpossibleDate { text } => write!(f, "the date `{text}` does not exist"),
            Self::AmbiguousDate { text } => {
                write!(f, "the date `{text}` can be read in two ways")
            }
            Self::UnknownDate { text } => write!(f, "`{text}` is not a date"),
        }
    }
}

/// How many rows of a file met which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows understood.
    pub read: u64,
    /// Of those, rows with warnings.
    pub warned: u64,
    /// Rows with nothing to import.
    pub skipped: u64,
    /// Rows that are broken.
    pub rejected: u64,
    /// Rows without any content; they have no outcome of their own.
    pub blank: u64,
    /// Embedded pictures, logos and sounds left out.
    pub media_dropped: u64,
}

/// Hands rows over, counts them, and holds the bounds that concern the whole file.
pub(crate) struct Tally<'a> {
    pub(crate) summary: Summary,
    each: &'a mut dyn FnMut(Row),
    places: BTreeMap<String, u64>,
}

impl<'a> Tally<'a> {
    pub(crate) fn new(each: &'a mut dyn FnMut(Row)) -> Self {
        Self { summary: Summary::default(), each, places: BTreeMap::new() }
    }

    /// Hands over a row that was understood, unless its key was seen before.
    pub(crate) fn read(
        &mut self,
        incoming: Incoming,
        mut warnings: Vec<Reason>,
    ) -> Result<(), Error> {
        if let Some(key) = &incoming.key {
            if let Some(of) = self.places.get(key) {
                let reason = Reason::Duplicate { of: *of };
                return self.skip(incoming.place, reason);
            }
            self.places.insert(key.clone(), incoming.place);
        }
        warnings.truncate(WARNINGS_MAX);
        self.summary.read += 1;
        self.summary.warned += u64::from(!warnings.is_empty());
        self.hand_over(Row::Read { incoming, warnings })
    }

    pub(crate) fn skip(&mut self, place: u64, reason: Reason) -> Result<(), Error> {
        self.summary.skipped += 1;
        self.hand_over(Row::Skipped { place, reason })
    }

    pub(crate) fn reject(&mut self, place: u64, reason: Reason) -> Result<(), Error> {
        self.summary.rejected += 1;
        if self.summary.rejected > REJECTED_MAX {
            return Err(Error::TooManyRejected { limit: REJECTED_MAX });
        }
        self.hand_over(Row::Rejected { place, reason })
    }

    fn hand_over(&mut self, row: Row) -> Result<(), Error> {
        let Summary { read, skipped, rejected, .. } = self.summary;
        if read + skipped + rejected > ROWS_MAX {
            return Err(Error::TooManyRows { limit: ROWS_MAX });
        }
        (self.each)(row);
        Ok(())
    }
}
