//! The rules of this repository that a machine can check.
//!
//! What the design forbids, these tests refuse; each message says what to do.
//! They read manifests and text, never compiled code. Rules about words skip
//! this folder, which has to spell the words that it forbids.

mod code;
mod dependencies;
mod documents;
mod licence;
mod machine;
mod repository;
