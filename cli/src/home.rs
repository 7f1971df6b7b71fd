//! The home directory: where one device's book lies, its key, and who is writing to it.
//!
//! The device key is readable by its owner only and never leaves the file but in memory that is
//! wiped. One process at a time writes; readers are never kept waiting.

mod restoring;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use goodword_core::log::Key;
use goodword_core::store::{BACKUPS_FOLDER, Place, Reader};
use goodword_core::{Error, Store};
use goodword_daemon::{Client, Failure, Reply, Request};
use zeroize::Zeroizing;

use crate::entropy;
use crate::error::CliError;

/// Names the home directory when `--home` does not.
pub const HOME_VARIABLE: &str = "GOODWORD_HOME";

/// How long a command waits for another process to finish writing.
///
/// The longest usual write, an import of 10,000 people, is of this order; a user waits no longer.
const BUSY_WAIT: Duration = Duration::from_secs(2);

/// How often it looks again meanwhile.
const BUSY_POLL: Duration = Duration::from_millis(40);

/// Length of the secret in `device.key`, in bytes (Ed25519, RFC 8032).
const KEY_BYTES: usize = 32;

/// A device's home directory.
#[derive(Clone, Debug)]
pub struct Home {
    path: PathBuf,
}

/// A store open for writing, with our name on the door while it is.
pub struct Writing {
    store: Store,
    note: Note,
}

/// Our name on the door; taken down when dropped. A daemon that lent us the store has it back
/// then.
pub struct Note {
    path: PathBuf,
    _lender: Option<Client>,
}

impl Home {
    /// Finds the home directory: the flag, `GOODWORD_HOME`, `XDG_DATA_HOME/goodword`, or
    /// `~/.local/share/goodword`. Makes nothing.
    pub fn locate(flag: Option<&Path>) -> Result<Self, CliError> {
        let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
        let path = if let Some(path) = flag {
            path.to_owned()
        } else if let Some(path) = set(HOME_VARIABLE) {
            PathBuf::from(path)
        } else if let Some(data) = set("XDG_DATA_HOME") {
            PathBuf::from(data).join("goodword")
        } else if let Some(path) = Self::locate_default() {
            path
        } else {
            return Err(CliError::failed("this user has no home directory")
                .hint(format!("name one with --home or {HOME_VARIABLE}")));
        };
        Ok(Self { path })
    }

    /// The directory without any flag or variable.
    pub fn locate_default() -> Option<PathBuf> {
        let home = env::home_dir().filter(|home| !home.as_os_str().is_empty())?;
        Some(home.join(".local/share/goodword"))
    }

    /// Opens the store for writing as the daemon does: nobody steps aside for it, and it does not
    /// wait. Its name is on the door from then on.
    pub fn open_store(&self, verb: &str) -> Result<Store, Error> {
        let failed = |error: CliError| Error::Disk(error.message);
        let key = self.key().map_err(failed)?;
        let place = Place::File(self.store_path());
        let entropy = entropy::draw().map_err(failed)?;
        let store = Store::open(&place, Key::from_bytes(&key), *entropy)?;
        self.write_note(verb);
        Ok(store)
    }

    /// Takes this process's name off the door.
    pub fn remove_note(&self) {
        self.remove_note_of(process::id());
    }

    /// Takes off the door the name of a process that has ended without doing so.
    pub fn remove_note_of(&self, process: u32) {
        let is_ours = |note: String| note.starts_with(&format!("{process} "));
        if fs::read_to_string(self.writer_path()).is_ok_and(is_ours) {
            let _ = fs::remove_file(self.writer_path());
        }
    }

    /// Who writes, as far as it is known.
    pub fn writer(&self) -> String {
        let note = fs::read_to_string(self.writer_path()).unwrap_or_default();
        match note.trim().split_once(' ') {
            Some((id, verb)) => format!("`goodword {verb}` (process {id})"),
            None => "another process".to_owned(),
        }
    }

