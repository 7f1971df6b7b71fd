//! A person as a vCard 3.0.
//!
//! Lossless for what `read` gives: reading a written card returns the same person. No value can
//! add a line of its own: controls are dropped, separators escaped.

use std::collections::BTreeSet;

use goodword_core::model::{Incoming, Labelled};

use super::property::{self, Property};
use super::value::{self, escape, split, without_controls};
use super::{CONNECTED_ON, Version, birthday, label};
use crate::text;

/// Longest line written, in bytes without its end (RFC 2426, section 2.6).
const LINE_BYTES_MAX: usize = 75;

/// Appends the person to `out` as a vCard 3.0 with the given `UID`.
///
/// The identifier must stay the same for the person in every export; `place` and `key` are not
/// written. Lines in `extra` that are no property, or that would break the card, are left out.
pub fn write_card(out: &mut String, uid: &str, person: &Incoming) {
    let extra = Extra::new(person);
    let mut card = Card { out, groups: extra.groups(), group: 0 };
    card.line("BEGIN:VCARD");
    card.line("VERSION:3.0");
    card.text("UID", &text::line(uid));
    card.text("FN", &text::line(&person.name));
    card.line(&extra.n(person));
    extra.org(person).iter().for_each(|line| card.line(line));
    person.title.iter().for_each(|title| card.text("TITLE", &text::line(title)));
    card.values("EMAIL", &person.emails, escape);
    card.values("TEL", &person.phones, escape);
    card.values("ADR", &person.addresses, |line| format!(";;{};;;;", escape(line)));
    card.values("URL", &person.links, |link| link.replace('\\', "\\\\"));
    person.birthday.iter().filter_map(|day| birthday::write(day)).for_each(|day| card.line(&day));
    person.notes.iter().for_each(|note| card.text("NOTE", &text::block(note)));
    let tags: Vec<String> = person.tags.iter().map(|tag| escape(&text::line(tag))).collect();
    if !tags.is_empty() {
        card.line(&format!("CATEGORIES:{}", tags.join(",")));
    }
    person.connected_on.iter().for_each(|day| card.line(&format!("{CONNECTED_ON}:{day}")));
    extra.rest().for_each(|line| card.line(line));
    card.line("END:VCARD");
}

/// The card being written.
struct Card<'a> {
    out: &'a mut String,
    /// Groups that are taken by lines kept from the source.
    groups: BTreeSet<String>,
    group: usize,
}

impl Card<'_> {
    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.line(&format!("{name}:{}", escape(value)));
        }
    }

    fn values(&mut self, name: &str, values: &[Labelled], write: impl Fn(&str) -> String) {
        for Labelled { label, value } in values {
            let (label, value) = (text::line(label), write(&text::line(value)));
            if label.is_empty() {
                self.line(&format!("{name}:{value}"));
            } else if let Some(types) = label::to_types(&label) {
                self.line(&format!("{name};TYPE={types}:{value}"));
            } else {
                let group = self.next_group();
                self.line(&format!("{group}.{name}:{value}"));
                self.line(&format!("{group}.X-ABLabel:{}", escape(&label)));
            }
        }
    }

    fn next_group(&mut self) -> String {
        loop {
            self.group += 1;
            let group = format!("item{}", self.group);
            if !self.groups.contains(&group) {
                return group;
            }
        }
    }

    /// Writes a content line, folded between characters, with CRLF.
    fn line(&mut self, line: &str) {
        let line = without_controls(line);
        let mut rest = &*line;
        let mut room = LINE_BYTES_MAX;
        while rest.len() > room {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(room));
            self.out.push_str(piece);
            self.out.push_str("\r\n ");
            rest = after;
            room = LINE_BYTES_MAX - 1;
        }
        self.out.push_str(rest);
        self.out.push_str("\r\n");
    }
}

/// The lines kept from the source, those that can be written.
struct Extra {
    lines: Vec<(String, Property)>,
}

impl Extra {
    fn new(person: &Incoming) -> Self {
        let taken = ["BEGIN", "END", "VERSION", "UID"];
        let read = |line: &String| {
            let property = property::parse_text(&without_controls(line))?;
            let line = value::content_line(&property, Version::Modern).ok()?;
            (!taken.contains(&&*property.name)).then_some((line, property))
        };
        Self { lines: person.extra.iter().filter_map(read).collect() }
    }

    fn groups(&self) -> BTreeSet<String> {
        self.lines.iter().filter_map(|(_, property)| property.group.clone()).collect()
    }

    /// Returns the lines that have no place of their own in the card.
    fn rest(&self) -> impl Iterator<Item = &str> {
        let is_rest = |(_, property): &&(String, Property)| !matches!(&*property.name, "N" | "ORG");
        self.lines.iter().filter(is_rest).map(|(line, _)| &**line)
    }

    /// Returns `N`, with the additional names, prefixes and suffixes of the source.
    fn n(&self, person: &Incoming) -> String {
        let field = |name: &Option<String>| name.as_deref().map(text::line).unwrap_or_default();
        let (mut family, given) = (field(&person.family), field(&person.given));
        let mut named = self.lines.iter().filter(|(_, property)| property.name == "N");
        let mut value = String::new();
        if let Some((line, property)) = named.next() {
            value = decoded(property);
            let [old_family, old_given, ..] = value::name_parts(&value);
            if (old_family, old_given) == (family.clone(), given.clone()) {
                return line.clone();
            }
        } else if family.is_empty() && given.is_empty() {
            family = text::line(&person.name);
        }
        let parts = split(&value, ';');
        let kept = |at: usize| parts.get(at).copied().unwrap_or_default();
        let (family, given) = (escape(&family), escape(&given));
        format!("N:{family};{given};{};{};{}", kept(2), kept(3), kept(4))
    }

    /// Returns the employer with its departments if the source has them, and other employers.
    fn org(&self, person: &Incoming) -> Vec<String> {
        let Some(company) = person.company.as_deref().map(text::line) else {
            return Vec::new();
        };
        let mut lines: Vec<(&str, bool)> = Vec::new();
        for (line, property) in self.lines.iter().filter(|(_, property)| property.name == "ORG") {
            let parts = value::org_parts(&decoded(property));
            lines.push((line, parts.first() == Some(&company)));
        }
        let own = lines.iter().position(|(_, is_own)| *is_own);
        let mut written = vec![match own {
            Some(at) => lines.remove(at).0.to_owned(),
            None => format!("ORG:{}", escape(&company)),
        }];
        written.extend(lines.into_iter().map(|(line, _)| line.to_owned()));
        written
    }
}

fn decoded(property: &Property) -> String {
    value::decode(property, Version::Modern).map_or_else(|_| String::new(), |value| value.text)
}
