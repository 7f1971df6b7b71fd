//! One command line of a story: the small part of a shell's language that pages need.

use crate::pattern::Names;

/// A command with its words and redirections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandLine {
    /// The words, names not yet replaced: each a list of pieces to be joined.
    words: Vec<Vec<Piece>>,
    /// The file that standard output goes to.
    pub into: Option<String>,
    /// The file that standard input comes from.
    pub from: Option<String>,
    /// Whether it runs in the background.
    pub background: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Name(String),
}

impl CommandLine {
    /// Parses words, quotes, `$NAME`, `> FILE`, `< FILE`, a final `&` and a comment after ` #`.
    ///
    /// # Errors
    /// What is not understood.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut line = Self::default();
        let mut words = split(text)?.into_iter();
        while let Some(word) = words.next() {
            match &word[..] {
                [Piece::Text(text)] if text == ">" => line.into = Some(file(words.next())?),
                [Piece::Text(text)] if text == "<" => line.from = Some(file(words.next())?),
                [Piece::Text(text)] if text == "&" => line.background = true,
                _ if line.background => return Err("words after `&`".to_owned()),
                _ => line.words.push(word),
            }
        }
        Ok(line)
    }

    /// Returns the words with names replaced.
    ///
    /// # Errors
    /// A name that stands for nothing.
    pub fn words(&self, names: &Names) -> Result<Vec<String>, String> {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => Ok(text.clone()),
            Piece::Name(name) => {
                names.get(name).cloned().ok_or_else(|| format!("${name} stands for nothing"))
            }
        };
        self.words.iter().map(|word| word.iter().map(piece).collect()).collect()
    }
}

fn file(word: Option<Vec<Piece>>) -> Result<String, String> {
    match word.as_deref() {
        Some([Piece::Text(name)]) => Ok(name.clone()),
        _ => Err("a redirection needs a file".to_owned()),
    }
}

fn split(text: &str) -> Result<Vec<Vec<Piece>>, String> {
    let mut words = Vec::new();
    let mut word: Option<Vec<Piece>> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            ' ' => words.extend(word.take()),
            '#' if word.is_none() => break,
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next() {
                        None => return Err(format!("{c} without an end")),
                        Some(end) if end == c => break,
                        Some('$') if c == '"' => word.push(Piece::Name(name(&mut chars))),
                        Some(inner) => push(word, inner),
                    }
                }
                // An empty pair of quotes is a word too.
                word.push(Piece::Text(String::new()));
            }
            '$' => word.get_or_insert_default().push(Piece::Name(name(&mut chars))),
            _ => push(word.get_or_insert_default(), c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn push(word: &mut Vec<Piece>, c: char) {
    if let Some(Piece::Text(text)) = word.last_mut() {
        text.push(c);
    } else {
        word.push(Piece::Text(c.to_string()));
    }
}

fn name(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut name = String::new();
    while let Some(c) = chars.next_if(|c| c.is_ascii_uppercase() || *c == '_') {
        name.push(c);
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let names = Names::from([("CODE".to_owned(), "gw1".to_owned())]);
        CommandLine::parse(text).unwrap().words(&names).unwrap()
    }

    #[test]
    fn words_are_split_as_a_shell_does() {
        assert_eq!(
            words("goodword log ada \"a b\" 'c \"d\"' x\"y z\""),
            ["goodword", "log", "ada", "a b", "c \"d\"", "xy z"]
        );
        assert_eq!(words("a \"\" b # why"), ["a", "", "b"]);
        assert_eq!(words("goodword join $CODE"), ["goodword", "join", "gw1"]);
        assert!(CommandLine::parse("a 'b").is_err());
    }

    #[test]
    fn redirections_and_the_background_are_told_apart_from_words() {
        let line = CommandLine::parse("goodword export --json > a.json < b &").unwrap();
        assert_eq!((line.into.as_deref(), line.from.as_deref()), (Some("a.json"), Some("b")));
        assert!(line.background);
        assert_eq!(line.words(&Names::new()).unwrap(), ["goodword", "export", "--json"]);
        assert!(CommandLine::parse("a & b").is_err());
        assert!(CommandLine::parse("a >").is_err());
    }
}
