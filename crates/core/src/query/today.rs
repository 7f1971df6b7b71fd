//! Whom to get in touch with on a day: merged from rows that are kept by day.
//!
//! Reads the rows of the people that it names, and of the others no more than their keys.

use std::ops::Range;

use jiff::ToSpan;
use jiff::civil::Date;

use super::answer::{count, date_at, person};
use super::found::calling;
use super::{Act, AskProfile, Question, Today, TodayLine, TodayList};
use crate::id::RecordId;
use crate::model::{Profile, Tier};
use crate::store::{Error, Reader};
use crate::view::PersonRow;
use crate::view::key::{self, Key, last_record, tag};

/// Most that [`TodayList::more`] counts to: beyond it the number changes nothing for the day.
pub const MORE_MAX: u64 = 1_000;

impl Question for Today {
    const NAME: &'static str = "today";

    type Answer = TodayList;

    fn answer(&self, store: &Reader) -> Result<TodayList, Error> {
        let profile = AskProfile.answer(store)?;
        let mut day = Day { store, on: self.on, room: self.limit, lines: Vec::new(), more: 0 };
        day.follow_ups()?;
        day.add_first_letters()?;
        day.add_keep_warm(&profile)?;
        let Day { mut lines, more, .. } = day;
        // Most overdue first within an act; what the user set by hand comes before cadences.
        lines.sort_by(|a, b| (a.act, a.due, name_of(a)).cmp(&(b.act, b.due, name_of(b))));
        let people = count(store, "people")?;
        let untriaged = count(store, "untriaged")?;
        if lines.len() < self.limit {
            lines.extend(nobody_due(self.on, people, untriaged));
        }
        Ok(TodayList { lines, more, untriaged, people })
    }
}

fn name_of(line: &TodayLine) -> &str {
    line.person.as_ref().map_or("", |person| person.name.as_str())
}

/// What makes people due: bringing them in, and sorting them.
fn nobody_due(on: Date, people: u64, untriaged: u64) -> Option<TodayLine> {
    let (act, reason) = match (people, untriaged) {
        (0, _) => (Act::Import, "nobody is here yet".to_owned()),
        (_, 0) => return None,
        (_, 1) => (Act::Triage, "1 person has no tier yet, so nothing makes them due".to_owned()),
        (_, many) => {
            (Act::Triage, format!("{many} people have no tier yet, so nothing makes them due"))
        }
    };
    Some(TodayLine { act, person: None, called: None, due: on, reason })
}

/// A day's list as it fills.
struct Day<'r> {
    store: &'r Reader,
    on: Date,
    /// Lines that are still wanted.
    room: usize,
    lines: Vec<TodayLine>,
    more: u64,
}

/// A person who is to be kept warm.
struct Cooling {
    due: Date,
    last: Option<Date>,
    tier: Tier,
    days: u16,
    record: RecordId,
}

impl Day<'_> {
    /// Next steps that are due.
    fn follow_ups(&mut self) -> Result<(), Error> {
        let all = Key::new(tag::FOLLOW_UP);
        let until = key::after(&all.clone().date(self.on).done());
        for (key, record) in self.gather(&all.done()..&until)? {
            let Some(person) = person(self.store, &record)? else { continue };
            let why = person.next.as_ref().map(|next| next.why.clone()).unwrap_or_default();
            let reason = if why.is_empty() { "the day you set".to_owned() } else { why };
            let due = date_at(&key, 1).unwrap_or(self.on);
            self.line(Act::FollowUp, person, due, reason)?;
        }
        Ok(())
    }

    /// People whom somebody introduced and who were never contacted.
    fn add_first_letters(&mut self) -> Result<(), Error> {
        let all = Key::new(tag::WRITE).done();
        for (_, record) in self.gather(&all..&key::after(&all))? {
            let Some(person) = person(self.store, &record)? else { continue };
            let by = match &person.introduced_by {
                Some(by) => self::person(self.store, by)?.map(|by| by.name),
                None => None,
            };
            let by = by.unwrap_or_else(|| "somebody".to_owned());
            let reason = format!("{by} named them; not contacted yet");
            self.line(Act::Write, person, self.on, reason)?;
        }
        Ok(())
    }

    /// People whose tier's cadence has run out.
    fn add_keep_warm(&mut self, profile: &Profile) -> Result<(), Error> {
        let mut cooling = Vec::new();
        for tier in [Tier::Inner, Tier::Active, Tier::Network] {
            let Some(days) = profile.keep_warm.days(tier) else { continue };
            let Ok(latest) = self.on.checked_sub(i64::from(days).days()) else { continue };
            let all = Key::new(tag::KEEP_WARM).tier(Some(tier));
            // Rows of people who were never talked to come first.
            let never = all.clone().date(Date::ZERO).done();
            let talked = key::after(&never);
            let until = key::after(&all.date(latest).done());
            for (key, record) in self.gather(&talked..&until)? {
                let last = date_at(&key, 2);
                let due = last.and_then(|last| last.checked_add(i64::from(days).days()).ok());
                cooling.push(Cooling { due: due.unwrap_or(self.on), last, tier, days, record });
            }
            for (_, record) in self.gather(&never..&talked)? {
                cooling.push(Cooling { due: self.on, last: None, tier, days, record });
            }
        }
        // Each tier filled the room by itself.
        cooling.sort_by_key(|cooling| cooling.due);
        self.more += cooling.len().saturating_sub(self.room) as u64;
        self.more = self.more.min(MORE_MAX);
        cooling.truncate(self.room);
        for Cooling { due, last, tier, days, record } in cooling {
            let Some(person) = person(self.store, &record)? else { continue };
            let reason = match last {
                Some(last) => format!("{tier} circle, every {days} days; last {last}"),
                None => format!("{tier} circle, no contact logged yet"),
            };
            self.line(Act::KeepWarm, person, due, reason)?;
        }
        Ok(())
    }

    /// The first keys of a range, with their records, as many as there is room for; the others
    /// are counted.
    fn gather(&mut self, keys: Range<&Vec<u8>>) -> Result<Vec<(Vec<u8>, RecordId)>, Error> {
        let mut first = Vec::new();
        let (room, more) = (self.room, &mut self.more);
        self.store.scan_range(
            keys.start.as_slice()..keys.end.as_slice(),
            false,
            &mut |key, _| {
                match last_record(key) {
                    Some(record) if first.len() < room => first.push((key.to_vec(), record)),
                    _ => *more += 1,
                }
                Ok(first.len() < room || *more < MORE_MAX)
            },
        )?;
        Ok(first)
    }

    fn line(
        &mut self,
        act: Act,
        person: PersonRow,
        due: Date,
        reason: String,
    ) -> Result<(), Error> {
        let called = Some(calling(self.store, &person)?);
        self.lines.push(TodayLine { act, person: Some(person), called, due, reason });
        self.room = self.room.saturating_sub(1);
        Ok(())
    }
}
