//! The verbs, by what they are for: one file each, and one line here.
//!
//! The documentation of a verb's struct is its help. A verb never writes to the terminal but
//! through `context.output`.

use clap::error::ErrorKind;
use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};

use crate::context::Context;
use crate::error::CliError;

macro_rules! verbs {
    ($($group:literal { $($module:ident $name:ident),+ $(,)? })+) => {
        $($(pub mod $module;)+)+

        /// What the user asks for.
        #[derive(Debug)]
        pub enum Verb {
            $($(#[allow(missing_docs)] $name(Box<$module::$name>),)+)+
        }

        impl Verb {
            /// Does it.
            pub fn run(&self, context: &Context) -> Result<(), CliError> {
                match self { $($(Self::$name(verb) => verb.run(context),)+)+ }
            }

            /// Whether it is the daemon itself, which tells about itself in a file.
            pub fn is_daemon(&self) -> bool {
                matches!(self, Self::Daemon(daemon) if daemon.is_foreground())
            }

            /// The word that is typed.
            pub fn word(&self) -> &'static str {
                match self { $($(Self::$name(_) => stringify!($module),)+)+ }
            }
        }

        // Written out instead of derived, so that a verb's options are only made when it is the one
        // that is asked for: most verbs are over in less time than it takes to make all of them.
        impl Subcommand for Verb {
            fn augment_subcommands(command: Command) -> Command {
                command $($(.subcommand(
                    Command::new(stringify!($module)).defer($module::$name::augment_args),
                ))+)+
            }

            fn augment_subcommands_for_update(command: Command) -> Command {
                Self::augment_subcommands(command)
            }

            fn has_subcommand(name: &str) -> bool {
                [$($(stringify!($module)),+),+].contains(&name)
            }
        }

        impl FromArgMatches for Verb {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                let (word, matches) = matches
                    .subcommand()
                    .ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))?;
                $($(if word == stringify!($module) {
                    let verb = $module::$name::from_arg_matches(matches)?;
                    return Ok(Self::$name(Box::new(verb)));
                })+)+
                Err(clap::Error::new(ErrorKind::InvalidSubcommand))
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }

        /// Makes the options of every verb, for help and completions.
        pub fn filled_in(command: Command) -> Command {
            command $($(.mut_subcommand(stringify!($module), |_| {
                $module::$name::augment_args(Command::new(stringify!($module)))
            }))+)+
        }

        /// Groups of the help, with the words of their verbs.
        pub const GROUPS: &[(&str, &[&str])] =
            &[$(($group, &[$(stringify!($module)),+])),+];
    };
}

verbs! {
    "Every day" {
        today Today,
        log Log,
        triage Triage,
    }
    "People" {
        add Add,
        edit Edit,
        show Show,
        ls Ls,
        history History,
    }
    "Search" {
        find Find,
        target Target,
    }
    "Share" {
        pair Pair,
        phone Phone,
        join Join,
        sync Sync,
        devices Devices,
        daemon Daemon,
    }
    "Data" {
        import Import,
        export Export,
        undo Undo,
        operations Operations,
    }
    "Care" {
        init Init,
        demo Demo,
        erase Erase,
        refound Refound,
        recovery Recovery,
        recover Recover,
        backup Backup,
        restore Restore,
        doctor Doctor,
        completions Completions,
    }
    // Hidden: not in the help.
    "" {
        sample Sample,
    }
}
