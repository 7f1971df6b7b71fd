//! What the fuzz target of frames calls: it takes any bytes and panics if a promise is broken.
//!
//! Not part of the program: compiled for `tests/fuzz` (`--cfg fuzzing`) and for this crate's own
//! tests, which feed the committed corpus to the same function.

use crate::frame::Frame;

/// Reads a frame's tag and fields; what is a frame has one encoding.
///
/// # Panics
/// If it has another.
pub fn frame(body: &[u8]) {
    if let Ok(Some(frame)) = Frame::decode(body) {
        let encoded = frame.encode();
        assert_eq!(&encoded[4..], body, "{}", frame.name());
    }
}

#[test]
fn the_corpus_of_frames_breaks_nothing() {
    let sync = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = std::fs::read_dir(sync.join("../../tests/fuzz/corpus/frame")).unwrap();
    assert!(files.map(|file| frame(&std::fs::read(file.unwrap().path()).unwrap())).count() > 0);
}
