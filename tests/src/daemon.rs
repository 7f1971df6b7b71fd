//! Daemons of homes, and waiting for what they bring about.

use std::path::PathBuf;
use std::time::Duration;

use goodword_daemon::Client;
use serde_json::Value;

use crate::home::{DEADLINE, Home};
use crate::process::{Running, Transcript};

/// How long a daemon may take to get ready, two devices to meet, or a change to arrive.
pub const SOON: Duration = Duration::from_secs(60);

/// What a daemon prints once it answers.
pub const READY: &str = "The daemon keeps your devices in touch";

/// A daemon that runs; killed when dropped.
pub struct Daemon {
    home: Home,
    running: Running,
}

impl Daemon {
    /// Starts the daemon of `home` and waits until it answers.
    #[track_caller]
    pub fn of(home: &Home) -> Self {
        let mut daemon = Self::starting(home);
        daemon.ready();
        daemon
    }

    /// Starts the daemon of `home`.
    pub fn starting(home: &Home) -> Self {
        Self { home: home.clone(), running: home.start(["daemon"]) }
    }

    /// Waits until it answers.
    #[track_caller]
    pub fn ready(&mut self) {
        self.running.wait_for(SOON, |line| line.starts_with(READY).then_some(()));
    }

    /// The process.
    pub fn process(&mut self) -> &mut Running {
        &mut self.running
    }

    /// Where it can be reached.
    pub fn socket(&self) -> PathBuf {
        socket(&self.home)
    }

    /// A conversation with it.
    ///
    /// # Panics
    /// If it does not answer.
    #[track_caller]
    pub fn client(&self) -> Client {
        let client = Client::connect(&self.socket()).expect("the socket can be reached");
        client.expect("a daemon answers")
    }

    /// Has a client end it.
    #[track_caller]
    pub fn stop(self) -> Transcript {
        self.home.ok(["daemon", "stop"]);
        self.running.finish(DEADLINE)
    }

    /// Sends it a signal and waits for its end.
    #[track_caller]
    pub fn end_by(self, signal: &str) -> Transcript {
        self.running.signal(signal);
        self.running.finish(DEADLINE)
    }

    /// Kills it at once, as the system would.
    pub fn kill(self) {
        drop(self.running.kill());
    }
}

/// Where the daemon of `home` can be reached.
pub fn socket(home: &Home) -> PathBuf {
    home.path().join("daemon.sock")
}

/// Makes `joining` a further device of the book of `inviting`; neither has a daemon.
#[track_caller]
pub fn pair(inviting: &Home, joining: &Home) {
    let mut pairing = inviting.start(["pair", "--yes"]);
    let invitation = pairing.wait_for(SOON, |line| {
        line.split_whitespace().find(|word| word.starts_with("goodword1")).map(str::to_owned)
    });
    joining.ok(["join", &invitation, "--yes"]);
    let done = pairing.finish(SOON);
    assert_eq!(done.code, Some(0), "{}", done.describe());
}

/// Waits, without asking again and again, until a command with `--watch` shows what is `wanted`.
#[track_caller]
pub fn watch_until(home: &Home, args: &[&str], wanted: impl Fn(&Value) -> bool) {
    let args = args.iter().copied().chain(["--watch", "--json"]);
    let mut watching = home.start(args);
    watching.wait_for(SOON, |line| {
        let shown: Value = serde_json::from_str(line).ok()?;
        wanted(&shown).then_some(())
    });
}

/// Waits until `home` knows somebody called `name`.
#[track_caller]
pub fn wait_for_person(home: &Home, name: &str) {
    watch_until(home, &["ls", "--limit", "0"], |list| {
        let people = list["people"].as_array();
        people.is_some_and(|people| people.iter().any(|line| line["person"]["name"] == name))
    });
}
