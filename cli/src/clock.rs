//! The one place that reads the clock and the time zone.
//!
//! `GOODWORD_NOW` stands in for the clock, so that stories say the same every day: an instant
//! with its offset, such as `2026-11-20T09:00:00+01:00`.

mod zone;

use std::env;

use goodword_core::Now;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::error::CliError;

/// Stands in for the clock.
pub const NOW_VARIABLE: &str = "GOODWORD_NOW";

/// Returns the instant, and the calendar day in the user's `zone` (an IANA name; empty for the
/// system's own).
pub fn now(zone: &str) -> Result<Now, CliError> {
    let local = match env::var(NOW_VARIABLE) {
        Ok(text) => fixed(&text, zone)?,
        Err(_) => Timestamp::now().to_zoned(time_zone(zone)?),
    };
    Ok(day_of(&local))
}

/// A clock that can be asked often: the file of the `zone` is read once, and that of the system's
/// own, which may change, every few minutes.
pub fn ticking(zone: &str) -> Result<impl Fn() -> Now + Send + Sync + 'static, CliError> {
    let fixed = env::var(NOW_VARIABLE).ok().map(|text| fixed(&text, zone)).transpose()?;
    let named = if zone.is_empty() { None } else { Some(time_zone(zone)?) };
    Ok(move || match &fixed {
        Some(fixed) => day_of(fixed),
        None => day_of(&Timestamp::now().to_zoned(named.clone().unwrap_or_else(TimeZone::system))),
    })
}

fn day_of(local: &Zoned) -> Now {
    Now { at: local.timestamp(), today: local.date() }
}

/// Returns the zone in which [`now`] finds the calendar day.
pub fn zone(zone: &str) -> Result<TimeZone, CliError> {
    match env::var(NOW_VARIABLE) {
        Ok(text) => Ok(fixed(&text, zone)?.time_zone().clone()),
        Err(_) => time_zone(zone),
    }
}

/// Returns the time zone of a profile.
pub fn time_zone(zone: &str) -> Result<TimeZone, CliError> {
    if zone.is_empty() {
        return Ok(zone::system());
    }
    zone::named(zone).map_err(|_| {
        CliError::usage(format!("`{zone}` is not a time zone"))
            .hint("use a name such as `Europe/Zurich`")
    })
}

fn fixed(text: &str, zone: &str) -> Result<Zoned, CliError> {
    let malformed = || {
        CliError::usage(format!("{NOW_VARIABLE} is `{text}`, not an instant"))
            .hint("write it as `2026-11-20T09:00:00+01:00`")
    };
    let at: Timestamp = text.parse().map_err(|_| malformed())?;
    let zone = if zone.is_empty() {
        let pieces = DateTimeParser::new().parse_pieces(text).map_err(|_| malformed())?;
        match pieces.to_numeric_offset() {
            Some(offset) => TimeZone::fixed(offset),
            None => TimeZone::UTC,
        }
    } else {
        time_zone(zone)?
    };
    Ok(at.to_zoned(zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_the_one_of_the_given_offset() {
        let late = fixed("2026-11-20T23:30:00-05:00", "").unwrap();
        assert_eq!(late.date().to_string(), "2026-11-20");
    }

    #[test]
    fn a_zone_in_the_profile_decides_the_day() {
        let late = fixed("2026-11-20T23:30:00-05:00", "Europe/Zurich").unwrap();
        assert_eq!(late.date().to_string(), "2026-11-21");
    }

    #[test]
    fn an_instant_without_offset_is_refused() {
        let error = fixed("2026-11-20 09:00", "").unwrap_err();
        assert_eq!(error.exit.code(), 2);
        assert!(error.message.contains("2026-11-20 09:00"));
    }
}
