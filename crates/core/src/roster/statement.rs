//! Statements: what the owner's devices, members and the recovery key say about authority.
//!
//! Most are bodies of entries in the `roster` space; the genesis and what the recovery key signs
//! are standalone. Tags are frozen: below [`HARMLESS_FROM`] an unknown statement may withdraw
//! authority, from there on it can only grant or inform.

use serde::{Deserialize, Serialize};

use crate::hash;
use crate::id::{
    BookId, ChangeHash, DeviceId, DocumentId, ItemHash, MemberId, RecordId, StatementHash,
};
use crate::limits;
use crate::log::{Frontier, Key};
use crate::space::Space;

/// First tag whose unknown statements may be ignored.
pub const HARMLESS_FROM: u16 = 64;

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reads the spaces shared with them.
    Viewer,
    /// Reads them, and writes comments documents of their own.
    Mentor,
    /// Writes records. Only the owner's own devices.
    Owner,
}

/// Heads up to which the content of a removed device counts; a log that is absent counts not at all,
/// and of a forked one the branches that a head is on.
pub type Accepted = Frontier;

/// One statement in a log of the `roster` space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// Tag 1. A further device of the owner.
    AddDevice {
        /// Its key.
        device: DeviceId,
    },
    /// Tag 2. A person who may read some spaces, with their first device.
    AddMember {
        /// A fresh id; a name for it is kept in the `private` space.
        member: MemberId,
        /// Their first device.
        device: DeviceId,
        /// Spaces that they may read.
        spaces: Vec<Space>,
        /// Mentor or viewer.
        role: Role,
        /// Seconds since the Unix epoch after which peers stop serving them.
        until: Option<u64>,
    },
    /// Tag 3. A further device of a member.
    AddMemberDevice {
        /// Whose.
        member: MemberId,
        /// Its key.
        device: DeviceId,
    },
    /// Tag 4. A member is removed for good.
    RemoveMember {
        /// Who.
        member: MemberId,
        /// What counts of what their devices wrote.
        accepted: Accepted,
    },
    /// Tag 5. A document is erased up to a generation, and items of it are dropped everywhere.
    Erase {
        /// The document.
        document: DocumentId,
        /// The last generation that is erased; [`ERASED_FOR_GOOD`](super::ERASED_FOR_GOOD): all.
        generation: u32,
        /// The items that are dropped.
        items: Vec<ItemHash>,
    },
    /// Tag 6. A document starts again at the next generation.
    Refound {
        /// The record.
        record: RecordId,
        /// Number of its kind.
        kind: u16,
        /// The space that its document is in.
        space: Space,
        /// The new generation.
        generation: u32,
        /// The change on the genesis with which it starts.
        first: ChangeHash,
    },
    /// Tag 7. A member gives up their access.
    Leave {
        /// Who.
        member: MemberId,
    },
    /// A statement of a later version.
    Unknown {
        /// Its tag.
        tag: u16,
    },
}

/// A payload is not a statement in canonical form.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("statement is malformed, too long or not in canonical form")]
pub struct StatementError;

#[derive(Serialize, Deserialize)]
struct AddMember {
    member: MemberId,
    device: DeviceId,
    spaces: Vec<Space>,
    role: Role,
    until: Option<u64>,
}

impl Statement {
    /// The canonical bytes: tag, then the fields.
    ///
    /// An unknown statement is kept as the bytes of its entry and is not encoded again.
    pub fn encode(&self) -> Vec<u8> {
        let encoded = match self {
            Self::AddDevice { device } => postcard::to_allocvec(&(1_u16, device)),
            Self::AddMember { member, device, spaces, role, until } => {
                postcard::to_allocvec(&(2_u16, member, device, spaces, role, until))
            }
            Self::AddMemberDevice { member, device } => {
                postcard::to_allocvec(&(3_u16, member, device))
            }
            Self::RemoveMember { member, accepted } => {
                postcard::to_allocvec(&(4_u16, member, accepted))
            }
            Self::Erase { document, generation, items } => {
                postcard::to_allocvec(&(5_u16, document, generation, items))
            }
            Self::Refound { record, kind, space, generation, first } => {
                postcard::to_allocvec(&(6_u16, record, kind, space, generation, first))
            }
            Self::Leave { member } => postcard::to_allocvec(&(7_u16, member)),
            Self::Unknown { tag } => postcard::to_allocvec(tag),
        };
        encoded.expect("BUG: a statement always encodes")
    }

