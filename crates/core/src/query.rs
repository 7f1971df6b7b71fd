//! The reading door: one type per question, with its answer.
//!
//! A question is answered from views alone unless its documentation says otherwise; none reads a
//! clock.

mod answer;
pub mod by_name;
mod found;
mod matched;
mod today;

use jiff::civil::Date;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use today::MORE_MAX;

use crate::Error;
use crate::id::{BookId, CommandId, DeviceId, RecordId};
use crate::model::{Profile, Tier};
use crate::store::Reader;
use crate::view::{CompanyRow, DetailsRow, InteractionRow, PersonRow, PrivateRow};

/// Something that can be asked of a store.
pub trait Question: Serialize + DeserializeOwned {
    /// Its name where questions are sent as data.
    const NAME: &'static str;

    /// What it is answered with.
    type Answer: Serialize + DeserializeOwned;

    /// Answers it from `store`.
    ///
    /// # Errors
    /// [`Error`] if the store cannot be read or the question names something that is not there.
    fn answer(&self, store: &Reader) -> Result<Self::Answer, Error>;
}

/// Who to get in touch with on a day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Today {
    /// The user's calendar day.
    pub on: Date,
    /// At most so many lines.
    pub limit: usize,
}

/// The day's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TodayList {
    /// Most pressing first.
    pub lines: Vec<TodayLine>,
    /// How many more are due; [`MORE_MAX`] if there are as many or more.
    pub more: u64,
    /// People whom nobody has looked at since they were imported.
    pub untriaged: u64,
    /// People in all.
    pub people: u64,
}

/// One line of the day's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TodayLine {
    /// What to do.
    pub act: Act,
    /// The person, if it is about one.
    pub person: Option<PersonRow>,
    /// The fewest words that mean exactly this person.
    pub called: Option<String>,
    /// The day on which it is due.
    pub due: Date,
    /// Why, in a few words: a last contact, a next step set by hand.
    pub reason: String,
}

/// What a line of the day's list asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// A next step that the user set.
    FollowUp,
    /// Somebody introduced a person who was not written to yet.
    Write,
    /// A tier's cadence has run out.
    KeepWarm,
    /// Imported people wait to be sorted.
    Triage,
    /// Nobody is known yet.
    Import,
}

/// People by name, filtered.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct People {
    /// Only at this company (normalised name).
    pub company: Option<String>,
    /// Only with this tag.
    pub tag: Option<String>,
    /// Only in this tier.
    pub tier: Option<Tier>,
    /// Only those without a tier.
    pub untriaged: bool,
    /// At most so many; 0 for all.
    pub limit: usize,
}

/// A person with what a list shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonLine {
    /// The person.
    pub person: PersonRow,
    /// Day of the last interaction.
    pub last: Option<Date>,
    /// Where the words of a [`Find`] were found, if not in what the line shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched: Option<Matched>,
}

/// A text with words that were looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// The day of the conversation or note.
    pub on: Option<Date>,
    /// The text around the words, cut at words; `…` stands for what is cut off.
    pub text: String,
}

/// People found, with how many there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleList {
    /// The people.
    pub people: Vec<PersonLine>,
    /// How many match in all.
    pub total: u64,
}

/// Everything about one person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Show {
    /// Who.
    pub record: RecordId,
    /// At most so many interactions, the latest; 0 for all.
    pub interactions: usize,
}

/// One person's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonPage {
    /// Who.
    pub person: PersonRow,
    /// How to reach them.
    pub details: Option<DetailsRow>,
    /// What stays on the owner's devices.
    pub private: Option<PrivateRow>,
    /// What happened, latest first.
    pub timeline: Vec<InteractionRow>,
    /// How many interactions there are.
    pub interactions: u64,
    /// Name of who introduced them.
    pub introduced_by: Option<String>,
    /// Names of those whom they introduced.
    pub introduced: Vec<String>,
    /// What is known of their company.
    pub company: Option<CompanyRow>,
}

/// Finds people by words in names, companies, titles, tags and notes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Find {
    /// Words, each the beginning of a word to be found; all must occur.
    pub text: String,
    /// At most so many.
    pub limit: usize,
}

/// Finds the one person that a user means.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Resolve {
    /// A name, part of a name, or a record id.
    pub text: String,
}

/// Who is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolution {
    /// This one.
    One(Box<PersonRow>),
    /// One of these.
    Many(Vec<PersonRow>),
    /// Nobody; these have similar names.
    Nobody(Vec<PersonRow>),
}

/// What was done, latest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operations {
    /// At most so many.
    pub limit: usize,
}

/// One command that was carried out, on any device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Its id.
    pub command: CommandId,
    /// The device that it was given on.
    pub device: DeviceId,
    /// That device's name, if it has one.
    pub device_name: Option<String>,
    /// The verb.
    pub verb: String,
    /// Milliseconds since the Unix epoch, on that device's clock.
    pub millis: u64,
    /// Documents that it changed.
    pub documents: u64,
    /// Names of some records that it touched.
    pub names: Vec<String>,
    /// The command that it undid.
    pub undoes: Option<CommandId>,
    /// Whether it was undone.
    pub undone: bool,
}

