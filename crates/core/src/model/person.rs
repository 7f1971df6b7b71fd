//! People: what can be known of them and changed about them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Labelled, words};
use crate::RecordId;

/// How close a person is kept. Without a tier nobody is ever due by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// The inner circle: by default every 30 days.
    Inner,
    /// Part of the active search: by default every 60 days.
    Active,
    /// The wider network: by default every 90 days.
    Network,
    /// Looked at and set aside.
    NotNow,
}

words!(Tier, "tier", {
    Inner => "inner", Active => "active", Network => "network", NotNow => "not-now",
});

/// What a value in [`Reach`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReachKind {
    /// An e-mail address.
    Email,
    /// A telephone number.
    Phone,
    /// A postal address, in one line.
    Address,
    /// A web address.
    Link,
}

words!(ReachKind, "kind of contact detail", {
    Email => "email", Phone => "phone", Address => "address", Link => "link",
});

/// A way to reach a person; kept in the `details` space.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reach {
    /// E-mail, phone, address or link.
    pub kind: ReachKind,
    /// The value and what it is called.
    pub entry: Labelled,
}

/// A next step that the user set by hand.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Next {
    /// The day.
    pub on: Date,
    /// What for; may be empty.
    pub why: String,
}

/// A person to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPerson {
    /// Display name, not empty.
    pub name: String,
    /// Further facts, applied in order.
    pub edits: Vec<PersonEdit>,
}

/// One fact about a person to be set, cleared or added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PersonEdit {
    /// Display name, not empty.
    Name(String),
    /// Given name.
    Given(Option<String>),
    /// Family name.
    Family(Option<String>),
    /// Current employer, as written.
    Company(Option<String>),
    /// Position.
    Title(Option<String>),
    /// How close they are kept.
    Tier(Option<Tier>),
    /// The next step, set by hand.
    Next(Option<Next>),
    /// Who introduced them.
    IntroducedBy(Option<RecordId>),
    /// Adds a tag.
    Tag(String),
    /// Takes a tag away.
    Untag(String),
    /// Adds a contact detail (space `details`).
    AddReach(Reach),
    /// Takes a contact detail away.
    RemoveReach {
        /// Its kind.
        kind: ReachKind,
        /// Its value.
        value: String,
    },
    /// Birthday, `1990-05-17` or `--05-17` (space `details`).
    Birthday(Option<String>),
    /// Adds a note that a share of the pipeline shows.
    Note(String),
    /// Adds a note that stays on the owner's devices (space `private`).
    PrivateNote(String),
    /// Deletes the person, or brings them back.
    Deleted(bool),
}
