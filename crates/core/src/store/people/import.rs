//! Importing people: each row becomes a new record, an update, or nothing.
//!
//! A row's record id is derived from its source key, so devices that import one file apart agree.
//! What a user changed by hand is never overwritten: a field is set only if it is empty or still
//! what the same source last said.

use std::collections::BTreeMap;

use super::{Parts, Planner, inner_id, reach_edits, within};
use crate::change::{Import, ImportedRow, Outcome, RowOutcome};
use crate::document::{Edit, Map, State};
use crate::hash;
use crate::id::RecordId;
use crate::limits;
use crate::model::{Incoming, Kind, Labelled, Reach, ReachKind};
use crate::space::Space;
use crate::store::error::{Error, UserError};
use crate::store::{Reader, Store};
use crate::text;
use crate::view::DetailsRow;
use crate::view::key::{Key, last_record, tag};

/// Fields that a source may change later.
const FOLLOWED: [&str; 3] = ["name", "company", "title"];

/// Hexadecimal digits of each hash in a source's `seen` value: 64 bits, compared per person.
const SEEN_DIGITS: usize = 16;

impl Store {
    /// The outcome of an import of which every row was seen before; no transaction is begun.
    pub(in crate::store) fn nothing_new(&self, import: &Import) -> Result<Option<Outcome>, Error> {
        let reader = self.reader()?;
        let mut rows = Vec::with_capacity(import.people.len());
        let mut this_file: BTreeMap<String, RecordId> = BTreeMap::new();
        for row in &import.people {
            let key = source_key(row);
            let found = match this_file.get(&key) {
                Some(record) => Some(*record),
                None => known(&reader, row, &key)?,
            };
            this_file.extend(found.map(|record| (key, record)));
            match found {
                Some(record) => rows.push(unchanged(row.place, record)),
                None => return Ok(None),
            }
        }
        Ok(Some(Outcome { rows, ..Outcome::default() }))
    }
}

/// The record that a row led to, if the row is the one that was seen last.
fn known(reader: &Reader, row: &Incoming, key: &str) -> Result<Option<RecordId>, Error> {
    let mut found = None;
    reader.scan(&Key::new(tag::SOURCE).text(key).done(), false, &mut |key, _| {
        found = last_record(key);
        Ok(false)
    })?;
    let Some(record) = found else { return Ok(None) };
    let details: Option<DetailsRow> = reader.row(&Key::new(tag::DETAILS).record(&record).done())?;
    let seen = details.and_then(|details| details.sources.get(key).cloned());
    Ok(seen.filter(|seen| *seen == seen_value(row)).map(|_| record))
}

