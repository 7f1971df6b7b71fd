//! Any bytes as a request on the daemon's socket.
#![no_main]

use goodword_daemon::Request;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = serde_json::from_slice::<Request>(bytes) {
        let written = serde_json::to_vec(&request).expect("what is read is written");
        serde_json::from_slice::<Request>(&written).expect("what is written is read");
    }
});
