//! Folding of names for finding, sorting and matching: case, accents, punctuation, legal suffix.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds case and accents, for search: `Žofia` → `zofia`, `Straße` → `strasse`.
pub fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
        for lower in c.to_lowercase() {
            match lower {
                'ß' => folded.push_str("ss"),
                'ø' => folded.push('o'),
                'ł' => folded.push('l'),
                'đ' | 'ð' => folded.push('d'),
                'æ' => folded.push_str("ae"),
                'œ' => folded.push_str("oe"),
                'þ' => folded.push_str("th"),
                'ı' => folded.push('i'),
                other if !is_combining_mark(other) => folded.push(other),
                _ => {}
            }
        }
    }
    folded
}

/// The words of a text, folded; letters and digits make words.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| word.chars().take(WORD_CHARS_MAX).collect())
        .collect::<Vec<String>>()
        .into_iter()
}

/// The byte at which a word of `text` begins like `beginning`, which is folded.
pub(crate) fn begins_at(text: &str, beginning: &str) -> Option<usize> {
    // A combining mark is part of the word whose letter it is on.
    let is_part = |c: char| match c.is_ascii() {
        true => c.is_ascii_alphanumeric(),
        false => c.is_alphanumeric() || is_combining_mark(c),
    };
    let mut at = 0;
    for piece in text.split_inclusive(|c| !is_part(c)) {
        let word = piece.trim_end_matches(|c| !is_part(c));
        let is_found = match word.is_ascii() {
            true => word
                .get(..beginning.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(beginning)),
            false => fold(word).starts_with(beginning),
        };
        if is_found {
            return Some(at);
        }
        at += piece.len();
    }
    None
}

/// Longest word kept in the index, in characters; longer ones are found by their beginning.
const WORD_CHARS_MAX: usize = 32;

/// Legal forms that are dropped from the end of a company's name.
const LEGAL_FORMS: &[&str] = &[
    "ag",
    "gmbh",
    "kg",
    "se",
    "sa",
    "sarl",
    "sas",
    "spa",
    "srl",
    "bv",
    "nv",
    "ab",
    "as",
    "oy",
    "aps",
    "ltd",
    "limited",
    "llc",
    "llp",
    "plc",
    "inc",
    "incorporated",
    "corp",
    "corporation",
    "co",
    "company",
    "pty",
    "kk",
    "ug",
    "ev",
    "mbh",
    "holding",
    "group",
];

/// The key under which companies are one: case, accents, punctuation and legal form folded.
///
/// Empty only if the name has neither letter nor digit.
pub fn company_key(name: &str) -> String {
    // `S.A.` and `S. A.` read as one word, like `SA`.
    let joined = name.replace(['.', '\'', '’'], "");
    let mut words: Vec<String> = words(&joined).collect();
    while words.len() > 1 && words.last().is_some_and(|last| LEGAL_FORMS.contains(&last.as_str())) {
        words.pop();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_do_not_matter() {
        assert_eq!(fold("Žofia ŁĄCKA-Strauß"), "zofia lacka-strauss");
    }

    #[test]
    fn a_word_is_found_where_it_begins_whatever_its_case_and_accents() {
        assert_eq!(begins_at("Coffee with Žofia, hiring", "zof"), Some(12));
        assert_eq!(begins_at("cafe\u{301} later", "cafe"), Some(0));
        assert_eq!(begins_at("Coffee, HIRING freeze", "hiring"), Some(8));
        assert_eq!(begins_at("rehiring", "hiring"), None);
        assert_eq!(begins_at("", "hiring"), None);
    }

    #[test]
    fn a_company_is_one_whatever_its_legal_form() {
        for name in ["Sakumi AG", "SAKUMI", "Sakumi Holding S.A.", "sakumi, Inc."] {
            assert_eq!(company_key(name), "sakumi", "{name}");
        }
        assert_ne!(company_key("Sakumi Pharma"), company_key("Sakumi"));
    }

    #[test]
    fn a_company_that_is_called_like_a_legal_form_keeps_its_name() {
        assert_eq!(company_key("Group"), "group");
        assert_eq!(company_key("SE"), "se");
    }
}
