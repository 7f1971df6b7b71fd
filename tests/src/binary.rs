//! The binary under test, built once for each test process, in the profile of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Returns the path of the built `goodword`; `GOODWORD_BIN` names another one to be tested.
///
/// # Panics
/// If it cannot be built.
pub fn path() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| std::env::var_os("GOODWORD_BIN").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a running test has a path");
    // <target>/<profile>/deps/<test>-<hash>
    let folder = test.ancestors().nth(2).expect("tests are built into target/<profile>/deps");
    let profile = folder.file_name().and_then(|name| name.to_str()).expect("profiles have names");
    let profile = if profile == "debug" { "dev" } else { profile };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        // Of the whole workspace: with the features that `cargo test --workspace` has made already.
        .args(["build", "--quiet", "--workspace", "--bin", "goodword", "--profile", profile])
        .current_dir(root())
        .status()
        .expect("cargo starts");
    assert!(built.success(), "goodword does not build");
    folder.join("goodword").with_extension(std::env::consts::EXE_EXTENSION)
}

/// The folder of the workspace.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace")
}
