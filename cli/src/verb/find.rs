//! `find`: people by words, wherever they occur.

use clap::Args;
use goodword_core::query::Find as Question;

use crate::context::Context;
use crate::error::CliError;
use crate::people;

/// Finds people by words in names, companies, titles, tags and notes
///
///   goodword find pharma basel
///   goodword find "hiring freeze"
///
/// All words must occur; each may be the beginning of one. Case and accents do not matter.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Find {
    /// Words, or beginnings of words
    #[arg(required = true)]
    words: Vec<String>,

    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    limit: usize,
}

impl Find {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let text = self.words.join(" ");
        let limit = self.limit;
        let list = reader.ask(&Question { text: text.clone(), limit })?;
        if list.people.is_empty() {
            return Err(CliError::not_found(format!("nobody matches `{text}`"))
                .hint("fewer words or shorter ones find more"));
        }
        let screen = context.output.screen(now.today);
        context.output.long_answer(&list, || people::draw(&list, &screen))
    }
}
