//! Kinds of records, by their frozen numbers.

use serde::{Deserialize, Serialize};

/// What a record is about. Numbers are frozen: they are in items and on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A person, with the one-to-one interactions.
    Person = 1,
    /// An interaction with several people.
    Meeting = 2,
    /// A company that something is known about.
    Company = 3,
    /// A possible job, with its interviews.
    Opportunity = 4,
    /// An introduction of one person by another.
    Introduction = 5,
    /// The commitments of one week.
    Week = 6,
    /// The seeker: who, looking for what, in which cadence.
    Profile = 7,
    /// One member's comments on one record.
    Comments = 8,
}

impl Kind {
    /// Every kind, in order of number.
    pub const ALL: [Self; 8] = [
        Self::Person,
        Self::Meeting,
        Self::Company,
        Self::Opportunity,
        Self::Introduction,
        Self::Week,
        Self::Profile,
        Self::Comments,
    ];

    /// Its number in items.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The kind of a number, if this program knows it.
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}
