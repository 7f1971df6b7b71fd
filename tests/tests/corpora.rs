//! The corpora of the fuzz targets that call what anybody may call; those of the guard and of
//! frames are fed in `crates/core` and `crates/sync`.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]

use std::fs;
use std::path::Path;

use goodword_core::log::{Entry, Item};
use goodword_daemon::Request;
use goodword_formats::{Kind, read};
use goodword_net::Invitation;

/// Every file of a corpus.
fn corpus(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let files = fs::read_dir(folder).unwrap();
    files.map(|file| fs::read(file.unwrap().path()).unwrap()).collect()
}

/// Feeds a corpus to `target`, which says whether it was of use; some of it must be.
fn feed(name: &str, target: impl Fn(&[u8]) -> bool) {
    let useful = corpus(name).iter().filter(|bytes| target(bytes)).count();
    assert!(useful > 0, "nothing in the corpus of {name} is what it is for");
}

#[test]
fn what_is_an_entry_or_an_item_has_one_encoding() {
    feed("entry", |bytes| {
        Entry::decode(bytes.to_vec()).inspect(|entry| assert_eq!(entry.bytes(), bytes)).is_ok()
    });
    feed("item", |bytes| Item::decode(bytes).inspect(|it| assert_eq!(it.encode(), bytes)).is_ok());
}

#[test]
fn what_is_an_invitation_is_written_and_read_again() {
    feed("invitation", |bytes| {
        let text = str::from_utf8(bytes).unwrap_or_default();
        let read = Invitation::parse(text).map(|it| Invitation::parse(&it.text()).unwrap());
        read.is_ok()
    });
}

#[test]
fn what_is_a_request_is_written_and_read_again() {
    feed("control", |bytes| {
        let Ok(request) = serde_json::from_slice::<Request>(bytes) else { return false };
        let written = serde_json::to_vec(&request).unwrap();
        serde_json::from_slice::<Request>(&written).unwrap() == request
    });
}

#[test]
fn files_of_others_give_rows_or_an_error() {
    for (name, kind) in [("linkedin", Kind::LinkedIn), ("vcard", Kind::VCard)] {
        feed(name, |bytes| {
            let mut rows = 0;
            read(kind, bytes, &mut |_| rows += 1).is_ok() && rows > 0
        });
    }
}
