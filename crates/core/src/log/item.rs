//! The item: changes of one document, travelling beside the entry that vouches for them.
//!
//! An item can be dropped one by one (erasure) without breaking its log. It names the record; the
//! document follows from the space, to which the item's hash binds it.

use serde::{Deserialize, Serialize};

use crate::hash;
use crate::id::{ActorId, DeviceId, DocumentId, ItemHash, Nonce, RecordId, SpaceId};
use crate::limits;

/// Version of items that this program writes.
pub const ITEM_VERSION: u8 = 1;

/// Changes of one document by one actor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// [`ITEM_VERSION`], or a later one that is relayed unread.
    pub version: u8,
    /// The record whose document changes.
    pub record: RecordId,
    /// Number of the record's kind; unknown ones are relayed unread.
    pub kind: u16,
    /// Generation of the document: 0, or one more than the re-founded one.
    pub generation: u32,
    /// The device whose changes these are: the signer, or a removed device whose changes the
    /// signer publishes again.
    pub origin: DeviceId,
    /// From which the changes' actor is derived.
    pub nonce: Nonce,
    /// Plain automerge change chunks, in causal order.
    pub chunks: Vec<Vec<u8>>,
}

/// Why bytes are not an item.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ItemError {
    /// Longer than any item may be.
    #[error("item of {bytes} bytes exceeds {}", limits::ITEM_BYTES_MAX)]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Not the encoding of an item, or not its shortest form.
    #[error("item is malformed or not in canonical form")]
    Malformed,
    /// More chunks than allowed, or none.
    #[error("item holds {chunks} chunks, not 1 to {}", limits::CHUNKS_PER_ITEM_MAX)]
    ChunkCount {
        /// How many.
        chunks: usize,
    },
}

impl Item {
    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(self).expect("BUG: an item always encodes")
    }

    /// Reads an item from its canonical bytes.
    ///
    /// # Errors
    /// [`ItemError`] if they are too long, malformed or not in their shortest form.
    pub fn decode(bytes: &[u8]) -> Result<Self, ItemError> {
        if bytes.len() > limits::ITEM_BYTES_MAX {
            return Err(ItemError::TooLong { bytes: bytes.len() });
        }
        let item: Self = postcard::from_bytes(bytes).map_err(|_| ItemError::Malformed)?;
        if item.encode() != bytes {
            return Err(ItemError::Malformed);
        }
        if item.chunks.is_empty() || item.chunks.len() > limits::CHUNKS_PER_ITEM_MAX {
            return Err(ItemError::ChunkCount { chunks: item.chunks.len() });
        }
        Ok(item)
    }

    /// The hash that an entry of `space` names it by.
    pub fn hash(space: &SpaceId, bytes: &[u8]) -> ItemHash {
        ItemHash(hash::derive(hash::ITEM, &[&space.0, bytes]))
    }

    /// The document that it changes, in `space`.
    pub fn document(&self, space: &SpaceId) -> DocumentId {
        DocumentId::derive(space, &self.record, self.kind)
    }

    /// The one actor that its changes may have.
    pub fn actor(&self, space: &SpaceId) -> ActorId {
        let document = self.document(space);
        ActorId::derive(&self.origin, space, &document, self.generation, &self.nonce)
    }
}
