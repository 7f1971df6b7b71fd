//! One content line taken apart: group, name, parameters, value.
//!
//! The value stays bytes; `value` decodes it. A line without a name and a colon is no property.

use super::unfold::Unfolded;

/// One property.
#[derive(Debug)]
pub(super) struct Property {
    /// The group, in lower case: `item1`.
    pub(super) group: Option<String>,
    /// The name, in upper case.
    pub(super) name: String,
    /// Parameter names in upper case with their values; a bare `HOME` is a `TYPE`, a bare
    /// `BASE64` an `ENCODING`.
    pub(super) params: Vec<(String, Vec<String>)>,
    /// The whole content line.
    pub(super) line: Vec<u8>,
    colon: usize,
    pieces: Vec<(usize, u64)>,
}

impl Property {
    /// Returns the bytes after the colon.
    pub(super) fn value(&self) -> &[u8] {
        self.line.get(self.colon + 1..).unwrap_or_default()
    }

    /// Returns the values of a parameter in all its occurrences.
    pub(super) fn param<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.params.iter().filter(move |(found, _)| found == name);
        named.flat_map(|(_, values)| values.iter().map(String::as_str))
    }

    /// Whether the value is quoted-printable.
    pub(super) fn is_quoted_printable(&self) -> bool {
        self.param("ENCODING").any(|value| value.eq_ignore_ascii_case("QUOTED-PRINTABLE"))
    }

    /// Whether the value is the address of something on the web, and not the thing itself.
    pub(super) fn is_address(&self) -> bool {
        let encoded = self.param("ENCODING").any(|encoding| {
            encoding.eq_ignore_ascii_case("B") || encoding.eq_ignore_ascii_case("BASE64")
        });
        let value = self.value();
        let start = &value[..value.len().min(16)];
        !encoded && start.windows(2).any(|pair| pair == b"//")
    }

    /// Returns where in the file the byte at `position` of the line stands.
    pub(super) fn offset(&self, position: usize) -> u64 {
        let before = self.pieces.iter().rfind(|(at, _)| *at <= position);
        before.map_or(0, |(at, offset)| offset + (position - at) as u64)
    }

    /// Returns the position of the value in the line.
    pub(super) fn value_at(&self) -> usize {
        self.colon + 1
    }
}

/// Takes a content line apart, or returns nothing if it is no property.
pub(super) fn parse(unfolded: Unfolded) -> Option<Property> {
    let line = unfolded.bytes;
    let colon = colon(&line, true).or_else(|| colon(&line, false))?;
    let header = String::from_utf8_lossy(&line[..colon]);
    let mut parts = split_unquoted(&header, ';').into_iter();
    let full_name = parts.next()?.trim();
    let (group, name) = match full_name.rsplit_once('.') {
        Some((group, name)) => (Some(group.to_lowercase()), name),
        None => (None, full_name),
    };
    if !is_name(name) || !group.as_deref().is_none_or(is_name) {
        return None;
    }
    Some(Property {
        name: name.to_ascii_uppercase(),
        params: parts.filter_map(parameter).collect(),
        group,
        colon,
        pieces: unfolded.pieces,
        line,
    })
}

/// Takes a content line of text apart.
pub(super) fn parse_text(line: &str) -> Option<Property> {
    parse(Unfolded { number: 0, pieces: vec![(0, 0)], bytes: line.as_bytes().to_vec(), cut: false })
}

fn is_name(text: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    !text.is_empty() && text.bytes().all(is_fit)
}

fn colon(line: &[u8], with_quotes: bool) -> Option<usize> {
    let mut quoted = false;
    line.iter().position(|byte| {
        quoted ^= with_quotes && *byte == b'"';
        *byte == b':' && !quoted
    })
}

fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c: char| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .collect()
}

fn parameter(text: &str) -> Option<(String, Vec<String>)> {
    let text = text.trim();
    if let Some(label) = android_label(text) {
        return Some(("TYPE".to_owned(), vec![label]));
    }
    let Some((name, values)) = text.split_once('=') else {
        return bare(text);
    };
    let name = name.trim().to_ascii_uppercase();
    let mut values: Vec<String> = split_unquoted(values, ',')
        .into_iter()
        .map(|value| value.trim().trim_matches('"').to_owned())
        .collect();
    if name == "TYPE" {
        // Version 4.0 quotes whole lists: TYPE="voice,home".
        let lists = values.iter().flat_map(|value| value.split(','));
        values = lists.map(|value| value.trim().to_owned()).collect();
    }
    Some((name, values))
}

fn bare(text: &str) -> Option<(String, Vec<String>)> {
    let encodings = ["QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT"];
    let is_encoding = encodings.iter().any(|name| name.eq_ignore_ascii_case(text));
    let name = if is_encoding { "ENCODING" } else { "TYPE" };
    (!text.is_empty()).then(|| (name.to_owned(), vec![text.to_owned()]))
}

/// Android writes custom labels as `X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=46=6F)`.
fn android_label(text: &str) -> Option<String> {
    let start = "X-CUSTOM(";
    let inner = text.get(start.len()..)?.strip_suffix(')')?;
    if !text.get(..start.len())?.eq_ignore_ascii_case(start) {
        return None;
    }
    let encoded = inner.rsplit(',').next()?;
    let bytes = super::value::unquoted_printable(encoded.as_bytes());
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
