//! Files under a passphrase, in the age format (<https://age-encryption.org/v1>).
//!
//! Only what a passphrase needs: one scrypt recipient, no armour, no keys, no plugins. The file is
//! what `age --passphrase` writes and `age --decrypt` reads. Draws no randomness and opens no
//! file. A changed, swapped or missing piece is an error before a byte of it is handed over.

mod header;
mod payload;

pub use payload::{Reader, Writer};

/// How every file in the format begins.
pub const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// Randomness that one file needs, in bytes: a file key, a salt and a nonce of 16 each.
pub const ENTROPY_BYTES: usize = 48;

/// Work to try one passphrase, as a power of two: scrypt with r = 8 and p = 1 takes 256 MiB and
/// about a second. What `age` itself uses.
const WORK_FACTOR: u8 = 18;

/// Most work that a file may ask for: 1 GiB, which a small computer still has.
const WORK_FACTOR_MAX: u8 = 20;

/// Why a file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another kind of file.
    #[error("the file is not in the age format")]
    NotAge,
    /// Locked for a key, not with a passphrase.
    #[error("the file is locked for a key, not with a passphrase")]
    NoPassphrase,
    /// It asks for more memory than it may.
    #[error("trying a passphrase takes 2^{log_n} blocks of 1 KiB, more than 2^{WORK_FACTOR_MAX}")]
    TooMuchWork {
        /// What it asks for, as a power of two.
        log_n: u8,
    },
    /// The passphrase is another one.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Its beginning is not in form.
    #[error("the beginning of the file is damaged")]
    Damaged,
    /// It cannot be read.
    #[error("{0}")]
    File(#[from] std::io::Error),
}

#[cfg(test)]
mod tests;
