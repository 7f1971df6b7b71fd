//! The files in `tests/data/hostile`: deliveries in postcard, and a manifest in plain text.

use std::fs;
use std::path::PathBuf;

use super::{Delivery, everything};
use crate::store::Store;

/// Set to anything, this writes the files instead of comparing them.
const WRITE: &str = "GOODWORD_WRITE_HOSTILE";

const MANIFEST_HEAD: &str = "# What the files in this folder are, and which check refuses each. \
See crates/core/src/store/hostile.rs.\n# name\tclass\treason\n";

/// Name of the file without its ending, class of the verdict, reason.
pub(super) type Row = (String, String, String);

fn path(file: &str) -> PathBuf {
    let core = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    core.join("../../tests/data/hostile").join(file)
}

fn hold_file(file: &str, bytes: &[u8]) {
    if std::env::var_os(WRITE).is_some() {
        fs::write(path(file), bytes).unwrap();
    }
    let is_same = fs::read(path(file)).is_ok_and(|kept| kept == bytes);
    assert!(is_same, "{file} is another one; if that is right, make it again with {WRITE}=1");
}

/// Holds `deliveries` against the file `name`.
pub(super) fn hold(name: &str, deliveries: &[Delivery]) {
    let plain: Vec<(&[u8], &[Vec<u8>])> =
        deliveries.iter().map(|one| (one.entry.as_slice(), one.items.as_slice())).collect();
    hold_file(&format!("{name}.bin"), &postcard::to_allocvec(&plain).unwrap());
}

/// Holds the honest book against its file: standalone statements, then deliveries.
pub(super) fn hold_book(honest: &Store) {
    let all = everything(honest);
    let plain: Vec<(&[u8], &[Vec<u8>])> =
        all.iter().map(|one| (one.entry.as_slice(), one.items.as_slice())).collect();
    let book = (honest.standalone().unwrap(), plain);
    hold_file("book.bin", &postcard::to_allocvec(&book).unwrap());
}

pub(super) fn hold_manifest(rows: &[Row]) {
    let line = |(name, class, reason): &Row| format!("{name}\t{class}\t{reason}\n");
    let rows: String = rows.iter().map(line).collect();
    hold_file("manifest.tsv", format!("{MANIFEST_HEAD}{rows}").as_bytes());
}

pub(super) fn read(name: &str) -> Vec<Delivery> {
    let bytes = fs::read(path(&format!("{name}.bin"))).unwrap();
    let plain: Vec<(Vec<u8>, Vec<Vec<u8>>)> = postcard::from_bytes(&bytes).unwrap();
    plain.into_iter().map(|(entry, items)| Delivery { entry, items }).collect()
}

pub(super) fn manifest() -> Vec<Row> {
    let text = fs::read_to_string(path("manifest.tsv")).unwrap();
    let row = |line: &str| {
        let [name, class, reason] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        (name.to_owned(), class.to_owned(), reason.to_owned())
    };
    text.lines().filter(|line| !line.starts_with('#')).map(row).collect()
}
