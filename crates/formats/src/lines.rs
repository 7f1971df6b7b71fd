//! The lines of a source, as bytes, with their number and offset.
//!
//! Knows nothing of any format. Ends a line at LF, CRLF or CR. Never keeps more than
//! [`RECORD_BYTES_MAX`] of a line: the rest of a longer one is read and forgotten.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use crate::Error;
use crate::error::Found;
use crate::limits::{FILE_BYTES_MAX, RECORD_BYTES_MAX};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// One line without its end.
#[derive(Debug)]
pub(crate) struct Line {
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Offset of its first byte in the file.
    pub(crate) offset: u64,
    /// Its bytes, at most [`RECORD_BYTES_MAX`].
    pub(crate) bytes: Vec<u8>,
    /// Whether it was longer.
    pub(crate) cut: bool,
}

/// Reads a source line by line.
pub(crate) struct Lines<R> {
    source: BufReader<R>,
    number: u64,
    offset: u64,
    after_cr: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(source: R) -> Self {
        Self {
            source: BufReader::with_capacity(64 * 1024, source),
            number: 0,
            offset: 0,
            after_cr: false,
        }
    }

    /// Returns the next line, or nothing at the end. A byte order mark is left out.
    pub(crate) fn next(&mut self) -> Result<Option<Line>, Error> {
        self.skip_lf()?;
        let mut line =
            Line { number: self.number + 1, offset: self.offset, bytes: Vec::new(), cut: false };
        loop {
            let chunk = fill(&mut self.source)?;
            if chunk.is_empty() {
                if self.offset == line.offset {
                    return Ok(None);
                }
                break;
            }
            let end = memchr::memchr2(b'\n', b'\r', chunk);
            let piece = &chunk[..end.unwrap_or(chunk.len())];
            let room = RECORD_BYTES_MAX - line.bytes.len();
            line.cut |= piece.len() > room;
            line.bytes.extend_from_slice(&piece[..piece.len().min(room)]);
            let used = piece.len() + usize::from(end.is_some());
            self.after_cr = end.is_some_and(|at| chunk[at] == b'\r');
            self.advance(used)?;
            if end.is_some() {
                break;
            }
        }
        self.number += 1;
        if self.number == 1 {
            strip_bom(&mut line)?;
        }
        Ok(Some(line))
    }

    fn skip_lf(&mut self) -> Result<(), Error> {
        if std::mem::take(&mut self.after_cr) && fill(&mut self.source)?.first() == Some(&b'\n') {
            self.advance(1)?;
        }
        Ok(())
    }

    fn advance(&mut self, bytes: usize) -> Result<(), Error> {
        self.source.consume(bytes);
        self.offset += bytes as u64;
        if self.offset > FILE_BYTES_MAX {
            return Err(Error::FileTooLong { limit: FILE_BYTES_MAX });
        }
        Ok(())
    }
}

fn fill<R: Read>(source: &mut BufReader<R>) -> Result<&[u8], Error> {
    loop {
        match source.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(source.buffer())
}

fn strip_bom(line: &mut Line) -> Result<(), Error> {
    if line.bytes.starts_with(b"\xff\xfe") || line.bytes.starts_with(b"\xfe\xff") {
        return Err(Error::WrongKind(Found::Utf16));
    }
    if line.bytes.starts_with(BOM) {
        line.bytes.drain(..BOM.len());
        line.offset += BOM.len() as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<(u64, u64, String)> {
        let mut lines = Lines::new(bytes);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            let text = String::from_utf8(line.bytes).unwrap();
            found.push((line.number, line.offset, text));
        }
        found
    }

    #[test]
    fn lines_end_at_lf_crlf_and_cr() {
        let found = all(b"\xef\xbb\xbfone\r\ntwo\nthree\r\rfour");
        let expected =
            [(1, 3, "one"), (2, 8, "two"), (3, 12, "three"), (4, 18, ""), (5, 19, "four")];
        assert_eq!(found, expected.map(|(n, at, text)| (n, at, text.to_owned())));
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_one_is_whole() {
        let mut bytes = vec![b'x'; RECORD_BYTES_MAX + 70_000];
        bytes.extend_from_slice(b"\nnext");
        let mut lines = Lines::new(&bytes[..]);
        let first = lines.next().unwrap().unwrap();
        assert!(first.cut);
        assert_eq!(first.bytes.len(), RECORD_BYTES_MAX);
        assert_eq!(lines.next().unwrap().unwrap().bytes, b"next");
    }

    #[test]
    fn a_source_without_end_is_given_up_at_the_limit() {
        let mut lines = Lines::new(std::io::repeat(b'x'));
        let error = lines.next().unwrap_err();
        assert_eq!(error.to_string(), format!("the file exceeds {FILE_BYTES_MAX} bytes"));
    }
}
