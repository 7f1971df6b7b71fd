//! Answers from views: each function reads rows and nothing else.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::civil::Date;

use super::{
    AskProfile, Companies, CompanyLine, Export, ExportedBook, ExportedPerson, People, PeopleList,
    PersonLine, PersonPage, Question, Show,
};
use crate::id::RecordId;
use crate::model::Profile;
use crate::store::{Error, Reader, UserError};
use crate::text;
use crate::view::due::Due;
use crate::view::key::{Key, last_record, tag};
use crate::view::{CompanyRow, InteractionRow, PersonRow, PrivateRow};

/// Namesakes read when somebody is looked for by their whole name.
const UNDER_MAX: usize = 12;

impl Question for AskProfile {
    const NAME: &'static str = "ask-profile";

    type Answer = Profile;

    fn answer(&self, store: &Reader) -> Result<Profile, Error> {
        store.require_book()?;
        Ok(store.row(&Key::new(tag::PROFILE).done())?.unwrap_or_default())
    }
}

impl Question for People {
    const NAME: &'static str = "people";

    type Answer = PeopleList;

    fn answer(&self, store: &Reader) -> Result<PeopleList, Error> {
        store.require_book()?;
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let prefix = match (&self.company, &self.tag) {
            (Some(company), _) => Key::new(tag::EMPLOYED).text(&text::company_key(company)).done(),
            (None, Some(tag)) => Key::new(tag::TAG).text(&text::fold(tag)).done(),
            (None, None) => Key::new(tag::NAME).done(),
        };
        let is_plain =
            self.company.is_none() && self.tag.is_none() && self.tier.is_none() && !self.untriaged;
        let mut records = Vec::new();
        store.scan(&prefix, false, &mut |key, _| {
            records.extend(last_record(key));
            Ok(!is_plain || records.len() < limit)
        })?;
        let mut people = Vec::new();
        let mut total = 0;
        for record in records {
            let Some(line) = person_line(store, &record)? else {
                continue;
            };
            if self.matches(&line.person) {
                total += 1;
                people.push(line);
            }
        }
        if is_plain {
            total = count(store, "people")?;
        } else {
            people.sort_by_key(|line| text::fold(&line.person.name));
            people.truncate(limit);
        }
        Ok(PeopleList { people, total })
    }
}

impl People {
    fn matches(&self, person: &PersonRow) -> bool {
        let tag = self.tag.as_deref().map(text::fold);
        self.tier.is_none_or(|tier| person.tier == Some(tier))
            && !(self.untriaged && person.tier.is_some())
            && tag.is_none_or(|tag| person.tags.iter().any(|own| text::fold(own) == tag))
    }
}

impl Question for Show {
    const NAME: &'static str = "show";

    type Answer = PersonPage;

    fn answer(&self, store: &Reader) -> Result<PersonPage, Error> {
        let record = &self.record;
        let person =
            person(store, record)?.ok_or_else(|| UserError::NoRecord(record.to_string()))?;
        let limit = if self.interactions == 0 { usize::MAX } else { self.interactions };
        let mut timeline: Vec<InteractionRow> = Vec::new();
        let mut interactions = 0;
        let prefix = Key::new(tag::TIMELINE).record(record).done();
        store.scan(&prefix, true, &mut |_, value| {
            interactions += 1;
            if timeline.len() < limit {
                timeline.push(decode(value)?);
            }
            Ok(true)
        })?;
        let introduced_by = match &person.introduced_by {
            Some(by) => self::person(store, by)?.map(|by| by.name),
            None => None,
        };
        let mut introduced = Vec::new();
        let prefix = Key::new(tag::INTRODUCED).record(record).done();
        let mut records = Vec::new();
        store.scan(&prefix, false, &mut |key, _| {
            records.extend(last_record(key));
            Ok(true)
        })?;
        for record in records {
            introduced.extend(self::person(store, &record)?.map(|person| person.name));
        }
        introduced.sort();
        let company = match &person.company {
            Some(name) => company(store, name)?,
            None => None,
        };
        Ok(PersonPage {
            details: store.row(&Key::new(tag::DETAILS).record(record).done())?,
            private: store.row(&Key::new(tag::PRIVATE).record(record).done())?,
            person,
            timeline,
            interactions,
            introduced_by,
            introduced,
            company,
        })
    }
}

impl Question for Companies {
    const NAME: &'static str = "companies";

    type Answer = Vec<CompanyLine>;

    fn answer(&self, store: &Reader) -> Result<Vec<CompanyLine>, Error> {
        store.require_book()?;
        let mut lines = Vec::new();
        for company in companies(store)? {
            if self.targets && !company.target {
                continue;
            }
            let prefix = Key::new(tag::EMPLOYED).text(&text::company_key(&company.name)).done();
            let mut people = 0;
            store.scan(&prefix, false, &mut |_, _| {
                people += 1;
                Ok(true)
            })?;
            lines.push(CompanyLine { company, people });
        }
        lines.sort_by_key(|line| {
            let rank = (line.company.motivation, line.company.posting, line.people);
            (std::cmp::Reverse(rank), text::company_key(&line.company.name))
        });
        if self.limit > 0 {
            lines.truncate(self.limit);
        }
        Ok(lines)
    }
}

