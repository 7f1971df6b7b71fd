//! Finding people: by words anywhere, and the one whom a user means.

use std::collections::{BTreeMap, BTreeSet};

use super::answer::{person, person_line, under};
use super::{Find, PeopleList, Question, Resolution, Resolve, matched};
use crate::id::RecordId;
use crate::store::{Error, Reader};
use crate::text;
use crate::view::key::{Key, last_record, tag};
use crate::view::project::class;
use crate::view::{InteractionRow, PersonRow};

/// Similar names offered when nobody matches.
const SUGGESTIONS_MAX: usize = 3;

/// Candidates listed when a name is ambiguous.
const CANDIDATES_MAX: usize = 12;

impl Question for Find {
    const NAME: &'static str = "find";

    type Answer = PeopleList;

    fn answer(&self, store: &Reader) -> Result<PeopleList, Error> {
        store.require_book()?;
        let mut found = find(store, &self.text)?;
        without_deleted(store, &mut found)?;
        let total = found.len() as u64;
        let mut ranked: Vec<(u8, u32)> = found.into_iter().map(|(n, class)| (class, n)).collect();
        ranked.sort_unstable();
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let words: Vec<String> = text::words(&self.text).collect();
        let mut people = Vec::new();
        for (_, number) in ranked {
            if people.len() == limit {
                break;
            }
            let Some(record) = store.record_of(number)? else {
                continue;
            };
            let Some(mut line) = person_line(store, &record)? else { continue };
            line.matched = matched::of(store, &line.person, &words)?;
            people.push(line);
        }
        Ok(PeopleList { people, total })
    }
}

/// Numbers of people who have every word of `text`, with the best class of any word.
fn find(store: &Reader, text: &str) -> Result<BTreeMap<u32, u8>, Error> {
    let mut found: Option<BTreeMap<u32, u8>> = None;
    for word in text::words(text) {
        let mut having = store.word(&word, None)?;
        expand_meetings(store, &mut having)?;
        found = Some(match found {
            None => having,
            Some(before) => before
                .into_iter()
                .filter_map(|(number, class)| {
                    having.get(&number).map(|other| (number, class.min(*other)))
                })
                .collect(),
        });
    }
    Ok(found.unwrap_or_default())
}

/// Leaves out who is found by a part alone that outlives the deletion of a person.
fn without_deleted(store: &Reader, found: &mut BTreeMap<u32, u8>) -> Result<(), Error> {
    let parts = [class::DETAILS, class::PRIVATE, class::MEETING];
    let doubtful: Vec<u32> =
        found.iter().filter(|(_, c)| parts.contains(c)).map(|(number, _)| *number).collect();
    for number in doubtful {
        let record = store.record_of(number)?;
        let is_there = match record {
            Some(record) => person(store, &record)?.is_some(),
            None => false,
        };
        if !is_there {
            found.remove(&number);
        }
    }
    Ok(())
}

/// Puts the people of a meeting in the place of the meeting.
fn expand_meetings(store: &Reader, having: &mut BTreeMap<u32, u8>) -> Result<(), Error> {
    let meetings: Vec<u32> =
        having.iter().filter(|(_, c)| **c == class::MEETING).map(|(number, _)| *number).collect();
    for number in meetings {
        having.remove(&number);
        let Some(record) = store.record_of(number)? else {
            continue;
        };
        let meeting: Option<InteractionRow> =
            store.row(&Key::new(tag::MEETING).record(&record).done())?;
        for person in meeting.into_iter().flat_map(|meeting| meeting.people) {
            if let Some(number) = store.record_number(&person)? {
                having.entry(number).or_insert(class::MEETING);
            }
        }
    }
    Ok(())
}

impl Question for Resolve {
    const NAME: &'static str = "resolve";

    type Answer = Resolution;

