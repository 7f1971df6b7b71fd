//! Backups that nobody asked for, and what the user is told when one fails.

use std::io;
use std::path::Path;

use goodword_core::Store;
use goodword_core::log::Key;
use goodword_core::store::{BackupError, back_up_weekly};

use crate::clock;
use crate::context::Context;
use crate::error::CliError;

/// Makes the weekly backup if it is due. One look into a folder if it is not.
///
/// What the user asked for is not held up by its failing; they are told.
pub fn weekly(context: &Context, store: &Store) {
    let made = || -> Result<(), CliError> {
        let key = Key::from_bytes(&*context.home.key()?);
        let folder = context.home.backups_path();
        back_up_weekly(&folder, &store.reader()?, &key, clock::now("")?.at)?;
        Ok(())
    };
    if let Err(error) = made() {
        context.output.note(&format!("The weekly backup failed: {}.", error.message));
    }
}

/// Names the file that could not be written or read.
pub fn unusable(path: &Path, act: &str, error: BackupError) -> CliError {
    match error {
        BackupError::File(error) => file(path, act, &error),
        other => other.into(),
    }
}

/// Names the file that could not be written or read.
pub fn file(path: &Path, act: &str, error: &io::Error) -> CliError {
    let message = format!("cannot {act} `{}`: {error}", path.display());
    match error.kind() {
        io::ErrorKind::NotFound if act == "read" => CliError::not_found(message),
        _ => CliError::failed(message),
    }
}

impl From<BackupError> for CliError {
    fn from(error: BackupError) -> Self {
        let message = error.to_string();
        match error {
            BackupError::NotABackup => {
                Self::failed(message).hint("`goodword backup FILE` makes one")
            }
            BackupError::Newer { .. } => {
                Self::refused(message).hint("nothing was touched; upgrade this goodword")
            }
            BackupError::Cut { .. } | BackupError::Damaged { .. } => {
                Self::failed(message).hint("nothing was touched; restore from another backup")
            }
            BackupError::ForeignKey { .. } => {
                Self::refused(message).hint("`goodword doctor` tells more")
            }
            BackupError::Spent(_) => Self::refused(message)
                .hint("make this a device of its own instead: `goodword join`"),
            BackupError::File(error) => error.into(),
            BackupError::Store(error) => error.into(),
        }
    }
}
