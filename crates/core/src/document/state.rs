//! A document's visible state: every key of every map, with concurrent other values.

use std::collections::BTreeMap;

use automerge::iter::MapRangeItem;
use automerge::{Automerge, ReadDoc, ScalarValue, ScalarValueRef, Value, ValueRef};
use serde::{Deserialize, Serialize};

use super::edit::Edit;

/// The maps that the genesis makes. Order and names are frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Map {
    /// Single facts of the record.
    Fields,
    /// `<interaction>/<field>`.
    Interactions,
    /// `<tag>` → true.
    Tags,
    /// `<id>/<field>`: ways to reach a person.
    Reach,
    /// `<id>/<field>`.
    Notes,
    /// `<source key>/<field>`: what files said.
    Sources,
    /// `<id>` → a line of a file that has no field here.
    Extra,
    /// `<id>/<field>`: earlier employers.
    Employers,
    /// `<record>/<field>`: people named by the record.
    People,
}

impl Map {
    /// All maps, in the order in which the genesis makes them.
    pub const ALL: [Self; 9] = [
        Self::Fields,
        Self::Interactions,
        Self::Tags,
        Self::Reach,
        Self::Notes,
        Self::Sources,
        Self::Extra,
        Self::Employers,
        Self::People,
    ];

    /// Its key in the root of the document.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fields => "fields",
            Self::Interactions => "interactions",
            Self::Tags => "tags",
            Self::Reach => "reach",
            Self::Notes => "notes",
            Self::Sources => "sources",
            Self::Extra => "extra",
            Self::Employers => "employers",
            Self::People => "people",
        }
    }
}

/// A value of a key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scalar {
    /// A text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// A value of a kind that this program does not write, as automerge prints it.
    Other(String),
}

impl Scalar {
    pub(super) fn to_automerge(&self) -> ScalarValue {
        match self {
            Self::Text(text) | Self::Other(text) => ScalarValue::Str(text.as_str().into()),
            Self::Int(number) => ScalarValue::Int(*number),
            Self::Bool(flag) => ScalarValue::Boolean(*flag),
        }
    }

    /// The value, if it is not an object.
    pub(super) fn from_value(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Object(_) => None,
            Value::Scalar(scalar) => Some(Self::from_scalar(scalar)),
        }
    }

    pub(super) fn from_scalar(scalar: &ScalarValue) -> Self {
        match scalar {
            ScalarValue::Str(text) => Self::Text(text.to_string()),
            ScalarValue::Int(number) => Self::Int(*number),
            ScalarValue::Boolean(flag) => Self::Bool(*flag),
            ScalarValue::Uint(number) => Self::Other(number.to_string()),
            ScalarValue::F64(number) => Self::Other(number.to_string()),
            ScalarValue::Counter(counter) => Self::Other(i64::from(counter).to_string()),
            ScalarValue::Timestamp(millis) => Self::Other(millis.to_string()),
            ScalarValue::Bytes(_) | ScalarValue::Unknown { .. } | ScalarValue::Null => {
                Self::Other(String::new())
            }
        }
    }

    fn from_scalar_ref(scalar: &ScalarValueRef<'_>) -> Self {
        match scalar {
            ScalarValueRef::Str(text) => Self::Text(text.to_string()),
            ScalarValueRef::Int(number) => Self::Int(*number),
            ScalarValueRef::Boolean(flag) => Self::Bool(*flag),
            ScalarValueRef::Uint(number) => Self::Other(number.to_string()),
            ScalarValueRef::F64(number) => Self::Other(number.to_string()),
            ScalarValueRef::Counter(number) | ScalarValueRef::Timestamp(number) => {
                Self::Other(number.to_string())
            }
            ScalarValueRef::Bytes(_) | ScalarValueRef::Unknown { .. } | ScalarValueRef::Null => {
                Self::Other(String::new())
            }
        }
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Int(_) | Self::Bool(_) | Self::Other(_) => None,
        }
    }

    /// As people read it.
    pub fn display(&self) -> String {
        match self {
            Self::Text(text) | Self::Other(text) => text.clone(),
            Self::Int(number) => number.to_string(),
            Self::Bool(flag) => flag.to_string(),
        }
    }
}

