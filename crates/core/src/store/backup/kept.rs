//! Backups that are made without being asked for: weekly, and before a store is migrated.
//!
//! They lie in a folder beside the store and are told by their names, which hold the moment. What
//! else is in the folder is left alone.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::{BackupError, whole_file};
use crate::log::Key;
use crate::store::reader::Reader;
use crate::store::schema::FORMAT;

/// The folder beside the store that holds them.
pub const BACKUPS_FOLDER: &str = "backups";

/// Weekly backups kept: a month, within which most mistakes are noticed.
pub const BACKUPS_KEPT: usize = 4;

/// How long after one backup the next is made.
const BACKUP_EVERY: SignedDuration = SignedDuration::from_hours(7 * 24);

const WEEKLY: &str = "weekly-";
const SUFFIX: &str = ".goodword";
const STAMP: &str = "%Y%m%dT%H%M%SZ";

/// A backup in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Where it is.
    pub path: PathBuf,
    /// The moment that it is of.
    pub at: Timestamp,
    /// Its length, in bytes.
    pub bytes: u64,
    /// Whether it goes when there are newer ones.
    pub weekly: bool,
}

/// The backups in `folder`, newest first; none if there is no folder.
///
/// # Errors
/// [`io::Error`] if it cannot be read.
pub fn backups_in(folder: &Path) -> io::Result<Vec<Kept>> {
    let files = match fs::read_dir(folder) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut kept = Vec::new();
    for file in files {
        let file = file?;
        let name = file.file_name();
        let Some(stem) = name.to_str().and_then(|name| name.strip_suffix(SUFFIX)) else { continue };
        let Some(at) = stem.rsplit('-').next().and_then(moment) else { continue };
        let bytes = file.metadata()?.len();
        kept.push(Kept { path: file.path(), at, bytes, weekly: stem.starts_with(WEEKLY) });
    }
    kept.sort_by(|a, b| (b.at, &b.path).cmp(&(a.at, &a.path)));
    Ok(kept)
}

/// Makes the weekly backup in `folder` if it is due at `now`, and takes away what is too old.
///
/// Costs one look into the folder if it is not due: the last one is younger than a week, or the
/// book is. To be called by who alone writes the store.
///
/// # Errors
/// As [`Reader::backup`].
pub fn back_up_weekly(
    folder: &Path,
    reader: &Reader,
    key: &Key,
    now: Timestamp,
) -> Result<Option<PathBuf>, BackupError> {
    let week_ago = now - BACKUP_EVERY;
    let kept = backups_in(folder)?;
    // One of a day to come was made while the clock was wrong, and says nothing.
    let is_recent = |kept: &Kept| kept.weekly && kept.at > week_ago && kept.at <= now;
    let begun = reader.first_command()?;
    if kept.iter().any(is_recent) || begun.is_none_or(|begun| begun > week_ago) {
        return Ok(None);
    }
    let path = write(folder, WEEKLY, reader, key, now)?;
    let older = kept.iter().filter(|kept| kept.weekly && kept.path != path);
    for old in older.skip(BACKUPS_KEPT - 1) {
        fs::remove_file(&old.path)?;
    }
    Ok(Some(path))
}

/// Makes a backup in `folder` of a store whose format this program replaces by its own.
///
/// It is of the moment of the store's last command, for no clock is read here, and stays.
pub(in crate::store) fn back_up_before_migration(
    folder: &Path,
    reader: &Reader,
    key: &Key,
) -> Result<(), BackupError> {
    let Some(last) = reader.last_command()? else {
        // Nothing was ever written in it.
        return Ok(());
    };
    let prefix = format!("before-format-{FORMAT}-");
    if !folder.join(name(&prefix, last)).exists() {
        write(folder, &prefix, reader, key, last)?;
    }
    Ok(())
}

fn write(
    folder: &Path,
    prefix: &str,
    reader: &Reader,
    key: &Key,
    at: Timestamp,
) -> Result<PathBuf, BackupError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let path = folder.join(name(prefix, at));
    whole_file(&path, |out| reader.backup(key, at, out))?;
    tracing::info!("made a backup");
    Ok(path)
}

fn name(prefix: &str, at: Timestamp) -> String {
    format!("{prefix}{}{SUFFIX}", at.strftime(STAMP))
}

