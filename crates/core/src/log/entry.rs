//! The entry: header, body, signature. `docs/format.md` gives the bytes.
//!
//! The header is frozen for ever, so that an entry of a version that we cannot read is still
//! chained, stored and relayed. Decoding accepts canonical bytes only.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

use crate::hash;
use crate::id::{CommandId, DeviceId, EntryHash, Incarnation, ItemHash, SpaceId};
use crate::limits;
use crate::roster::Statement;

/// Version of entries that this program writes.
pub const ENTRY_VERSION: u8 = 1;

/// Prefix of what an entry's signature covers.
const SIGNATURE_DOMAIN: &[u8] = b"goodword entry signature v1\0";

const SIGNATURE_BYTES: usize = 64;

/// Which log: one device's copy writing into one space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LogId {
    /// The space written to.
    pub space: SpaceId,
    /// The writing device.
    pub device: DeviceId,
    /// The running copy of its store.
    pub incarnation: Incarnation,
}

/// What every version of an entry starts with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`ENTRY_VERSION`], or a later one that is relayed unread.
    pub version: u8,
    /// The log that it belongs to.
    pub log: LogId,
    /// Position in the log, from 0 without gaps.
    pub n: u64,
    /// Hash of entry `n − 1`, [`EntryHash::NONE`] for the first.
    pub prev: EntryHash,
    /// The user's command that wrote it.
    pub command: CommandId,
}

/// Numbers of body kinds. 3 is kept for sealed items; others are free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyKind(pub u16);

impl BodyKind {
    /// Hashes of items that travel beside the entry.
    pub const ITEMS: Self = Self(1);
    /// One roster statement.
    pub const STATEMENT: Self = Self(2);
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Changes to documents, by the hashes of their items.
    Items(Vec<ItemHash>),
    /// A change of who may do what.
    Statement(Statement),
    /// A body of a later version: stored and relayed, not understood.
    Unknown(BodyKind),
}

#[derive(Serialize, Deserialize)]
struct Signed {
    header: Header,
    kind: u16,
    payload: Vec<u8>,
}

/// An entry with its canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    header: Header,
    body: Body,
    hash: EntryHash,
    bytes: Vec<u8>,
}

/// Why bytes are not an entry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Longer than any entry may be.
    #[error("entry of {bytes} bytes exceeds {}", limits::ENTRY_BYTES_MAX)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not the encoding of an entry, or not its shortest form.
    #[error("entry is malformed or not in canonical form")]
    Malformed,
    /// Names more items than allowed.
    #[error("entry names {items} items, more than {}", limits::ITEMS_PER_ENTRY_MAX)]
    TooManyItems {
        /// How many.
        items: usize,
    },
    /// Position beyond what a log may hold.
    #[error("entry number {n} exceeds {}", limits::ENTRIES_PER_LOG_MAX)]
    NumberTooLarge {
        /// The position.
        n: u64,
    },
    /// The signature is not the device's over these bytes.
    #[error("signature of entry {n} by device {} does not verify", device.short())]
    BadSignature {
        /// Position in its log.
        n: u64,
        /// The device that it claims to be from.
        device: DeviceId,
    },
    /// The body's kind is known but its content is not in form.
    #[error("body of entry {n} is malformed")]
    MalformedBody {
        /// Position in its log.
        n: u64,
    },
}

/// A device's signing key. Zeroized when dropped; never printed.
#[derive(Clone)]
pub struct Key(SigningKey);

impl Key {
    /// Takes the 32 secret bytes of RFC 8032.
    pub fn from_bytes(secret: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The public half: the device's id.
    pub fn device(&self) -> DeviceId {
        DeviceId(self.0.verifying_key().to_bytes())
    }

    /// The secret bytes, for the key file and for the network endpoint.
    pub fn secret(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// Signs `domain` followed by `bytes`.
    pub fn sign(&self, domain: &[u8], bytes: &[u8]) -> [u8; 64] {
        self.0.sign(&[domain, bytes].concat()).to_bytes()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key(device {})", self.device().short())
    }
}

/// Verifies a signature by `device` over `domain` followed by `bytes` (RFC 8032, strict).
pub fn signature_ok(device: &DeviceId, domain: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&device.0) else {
        return false;
    };
    let Ok(signature) = ed25519_dalek::Signature::from_slice(signature) else {
        return false;
    };
    key.verify_strict(&[domain, bytes].concat(), &signature).is_ok()
}

impl Entry {
    /// Builds and signs an entry. The header's device must be the key's.
    ///
    /// # Errors
    /// [`EntryError`] if a limit is exceeded: the caller splits commands that are too large.
    pub fn sign(header: Header, body: &Body, key: &Key) -> Result<Self, EntryError> {
        debug_assert_eq!(header.log.device, key.device());
        let (kind, payload) = match body {
            Body::Items(hashes) => {
                (BodyKind::ITEMS, hashes.iter().flat_map(|hash| hash.0).collect())
            }
            Body::Statement(statement) => (BodyKind::STATEMENT, statement.encode()),
            Body::Unknown(_) => return Err(EntryError::MalformedBody { n: header.n }),
        };
        let signed = Signed { header, kind: kind.0, payload };
        let mut bytes = postcard::to_allocvec(&signed).expect("BUG: an entry always encodes");
        let signature = key.sign(SIGNATURE_DOMAIN, &bytes);
        bytes.extend_from_slice(&signature);
        Self::decode(bytes)
    }

