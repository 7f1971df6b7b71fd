//! Who is meant: one person by part of a name, or a question, or an error that changes nothing.

use goodword_core::query::{Resolution, Resolve};
use goodword_core::store::Reader;
use goodword_core::view::PersonRow;

use crate::context::Context;
use crate::error::{Candidate, CliError};
use crate::prompt;

/// What came of looking for somebody.
pub enum Found {
    /// This one.
    One(Box<PersonRow>),
    /// Nobody; these have similar names.
    Nobody(Vec<PersonRow>),
}

/// Finds the one person that `text` means; asks which one, if somebody is there to answer.
pub fn find(context: &Context, reader: &Reader, text: &str) -> Result<Found, CliError> {
    match reader.ask(&Resolve { text: text.to_owned() })? {
        Resolution::One(row) => Ok(Found::One(row)),
        Resolution::Nobody(similar) => Ok(Found::Nobody(similar)),
        Resolution::Many(people) if context.output.is_interactive() => {
            choose(text, people).map(|row| Found::One(Box::new(row)))
        }
        Resolution::Many(people) => Err(ambiguous(text, &people)),
    }
}

/// Like [`find`], where nobody is an error.
pub fn resolve(context: &Context, reader: &Reader, text: &str) -> Result<PersonRow, CliError> {
    match find(context, reader, text)? {
        Found::One(row) => Ok(*row),
        Found::Nobody(similar) => Err(nobody(text, &similar)),
    }
}

/// Says that nobody is called so, and who is called nearly so.
pub fn nobody(text: &str, similar: &[PersonRow]) -> CliError {
    let error = CliError::not_found(format!("no person matches `{text}`"));
    match similar {
        [] => error.hint(format!("add them with `goodword add {}`", quoted(text))),
        [one] => error.hint(format!("did you mean `{}` ({})?", first_word(&one.name), one.name)),
        _ => error.hint("did you mean one of these?").candidates(similar),
    }
}

/// How to speak of them in a sentence: the given name, or the whole.
pub fn given(row: &PersonRow) -> &str {
    row.given.as_deref().or_else(|| row.name.split_whitespace().next()).unwrap_or(&row.name)
}

fn first_word(name: &str) -> String {
    let word = name.split_whitespace().next().unwrap_or(name);
    word.to_lowercase()
}

/// Quotes what a shell would take apart.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@');
    if text.chars().all(plain) && !text.starts_with('-') && !text.is_empty() {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

fn choose(text: &str, people: Vec<PersonRow>) -> Result<PersonRow, CliError> {
    let lines: Vec<String> = people.iter().map(|row| Candidate::from(row).line()).collect();
    let index = prompt::choose(&format!("Which `{text}`?"), &lines)?;
    people.into_iter().nth(index).ok_or_else(CliError::cancelled)
}

fn ambiguous(text: &str, people: &[PersonRow]) -> CliError {
    CliError::not_found(format!("`{text}` could be {} people", people.len()))
        .hint("give more of the name, `name@company`, or the id at the end of the line")
        .candidates(people)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_only_if_a_shell_would_take_it_apart() {
        assert_eq!(quoted("ada"), "ada");
        assert_eq!(quoted("Ada Rilo"), "'Ada Rilo'");
        assert_eq!(quoted("O'Tolo"), r"'O'\''Tolo'");
        assert_eq!(quoted("Łucja"), "Łucja");
    }
}
