//! Identifiers: what each names, how many bytes it has and where the bytes come from.
//!
//! An id is opaque: nothing here reads a clock or draws randomness; both are arguments.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE32HEX_NOPAD, HEXLOWER};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::hash;

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// The first eight hexadecimal digits, for people and logs.
            pub fn short(&self) -> String {
                HEXLOWER.encode(&self.0[..4])
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.short())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    self.0.serialize(serializer)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    let text = String::deserialize(deserializer)?;
                    text.parse().map_err(serde::de::Error::custom)
                } else {
                    <[u8; $len]>::deserialize(deserializer).map(Self)
                }
            }
        }

        impl FromStr for $name {
            type Err = MalformedId;

            fn from_str(text: &str) -> Result<Self, MalformedId> {
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| MalformedId)?;
                bytes.try_into().map(Self).map_err(|_| MalformedId)
            }
        }
    };
}

/// A text is not an id: wrong length or a character that is not lowercase hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed id")]
pub struct MalformedId;

byte_id!(
    /// One seeker's data: the hash of its genesis statement.
    BookId, 32
);
byte_id!(
    /// One of the five spaces of a book: hash of the book id and the space's name.
    SpaceId, 32
);
byte_id!(
    /// A device: its Ed25519 public key (RFC 8032), which is also its iroh endpoint id.
    DeviceId, 32
);
byte_id!(
    /// One running copy of a device's store; a restored or cloned copy takes a fresh one.
    Incarnation, 8
);
byte_id!(
    /// A record: UUIDv7 (RFC 9562) where made by hand, UUIDv8 where derived from a source key.
    RecordId, 16
);
byte_id!(
    /// The document that holds one record's facts in one space: hash of space, record and kind.
    DocumentId, 32
);
byte_id!(
    /// One command of the user: the UUIDv7 (RFC 9562) shared by every entry that it wrote.
    CommandId, 16
);
byte_id!(
    /// A person with whom a book is shared, whatever devices they have.
    MemberId, 16
);
byte_id!(
    /// Hash of a whole entry with its signature.
    EntryHash, 32
);
byte_id!(
    /// Hash of an item, bound to its space.
    ItemHash, 32
);
byte_id!(
    /// Hash of an automerge change, as automerge computes it.
    ChangeHash, 32
);
byte_id!(
    /// Hash of a standalone statement.
    StatementHash, 32
);
byte_id!(
    /// Names one automerge actor's origin; fresh per (store opening, document).
    Nonce, 16
);
byte_id!(
    /// An automerge actor: always [`ACTOR_BYTES`] long in our documents.
    ActorId, 16
);

/// Length of an automerge actor in our documents, in bytes.
pub const ACTOR_BYTES: usize = 16;

impl EntryHash {
    /// `prev` of the first entry of a log.
    pub const NONE: Self = Self([0; 32]);
}

impl SpaceId {
    /// Derives the id of the space called `name` in `book`.
    pub fn derive(book: &BookId, name: &str) -> Self {
        Self(hash::derive(hash::SPACE, &[&book.0, name.as_bytes()]))
    }
}

impl DocumentId {
    /// Derives the id of the document of `record`, seen as `kind` (its number), in `space`.
    pub fn derive(space: &SpaceId, record: &RecordId, kind: u16) -> Self {
        Self(hash::derive(hash::DOCUMENT, &[&space.0, &record.0, &kind.to_be_bytes()]))
    }
}

impl ActorId {
    /// Derives the actor under which `device` writes `document` at `generation`.
    pub fn derive(
        device: &DeviceId,
        space: &SpaceId,
        document: &DocumentId,
        generation: u32,
        nonce: &Nonce,
    ) -> Self {
        let whole = hash::derive(
            hash::ACTOR,
            &[&device.0, &space.0, &document.0, &generation.to_be_bytes(), &nonce.0],
        );
        let mut half = [0; ACTOR_BYTES];
        half.copy_from_slice(&whole[..ACTOR_BYTES]);
        Self(half)
    }
}

/// Characters of a record's short form inside document keys.
pub const SHORT_ID_CHARS: usize = 26;

impl RecordId {
    /// Makes a UUIDv7 from milliseconds since the Unix epoch and ten random bytes.
    pub fn v7(millis: u64, random: [u8; 10]) -> Self {
        Self(uuid_v7(millis, random))
    }

    /// Makes a UUIDv8 from the keyed BLAKE3 of (source key, erasure count) under the book's secret.
    ///
    /// Two devices of one book derive one id from one source key; without the secret nobody can
    /// test a guessed e-mail address or profile against it.
    pub fn derived(secret: &[u8; 32], source_key: &str, erasures: u32) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(secret);
        hasher.update(b"goodword record v1\0");
        hasher.update(source_key.as_bytes());
        hasher.update(&[0]);
        hasher.update(&erasures.to_be_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        bytes[6] = (bytes[6] & 0x0f) | 0x80;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }

    /// The form used inside document keys: 26 characters of base32hex, in id order.
    pub fn key(&self) -> String {
        BASE32HEX_NOPAD.encode(&self.0).to_ascii_lowercase()
    }

    /// Reads the form written by [`key`](Self::key).
    pub fn from_key(key: &str) -> Option<Self> {
        if key.len() != SHORT_ID_CHARS || key.bytes().any(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let bytes = BASE32HEX_NOPAD.decode(key.to_ascii_uppercase().as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }
}

impl CommandId {
    /// Latest time that an id can tell, in milliseconds since the Unix epoch: 48 bits (RFC 9562).
    pub const MILLIS_MAX: u64 = (1 << 48) - 1;

    /// Makes a UUIDv7 from milliseconds since the Unix epoch and ten random bytes.
    pub fn v7(millis: u64, random: [u8; 10]) -> Self {
        Self(uuid_v7(millis, random))
    }

    /// Milliseconds since the Unix epoch at which the command was given, on its device's clock.
    pub fn millis(&self) -> u64 {
        self.0[..6].iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
    }
}

fn uuid_v7(millis: u64, random: [u8; 10]) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random);
    bytes[6] = (bytes[6] & 0x0f) | 0x70;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_id_survives_its_key_form() {
        let id = RecordId::v7(1_795_000_000_000, [7; 10]);
        assert_eq!(RecordId::from_key(&id.key()), Some(id));
        assert_eq!(id.key().len(), SHORT_ID_CHARS);
    }

    #[test]
    fn a_command_id_tells_when_it_was_given() {
        assert_eq!(CommandId::v7(1_795_000_000_123, [255; 10]).millis(), 1_795_000_000_123);
    }

    #[test]
    fn a_derived_id_is_a_uuid_of_version_8_and_depends_on_the_secret() {
        let id = RecordId::derived(&[1; 32], "linkedin:ada-rilo", 0);
        assert_eq!(id.0[6] >> 4, 8);
        assert_eq!(id.0[8] >> 6, 2);
        assert_ne!(id, RecordId::derived(&[2; 32], "linkedin:ada-rilo", 0));
        assert_ne!(id, RecordId::derived(&[1; 32], "linkedin:ada-rilo", 1));
    }
}
