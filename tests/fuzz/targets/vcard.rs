//! Any bytes as a file of vCards: rows or an error.
#![no_main]

use goodword_formats::{Kind, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = read(Kind::VCard, bytes, &mut |_| {});
});
