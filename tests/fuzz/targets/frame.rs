//! Any bytes as a frame of a sync session: what is one has one encoding.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| goodword_sync::fuzzing::frame(bytes));
