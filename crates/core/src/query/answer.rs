//! Answers from views: each function reads rows and nothing else.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use super::{
    Act, AskProfile, Companies, CompanyLine, Export, ExportedBook, ExportedPerson, Find, People,
    PeopleList, PersonLine, PersonPage, Question, Resolution, Resolve, Show, Today, TodayLine,
    TodayList,
};
use crate::id::RecordId;
use crate::model::{Profile, Tier};
use crate::store::{Error, Reader, UserError};
use crate::text;
use crate::view::due::Due;
use crate::view::key::{Key, last_record, tag};
use crate::view::project::class;
use crate::view::{CompanyRow, InteractionRow, PersonRow, PrivateRow};

/// Similar names offered when nobody matches.
const SUGGESTIONS_MAX: usize = 3;

/// Candidates listed when a name is ambiguous.
const CANDIDATES_MAX: usize = 12;

/// Lines of one kind gathered before they are ranked together.
const GATHERED_MAX: usize = 64;

impl Question for AskProfile {
    type Answer = Profile;

    fn answer(&self, store: &Reader) -> Result<Profile, Error> {
        store.require_book()?;
        Ok(store.row(&Key::new(tag::PROFILE).done())?.unwrap_or_default())
    }
}

impl Question for Today {
    type Answer = TodayList;

    fn answer(&self, store: &Reader) -> Result<TodayList, Error> {
        let profile = AskProfile.answer(store)?;
        let mut lines = Vec::new();
        let mut more = follow_ups(store, self.on, &mut lines)?;
        more += to_write(store, self.on, &mut lines)?;
        more += to_keep_warm(store, self.on, &profile, &mut lines)?;
        let people = count(store, "people")?;
        let untriaged = count(store, "untriaged")?;
        // Most overdue first within an act; what the user set by hand comes before cadences.
        lines.sort_by(|a, b| (a.act, a.due, name_of(a)).cmp(&(b.act, b.due, name_of(b))));
        if people == 0 {
            lines.push(TodayLine {
                act: Act::Import,
                person: None,
                due: self.on,
                reason: "nobody is here yet".to_owned(),
            });
        } else if untriaged > 0 {
            lines.push(TodayLine {
                act: Act::Triage,
                person: None,
                due: self.on,
                reason: format!("{untriaged} people have no tier yet, so nothing makes them due"),
            });
        }
        let beyond = lines.len().saturating_sub(self.limit);
        lines.truncate(self.limit);
        Ok(TodayList { lines, more: more + beyond as u64, untriaged, people })
    }
}

fn name_of(line: &TodayLine) -> &str {
    line.person.as_ref().map_or("", |person| person.name.as_str())
}

/// Next steps that are due by `on`; returns how many there were beyond those gathered.
fn follow_ups(store: &Reader, on: Date, lines: &mut Vec<TodayLine>) -> Result<u64, Error> {
    let mut due = Vec::new();
    let mut more = 0;
    store.scan(&Key::new(tag::FOLLOW_UP).done(), false, &mut |key, _| {
        let day = date_at(key, 1);
        if day.is_none_or(|day| day > on) {
            return Ok(false);
        }
        match (day, last_record(key)) {
            (Some(day), Some(record)) if due.len() < GATHERED_MAX => due.push((day, record)),
            _ => more += 1,
        }
        Ok(true)
    })?;
    for (day, record) in due {
        let Some(person) = person(store, &record)? else {
            continue;
        };
        let why = person.next.as_ref().map(|next| next.why.clone()).unwrap_or_default();
        let reason = if why.is_empty() { "the day you set".to_owned() } else { why };
        lines.push(TodayLine { act: Act::FollowUp, person: Some(person), due: day, reason });
    }
    Ok(more)
}

/// People whom somebody introduced and who were never contacted.
fn to_write(store: &Reader, on: Date, lines: &mut Vec<TodayLine>) -> Result<u64, Error> {
    let mut records = Vec::new();
    let mut more = 0;
    store.scan(&Key::new(tag::WRITE).done(), false, &mut |key, _| {
        match last_record(key) {
            Some(record) if records.len() < GATHERED_MAX => records.push(record),
            _ => more += 1,
        }
        Ok(true)
    })?;
    for record in records {
        let Some(person) = person(store, &record)? else {
            continue;
        };
        let by = match &person.introduced_by {
            Some(by) => self::person(store, by)?.map(|by| by.name),
            None => None,
        };
        let by = by.unwrap_or_else(|| "somebody".to_owned());
        let reason = format!("{by} named them; not contacted yet");
        lines.push(TodayLine { act: Act::Write, person: Some(person), due: on, reason });
    }
    Ok(more)
}

