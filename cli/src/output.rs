//! Where answers go: a terminal, a pager, a pipe, or JSON for a program.
//!
//! With `--json` stdout carries one JSON object and nothing else: the answer with `"version": 1`
//! before its fields, or `{"version": 1, "error": {"message", "hint", "code"}}`. Fields may be
//! added within a version; none changes its meaning.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

use console::Term;
use jiff::civil::Date;
use serde::Serialize;

use crate::error::CliError;
use crate::screen::{Ink, Screen};
use crate::text;

/// Version of the JSON that is written.
const JSON_VERSION: u32 = 1;

/// What is shown without `$PAGER`: colours pass, short texts are not held up, the screen stays.
const PAGER_DEFAULT: &str = "less -FRX";

/// Where answers go, found out once.
#[derive(Clone, Debug)]
pub struct Output {
    /// JSON is wanted.
    pub json: bool,
    terminal: bool,
    colour: bool,
    width: Option<usize>,
    height: usize,
}

#[derive(Serialize)]
struct Versioned<'a, T> {
    version: u32,
    #[serde(flatten)]
    answer: &'a T,
}

impl Output {
    /// Looks at the process's stdout and environment.
    pub fn find(json: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        let (height, columns) = Term::stdout().size_checked().unwrap_or((24, 80));
        let width = match columns_wanted() {
            Some(columns) => Some(columns),
            None => terminal.then_some(usize::from(columns)),
        };
        Self {
            json,
            terminal,
            colour: terminal && colour_wanted(),
            width,
            height: usize::from(height),
        }
    }

    /// Whether questions can be asked: somebody is at both ends, and no program reads the answer.
    pub fn is_interactive(&self) -> bool {
        !self.json && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether progress can be drawn on stderr.
    pub fn shows_progress(&self) -> bool {
        !self.json && io::stderr().is_terminal()
    }

    /// Whether stdout is in colour.
    pub fn colour(&self) -> bool {
        self.colour
    }

    /// How an answer is to be drawn on `today`.
    pub fn screen(&self, today: Date) -> Screen {
        Screen { width: self.width, colour: self.colour, today }
    }

    /// Gives an answer: as JSON, or as `human` draws it.
    pub fn answer<T: Serialize>(
        &self,
        answer: &T,
        human: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        if self.json { Ok(write_json(answer)?) } else { self.print(&human()) }
    }

    /// Gives an answer that may be long: like [`answer`](Self::answer), through the pager if it is
    /// longer than the terminal.
    pub fn long_answer<T: Serialize>(
        &self,
        answer: &T,
        human: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        if self.json {
            return Ok(write_json(answer)?);
        }
        let text = human();
        if self.terminal && text.lines().count() >= self.height && page(&text) {
            return Ok(());
        }
        self.print(&text)
    }

    /// Tells what happens while a command runs: one line of JSON, or as `human` draws it.
    pub fn event<T: Serialize>(
        &self,
        event: &T,
        human: impl FnOnce() -> String,
    ) -> Result<(), CliError> {
        if !self.json {
            return self.print(&human());
        }
        let version = JSON_VERSION;
        let line = serde_json::to_string(&Versioned { version, answer: event })
            .map_err(std::io::Error::from)?;
        self.print(&(line + "\n"))
    }

    /// Shows a text in the place of the one before: on a terminal the screen is cleared, elsewhere
    /// an empty line stands between them.
    pub fn frame(&self, text: &str, is_first: bool) -> Result<(), CliError> {
        match (self.terminal, is_first) {
            (true, _) => Term::stdout().clear_screen()?,
            (false, false) => self.print("\n")?,
            (false, true) => {}
        }
        self.print(text)
    }

    /// Writes text to stdout.
    pub fn print(&self, text: &str) -> Result<(), CliError> {
        self.print_bytes(text.as_bytes())
    }

    /// Writes bytes to stdout as they are.
    pub fn print_bytes(&self, bytes: &[u8]) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        Ok(out.flush()?)
    }

    /// Tells the user something that is not part of the answer, on stderr; not with `--json`.
    pub fn note(&self, text: &str) {
        if !self.json {
            // Losing a remark is no reason to fail.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }
}

/// Writes one JSON object with its version to stdout.
pub fn write_json<T: Serialize>(answer: &T) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    encode_json(&mut out, answer)?;
    out.flush()
}

/// Writes one JSON object with its version.
pub fn encode_json<T: Serialize>(out: &mut impl Write, answer: &T) -> io::Result<()> {
    let version = JSON_VERSION;
    serde_json::to_writer_pretty(&mut *out, &Versioned { version, answer })
        .map_err(io::Error::from)?;
    out.write_all(b"\n")
}

/// Writes an error to stderr.
pub fn write_error(error: &CliError) -> io::Result<()> {
    let colour = io::stderr().is_terminal() && colour_wanted();
    let mut err = io::stderr().lock();
    let head = Ink::Bad.draw("Error:", colour);
    writeln!(err, "{head} {}", text::clean(&error.message))?;
    for candidate in &error.candidates {
        writeln!(err, "  {}", candidate.line())?;
    }
    if let Some(hint) = &error.hint {
        let head = Ink::Warn.draw("Hint:", colour);
        writeln!(err, "{head} {}", text::clean(hint))?;
    }
    Ok(())
}

/// Writes a mistake on the command line to stderr, as clap explains it.
pub fn write_usage(text: &clap::builder::StyledStr) -> io::Result<()> {
    let colour = io::stderr().is_terminal() && colour_wanted();
    let text = if colour { text.ansi().to_string() } else { text.to_string() };
    let text = text.replacen("error:", "Error:", 1).replace("tip:", "Hint:");
    io::stderr().write_all(text.as_bytes())
}

/// Columns asked for in `COLUMNS`, terminal or not.
fn columns_wanted() -> Option<usize> {
    env::var("COLUMNS").ok()?.parse().ok().filter(|columns| *columns >= 20)
}

fn colour_wanted() -> bool {
    let no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    !no_color && !dumb
}

/// Shows `text` in the pager; false if there is none that works.
fn page(text: &str) -> bool {
    let wanted = env::var("PAGER").unwrap_or_else(|_| PAGER_DEFAULT.to_owned());
    let mut words = wanted.split_whitespace();
    let Some(program) = words.next() else {
        return false;
    };
    let pager = Command::new(program).args(words).stdin(Stdio::piped()).spawn();
    let Ok(mut pager) = pager else { return false };
    if let Some(mut input) = pager.stdin.take() {
        // The user may leave the pager before the end.
        let _ = input.write_all(text.as_bytes());
    }
    pager.wait().is_ok_and(|status| status.success())
}
