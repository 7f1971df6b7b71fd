//! Expected output with holes in it.
//!
//! `[..]` stands for any part of a line, with more dots to keep columns straight; a line `...` for
//! any number of lines; `[NAME]` for whatever stands there the first time, and for the same ever
//! after in one story.

use std::collections::BTreeMap;

/// What the names in a story stand for.
pub type Names = BTreeMap<String, String>;

/// A piece of an expected line.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Anything,
    Name(&'a str),
}

/// Returns the names as they are after `actual` was found to be as `expected`; `None` if it is not.
pub fn matches(expected: &[&str], actual: &[&str], names: &Names) -> Option<Names> {
    let Some((first, rest)) = expected.split_first() else {
        return actual.is_empty().then(|| names.clone());
    };
    if first.trim() == "..." {
        return (0..=actual.len()).find_map(|skipped| matches(rest, &actual[skipped..], names));
    }
    let (line, others) = actual.split_first()?;
    let names = line_matches(first, line, names)?;
    matches(rest, others, &names)
}

/// `matches` for one line; spaces at the end do not count.
pub fn line_matches(expected: &str, actual: &str, names: &Names) -> Option<Names> {
    pieces_match(&pieces(expected.trim_end()), actual.trim_end(), names)
}

fn pieces_match(pieces: &[Piece<'_>], actual: &str, names: &Names) -> Option<Names> {
    let Some((first, rest)) = pieces.split_first() else {
        return actual.is_empty().then(|| names.clone());
    };
    match first {
        Piece::Text(text) => pieces_match(rest, actual.strip_prefix(text)?, names),
        Piece::Anything => ends(actual).find_map(|end| pieces_match(rest, &actual[end..], names)),
        Piece::Name(name) => {
            if let Some(value) = names.get(*name) {
                return pieces_match(rest, actual.strip_prefix(value.as_str())?, names);
            }
            ends(actual).skip(1).find_map(|end| {
                let mut names = names.clone();
                names.insert((*name).to_owned(), actual[..end].to_owned());
                pieces_match(rest, &actual[end..], &names)
            })
        }
    }
}

/// Every place at which a part of `text` from its beginning can end.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()])
}

fn pieces(line: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut text, mut from) = (0, 0);
    while let Some(open) = line[from..].find('[').map(|at| at + from) {
        let close = line[open..].find(']').map(|at| at + open);
        let hole = close.and_then(|close| {
            let inner = &line[open + 1..close];
            let is_name =
                inner.len() > 1 && inner.chars().all(|c| c.is_ascii_uppercase() || c == '_');
            let is_dots = inner.len() > 1 && inner.chars().all(|c| c == '.');
            let hole = match inner {
                _ if is_dots => Piece::Anything,
                _ if is_name => Piece::Name(inner),
                _ => return None,
            };
            Some((hole, close + 1))
        });
        from = open + 1;
        if let Some((hole, end)) = hole {
            pieces.push(Piece::Text(&line[text..open]));
            pieces.push(hole);
            (text, from) = (end, end);
        }
    }
    pieces.push(Piece::Text(&line[text..]));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(expected: &str, actual: &str) -> Option<Names> {
        let lines = |text: &'static str| text.lines().collect::<Vec<_>>();
        let (expected, actual) = (expected.to_owned().leak(), actual.to_owned().leak());
        matches(&lines(expected), &lines(actual), &Names::new())
    }

    #[test]
    fn plain_lines_must_be_equal() {
        assert!(holds("a\nb", "a\nb  ").is_some());
        assert!(holds("a\nb", "a").is_none());
        assert!(holds("a", "a\nb").is_none());
        assert!(holds("[1, 2]", "[1, 2]").is_some());
    }

    #[test]
    fn two_dots_stand_for_any_part_of_a_line() {
        assert!(holds("took [..] ms", "took 12 ms").is_some());
        assert!(holds("[..]x[....]", "axbx").is_some());
        assert!(holds("took [..] ms", "took 12 s").is_none());
    }

    #[test]
    fn three_dots_stand_for_any_number_of_lines() {
        assert!(holds("a\n...\nz", "a\nz").is_some());
        assert!(holds("a\n...\nz", "a\nb\nc\nz").is_some());
        assert!(holds("a\n...\nz", "a\nb").is_none());
        assert!(holds("...", "").is_some());
    }

    #[test]
    fn a_name_stands_for_what_is_there_first_and_the_same_ever_after() {
        let names = holds("join [CODE]\nagain [CODE].", "join gw1x\nagain gw1x.");
        assert_eq!(names.unwrap()["CODE"], "gw1x");
        assert!(holds("join [CODE]\nagain [CODE]", "join gw1x\nagain gw1y").is_none());
    }
}