impl From<&str> for Scalar {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Scalar {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Scalar {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

/// What a key holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values {
    /// The value that automerge shows, alike on every device.
    pub shown: Scalar,
    /// Different values written concurrently, sorted, without repetition.
    pub others: Vec<Scalar>,
}

/// Everything that is visible in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    values: BTreeMap<(Map, String), Values>,
}

impl State {
    /// What `key` of `map` holds.
    pub fn get(&self, map: Map, key: &str) -> Option<&Values> {
        self.values.get(&(map, key.to_owned()))
    }

    /// The shown text of `key` of `map`; `None` if absent, empty or not a text.
    pub fn text(&self, map: Map, key: &str) -> Option<&str> {
        self.get(map, key)?.shown.as_text().filter(|text| !text.is_empty())
    }

    /// Whether `key` of `map` is set to true.
    pub fn flag(&self, map: Map, key: &str) -> bool {
        self.get(map, key).is_some_and(|values| values.shown == Scalar::Bool(true))
    }

    /// Keys of `map` with their values, in key order.
    pub fn entries(&self, map: Map) -> impl Iterator<Item = (&str, &Values)> {
        self.entries_under(map, "")
    }

    /// Keys of `map` that begin with `prefix`, with their values, in key order.
    pub fn entries_under(&self, map: Map, prefix: &str) -> impl Iterator<Item = (&str, &Values)> {
        self.values
            .range((map, prefix.to_owned())..)
            .take_while(move |((of, key), _)| *of == map && key.starts_with(prefix))
            .map(|((_, key), values)| (key.as_str(), values))
    }

    /// Keys of `map` of the form `<group>/<field>`, gathered by group.
    pub fn groups(&self, map: Map) -> BTreeMap<&str, BTreeMap<&str, &Values>> {
        let mut groups: BTreeMap<&str, BTreeMap<&str, &Values>> = BTreeMap::new();
        for (key, values) in self.entries(map) {
            if let Some((group, field)) = key.split_once('/') {
                groups.entry(group).or_default().insert(field, values);
            }
        }
        groups
    }

    /// Whether carrying out `edit` would change anything.
    pub(super) fn differs(&self, edit: &Edit) -> bool {
        match (self.get(edit.map, &edit.key), &edit.value) {
            (None, wanted) => wanted.is_some(),
            (Some(_), None) => true,
            (Some(values), Some(wanted)) => values.shown != *wanted || !values.others.is_empty(),
        }
    }

    /// Takes in an own edit: it replaces every value that was there.
    pub(crate) fn note(&mut self, edit: &Edit) {
        let key = (edit.map, edit.key.clone());
        match &edit.value {
            Some(value) => {
                let values = Values { shown: value.clone(), others: Vec::new() };
                self.values.insert(key, values);
            }
            None => {
                self.values.remove(&key);
            }
        }
    }

    /// Whether nothing is visible: the record was never filled, or its making was undone.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

pub(super) fn read(document: &Automerge) -> State {
    let mut state = State::default();
    for map in Map::ALL {
        let object = map.object();
        for item in document.map_range(&object, ..) {
            let MapRangeItem { key, value, conflict, .. } = item;
            let values = if conflict {
                values(document, map, &key)
            } else {
                scalar(&value).map(|shown| Values { shown, others: Vec::new() })
            };
            if let Some(values) = values {
                state.values.insert((map, key.into_owned()), values);
            }
        }
    }
    state
}

fn scalar(value: &ValueRef<'_>) -> Option<Scalar> {
    match value {
        ValueRef::Object(_) => None,
        ValueRef::Scalar(scalar) => Some(Scalar::from_scalar_ref(scalar)),
    }
}

pub(super) fn values(document: &Automerge, map: Map, key: &str) -> Option<Values> {
    let all = document.get_all(map.object(), key).ok()?;
    let mut scalars: Vec<Scalar> =
        all.iter().filter_map(|(value, _)| Scalar::from_value(value)).collect();
    // Automerge lists the shown value last.
    let shown = scalars.pop()?;
    scalars.sort();
    scalars.dedup();
    scalars.retain(|other| *other != shown);
    Some(Values { shown, others: scalars })
}