    /// Reads a statement from its canonical bytes.
    ///
    /// # Errors
    /// [`StatementError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StatementError> {
        if bytes.len() > limits::STATEMENT_BYTES_MAX {
            return Err(StatementError);
        }
        let (tag, rest) = postcard::take_from_bytes::<u16>(bytes).map_err(|_| StatementError)?;
        let statement = match tag {
            1 => Self::AddDevice { device: whole(rest)? },
            2 => {
                let AddMember { member, device, spaces, role, until } = whole(rest)?;
                if role == Role::Owner || !spaces.iter().all(|space| space.is_shareable()) {
                    return Err(StatementError);
                }
                Self::AddMember { member, device, spaces, role, until }
            }
            3 => {
                let (member, device) = whole(rest)?;
                Self::AddMemberDevice { member, device }
            }
            4 => {
                let (member, accepted) = whole(rest)?;
                Self::RemoveMember { member, accepted }
            }
            5 => {
                let (document, generation, items) = whole(rest)?;
                Self::Erase { document, generation, items }
            }
            6 => {
                let (record, kind, space, generation, first) = whole(rest)?;
                Self::Refound { record, kind, space, generation, first }
            }
            7 => Self::Leave { member: whole(rest)? },
            tag => Self::Unknown { tag },
        };
        let encoded = statement.encode();
        let is_canonical = match statement {
            Self::Unknown { .. } => bytes.starts_with(&encoded),
            _ => encoded == bytes,
        };
        if is_canonical { Ok(statement) } else { Err(StatementError) }
    }

    /// Whether it is of a later version and might take authority away from somebody.
    pub fn may_withdraw_unread(&self) -> bool {
        matches!(self, Self::Unknown { tag } if *tag < HARMLESS_FROM)
    }

    /// Hash of its canonical bytes: which of two that contradict each other holds.
    pub(super) fn hash(&self) -> [u8; 32] {
        hash::derive(hash::STATEMENT, &[&self.encode()])
    }
}

fn whole<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, StatementError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok(_) | Err(_) => Err(StatementError),
    }
}

/// Version of genesis statements that this program writes and reads.
pub const GENESIS_VERSION: u8 = 1;

/// The statement that founds a book; its hash is the book's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genesis {
    /// [`GENESIS_VERSION`].
    pub version: u8,
    /// Public half of the recovery key (Ed25519).
    pub recovery: [u8; 32],
    /// The owner's first device.
    pub device: DeviceId,
    /// Random, so that no two books share an id.
    pub salt: [u8; 16],
}

impl Genesis {
    /// Id of the book that it founds.
    pub fn book(&self) -> BookId {
        let bytes = postcard::to_allocvec(self).expect("BUG: a genesis always encodes");
        BookId(hash::derive(hash::BOOK, &[&bytes]))
    }
}

/// What only the recovery key can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovery {
    /// Tag 1. Removes one of the owner's devices.
    RemoveDevice {
        /// Which.
        device: DeviceId,
        /// What counts of what it wrote.
        accepted: Accepted,
    },
    /// Tag 2. Adds a device of the owner when no other is left.
    AddDevice {
        /// Its key.
        device: DeviceId,
    },
    /// Tag 3. Hands over to a new recovery key.
    Replace {
        /// The new key's public half.
        recovery: [u8; 32],
    },
    /// A statement of a later version, kept as it came.
    Unknown {
        /// Its canonical bytes: tag, then what this program cannot read.
        bytes: Vec<u8>,
        /// Its tag.
        tag: u16,
    },
}

impl Recovery {
    /// The canonical bytes: tag, then the fields.
    pub fn encode(&self) -> Vec<u8> {
        let encoded = match self {
            Self::RemoveDevice { device, accepted } => {
                postcard::to_allocvec(&(1_u16, device, accepted))
            }
            Self::AddDevice { device } => postcard::to_allocvec(&(2_u16, device)),
            Self::Replace { recovery } => postcard::to_allocvec(&(3_u16, recovery)),
            Self::Unknown { bytes, .. } => return bytes.clone(),
        };
        encoded.expect("BUG: a statement always encodes")
    }

