//! `recovery`: whether the phrase on paper is the right one.
//!
//! The phrase is read from the terminal or from stdin, never from the command line, where other
//! processes and the shell's history would see it.

use std::io::{self, Read};

use bip39::{Language, Mnemonic};
use clap::{Args, Subcommand};
use goodword_core::roster;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::CliError;

/// Longest phrase read, in bytes: 24 words of at most 8 letters, with room for spaces.
const PHRASE_BYTES_MAX: u64 = 1024;

/// Checks that the recovery phrase on paper is the right one
///
///   goodword recovery check
///   goodword recovery check --stdin < phrase.txt
///
/// Nothing is changed, and the phrase is kept nowhere.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, subcommand_required = true, arg_required_else_help = true)]
pub struct Recovery {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Asks for the phrase and says whether it belongs to this book
    Check {
        /// Reads the phrase from stdin
        #[arg(long)]
        stdin: bool,
    },
}

#[derive(Serialize)]
struct Checked {
    matches: bool,
}

impl Recovery {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let Act::Check { stdin } = &self.act;
        let Some(authority) = context.read()?.who_may()? else {
            return Err(context.home.no_book());
        };
        let phrase = read_phrase(context, *stdin)?;
        let secret = secret(&phrase)?;
        let key = roster::recovery_key(&secret).device().0;
        match authority.recovery.iter().position(|known| *known == key) {
            Some(at) if at + 1 == authority.recovery.len() => {
                context.output.answer(&Checked { matches: true }, || {
                    "This is the recovery phrase of your book.\n".to_owned()
                })
            }
            Some(_) => Err(CliError::failed("this recovery phrase was replaced by a later one")),
            None => Err(CliError::failed("this is the recovery phrase of another book")
                .hint("every word is right, but your book was begun with another phrase")),
        }
    }
}

fn read_phrase(context: &Context, stdin: bool) -> Result<Zeroizing<String>, CliError> {
    if stdin {
        let mut phrase = Zeroizing::new(String::new());
        io::stdin().lock().take(PHRASE_BYTES_MAX).read_to_string(&mut phrase)?;
        return Ok(phrase);
    }
    if !context.output.is_interactive() {
        return Err(CliError::usage("there is no terminal to ask for the phrase")
            .hint("give it with --stdin"));
    }
    let asked = console::Term::stderr();
    asked.write_str("Recovery phrase (not shown): ")?;
    Ok(Zeroizing::new(asked.read_secure_line()?))
}

/// The 32 bytes behind 24 words; says which word is wrong.
fn secret(phrase: &str) -> Result<Zeroizing<[u8; 32]>, CliError> {
    let words: Vec<String> = phrase.split_whitespace().map(str::to_lowercase).collect();
    let words = Zeroizing::new(words);
    if words.len() != 24 {
        return Err(CliError::failed(format!("the phrase has {} instead of 24", crate::text::count(words.len() as u64, "word", "words"))));
    }
    let joined = Zeroizing::new(words.join(" "));
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &joined).map_err(|error| {
        match error {
            bip39::Error::UnknownWord(at) => {
                CliError::failed(format!("word {} is not in the list of words", at + 1))
                    .hint("check its spelling; the first four letters tell words apart")
            }
            _ => CliError::failed("the words do not belong together")
                .hint("one of them is wrong, or two have changed places"),
        }
    })?;
    let bytes = Zeroizing::new(mnemonic.to_entropy());
    let secret = <[u8; 32]>::try_from(bytes.as_slice());
    secret.map(Zeroizing::new).map_err(|_| CliError::failed("the phrase is too short"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrase() -> String {
        Mnemonic::from_entropy(&[7; 32]).unwrap().to_string()
    }

    #[test]
    fn a_phrase_leads_to_its_secret_whatever_its_case_and_spacing() {
        let untidy = phrase().to_uppercase().replace(' ', "\n  ");
        assert_eq!(*secret(&untidy).unwrap(), [7; 32]);
    }

    #[test]
    fn a_wrong_word_is_named_by_its_place_and_not_by_itself() {
        let phrase = phrase();
        let mut words: Vec<&str> = phrase.split(' ').collect();
        words[4] = "goodword";
        let error = secret(&words.join(" ")).unwrap_err();
        assert_eq!(error.message, "word 5 is not in the list of words");
    }

    #[test]
    fn swapped_words_are_noticed() {
        let phrase = Mnemonic::from_entropy(&[1; 32]).unwrap().to_string();
        let mut words: Vec<&str> = phrase.split(' ').collect();
        let last = words.len() - 1;
        words.swap(0, last);
        assert!(secret(&words.join(" ")).is_err());
        assert!(secret("abandon").unwrap_err().message.contains("has 1 word instead"));
    }
}
