//! Questions to somebody at a terminal, on stderr; never asked when nobody can answer.
//!
//! The end of the input and an empty answer where one is needed mean "cancel".

use std::io::{self, BufRead, Write};

use console::{Key, Term};
use zeroize::Zeroizing;

use crate::error::CliError;

/// Asks for a line; `None` if it is empty.
pub fn line(question: &str) -> Result<Option<String>, CliError> {
    let mut err = io::stderr().lock();
    write!(err, "{question} ")?;
    err.flush()?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer)? == 0 {
        writeln!(err)?;
        return Err(CliError::cancelled());
    }
    let answer = answer.trim();
    Ok((!answer.is_empty()).then(|| answer.to_owned()))
}

/// Asks for a line that is not shown.
pub fn secret(question: &str) -> Result<Zeroizing<String>, CliError> {
    let term = Term::stderr();
    term.write_str(question)?;
    let answer = Zeroizing::new(term.read_secure_line()?);
    if answer.is_empty() { Err(CliError::cancelled()) } else { Ok(answer) }
}

/// Asks yes or no; an empty answer is `default`.
pub fn confirm(question: &str, default: bool) -> Result<bool, CliError> {
    let choices = if default { "[Y/n]" } else { "[y/N]" };
    loop {
        let answer = line(&format!("{question} {choices}"))?;
        match answer.as_deref().map(str::to_lowercase).as_deref() {
            None => return Ok(default),
            Some("y" | "yes") => return Ok(true),
            Some("n" | "no") => return Ok(false),
            Some(_) => {}
        }
    }
}

/// Asks for one of `choices`, each a line; its index.
pub fn choose(question: &str, choices: &[String]) -> Result<usize, CliError> {
    let mut err = io::stderr().lock();
    for (i, choice) in choices.iter().enumerate() {
        writeln!(err, "{:>3}  {choice}", i + 1)?;
    }
    drop(err);
    loop {
        let Some(answer) = line(question)? else {
            return Err(CliError::cancelled());
        };
        match answer.parse::<usize>() {
            Ok(number) if (1..=choices.len()).contains(&number) => return Ok(number - 1),
            _ => {}
        }
    }
}

/// Waits for one key. Escape, Ctrl-C and Ctrl-D are `q`.
pub fn key() -> Result<char, CliError> {
    let term = Term::stderr();
    loop {
        match term.read_key() {
            Ok(Key::Char('\u{3}' | '\u{4}') | Key::Escape | Key::CtrlC) => return Ok('q'),
            Ok(Key::Char(c)) => return Ok(c),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok('q'),
            Err(error) => return Err(error.into()),
        }
    }
}
