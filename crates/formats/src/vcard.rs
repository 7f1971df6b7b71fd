//! vCards 2.1, 3.0 and 4.0 in, 3.0 out, as the programs that people use write them.
//!
//! No other content in the file is read. Written here and not with a library, since the ones
//! looked at take text that is UTF-8 already, do not keep the lines they do not understand, and
//! lose the next card when one has no end. A broken card costs only itself.

mod birthday;
mod card;
mod label;
mod property;
mod unfold;
mod value;
mod write;

use std::io::Read;

pub use write::write_card;

use crate::limits::{PROPERTIES_MAX, RECORD_BYTES_MAX, WARNINGS_MAX};
use crate::row::Tally;
use crate::{Error, Reason, Row, Summary};
use property::Property;
use unfold::{Unfold, Unfolded};

/// Property of our own for the day on which two people were connected.
const CONNECTED_ON: &str = "X-GOODWORD-CONNECTED-ON";

/// Properties that hold pictures and sounds.
const MEDIA: [&str; 3] = ["PHOTO", "LOGO", "SOUND"];

/// Which grammar a card follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Version {
    /// 2.1: charsets, quoted-printable, folds at white space.
    Legacy,
    /// 3.0, 4.0 and anything unknown.
    #[default]
    Modern,
}

/// A card whose end has not been seen.
#[derive(Default)]
struct Draft {
    place: u64,
    version: Version,
    properties: Vec<Property>,
    warnings: Vec<Reason>,
    bytes: usize,
    /// Cards that began inside and have not ended.
    nested: usize,
    /// Whether the last line was an embedded picture, which may go on without an indent.
    after_media: bool,
    /// Whether the last line announced a card inside.
    after_agent: bool,
    fault: Option<Reason>,
}

/// Reads the cards.
pub(crate) fn read(source: impl Read, each: &mut dyn FnMut(Row)) -> Result<Summary, Error> {
    let mut lines = Unfold::new(source);
    let mut tally = Tally::new(each);
    let mut draft: Option<Draft> = None;
    let mut place = 0;
    while let Some(line) = lines.next()? {
        let Some(open) = &mut draft else {
            if line.is_begin() {
                place += 1;
                draft = Some(Draft::at(place));
            } else if line.cut {
                return Err(Error::LineTooLong { line: line.number, limit: RECORD_BYTES_MAX });
            }
            continue;
        };
        if line.is_begin() && !open.after_agent && open.nested == 0 {
            let mut unclosed = std::mem::replace(open, Draft::at(place + 1));
            place += 1;
            unclosed.warn(Reason::Unclosed);
            unclosed.finish(&mut tally)?;
        } else if line.is_begin() {
            open.nested += 1;
            open.after_agent = false;
        } else if !line.is_end() {
            open.add(line, &mut tally.summary);
        } else if open.nested > 0 {
            open.nested -= 1;
            open.warn(Reason::Nested);
        } else if let Some(closed) = draft.take() {
            closed.finish(&mut tally)?;
        }
    }
    if let Some(cut_off) = draft {
        tally.reject(cut_off.place, Reason::Unclosed)?;
    }
    match (place, lines.is_empty()) {
        (0, true) => Err(Error::Empty),
        (0, false) => Err(Error::NoCards),
        _ => Ok(tally.summary),
    }
}

impl Draft {
    fn at(place: u64) -> Self {
        Self { place, ..Self::default() }
    }

    fn add(&mut self, line: Unfolded, summary: &mut Summary) {
        if self.nested > 0 || self.fault.is_some() || line.bytes.trim_ascii().is_empty() {
            return;
        }
        let after_media = std::mem::take(&mut self.after_media);
        self.after_agent = false;
        let (number, cut) = (line.number, line.cut);
        let Some(property) = property::parse(line) else {
            self.after_media = after_media;
            if !after_media {
                self.warn(Reason::NotAProperty { line: number });
            }
            return;
        };
        if MEDIA.contains(&&*property.name) && (cut || !property.is_address()) {
            self.after_media = true;
            summary.media_dropped += u64::from(!property.value().is_empty());
            return;
        }
        self.after_agent = property.name == "AGENT" && property.value().trim_ascii().is_empty();
        if property.name == "VERSION" && property.value().trim_ascii() == b"2.1" {
            self.version = Version::Legacy;
        }
        self.keep(property, cut);
    }

    fn warn(&mut self, reason: Reason) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(reason);
        }
    }

    fn keep(&mut self, property: Property, cut: bool) {
        self.bytes += property.line.len();
        if cut || self.bytes > RECORD_BYTES_MAX {
            let limit = RECORD_BYTES_MAX;
            self.fault = Some(Reason::TooLong { limit });
        } else if self.properties.len() >= PROPERTIES_MAX {
            let limit = PROPERTIES_MAX;
            self.fault = Some(Reason::TooManyProperties { limit });
        } else {
            self.properties.push(property);
        }
    }

    fn finish(self, tally: &mut Tally<'_>) -> Result<(), Error> {
        let place = self.place;
        if let Some(fault) = self.fault {
            return tally.reject(place, fault);
        }
        match card::person(place, self.version, &self.properties, self.warnings) {
            Ok((incoming, warnings)) => tally.read(incoming, warnings),
            Err(card::Refused::Skipped(reason)) => tally.skip(place, reason),
            Err(card::Refused::Rejected(reason)) => tally.reject(place, reason),
        }
    }
}
