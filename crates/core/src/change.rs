//! The writing door: everything that a user can change, as one closed enum.
//!
//! A change says what the user meant; `store::apply` turns it into edits of documents, one item
//! per document, one entry per space, in one transaction under one command id.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{CommandId, DeviceId, RecordId};
use crate::model::{CompanyEdit, Incoming, NewInteraction, NewPerson, PersonEdit, ProfileField};

/// When a command is given: read from a clock by the shell, never here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// The instant.
    pub at: Timestamp,
    /// The user's calendar day in their own zone.
    pub today: Date,
}

/// What the user wants changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Sets fields of the profile; an empty value clears one.
    Profile(Vec<(ProfileField, String)>),
    /// Adds a person.
    AddPerson(NewPerson),
    /// Changes people alike: one person for `edit`, several for `triage`.
    EditPeople {
        /// Who.
        people: Vec<RecordId>,
        /// What, in order.
        edits: Vec<PersonEdit>,
    },
    /// Logs a conversation.
    Log(NewInteraction),
    /// Changes what was logged.
    EditInteraction {
        /// The person or meeting record that holds it.
        record: RecordId,
        /// The interaction.
        interaction: RecordId,
        /// New text, if it changes.
        text: Option<String>,
        /// New day, if it changes.
        on: Option<Date>,
        /// Deleted, or brought back.
        deleted: Option<bool>,
    },
    /// Changes a company, found by its normalised name.
    EditCompany {
        /// Its name as written.
        name: String,
        /// What, in order.
        edits: Vec<CompanyEdit>,
    },
    /// Brings in people from a file.
    Import(Import),
    /// Undoes a command, as a new one.
    Undo {
        /// Which.
        command: CommandId,
    },
    /// Names one of the owner's devices.
    NameDevice {
        /// Which.
        device: DeviceId,
        /// Its name.
        name: String,
    },
    /// Erases records on every device, with their history. It can not be undone.
    Erase {
        /// Which.
        records: Vec<RecordId>,
    },
    /// Starts the documents of records again from what is visible, and erases their history. It
    /// can not be undone.
    Refound {
        /// Which.
        records: Vec<RecordId>,
    },
    /// Erases what came too late for documents that were founded again.
    DropLate,
    /// Takes in what the recovery key has signed elsewhere: the secret itself is told to no store.
    Recovery {
        /// A standalone statement's canonical bytes.
        statement: Vec<u8>,
    },
}

/// What the founder of a book says of themselves with the book's first command.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Founder {
    /// Fields of the profile.
    pub profile: Vec<(ProfileField, String)>,
    /// What this device is called.
    pub device_name: Option<String>,
}

/// People from a file, as one undoable command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// What the file is called, without its folder.
    pub file: String,
    /// The people, in file order.
    pub people: Vec<Incoming>,
    /// Whether people who were erased come back, as new ones.
    #[serde(default)]
    pub bring_back: bool,
}

/// What a change did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The command that it was; `None` if nothing had to change.
    pub command: Option<CommandId>,
    /// Records that it made, in order.
    pub created: Vec<RecordId>,
    /// Records that existed and that it changed, in order.
    pub changed: Vec<RecordId>,
    /// The interaction that it logged.
    pub interaction: Option<RecordId>,
    /// For an import: what became of each row, in file order.
    pub rows: Vec<ImportedRow>,
    /// For an undo: values that had changed since, and were left as they are.
    pub left: Vec<Left>,
}

/// What became of one row of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedRow {
    /// Line or card number.
    pub place: u64,
    /// The record.
    pub record: RecordId,
    /// Created, updated or unchanged.
    pub outcome: RowOutcome,
    /// What is worth telling: an employer that changed.
    pub news: Option<String>,
    /// When the person was erased, in milliseconds since the Unix epoch, if they were.
    pub erased_at: Option<u64>,
}

/// What became of a row that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowOutcome {
    /// A new person.
    Created,
    /// Something new about a known person.
    Updated,
    /// Nothing new.
    Unchanged,
    /// The person was erased, and is not brought back.
    Erased,
}

/// A value that an undo did not touch, because somebody changed it afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The record.
    pub record: RecordId,
    /// Its name, as shown.
    pub name: String,
    /// The field.
    pub field: String,
}
