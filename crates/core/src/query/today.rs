//! Whom to get in touch with on a day: merged from rows that are kept by day.

use jiff::ToSpan;
use jiff::civil::Date;

use super::answer::{count, date_at, person};
use super::{Act, AskProfile, Question, Today, TodayLine, TodayList};
use crate::model::{Profile, Tier};
use crate::store::{Error, Reader};
use crate::view::key::{Key, last_record, tag};

/// Lines of one kind gathered before they are ranked together.
const GATHERED_MAX: usize = 64;

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
                reason: match untriaged {
                    1 => "1 person has no tier yet, so nothing makes them due".to_owned(),
                    many => format!("{many} people have no tier yet, so nothing makes them due"),
                },
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
            Some(by) => super::answer::person(store, by)?.map(|by| by.name),
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
