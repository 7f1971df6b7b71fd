//! The socket in the home directory: who may come in, and messages in and out.
//!
//! The socket is its owner's alone, and so is whoever comes through it: both are checked.

use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::error::Error;
use crate::limits;

/// The socket of a home, removed when dropped. Only whoever holds the store opens one.
#[derive(Debug)]
pub(crate) struct Doorway {
    /// Until it is removed.
    path: Option<PathBuf>,
    listener: UnixListener,
    owner: u32,
}

impl Doorway {
    /// Opens the socket at `path`. One that was left over is replaced.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let failed = |error| Error::Socket { path: path.to_owned(), error };
        if answers(path) {
            return Err(Error::Running);
        }
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let at = Reachable::at(path).map_err(failed)?;
        let listener = UnixListener::bind(&at.path).map_err(failed)?;
        // Who came in between is asked for their name like everybody.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        let owner = std::fs::metadata(path).map_err(failed)?.uid();
        Ok(Self { path: Some(path.to_owned()), listener, owner })
    }

    /// The next client that is of the same user.
    pub(crate) async fn next(&self) -> io::Result<UnixStream> {
        loop {
            let (stream, _) = self.listener.accept().await?;
            match stream.peer_cred() {
                Ok(peer) if peer.uid() == self.owner => return Ok(stream),
                Ok(_) | Err(_) => tracing::warn!("another user was turned away"),
            }
        }
    }

    /// Removes the socket, so that nobody else finds it; who has found it can still come in.
    pub(crate) fn hide(&mut self) {
        if let Some(path) = self.path.take() {
            // Left over at worst: nobody answers, and the next daemon removes it.
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Drop for Doorway {
    fn drop(&mut self) {
        self.hide();
    }
}

/// Whether a daemon listens at `path`.
pub(crate) fn answers(path: &Path) -> bool {
    let at = Reachable::at(path);
    at.is_ok_and(|at| std::os::unix::net::UnixStream::connect(&at.path).is_ok())
}

/// A path that fits a socket's address.
#[derive(Debug)]
pub(crate) struct Reachable {
    pub(crate) path: PathBuf,
    /// Held open for as long as the path leads through it.
    _folder: Option<std::fs::File>,
}

impl Reachable {
    /// A path to `path`, which may be longer than an address holds: then through its open folder
    /// where the system has names for open files, else relative to the working directory.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        if path.as_os_str().len() <= limits::SOCKET_PATH_BYTES_MAX {
            return Ok(Self { path: path.to_owned(), _folder: None });
        }
        if let (Some(folder), Some(name)) = (path.parent(), path.file_name()) {
            let open = Path::new("/proc/self/fd");
            if open.is_dir() {
                use std::os::fd::AsRawFd;
                let folder = std::fs::File::open(folder)?;
                let path = open.join(folder.as_raw_fd().to_string()).join(name);
                return Ok(Self { path, _folder: Some(folder) });
            }
        }
        let here = std::env::current_dir()?;
        let relative = path.strip_prefix(here).map(Path::to_owned);
        let relative = relative
            .ok()
            .filter(|relative| relative.as_os_str().len() <= limits::SOCKET_PATH_BYTES_MAX);
        relative.map(|path| Self { path, _folder: None }).ok_or_else(|| {
            let bytes = path.as_os_str().len();
            let limit = limits::SOCKET_PATH_BYTES_MAX;
            let why = format!("path of {bytes} bytes exceeds {limit}");
            io::Error::new(io::ErrorKind::InvalidFilename, why)
        })
    }
}

/// Reads a message; `None` at the end of the stream.
pub(crate) async fn read<T: DeserializeOwned>(
    stream: &mut (impl AsyncReadExt + Unpin),
) -> Result<Option<T>, Error> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read.map_err(Error::Gone)?,
    };
    let length = check_length(u32::from_be_bytes(length) as usize)?;
    // Grows with what comes, not with what is claimed.
    let mut bytes = Vec::new();
    let mut body = stream.take(length as u64);
    body.read_to_end(&mut bytes).await.map_err(Error::Gone)?;
    if bytes.len() < length {
        return Err(Error::Gone(io::ErrorKind::UnexpectedEof.into()));
    }
    let message = serde_json::from_slice(&bytes);
    message.map(Some).map_err(|error| Error::Malformed(format!("{:?} error", error.classify())))
}

/// Writes a message.
pub(crate) async fn write(
    stream: &mut (impl AsyncWriteExt + Unpin),
    message: &impl Serialize,
) -> Result<(), Error> {
    let bytes = serde_json::to_vec(message)
        .map_err(|error| Error::Malformed(format!("{:?} error", error.classify())))?;
    check_length(bytes.len())?;
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
    stream.write_all(&length).await.map_err(Error::Gone)?;
    stream.write_all(&bytes).await.map_err(Error::Gone)
}

pub(crate) fn check_length(bytes: usize) -> Result<usize, Error> {
    if bytes <= limits::MESSAGE_BYTES_MAX { Ok(bytes) } else { Err(Error::TooLong { bytes }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn another_user_of_the_machine_is_turned_away_without_a_word() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("daemon.sock");
        let mut doorway = Doorway::open(&path).expect("a socket");
        let user = doorway.owner;

        doorway.owner = user.wrapping_add(1);
        let mut client = UnixStream::connect(&path).await.expect("connected");
        let mut heard = Vec::new();
        tokio::select! {
            came_in = doorway.next() => panic!("let in: {came_in:?}"),
            end = client.read_to_end(&mut heard) => assert_eq!(end.expect("hung up on"), 0),
        }

        doorway.owner = user;
        let _client = UnixStream::connect(&path).await.expect("connected");
        doorway.next().await.expect("the owner comes in");
    }
}