    fn decode(bytes: &[u8]) -> Result<Self, StatementError> {
        let (tag, rest) = postcard::take_from_bytes::<u16>(bytes).map_err(|_| StatementError)?;
        Ok(match tag {
            1 => {
                let (device, accepted) = whole(rest)?;
                Self::RemoveDevice { device, accepted }
            }
            2 => Self::AddDevice { device: whole(rest)? },
            3 => Self::Replace { recovery: whole(rest)? },
            tag => Self::Unknown { bytes: bytes.to_vec(), tag },
        })
    }

    /// Whether it is of a later version and might take authority away from somebody.
    pub fn may_withdraw_unread(&self) -> bool {
        matches!(self, Self::Unknown { tag, .. } if *tag < HARMLESS_FROM)
    }
}

impl Serialize for Recovery {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.encode().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Recovery {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Vec::<u8>::deserialize(deserializer)?;
        Self::decode(&bytes).map_err(serde::de::Error::custom)
    }
}

/// A statement outside any log: a set element that every device of the book holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standalone {
    /// Founds the book.
    Genesis(Genesis),
    /// Said by a recovery key of `book`.
    Recovery {
        /// The book.
        book: BookId,
        /// Public half of the key that signs.
        key: [u8; 32],
        /// What it says.
        statement: Recovery,
        /// Ed25519 signature, in two halves.
        signature: ([u8; 32], [u8; 32]),
    },
}

const RECOVERY_DOMAIN: &[u8] = b"goodword recovery statement v1\0";

/// Why bytes are not a standalone statement.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandaloneError {
    /// Not an encoding, or not the shortest.
    #[error("standalone statement is malformed, too long or not in canonical form")]
    Malformed,
    /// The recovery key's signature does not verify.
    #[error("signature of a recovery statement does not verify")]
    BadSignature,
}

impl Standalone {
    /// Signs `statement` with the recovery key.
    pub fn recovery(book: BookId, statement: Recovery, key: &Key) -> Self {
        let signed = recovery_bytes(&book, &key.device().0, &statement);
        let signature = key.sign(RECOVERY_DOMAIN, &signed);
        let (mut first, mut second) = ([0; 32], [0; 32]);
        first.copy_from_slice(&signature[..32]);
        second.copy_from_slice(&signature[32..]);
        Self::Recovery { book, key: key.device().0, statement, signature: (first, second) }
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("BUG: a statement always encodes")
    }

    /// Reads and verifies a standalone statement.
    ///
    /// # Errors
    /// [`StandaloneError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, StandaloneError> {
        if bytes.len() > limits::STATEMENT_BYTES_MAX {
            return Err(StandaloneError::Malformed);
        }
        let statement: Self =
            postcard::from_bytes(bytes).map_err(|_| StandaloneError::Malformed)?;
        if statement.encode() != bytes {
            return Err(StandaloneError::Malformed);
        }
        if let Self::Recovery { book, key, statement, signature } = &statement {
            let signed = recovery_bytes(book, key, statement);
            let signature = [signature.0, signature.1].concat();
            let signer = DeviceId(*key);
            if !crate::log::signature_ok(&signer, RECOVERY_DOMAIN, &signed, &signature) {
                return Err(StandaloneError::BadSignature);
            }
        }
        Ok(statement)
    }

    /// Its hash: how two devices compare what they hold.
    pub fn hash(&self) -> StatementHash {
        StatementHash(hash::derive(hash::STATEMENT, &[&self.encode()]))
    }

    /// The book that it belongs to.
    pub fn book(&self) -> BookId {
        match self {
            Self::Genesis(genesis) => genesis.book(),
            Self::Recovery { book, .. } => *book,
        }
    }
}

/// Makes the recovery key from the 32 bytes of entropy behind the phrase.
pub fn recovery_key(entropy: &[u8; 32]) -> Key {
    let secret = zeroize::Zeroizing::new(hash::derive(hash::RECOVERY, &[entropy]));
    Key::from_bytes(&secret)
}

fn recovery_bytes(book: &BookId, key: &[u8; 32], statement: &Recovery) -> Vec<u8> {
    postcard::to_allocvec(&(book, key, statement)).expect("BUG: a statement always encodes")
}
