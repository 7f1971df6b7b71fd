//! Takes the page into the program, if it was built: `just page` makes `crates/web/dist`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/web/dist");
    // Its folder is watched as well: the page may come to be there.
    println!("cargo:rerun-if-changed={}", dist.parent().unwrap_or(&dist).display());
    println!("cargo:rerun-if-changed={}", dist.display());
    let mut files: Vec<PathBuf> = fs::read_dir(&dist)
        .map(|entries| entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).collect())
        .unwrap_or_default();
    files.sort();
    let mut source = String::from("&[");
    for path in files {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let path = path.to_string_lossy().into_owned();
        let _ = write!(source, "({name:?}, include_bytes!({path:?})),");
    }
    source.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("page.rs");
    fs::write(out, source).expect("the build's own folder");
}
