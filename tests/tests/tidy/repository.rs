//! The files and manifests that the rules are about.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// This folder, exempt from the rules about words.
const TIDY: &str = "tests/tests/tidy/";

/// Fails with one line per fault.
#[track_caller]
pub(crate) fn report(faults: &[String]) {
    assert!(faults.is_empty(), "{} to put right:\n  {}", faults.len(), faults.join("\n  "));
}

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    let member = Path::new(env!("CARGO_MANIFEST_DIR"));
    member.parent().expect("the tests package is a folder of the repository").to_owned()
}

/// Every file that is kept or about to be, relative to the top.
pub(crate) fn files() -> Vec<String> {
    if root().join(".git").exists() { files_of_checkout() } else { files_of_archive(&root()) }
}

fn files_of_checkout() -> Vec<String> {
    let mut git = Command::new("git");
    // A checkout may belong to another user than the one who tests it.
    git.args(["-c", "safe.directory=*", "ls-files", "-z"]).args([
        "--cached",
        "--others",
        "--exclude-standard",
    ]);
    output(&mut git)
        .split_terminator('\0')
        .filter(|path| root().join(path).is_file()) // a deletion may not be staged yet
        .map(str::to_owned)
        .collect()
}

/// Every file below `folder`, where no git can tell what is built and what is kept.
fn files_of_archive(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("the sources can be listed") {
        let path = entry.expect("the sources can be listed").path();
        if path.is_file() {
            let path = path.strip_prefix(root()).expect("it is below the top");
            files.push(path.to_str().expect("names are UTF-8").to_owned());
        } else if !path.ends_with("target") && !path.ends_with("node_modules") {
            files.extend(files_of_archive(&path));
        }
    }
    files
}

/// Every text file outside this folder, with its text.
pub(crate) fn text_files() -> Vec<(String, String)> {
    files()
        .into_iter()
        .filter(|path| !path.starts_with(TIDY))
        .filter_map(|path| {
            let source = fs::read_to_string(root().join(&path)).ok()?;
            Some((path, source))
        })
        .collect()
}

/// The Rust files among [`text_files`].
pub(crate) fn rust_files() -> Vec<(String, String)> {
    let mut files = text_files();
    files.retain(|(path, _)| has_extension(path, &["rs"]));
    files
}

pub(crate) fn has_extension(path: &str, extensions: &[&str]) -> bool {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extensions.contains(&extension))
}

pub(crate) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}; this file is expected"))
}

pub(crate) fn members() -> Vec<Value> {
    list(&cargo_metadata(&["--no-deps"])["packages"]).to_vec()
}

pub(crate) fn cargo_metadata(arguments: &[&str]) -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version", "1"]).args(arguments);
    serde_json::from_str(&output(&mut cargo)).expect("cargo metadata prints JSON")
}

/// The platform that the tests run on; only its dependencies are on the disk.
pub(crate) fn host() -> String {
    let mut cargo = Command::new(env!("CARGO"));
    let version = output(cargo.arg("-vV"));
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("cargo -vV names the host").to_owned()
}

fn output(command: &mut Command) -> String {
    let done = command.current_dir(root()).output().expect("git and cargo can be started");
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).expect("git and cargo print UTF-8")
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().expect("cargo metadata has a string here")
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().expect("cargo metadata has a list here")
}

/// Names in prose: runs of letters, digits, `-` and `_`.
pub(crate) fn words(prose: &str) -> impl Iterator<Item = &str> {
    prose.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '_')
}
