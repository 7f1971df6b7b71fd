//! Keys of view rows: a tag, then what the row is sorted by.
//!
//! Dates are written as `2026-11-20` (sortable), ids as their bytes; a text inside a key ends
//! with a zero byte.

use jiff::civil::Date;

use crate::id::RecordId;
use crate::model::Tier;

/// Which view a key belongs to: its first byte.
pub(crate) mod tag {
    /// Person → [`PersonRow`](crate::view::PersonRow).
    pub(crate) const PERSON: u8 = b'P';
    /// (folded name, person) → nothing.
    pub(crate) const NAME: u8 = b'N';
    /// (company key, person) → nothing.
    pub(crate) const EMPLOYED: u8 = b'E';
    /// (tag, person) → nothing.
    pub(crate) const TAG: u8 = b'G';
    /// (introducer, person) → nothing.
    pub(crate) const INTRODUCED: u8 = b'I';
    /// (person, day, interaction) → interaction row.
    pub(crate) const TIMELINE: u8 = b'T';
    /// Meeting → interaction row.
    pub(crate) const MEETING: u8 = b'M';
    /// Person → how to reach them.
    pub(crate) const DETAILS: u8 = b'D';
    /// (source key, person) → nothing.
    pub(crate) const SOURCE: u8 = b'S';
    /// (kind and value of a contact detail, person) → nothing.
    pub(crate) const REACH: u8 = b'R';
    /// Record → private notes.
    pub(crate) const PRIVATE: u8 = b'V';
    /// (company key, company) → company row.
    pub(crate) const COMPANY: u8 = b'C';
    /// (company key, company) → private notes on it.
    pub(crate) const COMPANY_PRIVATE: u8 = b'c';
    /// The profile.
    pub(crate) const PROFILE: u8 = b'O';
    /// What only the owner's devices know of the book: its secret.
    pub(crate) const SECRET: u8 = b'X';
    /// Device → its name.
    pub(crate) const DEVICE: u8 = b'd';

    // Rows that follow from other rows.

    /// Person → which of the rows below they have.
    pub(crate) const DUE: u8 = b'1';
    /// (tier, day of last contact, person) → nothing.
    pub(crate) const KEEP_WARM: u8 = b'2';
    /// (day, person) → nothing.
    pub(crate) const FOLLOW_UP: u8 = b'3';
    /// (person introduced and not yet written to) → nothing.
    pub(crate) const WRITE: u8 = b'4';
    /// Name of a count → how many.
    pub(crate) const COUNT: u8 = b'5';
}

/// A key under construction.
#[derive(Clone, Debug)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    pub(crate) fn new(tag: u8) -> Self {
        Self(vec![tag])
    }

    pub(crate) fn record(mut self, record: &RecordId) -> Self {
        self.0.extend_from_slice(&record.0);
        self
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.extend(text.bytes().filter(|byte| *byte != 0));
        self.0.push(0);
        self
    }

    pub(crate) fn date(mut self, date: Date) -> Self {
        self.0.extend_from_slice(date.to_string().as_bytes());
        self
    }

    pub(crate) fn tier(mut self, tier: Option<Tier>) -> Self {
        self.0.push(match tier {
            Some(Tier::Inner) => 1,
            Some(Tier::Active) => 2,
            Some(Tier::Network) => 3,
            Some(Tier::NotNow) => 4,
            None => 9,
        });
        self
    }

    pub(crate) fn done(self) -> Vec<u8> {
        self.0
    }
}

/// The record at the end of a key.
pub(crate) fn last_record(key: &[u8]) -> Option<RecordId> {
    key.last_chunk::<16>().map(|bytes| RecordId(*bytes))
}

/// The first key after all keys that begin with `prefix`.
pub(crate) fn after(prefix: &[u8]) -> Vec<u8> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if last < 255 {
            end.push(last + 1);
            return end;
        }
    }
    vec![255; prefix.len() + 1]
}
