//! The rows that lists and pages are made of.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::RecordId;
use crate::model::{Channel, Next, Reach, Tier, Yield};

/// Another value of a field, written concurrently on another device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Also {
    /// The field.
    pub field: String,
    /// The value that is not shown as the field's own.
    pub value: String,
}

/// A person as the `pipeline` space knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// Who.
    pub record: RecordId,
    /// Display name.
    pub name: String,
    /// Given name.
    pub given: Option<String>,
    /// Family name.
    pub family: Option<String>,
    /// Current employer, as written.
    pub company: Option<String>,
    /// Position.
    pub title: Option<String>,
    /// How close they are kept.
    pub tier: Option<Tier>,
    /// Next step set by hand.
    pub next: Option<Next>,
    /// Who introduced them.
    pub introduced_by: Option<RecordId>,
    /// Tags, sorted.
    pub tags: BTreeSet<String>,
    /// The day on which a source says the two were connected.
    pub connected_on: Option<Date>,
    /// Earlier employers seen by imports.
    pub earlier: BTreeSet<String>,
    /// Notes that a share of the pipeline shows, by day.
    pub notes: Vec<NoteRow>,
    /// Concurrent other values.
    pub also: BTreeSet<Also>,
}

/// How to reach a person, as the `details` space knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetailsRow {
    /// E-mails, phones, addresses, links.
    pub reach: BTreeSet<Reach>,
    /// `1990-05-17` or `--05-17`.
    pub birthday: Option<String>,
    /// Source keys with which files know the person, and what was last seen in each file.
    pub sources: BTreeMap<String, String>,
    /// vCard lines that have no field here, in order.
    pub extra: Vec<String>,
    /// Concurrent other values.
    pub also: BTreeSet<Also>,
}

/// What stays on the owner's devices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateRow {
    /// Notes, by day.
    pub notes: Vec<NoteRow>,
}

/// One note.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NoteRow {
    /// The day on which it was written.
    pub on: Option<Date>,
    /// Its text.
    pub text: String,
}

/// One interaction, of one person or of several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InteractionRow {
    /// The person or meeting record that holds it.
    pub record: RecordId,
    /// The interaction; for a meeting the same as `record`.
    pub interaction: RecordId,
    /// With whom, sorted.
    pub people: BTreeSet<RecordId>,
    /// The local day on which it happened.
    pub on: Date,
    /// How.
    pub channel: Channel,
    /// What was said.
    pub text: String,
    /// What it brought.
    pub got: BTreeSet<Yield>,
    /// Concurrent other values.
    pub also: BTreeSet<Also>,
}

/// What is known of a company.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyRow {
    /// Its name as written.
    pub name: String,
    /// Whether it is a target.
    pub target: bool,
    /// How much the seeker wants it, 1 to 5.
    pub motivation: Option<u8>,
    /// How well an open posting fits, 0 to 3.
    pub posting: Option<u8>,
    /// What is known, shareable.
    pub notes: Vec<NoteRow>,
    /// Concurrent other values.
    pub also: BTreeSet<Also>,
}
