//! Content lines: physical lines joined, as bytes.
//!
//! Decodes nothing, since folds may split a character and a charset is known only from the joined
//! line. Never keeps more than [`RECORD_BYTES_MAX`] of a content line.

use std::io::Read;

use crate::Error;
use crate::limits::RECORD_BYTES_MAX;
use crate::lines::{Line, Lines};

/// One content line.
#[derive(Debug)]
pub(super) struct Unfolded {
    /// Number of its first physical line, from 1.
    pub(super) number: u64,
    /// Where in the file its pieces begin: (position in `bytes`, offset in the file).
    pub(super) pieces: Vec<(usize, u64)>,
    /// Its bytes, at most [`RECORD_BYTES_MAX`].
    pub(super) bytes: Vec<u8>,
    /// Whether it was longer.
    pub(super) cut: bool,
}

impl Unfolded {
    pub(super) fn is_begin(&self) -> bool {
        self.is("BEGIN:VCARD")
    }

    pub(super) fn is_end(&self) -> bool {
        self.is("END:VCARD")
    }

    fn is(&self, text: &str) -> bool {
        !self.cut && self.bytes.trim_ascii().eq_ignore_ascii_case(text.as_bytes())
    }

    fn new(line: Line) -> Self {
        Self {
            number: line.number,
            pieces: vec![(0, line.offset)],
            bytes: line.bytes,
            cut: line.cut,
        }
    }

    /// Appends a physical line without its first `skipped` bytes.
    fn append(&mut self, line: &Line, skipped: usize) {
        let piece = &line.bytes[skipped..];
        let room = RECORD_BYTES_MAX.saturating_sub(self.bytes.len());
        self.cut |= line.cut || piece.len() > room;
        if self.cut {
            return;
        }
        // An empty piece leaves no trace, or endless empty folds would fill the memory.
        self.pieces.pop_if(|(at, _)| *at == self.bytes.len());
        self.pieces.push((self.bytes.len(), line.offset + skipped as u64));
        self.bytes.extend_from_slice(piece);
    }

    /// Whether the part before the value names the encoding.
    fn names(&self, encoding: &str) -> bool {
        let header = self.bytes.split(|byte| *byte == b':').next().unwrap_or_default();
        let mut parts = header.windows(encoding.len());
        parts.any(|part| part.eq_ignore_ascii_case(encoding.as_bytes()))
    }
}

/// Reads content line by content line.
pub(super) struct Unfold<R> {
    lines: Lines<R>,
    ahead: Option<Line>,
    /// Whether the card says version 2.1, in which a fold stands for the white space after it.
    legacy: bool,
    empty: bool,
}

impl<R: Read> Unfold<R> {
    pub(super) fn new(source: R) -> Self {
        Self { lines: Lines::new(source), ahead: None, legacy: false, empty: true }
    }

    /// Whether nothing but white space was seen.
    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }

    /// Returns the next content line, or nothing at the end.
    pub(super) fn next(&mut self) -> Result<Option<Unfolded>, Error> {
        let first = match self.ahead.take() {
            Some(line) => Some(line),
            None => self.lines.next()?,
        };
        let Some(first) = first else {
            return Ok(None);
        };
        let mut whole = Unfolded::new(first);
        let quoted = whole.names("QUOTED-PRINTABLE");
        // Version 2.1 folds before white space that belongs to the text; base64 has none.
        let indent = usize::from(!self.legacy || whole.names("BASE64"));
        while let Some(line) = self.lines.next()? {
            let indented = matches!(line.bytes.first(), Some(b' ' | b'\t'));
            if quoted && whole.bytes.ends_with(b"=") && !is_end(&line) {
                whole.bytes.pop();
                whole.append(&line, 0);
            } else if indented && !whole.bytes.is_empty() {
                whole.append(&line, indent);
            } else {
                self.ahead = Some(line);
                break;
            }
        }
        self.note_version(&whole);
        self.empty &= whole.bytes.trim_ascii().is_empty();
        Ok(Some(whole))
    }

    fn note_version(&mut self, line: &Unfolded) {
        if line.is_begin() {
            self.legacy = false;
        } else if line.is("VERSION:2.1") {
            self.legacy = true;
        }
    }
}

fn is_end(line: &Line) -> bool {
    line.bytes.trim_ascii().eq_ignore_ascii_case(b"END:VCARD")
}
