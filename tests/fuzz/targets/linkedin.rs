//! Any bytes as LinkedIn's `Connections.csv`: rows or an error.
#![no_main]

use goodword_formats::{Kind, read};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let _ = read(Kind::LinkedIn, bytes, &mut |_| {});
});
