//! A person as a file describes them, before they become a record.
//!
//! Made by the importers, consumed by [`Change::Import`](crate::Change); it holds no ids:
//! which record a row belongs to is decided by [`key`](Incoming::key) and by matching.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// One row or card of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// Where it stands in the file: line of a CSV, ordinal of a card, counted from 1.
    pub place: u64,
    /// What identifies the person in the source, with its scheme: `linkedin:ada-rilo`,
    /// `vcard:<UID>`. Two files with one key mean one record. `None`: matched by other means.
    pub key: Option<String>,
    /// Display name, control characters stripped, never empty.
    pub name: String,
    /// Given name, if the source tells it apart.
    pub given: Option<String>,
    /// Family name, if the source tells it apart.
    pub family: Option<String>,
    /// Current employer, as written.
    pub company: Option<String>,
    /// Position at the employer.
    pub title: Option<String>,
    /// E-mail addresses.
    pub emails: Vec<Labelled>,
    /// Telephone numbers, as written.
    pub phones: Vec<Labelled>,
    /// Postal addresses, one line each, components joined by `, `.
    pub addresses: Vec<Labelled>,
    /// Web addresses, profile addresses among them.
    pub links: Vec<Labelled>,
    /// Birthday: `1990-05-17`, or `--05-17` when the year is unknown.
    pub birthday: Option<String>,
    /// The day on which the source says the two were connected.
    pub connected_on: Option<Date>,
    /// Free text.
    pub notes: Vec<String>,
    /// Categories, groups, labels.
    pub tags: Vec<String>,
    /// Properties that have no field here, as unfolded vCard content lines in file order.
    pub extra: Vec<String>,
}

/// A value with what the source calls it (`work`, `home`, a custom label; empty if nothing).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Labelled {
    /// `work`, `home`, `mobile`, a custom label, or empty.
    pub label: String,
    /// The value itself.
    pub value: String,
}