    /// Reads an entry from its canonical bytes. The signature is *not* verified here: see
    /// [`verify`](Self::verify) and [`chain_signature_ok`].
    ///
    /// # Errors
    /// [`EntryError`] if the bytes are too long, malformed or not in their shortest form.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, EntryError> {
        if bytes.len() > limits::ENTRY_BYTES_MAX {
            return Err(EntryError::TooLong { bytes: bytes.len() });
        }
        let split = bytes.len().checked_sub(SIGNATURE_BYTES).ok_or(EntryError::Malformed)?;
        let signed: Signed =
            postcard::from_bytes(&bytes[..split]).map_err(|_| EntryError::Malformed)?;
        let again = postcard::to_allocvec(&signed).map_err(|_| EntryError::Malformed)?;
        if again != bytes[..split] {
            return Err(EntryError::Malformed);
        }
        let header = signed.header;
        if header.n >= limits::ENTRIES_PER_LOG_MAX {
            return Err(EntryError::NumberTooLarge { n: header.n });
        }
        let body = if header.version == ENTRY_VERSION {
            decode_body(header.n, BodyKind(signed.kind), &signed.payload)?
        } else {
            Body::Unknown(BodyKind(signed.kind))
        };
        let hash = EntryHash(hash::derive(hash::ENTRY, &[&bytes]));
        Ok(Self { header, body, hash, bytes })
    }

    /// Verifies this entry's own signature.
    ///
    /// # Errors
    /// [`EntryError::BadSignature`].
    pub fn verify(&self) -> Result<(), EntryError> {
        let (signed, signature) = self.bytes.split_at(self.bytes.len() - SIGNATURE_BYTES);
        if signature_ok(&self.header.log.device, SIGNATURE_DOMAIN, signed, signature) {
            Ok(())
        } else {
            Err(EntryError::BadSignature { n: self.header.n, device: self.header.log.device })
        }
    }

    /// What every version starts with.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What the entry says.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Hash of the whole entry with its signature.
    pub fn hash(&self) -> EntryHash {
        self.hash
    }

    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Hashes of the items that travel beside it; none for other bodies.
    pub fn items(&self) -> &[ItemHash] {
        match &self.body {
            Body::Items(hashes) => hashes,
            Body::Statement(_) | Body::Unknown(_) => &[],
        }
    }
}

/// Verifies a contiguous run of one log by its last signature.
///
/// `prev` covers the whole previous entry with its signature, so the last signature vouches for
/// all of them (one signature check costs about 35 µs). The run must already be chained:
/// [`Frontier`](super::Frontier) checks numbers and hashes.
///
/// # Errors
/// [`EntryError::BadSignature`] naming the last entry.
pub fn chain_signature_ok(run: &[Entry]) -> Result<(), EntryError> {
    run.last().map_or(Ok(()), Entry::verify)
}

fn decode_body(n: u64, kind: BodyKind, payload: &[u8]) -> Result<Body, EntryError> {
    match kind {
        BodyKind::ITEMS => {
            let (hashes, rest) = payload.as_chunks::<32>();
            if !rest.is_empty() || hashes.is_empty() {
                return Err(EntryError::MalformedBody { n });
            }
            if hashes.len() > limits::ITEMS_PER_ENTRY_MAX {
                return Err(EntryError::TooManyItems { items: hashes.len() });
            }
            Ok(Body::Items(hashes.iter().map(|hash| ItemHash(*hash)).collect()))
        }
        BodyKind::STATEMENT => Statement::decode(payload)
            .map(Body::Statement)
            .map_err(|_| EntryError::MalformedBody { n }),
        unknown => Ok(Body::Unknown(unknown)),
    }
}
