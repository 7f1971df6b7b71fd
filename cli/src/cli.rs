//! The command line: what is the same for every verb, and the help that groups the verbs.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::error::ErrorKind;
use clap::{ArgAction, CommandFactory, FromArgMatches, Parser};

use crate::context::Context;
use crate::error::CliError;
use crate::home::Home;
use crate::output::{self, Output};
use crate::verb::{self, Verb};
use crate::{trace, welcome};

/// Your network, on your own devices: people, conversations, and whom to get in touch with today.
#[derive(Debug, Parser)]
#[command(name = "goodword", bin_name = "goodword", version)]
#[command(max_term_width = 100, infer_long_args = false)]
pub struct Cli {
    /// Directory of the book [default: $GOODWORD_HOME, else ~/.local/share/goodword]
    #[arg(long, global = true, value_name = "DIR", help_heading = EVERYWHERE)]
    home: Option<PathBuf>,

    /// Writes only JSON on stdout, and asks nothing
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    json: bool,

    /// Answers yes to confirmations
    #[arg(long, short = 'y', global = true, help_heading = EVERYWHERE)]
    yes: bool,

    /// Tells on stderr what happens, without names or texts; twice for more
    #[arg(long, short, global = true, action = ArgAction::Count, help_heading = EVERYWHERE)]
    verbose: u8,

    #[command(subcommand)]
    verb: Option<Verb>,
}

/// Heading of the options that every verb has.
const EVERYWHERE: &str = "Everywhere";

/// Runs the process's command line.
pub fn run() -> ExitCode {
    let args: Vec<OsString> = env::args_os().collect();
    let cli = match parse(&args) {
        Ok(cli) => cli,
        Err(error) => return report_usage(&error, &args),
    };
    let json = cli.json;
    match cli.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::debug!(code = error.exit.code(), "failed");
            error.report(json)
        }
    }
}

/// The whole command line with its help, also for completions.
pub fn command() -> clap::Command {
    let command = verb::filled_in(Cli::command());
    let help = help(&command);
    command.override_help(help)
}

fn parse(args: &[OsString]) -> Result<Cli, clap::Error> {
    let matches = match Cli::command().try_get_matches_from(args) {
        // Help is only made when it is asked for: most commands are over in less time.
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            command().mut_subcommands(lead_with_examples).try_get_matches_from(args)?
        }
        parsed => parsed?,
    };
    Cli::from_arg_matches(&matches)
}

/// Makes `-h` and `--help` of a verb one: its examples, then a line for each option.
fn lead_with_examples(verb: clap::Command) -> clap::Command {
    let whole = verb.get_long_about().cloned();
    match whole {
        Some(whole) => verb.about(whole).long_about(None),
        None => verb,
    }
}

impl Cli {
    fn run(self) -> Result<(), CliError> {
        let output = Output::find(self.json);
        let home = Home::locate(self.home.as_deref())?;
        let log = self.verb.as_ref().filter(|verb| verb.is_daemon() && home.has_store());
        let log = log.map(|_| home.daemon_log_path());
        trace::start(self.verbose, output.colour(), log.as_deref());
        let context = Context {
            home,
            output,
            yes: self.yes,
            verb: self.verb.as_ref().map_or("", Verb::word),
        };
        let since = Instant::now();
        match self.verb {
            Some(verb) => verb.run(&context)?,
            None => welcome::run(&context)?,
        }
        tracing::info!(verb = context.verb, elapsed = ?since.elapsed(), "done");
        Ok(())
    }
}

/// Help, version and mistakes on the command line.
fn report_usage(error: &clap::Error, args: &[OsString]) -> ExitCode {
    let asked_for = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if asked_for {
        // A closed pipe is no failure.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if args.iter().any(|arg| arg == "--json") {
        return usage(&error.to_string()).report(true);
    }
    let _ = output::write_usage(&error.render());
    ExitCode::from(2)
}

/// The message and the tip of clap's text.
fn usage(text: &str) -> CliError {
    let paragraph = text.split("\n\n").next().unwrap_or(text);
    let message: Vec<&str> = paragraph.split_whitespace().collect();
    let message = message.join(" ");
    let error = CliError::usage(message.trim_start_matches("error: "));
    let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    error.hint(tip.unwrap_or("see `goodword --help`"))
}

/// The help of `goodword` itself: verbs by what they are for.
fn help(command: &clap::Command) -> String {
    let mut help = String::from(
        "Your network, on your own devices: people, conversations, and whom to get in touch \
         with today.\n\nUsage: goodword [VERB]      Without a verb: today, and what to do next.\n\n\
         Begin:\n  goodword init --name \"Mira Tolo\"\n  goodword import Connections.csv\n  \
         goodword log ada \"coffee, hiring freeze until May\" --on fri\n",
    );
    for (group, verbs) in verb::GROUPS.iter().filter(|(group, _)| !group.is_empty()) {
        help.push_str(&format!("\n{group}:\n"));
        for word in *verbs {
            let about = command
                .find_subcommand(word)
                .and_then(clap::Command::get_about)
                .map(ToString::to_string)
                .unwrap_or_default();
            help.push_str(&format!("  {word:<12} {about}\n"));
        }
    }
    help.push_str(
        "\nEverywhere:\n      --home DIR   Directory of the book [default: $GOODWORD_HOME, else \
         ~/.local/share/goodword]\n      --json       Writes only JSON on stdout, and asks nothing\n  \
         -y, --yes        Answers yes to confirmations\n  -v, --verbose    Tells on stderr what \
         happens, without names or texts\n  -h, --help       `goodword VERB --help` leads with \
         examples\n  -V, --version\n",
    );
    help
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn every_verb_is_in_one_group_of_the_help() {
        let mut grouped: Vec<&str> =
            verb::GROUPS.iter().flat_map(|(_, verbs)| *verbs).copied().collect();
        grouped.sort_unstable();
        let command = command();
        let mut known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
        known.sort_unstable();
        assert_eq!(grouped, known);
    }

    #[test]
    fn the_help_of_every_verb_leads_with_an_example() {
        for verb in command().get_subcommands_mut() {
            let help = verb.render_long_help().to_string();
            let (before_usage, _) = help.split_once("Usage:").unwrap();
            assert!(
                before_usage.contains("  goodword "),
                "{} has no example: {before_usage}",
                verb.get_name()
            );
        }
    }

    #[test]
    fn an_unknown_flag_is_refused_and_named() {
        let args = ["goodword", "ls", "--colour"].map(OsString::from);
        let error = usage(&parse(&args).unwrap_err().to_string());
        assert_eq!(error.exit.code(), 2);
        assert!(error.message.contains("--colour"), "{}", error.message);
    }
}
