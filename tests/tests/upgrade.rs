//! Homes that were written by earlier versions open in this one, and say what they said.
//!
//! Each folder of `tests/data/homes` is a home with an `export.json` beside it. They are never
//! changed; a version that changes a format adds one, with `GOODWORD_UPDATE=1`.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]

use std::fs;
use std::path::{Path, PathBuf};

use goodword_tests::binary::root;
use goodword_tests::{Home, Lab};

/// The format that this version writes.
const FORMAT: &str = "1";

/// Files of a home that are worth keeping.
const KEPT: [&str; 2] = ["store.redb", "device.key"];

fn homes() -> PathBuf {
    root().join("tests/data/homes")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in KEPT {
        fs::copy(from.join(name), to.join(name)).unwrap();
        // A checkout makes everything readable by others, and `doctor` minds a key that is.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(to.join(name), fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
}

#[test]
fn a_home_of_every_earlier_version_opens_and_exports_what_it_did() {
    let mut tried = Vec::new();
    if std::env::var_os("GOODWORD_UPDATE").is_some() && !homes().join(FORMAT).exists() {
        keep_a_home_of_this_version();
    }
    for folder in fs::read_dir(homes()).unwrap() {
        let folder = folder.unwrap().path();
        let lab = Lab::new();
        let home = lab.home("laptop");
        copy(&folder, home.path());
        let expected = fs::read_to_string(folder.join("export.json")).unwrap();
        assert_eq!(home.ok(["export", "--json"]), expected, "{}", folder.display());
        home.ok(["doctor", "--rebuild"]);
        assert_eq!(home.ok(["export", "--json"]), expected, "{}", folder.display());
        home.ok(["log", "ada rilo", "written by a later version"]);
        assert!(home.ok(["show", "ada rilo"]).contains("written by a later version"));
        tried.push(folder.file_name().unwrap().to_owned());
    }
    assert!(tried.iter().any(|format| format == FORMAT), "{tried:?}: keep one of this version");
}

fn keep_a_home_of_this_version() {
    let lab = Lab::new();
    let home = lived_in(&lab);
    let folder = homes().join(FORMAT);
    copy(home.path(), &folder);
    fs::write(folder.join("export.json"), home.ok(["export", "--json"])).unwrap();
}

/// A home with something of every kind in it.
fn lived_in(lab: &Lab) -> Home {
    let home = lab.book("laptop");
    let file = lab.sample(20);
    home.ok(["import", file.to_str().unwrap()]);
    for args in [
        &["target", "add", "Sakumi", "--motivation", "3", "--posting", "1"][..],
        &["add", "Zoé Mölu", "--email", "zoe@rivano.example", "--note-private", "shy"],
        &["edit", "leo", "--tier", "inner", "--tag", "mentor", "--next", "in 2 weeks"],
        &["log", "ada rilo", "coffee, until May", "--got", "lead", "--intro", "Bo Nato@Sakumi"],
        &["log", "ada rilo,leo", "dinner with both", "--channel", "event"],
        &["edit", "kai", "--title", "Nobody"],
        &["undo"],
        &["edit", "odo", "--delete", "--yes"],
    ] {
        home.ok(args);
    }
    home
}
