//! `goodword demo`: a walk through a made-up book on two made-up devices.
//!
//! Every step is a real command, run as a process of its own in a temporary directory; the user's
//! own book is neither read nor written, and nothing leaves the machine.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitStatus, Stdio};

use serde::Serialize;

use crate::clock::NOW_VARIABLE;
use crate::context::Context;
use crate::error::CliError;
use crate::home::{HOME_VARIABLE, Home};
use crate::output::Output;
use crate::sample::{self, Network};
use crate::verb::sample::write_to;

/// Walks through a made-up book on two devices; touches nothing of yours
///
///   goodword demo
///   goodword demo --keep DIR     keeps the made-up book, to play with
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Demo {
    /// Keeps the made-up devices in this directory, which must not exist
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// When the `n`-th command of the walk is given: on a Monday morning, a minute after the other.
fn moment(n: u32) -> String {
    format!("2026-11-23T09:{:02}:00+01:00[Europe/Zurich]", n % 60)
}

/// What happened in the weeks before: logged as commands like any other, shown as a count.
const BEFORE: [&str; 8] = [
    "edit leo --tier inner",
    "edit una --tier active --tag recruiter",
    "log leo 'lunch, thinks pharma suits me' --on 2026-09-28 --got advice",
    "log una 'call, two searches open in spring' --on 2026-10-06 --got lead",
    "log odo 'call about the trade fair' --on 2026-11-02 --got information",
    "edit odo --tier active --next today --why 'ask who goes to the fair'",
    "log tilo 'met at a talk, knows what Belora plans' --on 2026-11-10",
    "target add Takemo --motivation 4 --posting 2",
];

/// What the demo showed, for `--json`.
#[derive(Debug, Serialize)]
struct Shown {
    directory: Option<PathBuf>,
    people: u32,
    companies: usize,
    commands: u32,
    devices_agree: bool,
}

impl Demo {
    /// Walks through it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let stage = Stage::set(self.keep.as_deref())?;
        let mut walk = Walk { stage: &stage, output: &context.output, commands: 0 };
        let network = Network::new(sample::PEOPLE, sample::SEED, false);
        walk.laptop(&network)?;
        let devices_agree = walk.phone()?;
        walk.end(self.keep.as_deref())?;
        let shown = Shown {
            directory: self.keep.clone(),
            people: sample::PEOPLE,
            companies: network.companies(),
            commands: walk.commands,
            devices_agree,
        };
        context.output.answer(&shown, String::new)
    }
}

/// The directory in which it takes place; removed in the end unless it is to be kept.
struct Stage {
    path: PathBuf,
    keep: bool,
}

