//! One card as a person.
//!
//! What has no field of its own is kept as content lines that are valid in version 3.0, among
//! them an `N` or `ORG` that says more than the fields do. Metadata of the file (`PRODID`, `REV`)
//! is not kept.

use std::collections::{BTreeMap, BTreeSet};

use goodword_core::model::{Incoming, Labelled};

use super::property::Property;
use super::value::{self, split, unescape};
use super::{CONNECTED_ON, Version, birthday, label};
use crate::Reason;
use crate::limits::{KEY_BYTES_MAX, TAGS_MAX};
use crate::text::{self, Cleaner};

/// Why a card gives no person.
pub(super) enum Refused {
    /// It is sound but holds none.
    Skipped(Reason),
    /// It is broken.
    Rejected(Reason),
}

/// A card on its way to become a person.
#[derive(Default)]
struct Sheet {
    version: Version,
    person: Incoming,
    cleaner: Cleaner,
    /// Apple's labels by group.
    labels: BTreeMap<String, String>,
    /// Groups whose label went into a field.
    used: BTreeSet<String>,
    /// Lines without a field, each with the group that it says something about.
    extra: Vec<(Option<String>, String)>,
    /// How many preferred values lead each list, by property name.
    preferred: BTreeMap<String, usize>,
    /// Additional names, prefix and suffix of `N`, in the order in which they are spoken.
    spoken: Option<String>,
    is_group: bool,
}

/// Makes a person of a card's properties.
pub(super) fn person(
    place: u64,
    version: Version,
    properties: &[Property],
    warnings: Vec<Reason>,
) -> Result<(Incoming, Vec<Reason>), Refused> {
    let mut sheet = Sheet { version, cleaner: Cleaner { warnings }, ..Sheet::default() };
    sheet.person.place = place;
    sheet.read_labels(properties).map_err(Refused::Rejected)?;
    for property in properties {
        sheet.take(property).map_err(Refused::Rejected)?;
    }
    if sheet.is_group {
        return Err(Refused::Skipped(Reason::Group));
    }
    if !sheet.name() {
        return Err(Refused::Skipped(Reason::WithoutName));
    }
    let Sheet { mut person, cleaner, used, extra, .. } = sheet;
    let is_left = |group: Option<String>| group.is_none_or(|group| !used.contains(&group));
    let lines = extra.into_iter().filter_map(|(group, line)| is_left(group).then_some(line));
    person.extra = lines.collect();
    Ok((person, cleaner.warnings))
}

impl Sheet {
    fn read_labels(&mut self, properties: &[Property]) -> Result<(), Reason> {
        for property in properties.iter().filter(|property| property.name == "X-ABLABEL") {
            if let Some(group) = &property.group {
                let value = unescape(&self.decode(property)?);
                let value = self.cleaner.field(&label::of_apple(&value));
                self.labels.insert(group.clone(), value.unwrap_or_default());
            }
        }
        Ok(())
    }

    fn take(&mut self, property: &Property) -> Result<(), Reason> {
        match &*property.name {
            "BEGIN" | "END" | "VERSION" | "PRODID" | "REV" => {}
            "UID" if self.person.key.is_none() => self.uid(property)?,
            "FN" if self.person.name.is_empty() => {
                self.person.name = self.one(property)?.unwrap_or_default();
            }
            "N" => self.n(property)?,
            "ORG" if self.person.company.is_none() => self.org(property)?,
            "TITLE" if self.person.title.is_none() => self.person.title = self.one(property)?,
            "EMAIL" => self.email(property)?,
            "TEL" => self.tel(property)?,
            "ADR" => self.adr(property)?,
            "URL" => self.url(property)?,
            "X-SOCIALPROFILE" | "SOCIALPROFILE" => self.profile(property)?,
            "BDAY" if self.person.birthday.is_none() => self.bday(property)?,
            "NOTE" => {
                let note = unescape(&self.decode(property)?);
                self.person.notes.extend(self.cleaner.note(&note));
            }
            "CATEGORIES" => self.categories(property)?,
            "KIND" | "X-ADDRESSBOOKSERVER-KIND" => {
                self.is_group |= self.decode(property)?.trim().eq_ignore_ascii_case("group");
                self.keep(property)?;
            }
            CONNECTED_ON if self.person.connected_on.is_none() => self.connected(property)?,
            "X-ABLABEL" | "X-ABADR" => {
                let line = value::content_line(property, self.version)?;
                self.extra.push((property.group.clone(), line));
            }
            _ => self.keep(property)?,
        }
        Ok(())
    }

