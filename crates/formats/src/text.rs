//! Text made safe to show and to compare: no control characters, no invisible direction marks.
//!
//! Changes no letter and no accent; what remains is what a reader sees.

use crate::Reason;
use crate::limits::{FIELD_BYTES_MAX, NOTE_BYTES_MAX, WARNINGS_MAX};

const EXCERPT_CHARS: usize = 60;

/// Returns the text as one line: white space collapsed, controls and invisible characters gone.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = true;
        } else if !c.is_control() && !is_invisible(c) && !is_stray_joiner(c, &out, gap) {
            if gap && !out.is_empty() {
                out.push(' ');
            }
            gap = false;
            out.push(c);
        }
    }
    let kept = out.trim_end_matches(is_joiner).len();
    out.truncate(kept);
    out
}

/// Returns the text with its line breaks as LF and without other controls, trimmed.
pub(crate) fn block(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push('\t'),
            c if c.is_control() || c == '\u{feff}' => {}
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// Returns the start of the text, fit to be quoted in a message.
pub(crate) fn excerpt(text: &str) -> String {
    let text = line(text);
    match text.char_indices().nth(EXCERPT_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// Returns the byte that two hexadecimal digits at the start stand for.
pub(crate) fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*bytes.get(at)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// Cleans values and gathers what had to be said about them.
#[derive(Default)]
pub(crate) struct Cleaner {
    pub(crate) warnings: Vec<Reason>,
}

impl Cleaner {
    /// Returns the text as one line within [`FIELD_BYTES_MAX`], or nothing if nothing is left.
    pub(crate) fn field(&mut self, text: &str) -> Option<String> {
        self.within(line(text), FIELD_BYTES_MAX)
    }

    /// Returns the text as lines within [`NOTE_BYTES_MAX`], or nothing if nothing is left.
    pub(crate) fn note(&mut self, text: &str) -> Option<String> {
        self.within(block(text), NOTE_BYTES_MAX)
    }

    /// Notes a warning, unless there are enough.
    pub(crate) fn warn(&mut self, reason: Reason) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(reason);
        }
    }

    fn within(&mut self, mut text: String, limit: usize) -> Option<String> {
        if text.len() > limit {
            text.truncate(text.floor_char_boundary(limit));
            text.truncate(text.trim_end().len());
            self.warn(Reason::Cut { limit });
        }
        (!text.is_empty()).then_some(text)
    }
}

/// Direction marks and overrides, zero-width spaces, tags: seen by nobody, told apart by programs.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Joiners belong to the spelling of Persian and Indic names (and of emoji), never to Latin ones.
fn is_stray_joiner(c: char, before: &str, gap: bool) -> bool {
    let last = before.chars().next_back().filter(|_| !gap);
    is_joiner(c) && last.is_none_or(|last| last.is_ascii() || is_joiner(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_invisible_characters_are_stripped_from_lines() {
        assert_eq!(line(" Ada\u{0}\u{1b}[31m\t\u{202e}Ri\u{200b}lo\r\n"), "Ada[31m Rilo");
        assert_eq!(line("\u{202d}+49 30 1\u{202c}"), "+49 30 1");
        assert_eq!(line("Bo\u{200d}"), "Bo");
    }

    #[test]
    fn a_joiner_that_spells_a_persian_name_is_kept() {
        assert_eq!(line("علی\u{200c}رضا"), "علی\u{200c}رضا");
    }

    #[test]
    fn a_note_keeps_its_lines_and_loses_its_controls() {
        assert_eq!(block("one\r\ntwo\rthree\u{7}\n"), "one\ntwo\nthree");
    }

    #[test]
    fn a_value_is_cut_between_characters_and_says_so() {
        let mut cleaner = Cleaner::default();
        let long = "ü".repeat(FIELD_BYTES_MAX);
        let kept = cleaner.field(&long).unwrap();
        assert_eq!(kept.len(), FIELD_BYTES_MAX);
        assert_eq!(cleaner.warnings, [Reason::Cut { limit: FIELD_BYTES_MAX }]);
    }
}
