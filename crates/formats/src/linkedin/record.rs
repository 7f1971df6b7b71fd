//! The rows of a CSV, each from as many lines as its quotes span.
//!
//! Knows no meaning of cells beyond which may hold a line break. A quote that is never closed
//! costs its own line, not the rest of the file: the following lines are read again.

use std::collections::VecDeque;
use std::io::Read;

use super::{Header, utf8};
use crate::limits::{RECORD_BYTES_MAX, RECORD_LINES_MAX};
use crate::lines::{Line, Lines};
use crate::{Error, Reason};

/// One row.
pub(super) enum Record {
    /// It could be taken apart.
    Cells { place: u64, cells: csv::StringRecord },
    /// It could not.
    Broken { place: u64, reason: Reason },
}

/// Reads row by row.
pub(super) struct Records<'a, R> {
    lines: Lines<R>,
    header: &'a Header,
    again: VecDeque<Line>,
}

impl<'a, R: Read> Records<'a, R> {
    pub(super) fn new(lines: Lines<R>, header: &'a Header) -> Self {
        Self { lines, header, again: VecDeque::new() }
    }

    /// Returns the next row, or nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Record>, Error> {
        let Some(first) = self.next_line()? else {
            return Ok(None);
        };
        let place = first.number;
        if first.cut {
            let limit = RECORD_BYTES_MAX;
            let reason = Reason::TooLong { limit };
            return Ok(Some(Record::Broken { place, reason }));
        }
        let mut text = utf8(&first)?.to_owned();
        let mut rest = Vec::new();
        let mut open = ends_open(&text, false, self.header.delimiter);
        while open {
            let Some(line) = self.next_line()? else {
                return Ok(Some(self.unclosed(place, rest)));
            };
            let too_long = line.cut || text.len() + line.bytes.len() >= RECORD_BYTES_MAX;
            if too_long || rest.len() + 1 >= RECORD_LINES_MAX {
                rest.push(line);
                return Ok(Some(self.unclosed(place, rest)));
            }
            let more = utf8(&line)?;
            open = ends_open(more, true, self.header.delimiter);
            text.push('\n');
            text.push_str(more);
            rest.push(line);
        }
        let cells = self.take_apart(&text);
        if !rest.is_empty() && !self.may_span_lines(&cells) {
            return Ok(Some(self.unclosed(place, rest)));
        }
        Ok(Some(self.checked(place, cells)))
    }

    fn next_line(&mut self) -> Result<Option<Line>, Error> {
        match self.again.pop_front() {
            Some(line) => Ok(Some(line)),
            None => self.lines.next(),
        }
    }

    fn unclosed(&mut self, place: u64, rest: Vec<Line>) -> Record {
        for line in rest.into_iter().rev() {
            self.again.push_front(line);
        }
        let reason = Reason::UnclosedQuote;
        Record::Broken { place, reason }
    }

    fn take_apart(&self, text: &str) -> csv::StringRecord {
        if !text.contains('"') {
            return text.split(char::from(self.header.delimiter)).collect();
        }
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.header.delimiter)
            .buffer_capacity(text.len().clamp(64, 8 * 1024))
            .from_reader(text.as_bytes());
        let mut cells = csv::StringRecord::new();
        match reader.read_record(&mut cells) {
            Ok(_) => cells,
            Err(_) => csv::StringRecord::new(),
        }
    }

    /// Whether a row of several lines is plausible: as many cells as the header, and no line
    /// break where there cannot be one. Otherwise an open quote has swallowed other rows.
    fn may_span_lines(&self, cells: &csv::StringRecord) -> bool {
        let Header { url, email, connected, .. } = *self.header;
        let mut plain = [url, email, connected].into_iter().flatten();
        cells.len() == self.header.cells
            && plain.all(|column| cells.get(column).is_none_or(|cell| !cell.contains('\n')))
    }

    /// Accepts fewer cells than the header has (spreadsheets drop empty ones), and more if empty.
    fn checked(&self, place: u64, cells: csv::StringRecord) -> Record {
        let expected = self.header.cells;
        let found = cells.len();
        if cells.iter().skip(expected).any(|cell| !cell.trim().is_empty()) {
            let reason = Reason::Cells { found, expected };
            return Record::Broken { place, reason };
        }
        Record::Cells { place, cells }
    }
}

/// Whether a quoted cell is open at the end of the line, by the rules of the `csv` crate.
fn ends_open(line: &str, mut open: bool, delimiter: u8) -> bool {
    let mut at_start = !open;
    let mut bytes = line.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if open {
            if byte == b'"' && bytes.next_if_eq(&b'"').is_none() {
                open = false;
            }
        } else {
            open = at_start && byte == b'"';
            at_start = byte == delimiter;
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ends_open;

    proptest! {
        #[test]
        fn a_line_ends_open_exactly_when_the_csv_crate_reads_on(line in "[a\",;]{1,12}") {
            let text = format!("{line}\nx");
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .from_reader(text.as_bytes());
            let reads_on = reader.records().count() == 1;
            prop_assert_eq!(ends_open(&line, false, b','), reads_on);
        }
    }
}
