//! Days as people say them, and days as people read them.
//!
//! A calendar day only, never a time of day. A day of the week means the nearest in the direction
//! that the question has: `--on` looks back, `--next` looks ahead. What was understood is always
//! shown to the user, so a misreading is seen.

use interim::Dialect;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Span, ToSpan};

use crate::error::CliError;

/// Which way a day without a year, or a day of the week, is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// What happened: today or before.
    Past,
    /// What is to happen: today or later, and a day of the week not today.
    Future,
}

/// Days around today that are shown without their year: half of one, so that no day is ambiguous.
const YEARLESS_DAYS: i32 = 183;

/// Returns the day that `text` means on `today`.
///
/// # Errors
/// Usage, naming the text: it is no day, or it lies on the wrong side of today.
pub fn parse(text: &str, today: Date, toward: Toward) -> Result<Date, CliError> {
    let words = text.trim().to_lowercase();
    let words = words.strip_prefix("on ").unwrap_or(&words);
    let date = understand(words, today, toward).ok_or_else(|| {
        CliError::usage(format!("`{text}` is not a day")).hint(match toward {
            Toward::Past => "write `today`, `fri`, `3 days ago`, `20 nov` or `2026-11-20`",
            Toward::Future => "write `fri`, `in 2 weeks`, `eow`, `20 nov` or `2026-11-20`",
        })
    })?;
    let wrong_side = match toward {
        Toward::Past => date > today,
        Toward::Future => date < today,
    };
    if wrong_side {
        let shown = show(date, today);
        let (side, hint) = match toward {
            Toward::Past => ("has not come yet", "what is to happen goes into --next"),
            Toward::Future => ("is over", "what happened goes into `goodword log --on`"),
        };
        return Err(CliError::usage(format!("`{text}` is {shown}, which {side}")).hint(hint));
    }
    Ok(date)
}

/// Returns `Fri 20 Nov`; with the year instead of the weekday if it is more than half a year away.
pub fn show(date: Date, today: Date) -> String {
    if days_between(today, date).abs() <= YEARLESS_DAYS {
        date.strftime("%a %-d %b").to_string()
    } else {
        date.strftime("%-d %b %Y").to_string()
    }
}

/// Returns how far `date` is: `today`, `in 3 days`, `12 days ago`, `5 weeks ago`.
pub fn distance(date: Date, today: Date) -> String {
    let days = days_between(today, date);
    match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        2.. => format!("in {}", period(days.unsigned_abs())),
        _ => format!("{} ago", period(days.unsigned_abs())),
    }
}

