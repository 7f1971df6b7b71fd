//! One change as people read it: when, by which verb, which fields.

use automerge::legacy::{Key, ObjectId};

use super::state::{Map, Scalar};
use super::{Document, contained, guard};

/// What a change tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) seconds: i64,
    pub(crate) verb: String,
    /// Field and value; an empty value is a removal.
    pub(crate) fields: Vec<(String, String)>,
}

/// Reads a chunk that `document` has admitted; `None` of any other, which automerge must not see.
pub(crate) fn history_line(document: &Document, chunk: &[u8]) -> Option<Told> {
    if document.holds(chunk) { line_in_form(chunk) } else { None }
}

/// Reads a chunk that no document may have admitted; `None` if it is not in form.
pub(crate) fn line_in_form(chunk: &[u8]) -> Option<Told> {
    guard::hash(chunk)?;
    let read =
        || automerge::Change::from_bytes(chunk.to_vec()).map(|change| (change.decode(), change));
    let (decoded, change) = contained(read).ok()?;
    let mut fields = Vec::new();
    for operation in decoded.operations {
        let ObjectId::Id(made_by) = &operation.obj else {
            continue;
        };
        let (Some(map), Key::Map(key)) = (Map::of_counter(made_by.counter()), &operation.key)
        else {
            continue;
        };
        let field = match map {
            Map::Fields => key.to_string(),
            other => format!("{}/{key}", other.name()),
        };
        let value = operation.primitive_value();
        let value = value.map(|value| Scalar::from_scalar(&value).display()).unwrap_or_default();
        fields.push((field, value));
    }
    fields.sort();
    let verb = change.message().unwrap_or_default().to_owned();
    Some(Told { seconds: change.timestamp(), verb, fields })
}
