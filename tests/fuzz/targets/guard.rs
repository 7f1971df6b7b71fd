//! Any bytes as a change on a document: what the guard admits, automerge takes, saves and loads.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| goodword_core::fuzzing::guard(bytes));
