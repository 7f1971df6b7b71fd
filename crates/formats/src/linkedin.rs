//! LinkedIn's `Connections.csv`, as downloaded or as saved again by a spreadsheet.
//!
//! The other files of the export are not read. The header is found by its cells. A file that is
//! not UTF-8 is refused as a whole; a broken row costs only itself.

mod date;
mod header;
mod profile;
mod record;

use std::io::Read;

use goodword_core::model::{Incoming, Labelled};

pub(crate) use header::Header;
pub use profile::profile_key;

use crate::limits::{PREAMBLE_LINES_MAX, RECORD_BYTES_MAX};
use crate::lines::{Line, Lines};
use crate::row::Tally;
use crate::text::{self, Cleaner};
use crate::{Error, Reason, Row, Summary};
use date::Unread;
use record::{Record, Records};

/// Reads the connections.
pub(crate) fn read(source: impl Read, each: &mut dyn FnMut(Row)) -> Result<Summary, Error> {
    let mut lines = Lines::new(source);
    let header = find_header(&mut lines)?;
    let mut records = Records::new(lines, &header);
    let mut tally = Tally::new(each);
    while let Some(record) = records.next()? {
        match record {
            Record::Broken { place, reason } => tally.reject(place, reason)?,
            Record::Cells { place, cells } => connection(place, &cells, &header, &mut tally)?,
        }
    }
    Ok(tally.summary)
}

fn find_header<R: Read>(lines: &mut Lines<R>) -> Result<Header, Error> {
    let mut looked = 0;
    while looked < PREAMBLE_LINES_MAX {
        let Some(line) = lines.next()? else {
            break;
        };
        looked = line.number;
        if line.cut {
            return Err(Error::LineTooLong { line: line.number, limit: RECORD_BYTES_MAX });
        }
        if let Some(header) = Header::find(utf8(&line)?) {
            return Ok(header);
        }
    }
    if looked == 0 {
        return Err(Error::Empty);
    }
    Err(Error::NoHeader { lines: looked })
}

fn utf8(line: &Line) -> Result<&str, Error> {
    std::str::from_utf8(&line.bytes)
        .map_err(|error| Error::NotUtf8 { offset: line.offset + error.valid_up_to() as u64 })
}

fn connection(
    place: u64,
    cells: &csv::StringRecord,
    header: &Header,
    tally: &mut Tally<'_>,
) -> Result<(), Error> {
    if cells.iter().all(|cell| text::line(cell).is_empty()) {
        tally.summary.blank += 1;
        return Ok(());
    }
    let mut cleaner = Cleaner::default();
    let mut field = |column: Option<usize>| cleaner.field(cells.get(column?)?);
    let given = field(Some(header.given));
    let family = field(Some(header.family));
    let url = field(header.url);
    let email = field(header.email);
    let company = field(header.company);
    let title = field(header.position);
    let connected = field(header.connected);

    let named: Vec<&str> = [&given, &family].into_iter().flatten().map(String::as_str).collect();
    let name = named.join(" ");
    if name.is_empty() {
        return tally.skip(place, Reason::WithoutName);
    }
    let connected_on = connected.and_then(|text| connected_on(&text, &mut cleaner));
    let incoming = Incoming {
        place,
        key: url.as_deref().and_then(profile_key),
        name,
        given,
        family,
        company,
        title,
        emails: labelled("", email),
        links: labelled("linkedin", url),
        connected_on,
        ..Incoming::default()
    };
    tally.read(incoming, cleaner.warnings)
}

fn labelled(label: &str, value: Option<String>) -> Vec<Labelled> {
    let label = label.to_owned();
    value.map(|value| Labelled { label, value }).into_iter().collect()
}

fn connected_on(written: &str, cleaner: &mut Cleaner) -> Option<jiff::civil::Date> {
    let unread = match date::read(written) {
        Ok(date) => return Some(date),
        Err(unread) => unread,
    };
    let text = text::excerpt(written);
    cleaner.warn(match unread {
        Unread::Impossible => Reason::ImpossibleDate { text },
        Unread::Ambiguous => Reason::AmbiguousDate { text },
        Unread::Unknown => Reason::UnknownDate { text },
    });
    None
}
