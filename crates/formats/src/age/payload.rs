//! The payload: a nonce, then pieces of 64 KiB, each encrypted under its number.
//!
//! The last piece is marked as such, so that a file cut between two pieces is noticed.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use zeroize::Zeroizing;

use super::header::{self, FileKey};
use super::{ENTROPY_BYTES, Error, WORK_FACTOR};

/// Bytes of plain text in one piece.
pub(super) const PIECE_BYTES: usize = 64 * 1024;

/// Bytes of the tag that ends each piece.
const TAG_BYTES: usize = 16;

const NONCE_BYTES: usize = 16;

/// Encrypts what is written to it. Without [`finish`](Self::finish) the file is a cut one.
pub struct Writer<W> {
    out: W,
    pieces: Pieces,
    plain: Zeroizing<Vec<u8>>,
}

impl<W: Write> Writer<W> {
    /// Begins a file under `passphrase`. Takes 256 MiB and about a second.
    ///
    /// # Errors
    /// [`io::Error`] from `out`.
    pub fn new(
        out: W,
        passphrase: &str,
        entropy: &Zeroizing<[u8; ENTROPY_BYTES]>,
    ) -> io::Result<Self> {
        Self::with_work(out, passphrase, WORK_FACTOR, entropy)
    }

    pub(super) fn with_work(
        mut out: W,
        passphrase: &str,
        log_n: u8,
        entropy: &Zeroizing<[u8; ENTROPY_BYTES]>,
    ) -> io::Result<Self> {
        let part = |from: usize| {
            let mut part = Zeroizing::new([0; 16]);
            part.copy_from_slice(&entropy[from..from + 16]);
            part
        };
        let (file_key, salt, nonce) = (part(0), part(16), part(32));
        out.write_all(&header::write(passphrase, log_n, *salt, &file_key))?;
        out.write_all(&*nonce)?;
        let plain = Zeroizing::new(Vec::with_capacity(PIECE_BYTES + TAG_BYTES));
        Ok(Self { out, pieces: Pieces::new(&file_key, &nonce), plain })
    }

    /// Writes the last piece and gives back what was written to.
    ///
    /// # Errors
    /// [`io::Error`] from what is written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        Ok(self.out)
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        self.pieces.encrypt(&mut self.plain, is_last);
        self.out.write_all(&self.plain)?;
        self.plain.clear();
        Ok(())
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.plain.len() == PIECE_BYTES && !bytes.is_empty() {
            self.seal(false)?;
        }
        let taken = bytes.len().min(PIECE_BYTES - self.plain.len());
        self.plain.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    /// Nothing that can be read goes out before its piece is full.
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Decrypts what it reads.
///
/// A piece that was changed is an error of kind [`ErrorKind::InvalidData`], a file that ends early
/// one of kind [`ErrorKind::UnexpectedEof`].
pub struct Reader<R> {
    source: BufReader<R>,
    pieces: Pieces,
    plain: Zeroizing<Vec<u8>>,
    /// How much of the piece was handed over.
    given: usize,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Begins to read a file under `passphrase`. Takes as much work as the file asks for.
    ///
    /// # Errors
    /// [`Error`]; nothing of the payload was read.
    pub fn new(source: R, passphrase: &str) -> Result<Self, Error> {
        let mut source = BufReader::new(source);
        let file_key = header::read(&mut source, passphrase)?;
        let mut nonce = [0; NONCE_BYTES];
        source.read_exact(&mut nonce)?;
        let pieces = Pieces::new(&file_key, &nonce);
        Ok(Self { source, pieces, plain: Zeroizing::default(), given: 0, ended: false })
    }

    /// Reads and decrypts the next piece.
    fn next_piece(&mut self) -> io::Result<()> {
        let whole = PIECE_BYTES + TAG_BYTES;
        self.plain.clear();
        self.plain.reserve_exact(whole);
        self.given = 0;
        self.source.by_ref().take(whole as u64).read_to_end(&mut self.plain)?;
        if self.plain.len() < TAG_BYTES {
            return Err(cut());
        }
        let is_last = self.plain.len() < whole || self.source.fill_buf()?.is_empty();
        let encrypted = is_last.then(|| self.plain.clone());
        let is_first = self.pieces.number == 0;
        let decrypted = self.pieces.decrypt(&mut self.plain, is_last);
        if decrypted.is_err() || (self.plain.is_empty() && !is_first) {
            self.plain.clear();
            // One after which others were is whole in itself.
            let is_cut = decrypted.is_err()
                && encrypted
                    .is_some_and(|mut piece| self.pieces.decrypt(&mut piece, false).is_ok());
            return Err(if is_cut { cut() } else { damaged() });
        }
        self.ended = is_last;
        Ok(())
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.plain.len() && !self.ended {
            self.next_piece()?;
        }
        let left = &self.plain[self.given..];
        let given = left.len().min(out.len());
        out[..given].copy_from_slice(&left[..given]);
        self.given += given;
        Ok(given)
    }
}

fn cut() -> io::Error {
    io::Error::new(ErrorKind::UnexpectedEof, "the file ends early")
}

fn damaged() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "the file is damaged")
}

/// The key of a payload and the number of the next piece.
struct Pieces {
    cipher: ChaCha20Poly1305,
    number: u64,
}

impl Pieces {
    fn new(file_key: &FileKey, nonce: &[u8; NONCE_BYTES]) -> Self {
        let key = header::derived(file_key, nonce, b"payload");
        Self { cipher: ChaCha20Poly1305::new((&*key).into()), number: 0 }
    }

    fn encrypt(&mut self, piece: &mut Vec<u8>, is_last: bool) {
        self.cipher
            .encrypt_in_place((&self.nonce(is_last)).into(), b"", piece)
            .expect("BUG: 64 KiB can be encrypted");
        self.number += 1;
    }

    /// Decrypts a piece; it does not count if it fails.
    fn decrypt(
        &mut self,
        piece: &mut Vec<u8>,
        is_last: bool,
    ) -> Result<(), chacha20poly1305::Error> {
        self.cipher.decrypt_in_place((&self.nonce(is_last)).into(), b"", piece)?;
        self.number += 1;
        Ok(())
    }

    /// 11 bytes of the number, most significant first, and one that marks the last piece.
    fn nonce(&self, is_last: bool) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[3..11].copy_from_slice(&self.number.to_be_bytes());
        nonce[11] = u8::from(is_last);
        nonce
    }
}
