//! Ids and nonces drawn from the entropy that a store was opened with.
//!
//! No randomness is read here: the same entropy gives the same ids, so tests are repeatable.

use crate::hash;
use crate::id::{CommandId, DocumentId, Nonce, RecordId};

/// A stream of bytes, and the nonces of this opening of the store.
pub(super) struct Dice {
    stream: blake3::OutputReader,
    opening: [u8; 32],
}

impl Dice {
    pub(super) fn new(entropy: &[u8; 32]) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key(hash::DICE);
        hasher.update(entropy);
        let mut stream = hasher.finalize_xof();
        let mut opening = [0; 32];
        stream.fill(&mut opening);
        Self { stream, opening }
    }

    /// Goes on as after a fresh opening: the documents may have lost changes of this one, and an
    /// actor's numbers must not be used again.
    pub(super) fn reopen(&mut self) {
        self.opening = self.bytes();
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.fill(&mut bytes);
        bytes
    }

    pub(super) fn record(&mut self, millis: u64) -> RecordId {
        RecordId::v7(millis, self.bytes())
    }

    pub(super) fn command(&mut self, millis: u64) -> CommandId {
        CommandId::v7(millis, self.bytes())
    }

    /// The nonce of `document` for as long as the store is open: one actor per opening.
    pub(super) fn nonce(&self, document: &DocumentId, generation: u32) -> Nonce {
        let whole = hash::derive(
            hash::DICE,
            &[b"nonce", &self.opening, &document.0, &generation.to_be_bytes()],
        );
        let mut nonce = [0; 16];
        nonce.copy_from_slice(&whole[..16]);
        Nonce(nonce)
    }
}
