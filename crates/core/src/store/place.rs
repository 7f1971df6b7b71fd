//! Where the bytes of a store are, and how its database is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::backends::InMemoryBackend;
use redb::{ConcurrencyMode, Database, StorageBackend, WriteTransaction};

use super::error::Error;

/// Memory for caching pages, in bytes: the views of 10,000 people fit; redb's default is 1 GiB.
const CACHE_BYTES: usize = 32 * 1024 * 1024;

/// A file that somebody else opens, such as a browser: bytes at offsets, for one user at a time.
pub trait Storage: std::fmt::Debug + Send + Sync {
    /// How many bytes there are.
    ///
    /// # Errors
    /// The storage's own; so are the other methods'.
    fn size(&self) -> std::io::Result<u64>;

    /// Reads all of `out`, from `offset` on.
    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()>;

    /// Writes all of `bytes`, from `offset` on.
    fn write(&self, offset: u64, bytes: &[u8]) -> std::io::Result<()>;

    /// Cuts it to `size` bytes, or adds zeros up to there.
    fn resize(&self, size: u64) -> std::io::Result<()>;

    /// Returns when what was written survives a power cut.
    fn sync(&self) -> std::io::Result<()>;
}

/// Where the bytes of a store are.
#[derive(Clone, Debug)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// A file that somebody else opened, empty or with a store.
    Opened(Arc<dyn Storage>),
    /// Memory, for tests and the simulator; it can be opened again after the store is dropped.
    Memory(Memory),
}

/// Bytes in memory that outlive the store on them.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<InMemoryBackend>);

impl Memory {
    /// The bytes of this moment in a memory of their own, as when a machine's disk is copied.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn duplicate(&self) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::Disk(error.to_string());
        let copy = Self::default();
        let length = self.len().map_err(failed)?;
        let mut bytes = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
        self.read(0, &mut bytes).map_err(failed)?;
        copy.set_len(length).map_err(failed)?;
        copy.write(0, &bytes).map_err(failed)?;
        Ok(copy)
    }
}

impl StorageBackend for Memory {
    fn len(&self) -> Result<u64, std::io::Error> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.0.set_len(len)
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.0.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.0.write(offset, data)
    }
}

/// redb's door to a [`Storage`].
#[derive(Debug)]
struct Opened(Arc<dyn Storage>);

impl StorageBackend for Opened {
    fn len(&self) -> Result<u64, std::io::Error> {
        self.0.size()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), std::io::Error> {
        self.0.read(offset, out)
    }

    fn set_len(&self, len: u64) -> Result<(), std::io::Error> {
        self.0.resize(len)
    }

    fn sync_data(&self) -> Result<(), std::io::Error> {
        self.0.sync()
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), std::io::Error> {
        self.0.write(offset, data)
    }
}

impl Place {
    /// A fresh memory.
    pub fn memory() -> Self {
        Self::Memory(Memory::default())
    }

    pub(super) fn create(&self) -> Result<Database, Error> {
        match self {
            Self::File(path) => {
                create_file(path).map_err(|error| Error::Disk(error.to_string()))?;
                Ok(file_builder().create(path)?)
            }
            Self::Memory(memory) => Ok(memory_builder().create_with_backend(memory.clone())?),
            Self::Opened(file) => Ok(memory_builder().create_with_backend(Opened(file.clone()))?),
        }
    }

    pub(super) fn open(&self) -> Result<Database, Error> {
        match self {
            Self::File(path) => Ok(file_builder().open(path)?),
            Self::Memory(memory) => Ok(memory_builder().create_with_backend(memory.clone())?),
            Self::Opened(file) => Ok(memory_builder().create_with_backend(Opened(file.clone()))?),
        }
    }
}

/// Makes an empty file for its owner alone; refuses one that is there, atomically.
fn create_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// One process writes, others may read beside it.
pub(super) fn file_builder() -> redb::Builder {
    let mut builder = memory_builder();
    builder.set_concurrency_mode(ConcurrencyMode::SingleWriter);
    builder
}

fn memory_builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    builder
}

/// Begins a write transaction from which a crash is repaired without reading the whole file.
pub(super) fn begin(database: &Database) -> Result<WriteTransaction, Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_quick_repair(true);
    Ok(transaction)
}

#[cfg(test)]
mod tests {
    use super::super::schema::{FORMAT, META_FORMAT};
    use super::super::writing::{Tables, encode};
    use super::super::{Reader, Store};
    use super::*;
    use crate::log::Key;

    #[test]
    fn a_store_of_a_newer_version_is_refused_and_not_a_byte_of_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.redb");
        let place = Place::File(path.clone());
        drop(Store::create(&place, Key::from_bytes(&[1; 32]), [1; 32]).unwrap());
        let database = place.open().unwrap();
        let transaction = begin(&database).unwrap();
        let mut tables = Tables::open(&transaction).unwrap();
        tables.meta.insert(META_FORMAT, encode(&(FORMAT + 1)).as_slice()).unwrap();
        drop(tables);
        transaction.commit().unwrap();
        drop(database);
        let before = std::fs::read(&path).unwrap();

        let written = Store::open(&place, Key::from_bytes(&[1; 32]), [2; 32]);
        let read = Reader::open(&path);

        for error in [written.err(), read.err()] {
            let Some(Error::Newer { found, known }) = error else { panic!("{error:?}") };
            assert_eq!((found, known), (FORMAT + 1, FORMAT));
        }
        assert!(before == std::fs::read(&path).unwrap());
    }
}
