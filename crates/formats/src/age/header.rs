//! The four lines before the payload: version, scrypt stanza with the wrapped file key, MAC.

use std::io::BufRead;

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce};
use data_encoding::BASE64_NOPAD;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{Error, MAGIC, WORK_FACTOR_MAX};

/// Key from which those of header and payload are derived.
pub(super) type FileKey = Zeroizing<[u8; 16]>;

/// What the salt is bound to.
const SCRYPT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";

const STANZA: &str = "-> scrypt ";
const FOOTER: &str = "---";

/// Longest line of a header, in bytes: the wrapped key and the MAC have fewer than 50.
const LINE_BYTES_MAX: usize = 128;

/// Length of the file key with its tag, in bytes.
const WRAPPED_BYTES: usize = 32;

/// Writes the header of a file under `passphrase`.
pub(super) fn write(passphrase: &str, log_n: u8, salt: [u8; 16], file_key: &FileKey) -> Vec<u8> {
    let mut wrapped = file_key.to_vec();
    wrapping(passphrase, log_n, &salt)
        .encrypt_in_place(&Nonce::default(), b"", &mut wrapped)
        .expect("BUG: 16 bytes can be encrypted");
    let mut header = MAGIC.to_vec();
    header.extend_from_slice(
        format!(
            "{STANZA}{} {log_n}\n{}\n{FOOTER}",
            BASE64_NOPAD.encode(&salt),
            BASE64_NOPAD.encode(&wrapped)
        )
        .as_bytes(),
    );
    let mac = mac(file_key, &header).finalize().into_bytes();
    header.extend_from_slice(format!(" {}\n", BASE64_NOPAD.encode(&mac)).as_bytes());
    header
}

/// Reads the header and unwraps the file key.
pub(super) fn read(source: &mut impl BufRead, passphrase: &str) -> Result<FileKey, Error> {
    let version = line(source)?;
    if [version.as_bytes(), b"\n"].concat() != MAGIC {
        return Err(Error::NotAge);
    }
    let stanza = line(source)?;
    let (salt, log_n) = scrypt_arguments(&stanza)?;
    let body = line(source)?;
    let footer = line(source)?;
    let wrapped = decoded::<WRAPPED_BYTES>(&body)?;
    let tag = footer.strip_prefix(FOOTER).and_then(|rest| rest.strip_prefix(' '));
    let tag = decoded::<32>(tag.ok_or(Error::Damaged)?)?;

    let mut file_key = Zeroizing::new(wrapped.to_vec());
    wrapping(passphrase, log_n, &salt)
        .decrypt_in_place(&Nonce::default(), b"", &mut *file_key)
        .map_err(|_| Error::WrongPassphrase)?;
    let file_key = <[u8; 16]>::try_from(file_key.as_slice());
    let file_key = Zeroizing::new(file_key.expect("BUG: 32 bytes with a tag of 16 are 16"));
    let covered = format!("{version}\n{stanza}\n{body}\n{FOOTER}");
    mac(&file_key, covered.as_bytes()).verify_slice(&tag).map_err(|_| Error::Damaged)?;
    Ok(file_key)
}

/// The salt and the work factor of the only stanza that a file under a passphrase has.
fn scrypt_arguments(stanza: &str) -> Result<([u8; 16], u8), Error> {
    let arguments = match stanza.strip_prefix(STANZA) {
        Some(arguments) => arguments,
        None if stanza.starts_with("-> ") => return Err(Error::NoPassphrase),
        None => return Err(Error::Damaged),
    };
    let (salt, log_n) = arguments.split_once(' ').ok_or(Error::Damaged)?;
    let is_decimal = log_n.bytes().all(|digit| digit.is_ascii_digit()) && !log_n.starts_with('0');
    let log_n: u8 = log_n.parse().ok().filter(|_| is_decimal).ok_or(Error::Damaged)?;
    if log_n > WORK_FACTOR_MAX {
        return Err(Error::TooMuchWork { log_n });
    }
    Ok((decoded(salt)?, log_n))
}

/// Reads a line without its end.
fn line(source: &mut impl BufRead) -> Result<String, Error> {
    let mut line = Vec::new();
    let mut limited = std::io::Read::take(source, LINE_BYTES_MAX as u64);
    limited.read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(Error::Damaged);
    }
    String::from_utf8(line).map_err(|_| Error::Damaged)
}

/// Decodes canonical base64 of `N` bytes.
fn decoded<const N: usize>(text: &str) -> Result<[u8; N], Error> {
    let bytes = BASE64_NOPAD.decode(text.as_bytes()).map_err(|_| Error::Damaged)?;
    bytes.try_into().map_err(|_| Error::Damaged)
}

fn wrapping(passphrase: &str, log_n: u8, salt: &[u8; 16]) -> ChaCha20Poly1305 {
    let params = scrypt::Params::new(log_n, 8, 1).expect("BUG: a work factor is at most 20");
    let mut key = Zeroizing::new([0; 32]);
    let salt = [SCRYPT_LABEL, salt].concat();
    scrypt::scrypt(passphrase.as_bytes(), &salt, &params, key.as_mut_slice())
        .expect("BUG: scrypt gives 32 bytes");
    ChaCha20Poly1305::new((&*key).into())
}

fn mac(file_key: &FileKey, header: &[u8]) -> Hmac<Sha256> {
    let key = derived(file_key, b"", b"header");
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key.as_slice())
        .expect("BUG: HMAC takes keys of any length");
    mac.update(header);
    mac
}

/// A key of 32 bytes for one purpose.
pub(super) fn derived(file_key: &FileKey, salt: &[u8], purpose: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    Hkdf::<Sha256>::new(Some(salt), file_key.as_slice())
        .expand(purpose, key.as_mut_slice())
        .expect("BUG: HKDF gives 32 bytes");
    key
}
