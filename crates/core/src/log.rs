//! Signed, hash-chained logs: the unit of storage, exchange, authorship and proof.
//!
//! One append-only log per (space, device, incarnation). This folder knows bytes, hashes and
//! signatures; it does not know who may do what ([`roster`](crate::roster)) nor what the chunks
//! mean (`document`).

mod entry;
mod frontier;
mod item;

pub use crate::id::{EntryHash, ItemHash};
pub use entry::{
    Body, BodyKind, ENTRY_VERSION, Entry, EntryError, Header, Key, LogId, chain_signature_ok,
    signature_ok,
};
pub use frontier::{Frontier, Head, heads_of, next_of};
pub use item::{ITEM_VERSION, Item, ItemError};
