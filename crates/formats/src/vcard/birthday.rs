//! Birthdays, with and without a year.
//!
//! Checked against the calendar. A partial date that is more than a missing year is no birthday.

use jiff::civil::Date;

/// Apple's year for "no year": a leap year, so that 29 February exists.
const NO_YEAR: i16 = 1604;

/// Reads `1990-05-17`, `19900517`, `--05-17`, `--0517` or `1604-05-17`, each with or without a
/// time, as `1990-05-17` or `--05-17`. `omitted` is Apple's statement of a year that is none.
pub(super) fn read(text: &str, omitted: Option<&str>) -> Option<String> {
    let text = text.trim();
    let day = text.split(['T', 't', ' ']).next()?;
    let (year, rest) = match day.strip_prefix("--") {
        Some(rest) => (NO_YEAR, rest),
        None => {
            let (year, rest) = day.split_at_checked(4)?;
            (number(year)?, rest.strip_prefix('-').unwrap_or(rest))
        }
    };
    let (month, rest) = rest.split_at_checked(2)?;
    let day = rest.strip_prefix('-').unwrap_or(rest);
    let has_year = ![0, NO_YEAR].contains(&year) && omitted.and_then(number) != Some(year);
    let (month, day) = (two(month)?, two(day)?);
    let checked = Date::new(if has_year { year } else { NO_YEAR }, month, day).ok()?;
    Some(match has_year {
        true => checked.to_string(),
        false => format!("--{month:02}-{day:02}"),
    })
}

/// Writes a birthday as a version 3.0 content line; without a year in Apple's way, since 3.0 has
/// none of its own.
pub(super) fn write(birthday: &str) -> Option<String> {
    let birthday = read(birthday, None)?;
    Some(match birthday.strip_prefix("--") {
        Some(day) => format!("BDAY;X-APPLE-OMIT-YEAR={NO_YEAR}:{NO_YEAR}-{day}"),
        None => format!("BDAY:{birthday}"),
    })
}

fn number(text: &str) -> Option<i16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

fn two(text: &str) -> Option<i8> {
    (text.len() == 2).then(|| number(text)).flatten()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn a_birthday_is_read_in_each_way_that_it_is_written() {
        for text in ["1990-05-17", "19900517", "1990-05-17T00:00:00Z", "19900517T1200"] {
            assert_eq!(read(text, None).as_deref(), Some("1990-05-17"), "{text}");
        }
        for text in ["--05-17", "--0517", "1604-05-17", "16040517", "0000-05-17"] {
            assert_eq!(read(text, None).as_deref(), Some("--05-17"), "{text}");
        }
        assert_eq!(read("1900-05-17", Some("1900")).as_deref(), Some("--05-17"));
        assert_eq!(read("--02-29", None).as_deref(), Some("--02-29"));
    }

    #[test]
    fn what_is_no_day_is_no_birthday() {
        for text in
            ["1990-02-31", "1990-05", "1990", "---17", "circa 1800", "", "--5-1", "übüü-05-17"]
        {
            assert_eq!(read(text, None), None, "{text}");
        }
    }
}
