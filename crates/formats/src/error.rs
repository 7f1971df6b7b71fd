//! Why a file as a whole cannot be used, and what to do about it.
//!
//! Not the fate of single rows, which is [`Reason`](crate::Reason). A message says what is wrong;
//! the hint, apart from it, what the user can do.

use std::fmt;

/// A failure that concerns the whole file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is recognised as something else.
    #[error("found {0} where a LinkedIn `Connections.csv` or a vCard file was expected")]
    WrongKind(Found),
    /// The file is neither of the expected kinds nor anything known.
    #[error(
        "`{file_name}` is neither a LinkedIn `Connections.csv` (no header with `First Name`, \
         `Last Name` and `URL`) nor a vCard file (no `BEGIN:VCARD`)"
    )]
    Unrecognised {
        /// Name of the file, as given.
        file_name: String,
    },
    /// There is nothing in the file.
    #[error("the file is empty")]
    Empty,
    /// No line of a CSV has the cells of the header.
    #[error(
        "no header with the cells `First Name`, `Last Name` and `URL` in the first {lines} lines"
    )]
    NoHeader {
        /// How many lines were looked at.
        lines: u64,
    },
    /// No card begins in the file.
    #[error("no `BEGIN:VCARD` in the file")]
    NoCards,
    /// The text is not UTF-8.
    #[error("the byte at offset {offset} is not UTF-8")]
    NotUtf8 {
        /// Offset of the first foreign byte, from 0.
        offset: u64,
    },
    /// The file is larger than [`FILE_BYTES_MAX`](crate::limits::FILE_BYTES_MAX).
    #[error("the file exceeds {limit} bytes")]
    FileTooLong {
        /// The limit, in bytes.
        limit: u64,
    },
    /// A line before the first record is longer than
    /// [`RECORD_BYTES_MAX`](crate::limits::RECORD_BYTES_MAX).
    #[error("line {line} exceeds {limit} bytes")]
    LineTooLong {
        /// The line, from 1.
        line: u64,
        /// The limit, in bytes.
        limit: usize,
    },
    /// There are more rows than [`ROWS_MAX`](crate::limits::ROWS_MAX).
    #[error("the file has more than {limit} rows")]
    TooManyRows {
        /// The limit, in rows.
        limit: u64,
    },
    /// More rows are broken than [`REJECTED_MAX`](crate::limits::REJECTED_MAX).
    #[error("more than {limit} rows cannot be read")]
    TooManyRejected {
        /// The limit, in rows.
        limit: u64,
    },
    /// The source could not be read.
    #[error("reading stopped: {0}")]
    Source(#[from] std::io::Error),
}

impl Error {
    /// Returns what the user can do about it, as a sentence without a full stop.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::WrongKind(found) => Some(found.hint()),
            Self::Unrecognised { .. } | Self::NoHeader { .. } | Self::NoCards | Self::Empty => {
                Some(
                    "on LinkedIn: Settings, Data privacy, Get a copy of your data, Connections; \
                     in an address book: export as vCard (.vcf)",
                )
            }
            Self::NotUtf8 { .. } => Some(
                "import the file as it was downloaded; a spreadsheet must save it as \
                 `CSV UTF-8`",
            ),
            Self::FileTooLong { .. } | Self::TooManyRows { .. } => {
                Some("export fewer contacts at a time, or without pictures")
            }
            Self::LineTooLong { .. } | Self::TooManyRejected { .. } => {
                Some("the file seems damaged; export it again")
            }
            Self::Source(_) => None,
        }
    }
}

/// What a file of the wrong kind is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// A PDF document.
    Pdf,
    /// A PNG, JPEG or GIF.
    Picture,
    /// A web page.
    Html,
    /// A ZIP archive.
    Zip,
    /// A gzip archive.
    Gzip,
    /// A spreadsheet or text document of an office program.
    Office,
    /// An SQLite database.
    Sqlite,
    /// JSON.
    Json,
    /// A calendar.
    Calendar,
    /// A Google Contacts CSV.
    GoogleCsv,
    /// An Outlook CSV.
    OutlookCsv,
    /// Another file of the LinkedIn export.
    OtherLinkedIn,
    /// Text in UTF-16.
    Utf16,
}

impl Found {
    fn hint(self) -> &'static str {
        match self {
            Self::Zip | Self::Gzip => {
                "unpack the archive and import `Connections.csv` or the `.vcf` file in it"
            }
            Self::Office => "save the sheet as `CSV UTF-8`, or import the file as downloaded",
            Self::GoogleCsv => "in Google Contacts choose Export, then vCard",
            Self::OutlookCsv => "select the contacts in Outlook and save them as vCard (.vcf)",
            Self::OtherLinkedIn => "import `Connections.csv` of the same export",
            Self::Utf16 => "save the file as UTF-8, or export it as vCard 3.0",
            Self::Html => "sign in, then download the export itself instead of its page",
            Self::Pdf | Self::Picture | Self::Sqlite | Self::Json | Self::Calendar => {
                "export the contacts as LinkedIn `Connections.csv` or as vCard (.vcf)"
            }
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pdf => "a PDF document",
            Self::Picture => "a picture",
            Self::Html => "a web page",
            Self::Zip => "a ZIP archive",
            Self::Gzip => "a gzip archive",
            Self::Office => "an office document",
            Self::Sqlite => "an SQLite database",
            Self::Json => "JSON",
            Self::Calendar => "a calendar",
            Self::GoogleCsv => "a Google Contacts CSV",
            Self::OutlookCsv => "an Outlook CSV",
            Self::OtherLinkedIn => "another file of the LinkedIn export",
            Self::Utf16 => "UTF-16 text",
        })
    }
}
