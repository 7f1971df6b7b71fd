//! Reading a fixture and looking at what came of it.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use std::path::Path;

use goodword_core::model::{Incoming, Labelled};
use goodword_formats::{Kind, Reason, Row, Summary, read};

/// A file that was read.
pub(crate) struct Outcome {
    pub(crate) rows: Vec<Row>,
    pub(crate) summary: Summary,
}

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn outcome(kind: Kind, bytes: &[u8]) -> Outcome {
    let mut rows = Vec::new();
    let summary = read(kind, bytes, &mut |row| rows.push(row)).unwrap();
    Outcome { rows, summary }
}

pub(crate) fn linkedin(name: &str) -> Outcome {
    outcome(Kind::LinkedIn, &fixture(&format!("linkedin/{name}")))
}

pub(crate) fn vcard(name: &str) -> Outcome {
    outcome(Kind::VCard, &fixture(&format!("vcard/{name}")))
}

impl Outcome {
    pub(crate) fn people(&self) -> Vec<&Incoming> {
        let person = self.rows.iter().filter_map(|row| match row {
            Row::Read { incoming, .. } => Some(incoming),
            Row::Skipped { .. } | Row::Rejected { .. } => None,
        });
        person.collect()
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        self.people().iter().map(|person| &*person.name).collect()
    }

    pub(crate) fn only(&self) -> &Incoming {
        let [Row::Read { incoming, warnings }] = &self.rows[..] else {
            panic!("not one person: {:?}", self.rows);
        };
        assert_eq!(warnings, &[]);
        incoming
    }

    /// The warnings of the person at a place.
    pub(crate) fn warnings(&self, place: u64) -> &[Reason] {
        let found = self.rows.iter().find_map(|row| match row {
            Row::Read { incoming, warnings } if incoming.place == place => Some(&warnings[..]),
            _ => None,
        });
        found.unwrap()
    }
}

pub(crate) fn labelled(pairs: &[(&str, &str)]) -> Vec<Labelled> {
    let labelled = |(label, value): &(&str, &str)| Labelled {
        label: (*label).to_owned(),
        value: (*value).to_owned(),
    };
    pairs.iter().map(labelled).collect()
}
