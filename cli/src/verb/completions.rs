//! `completions`: for the shell.

use clap::Args;
use clap_complete::Shell;
use serde::Serialize;

use crate::cli;
use crate::context::Context;
use crate::error::CliError;

/// Writes completions for your shell
///
///   goodword completions bash > ~/.local/share/bash-completion/completions/goodword
///   goodword completions zsh > ~/.zfunc/_goodword
///   goodword completions fish > ~/.config/fish/completions/goodword.fish
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

#[derive(Serialize)]
struct Script {
    shell: String,
    script: String,
}

impl Completions {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut cli::command(), "goodword", &mut script);
        let script = String::from_utf8(script)
            .map_err(|_| CliError::failed("the completions are not text"))?;
        let script = Script { shell: self.shell.to_string(), script };
        context.output.answer(&script, || script.script.clone())
    }
}