fn moment(stamp: &str) -> Option<Timestamp> {
    let moment = DateTime::strptime(STAMP, stamp).ok()?;
    Some(moment.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::change::{Change, Now};
    use crate::model::NewPerson;
    use crate::store::{Place, Store};

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn begun() -> Timestamp {
        Timestamp::from_second(1_795_000_000).unwrap()
    }

    fn key() -> Key {
        Key::from_bytes(&[1; 32])
    }

    fn book(place: &Place) -> Store {
        let mut store = Store::create(place, key(), [1; 32]).unwrap();
        let now = Now { at: begun(), today: date(2026, 11, 18) };
        store.found([9; 32], now).unwrap();
        let ada = NewPerson { name: "Ada Rilo".to_owned(), edits: Vec::new() };
        store.apply(&Change::AddPerson(ada), now).unwrap();
        store
    }

    fn restored(path: &Path) -> Store {
        let place = Place::memory();
        super::super::restore(fs::File::open(path).unwrap(), &place, [5; 32]).unwrap();
        Store::open(&place, key(), [6; 32]).unwrap()
    }

    #[test]
    fn a_backup_is_made_each_week_and_four_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join(BACKUPS_FOLDER);
        let store = book(&Place::memory());
        let reader = store.reader().unwrap();
        let mut made = Vec::new();
        for day in 0..50 {
            let now = begun() + DAY * day;
            if back_up_weekly(&folder, &reader, &key(), now).unwrap().is_some() {
                made.push(day);
            }
        }
        assert_eq!(made, [7, 14, 21, 28, 35, 42, 49]);
        let kept = backups_in(&folder).unwrap();
        let days: Vec<Timestamp> = [49, 42, 35, 28].map(|day| begun() + DAY * day).to_vec();
        assert_eq!(kept.iter().map(|kept| kept.at).collect::<Vec<_>>(), days);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), BACKUPS_KEPT);
        assert!(restored(&kept[0].path).fold_check().unwrap().is_equal());
    }

    #[test]
    fn a_backup_of_a_day_to_come_holds_up_none_and_what_else_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let store = book(&Place::memory());
        let reader = store.reader().unwrap();
        for year in 2090..2095 {
            fs::write(folder.path().join(format!("weekly-{year}0101T000000Z.goodword")), "")
                .unwrap();
        }
        for other in ["holiday.goodword", "before-format-1-20260101T000000Z.goodword", "x"] {
            fs::write(folder.path().join(other), "").unwrap();
        }
        let made = back_up_weekly(folder.path(), &reader, &key(), begun() + DAY * 9).unwrap();
        assert!(made.unwrap().exists());
        let kept = backups_in(folder.path()).unwrap();
        assert_eq!(kept.iter().filter(|kept| kept.weekly).count(), BACKUPS_KEPT);
        assert!(folder.path().join("holiday.goodword").exists());
        assert!(kept.iter().any(|kept| !kept.weekly));
    }

    #[test]
    fn a_store_of_an_older_format_is_backed_up_once_before_it_is_opened() {
        use crate::store::place;
        use crate::store::schema::META_FORMAT;
        use crate::store::writing::{Tables, encode};
        let folder = tempfile::tempdir().unwrap();
        let place = Place::File(folder.path().join("store.redb"));
        let store = book(&place);
        let hash = store.view_hash().unwrap();
        drop(store);
        let database = place.open().unwrap();
        let transaction = place::begin(&database).unwrap();
        let mut tables = Tables::open(&transaction).unwrap();
        tables.meta.insert(META_FORMAT, encode(&(FORMAT - 1)).as_slice()).unwrap();
        drop(tables);
        transaction.commit().unwrap();
        drop(database);

        let backups = folder.path().join(BACKUPS_FOLDER);
        for entropy in [2, 3] {
            drop(Store::open(&place, key(), [entropy; 32]).unwrap());
            let kept = backups_in(&backups).unwrap();
            assert_eq!(kept.len(), 1);
            assert!(!kept[0].weekly);
            assert_eq!(restored(&kept[0].path).view_hash().unwrap(), hash);
        }
    }

    #[test]
    fn a_store_of_this_format_is_opened_without_a_backup() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::File(folder.path().join("store.redb"));
        drop(book(&place));
        drop(Store::open(&place, key(), [2; 32]).unwrap());
        assert!(!folder.path().join(BACKUPS_FOLDER).exists());
    }
}