impl Stage {
    fn set(keep: Option<&Path>) -> Result<Self, CliError> {
        let path = match keep {
            Some(path) => std::path::absolute(path)?,
            None => std::env::temp_dir().join(format!("goodword-demo-{}", process::id())),
        };
        // Never into something that is there already: it could be somebody's book.
        fs::create_dir(&path).map_err(|error| {
            CliError::failed(format!("cannot make `{}`: {error}", path.display()))
                .hint("name a directory that does not exist yet")
        })?;
        Ok(Self { path, keep: keep.is_some() })
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.keep {
            // Left over at worst; it holds made-up people only.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// The walk, command by command.
struct Walk<'a> {
    stage: &'a Stage,
    output: &'a Output,
    commands: u32,
}

impl Walk<'_> {
    fn laptop(&mut self, network: &Network) -> Result<(), CliError> {
        let file = self.stage.path.join("Connections.csv");
        write_to(network, &file)
            .map_err(|error| CliError::failed(format!("cannot write the sample: {error}")))?;
        self.say(
            "Mira Tolo looks for work. These are made-up people on two made-up devices; your own \
             book is not\ntouched. It is Monday, 23 November 2026.\n\n\
             1. A book, and the network she has: what LinkedIn exports as Connections.csv.",
        )?;
        self.laptop_does(
            "init --name 'Mira Tolo' --role 'Marketing director' \
             --looking-for 'pharma, 200-2000 people' --device-name laptop",
        )?;
        self.laptop_does("import Connections.csv")?;
        self.say("2. A company she wants to work for, and a conversation on Friday, in one line.")?;
        for line in BEFORE {
            self.quietly(line)?;
        }
        self.laptop_does("target add Sakumi --motivation 3 --posting 1")?;
        self.laptop_does(
            "log ada 'coffee, hiring freeze until May' --on fri --got information,lead \
             --intro 'Bo Nato@Sakumi'",
        )?;
        self.say(
            "3. Whom to get in touch with today, and why. (She has logged a few talks in the weeks \
             before.)",
        )?;
        self.laptop_does("today")?;
        self.laptop_does("show ada")?;
        self.say("4. Everything is found again by the beginnings of words.")?;
        self.laptop_does("find 'hiring freeze'")
    }

    /// Pairs a second device; true if both export the same bytes in the end.
    fn phone(&mut self) -> Result<bool, CliError> {
        self.say(
            "5. A second device. The laptop shows an invitation, the phone joins, and they meet \
             directly,\nencrypted end to end.",
        )?;
        let mut inviting = Background::start(self, "laptop", "pair --yes")?;
        let invitation = inviting.line(|line| {
            line.split_whitespace().find(|word| word.starts_with("goodword1")).map(str::to_owned)
        })?;
        self.phone_does(&format!("join {invitation} --device-name phone"))?;
        inviting.end()?;
        self.say("6. Both go on offline, and agree when they meet again.")?;
        self.phone_does("log leo 'call, will ask his brother at Komita' --got referral")?;
        self.laptop_does("edit leo --title 'Managing Partner'")?;
        self.meet()?;
        self.phone_does("show leo")?;
        let (laptop, phone) = (self.export("laptop")?, self.export("phone")?);
        let agree = laptop == phone;
        if agree {
            self.say(&format!(
                "Both devices export the same {} bytes (`goodword export --json`).",
                laptop.len()
            ))?;
            Ok(agree)
        } else {
            Err(CliError::failed("the two made-up devices do not agree")
                .hint("this is a defect; please report it with the output above"))
        }
    }

    fn end(&self, kept: Option<&Path>) -> Result<(), CliError> {
        if let Some(path) = kept {
            let path = path.display();
            self.say(&format!(
                "Both devices are kept in `{path}`: `goodword --home {path}/laptop today`."
            ))?;
        }
        self.say(
            "Your turn:\n  goodword init --name \"Your Name\"\n  goodword import Connections.csv    \
             LinkedIn: Settings, Data privacy, Get a copy of your data\n  goodword triage                    \
             whom to keep close, one key each\n  goodword today",
        )
    }

    /// Lets the two devices meet: the phone listens, the laptop calls.
    fn meet(&mut self) -> Result<(), CliError> {
        let mut listening = Background::start(self, "phone", "sync --listen")?;
        listening.line(|line| line.starts_with("Listening").then_some(()))?;
        self.laptop_does("sync")
    }

    fn export(&self, device: &str) -> Result<Vec<u8>, CliError> {
        let done = self.command(device, "export --json")?.output()?;
        Ok(done.stdout)
    }

    fn laptop_does(&mut self, line: &str) -> Result<(), CliError> {
        self.does("laptop", line)
    }

    fn phone_does(&mut self, line: &str) -> Result<(), CliError> {
        self.does("phone", line)
    }

    /// Shows a command and runs it.
    fn does(&mut self, device: &str, line: &str) -> Result<(), CliError> {
        self.show(device, line)?;
        let mut command = self.command(device, line)?;
        if self.output.json {
            command.stdout(Stdio::null());
        }
        self.commands += 1;
        succeeded(command.status()?, line)
    }

    /// Runs a command whose output is not worth a reader's time.
    fn quietly(&mut self, line: &str) -> Result<(), CliError> {
        self.commands += 1;
        let status = self.command("laptop", line)?.stdout(Stdio::null()).status()?;
        succeeded(status, line)
    }

    fn show(&self, device: &str, line: &str) -> Result<(), CliError> {
        self.say(&format!("{device}$ goodword {}", line.replace('\'', "\"")))
    }

    fn say(&self, text: &str) -> Result<(), CliError> {
        if self.output.json { Ok(()) } else { self.output.print(&format!("\n{text}\n")) }
    }

    /// A command of this very program, at home on `device`, at the time of the walk.
    fn command(&self, device: &str, line: &str) -> Result<Command, CliError> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(words(line))
            .current_dir(&self.stage.path)
            .env(HOME_VARIABLE, self.stage.path.join(device))
            .env(NOW_VARIABLE, moment(self.commands))
            .env("GOODWORD_NETWORK", "loopback")
            .env("PAGER", "")
            .stdin(Stdio::null());
        if self.output.json {
            command.stderr(Stdio::null());
        }
        Ok(command)
    }
}

/// A command of the walk that goes on while others run; ended when dropped.
struct Background<'a> {
    child: Child,
    home: Home,
    out: Lines<BufReader<process::ChildStdout>>,
    output: &'a Output,
}

impl<'a> Background<'a> {
    fn start(walk: &mut Walk<'a>, device: &str, line: &str) -> Result<Self, CliError> {
        walk.commands += 1;
        walk.show(device, line)?;
        let mut child = walk.command(device, line)?.stdout(Stdio::piped()).spawn()?;
        let out = child.stdout.take().expect("BUG: stdout is piped");
        let home = Home::locate(Some(&walk.stage.path.join(device)))?;
        Ok(Self { child, home, out: BufReader::new(out).lines(), output: walk.output })
    }

    /// Shows its output up to the line that `wanted` accepts, and returns what it makes of that.
    fn line<T>(&mut self, wanted: impl Fn(&str) -> Option<T>) -> Result<T, CliError> {
        while let Some(line) = self.out.next() {
            let line = line?;
            self.show(&line)?;
            if let Some(found) = wanted(&line) {
                return Ok(found);
            }
        }
        Err(CliError::failed("a device of the demo ended too early"))
    }

    /// Shows the rest of its output, and waits for its end.
    fn end(&mut self) -> Result<(), CliError> {
        while let Some(line) = self.out.next() {
            self.show(&line?)?;
        }
        succeeded(self.child.wait()?, "pair")
    }

    fn show(&self, line: &str) -> Result<(), CliError> {
        if self.output.json { Ok(()) } else { self.output.print(&format!("{line}\n")) }
    }
}

impl Drop for Background<'_> {
    fn drop(&mut self) {
        // Fails only if it ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.home.remove_note_of(self.child.id());
    }
}

/// The words of a command line, of which single quotes make one.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (i, part) in line.split('\'').enumerate() {
        if i % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn succeeded(status: ExitStatus, line: &str) -> Result<(), CliError> {
    if status.success() {
        return Ok(());
    }
    let verb = line.split_whitespace().next().unwrap_or_default();
    Err(CliError::failed(format!("`goodword {verb}` ended with {status}"))
        .hint("the demo ends here; what went wrong is said above"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_make_one_word() {
        assert_eq!(
            words("log ada 'coffee, until May' --on fri"),
            ["log", "ada", "coffee, until May", "--on", "fri"]
        );
    }
}
