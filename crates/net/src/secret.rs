//! The one-time secret of an invitation and what is derived from it.
//!
//! The secret itself is never sent. Each derived value has a context of its own, so that none
//! can stand for another.

use goodword_core::{BookId, DeviceId};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// Context of [`InvitationId`].
const ID: &str = "goodword 2026-11 invitation id v1";
/// Context of the key under which both sides prove that they know the secret.
const PROOF: &str = "goodword 2026-11 join proof v1";
/// Context of the key of the confirmation code.
const CODE: &str = "goodword 2026-11 join code v1";

/// Sixteen random bytes that an invitation carries. Zeroized when dropped; never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret([u8; 16]);

impl Secret {
    /// Takes bytes from the system's generator.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Names the invitation without telling the secret.
    pub(crate) fn id(&self) -> InvitationId {
        let mut id = [0; 8];
        id.copy_from_slice(&blake3::derive_key(ID, &self.0)[..8]);
        InvitationId(id)
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Names an invitation: a hash of its secret, which it does not tell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct InvitationId(pub [u8; 8]);

impl std::fmt::Display for InvitationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0[..4]))
    }
}

impl std::fmt::Debug for InvitationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "InvitationId({self})")
    }
}

/// A person compares it on both screens: six digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Code(u32);

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:03} {:03}", self.0 / 1000, self.0 % 1000)
    }
}

/// Who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Joiner = 1,
    Inviter = 2,
}

/// What a proof is about: both ends, the very connection, and what is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matter<'a> {
    pub inviter: DeviceId,
    pub joiner: DeviceId,
    /// Keying material exported from the connection (RFC 8446 §7.5): no proof is of use on
    /// another connection.
    pub channel: [u8; 32],
    pub purpose: u8,
    pub book: [u8; 16],
    pub device_name: &'a str,
}

/// First half of a book's id: what an invitation and a proof name it by.
pub(crate) fn half(book: &BookId) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&book.0[..16]);
    half
}

impl Matter<'_> {
    /// Proves that `side` knows the secret.
    pub(crate) fn proof(&self, secret: &Secret, side: Side) -> blake3::Hash {
        self.keyed(secret, PROOF, side as u8)
    }

    /// The code that a person compares on both screens.
    pub(crate) fn code(&self, secret: &Secret) -> Code {
        let hash = self.keyed(secret, CODE, 0);
        let [a, b, c, d, ..] = *hash.as_bytes();
        Code(u32::from_be_bytes([a, b, c, d]) % 1_000_000)
    }

    fn keyed(&self, secret: &Secret, context: &str, side: u8) -> blake3::Hash {
        let mut key = blake3::derive_key(context, &secret.0);
        let mut hasher = blake3::Hasher::new_keyed(&key);
        key.zeroize();
        hasher.update(&[side, self.purpose]);
        hasher.update(&self.inviter.0);
        hasher.update(&self.joiner.0);
        hasher.update(&self.channel);
        hasher.update(&self.book);
        // The only part of variable length comes last.
        hasher.update(self.device_name.as_bytes());
        hasher.finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matter() -> Matter<'static> {
        Matter {
            inviter: DeviceId([1; 32]),
            joiner: DeviceId([2; 32]),
            channel: [3; 32],
            purpose: 0,
            book: [4; 16],
            device_name: "phone",
        }
    }

    #[test]
    fn a_proof_depends_on_the_secret_the_side_and_everything_that_it_is_about() {
        let secret = Secret::from_random([9; 16]);
        let proof = matter().proof(&secret, Side::Joiner);
        let others = [
            matter().proof(&secret, Side::Inviter),
            matter().proof(&Secret::from_random([8; 16]), Side::Joiner),
            Matter { inviter: DeviceId([5; 32]), ..matter() }.proof(&secret, Side::Joiner),
            Matter { joiner: DeviceId([5; 32]), ..matter() }.proof(&secret, Side::Joiner),
            Matter { channel: [5; 32], ..matter() }.proof(&secret, Side::Joiner),
            Matter { purpose: 1, ..matter() }.proof(&secret, Side::Joiner),
            Matter { book: [5; 16], ..matter() }.proof(&secret, Side::Joiner),
            Matter { device_name: "phone2", ..matter() }.proof(&secret, Side::Joiner),
        ];
        for other in others {
            assert_ne!(proof, other);
        }
        assert_eq!(proof, matter().proof(&secret, Side::Joiner));
    }

    #[test]
    fn neither_the_secret_nor_anything_of_it_is_printed() {
        assert_eq!(format!("{:?}", Secret::from_random([0x41; 16])), "Secret(…)");
    }

    #[test]
    fn a_code_is_six_digits_in_two_groups() {
        assert_eq!(Code(1_234).to_string(), "001 234");
        assert_eq!(matter().code(&Secret::from_random([9; 16])).to_string().len(), 7);
    }
}
