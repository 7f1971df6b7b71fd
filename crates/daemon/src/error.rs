//! Why the daemon, or a conversation with it, cannot go on.

use std::io;
use std::path::PathBuf;

/// Why the daemon, or a conversation with it, cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another daemon serves this home.
    #[error("a daemon serves this home already")]
    Running,
    /// The store.
    #[error("{0}")]
    Store(#[from] goodword_core::Error),
    /// The network.
    #[error("{0}")]
    Net(#[from] goodword_net::Error),
    /// The socket cannot be made or used.
    #[error("socket `{}`: {error}", path.display())]
    Socket {
        /// Where.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The other end speaks another version.
    #[error(
        "the daemon speaks version {found} of the control protocol, this program {}",
        crate::VERSION
    )]
    OtherVersion {
        /// Its version.
        found: u32,
    },
    /// The other end sent what this program does not understand.
    #[error("the daemon's answer cannot be understood: {0}")]
    Malformed(String),
    /// A message is longer than either side takes.
    #[error("message of {bytes} bytes exceeds {}", crate::limits::MESSAGE_BYTES_MAX)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The conversation ended before the answer came.
    #[error("the daemon went away: {0}")]
    Gone(io::Error),
}
