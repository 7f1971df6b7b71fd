//! Running a page and comparing it with what it says.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use super::{Act, Step, Story};
use crate::home::{DEADLINE, Lab};
use crate::pattern::{Names, line_matches, matches};
use crate::process::Running;

/// How long the output of a background command may take before an updating run takes what there is.
const PATIENCE: Duration = Duration::from_secs(5);

/// A page while it is being run.
struct Telling<'a> {
    story: &'a Story,
    path: &'a Path,
    lab: Lab,
    /// Commands given so far; the clock is a minute later for each.
    given: u32,
    names: Names,
    /// Commands that go on, in order of their starts.
    background: Vec<Background>,
    update: bool,
}

/// A command that goes on while others are given.
struct Background {
    home: String,
    running: Running,
    /// Lines that were shown already.
    shown: usize,
}

/// Stands in a page for the key that ends a command in the foreground.
const INTERRUPT: &str = "^C";

impl Story {
    /// Runs the page and returns its text, with the output as it was if `update` is set.
    pub(super) fn tell(&self, path: &Path, update: bool) -> String {
        let lab = Lab::at(&self.now);
        let mut telling = Telling {
            story: self,
            path,
            lab,
            given: 0,
            names: Names::new(),
            background: Vec::new(),
            update,
        };
        let mut out: Vec<String> = Vec::new();
        let mut copied = 0;
        for act in &self.acts {
            match act {
                Act::File { name, lines } => {
                    let mut text = self.lines[lines.clone()].join("\n") + "\n";
                    for (name, value) in &telling.names {
                        text = text.replace(&format!("[{name}]"), value);
                    }
                    std::fs::write(telling.lab.folder().join(name), text)
                        .expect("a file can be written");
                }
                Act::Step(step) => {
                    let printed = telling.step(step);
                    out.extend_from_slice(&self.lines[copied..step.expected.start]);
                    out.extend(printed);
                    copied = step.expected.end;
                }
            }
        }
        out.extend_from_slice(&self.lines[copied..]);
        out.join("\n") + "\n"
    }
}

impl Telling<'_> {
    /// Takes a step and returns the lines that should stand for its output.
    fn step(&mut self, step: &Step) -> Vec<String> {
        let expected: Vec<&str> =
            self.story.lines[step.expected.clone()].iter().map(String::as_str).collect();
        let words = step.command.words(&self.names).unwrap_or_else(|e| self.fail(step, &e));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let printed = match words[..] {
            ["goodword", ref args @ ..] => self.goodword(step, args, &expected),
            ["fg"] => self.foreground(step, &expected),
            ["cat", file] => std::fs::read_to_string(self.lab.folder().join(file))
                .unwrap_or_else(|error| self.fail(step, &error.to_string()))
                .lines()
                .map(str::to_owned)
                .collect(),
            _ => self.fail(step, "only `goodword`, `fg` and `cat FILE` can be run"),
        };
        let actual: Vec<&str> = printed.iter().map(String::as_str).collect();
        if !step.told {
            let succeeded = !actual.last().is_some_and(|line| line.starts_with("[exit "));
            let all = || format!("it must succeed, but printed\n{}", actual.join("\n"));
            return if succeeded { Vec::new() } else { self.fail(step, &all()) };
        }
        if let Some(names) = matches(&expected, &actual, &self.names) {
            self.names = names;
            return expected.into_iter().map(str::to_owned).collect();
        }
        if !self.update {
            self.fail(step, &difference(&expected, &actual, &self.names));
        }
        self.updated(&expected, &actual)
    }

    fn goodword(&mut self, step: &Step, args: &[&str], expected: &[&str]) -> Vec<String> {
        let now = later(&self.story.now, self.given);
        self.given += 1;
        let mut command = self.lab.home(&step.home).at(&now).command(args);
        if let Some(file) = &step.command.from {
            let file = File::open(self.lab.folder().join(file));
            command.stdin(file.unwrap_or_else(|error| self.fail(step, &error.to_string())));
        }
        if step.command.background {
            let (home, running) = (step.home.clone(), Running::start_joined(command));
            let mut background = Background { home, running, shown: 0 };
            let printed = self.hear(step, &mut background, expected);
            self.background.push(background);
            return printed;
        }
        let Some(file) = &step.command.into else {
            return ended(Running::start_joined(command), 0);
        };
        let done = Running::start(command).finish(DEADLINE);
        std::fs::write(self.lab.folder().join(file), &done.stdout).expect("a file can be written");
        let lines = done.stderr.lines().map(str::to_owned).collect();
        with_exit(lines, done.code)
    }

    /// Reads what a background command prints until it is what was expected.
    fn hear(&self, step: &Step, from: &mut Background, expected: &[&str]) -> Vec<String> {
        let until = Instant::now() + if self.update { PATIENCE } else { DEADLINE };
        loop {
            let lines = from.running.seen().both[from.shown..].iter().map(String::as_str);
            let lines: Vec<&str> = lines.collect();
            if !expected.is_empty() && matches(expected, &lines, &self.names).is_some() {
                break;
            }
            let difference = difference(expected, &lines, &self.names);
            let left = until.saturating_duration_since(Instant::now());
            if let Err(missed) = from.running.line(left) {
                if !self.update {
                    self.fail(step, &format!("{missed:?}\n{difference}"));
                }
                break;
            }
        }
        let printed = from.running.seen().both[from.shown..].to_vec();
        from.shown += printed.len();
        printed
    }

    /// Shows the rest of the latest command in the background of this home; a line `^C` ends it.
    fn foreground(&mut self, step: &Step, expected: &[&str]) -> Vec<String> {
        let latest = self.background.iter().rposition(|one| one.home == step.home);
        let Some(latest) = latest else { self.fail(step, "nothing is in the background") };
        let mut taken = self.background.remove(latest);
        let Some(key) = expected.iter().position(|line| *line == INTERRUPT) else {
            return ended(taken.running, taken.shown);
        };
        let mut printed = match key {
            0 => Vec::new(),
            _ => self.hear(step, &mut taken, &expected[..key]),
        };
        printed.push(INTERRUPT.to_owned());
        taken.running.signal("INT");
        printed.extend(ended(taken.running, taken.shown));
        printed
    }

    /// The lines printed, each as the page had it if that fits.
    fn updated(&mut self, expected: &[&str], actual: &[&str]) -> Vec<String> {
        let mut lines = Vec::new();
        for line in actual {
            let fitting = expected
                .iter()
                .filter(|old| !matches!(old.trim(), "..." | "[..]"))
                .find_map(|old| Some((*old, line_matches(old, line, &self.names)?)));
            match fitting {
                Some((old, names)) => {
                    self.names = names;
                    lines.push(old.to_owned());
                }
                None => lines.push(self.with_holes(line.trim_end())),
            }
        }
        lines
    }

    /// A printed line as a page should have it: with holes where every run differs.
    fn with_holes(&self, line: &str) -> String {
        let folder = self.lab.folder().display().to_string();
        let mut line = line.replace(&folder, "[..]");
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        let ids: Vec<String> = line
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| matches!(word.len(), 8 | 32 | 64) && word.chars().all(is_hex))
            .map(str::to_owned)
            .collect();
        for id in ids {
            let dots = ".".repeat(id.len().min(12) - 2);
            line = line.replace(&id, &format!("[{dots}]"));
        }
        line
    }

    fn fail(&self, step: &Step, what: &str) -> ! {
        let command = &self.story.lines[step.at];
        panic!("{}:{}: {command}\n{what}", self.path.display(), step.at + 1)
    }
}

