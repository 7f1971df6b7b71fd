//! Processes whose output is read line by line as it comes.
//!
//! Dropping one kills it, so that no test leaves a process behind.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// Which stream a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// A process that was started and may still run.
pub struct Running {
    child: Child,
    lines: Receiver<(Stream, String)>,
    seen: Transcript,
    name: String,
}

/// What a process printed, and how it ended.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// The command, for messages.
    pub command: String,
    /// Exit code; `None` while it runs or if it was killed.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// Both, as a terminal would show them.
    pub both: Vec<String>,
}

impl Transcript {
    /// Everything that a failed test should show.
    pub fn describe(&self) -> String {
        format!("`{}` ended with {:?}:\n{}", self.command, self.code, self.both.join("\n"))
    }

    fn add(&mut self, stream: Stream, line: &str) {
        let text = match stream {
            Stream::Out => &mut self.stdout,
            Stream::Err => &mut self.stderr,
        };
        text.push_str(line);
        let shown = line.strip_suffix('\n').unwrap_or(line);
        self.both.push(shown.strip_suffix('\r').unwrap_or(shown).to_owned());
    }
}

/// A wait ended without what was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// The process ended, or closed its output.
    Ended,
    /// The deadline passed.
    Deadline,
}

impl Running {
    /// Starts `command` with both streams read.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start(mut command: Command) -> Self {
        let name = name(&command);
        let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()), &name);
        let (sender, lines) = channel();
        read(child.stdout.take().expect("stdout is piped"), Stream::Out, sender.clone());
        read(child.stderr.take().expect("stderr is piped"), Stream::Err, sender);
        Self::reading(child, lines, name)
    }

    /// Starts `command` with both streams in one, in the order in which a terminal would show
    /// them; all of it counts as standard output.
    ///
    /// # Panics
    /// If it cannot be started.
    pub fn start_joined(mut command: Command) -> Self {
        let name = name(&command);
        let (ours, theirs) = std::io::pipe().expect("a pipe can be made");
        let also = theirs.try_clone().expect("a pipe can be cloned");
        let child = spawn(command.stdout(theirs).stderr(also), &name);
        // It holds our copies of the writing end, without whose end there is none of the reading.
        drop(command);
        let (sender, lines) = channel();
        read(ours, Stream::Out, sender);
        Self::reading(child, lines, name)
    }

    fn reading(child: Child, lines: Receiver<(Stream, String)>, name: String) -> Self {
        let seen = Transcript { command: name.clone(), ..Transcript::default() };
        Self { child, lines, seen, name }
    }

    /// What it printed so far.
    pub const fn seen(&self) -> &Transcript {
        &self.seen
    }

    /// Waits for the next line of either stream.
    ///
    /// # Errors
    /// [`Missed`] if none comes.
    pub fn line(&mut self, within: Duration) -> Result<&str, Missed> {
        match self.lines.recv_timeout(within) {
            Ok((stream, line)) => {
                self.seen.add(stream, &line);
                Ok(self.seen.both.last().map_or("", String::as_str))
            }
            Err(RecvTimeoutError::Disconnected) => Err(Missed::Ended),
            Err(RecvTimeoutError::Timeout) => Err(Missed::Deadline),
        }
    }

    /// Waits for a line that `wanted` accepts, and returns what it makes of it.
    ///
    /// # Panics
    /// If the process ends or `within` passes before.
    #[track_caller]
    pub fn wait_for<T>(&mut self, within: Duration, wanted: impl Fn(&str) -> Option<T>) -> T {
        let until = Instant::now() + within;
        loop {
            match self.line(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if let Some(found) = wanted(line) {
                        return found;
                    }
                }
                Err(missed) => panic!("{missed:?} while waiting: {}", self.seen.describe()),
            }
        }
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If `within` passes before.
    #[track_caller]
    pub fn finish(mut self, within: Duration) -> Transcript {
        let until = Instant::now() + within;
        loop {
            match self.line(until.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(Missed::Ended) => break,
                Err(Missed::Deadline) => {
                    panic!("{} runs too long: {}", self.name, self.seen.describe())
                }
            }
        }
        let status = self.child.wait().expect("a child of ours can be waited for");
        self.seen.code = status.code();
        std::mem::take(&mut self.seen)
    }

    /// Kills it at once, as the system would, and returns what it had printed by then.
    pub fn kill(mut self) -> Transcript {
        self.stop();
        while let Ok((stream, line)) = self.lines.recv() {
            self.seen.add(stream, &line);
        }
        std::mem::take(&mut self.seen)
    }

    /// Writes to its standard input, if that is a pipe.
    ///
    /// # Panics
    /// If it reads no more.
    #[track_caller]
    pub fn say(&mut self, text: &str) {
        let input = self.child.stdin.as_mut().expect("the input is piped");
        let said = input.write_all(text.as_bytes()).and_then(|()| input.flush());
        said.unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }

    /// Sends it a signal by its name: `TERM`, `INT`.
    ///
    /// # Panics
    /// If that cannot be done, for instance because it has ended.
    #[track_caller]
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|sent| sent.success()), "{}: no {name}", self.name);
    }

    /// The number of the process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended.
    pub fn ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn stop(&mut self) {
        // Fails only if it ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

fn name(command: &Command) -> String {
    let args: Vec<_> = command.get_args().map(|arg| arg.to_string_lossy()).collect();
    format!("goodword {}", args.join(" "))
}

fn spawn(command: &mut Command, name: &str) -> Child {
    command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn read(from: impl Read + Send + 'static, stream: Stream, to: Sender<(Stream, String)>) {
    std::thread::spawn(move || {
        let mut from = BufReader::new(from);
        loop {
            let mut bytes = Vec::new();
            match from.read_until(b'\n', &mut bytes) {
                Ok(0) | Err(_) => return,
                Ok(_) => {
                    let line = String::from_utf8_lossy(&bytes).into_owned();
                    if to.send((stream, line)).is_err() {
                        return;
                    }
                }
            }
        }
    });
}