    fn decode(&mut self, property: &Property) -> Result<String, Reason> {
        let decoded = value::decode(property, self.version)?;
        if let Some(name) = decoded.unknown_charset {
            self.cleaner.warn(Reason::Charset { name });
        }
        Ok(decoded.text)
    }

    fn keep(&mut self, property: &Property) -> Result<(), Reason> {
        let line = value::content_line(property, self.version)?;
        self.extra.push((None, line));
        Ok(())
    }

    fn one(&mut self, property: &Property) -> Result<Option<String>, Reason> {
        let value = unescape(&self.decode(property)?);
        Ok(self.cleaner.field(&value))
    }

    fn uid(&mut self, property: &Property) -> Result<(), Reason> {
        let uid = text::line(&unescape(&self.decode(property)?));
        let key = format!("vcard:{uid}");
        if !uid.is_empty() && key.len() <= KEY_BYTES_MAX {
            self.person.key = Some(key);
        }
        Ok(())
    }

    fn n(&mut self, property: &Property) -> Result<(), Reason> {
        if self.spoken.is_some() {
            return Ok(());
        }
        let value = self.decode(property)?;
        let [family, given, additional, prefix, suffix] = value::name_parts(&value);
        if [&additional, &prefix, &suffix].iter().any(|part| !part.is_empty()) {
            self.keep(property)?;
        }
        let spoken = [&prefix, &given, &additional, &family, &suffix].map(String::as_str);
        self.spoken = Some(text::line(&spoken.join(" ")));
        self.person.family = self.cleaner.field(&family);
        self.person.given = self.cleaner.field(&given);
        Ok(())
    }

    fn org(&mut self, property: &Property) -> Result<(), Reason> {
        let value = self.decode(property)?;
        let parts = value::org_parts(&value);
        self.used.extend(property.group.clone());
        if parts.len() > 1 {
            self.keep(property)?;
        }
        self.person.company = parts.first().and_then(|part| self.cleaner.field(part));
        Ok(())
    }

    fn email(&mut self, property: &Property) -> Result<(), Reason> {
        let value = unescape(&self.decode(property)?);
        let labelled = self.labelled(property, without_scheme(&value, "mailto:"));
        let at = self.rank(property);
        insert(&mut self.person.emails, at, labelled);
        Ok(())
    }

    fn tel(&mut self, property: &Property) -> Result<(), Reason> {
        let value = unescape(&self.decode(property)?);
        let labelled = self.labelled(property, without_scheme(&value, "tel:"));
        let at = self.rank(property);
        insert(&mut self.person.phones, at, labelled);
        Ok(())
    }

    fn adr(&mut self, property: &Property) -> Result<(), Reason> {
        let value = self.decode(property)?;
        let mut lines = filled_lines(split(&value, ';'));
        if lines.is_empty() {
            lines = filled_lines(property.param("LABEL").collect());
        }
        let labelled = self.labelled(property, &lines.join(", "));
        let at = self.rank(property);
        insert(&mut self.person.addresses, at, labelled);
        Ok(())
    }

    fn url(&mut self, property: &Property) -> Result<(), Reason> {
        let value = unescape(&self.decode(property)?);
        let labelled = self.labelled(property, &value);
        let at = self.rank(property);
        insert(&mut self.person.links, at, labelled);
        Ok(())
    }

