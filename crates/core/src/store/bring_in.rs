//! Bringing the records of another book into this one: never two books by accident, never loss.

use std::collections::BTreeMap;

use super::Store;
use super::apply::Command;
use super::error::Error;
use super::reader::Reader;
use crate::change::{Now, Outcome};
use crate::document::{Edit, Map, Scalar, State};
use crate::id::RecordId;
use crate::model::Kind;
use crate::space::Space;
use crate::text;
use crate::view::DetailsRow;
use crate::view::key::{Key, tag};

/// A record's document in another book.
struct Part {
    space: Space,
    record: RecordId,
    kind: Kind,
    state: State,
}

impl Store {
    /// Brings every record of another book (this device's own, from before it joined) into this
    /// one as one undoable command.
    ///
    /// A person whom a file named gets the id that this book derives from that file's key, so
    /// somebody who is in both books is one record. Where both say something different of one
    /// field, this book's value stays.
    ///
    /// # Errors
    /// [`Error::Disk`]; nothing changed then.
    pub fn bring_in(&mut self, from: &Reader, now: Now) -> Result<Outcome, Error> {
        let parts = parts(from)?;
        let sources = sources(from, &parts)?;
        self.command("join", None, now, true, |command| {
            let secret = super::people::Planner::new(command).book_secret()?;
            let mut ids: BTreeMap<RecordId, RecordId> = BTreeMap::new();
            for part in &parts {
                let id = match (part.kind, sources.get(&part.record)) {
                    (Kind::Person, Some(key)) => command
                        .known_source(key)?
                        .unwrap_or_else(|| RecordId::derived(&secret, key, 0)),
                    (Kind::Company, _) => match company(&parts, &part.record) {
                        Some(key) => RecordId::derived(&secret, &format!("company:{key}"), 0),
                        None => part.record,
                    },
                    (Kind::Profile, _) => command.profile_record(),
                    _ => part.record,
                };
                ids.insert(part.record, id);
            }
            let mut outcome = Outcome::default();
            for part in &parts {
                bring_part(command, part, &ids, &mut outcome)?;
            }
            Ok(outcome)
        })
    }
}

fn parts(from: &Reader) -> Result<Vec<Part>, Error> {
    let book = from.require_book()?;
    let mut parts = Vec::new();
    for (id, row) in from.document_rows()? {
        let space = Space::ALL.into_iter().find(|space| space.id(&book) == row.space);
        let (Some(space), Some(kind)) = (space, Kind::from_number(row.kind)) else {
            continue;
        };
        let Some(document) = from.document(&id)? else {
            continue;
        };
        parts.push(Part { space, record: row.record, kind, state: document.state().clone() });
    }
    parts.sort_by_key(|part| (part.record, part.kind, part.space));
    Ok(parts)
}

fn sources(from: &Reader, parts: &[Part]) -> Result<BTreeMap<RecordId, String>, Error> {
    let mut sources = BTreeMap::new();
    for part in parts.iter().filter(|part| part.kind == Kind::Person) {
        let key = Key::new(tag::DETAILS).record(&part.record).done();
        let details: Option<DetailsRow> = from.row(&key)?;
        let first = details.and_then(|details| details.sources.into_keys().next());
        if let Some(key) = first {
            sources.insert(part.record, key);
        }
    }
    Ok(sources)
}

fn company(parts: &[Part], record: &RecordId) -> Option<String> {
    let named = parts.iter().filter(|part| part.record == *record);
    named.filter_map(|part| part.state.text(Map::Fields, "name")).map(text::company_key).next()
}

fn bring_part(
    command: &mut Command<'_, '_>,
    part: &Part,
    ids: &BTreeMap<RecordId, RecordId>,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let record = ids.get(&part.record).copied().unwrap_or(part.record);
    let here = command.writing.state(part.space, record, part.kind)?;
    let mut edits = Vec::new();
    for map in Map::ALL {
        for (key, values) in part.state.entries(map) {
            // The other book's secret would give this one's files other ids.
            if part.kind == Kind::Profile && (key == "secret" || key.starts_with("device.")) {
                continue;
            }
            let key = translate_key(map, key, ids);
            if here.get(map, &key).is_none() {
                let value = translate_value(map, &key, &values.shown, ids);
                edits.push(Edit { map, key, value: Some(value) });
            }
        }
    }
    let is_new = here.is_empty();
    let changed = command.touch(part.space, record, part.kind, &edits)?;
    if changed && part.kind == Kind::Person && part.space == Space::Pipeline {
        if is_new { outcome.created.push(record) } else { outcome.changed.push(record) }
    }
    Ok(())
}

fn translate_key(map: Map, key: &str, ids: &BTreeMap<RecordId, RecordId>) -> String {
    if map == Map::People
        && let Some((group, field)) = key.split_once('/')
        && let Some(new) = RecordId::from_key(group).and_then(|old| ids.get(&old))
    {
        return format!("{}/{field}", new.key());
    }
    key.to_owned()
}

fn translate_value(
    map: Map,
    key: &str,
    value: &Scalar,
    ids: &BTreeMap<RecordId, RecordId>,
) -> Scalar {
    if map == Map::Fields
        && key == "introduced_by"
        && let Some(new) = value.as_text().and_then(RecordId::from_key).and_then(|id| ids.get(&id))
    {
        return Scalar::Text(new.key());
    }
    value.clone()
}