fn to_keep_warm(
    store: &Reader,
    on: Date,
    profile: &Profile,
    lines: &mut Vec<TodayLine>,
) -> Result<u64, Error> {
    let mut more = 0;
    for tier in [Tier::Inner, Tier::Active, Tier::Network] {
        let Some(days) = profile.keep_warm.days(tier) else {
            continue;
        };
        let Ok(latest) = on.checked_sub(i64::from(days).days()) else {
            continue;
        };
        let prefix = Key::new(tag::KEEP_WARM).tier(Some(tier)).done();
        let mut due = Vec::new();
        store.scan(&prefix, false, &mut |key, _| {
            let Some(last) = date_at(key, 2) else {
                return Ok(true);
            };
            if last > latest {
                return Ok(false);
            }
            match last_record(key) {
                Some(record) if due.len() < GATHERED_MAX => due.push((last, record)),
                _ => more += 1,
            }
            Ok(true)
        })?;
        for (last, record) in due {
            let Some(person) = person(store, &record)? else {
                continue;
            };
            let (due, reason) = if last == Date::ZERO {
                (on, format!("{tier} circle, no contact logged yet"))
            } else {
                let due = last.checked_add(i64::from(days).days()).unwrap_or(on);
                (due, format!("{tier} circle, every {days} days; last {last}"))
            };
            lines.push(TodayLine { act: Act::KeepWarm, person: Some(person), due, reason });
        }
    }
    Ok(more)
}

impl Question for People {
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
                if people.len() < limit {
                    people.push(line);
                }
            }
        }
        if is_plain {
            total = count(store, "people")?;
        } else {
            people.sort_by_key(|line| text::fold(&line.person.name));
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

impl Question for Find {
    type Answer = PeopleList;

    fn answer(&self, store: &Reader) -> Result<PeopleList, Error> {
        store.require_book()?;
        let mut found = find(store, &self.text)?;
        without_deleted(store, &mut found)?;
        let total = found.len() as u64;
        let mut ranked: Vec<(u8, u32)> = found.into_iter().map(|(n, class)| (class, n)).collect();
        ranked.sort_unstable();
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let mut people = Vec::new();
        for (_, number) in ranked {
            if people.len() == limit {
                break;
            }
            let Some(record) = store.record_of(number)? else {
                continue;
            };
            people.extend(person_line(store, &record)?);
        }
        Ok(PeopleList { people, total })
    }
}

/// Numbers of people who have every word of `text`, with the best class of any word.
fn find(store: &Reader, text: &str) -> Result<BTreeMap<u32, u8>, Error> {
    let mut found: Option<BTreeMap<u32, u8>> = None;
    for word in text::words(text) {
        let mut having = store.word(&word)?;
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
    let found = find(store, name)?;
    let mut people = Vec::new();
    for (number, class) in found {
        if class != class::NAME {
            continue;
        }
        let Some(record) = store.record_of(number)? else {
            continue;
        };
        let Some(person) = person(store, &record)? else {
            continue;
        };
        let own: BTreeSet<String> = text::words(&person.name).collect();
        if text::words(name).all(|word| own.iter().any(|own| own.starts_with(&word))) {
            people.push(person);
        }
        if people.len() > CANDIDATES_MAX {
            break;
        }
    }
    people.sort_by_key(|person| text::fold(&person.name));
    Ok(people)
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

impl Question for Companies {
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

fn person_line(store: &Reader, record: &RecordId) -> Result<Option<PersonLine>, Error> {
    let Some(person) = person(store, record)? else {
        return Ok(None);
    };
    let due: Option<Due> = store.row(&Key::new(tag::DUE).record(record).done())?;
    Ok(Some(PersonLine { person, last: due.and_then(|due| due.last) }))
}

fn under(store: &Reader, prefix: &[u8]) -> Result<Vec<PersonRow>, Error> {
    let mut records = Vec::new();
    store.scan(prefix, false, &mut |key, _| {
        records.extend(last_record(key));
        Ok(records.len() <= CANDIDATES_MAX)
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

fn count(store: &Reader, name: &str) -> Result<u64, Error> {
    let count: Option<i64> = store.row(&Key::new(tag::COUNT).text(name).done())?;
    Ok(u64::try_from(count.unwrap_or(0)).unwrap_or(0))
}

fn date_at(key: &[u8], at: usize) -> Option<Date> {
    std::str::from_utf8(key.get(at..at + 10)?).ok()?.parse().ok()
}

fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    postcard::from_bytes(bytes)
        .map_err(|_| Error::Disk("a view row is damaged; `goodword doctor --rebuild`".to_owned()))
}
