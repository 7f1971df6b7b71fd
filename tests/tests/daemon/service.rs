//! The service file, held against the system that reads it.

use std::fs;
use std::path::Path;
use std::process::Command;

use goodword_tests::{Lab, binary};

/// A path that a careless file would break apart or expand.
const AWKWARD: &str = "my 100% \"book\" $HOME \\ %h ä";

#[cfg(target_os = "linux")]
#[test]
#[allow(clippy::print_stderr, reason = "a check that was left out is said to be")]
fn systemd_takes_the_unit_of_a_home_with_an_awkward_path() {
    if !Command::new("systemd-analyze").arg("--version").output().is_ok_and(|v| v.status.success())
    {
        eprintln!("NOT CHECKED: there is no systemd-analyze here");
        return;
    }
    let lab = Lab::new();
    let home = lab.book(AWKWARD);
    let folder = lab.folder().join("the 100% book $HOME %h ä");
    fs::create_dir(&folder).unwrap();
    let program = folder.join("goodword");
    if fs::hard_link(binary::path(), &program).is_err() {
        fs::copy(binary::path(), &program).unwrap();
    }
    let mut install = Command::new(&program);
    let like = home.command(["daemon", "install", "--no-start", "--json"]);
    install.env_clear().envs(like.get_envs().filter_map(|(name, value)| Some((name, value?))));
    install.args(like.get_args()).current_dir(lab.folder());
    let done = install.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    let file = Path::new(told["file"].as_str().unwrap());

    let told = verify(file);
    // Of the things said some are about other units of this machine.
    let name = file.file_name().unwrap().to_str().unwrap();
    let faults: Vec<&str> =
        told.lines().filter(|line| line.contains(name) || line.contains("goodword")).collect();
    assert!(faults.is_empty(), "{told}\n{}", fs::read_to_string(file).unwrap());

    // That it would have been noticed.
    let text = fs::read_to_string(file).unwrap().replacen("Type=simple", "Type=nonsense", 1);
    fs::write(file, text).unwrap();
    assert!(verify(file).contains(name));
}

/// What `systemd-analyze verify` says about a unit.
fn verify(unit: &Path) -> String {
    let mut verify = Command::new("systemd-analyze");
    verify.args(["verify", "--user", "--man=no"]).arg(unit);
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        verify.env("XDG_RUNTIME_DIR", unit.parent().unwrap());
    }
    let done = verify.output().unwrap();
    String::from_utf8_lossy(&done.stderr).into_owned()
}
