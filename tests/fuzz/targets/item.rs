//! Any bytes as an item: what is one has one encoding.
#![no_main]

use goodword_core::log::Item;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(item) = Item::decode(bytes) {
        assert_eq!(item.encode(), bytes);
    }
});