impl Question for Export {
    const NAME: &'static str = "export";

    type Answer = ExportedBook;

    fn answer(&self, store: &Reader) -> Result<ExportedBook, Error> {
        let book = store.require_book()?;
        let mut rows: Vec<PersonRow> = Vec::new();
        store.scan(&Key::new(tag::PERSON).done(), false, &mut |_, value| {
            rows.push(decode(value)?);
            Ok(true)
        })?;
        let mut people = Vec::with_capacity(rows.len());
        for person in rows {
            let record = person.record;
            let mut interactions: Vec<InteractionRow> = Vec::new();
            store.scan(
                &Key::new(tag::TIMELINE).record(&record).done(),
                false,
                &mut |_, value| {
                    let row: InteractionRow = decode(value)?;
                    if row.record == record {
                        interactions.push(row);
                    }
                    Ok(true)
                },
            )?;
            people.push(ExportedPerson {
                details: store.row(&Key::new(tag::DETAILS).record(&record).done())?,
                private: store.row(&Key::new(tag::PRIVATE).record(&record).done())?,
                person,
                interactions,
            });
        }
        let mut meetings = Vec::new();
        store.scan(&Key::new(tag::MEETING).done(), false, &mut |_, value| {
            meetings.push(decode(value)?);
            Ok(true)
        })?;
        let profile = AskProfile.answer(store)?;
        Ok(ExportedBook { book, profile, people, companies: companies(store)?, meetings })
    }
}

// ---- rows ----

pub(super) fn person(store: &Reader, record: &RecordId) -> Result<Option<PersonRow>, Error> {
    store.row(&Key::new(tag::PERSON).record(record).done())
}

pub(super) fn person_line(store: &Reader, record: &RecordId) -> Result<Option<PersonLine>, Error> {
    let Some(person) = person(store, record)? else {
        return Ok(None);
    };
    let due: Option<Due> = store.row(&Key::new(tag::DUE).record(record).done())?;
    Ok(Some(PersonLine { person, last: due.and_then(|due| due.last), matched: None }))
}

pub(super) fn under(store: &Reader, prefix: &[u8]) -> Result<Vec<PersonRow>, Error> {
    let mut records = Vec::new();
    store.scan(prefix, false, &mut |key, _| {
        records.extend(last_record(key));
        Ok(records.len() <= UNDER_MAX)
    })?;
    let mut people = Vec::new();
    for record in records {
        people.extend(person(store, &record)?);
    }
    Ok(people)
}

/// Companies in order of their keys.
fn companies(store: &Reader) -> Result<Vec<CompanyRow>, Error> {
    companies_under(store, &Key::new(tag::COMPANY).done())
}

/// Companies under a prefix; several records of one key are one company.
fn companies_under(store: &Reader, prefix: &[u8]) -> Result<Vec<CompanyRow>, Error> {
    let mut rows: BTreeMap<String, CompanyRow> = BTreeMap::new();
    store.scan(prefix, false, &mut |_, value| {
        let row: CompanyRow = decode(value)?;
        match rows.entry(text::company_key(&row.name)) {
            Entry::Vacant(vacant) => {
                vacant.insert(row);
            }
            Entry::Occupied(mut known) => unite(known.get_mut(), row),
        }
        Ok(true)
    })?;
    Ok(rows.into_values().collect())
}

/// Takes what another record of the same company adds.
fn unite(known: &mut CompanyRow, other: CompanyRow) {
    known.target |= other.target;
    known.motivation = known.motivation.max(other.motivation);
    known.posting = known.posting.max(other.posting);
    known.notes.extend(other.notes);
    known.notes.sort();
    known.also.extend(other.also);
}

/// What is known of a company, the private notes among it.
fn company(store: &Reader, name: &str) -> Result<Option<CompanyRow>, Error> {
    let key = text::company_key(name);
    let found = companies_under(store, &Key::new(tag::COMPANY).text(&key).done())?;
    let Some(mut company) = found.into_iter().next() else { return Ok(None) };
    let prefix = Key::new(tag::COMPANY_PRIVATE).text(&key).done();
    store.scan(&prefix, false, &mut |_, value| {
        let private: PrivateRow = decode(value)?;
        company.notes.extend(private.notes);
        Ok(true)
    })?;
    company.notes.sort();
    Ok(Some(company))
}

pub(super) fn count(store: &Reader, name: &str) -> Result<u64, Error> {
    let count: Option<i64> = store.row(&Key::new(tag::COUNT).text(name).done())?;
    Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
}

pub(super) fn date_at(key: &[u8], at: usize) -> Option<Date> {
    std::str::from_utf8(key.get(at..at + 10)?).ok()?.parse().ok()
}

pub(super) fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    postcard::from_bytes(bytes)
        .map_err(|_| Error::Disk("a view row is damaged; `goodword doctor --rebuild`".to_owned()))
}
