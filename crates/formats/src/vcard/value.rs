//! Values: transfer encoding, charset, escapes, components.
//!
//! The order is fixed: quoted-printable gives bytes, the charset gives text, the text is split,
//! and only then are escapes undone.

use encoding_rs::{Encoding, WINDOWS_1252};

use super::Version;
use super::property::Property;
use crate::{Reason, text};

/// A decoded value, with the name of its charset if that is not known.
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) unknown_charset: Option<String>,
}

/// Returns the value as text, escapes still in it.
///
/// Bytes without a charset are UTF-8. If they are not, then in version 2.1 and in
/// quoted-printable they are Windows-1252 (Outlook), and in a plain modern value an error.
pub(super) fn decode(property: &Property, version: Version) -> Result<Decoded, Reason> {
    let quoted = property.is_quoted_printable();
    let bytes = match quoted {
        true => unquoted_printable(property.value()),
        false => property.value().to_vec(),
    };
    let name = property.param("CHARSET").next();
    let charset = name.and_then(|name| Encoding::for_label(name.trim().as_bytes()));
    let unknown_charset = name.filter(|_| charset.is_none()).map(text::excerpt);
    let text = match charset {
        Some(charset) if charset != encoding_rs::UTF_8 => {
            charset.decode_without_bom_handling(&bytes).0.into_owned()
        }
        _ => match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(foreign) if quoted || name.is_some() || version == Version::Legacy => {
                WINDOWS_1252.decode_without_bom_handling(foreign.as_bytes()).0.into_owned()
            }
            Err(foreign) => {
                let position = property.value_at() + foreign.utf8_error().valid_up_to();
                let offset = property.offset(position);
                return Err(Reason::NotUtf8 { offset });
            }
        },
    };
    Ok(Decoded { text, unknown_charset })
}

/// Undoes quoted-printable; what is not an escape stays.
pub(super) fn unquoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (*first == b'=').then(|| text::hex_pair(after)).flatten() {
            Some(byte) => {
                out.push(byte);
                rest = &after[2..];
            }
            None => out.push(*first),
        }
    }
    out
}

/// Splits at a separator that no backslash precedes; the parts keep their escapes.
pub(super) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut escaped = false;
    text.split(|c: char| {
        let splits = c == separator && !escaped;
        escaped = c == '\\' && !escaped;
        splits
    })
    .collect()
}

/// Returns the components of `N`: family, given, additional, prefix, suffix.
pub(super) fn name_parts(value: &str) -> [String; 5] {
    let mut parts = split(value, ';').into_iter().map(|part| {
        // A component may be a list: "Maria,Luisa".
        let names: Vec<String> = split(part, ',').into_iter().map(unescape).collect();
        text::line(&names.join(" "))
    });
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// Returns the components of `ORG` that are not empty: the employer, its departments.
pub(super) fn org_parts(value: &str) -> Vec<String> {
    let parts = split(value, ';').into_iter().map(|part| text::line(&unescape(part)));
    parts.filter(|part| !part.is_empty()).collect()
}

/// Undoes backslash escapes; an unknown one stays as it is.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n' | 'N') => out.push('\n'),
            Some(c @ ('\\' | ',' | ';' | ':')) => out.push(c),
            Some(c) => out.extend(['\\', c]),
            None => out.push('\\'),
        }
    }
    out
}

/// Escapes text for a version 3.0 value.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\\' | ',' | ';' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// Returns the property as a content line that is valid in version 3.0.
///
/// A modern line stays as it is; a legacy one, or one with a charset or quoted-printable, is
/// written anew from its decoded value.
pub(super) fn content_line(property: &Property, version: Version) -> Result<String, Reason> {
    let encoded = property.is_quoted_printable() || property.param("CHARSET").next().is_some();
    if version == Version::Modern && !encoded {
        return match std::str::from_utf8(&property.line) {
            Ok(line) => Ok(without_controls(line)),
            Err(foreign) => Err(Reason::NotUtf8 { offset: property.offset(foreign.valid_up_to()) }),
        };
    }
    let mut line = String::new();
    if let Some(group) = &property.group {
        line.push_str(group);
        line.push('.');
    }
    line.push_str(&property.name);
    let mut base64 = false;
    for (name, values) in &property.params {
        let value = values.join(",");
        match (&**name, value.to_ascii_uppercase().as_str()) {
            ("CHARSET", _) | ("ENCODING", "QUOTED-PRINTABLE" | "8BIT" | "7BIT") => {}
            ("ENCODING", "BASE64" | "B") => {
                base64 = true;
                line.push_str(";ENCODING=b");
            }
            _ => line.push_str(&format!(";{name}={}", param_value(&value))),
        }
    }
    let mut value = decode(property, version)?.text.replace("\r\n", "\n");
    if base64 {
        value.retain(|c| !c.is_whitespace());
    }
    line.push(':');
    line.push_str(&value.replace(['\n', '\r'], "\\n"));
    Ok(without_controls(&line))
}

/// Drops what could end a line or act on a terminal; tabs stay.
pub(super) fn without_controls(line: &str) -> String {
    let is_fit = |c: &char| *c == '\t' || !(c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
    line.chars().filter(is_fit).collect()
}

fn param_value(value: &str) -> String {
    let value = value.replace('"', "'");
    match value.contains([':', ';']) {
        true => format!("\"{value}\""),
        false => value,
    }
}