/// The moment `minutes` after `now`, which is written `2026-11-23T09:00:00…`, on the same day.
fn later(now: &str, minutes: u32) -> String {
    let clock = |part: Option<&str>| part.and_then(|text| text.parse::<u32>().ok());
    let (Some(hour), Some(minute)) = (clock(now.get(11..13)), clock(now.get(14..16))) else {
        panic!("`{now}` is not a moment");
    };
    let minutes = hour * 60 + minute + minutes;
    format!("{}{:02}:{:02}{}", &now[..11], minutes / 60, minutes % 60, &now[16..])
}

/// Waits for the end and returns the lines after the first `shown`, with the exit code.
fn ended(running: Running, shown: usize) -> Vec<String> {
    let done = running.finish(DEADLINE);
    with_exit(done.both[shown..].to_vec(), done.code)
}

fn with_exit(mut lines: Vec<String>, code: Option<i32>) -> Vec<String> {
    match code {
        Some(0) => {}
        Some(code) => lines.push(format!("[exit {code}]")),
        None => lines.push("[killed]".to_owned()),
    }
    lines
}

/// Shows both, marking the first line that differs.
fn difference(expected: &[&str], actual: &[&str], names: &Names) -> String {
    let mut known = names.clone();
    let same = expected
        .iter()
        .zip(actual)
        .take_while(|(expected, actual)| match line_matches(expected, actual, &known) {
            Some(names) => {
                known = names;
                true
            }
            None => false,
        })
        .count();
    let show = |lines: &[&str]| {
        let lines = lines.iter().enumerate();
        let marked =
            |(i, line): (usize, &&str)| format!("{} {line}\n", if i == same { '>' } else { ' ' });
        lines.map(marked).collect::<String>()
    };
    format!("--- expected\n{}--- printed\n{}", show(expected), show(actual))
}

#[cfg(test)]
mod tests {
    use super::later;

    #[test]
    fn the_clock_goes_on_by_minutes() {
        assert_eq!(later("2026-11-23T09:58:00+01:00[X]", 3), "2026-11-23T10:01:00+01:00[X]");
    }
}
