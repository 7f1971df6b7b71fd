//! The recovery phrase: 24 words that stand for the recovery key.
//!
//! It is read from the terminal or from stdin, never from the command line, where other processes
//! and the shell's history would see it; and it is kept nowhere.

use std::io::{self, Read};

use bip39::{Language, Mnemonic};
use goodword_core::BookId;
use goodword_core::log::Key;
use goodword_core::roster::{self, Authority, Recovery, Standalone};
use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::CliError;
use crate::text;

/// Longest phrase read, in bytes: 24 words of at most 8 letters, with room for spaces.
const PHRASE_BYTES_MAX: u64 = 1024;

/// The recovery key of a book, for as long as it signs.
pub struct RecoveryKey {
    key: Key,
    book: BookId,
}

impl RecoveryKey {
    /// Asks for the phrase, and checks that it is the one of the book.
    pub fn ask(context: &Context, authority: &Authority, stdin: bool) -> Result<Self, CliError> {
        let key = roster::recovery_key(&*secret(&read(context, stdin)?)?);
        check(authority, &key)?;
        Ok(Self { key, book: authority.book })
    }

    /// What it says, signed: canonical bytes of a standalone statement.
    pub fn sign(&self, statement: Recovery) -> Vec<u8> {
        Standalone::recovery(self.book, statement, &self.key).encode()
    }
}

/// Whether a key is the one that is in force.
pub fn check(authority: &Authority, key: &Key) -> Result<(), CliError> {
    let public = key.device().0;
    match authority.recovery.iter().position(|known| *known == public) {
        Some(at) if at + 1 == authority.recovery.len() => Ok(()),
        Some(_) => Err(CliError::failed("this recovery phrase was replaced by a later one")),
        None => Err(CliError::failed("this is the recovery phrase of another book")
            .hint("every word is right, but your book was begun with another phrase")),
    }
}

/// Asks for the phrase, or reads it from stdin.
pub fn read(context: &Context, stdin: bool) -> Result<Zeroizing<String>, CliError> {
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
pub fn secret(phrase: &str) -> Result<Zeroizing<[u8; 32]>, CliError> {
    let words: Vec<String> = phrase.split_whitespace().map(str::to_lowercase).collect();
    let words = Zeroizing::new(words);
    if words.len() != 24 {
        let count = text::count(words.len() as u64, "word", "words");
        return Err(CliError::failed(format!("the phrase has {count} instead of 24")));
    }
    let joined = Zeroizing::new(words.join(" "));
    let mnemonic =
        Mnemonic::parse_in_normalized(Language::English, &joined).map_err(|error| match error {
            bip39::Error::UnknownWord(at) => {
                CliError::failed(format!("word {} is not in the list of words", at + 1))
                    .hint("check its spelling; the first four letters tell words apart")
            }
            _ => CliError::failed("the words do not belong together")
                .hint("one of them is wrong, or two have changed places"),
        })?;
    let bytes = Zeroizing::new(mnemonic.to_entropy());
    let secret = <[u8; 32]>::try_from(bytes.as_slice());
    secret.map(Zeroizing::new).map_err(|_| CliError::failed("the phrase is too short"))
}

/// The 24 words (BIP 39) of 32 bytes.
pub fn words(secret: &[u8; 32]) -> Result<Zeroizing<String>, CliError> {
    let words = Mnemonic::from_entropy(secret)
        .map_err(|error| CliError::failed(format!("no recovery phrase: {error}")))?;
    Ok(Zeroizing::new(words.to_string()))
}

/// Four lines of six words, which can be pasted as they are.
pub fn draw(phrase: &str) -> String {
    let words: Vec<&str> = phrase.split(' ').collect();
    let lines: Vec<String> = words.chunks(6).map(|six| six.join(" ")).collect();
    format!(
        "Recovery phrase (write it down on paper; it is shown once):\n\n  {}\n",
        lines.join("\n  ")
    )
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

    #[test]
    fn the_phrase_has_24_words_and_leads_back_to_the_secret() {
        let phrase = words(&[7; 32]).unwrap();
        assert_eq!(phrase.split(' ').count(), 24);
        let back = Mnemonic::parse(phrase.as_str()).unwrap();
        assert_eq!(back.to_entropy(), [7; 32]);
    }

    #[test]
    fn the_phrase_is_drawn_so_that_it_can_be_pasted() {
        let phrase = words(&[7; 32]).unwrap();
        let drawn = draw(&phrase);
        let (_, lines) = drawn.split_once(":").unwrap();
        assert_eq!(lines.split_whitespace().collect::<Vec<_>>().join(" "), *phrase);
        assert!(drawn.lines().all(|line| line.len() <= 70));
    }
}