impl Planner<'_, '_, '_> {
    pub(super) fn import(&mut self, import: &Import) -> Result<Outcome, Error> {
        if import.people.len() > limits::IMPORT_PEOPLE_MAX {
            let (count, limit) = (import.people.len(), limits::IMPORT_PEOPLE_MAX);
            return Err(UserError::TooMany { what: "people".into(), count, limit }.into());
        }
        let secret = self.secret()?;
        let mut outcome = Outcome::default();
        let mut this_file: BTreeMap<String, RecordId> = BTreeMap::new();
        for row in &import.people {
            let key = source_key(row);
            // Of rows with one key the first counts.
            if let Some(record) = this_file.get(&key) {
                outcome.rows.push(unchanged(row.place, *record));
                continue;
            }
            let (record, erased_at) = self.record_of(row, &key, &secret)?;
            this_file.insert(key.clone(), record);
            if erased_at.is_some() && !import.bring_back {
                let left = ImportedRow { erased_at, ..unchanged(row.place, record) };
                outcome.rows.push(ImportedRow { outcome: RowOutcome::Erased, ..left });
                continue;
            }
            let imported = self.import_row(row, &key, record)?;
            match imported.outcome {
                RowOutcome::Created => {
                    self.made.insert(record);
                    outcome.created.push(record);
                }
                RowOutcome::Updated => outcome.changed.push(record),
                RowOutcome::Unchanged | RowOutcome::Erased => {}
            }
            outcome.rows.push(imported);
        }
        Ok(outcome)
    }

    /// The record that a row is about, and when the one before it was erased.
    fn record_of(
        &self,
        row: &Incoming,
        key: &str,
        secret: &[u8; 32],
    ) -> Result<(RecordId, Option<u64>), Error> {
        if let Some(known) = self.by_source(key)? {
            return Ok((known, None));
        }
        if let Some(known) = self.by_details(row)? {
            return Ok((known, None));
        }
        if let Some(known) = self.same_name(&row.name, row.company.as_deref())?
            && self.may_be(known, row)?
        {
            return Ok((known, None));
        }
        // Whoever was erased comes back, if at all, as somebody else.
        let mut erased_at = None;
        let mut erasures = 0;
        loop {
            let record = RecordId::derived(secret, key, erasures);
            match self.command.erased_at(&record)? {
                None => return Ok((record, erased_at)),
                erased => erased_at = erased,
            }
            erasures += 1;
        }
    }

    fn import_row(
        &mut self,
        row: &Incoming,
        key: &str,
        record: RecordId,
    ) -> Result<ImportedRow, Error> {
        let pipeline = self.command.writing.state(Space::Pipeline, record, Kind::Person)?;
        let details = self.command.writing.state(Space::Details, record, Kind::Person)?;
        let place = row.place;
        let source = escape(key);
        let seen_before = details.text(Map::Sources, &format!("{source}/seen"));
        let seen = seen_value(row);
        if seen_before == Some(seen.as_str()) {
            return Ok(unchanged(place, record));
        }
        let mut parts = Parts::default();
        let mut news = None;
        self.followed_fields(row, &pipeline, seen_before, &mut parts, &mut news)?;
        self.other_facts(row, &pipeline, &details, &mut parts)?;
        parts.details.push(Edit::set(Map::Sources, format!("{source}/seen"), seen));
        let is_new = pipeline.text(Map::Fields, "name").is_none();
        let changed = self.touch_parts(record, &parts)?;
        let outcome = match (is_new, changed) {
            (true, _) => RowOutcome::Created,
            (false, true) => RowOutcome::Updated,
            (false, false) => RowOutcome::Unchanged,
        };
        Ok(ImportedRow { place, record, outcome, news, erased_at: None })
    }

    fn followed_fields(
        &self,
        row: &Incoming,
        known: &State,
        seen_before: Option<&str>,
        parts: &mut Parts,
        news: &mut Option<String>,
    ) -> Result<(), Error> {
        for (at, field) in FOLLOWED.into_iter().enumerate() {
            let Some(value) = followed(row, field) else {
                continue;
            };
            within("name", value, limits::NAME_BYTES_MAX)?;
            let current = known.text(Map::Fields, field);
            let said = seen_before.and_then(|seen| seen.split('.').nth(at + 1));
            let is_ours = current.is_none_or(|current| said == Some(short_hash(current).as_str()));
            if !is_ours || current == Some(value) {
                continue;
            }
            parts.pipeline.push(Edit::set(Map::Fields, field, value));
            if let ("company", Some(before)) = (field, current)
                && text::company_key(before) != text::company_key(value)
            {
                let id = inner_id(&[b"employer\0", text::company_key(before).as_bytes()]);
                let key = format!("{id}/company");
                parts.pipeline.push(Edit::set(Map::Employers, key, before));
                *news = Some(format!("{} moved from {before} to {value}", row.name));
            }
        }
        Ok(())
    }

    fn other_facts(
        &self,
        row: &Incoming,
        known: &State,
        details: &State,
        parts: &mut Parts,
    ) -> Result<(), Error> {
        let mut fill = |key: &str, value: Option<&str>| {
            if let (None, Some(value)) = (known.text(Map::Fields, key), value) {
                parts.pipeline.push(Edit::set(Map::Fields, key, value));
            }
        };
        fill("given", row.given.as_deref());
        fill("family", row.family.as_deref());
        let connected_on = row.connected_on.map(|on| on.to_string());
        fill("connected_on", connected_on.as_deref());
        for tag in row.tags.iter().take(limits::TAGS_MAX) {
            let tag = tag.trim();
            if !tag.is_empty() && known.get(Map::Tags, tag).is_none() {
                parts.pipeline.push(Edit::set(Map::Tags, tag, true));
            }
        }
        for note in &row.notes {
            within("note", note, limits::TEXT_BYTES_MAX)?;
            let id = inner_id(&[b"note\0", note.as_bytes()]);
            if !note.trim().is_empty() && known.get(Map::Notes, &format!("{id}/text")).is_none() {
                parts.pipeline.push(Edit::set(Map::Notes, format!("{id}/text"), note.trim()));
            }
        }
        let lists: [(ReachKind, &[Labelled]); 4] = [
            (ReachKind::Email, &row.emails),
            (ReachKind::Phone, &row.phones),
            (ReachKind::Address, &row.addresses),
            (ReachKind::Link, &row.links),
        ];
        for (kind, values) in lists {
            for entry in values {
                parts.details.extend(reach_edits(&Reach { kind, entry: entry.clone() })?);
            }
        }
        if let (None, Some(birthday)) = (details.text(Map::Fields, "birthday"), &row.birthday) {
            parts.details.push(Edit::set(Map::Fields, "birthday", birthday.as_str()));
        }
        for (at, line) in row.extra.iter().enumerate() {
            within("line of a card", line, limits::TEXT_BYTES_MAX)?;
            let id = format!("{at:04}-{}", inner_id(&[b"extra\0", line.as_bytes()]));
            parts.details.push(Edit::set(Map::Extra, id, line.as_str()));
        }
        Ok(())
    }
}

