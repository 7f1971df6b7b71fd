//! Other processes and what they cost: time, peak memory, calls that force the disk.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;

/// Peak resident memory of this process so far, in bytes (`VmHWM`).
///
/// # Errors
/// If the system does not tell.
pub fn peak_bytes() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmHWM")?;
    Ok(kilobytes.parse::<f64>()? * 1024.0)
}

/// The binary called `name` that was built beside this one.
///
/// # Errors
/// If it is not there.
pub fn sibling(name: &str) -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() { Ok(path) } else { Err(format!("{} is not built", path.display()).into()) }
}

/// Runs a command to its end and gives what it printed.
///
/// # Errors
/// If it fails.
pub fn output(command: &mut Command) -> Result<String> {
    let done = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if done.status.success() {
        Ok(String::from_utf8(done.stdout)?)
    } else {
        Err(format!("{command:?} ended with {}", done.status).into())
    }
}

/// Time from start to end of a process whose output is read and dropped.
///
/// # Errors
/// If it fails.
pub fn wall(command: &mut Command) -> Result<Duration> {
    let since = Instant::now();
    output(command)?;
    Ok(since.elapsed())
}

/// How often a command forces the disk; `None` if there is no `strace` to count it.
///
/// # Errors
/// If the command fails.
pub fn fsyncs(scratch: &Path, command: &Command) -> Result<Option<u64>> {
    let log = scratch.join("strace.log");
    let mut traced = Command::new("strace");
    traced.args(["-f", "-qq", "-e", "trace=fsync,fdatasync,msync,sync_file_range,sync,syncfs"]);
    traced.arg("-o").arg(&log).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            traced.env(name, value);
        }
    }
    match output(&mut traced) {
        Ok(_) => {}
        Err(error) => {
            let is_absent = error
                .downcast_ref::<std::io::Error>()
                .is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound);
            return if is_absent { Ok(None) } else { Err(error) };
        }
    }
    let calls = fs::read_to_string(&log)?;
    fs::remove_file(&log)?;
    // A call that another thread interrupts is told of twice: begun and resumed.
    let begun = calls.lines().filter(|line| line.contains("sync") && !line.contains("resumed"));
    Ok(Some(begun.count() as u64))
}

/// The middle of some measurements.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