/// Returns a number of days in words: `12 days`, `5 weeks`, `8 months`, `2 years`.
pub fn period(days: u32) -> String {
    let (number, unit) = match days {
        0..28 => (days, "day"),
        28..90 => (days / 7, "week"),
        90..730 => (days * 12 / 365, "month"),
        _ => (days / 365, "year"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// Returns the days from `from` to `to`, negative if it lies before.
pub fn days_between(from: Date, to: Date) -> i32 {
    to.since((jiff::Unit::Day, from)).map_or(0, |span| span.get_days())
}

fn understand(words: &str, today: Date, toward: Toward) -> Option<Date> {
    let step = |span: Span| today.checked_add(span).ok();
    match words {
        "" => None,
        "today" | "now" => Some(today),
        "yesterday" => step(-1.days()),
        "tomorrow" | "tmr" => step(1.days()),
        "eow" | "end of week" => following(Weekday::Friday, today),
        "eom" | "end of month" => Some(today.last_of_month()),
        "last week" => step(-1.weeks()),
        "next week" => today.nth_weekday(1, Weekday::Monday).ok(),
        "next month" => step(1.months())?.first_of_month().into(),
        _ => weekday(words, today, toward)
            .or_else(|| relative(words, today))
            .or_else(|| numeric(words, today, toward))
            .or_else(|| in_english(words, today, toward)),
    }
}

/// The next such weekday, today included.
fn following(weekday: Weekday, today: Date) -> Option<Date> {
    today.checked_sub(1.days()).ok()?.nth_weekday(1, weekday).ok()
}

/// `fri`, `last friday`, `next friday`.
fn weekday(words: &str, today: Date, toward: Toward) -> Option<Date> {
    let (forced, name) = match words.split_once(' ') {
        Some(("last", name)) => (Some(-1), name),
        Some(("next", name)) => (Some(1), name),
        Some(("this", name)) => (None, name),
        Some(_) => return None,
        None => (None, words),
    };
    let weekday = weekday_named(name)?;
    let today_counts = toward == Toward::Past && forced.is_none();
    if today_counts && today.weekday() == weekday {
        return Some(today);
    }
    let nth = forced.unwrap_or(match toward {
        Toward::Past => -1,
        Toward::Future => 1,
    });
    today.nth_weekday(nth, weekday).ok()
}

fn weekday_named(name: &str) -> Option<Weekday> {
    const NAMES: [(&str, Weekday); 7] = [
        ("monday", Weekday::Monday),
        ("tuesday", Weekday::Tuesday),
        ("wednesday", Weekday::Wednesday),
        ("thursday", Weekday::Thursday),
        ("friday", Weekday::Friday),
        ("saturday", Weekday::Saturday),
        ("sunday", Weekday::Sunday),
    ];
    let long_enough = name.len() >= 2;
    NAMES
        .into_iter()
        .find(|(whole, _)| long_enough && whole.starts_with(name))
        .map(|(_, weekday)| weekday)
}

/// `in 2 weeks`, `2w`, `+3d`, `10 days ago`, `a month ago`.
fn relative(words: &str, today: Date) -> Option<Date> {
    let (words, ago) = match words.strip_suffix(" ago") {
        Some(words) => (words, true),
        None => (words, false),
    };
    let words =
        words.strip_prefix("in ").or_else(|| words.strip_prefix('+')).unwrap_or(words).trim();
    let end = words.find(|c: char| !c.is_ascii_digit()).unwrap_or(words.len());
    let (number, unit) = match &words[..end] {
        "" => {
            let (number, unit) = words.split_once(' ')?;
            (number_named(number)?, unit)
        }
        digits => (digits.parse().ok()?, words[end..].trim()),
    };
    if number > 10_000 {
        return None;
    }
    let number = if ago { -number } else { number };
    let span = match unit {
        "d" | "day" | "days" => number.days(),
        "w" | "wk" | "week" | "weeks" => number.weeks(),
        "m" | "mo" | "month" | "months" => number.months(),
        "y" | "year" | "years" => number.years(),
        _ => return None,
    };
    today.checked_add(span).ok()
}

fn number_named(word: &str) -> Option<i64> {
    const NAMES: [&str; 11] =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    if matches!(word, "a" | "an") {
        return Some(1);
    }
    let index = NAMES.iter().position(|name| *name == word)?;
    i64::try_from(index).ok()
}

/// `2026-11-20`, `20.11.2026`, `20.11.`, `20/11`: day first, as in most of the world.
fn numeric(words: &str, today: Date, toward: Toward) -> Option<Date> {
    let separator = words.chars().find(|c| !c.is_ascii_digit())?;
    if !matches!(separator, '-' | '.' | '/') {
        return None;
    }
    let parts: Vec<&str> = words.trim_end_matches('.').split(separator).collect();
    let number = |part: &str| part.trim().parse::<i16>().ok();
    let date = |year: i16, month: i16, day: i16| {
        Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
    };
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => date(number(year)?, number(month)?, number(day)?),
        [day, month, year] if year.len() == 4 && separator != '-' => {
            date(number(year)?, number(month)?, number(day)?)
        }
        [day, month] if separator != '-' => {
            let (day, month) = (number(day)?, number(month)?);
            nearest(today, toward, |year| date(year, month, day))
        }
        _ => None,
    }
}

/// `20 nov`, `nov 20`, `1 April 2026`.
fn in_english(words: &str, today: Date, toward: Toward) -> Option<Date> {
    // Interim also reads times of day and bare months, which are no answer to "which day?".
    let has_month = words.split(|c: char| !c.is_alphabetic()).any(is_month);
    let day_digits = words.chars().filter(char::is_ascii_digit).count();
    if !has_month || day_digits == 0 || words.contains(':') {
        return None;
    }
    let midnight = today.to_zoned(TimeZone::UTC).ok()?;
    let read = interim::parse_date_string(words, midnight, Dialect::Uk).ok()?;
    if day_digits > 2 {
        return Some(read.date());
    }
    let (month, day) = (read.month(), read.day());
    nearest(today, toward, |year| Date::new(year, month, day).ok())
}

fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    word.len() >= 3 && MONTHS.iter().any(|month| month.starts_with(word) || word == "sept")
}

/// The day of a year before, this or next year that is nearest in the direction asked for.
fn nearest(today: Date, toward: Toward, of: impl Fn(i16) -> Option<Date>) -> Option<Date> {
    let year = today.year();
    let mut dates = [year - 1, year, year + 1].into_iter().filter_map(of);
    match toward {
        Toward::Past => dates.rfind(|date| *date <= today),
        Toward::Future => dates.find(|date| *date >= today),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// A Friday.
    const TODAY: Date = date(2026, 11, 20);

    fn past(text: &str) -> String {
        parse(text, TODAY, Toward::Past).map_or_else(|e| e.message, |date| date.to_string())
    }

    fn future(text: &str) -> String {
        parse(text, TODAY, Toward::Future).map_or_else(|e| e.message, |date| date.to_string())
    }

    #[test]
    fn a_weekday_means_the_last_one_when_looking_back() {
        assert_eq!(past("fri"), "2026-11-20");
        assert_eq!(past("last fri"), "2026-11-13");
        assert_eq!(past("Thursday"), "2026-11-19");
        assert_eq!(past("mon"), "2026-11-16");
        assert_eq!(past("sat"), "2026-11-14");
    }

    #[test]
    fn a_weekday_means_the_next_one_when_looking_ahead() {
        assert_eq!(future("fri"), "2026-11-27");
        assert_eq!(future("next fri"), "2026-11-27");
        assert_eq!(future("sat"), "2026-11-21");
        assert_eq!(future("mon"), "2026-11-23");
        assert_eq!(future("next week"), "2026-11-23");
    }

    #[test]
    fn spans_count_from_today() {
        assert_eq!(future("in 2 weeks"), "2026-12-04");
        assert_eq!(future("2w"), "2026-12-04");
        assert_eq!(future("+3d"), "2026-11-23");
        assert_eq!(future("in a month"), "2026-12-20");
        assert_eq!(future("in three days"), "2026-11-23");
        assert_eq!(past("10 days ago"), "2026-11-10");
        assert_eq!(past("a week ago"), "2026-11-13");
        assert_eq!(past("yesterday"), "2026-11-19");
    }

    #[test]
    fn the_end_of_the_week_is_its_friday() {
        assert_eq!(future("eow"), "2026-11-20");
        let monday = parse("eow", date(2026, 11, 23), Toward::Future).unwrap();
        assert_eq!(monday, date(2026, 11, 27));
        assert_eq!(future("eom"), "2026-11-30");
    }

    #[test]
    fn a_day_without_a_year_is_the_nearest_in_the_direction() {
        assert_eq!(past("3 dec"), "2025-12-03");
        assert_eq!(future("3 dec"), "2026-12-03");
        assert_eq!(future("jan 5"), "2027-01-05");
        assert_eq!(past("1.11."), "2026-11-01");
        assert_eq!(future("1/2"), "2027-02-01");
        assert_eq!(past("20 November"), "2026-11-20");
    }

    #[test]
    fn whole_days_are_taken_as_they_are() {
        assert_eq!(past("2025-02-28"), "2025-02-28");
        assert_eq!(past("14.03.2023"), "2023-03-14");
        assert_eq!(past("1 April 2026"), "2026-04-01");
        assert_eq!(past("April 1, 2026"), "2026-04-01");
    }

    #[test]
    fn what_is_no_day_is_named() {
        for text in
            ["", "soon", "8pm", "2026-13-01", "31.2.", "may", "5", "in weeks", "99999999 days"]
        {
            assert_eq!(past(text), format!("`{text}` is not a day"));
        }
    }

    #[test]
    fn a_day_on_the_wrong_side_is_refused_with_what_was_understood() {
        assert_eq!(past("tomorrow"), "`tomorrow` is Sat 21 Nov, which has not come yet");
        assert_eq!(future("2026-11-19"), "`2026-11-19` is Thu 19 Nov, which is over");
    }

    #[test]
    fn days_are_shown_as_people_say_them() {
        assert_eq!(show(date(2026, 11, 6), TODAY), "Fri 6 Nov");
        assert_eq!(show(date(2027, 1, 4), TODAY), "Mon 4 Jan");
        assert_eq!(show(date(2025, 11, 6), TODAY), "6 Nov 2025");
        assert_eq!(distance(date(2026, 11, 8), TODAY), "12 days ago");
        assert_eq!(distance(date(2026, 10, 1), TODAY), "7 weeks ago");
        assert_eq!(distance(date(2025, 10, 1), TODAY), "13 months ago");
        assert_eq!(distance(date(2026, 11, 21), TODAY), "tomorrow");
    }
}