    fn write_note(&self, verb: &str) {
        // Only for a message: a home that cannot hold it can still hold the store.
        let _ = fs::write(self.writer_path(), format!("{} {verb}\n", process::id()));
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The database.
    pub fn store_path(&self) -> PathBuf {
        self.path.join("store.redb")
    }

    /// The device's secret key.
    pub fn key_path(&self) -> PathBuf {
        self.path.join("device.key")
    }

    /// Where backups are that were made without being asked for.
    pub fn backups_path(&self) -> PathBuf {
        self.path.join(BACKUPS_FOLDER)
    }

    /// Where a daemon can be reached.
    pub fn socket_path(&self) -> PathBuf {
        self.path.join("daemon.sock")
    }

    /// What the daemon tells about itself.
    pub fn daemon_log_path(&self) -> PathBuf {
        self.path.join("daemon.log")
    }

    /// The daemon that serves this home, if there is one.
    pub fn daemon(&self) -> Result<Option<Client>, CliError> {
        let path = self.socket_path();
        if !path.exists() {
            return Ok(None);
        }
        Ok(Client::connect(&path)?)
    }

    fn writer_path(&self) -> PathBuf {
        self.path.join("writer")
    }

    /// Whether there is a database.
    pub fn has_store(&self) -> bool {
        self.store_path().exists()
    }

    /// Opens the store for reading, beside any writer.
    pub fn read(&self) -> Result<Reader, CliError> {
        if !self.has_store() {
            return Err(self.no_book());
        }
        // After a crash another process may be repairing it just now.
        let since = Instant::now();
        loop {
            match Reader::open(&self.store_path()) {
                Err(Error::Busy) if since.elapsed() < BUSY_WAIT => thread::sleep(BUSY_POLL),
                opened => return Ok(opened?),
            }
        }
    }

    /// Opens the store for writing; waits up to two seconds for another process to finish. A
    /// daemon steps aside for as long as it is open.
    pub fn write(&self, verb: &str) -> Result<Writing, CliError> {
        if !self.has_store() {
            return Err(self.no_book());
        }
        let place = Place::File(self.store_path());
        let key = self.key()?;
        let key = &key;
        self.hold(verb, move |entropy| Store::open(&place, Key::from_bytes(key), entropy))
    }

    /// Makes the directory, the key if there is none, and an empty store if there is none.
    pub fn create(&self, verb: &str) -> Result<Writing, CliError> {
        self.create_directory()?;
        let key = match self.key_if_any()? {
            Some(key) => key,
            None => self.create_key()?,
        };
        if self.has_store() {
            return self.write(verb);
        }
        // Made under another name, so that a kill never leaves half a store in the store's place.
        let path = self.path.join("store.new.redb");
        let place = Place::File(path.clone());
        let key = &key;
        let mut store = self.hold(verb, move |entropy| {
            // Left over from an attempt that was cut.
            let _ = fs::remove_file(&path);
            Store::create(&place, Key::from_bytes(key), entropy)
        })?;
        let made = self.path.join("store.new.redb");
        fs::rename(&made, self.store_path()).map_err(|error| unusable(&made, &error))?;
        store.moved(&self.store_path());
        Ok(store)
    }

    /// Makes the directory and the device's key, if there is none.
    pub fn ensure_key(&self) -> Result<(), CliError> {
        self.create_directory()?;
        if self.key_if_any()?.is_none() {
            self.create_key()?;
        }
        Ok(())
    }

    /// Reads the device's secret key.
    pub fn key(&self) -> Result<Zeroizing<[u8; KEY_BYTES]>, CliError> {
        self.key_if_any()?.ok_or_else(|| {
            CliError::failed(format!("there is no `{}`", self.key_path().display())).hint(
                "without its key this copy cannot write; join it to another of your devices as a new one",
            )
        })
    }

    /// Whether others than its owner can read the device's secret key.
    pub fn key_is_exposed(&self) -> bool {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::metadata(self.key_path()).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
        }
        #[cfg(not(unix))]
        false
    }

    /// Says that there is no book, and how to begin one.
    pub fn no_book(&self) -> CliError {
        CliError::not_found(format!("there is no book in `{}`", self.path.display())).hint(
            "begin one with `goodword init`, look around with `goodword demo`, \
             or bring one here with `goodword join`",
        )
    }

