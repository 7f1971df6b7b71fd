//! An edit: one key of one map set to a scalar, or deleted.

use super::state::{Map, Scalar};

/// What a command wants of one key. It makes a change only where the document differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    pub(crate) map: Map,
    pub(crate) key: String,
    pub(crate) value: Option<Scalar>,
}

impl Edit {
    /// Sets `key` to `value`.
    pub(crate) fn set(map: Map, key: impl Into<String>, value: impl Into<Scalar>) -> Self {
        Self { map, key: key.into(), value: Some(value.into()) }
    }

    /// Sets `key` to a text, or deletes it.
    pub(crate) fn text(map: Map, key: impl Into<String>, value: Option<&str>) -> Self {
        Self { map, key: key.into(), value: value.map(Scalar::from) }
    }
}
