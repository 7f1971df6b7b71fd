//! The day of a connection, in each way that LinkedIn and spreadsheets write it.
//!
//! A day that cannot be, or that could be two, is told apart and never replaced.

use jiff::civil::Date;

/// Excel's day 0, counted so that its phantom 29 February 1900 is allowed for.
const EXCEL_ZERO: Date = jiff::civil::date(1899, 12, 30);
/// Excel's serial numbers of 2000-01-01 and 2099-12-31: others are no connection's day.
const EXCEL_DAYS: std::ops::RangeInclusive<i64> = 36_526..=73_050;

/// Month names and abbreviations of English and German, by their starts.
const MONTHS: [&[&str]; 12] = [
    &["jan", "jän"],
    &["feb"],
    &["mar", "mär", "mrz", "maer"],
    &["apr"],
    &["may", "mai"],
    &["jun"],
    &["jul"],
    &["aug"],
    &["sep"],
    &["oct", "okt"],
    &["nov"],
    &["dec", "dez"],
];

/// Why a date was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// It is on no calendar.
    Impossible,
    /// Day and month could be exchanged.
    Ambiguous,
    /// It is in no known form.
    Unknown,
}

/// Reads `05 Mar 2024`, `2024-03-05`, `May 18, 2023`, `14.03.2023`, `05-Mar-24`, `14. März 2023`,
/// or an Excel serial number.
pub(super) fn read(text: &str) -> Result<Date, Unread> {
    let text = without_time(text.trim()).to_lowercase();
    let parts: Vec<&str> =
        text.split([' ', ',', '.', '-', '/']).filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [serial] => excel(serial),
        [serial, fraction] if text.contains('.') && is_number(fraction) => excel(serial),
        [a, b, c] => three(a, b, c, text.contains('.')),
        _ => Err(Unread::Unknown),
    }
}

fn three(a: &str, b: &str, c: &str, dotted: bool) -> Result<Date, Unread> {
    if let Some(month) = month(b) {
        return day(year(c)?, month, number(a)?);
    }
    if let Some(month) = month(a) {
        return day(year(c)?, month, number(b)?);
    }
    if a.len() == 4 {
        return day(year(a)?, number(b)?, number(c)?);
    }
    let (first, second, year) = (number(a)?, number(b)?, year(c)?);
    match (dotted, first > 12, second > 12) {
        (true, _, _) | (false, true, _) => day(year, second, first),
        (false, false, true) => day(year, first, second),
        (false, false, false) if first == second => day(year, first, second),
        (false, false, false) => Err(Unread::Ambiguous),
    }
}

fn excel(serial: &str) -> Result<Date, Unread> {
    let days: i64 = serial.parse().map_err(|_| Unread::Unknown)?;
    if !EXCEL_DAYS.contains(&days) {
        return Err(Unread::Unknown);
    }
    let span = jiff::Span::new().try_days(days).map_err(|_| Unread::Unknown)?;
    EXCEL_ZERO.checked_add(span).map_err(|_| Unread::Unknown)
}

fn day(year: i16, month: i8, day: i8) -> Result<Date, Unread> {
    Date::new(year, month, day).map_err(|_| Unread::Impossible)
}

fn month(word: &str) -> Option<i8> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let is_it = |starts: &&[&str]| starts.iter().any(|start| word.starts_with(start));
    let at = MONTHS.iter().position(is_it)?;
    i8::try_from(at + 1).ok()
}

/// Reads a year; one of two digits is of this century, since LinkedIn is.
fn year(text: &str) -> Result<i16, Unread> {
    match (text.len(), text.parse::<i16>()) {
        (4, Ok(year)) if is_number(text) => Ok(year),
        (2, Ok(year)) if is_number(text) => Ok(2000 + year),
        _ => Err(Unread::Unknown),
    }
}

fn number(text: &str) -> Result<i8, Unread> {
    if text.len() > 2 || !is_number(text) {
        return Err(Unread::Unknown);
    }
    text.parse().map_err(|_| Unread::Unknown)
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Drops the time of an ISO date and time.
fn without_time(text: &str) -> &str {
    match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b' ', ..] => &text[..10],
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_each_way_that_it_is_written() {
        for text in [
            "05 Mar 2024",
            "5 March 2024",
            "05 März 2024",
            "5. Mär. 2024",
            "05 Mrz 2024",
            "2024-03-05",
            "2024-03-05T10:11:12Z",
            "2024/03/05",
            "March 5, 2024",
            "Mar 5 2024",
            "05.03.2024",
            "5.3.24",
            "05-Mar-24",
            "45356",
            "45356.75",
        ] {
            assert_eq!(read(text), Ok(jiff::civil::date(2024, 3, 5)), "{text}");
        }
        assert_eq!(read("May 18, 2023"), Ok(jiff::civil::date(2023, 5, 18)));
        assert_eq!(read("14.03.2023"), Ok(jiff::civil::date(2023, 3, 14)));
        assert_eq!(read("3/14/2023"), Ok(jiff::civil::date(2023, 3, 14)));
        assert_eq!(read("14/3/2023"), Ok(jiff::civil::date(2023, 3, 14)));
        assert_eq!(read("29 Feb 2024"), Ok(jiff::civil::date(2024, 2, 29)));
    }

    #[test]
    fn a_day_that_cannot_be_is_told_from_one_that_could_be_two() {
        assert_eq!(read("31 Feb 2024"), Err(Unread::Impossible));
        assert_eq!(read("29.02.2023"), Err(Unread::Impossible));
        assert_eq!(read("2024-13-01"), Err(Unread::Impossible));
        assert_eq!(read("03/04/2024"), Err(Unread::Ambiguous));
        for text in ["yesterday", "", "12", "99999999999", "5 Foo 2024", "a b c", "٣ Mar 2024"] {
            assert_eq!(read(text), Err(Unread::Unknown), "{text}");
        }
    }
}