    fn answer(&self, store: &Reader) -> Result<Resolution, Error> {
        store.require_book()?;
        if let Ok(record) = self.text.parse::<RecordId>()
            && let Some(person) = person(store, &record)?
        {
            return Ok(Resolution::One(Box::new(person)));
        }
        let exact = under(store, &Key::new(tag::NAME).text(&text::fold(self.text.trim())).done())?;
        if let [one] = exact.as_slice() {
            return Ok(Resolution::One(Box::new(one.clone())));
        }
        let (name, company) = match self.text.split_once('@') {
            Some((name, company)) => (name, Some(text::company_key(company))),
            None => (self.text.as_str(), None),
        };
        let named = by_name(store, name)?;
        let at: Vec<PersonRow> = named
            .into_iter()
            .filter(|person| {
                company.as_ref().is_none_or(|wanted| {
                    person.company.as_deref().map(text::company_key).as_ref() == Some(wanted)
                })
            })
            .collect();
        match at.as_slice() {
            [] => Ok(Resolution::Nobody(similar(store, name)?)),
            [one] => Ok(Resolution::One(Box::new(one.clone()))),
            many => Ok(Resolution::Many(many.to_vec())),
        }
    }
}

/// People whose names have every word of `name` as the beginning of one of theirs.
fn by_name(store: &Reader, name: &str) -> Result<Vec<PersonRow>, Error> {
    let mut people = Vec::new();
    // One more than is listed tells that there are more.
    for number in named(store, name)?.into_iter().take(CANDIDATES_MAX + 1) {
        if let Some(record) = store.record_of(number)? {
            people.extend(person(store, &record)?);
        }
    }
    people.sort_by_key(|person| text::fold(&person.name));
    Ok(people)
}

/// Numbers of people whose names have every word of `name` as the beginning of one of theirs.
fn named(store: &Reader, name: &str) -> Result<BTreeSet<u32>, Error> {
    let mut found: Option<BTreeSet<u32>> = None;
    for word in text::words(name) {
        let having: BTreeSet<u32> = store.word(&word, Some(class::NAME))?.into_keys().collect();
        found = Some(match found {
            None => having,
            Some(before) => &before & &having,
        });
    }
    Ok(found.unwrap_or_default())
}

/// The fewest words that [`Resolve`] takes for exactly this person; their id if there are none.
pub(super) fn calling(store: &Reader, person: &PersonRow) -> Result<String, Error> {
    let first = person.name.split_whitespace().next().unwrap_or(&person.name).to_lowercase();
    // Whoever alone has a name that begins so is meant by it, without reading who the others are.
    if !first.contains('@') && first.parse::<RecordId>().is_err() {
        let named = named(store, &first)?;
        if let (1, Some(number)) = (named.len(), named.first())
            && store.record_of(*number)? == Some(person.record)
        {
            return Ok(first);
        }
    }
    let mut tries = vec![person.name.clone()];
    if let Some(company) = &person.company {
        tries.push(format!("{first}@{company}"));
        tries.push(format!("{}@{company}", person.name));
    }
    for text in tries {
        let meant = Resolve { text: text.clone() }.answer(store)?;
        if matches!(meant, Resolution::One(meant) if meant.record == person.record) {
            return Ok(text);
        }
    }
    Ok(person.record.to_string())
}

/// People whose names differ from `name` by few letters. Scans every name: only on a miss.
fn similar(store: &Reader, name: &str) -> Result<Vec<PersonRow>, Error> {
    let wanted: Vec<String> = text::words(name).collect();
    let Some(first) = wanted.first() else {
        return Ok(Vec::new());
    };
    let mut best: BTreeSet<(usize, RecordId)> = BTreeSet::new();
    store.scan(&Key::new(tag::NAME).done(), false, &mut |key, _| {
        let Some(record) = last_record(key) else {
            return Ok(true);
        };
        let end = key.len().saturating_sub(17);
        let own = std::str::from_utf8(key.get(1..end).unwrap_or_default()).unwrap_or_default();
        let near = own.split(' ').map(|word| distance(first, word)).min().unwrap_or(usize::MAX);
        if near <= 1 + first.chars().count() / 4 {
            best.insert((near, record));
            if best.len() > SUGGESTIONS_MAX {
                best.pop_last();
            }
        }
        Ok(true)
    })?;
    let mut people = Vec::new();
    for (_, record) in best {
        people.extend(person(store, &record)?);
    }
    Ok(people)
}

/// Edit distance (Levenshtein 1966) of two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
