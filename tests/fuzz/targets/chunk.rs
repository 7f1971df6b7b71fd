//! Any bytes as the data of a change chunk: what the guard's walker accepts, automerge reads and
//! writes alike.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| goodword_core::fuzzing::chunk(bytes));
