//! Rows that say who is due: they follow from a person's row and latest contact.
//!
//! Kept by the day of the last contact, not by a due date, so that a changed cadence needs no
//! rewriting: whoever was last met before (today − cadence) is due.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::key::{Key, tag};
use super::rows::PersonRow;
use crate::id::RecordId;
use crate::model::Tier;

/// What a person's due rows are made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Due {
    pub(crate) tier: Option<Tier>,
    pub(crate) last: Option<Date>,
    pub(crate) next: Option<Date>,
    pub(crate) introduced: bool,
}

impl Due {
    /// Takes what matters from a person's row and the day of the last contact.
    pub(crate) fn of(person: &PersonRow, last: Option<Date>) -> Self {
        // A contact on or after the day of a next step has done it.
        let next = person.next.as_ref().map(|next| next.on);
        let open = next.filter(|on| last.is_none_or(|last| last < *on));
        Self { tier: person.tier, last, next: open, introduced: person.introduced_by.is_some() }
    }

    /// Keys of the rows that exist for `person`.
    pub(crate) fn keys(&self, person: &RecordId) -> Vec<Vec<u8>> {
        let mut keys = Vec::with_capacity(2);
        let day = self.last.unwrap_or(Date::ZERO);
        if self.next.is_none() || self.tier.is_none() {
            let key = Key::new(tag::KEEP_WARM).tier(self.tier).date(day).record(person);
            keys.push(key.done());
        }
        if let Some(on) = self.next {
            keys.push(Key::new(tag::FOLLOW_UP).date(on).record(person).done());
        } else if self.introduced && self.last.is_none() && self.tier != Some(Tier::NotNow) {
            keys.push(Key::new(tag::WRITE).record(person).done());
        }
        keys
    }
}
