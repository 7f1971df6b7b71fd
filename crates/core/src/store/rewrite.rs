//! Writing the database to a new file, so that nothing is left of what was dropped.
//!
//! A database keeps old pages until it needs them. The new file holds the rows and nothing else;
//! it takes the old one's name when all of it is on the disk, so that a kill leaves one or the
//! other.

use std::borrow::Borrow;
use std::fs;
use std::path::{Path, PathBuf};

use redb::{
    Database, MultimapTableDefinition, ReadTransaction, ReadableDatabase, ReadableMultimapTable,
    ReadableTable, ReadableTableMetadata, TableDefinition, TableError, WriteTransaction,
};

use super::copies::FileIdentity;
use super::error::Error;
use super::place::Place;
use super::schema as s;
use super::writing::encode;
use super::{Store, place};

/// What the new file is called until it is complete.
const SUFFIX: &str = "rewriting";

impl Store {
    /// Rewrites the file if it may hold what was dropped from it; the readers of this store go on
    /// with the new one.
    ///
    /// # Errors
    /// [`Error::Disk`]; the old file stays, and is tried again when the store is opened.
    pub(super) fn rewrite_if_stale(&mut self) -> Result<(), Error> {
        if !self.reader()?.is_stale()? {
            return Ok(());
        }
        let old = self.database.current();
        if let Place::File(path) = &self.place {
            let new = rewritten(&old, path, self.new_file.is_some())?;
            self.database.replace(new);
            tracing::debug!("the store was written to a new file");
        } else {
            unmark(&old)?;
        }
        Ok(())
    }
}

/// Writes `old` to a new file in the place of `path`, which is none that the store knows if
/// `is_new`.
fn rewritten(old: &Database, path: &Path, is_new: bool) -> Result<Database, Error> {
    let beside = beside(path);
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(disk(&error)),
        Ok(()) | Err(_) => {}
    }
    let place = Place::File(beside.clone());
    let new = place.create()?;
    let from = old.begin_read()?;
    let into = place::begin(&new)?;
    copy_all(&from, &into)?;
    into.open_table(s::META)?.remove(s::META_STALE)?;
    // The new file is the same store: no copy of it. What is a copy has to remain one.
    let identity = if is_new { Some(FileIdentity::NONE) } else { FileIdentity::of(&place) };
    if let Some(identity) = identity {
        into.open_table(s::META)?.insert(s::META_FILE, encode(&identity).as_slice())?;
    }
    into.commit()?;
    fs::rename(&beside, path).map_err(|error| disk(&error))?;
    if let Some(folder) = path.parent() {
        sync_folder(folder)?;
    }
    Ok(new)
}

fn unmark(database: &Database) -> Result<(), Error> {
    let transaction = place::begin(database)?;
    transaction.open_table(s::META)?.remove(s::META_STALE)?;
    Ok(transaction.commit()?)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(SUFFIX);
    path.with_file_name(name)
}

/// A renamed file is there after a power cut once its folder is on the disk.
fn sync_folder(folder: &Path) -> Result<(), Error> {
    if cfg!(unix) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        fs::File::open(folder)
            .and_then(|opened| opened.sync_all())
            .map_err(|error| disk(&error))?;
    }
    Ok(())
}

fn disk(error: &std::io::Error) -> Error {
    Error::Disk(error.to_string())
}

/// Every table of `schema`: one that is left out would be lost.
fn copy_all(from: &ReadTransaction, into: &WriteTransaction) -> Result<(), Error> {
    copy(from, into, s::META)?;
    copy(from, into, s::LOGS)?;
    copy(from, into, s::LOG_NUMBERS)?;
    copy(from, into, s::BRANCHES)?;
    copy(from, into, s::ENTRIES)?;
    copy(from, into, s::POSITIONS)?;
    copy(from, into, s::ITEMS)?;
    copy(from, into, s::STANDALONE)?;
    copy(from, into, s::MET)?;
    copy(from, into, s::LEVEL)?;
    copy(from, into, s::ADDRESSES)?;
    copy(from, into, s::DOCUMENTS)?;
    copy(from, into, s::SNAPSHOTS)?;
    copy(from, into, s::CARRIERS)?;
    copy(from, into, s::LATE)?;
    copy(from, into, s::BEHIND)?;
    copy_multimap(from, into, s::PENDING)?;
    copy(from, into, s::REFUSED)?;
    copy(from, into, s::FINGERPRINTS)?;
    copy(from, into, s::VIEW)?;
    copy(from, into, s::RECORD_NUMBERS)?;
    copy(from, into, s::RECORDS)?;
    copy(from, into, s::WORDS)?;
    copy(from, into, s::OPERATIONS)?;
    copy_multimap(from, into, s::UNDOINGS)
}

fn copy<K, V>(
    from: &ReadTransaction,
    into: &WriteTransaction,
    table: TableDefinition<'_, K, V>,
) -> Result<(), Error>
where
    K: redb::Key + 'static,
    V: redb::Value + 'static,
    for<'a> K::SelfType<'a>: Borrow<K::SelfType<'a>>,
    for<'a> V::SelfType<'a>: Borrow<V::SelfType<'a>>,
{
    let rows = match from.open_table(table) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        rows => rows?,
    };
    let mut target = into.open_table(table)?;
    for row in rows.iter()? {
        let (key, value) = row?;
        target.insert(key.value(), value.value())?;
    }
    debug_assert_eq!(rows.len()?, target.len()?);
    Ok(())
}

fn copy_multimap<K, V>(
    from: &ReadTransaction,
    into: &WriteTransaction,
    table: MultimapTableDefinition<'_, K, V>,
) -> Result<(), Error>
where
    K: redb::Key + 'static,
    V: redb::Key + 'static,
{
    let rows = match from.open_multimap_table(table) {
        Err(TableError::TableDoesNotExist(_)) => return Ok(()),
        rows => rows?,
    };
    let mut target = into.open_multimap_table(table)?;
    for row in rows.iter()? {
        let (key, values) = row?;
        for value in values {
            target.insert(key.value(), value?.value())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use redb::TableHandle;

    use super::super::{Key, Store};
    use super::*;

    #[test]
    fn no_table_of_a_store_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.redb");
        let store =
            Store::create(&Place::File(path.clone()), Key::from_bytes(&[1; 32]), [1; 32]).unwrap();
        let names = |database: &Database| {
            let transaction = database.begin_read().unwrap();
            let mut names: Vec<String> =
                transaction.list_tables().unwrap().map(|table| table.name().to_owned()).collect();
            let multimaps = transaction.list_multimap_tables().unwrap();
            names.extend(multimaps.map(|table| redb::MultimapTableHandle::name(&table).to_owned()));
            names.sort();
            names
        };
        let old = store.database.current();
        let before = names(&old);
        let new = rewritten(&old, &path, false).unwrap();
        assert_eq!(names(&new), before);
        assert!(before.len() > 20);
    }
}
