//! Any bytes as a script of edits, forgeries and exchanges between three devices.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| goodword_core::fuzzing::document(bytes));
