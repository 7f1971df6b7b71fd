//! Pages of the manual, run as tests.
//!
//! A page is a Markdown file in which some fenced blocks are sessions: their info string names the
//! home that they take place in, `console home=laptop`. A line `$ goodword …` is run; the lines
//! after it are what it must print, with the holes of [`crate::pattern`]; `[exit 3]` ends the
//! output of a command that fails. In a block that can be pasted, `sh home=laptop`, every line is
//! a command that must succeed; a block `text output` after it is what the last one prints.
//! `csv file=Connections.csv` makes a file of a block.
//!
//! A command that ends in `&` goes on in the background once its expected lines were printed;
//! `$ fg` waits for the end of the home's latest one and shows the rest, and a line `^C` among that
//! ends it as the key does. `> FILE` and `< FILE` redirect, `$NAME` is what
//! `[NAME]` stood for. The page may say when it begins, `<!-- now: 2026-11-23T09:00:00+01:00[…] -->`;
//! each command comes a minute after the one before.
//!
//! With `GOODWORD_UPDATE=1` expected output is replaced by what was printed, except for lines
//! whose holes fit.

mod line;
mod run;

use std::ops::Range;
use std::path::Path;

pub use line::CommandLine;

/// A page of the manual, as it will be run.
#[derive(Debug)]
pub struct Story {
    /// The lines of the file.
    lines: Vec<String>,
    /// When it takes place.
    now: String,
    /// What happens, in order.
    acts: Vec<Act>,
}

#[derive(Debug)]
enum Act {
    /// A file comes into being.
    File { name: String, lines: Range<usize> },
    /// A command is given.
    Step(Step),
}

#[derive(Debug)]
struct Step {
    home: String,
    /// Index of the line with the command.
    at: usize,
    command: CommandLine,
    /// Lines that it must print.
    expected: Range<usize>,
    /// Whether anything is said about what it prints; if not, it must only succeed.
    told: bool,
}

/// Runs the page at `path`.
///
/// # Panics
/// If it is not in form, or something is printed that it does not say.
pub fn run(path: &Path) {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let story = Story::parse(&text).unwrap_or_else(|(line, error)| {
        panic!("{}:{}: {error}", path.display(), line + 1);
    });
    let update = std::env::var_os("GOODWORD_UPDATE").is_some_and(|value| value == "1");
    let told = story.tell(path, update);
    if update && told != text {
        std::fs::write(path, told).expect("the page can be written");
    }
}

impl Story {
    fn parse(text: &str) -> Result<Self, (usize, String)> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let now = lines.iter().find_map(|line| {
            line.trim().strip_prefix("<!-- now:")?.strip_suffix("-->").map(str::trim)
        });
        let mut story =
            Self { now: now.unwrap_or(crate::home::NOW).to_owned(), acts: Vec::new(), lines };
        let mut at = 0;
        while at < story.lines.len() {
            let Some(info) = story.lines[at].strip_prefix("```") else {
                at += 1;
                continue;
            };
            let end = (at + 1..story.lines.len())
                .find(|line| story.lines[*line].trim_end() == "```")
                .ok_or_else(|| (at, "block without an end".to_owned()))?;
            let info = info.to_owned();
            story.block(&info, at + 1..end)?;
            at = end + 1;
        }
        Ok(story)
    }

    fn block(&mut self, info: &str, lines: Range<usize>) -> Result<(), (usize, String)> {
        let words: Vec<&str> = info.split_whitespace().collect();
        let value = |key| words.iter().find_map(|word| word.strip_prefix(key));
        match (value("file="), value("home="), words.first()) {
            (Some(name), _, _) => {
                let name = name.to_owned();
                self.acts.push(Act::File { name, lines });
            }
            (None, Some(home), Some(&"sh")) => {
                for at in lines {
                    let line = self.lines[at].clone();
                    if !line.trim().is_empty() && !line.starts_with('#') {
                        self.step(home, at, &line, at + 1..at + 1, false)?;
                    }
                }
            }
            (None, Some(home), _) => self.session(home, lines)?,
            (None, None, _) if words == ["text", "output"] => match self.acts.last_mut() {
                Some(Act::Step(step)) if !step.told => {
                    step.told = true;
                    step.expected = lines;
                }
                _ => return Err((lines.start, "output of no command".to_owned())),
            },
            (None, None, _) => {}
        }
        Ok(())
    }

    fn session(&mut self, home: &str, lines: Range<usize>) -> Result<(), (usize, String)> {
        let is_command = |at: &usize| self.lines[*at].starts_with("$ ");
        let commands: Vec<usize> = lines.clone().filter(is_command).collect();
        if commands.first() != Some(&lines.start) {
            return Err((lines.start, "a session begins with a command".to_owned()));
        }
        for (i, at) in commands.iter().enumerate() {
            let end = commands.get(i + 1).copied().unwrap_or(lines.end);
            let line = self.lines[*at][2..].to_owned();
            self.step(home, *at, &line, at + 1..end, true)?;
        }
        Ok(())
    }

    fn step(
        &mut self,
        home: &str,
        at: usize,
        line: &str,
        expected: Range<usize>,
        told: bool,
    ) -> Result<(), (usize, String)> {
        let command = CommandLine::parse(line).map_err(|error| (at, error))?;
        let home = home.to_owned();
        self.acts.push(Act::Step(Step { home, at, command, expected, told }));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_files_and_steps_and_the_rest_is_prose() {
        let page = "<!-- now: 2026-01-01T00:00:00Z[UTC] -->\n# Title\n```sh\n$ ls\n```\n\
            ```csv file=a.csv\nx\n```\n```console home=laptop\n$ goodword ls\nnobody\n$ goodword today &\n```\n";
        let story = Story::parse(page).unwrap();
        assert_eq!(story.now, "2026-01-01T00:00:00Z[UTC]");
        assert_eq!(story.acts.len(), 3);
        let Act::Step(step) = &story.acts[1] else { panic!("{:?}", story.acts[1]) };
        assert_eq!(&story.lines[step.expected.clone()], ["nobody"]);
        let Act::Step(step) = &story.acts[2] else { panic!("{:?}", story.acts[2]) };
        assert!(step.command.background);
    }

    #[test]
    fn a_block_that_can_be_pasted_is_a_command_in_each_line() {
        let page = "```sh home=laptop\n# first\ngoodword today\n\ngoodword ls\n```\nIt prints:\n\
            ```text output\nnobody\n```\n";
        let story = Story::parse(page).unwrap();
        let [Act::Step(first), Act::Step(last)] = &story.acts[..] else { panic!("{story:?}") };
        assert!(!first.told && last.told);
        assert_eq!(&story.lines[last.expected.clone()], ["nobody"]);
    }

    #[test]
    fn a_block_without_an_end_is_told_with_its_line() {
        assert_eq!(Story::parse("a\n```console home=x\n$ goodword").unwrap_err().0, 1);
    }
}