    /// A profile is a link if it is an address; a bare user name stays a line of its own.
    fn profile(&mut self, property: &Property) -> Result<(), Reason> {
        let value = unescape(&self.decode(property)?);
        if !(value.starts_with("https://") || value.starts_with("http://")) {
            return self.keep(property);
        }
        let mut labelled = self.labelled(property, &value);
        if let Some(labelled) = &mut labelled
            && let Some(service) = property.param("SERVICE-TYPE").next()
        {
            labelled.label = self.cleaner.field(&service.to_lowercase()).unwrap_or_default();
        }
        self.person.links.extend(labelled);
        Ok(())
    }

    fn bday(&mut self, property: &Property) -> Result<(), Reason> {
        let written = self.decode(property)?;
        let omitted = property.param("X-APPLE-OMIT-YEAR").next();
        self.person.birthday = birthday::read(&unescape(&written), omitted);
        if self.person.birthday.is_none() && !written.trim().is_empty() {
            let text = text::excerpt(&written);
            self.cleaner.warn(Reason::UnknownDate { text });
            self.keep(property)?;
        }
        Ok(())
    }

    fn connected(&mut self, property: &Property) -> Result<(), Reason> {
        let written = self.decode(property)?;
        match written.trim().parse() {
            Ok(date) => self.person.connected_on = Some(date),
            Err(_) => {
                let text = text::excerpt(&written);
                self.cleaner.warn(Reason::UnknownDate { text });
            }
        }
        Ok(())
    }

    fn categories(&mut self, property: &Property) -> Result<(), Reason> {
        let value = self.decode(property)?;
        for tag in split(&value, ',') {
            if self.person.tags.len() >= TAGS_MAX {
                self.cleaner.warn(Reason::TooManyTags { limit: TAGS_MAX });
                break;
            }
            self.person.tags.extend(self.cleaner.field(&unescape(tag)));
        }
        Ok(())
    }

    fn labelled(&mut self, property: &Property, value: &str) -> Option<Labelled> {
        let value = self.cleaner.field(value)?;
        let apple = property.group.as_ref().and_then(|group| self.labels.get(group));
        let label = apple.cloned().unwrap_or_else(|| label::of_types(property));
        self.used.extend(property.group.clone());
        let label = self.cleaner.field(&label).unwrap_or_default();
        Some(Labelled { label, value })
    }

    /// Returns where in its list the value belongs: preferred ones lead, in file order.
    fn rank(&mut self, property: &Property) -> usize {
        if !label::is_preferred(property) {
            return usize::MAX;
        }
        let leading = self.preferred.entry(property.name.clone()).or_default();
        *leading += 1;
        *leading - 1
    }

    /// Makes sure of a name: from `N`, the employer or an e-mail address if `FN` gives none.
    fn name(&mut self) -> bool {
        let person = &mut self.person;
        if person.name.is_empty() {
            let spoken = self.spoken.take().filter(|name| !name.is_empty());
            let email = person.emails.first().map(|email| email.value.clone());
            let name = spoken.or_else(|| person.company.clone()).or(email);
            person.name = name.and_then(|name| self.cleaner.field(&name)).unwrap_or_default();
        }
        // Written by `write_card`, and by others, for a name that is not told apart.
        if person.given.is_none() && person.family.as_ref() == Some(&person.name) {
            person.family = None;
        }
        !person.name.is_empty()
    }
}

fn filled_lines(parts: Vec<&str>) -> Vec<String> {
    let text: Vec<String> = parts.into_iter().map(unescape).collect();
    let lines = text.iter().flat_map(|part| part.lines()).map(text::line);
    lines.filter(|line| !line.is_empty()).collect()
}

fn insert(list: &mut Vec<Labelled>, at: usize, labelled: Option<Labelled>) {
    if let Some(labelled) = labelled {
        list.insert(at.min(list.len()), labelled);
    }
}

fn without_scheme<'a>(value: &'a str, scheme: &str) -> &'a str {
    let value = value.trim();
    match value.get(..scheme.len()) {
        Some(start) if start.eq_ignore_ascii_case(scheme) => &value[scheme.len()..],
        _ => value,
    }
}
