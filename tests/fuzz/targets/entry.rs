//! Any bytes as an entry: what is one has one encoding.
#![no_main]

use goodword_core::log::Entry;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(entry) = Entry::decode(bytes.to_vec()) {
        assert_eq!(entry.bytes(), bytes);
        let _ = entry.verify();
    }
});
