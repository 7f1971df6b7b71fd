//! The daemon's side of the socket: who may come in, and messages in and out.
//!
//! The socket is its owner's alone, and so is whoever comes through it: both are checked.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

use crate::error::Error;
use crate::limits;

/// The socket of a home, removed when dropped.
#[derive(Debug)]
pub(crate) struct Doorway {
    path: PathBuf,
    listener: UnixListener,
}

impl Doorway {
    /// Opens the socket at `path`. One that nobody listens on is replaced.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        use std::os::unix::fs::PermissionsExt;
        let failed = |error| Error::Socket { path: path.to_owned(), error };
        let at = short(path);
        if std::os::unix::net::UnixStream::connect(at.as_ref()).is_ok() {
            return Err(Error::Running);
        }
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        let listener = UnixListener::bind(at.as_ref()).map_err(failed)?;
        // The home is its owner's alone, so nobody came in between.
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(Self { path: path.to_owned(), listener })
    }

    /// The next client that is of the same user.
    pub(crate) async fn next(&self) -> io::Result<UnixStream> {
        use std::os::unix::fs::MetadataExt;
        loop {
            let (stream, _) = self.listener.accept().await?;
            let owner = std::fs::metadata(&self.path)?.uid();
            match stream.peer_cred() {
                Ok(peer) if peer.uid() == owner => return Ok(stream),
                Ok(_) | Err(_) => tracing::warn!("another user was turned away"),
            }
        }
    }
}

impl Drop for Doorway {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A path that fits a socket's address: relative to the working directory where that is shorter.
pub(crate) fn short(path: &Path) -> Cow<'_, Path> {
    if path.as_os_str().len() <= limits::SOCKET_PATH_BYTES_MAX {
        return Cow::Borrowed(path);
    }
    let here = std::env::current_dir().ok();
    let relative = here.and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    relative.map_or(Cow::Borrowed(path), Cow::Owned)
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