/// What happened to one record, from its signed changes. Loads its documents.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct History {
    /// Which.
    pub record: RecordId,
}

/// One change of one record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// Milliseconds since the Unix epoch, on the device's clock.
    pub millis: u64,
    /// Who signed it.
    pub device: DeviceId,
    /// That device's name, if it has one.
    pub device_name: Option<String>,
    /// The verb.
    pub verb: String,
    /// Name of the space.
    pub space: String,
    /// Field and value, in order of field; an empty value is a removal.
    pub fields: Vec<(String, String)>,
}

/// What came too late for documents that were founded again, by time.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LateEdits;

/// What a device wrote before it heard that a document had been founded again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateEdit {
    /// The record.
    pub record: RecordId,
    /// What it is called, if it has a name.
    pub name: Option<String>,
    /// Who wrote it.
    pub device: DeviceId,
    /// That device's name, if it has one.
    pub device_name: Option<String>,
    /// When, in milliseconds since the Unix epoch, on the device's clock.
    pub millis: u64,
    /// Field and value, as people read them.
    pub said: Vec<String>,
}

/// Changes that do not count although their entries do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Refusals;

/// A change that does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The record, if its document is known.
    pub record: Option<RecordId>,
    /// What it is called, if it has a name.
    pub name: Option<String>,
    /// Who signed it.
    pub device: DeviceId,
    /// That device's name, if it has one.
    pub device_name: Option<String>,
    /// True if only this program can not take it; false if no device may.
    pub stuck: bool,
    /// Why.
    pub reason: String,
}

/// Companies that people work at or that something is known of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Companies {
    /// Only targets.
    pub targets: bool,
    /// At most so many; 0 for all.
    pub limit: usize,
}

/// A company with how many people are known there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompanyLine {
    /// What is known.
    pub company: CompanyRow,
    /// How many people are known there.
    pub people: u64,
}

/// The owner's devices and members' devices.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Devices;

/// One device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceLine {
    /// Its key.
    pub device: DeviceId,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Whether it is this one.
    pub here: bool,
    /// `owner`, `mentor` or `viewer`.
    pub role: String,
    /// Whether it was removed.
    pub removed: bool,
    /// When this device last met it, in milliseconds since the Unix epoch.
    pub last_met: Option<u64>,
    /// Entries that came since it was known to hold all; `None` if it never was.
    pub waiting: Option<u64>,
    /// Entries held of its logs.
    pub entries: u64,
    /// When it was noticed to be a copy, in milliseconds since the Unix epoch; of this device only.
    pub copied: Option<u64>,
    /// Since when two copies of it wrote in one log, if they did.
    pub forked: Option<u64>,
}

/// The profile.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AskProfile;

/// Everything, for `export`; people sorted by record id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Export;

/// The whole book as plain data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedBook {
    /// The book.
    pub book: BookId,
    /// The seeker.
    pub profile: Profile,
    /// Everybody, by record id.
    pub people: Vec<ExportedPerson>,
    /// Companies that something is known of, by name.
    pub companies: Vec<CompanyRow>,
    /// Interactions with several people, by record id.
    pub meetings: Vec<InteractionRow>,
}

/// One person with everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedPerson {
    /// Who.
    #[serde(flatten)]
    pub person: PersonRow,
    /// How to reach them.
    pub details: Option<DetailsRow>,
    /// What stays on the owner's devices.
    pub private: Option<PrivateRow>,
    /// One-to-one interactions, by day.
    pub interactions: Vec<InteractionRow>,
}

/// The state of the store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Status;

/// Changes of one device that do not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedOf {
    /// Who signed them.
    pub device: DeviceId,
    /// What it is called.
    pub name: Option<String>,
    /// Refused for good.
    pub inadmissible: u64,
    /// Not applied by this program.
    pub stuck: u64,
}

/// Counts that tell whether all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReport {
    /// People in views.
    pub people: u64,
    /// Documents held.
    pub documents: u64,
    /// Entries held.
    pub entries: u64,
    /// Logs held.
    pub logs: u64,
    /// Items that wait for a change that has not arrived.
    pub pending: u64,
    /// Documents that wait to take in what has arrived.
    pub behind: u64,
    /// Changes refused for good.
    pub inadmissible: u64,
    /// Changes that this program could not apply.
    pub stuck: u64,
    /// Who signed them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedOf>,
    /// Size of the database file, in bytes; 0 in memory.
    pub store_bytes: u64,
    /// When this store last noticed that it is a copy, if it did.
    pub copied: Option<Copied>,
    /// Devices of which two copies wrote in one log, and that were not removed.
    pub forked: Vec<ForkedDevice>,
}

/// A device of which two copies wrote in one log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForkedDevice {
    /// Its key.
    pub device: DeviceId,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// When the first entry beside another was written, in milliseconds since the Unix epoch.
    pub since: u64,
}

/// A store noticed that it is a copy, and goes on under a fresh incarnation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// When, in milliseconds since the Unix epoch.
    pub at: u64,
    /// By what.
    pub by: NoticedBy,
}

/// By what a store notices that it is a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoticedBy {
    /// Its file is not the one that it was left in.
    File,
    /// A peer brought an entry of its log that it did not write: there is another copy, or this
    /// one was set back to an earlier state.
    Entry,
}
