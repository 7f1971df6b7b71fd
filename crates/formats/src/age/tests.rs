//! What is written is read, and nothing else is; and the reference program agrees.

use std::io::{ErrorKind, Read, Write};

use zeroize::Zeroizing;

use super::payload::PIECE_BYTES;
use super::{ENTROPY_BYTES, Error, MAGIC, Reader, Writer};

/// Cheap enough to try often.
const LITTLE_WORK: u8 = 4;

fn entropy() -> Zeroizing<[u8; ENTROPY_BYTES]> {
    Zeroizing::new(std::array::from_fn(|i| i as u8))
}

fn locked(plain: &[u8]) -> Vec<u8> {
    let mut writer = Writer::with_work(Vec::new(), "open sesame", LITTLE_WORK, &entropy()).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

fn opened(file: &[u8]) -> Result<Vec<u8>, Error> {
    let mut plain = Vec::new();
    Reader::new(file, "open sesame")?.read_to_end(&mut plain)?;
    Ok(plain)
}

fn kind(file: &[u8]) -> ErrorKind {
    match opened(file) {
        Err(Error::File(error)) => error.kind(),
        other => panic!("{other:?}"),
    }
}

fn payload(file: &[u8]) -> usize {
    let footer = file.windows(5).position(|bytes| bytes == b"\n--- ").unwrap();
    footer + 5 + 43 + 1
}

#[test]
fn what_is_locked_is_opened_again_at_every_length_around_a_piece() {
    for length in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES] {
        let plain: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
        let file = locked(&plain);
        assert!(file.starts_with(MAGIC));
        assert!(opened(&file).unwrap() == plain, "{length}");
    }
}

#[test]
fn a_file_of_the_reference_program_is_opened() {
    // age 1.1.1: `age --passphrase`, "open sesame".
    let file = include_bytes!("../../tests/data/age/passphrase.age");
    assert_eq!(opened(file).unwrap(), b"Ada Rilo at Sakumi\n");
}

#[test]
fn a_wrong_passphrase_is_told_from_a_damaged_file() {
    let file = locked(b"Ada Rilo");
    assert!(matches!(Reader::new(&file[..], "open barley"), Err(Error::WrongPassphrase)));
    let mut damaged = file.clone();
    let mac = payload(&file) - 10;
    damaged[mac] ^= 1;
    assert!(matches!(opened(&damaged), Err(Error::Damaged)));
}

#[test]
fn a_changed_byte_anywhere_is_noticed() {
    let file = locked(b"Ada Rilo");
    for at in 0..file.len() {
        let mut changed = file.clone();
        changed[at] ^= 1;
        assert!(opened(&changed).is_err(), "byte {at}");
    }
}

#[test]
fn a_file_that_is_cut_anywhere_is_noticed() {
    let file = locked(b"Ada Rilo");
    for length in 0..file.len() {
        assert!(opened(&file[..length]).is_err(), "{length} bytes");
    }
}

#[test]
fn a_file_that_is_cut_between_two_pieces_ends_early() {
    let file = locked(&vec![7; 3 * PIECE_BYTES]);
    let first = payload(&file) + 16;
    let whole = PIECE_BYTES + 16;
    for pieces in 0..3 {
        assert_eq!(kind(&file[..first + pieces * whole]), ErrorKind::UnexpectedEof, "{pieces}");
    }
}

#[test]
fn pieces_that_changed_places_or_follow_the_last_are_noticed() {
    let file = locked(&vec![7; 3 * PIECE_BYTES]);
    let first = payload(&file) + 16;
    let whole = PIECE_BYTES + 16;
    let (one, two) = (first..first + whole, first + whole..first + 2 * whole);
    let swapped = [&file[..first], &file[two.clone()], &file[one], &file[two.end..]].concat();
    assert_eq!(kind(&swapped), ErrorKind::InvalidData);
    assert_eq!(kind(&[&file[..], &[0; 20]].concat()), ErrorKind::InvalidData);
}

#[test]
fn other_files_are_refused_by_what_they_are() {
    assert!(matches!(opened(b"-----BEGIN AGE\n"), Err(Error::NotAge)));
    let of_a_key = b"age-encryption.org/v1\n-> X25519 abc\nabc\n--- abc\n";
    assert!(matches!(opened(of_a_key), Err(Error::NoPassphrase)));
    let text = |log_n: &str| {
        let salt = "AAAAAAAAAAAAAAAAAAAAAA";
        format!("age-encryption.org/v1\n-> scrypt {salt} {log_n}\n")
    };
    assert!(matches!(opened(text("21").as_bytes()), Err(Error::TooMuchWork { log_n: 21 })));
    for malformed in ["", "+4", "04", "0", "4x", "0x4", "256", "4 4"] {
        assert!(matches!(opened(text(malformed).as_bytes()), Err(Error::Damaged)), "{malformed}");
    }
}
