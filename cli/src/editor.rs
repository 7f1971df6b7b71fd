//! Longer texts through the user's editor: `$VISUAL`, `$EDITOR`, or `vi`.
//!
//! The text passes through a file that only its owner can read, gone afterwards.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::{env, fs};

use crate::error::CliError;
use crate::home::Home;

/// Lines that begin with this are not part of the text.
const REMARK: &str = "#!";

/// Opens the editor on `text`, below a remark, and returns what was saved.
pub fn edit(home: &Home, remark: &str, text: &str) -> Result<String, CliError> {
    let path = home.path().join("note.txt");
    let outcome = through(&path, remark, text);
    // It may not have been made; what matters is that it is gone.
    let _ = fs::remove_file(&path);
    outcome
}

fn through(path: &Path, remark: &str, text: &str) -> Result<String, CliError> {
    let unusable = |error| CliError::failed(format!("cannot use `{}`: {error}", path.display()));
    let mut file = crate::home::create_owner_only(path)
        .map_err(unusable)
        .map_err(|error| error.hint("another editor may be open on it; if not, remove the file"))?;
    write!(file, "{text}\n{REMARK} {remark}\n").map_err(unusable)?;
    drop(file);
    run(path)?;
    let saved = fs::read_to_string(path).map_err(unusable)?;
    let kept: Vec<&str> = saved.lines().filter(|line| !line.starts_with(REMARK)).collect();
    Ok(kept.join("\n").trim().to_owned())
}

fn run(path: &Path) -> Result<(), CliError> {
    let set = |name: &str| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned());
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or("vi");
    let status = Command::new(program).args(words).arg(path).status().map_err(|error| {
        CliError::failed(format!("cannot run the editor `{editor}`: {error}"))
            .hint("set VISUAL or EDITOR")
    })?;
    if status.success() {
        Ok(())
    } else {
        Err(CliError::cancelled().hint(format!("`{editor}` ended without success")))
    }
}