    fn key_if_any(&self) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>, CliError> {
        let path = self.key_path();
        let bytes = match fs::read(&path) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(&path, &error)),
        };
        let Ok(key) = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()) else {
            return Err(CliError::failed(format!(
                "`{}` has {} bytes instead of {KEY_BYTES}",
                path.display(),
                bytes.len()
            )));
        };
        Ok(Some(Zeroizing::new(key)))
    }

    fn create_directory(&self) -> Result<(), CliError> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path).map_err(|error| unusable(&self.path, &error))
    }

    fn create_key(&self) -> Result<Zeroizing<[u8; KEY_BYTES]>, CliError> {
        let path = self.key_path();
        let draft = path.with_extension("key.new");
        let key = entropy::draw()?;
        // Left over from an attempt that was cut.
        let _ = fs::remove_file(&draft);
        let written = create_owner_only(&draft).and_then(|mut file| {
            file.write_all(key.as_slice())?;
            file.sync_all()?;
            // Whole or not at all; a key that is there is never replaced.
            fs::hard_link(&draft, &path)?;
            fs::remove_file(&draft)
        });
        written.map_err(|error| unusable(&path, &error))?;
        Ok(key)
    }

    fn hold(
        &self,
        verb: &str,
        open: impl Fn([u8; 32]) -> Result<Store, Error>,
    ) -> Result<Writing, CliError> {
        let mut lender = self.borrow()?;
        let since = Instant::now();
        let store = loop {
            match open(*entropy::draw()?) {
                Err(Error::Busy) if since.elapsed() < BUSY_WAIT => thread::sleep(BUSY_POLL),
                Err(Error::Busy) => return Err(self.busy()),
                opened => break opened?,
            }
            if lender.is_none() {
                // A daemon may have been starting.
                lender = self.borrow()?;
            }
        };
        self.write_note(verb);
        let note = Note { path: self.writer_path(), _lender: lender };
        Ok(Writing { store, note })
    }

    /// Has a daemon step aside.
    fn borrow(&self) -> Result<Option<Client>, CliError> {
        let Some(mut daemon) = self.daemon()? else { return Ok(None) };
        match daemon.ask(&Request::Lend)? {
            Reply::Yes => Ok(Some(daemon)),
            Reply::Failed(Failure::Leaving) => Ok(None),
            Reply::Failed(failure) => Err(failure.into()),
            _ => Err(CliError::failed("the daemon does not step aside")),
        }
    }

    fn busy(&self) -> CliError {
        CliError::refused(format!("{} is writing to this book", self.writer()))
            .hint("it was waited for two seconds; try again when it has ended")
    }
}

impl Writing {
    /// The store by itself, for the network to share; the name stays on the door with the note.
    pub fn into_parts(self) -> (Store, Note) {
        (self.store, self.note)
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Deref for Writing {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut Store {
        &mut self.store
    }
}

/// Makes a file that did not exist, for its owner only.
pub fn create_owner_only(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn unusable(path: &Path, error: &io::Error) -> CliError {
    CliError::failed(format!("cannot use `{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::locate(Some(directory.path())).unwrap();
        let made = home.create_key().unwrap();
        assert_eq!(*home.key().unwrap(), *made);
        assert!(home.create_key().is_err());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let home = Home::locate(Some(directory.path())).unwrap();
        home.create_key().unwrap();
        let mode = fs::metadata(home.key_path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_key_of_wrong_length_is_named_with_its_length() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::locate(Some(directory.path())).unwrap();
        fs::write(home.key_path(), [0; 31]).unwrap();
        assert!(home.key().unwrap_err().message.contains("31 bytes"));
    }

    #[test]
    fn a_home_without_a_book_says_how_to_begin() {
        let directory = tempfile::tempdir().unwrap();
        let Err(error) = Home::locate(Some(directory.path())).unwrap().read() else {
            panic!("there is nothing to read");
        };
        assert_eq!(error.exit.code(), 3);
        assert!(error.hint.unwrap().contains("goodword init"));
    }
}
