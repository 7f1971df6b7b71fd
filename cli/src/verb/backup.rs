//! `backup`: a copy of the book in one file, from which this device can be made again.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use goodword_core::log::Key;
use goodword_core::query::Status;
use goodword_core::store::{BackedUp, BackupError, Reader, whole_file};
use goodword_formats::age;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::CliError;
use crate::{backups, clock, entropy, passphrase, prompt, text};

/// Writes a backup of this device to a file
///
///   goodword backup book.goodword
///   goodword backup --passphrase book.goodword.age
///   goodword backup --passphrase-file secret.txt book.goodword.age
///
/// The file holds the whole book, private notes among it, and this device's key. Without a
/// passphrase whoever has the file has both. It is of one moment, whatever else writes meanwhile;
/// `goodword restore` brings it back, here or on another machine.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Backup {
    /// The file to write, readable by you only
    file: PathBuf,

    /// Locks the file with a passphrase, which is asked for
    #[arg(long)]
    passphrase: bool,

    /// Locks the file with the passphrase in the first line of FILE
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Written<'a> {
    file: &'a Path,
    people: u64,
    entries: u64,
    bytes: u64,
    locked: bool,
}

impl Backup {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let key = Key::from_bytes(&*context.home.key()?);
        self.may_replace(context)?;
        let passphrase = match &self.passphrase_file {
            Some(path) => Some(passphrase::in_file(path)?),
            None if self.passphrase => Some(passphrase::chosen(context)?),
            None => None,
        };
        let done = self.write(&reader, &key, passphrase.as_ref())?;
        let bytes = fs::metadata(&self.file).map_or(done.bytes, |file| file.len());
        let people = reader.ask(&Status)?.people;
        let entries = done.entries;
        let locked = passphrase.is_some();
        tracing::info!(entries, bytes, locked, "backed up");
        let written = Written { file: &self.file, people, entries, bytes, locked };
        context.output.answer(&written, || draw(&written))
    }

    fn write(
        &self,
        reader: &Reader,
        key: &Key,
        passphrase: Option<&Zeroizing<String>>,
    ) -> Result<BackedUp, CliError> {
        let at = clock::now("")?.at;
        let entropy = locks()?;
        let written = whole_file(&self.file, |out| {
            let Some(passphrase) = passphrase else { return reader.backup(key, at, out) };
            let mut locked = age::Writer::new(out, passphrase, &entropy)?;
            let done = reader.backup(key, at, &mut locked)?;
            locked.finish()?;
            Ok::<_, BackupError>(done)
        });
        written.map_err(|error| backups::unusable(&self.file, "write", error))
    }

    /// Whether the file may be written: it is not there, or the user says so; and it is no part of
    /// the home.
    fn may_replace(&self, context: &Context) -> Result<(), CliError> {
        let Ok(there) = fs::metadata(&self.file) else { return Ok(()) };
        let shown = self.file.display();
        if there.is_dir() {
            return Err(CliError::usage(format!("`{shown}` is a directory"))
                .hint(format!("name a file in it, such as `{shown}/book.goodword`")));
        }
        if !there.is_file() {
            return Err(CliError::usage(format!("`{shown}` is not a file that can be replaced")));
        }
        let folder = fs::canonicalize(&self.file).ok();
        let folder = folder.as_deref().and_then(Path::parent);
        if folder.is_some() && folder == fs::canonicalize(context.home.path()).ok().as_deref() {
            return Err(CliError::refused(format!("`{shown}` is part of the book itself"))
                .hint("name another file, best on another disk"));
        }
        if context.yes {
            return Ok(());
        }
        if !context.output.is_interactive() {
            return Err(
                CliError::refused(format!("`{shown}` is there already")).hint("--yes replaces it")
            );
        }
        match prompt::confirm(&format!("Replace `{shown}`?"), false)? {
            true => Ok(()),
            false => Err(CliError::cancelled()),
        }
    }
}

/// Randomness for one locked file.
fn locks() -> Result<Zeroizing<[u8; age::ENTROPY_BYTES]>, CliError> {
    let mut all = Zeroizing::new([0; age::ENTROPY_BYTES]);
    for part in all.chunks_mut(32) {
        part.copy_from_slice(&entropy::draw()?[..part.len()]);
    }
    Ok(all)
}

fn draw(written: &Written<'_>) -> String {
    let people = text::count(written.people, "person", "people");
    let entries = text::count(written.entries, "signed entry", "signed entries");
    let path = written.file.display().to_string();
    let path = text::clean(&path);
    let lock = if written.locked {
        "It opens with its passphrase only, which is kept nowhere."
    } else {
        "It holds this device's key in the clear: who has the file has your book. --passphrase \
         locks it."
    };
    format!(
        "Wrote {people}, {entries} to {path} ({}).\n{lock}\nBring it back, here or on another \
         machine: goodword restore {path}\n",
        text::bytes(written.bytes)
    )
}
