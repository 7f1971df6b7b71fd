//! How often one has talked with somebody, as seen from the talk being logged.

use goodword_core::RecordId;
use goodword_core::query::Show;
use goodword_core::store::Reader;
use jiff::civil::Date;
use serde::Serialize;

use crate::dates;
use crate::error::CliError;
use crate::text;

/// What is known before the talk is logged, and its place in it.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Talks {
    /// Which talk with them it is, over all time.
    pub nth: u64,
    /// Which it is in its calendar month.
    pub nth_in_month: u64,
    /// Days since the last talk before it.
    pub days_since_last: Option<u32>,
}

impl Talks {
    /// Counts the talks with `record`, as one is logged on `on`.
    pub fn with(reader: &Reader, record: RecordId, on: Date) -> Result<Self, CliError> {
        // Somebody who was added a moment ago is not in this reader's view.
        let Ok(page) = reader.ask(&Show { record, interactions: 0 }) else {
            return Ok(Self::among(&[], on));
        };
        let days: Vec<Date> = page.timeline.iter().map(|row| row.on).collect();
        Ok(Self::among(&days, on))
    }

    fn among(days: &[Date], on: Date) -> Self {
        let in_month = |day: &&Date| (day.year(), day.month()) == (on.year(), on.month());
        let before = days.iter().filter(|day| **day <= on).max();
        Self {
            nth: days.len() as u64 + 1,
            nth_in_month: days.iter().filter(in_month).count() as u64 + 1,
            days_since_last: before.map(|day| dates::days_between(*day, on).unsigned_abs()),
        }
    }

    /// Says it: `3rd talk with Ada this month; last one 12 days before.`
    pub fn sentence(&self, name: &str, on: Date, today: Date) -> String {
        if self.nth == 1 {
            return format!("First talk with {name}.");
        }
        let this_month = (on.year(), on.month()) == (today.year(), today.month());
        let month = if this_month {
            "this month".to_owned()
        } else {
            format!("in {}", on.strftime("%B"))
        };
        let last = match self.days_since_last {
            Some(0) => "; another one on the same day".to_owned(),
            Some(days) => format!("; last one {} before", dates::period(days)),
            None => String::new(),
        };
        let nth = text::capital(&text::ordinal(self.nth_in_month));
        format!("{nth} talk with {name} {month}{last}.")
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 11, 20);

    fn said(days: &[Date]) -> String {
        Talks::among(days, TODAY).sentence("Ada", TODAY, TODAY)
    }

    #[test]
    fn a_first_talk_is_called_so() {
        assert_eq!(said(&[]), "First talk with Ada.");
    }

    #[test]
    fn talks_are_counted_in_their_month_and_from_the_last() {
        assert_eq!(
            said(&[date(2026, 11, 2), date(2026, 11, 8), date(2026, 3, 1)]),
            "3rd talk with Ada this month; last one 12 days before."
        );
        assert_eq!(
            said(&[date(2026, 9, 1)]),
            "1st talk with Ada this month; last one 11 weeks before."
        );
    }

    #[test]
    fn a_talk_logged_late_counts_from_the_one_before_it() {
        let talks = Talks::among(&[date(2026, 11, 19), date(2026, 10, 1)], date(2026, 10, 5));
        assert_eq!(talks.days_since_last, Some(4));
        assert_eq!(
            talks.sentence("Ada", date(2026, 10, 5), TODAY),
            "2nd talk with Ada in October; last one 4 days before."
        );
    }
}
