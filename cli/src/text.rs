//! Words on their way to a terminal: made harmless, measured, cut, counted.
//!
//! Text that others wrote (names in an imported file, notes) may hold control characters, escape
//! sequences and direction overrides; none of them reaches the terminal.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Says that something was cut away.
const ELLIPSIS: char = '…';

/// Returns `text` in one line, without anything that a terminal would act upon.
pub fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let spaced: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_harmful(*c))
        .collect();
    Cow::Owned(spaced)
}

/// Returns the lines of `text`, each made harmless.
pub fn clean_lines(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    text.lines().map(clean)
}

/// Control characters, and the marks that turn the direction of what follows.
fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Returns a message of the system without the number that it has for programmers:
/// `No such file or directory (os error 2)` without its end.
pub fn without_numbers(message: &str) -> String {
    let mut rest = message;
    let mut out = String::with_capacity(message.len());
    while let Some((before, after)) = rest.split_once(" (os error ") {
        let Some((number, end)) = after.split_once(')') else { break };
        let is_number = number.strip_prefix('-').unwrap_or(number).parse::<u32>().is_ok();
        out.push_str(before);
        if !is_number {
            out.push_str(&rest[before.len()..rest.len() - end.len()]);
        }
        rest = end;
    }
    out + rest
}

/// Returns how many columns of a terminal `text` takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Returns `text` in at most `columns` columns, with `…` in the last one if something was cut.
pub fn truncate(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut cut = String::new();
    let mut used = 0;
    for c in text.chars() {
        let next = used + c.width().unwrap_or(0);
        if next + 1 > columns {
            break;
        }
        used = next;
        cut.push(c);
    }
    let kept = cut.trim_end().len();
    cut.truncate(kept);
    if columns > 0 {
        cut.push(ELLIPSIS);
    }
    Cow::Owned(cut)
}

/// Breaks `text` into lines of at most `columns` columns, between words where possible.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let (mut line, mut used) = (String::new(), 0);
    for word in text.split_whitespace() {
        let wide = width(word);
        if !line.is_empty() && used + 1 + wide > columns {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if !line.is_empty() {
            line.push(' ');
            used += 1;
        }
        if used + wide <= columns {
            line.push_str(word);
            used += wide;
            continue;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += wide;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Returns `count` with its noun: `1 person`, `3,112 people`.
pub fn count(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(count), if count == 1 { one } else { many })
}

/// Returns `number` with its thousands apart.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns `1st`, `2nd`, `3rd`, `4th`, `11th`.
pub fn ordinal(number: u64) -> String {
    let suffix = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{}{suffix}", thousands(number))
}

/// Joins `Ada`, `Ada and Bo`, `Ada, Bo and Leo`.
pub fn list<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}

/// Returns `VP Marketing at Sakumi`, or what is known of it.
pub fn work(title: Option<&str>, company: Option<&str>) -> String {
    let known: Vec<&str> = [title, company].into_iter().flatten().collect();
    known.join(" at ")
}

/// Returns `Ada Rilo, VP Marketing at Sakumi`, `Ada Rilo at Sakumi`, `Ada Rilo`.
pub fn introduce(name: &str, title: Option<&str>, company: Option<&str>) -> String {
    match (title, company) {
        (None, None) => name.to_owned(),
        (None, Some(company)) => format!("{name} at {company}"),
        (Some(_), _) => format!("{name}, {}", work(title, company)),
    }
}

/// Returns `text` with its first letter a capital.
pub fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Returns what users see of a size in bytes.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_overrides_lose_their_power() {
        assert_eq!(clean("Ada\u{1b}[31m Rilo"), "Ada[31m Rilo");
        assert_eq!(clean("Ada\r\nRilo\t2\u{9b}"), "Ada  Rilo 2");
        assert_eq!(clean("a\u{202e}cba"), "acba");
        assert_eq!(clean("Łódź 東京"), "Łódź 東京");
    }

    #[test]
    fn text_is_cut_by_columns_not_by_characters() {
        assert_eq!(truncate("東京都庁", 5), "東京…");
        assert_eq!(truncate("東京都庁", 8), "東京都庁");
        assert_eq!(truncate("Ada Rilo", 5), "Ada…");
        assert_eq!(truncate("Ada", 0), "");
    }

    #[test]
    fn lines_break_between_words_and_inside_only_if_a_word_is_too_long() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert!(wrap("  ", 3).is_empty());
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(1_234_567), "1,234,567");
        assert_eq!(count(1, "person", "people"), "1 person");
        assert_eq!(count(3112, "person", "people"), "3,112 people");
        let ordinals: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 21, 112].map(ordinal).into();
        assert_eq!(ordinals, ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th"]);
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_550), "1.5 kB");
        assert_eq!(bytes(20_000_000), "20.0 MB");
        assert_eq!(list(&["Ada", "Bo", "Leo"]), "Ada, Bo and Leo");
    }

    #[test]
    fn people_are_introduced_by_what_is_known_of_them() {
        assert_eq!(introduce("Ada", Some("VP"), Some("Sakumi")), "Ada, VP at Sakumi");
        assert_eq!(introduce("Ada", None, Some("Sakumi")), "Ada at Sakumi");
        assert_eq!(introduce("Ada", Some("VP"), None), "Ada, VP");
        assert_eq!(introduce("Ada", None, None), "Ada");
    }
}