fn followed<'a>(row: &'a Incoming, field: &str) -> Option<&'a str> {
    let value = match field {
        "name" => Some(row.name.as_str()),
        "company" => row.company.as_deref(),
        _ => row.title.as_deref(),
    };
    value.map(str::trim).filter(|value| !value.is_empty())
}

fn unchanged(place: u64, record: RecordId) -> ImportedRow {
    ImportedRow { place, record, outcome: RowOutcome::Unchanged, news: None, erased_at: None }
}

/// What identifies a row: its own key, or what it says of the person.
fn source_key(row: &Incoming) -> String {
    match &row.key {
        Some(key) => key.clone(),
        None => {
            let company = row.company.as_deref().map(text::company_key).unwrap_or_default();
            let email = row.emails.first().map(|email| text::fold(&email.value));
            let email = email.unwrap_or_default();
            format!("row:{}|{company}|{email}", text::fold(&row.name))
        }
    }
}

/// Hashes of the whole row and of each followed field, joined by dots.
fn seen_value(row: &Incoming) -> String {
    let whole = Incoming { place: 0, ..row.clone() };
    let bytes = postcard::to_allocvec(&whole).expect("BUG: a row always encodes");
    let mut seen = hex(&bytes);
    for field in FOLLOWED {
        seen.push('.');
        if let Some(value) = followed(row, field) {
            seen.push_str(&short_hash(value));
        }
    }
    seen
}

fn short_hash(value: &str) -> String {
    hex(value.as_bytes())
}

fn hex(bytes: &[u8]) -> String {
    let whole = hash::derive(hash::INNER, &[b"seen\0", bytes]);
    data_encoding::HEXLOWER.encode(&whole[..SEEN_DIGITS / 2])
}

/// A source key as part of a document key, where `/` separates.
fn escape(key: &str) -> String {
    key.replace('%', "%25").replace('/', "%2f")
}
