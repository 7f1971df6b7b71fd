//! Who may depend on whom, and on what from outside.

use std::collections::{BTreeMap, BTreeSet};

use super::licence::permits;
use super::repository::{
    cargo_metadata, files, has_extension, host, list, members, read, report, text, words,
};

/// The arrows of `docs/architecture.md`: what a crate may use of ours, and must
/// not use of others'. Development dependencies are free.
const ARROWS: &[(&str, &[&str], &[&str])] = &[
    ("goodword-core", &[], &["tokio", "iroh", "clap", "getrandom"]),
    (
        "goodword-sync",
        &["goodword-core"],
        &["tokio", "iroh", "redb", "automerge", "clap", "getrandom"],
    ),
    (
        "goodword-formats",
        &["goodword-core"],
        &["automerge", "redb", "tokio", "iroh", "clap", "getrandom"],
    ),
    ("goodword-net", &["goodword-core", "goodword-sync"], &["automerge", "redb", "clap"]),
    (
        "goodword-daemon",
        &["goodword-core", "goodword-sync", "goodword-net"],
        &["automerge", "redb", "iroh", "clap"],
    ),
    (
        "goodword-web",
        &["goodword-core", "goodword-sync", "goodword-net"],
        &["automerge", "redb", "iroh", "clap"],
    ),
    (
        "goodword",
        &["goodword-core", "goodword-sync", "goodword-net", "goodword-formats", "goodword-daemon"],
        &["automerge", "redb", "iroh"],
    ),
];

/// Libraries whose bytes or semantics are part of our formats.
const PINNED: &[&str] = &["automerge", "redb", "iroh"];

/// The one place that dependencies come from.
pub(crate) const SOURCE: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Second stacks for what the program has one of already (TLS: rustls on ring).
const BANNED: &[&str] = &["aws-lc-rs", "aws-lc-sys", "native-tls", "openssl", "openssl-sys"];

/// Libraries of which two versions would mean two kinds of keys, locks or sockets.
const ONE_VERSION: &[&str] = &[
    "automerge",
    "blake3",
    "curve25519-dalek",
    "ed25519-dalek",
    "iroh",
    "redb",
    "ring",
    "rustls",
    "sha2",
    "tokio",
];

#[test]
fn dependencies_between_crates_follow_the_arrows() {
    let arrows: BTreeMap<_, _> =
        ARROWS.iter().map(|(name, ours, not)| (*name, (*ours, *not))).collect();
    let mut faults = Vec::new();
    for package in members() {
        let name = text(&package["name"]);
        if name == "goodword-tests" {
            continue;
        }
        let Some((ours, not)) = arrows.get(name) else {
            faults.push(format!("{name}: give it a line in ARROWS and in docs/architecture.md"));
            continue;
        };
        for dependency in list(&package["dependencies"]) {
            let used = text(&dependency["name"]);
            let own = used.starts_with("goodword");
            if dependency["kind"] == "dev" || (!own && !not.contains(&used)) || ours.contains(&used)
            {
                continue;
            }
            faults.push(format!(
                "{name} must not depend on {used}: move the code to a crate that may"
            ));
        }
    }
    report(&faults);
}

#[test]
fn every_dependency_has_a_decision() {
    let decisions: String = files()
        .iter()
        .filter(|path| path.starts_with("docs/decisions/") && has_extension(path, &["md"]))
        .map(|path| read(path))
        .collect();
    let decided: BTreeSet<&str> = words(&decisions).collect();
    let faults: Vec<_> = workspace_dependencies()
        .into_iter()
        .filter(|name| !name.starts_with("goodword") && !decided.contains(name.as_str()))
        .map(|name| format!("docs/decisions: say why {name} is used and what else was weighed"))
        .collect();
    report(&faults);
}

#[test]
fn libraries_that_shape_our_bytes_are_pinned() {
    let mut faults = Vec::new();
    for package in members() {
        for dependency in list(&package["dependencies"]) {
            let (name, version) = (text(&dependency["name"]), text(&dependency["req"]));
            if PINNED.contains(&name) && !version.starts_with('=') {
                faults.push(format!(
                    "Cargo.toml: pin {name} as \"={}\"",
                    version.trim_start_matches('^')
                ));
            }
        }
    }
    report(&faults);
}

#[test]
fn dependencies_come_from_one_registry_and_one_stack() {
    let lock = read("Cargo.lock");
    let mut faults = Vec::new();
    let mut versions = BTreeMap::<&str, usize>::new();
    for package in lock.split("[[package]]").skip(1) {
        let name = quoted(package, "name").expect("a package in Cargo.lock has a name");
        *versions.entry(name).or_default() += 1;
        if quoted(package, "source").is_some_and(|source| source != SOURCE) {
            faults.push(format!(
                "{name}: use its release on crates.io, not a fork, branch or mirror"
            ));
        }
        if BANNED.contains(&name) {
            faults.push(format!(
                "{name} is banned: `cargo tree -i {name}` shows whose feature to turn off"
            ));
        }
    }
    for name in ONE_VERSION {
        if versions.get(name).is_some_and(|count| *count > 1) {
            faults.push(format!("{name} is there twice: `cargo tree -d` shows who to align"));
        }
    }
    report(&faults);
}

#[test]
fn licences_of_dependencies_are_permissive() {
    let host = host();
    let metadata = cargo_metadata(&["--locked", "--filter-platform", &host]);
    let mut faults = Vec::new();
    for package in list(&metadata["packages"]) {
        let name = text(&package["name"]);
        match package["license"].as_str() {
            Some(licence) if permits(licence) => {}
            Some(licence) => {
                faults.push(format!("{name}: {licence} is not in LICENCES; replace it or decide"))
            }
            None => faults.push(format!("{name} names no licence: replace it")),
        }
    }
    report(&faults);
}

/// The names in `[workspace.dependencies]`.
fn workspace_dependencies() -> Vec<String> {
    read("Cargo.toml")
        .lines()
        .skip_while(|line| line.trim() != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once('='))
        .map(|(name, _)| name.trim().to_owned())
        .filter(|name| !name.starts_with('#'))
        .collect()
}

/// The value of `key = "value"` in a block of TOML.
fn quoted<'a>(block: &'a str, key: &str) -> Option<&'a str> {
    let value = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "))?;
    Some(value.trim_matches('"'))
}
