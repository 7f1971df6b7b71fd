//! The verbs, by what they are for: one file each, and one line here.
//!
//! The documentation of a verb's struct is its help. A verb never writes to the terminal but
//! through `context.output`.

use crate::context::Context;
use crate::error::CliError;

macro_rules! verbs {
    ($($group:literal { $($module:ident $name:ident),+ $(,)? })+) => {
        $($(pub mod $module;)+)+

        /// What the user asks for.
        #[derive(Debug, clap::Subcommand)]
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
        recovery Recovery,
        doctor Doctor,
        completions Completions,
    }
    // Hidden: not in the help.
    "" {
        sample Sample,
    }
}
