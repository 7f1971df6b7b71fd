//! A file that is there whole or not at all, and that only its owner can read.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Writes `path` by `fill`, under another name until it is whole and on the disk.
///
/// What was at `path` stays until then. What a killed attempt left behind is taken away.
///
/// # Errors
/// Those of `fill`, and of the disk; [`ErrorKind::ResourceBusy`] if another process is at it.
pub fn whole_file<T, E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<T, E>,
) -> Result<T, E> {
    let partial = partial(path);
    let file = create(&partial)?;
    let done = write(file, fill).and_then(|done| {
        fs::rename(&partial, path)?;
        sync_folder(path);
        Ok(done)
    });
    if done.is_err() {
        // There is nothing in it that is worth keeping.
        let _ = fs::remove_file(&partial);
    }
    done
}

/// The name under which `path` is written.
pub(super) fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".partial");
    path.with_file_name(name)
}

fn write<T, E: From<io::Error>>(
    file: File,
    fill: impl FnOnce(&mut BufWriter<File>) -> Result<T, E>,
) -> Result<T, E> {
    let mut out = BufWriter::new(file);
    let done = fill(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(done)
}

/// Makes the file anew, locked for as long as it is open.
fn create(partial: &Path) -> io::Result<File> {
    if let Ok(left) = File::open(partial) {
        if matches!(left.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(io::Error::new(ErrorKind::ResourceBusy, "another process is writing it"));
        }
        fs::remove_file(partial)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(partial)?;
    // A disk that knows no locks holds the file all the same.
    let _ = file.try_lock();
    Ok(file)
}

/// Makes the name as durable as the file, where that can be asked for.
fn sync_folder(path: &Path) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
        whole_file(path, |out| out.write_all(bytes))
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_what_a_kill_left_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.goodword");
        fs::write(partial(&path), "half").unwrap();
        put(&path, b"one").unwrap();
        put(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_that_could_not_be_filled_is_not_there_and_the_old_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.goodword");
        put(&path, b"one").unwrap();
        let failed: io::Result<()> = whole_file(&path, |out| {
            out.write_all(b"ha")?;
            Err(ErrorKind::StorageFull.into())
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn two_at_once_are_not_mixed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.goodword");
        let outer: io::Result<()> = whole_file(&path, |out| {
            assert_eq!(put(&path, b"two").unwrap_err().kind(), ErrorKind::ResourceBusy);
            out.write_all(b"one")
        });
        outer.unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("book.goodword");
        put(&path, b"one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
