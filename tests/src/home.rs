//! Homes in a temporary folder, and commands run in them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::binary;
use crate::netns::Namespace;
use crate::process::{Running, Transcript};

/// The moment at which tests take place unless they say otherwise: a Monday morning.
pub const NOW: &str = "2026-11-23T09:00:00+01:00[Europe/Zurich]";

/// How long a command may take before a test gives up on it.
pub const DEADLINE: Duration = Duration::from_secs(120);

/// A temporary folder with homes in it, gone when dropped.
pub struct Lab {
    folder: TempDir,
    now: String,
}

impl Lab {
    /// Makes an empty folder at [`NOW`].
    pub fn new() -> Self {
        Self::at(NOW)
    }

    /// Makes an empty folder at another moment.
    pub fn at(now: &str) -> Self {
        // Built before anything is timed.
        binary::path();
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self { folder, now: now.to_owned() }
    }

    /// The folder in which commands run, and where relative paths lead.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the home called `name`, which exists once a command makes it.
    pub fn home(&self, name: &str) -> Home {
        Home {
            folder: self.folder().to_owned(),
            path: self.folder().join(name),
            now: self.now.clone(),
            network: "loopback".to_owned(),
            namespace: None,
        }
    }

    /// Returns a home called `name` with a book in it.
    pub fn book(&self, name: &str) -> Home {
        let home = self.home(name);
        home.ok(["init", "--name", "Mira Tolo"]);
        home
    }

    /// Writes a made-up network of `people` people and returns the file's path.
    pub fn sample(&self, people: u32) -> PathBuf {
        let path = self.folder().join(format!("sample-{people}.csv"));
        let people = people.to_string();
        let file = path.to_str().expect("temporary folders have plain names");
        self.home("nobody").ok(["sample", "--people", &people, file]);
        path
    }
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

/// One device's home.
#[derive(Clone, Debug)]
pub struct Home {
    folder: PathBuf,
    path: PathBuf,
    now: String,
    network: String,
    namespace: Option<String>,
}

impl Home {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same home at another moment.
    #[must_use]
    pub fn at(&self, now: &str) -> Self {
        Self { now: now.to_owned(), ..self.clone() }
    }

    /// The same home in a network namespace, with the mode by which it reaches others from there.
    #[must_use]
    pub fn within(&self, namespace: &Namespace, network: &str) -> Self {
        let namespace = Some(namespace.name().to_owned());
        Self { namespace, network: network.to_owned(), ..self.clone() }
    }

    /// Returns the binary with this home's environment, and nothing else of the tester's.
    pub fn command<S: AsRef<str>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = match &self.namespace {
            None => Command::new(binary::path()),
            Some(namespace) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", namespace]).arg(binary::path());
                command
            }
        };
        command
            .env_clear()
            .env("GOODWORD_HOME", &self.path)
            .env("GOODWORD_NOW", &self.now)
            .env("GOODWORD_NETWORK", &self.network)
            .env("HOME", &self.folder)
            .env("NO_COLOR", "1")
            .env("COLUMNS", "80")
            .env("LANG", "C.UTF-8")
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        for kept in ["PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "RUST_BACKTRACE"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        for arg in args {
            command.arg(arg.as_ref());
        }
        command
    }

    /// Starts a command.
    pub fn start<S: AsRef<str>>(&self, args: impl IntoIterator<Item = S>) -> Running {
        Running::start(self.command(args))
    }

    /// Runs a command to its end, whatever comes of it.
    pub fn run<S: AsRef<str>>(&self, args: impl IntoIterator<Item = S>) -> Transcript {
        self.start(args).finish(DEADLINE)
    }

    /// Runs a command that must succeed, and returns what it printed.
    #[track_caller]
    pub fn ok<S: AsRef<str>>(&self, args: impl IntoIterator<Item = S>) -> String {
        let done = self.run(args);
        assert_eq!(done.code, Some(0), "{}", done.describe());
        done.stdout
    }

    /// Runs a command that must fail with `code`, and returns what it complained of.
    #[track_caller]
    pub fn fails<S: AsRef<str>>(&self, code: i32, args: impl IntoIterator<Item = S>) -> String {
        let done = self.run(args);
        assert_eq!(done.code, Some(code), "{}", done.describe());
        done.stderr
    }

    /// Runs a command that must succeed, with `--json`, and returns its answer.
    #[track_caller]
    pub fn json<S: AsRef<str>>(&self, args: impl IntoIterator<Item = S>) -> Value {
        let mut args: Vec<String> = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        args.push("--json".to_owned());
        let text = self.ok(&args);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
    }
}
