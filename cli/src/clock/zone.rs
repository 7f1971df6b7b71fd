//! Time zones: one by its name, or the system's own, each from the one file that describes it.
//!
//! jiff lists every zone that the system knows before it gives the first one, which takes longer
//! than the rest of a short command. It is asked for whatever is not plainly the name of a file.

use std::path::{Path, PathBuf};
use std::{env, fs};

use jiff::tz::TimeZone;

/// Where the files are, unless `TZDIR` says otherwise (tzfile(5)).
const DIRECTORY: &str = "/usr/share/zoneinfo";

/// The zone called `name`: an IANA name, in any case.
pub fn named(name: &str) -> Result<TimeZone, jiff::Error> {
    match read(name) {
        Some(zone) => Ok(zone),
        None => TimeZone::get(name),
    }
}

/// The system's own zone: that of `TZ`, or of `/etc/localtime`.
pub fn system() -> TimeZone {
    system_name().and_then(|name| read(&name)).unwrap_or_else(TimeZone::system)
}

fn system_name() -> Option<String> {
    if let Some(name) = env::var_os("TZ") {
        return name.into_string().ok();
    }
    let target = fs::read_link("/etc/localtime").ok()?;
    let (_, name) = target.to_str()?.rsplit_once("zoneinfo/")?;
    Some(name.to_owned())
}

fn read(name: &str) -> Option<TimeZone> {
    let bytes = fs::read(path(name)?).ok()?;
    TimeZone::tzif(name, &bytes).ok()
}

/// Where the zone's file is; none for what is no name, and might lead elsewhere.
fn path(name: &str) -> Option<PathBuf> {
    let is_plain = |part: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '+');
        !part.is_empty() && part.chars().all(allowed)
    };
    let directory = env::var_os("TZDIR").map_or_else(|| DIRECTORY.into(), PathBuf::from);
    name.split('/').all(is_plain).then(|| Path::new(&directory).join(name))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_zone_from_its_file_is_the_one_that_the_library_knows() {
        for name in ["Europe/Zurich", "America/Argentina/Ushuaia", "Etc/GMT+5", "UTC"] {
            let (read, known) = (named(name).unwrap(), TimeZone::get(name).unwrap());
            for second in [0, 1_700_000_000, 1_720_000_000] {
                let at = Timestamp::from_second(second).unwrap();
                assert_eq!(read.to_offset(at), known.to_offset(at), "{name} at {at}");
            }
            assert_eq!(read.iana_name(), known.iana_name());
        }
    }

    #[test]
    fn the_case_of_a_name_does_not_matter() {
        assert!(named("europe/zurich").is_ok());
    }

    #[test]
    fn what_is_no_name_is_not_read_as_a_file() {
        for name in ["", "/etc/passwd", "../localtime", "Europe/../Europe/Zurich", "EST5EDT,M3.2.0"]
        {
            assert_eq!(path(name), None, "{name}");
        }
        assert!(named("Europe/Nowhere").is_err());
    }
}
