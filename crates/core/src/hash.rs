//! Domain-separated BLAKE3 and the bytes that signatures cover.
//!
//! Each purpose has a context string of its own, so that no hash of one kind can stand for
//! another. Variable-length inputs come last or alone.

/// Context of [`SpaceId`](crate::SpaceId).
pub const SPACE: &str = "goodword 2026-11 space id v1";
/// Context of [`DocumentId`](crate::DocumentId).
pub const DOCUMENT: &str = "goodword 2026-11 document id v1";
/// Context of [`ActorId`](crate::ActorId).
pub const ACTOR: &str = "goodword 2026-11 actor id v1";
/// Context of [`EntryHash`](crate::EntryHash).
pub const ENTRY: &str = "goodword 2026-11 entry v1";
/// Context of [`ItemHash`](crate::ItemHash).
pub const ITEM: &str = "goodword 2026-11 item v1";
/// Context of [`BookId`](crate::BookId), over the genesis statement.
pub const BOOK: &str = "goodword 2026-11 book genesis v1";
/// Context of [`StatementHash`](crate::StatementHash).
pub const STATEMENT: &str = "goodword 2026-11 standalone statement v1";
/// Context of a genesis actor of a document kind.
pub const GENESIS: &str = "goodword 2026-11 document genesis v1";
/// Context of a document's contribution to a space's fingerprint.
pub const FINGERPRINT: &str = "goodword 2026-11 fingerprint v1";
/// Context of the hash of a whole table.
pub const TABLE: &str = "goodword 2026-11 table v1";
/// Context of ids derived inside a document (a channel, a source, an extra line).
pub const INNER: &str = "goodword 2026-11 inner id v1";
/// Context of the generator of ids and nonces.
pub const DICE: &str = "goodword 2026-11 dice v1";
/// Context of the hash that ends a backup.
pub const BACKUP: &str = "goodword 2026-11 backup v1";
/// Context that turns a recovery phrase's entropy into a signing key.
pub const RECOVERY: &str = "goodword 2026-11 recovery key v1";

/// Hashes the concatenation of `parts` under `context`.
pub fn derive(context: &'static str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(context);
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}
