//! The least process that prints the rows of a list from an indexed SQLite database.

use std::io::Write;
use std::path::Path;

use goodword_bench::{Result, sqlite};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let listed = match arguments.as_slice() {
        [path, "ls"] => sqlite::list(&sqlite::open(Path::new(path))?, 20)?,
        [path, "find", word] => sqlite::find(&sqlite::open(Path::new(path))?, word, 20)?,
        [path, "today"] => sqlite::today(&sqlite::open(Path::new(path))?, 10)?,
        ["nothing"] => return Ok(()),
        _ => return Err("usage: sqlite-rows PATH ls | find WORD | today".into()),
    };
    let mut text = listed.lines.join("\n");
    text.push_str(&format!("\n{} in all\n", listed.total));
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}
