//! What a value is called: `TYPE` parameters and Apple's labels in, the same out.
//!
//! A label that `TYPE` can say comes back as `TYPE`, any other as `X-ABLabel`; both return the
//! same label when they are read again.

use super::property::Property;
use crate::limits::TYPES_MAX;
use crate::text;

/// Words of labels with their `TYPE`, in the order in which labels name them.
const WORDS: [(&str, &str); 8] = [
    ("work", "WORK"),
    ("home", "HOME"),
    ("other", "OTHER"),
    ("main", "MAIN"),
    ("mobile", "CELL"),
    ("fax", "FAX"),
    ("pager", "PAGER"),
    ("car", "CAR"),
];

/// Types that tell the user nothing.
const SILENT: [&str; 13] = [
    "VOICE", "PREF", "INTERNET", "MSG", "TEXT", "VIDEO", "X400", "INTL", "DOM", "POSTAL", "PARCEL",
    "URI", "X-CUSTOM",
];

/// Returns the label that the property's own parameters give.
pub(super) fn of_types(property: &Property) -> String {
    let mut known = [false; WORDS.len()];
    let mut custom: Vec<String> = Vec::new();
    for value in property.param("TYPE").take(TYPES_MAX) {
        let (upper, lower) = (value.to_uppercase(), value.to_lowercase());
        let word = if upper == "MOBILE" { "CELL" } else { &*upper };
        if let Some(at) = WORDS.iter().position(|(_, name)| *name == word) {
            known[at] = true;
        } else if !SILENT.contains(&word) {
            let is_shouted = *value == upper;
            let name = text::line(if is_shouted { &lower } else { value });
            let name = match name.get(..2) {
                Some("x-" | "X-") => name[2..].to_owned(),
                _ => name,
            };
            if !name.is_empty() && !custom.contains(&name) {
                custom.push(name);
            }
        }
    }
    let words = WORDS.iter().zip(known).filter(|(_, is_said)| *is_said);
    let mut label: Vec<&str> = words.map(|((word, _), _)| *word).collect();
    label.extend(custom.iter().map(String::as_str));
    label.join(" ")
}

/// Returns the label in an `X-ABLabel`; Apple's own stand between `_$!<` and `>!$_`.
pub(super) fn of_apple(value: &str) -> String {
    let value = text::line(value);
    match value.strip_prefix("_$!<").and_then(|rest| rest.strip_suffix(">!$_")) {
        Some(own) => own.to_lowercase(),
        None => value,
    }
}

/// Returns the `TYPE` that reads back as exactly this label, if there is one.
pub(super) fn to_types(label: &str) -> Option<String> {
    let place = |word: &str| WORDS.iter().position(|(known, _)| *known == word);
    let places: Vec<usize> = label.split(' ').map(place).collect::<Option<_>>()?;
    if !places.is_sorted_by(|a, b| a < b) {
        return None;
    }
    let types: Vec<&str> = places.iter().map(|at| WORDS[*at].1).collect();
    Some(types.join(","))
}

/// Whether the property is marked as the preferred one of its kind.
pub(super) fn is_preferred(property: &Property) -> bool {
    let mut types = property.param("TYPE");
    types.any(|value| value.eq_ignore_ascii_case("PREF"))
        || property.param("PREF").next() == Some("1")
}
