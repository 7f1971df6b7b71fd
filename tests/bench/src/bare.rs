//! The bare library: the documents that an import makes, built and saved by automerge alone.
//!
//! The same maps, keys of the same length, the same values; no logs, signatures, checks, views or
//! database. What is slower than this is what the rest of the program costs.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, Automerge, Change, ObjId, ObjType, ROOT, ScalarValue};
use goodword_core::model::Incoming;

use crate::Result;
use crate::dice::Dice;

const MAPS: [&str; 9] =
    ["fields", "interactions", "tags", "reach", "notes", "sources", "extra", "employers", "people"];

/// What building came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Built {
    /// Documents.
    pub documents: usize,
    /// Their saved size, in bytes.
    pub bytes: usize,
}

/// Builds and saves two documents for each person.
///
/// # Errors
/// If automerge refuses.
pub fn build(people: &[Incoming]) -> Result<Built> {
    let (first, maps) = genesis()?;
    let mut dice = Dice::new(1);
    let mut built = Built::default();
    for person in people {
        for edits in [pipeline(person), details(person)] {
            let mut document = first.clone();
            let actor = [dice.draw().to_be_bytes(), dice.draw().to_be_bytes()].concat();
            document.set_actor(ActorId::from(actor));
            let mut transaction = document.transaction();
            for (map, key, value) in edits {
                transaction.put(&maps[map], key, value)?;
            }
            let options = CommitOptions::default().with_time(1_700_000_000).with_message("import");
            transaction.commit_with(options);
            built.bytes += document.save().len();
            built.documents += 1;
        }
    }
    Ok(built)
}

/// Applies the changes of documents, each at once, and saves them.
///
/// # Errors
/// If automerge refuses.
pub fn apply<'a>(documents: impl Iterator<Item = &'a Vec<Vec<u8>>>) -> Result<Built> {
    let (first, _) = genesis()?;
    let mut built = Built::default();
    for chunks in documents {
        let mut document = first.clone();
        let changes: std::result::Result<Vec<Change>, _> =
            chunks.iter().map(|chunk| Change::from_bytes(chunk.clone())).collect();
        document.apply_changes(changes?)?;
        built.bytes += document.save().len();
        built.documents += 1;
    }
    Ok(built)
}

/// The first change of every document, as `docs/format.md` freezes it.
fn genesis() -> Result<(Automerge, Vec<ObjId>)> {
    let mut document = Automerge::new().with_actor(ActorId::from(&b"goodword genesis"[..]));
    let mut transaction = document.transaction();
    let maps: std::result::Result<Vec<ObjId>, _> =
        MAPS.iter().map(|name| transaction.put_object(ROOT, *name, ObjType::Map)).collect();
    let maps = maps?;
    transaction.commit_with(CommitOptions::default().with_time(0));
    Ok((document, maps))
}

type Edit = (usize, String, ScalarValue);

const FIELDS: usize = 0;
const REACH: usize = 3;
const SOURCES: usize = 5;

fn pipeline(person: &Incoming) -> Vec<Edit> {
    let connected_on = person.connected_on.map(|on| on.to_string());
    let fields = [
        ("name", Some(&person.name)),
        ("company", person.company.as_ref()),
        ("title", person.title.as_ref()),
        ("given", person.given.as_ref()),
        ("family", person.family.as_ref()),
        ("connected_on", connected_on.as_ref()),
    ];
    let set = fields.into_iter().filter_map(|(key, value)| {
        Some((FIELDS, key.to_owned(), ScalarValue::Str(value?.as_str().into())))
    });
    set.collect()
}

fn details(person: &Incoming) -> Vec<Edit> {
    let mut edits = Vec::new();
    let reach = person.emails.iter().map(|email| ("email", email));
    let reach = reach.chain(person.links.iter().map(|link| ("link", link)));
    for (place, (kind, entry)) in reach.enumerate() {
        let id = format!("{place:016}");
        let mut set = |field: &str, value: &str| {
            edits.push((REACH, format!("{id}/{field}"), ScalarValue::Str(value.into())));
        };
        set("kind", kind);
        set("value", &entry.value);
        if !entry.label.is_empty() {
            set("label", &entry.label);
        }
    }
    let key = person.key.clone().unwrap_or_default();
    // Four hashes of 16 digits, joined by dots.
    let seen = vec!["0123456789abcdef"; 4].join(".");
    edits.push((SOURCES, format!("{key}/seen"), ScalarValue::Str(seen.into())));
    edits
}
