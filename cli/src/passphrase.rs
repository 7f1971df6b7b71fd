//! The passphrase of a backup: from the terminal, not shown, or from a file; never an argument,
//! which other processes and the shell's history would see.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use goodword_formats::age;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::CliError;
use crate::{backups, prompt};

/// Longest passphrase file that is read, in bytes: one line of it counts.
const FILE_BYTES_MAX: u64 = 4096;

/// Asks for the passphrase of a file to be written, twice.
pub fn chosen(context: &Context) -> Result<Zeroizing<String>, CliError> {
    let first = asked(context, "Passphrase (not shown): ")?;
    let second = asked(context, "Once more: ")?;
    if first != second {
        return Err(CliError::failed("the two passphrases differ").hint("nothing was written"));
    }
    Ok(first)
}

/// Asks for the passphrase of a file that there is.
pub fn known(context: &Context) -> Result<Zeroizing<String>, CliError> {
    asked(context, "Passphrase of the backup (not shown): ")
}

/// Reads the first line of a file.
pub fn in_file(path: &Path) -> Result<Zeroizing<String>, CliError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_BYTES_MAX as usize));
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES_MAX).read_to_end(&mut bytes));
    read.map_err(|error| backups::file(path, "read", &error))?;
    let line = bytes.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let line = std::str::from_utf8(line).unwrap_or_default();
    if line.is_empty() {
        let message = format!("there is no passphrase in the first line of `{}`", path.display());
        return Err(CliError::usage(message));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

fn asked(context: &Context, question: &str) -> Result<Zeroizing<String>, CliError> {
    if !context.output.is_interactive() {
        return Err(CliError::usage("there is no terminal to ask for the passphrase")
            .hint("give it in a file with --passphrase-file"));
    }
    prompt::secret(question)
}

impl From<age::Error> for CliError {
    fn from(error: age::Error) -> Self {
        let message = error.to_string();
        match error {
            age::Error::WrongPassphrase => Self::refused(message).hint("nothing was written"),
            age::Error::TooMuchWork { .. } => Self::refused(message)
                .hint("open it with `age --decrypt` and restore what comes out"),
            age::Error::NotAge | age::Error::NoPassphrase => {
                Self::failed(message).hint("`goodword backup FILE` makes one that can be restored")
            }
            age::Error::Damaged => {
                Self::failed(message).hint("nothing was written; restore from another backup")
            }
            age::Error::File(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Self::failed("the backup ends early").hint("restore from another backup")
            }
            age::Error::File(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_of_a_file_is_the_passphrase() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (text, passphrase) in [("open sesame", "open sesame"), (" a b \r\nrest\n", " a b ")] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(*in_file(&path).unwrap(), passphrase);
        }
        for nothing in ["", "\nsecond line\n"] {
            std::fs::write(&path, nothing).unwrap();
            assert_eq!(in_file(&path).unwrap_err().exit.code(), 2, "{nothing:?}");
        }
        assert_eq!(in_file(&folder.path().join("none")).unwrap_err().exit.code(), 3);
    }
}
