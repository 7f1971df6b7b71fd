//! Entries that the peer lacks, on their way into frames.
//!
//! Holds places of entries, and the content of one entry at a time.

use std::collections::VecDeque;

use goodword_core::log::Entry;
use goodword_core::store::{Location, Reader};
use goodword_core::{Space, Store};

use crate::error::SessionError;
use crate::frame::{Bytes, Frame, Piece};
use crate::limits;

/// An entry whose first piece went into a frame.
pub(super) struct Departed {
    /// Its space.
    pub space: Space,
    /// The entry.
    pub entry: Entry,
    /// How many items go with it.
    pub items: u64,
}

/// The queue.
#[derive(Default)]
pub(super) struct Outbox {
    roster: VecDeque<Location>,
    others: VecDeque<(Location, Space)>,
    /// Pieces of the entry at hand that no frame has held yet.
    pieces: VecDeque<Piece>,
}

impl Outbox {
    /// Queues entries of `space`, which come after those of it that are queued already.
    pub fn put(&mut self, space: Space, locations: Vec<Location>) {
        if space == Space::Roster {
            self.roster.extend(locations);
            return;
        }
        let sorted = self
            .others
            .back()
            .is_none_or(|last| locations.first().is_none_or(|first| last.0 <= *first));
        self.others.extend(locations.into_iter().map(|location| (location, space)));
        if !sorted {
            // Admission order over all spaces keeps what one command wrote together, so that the
            // peer commits it together.
            self.others.make_contiguous().sort_by_key(|(location, _)| *location);
        }
    }

    /// Whether everything was sent.
    pub fn is_empty(&self) -> bool {
        self.roster.is_empty() && self.others.is_empty() && self.pieces.is_empty()
    }

    /// Fills the next frame. Until the roster is level only its entries go out.
    pub fn next_frame(
        &mut self,
        store: &Store,
        roster_level: bool,
    ) -> Result<Option<(Frame, Vec<Departed>)>, SessionError> {
        if self.is_empty() {
            return Ok(None);
        }
        let reader = store.reader()?;
        let mut pieces = Vec::new();
        let mut departed = Vec::new();
        let mut bytes = 0;
        while pieces.len() < limits::PIECES_PER_FRAME_MAX {
            if self.pieces.is_empty() {
                let Some((location, space)) = self.next_location(roster_level) else {
                    break;
                };
                departed.push(self.load(&reader, location, space)?);
            }
            let Some(next) = self.pieces.front() else {
                break;
            };
            if bytes > 0 && bytes + size(next) > limits::FRAME_BYTES_TARGET {
                break;
            }
            bytes += size(next);
            pieces.extend(self.pieces.pop_front());
        }
        if pieces.is_empty() {
            return Ok(None);
        }
        let more = !self.pieces.is_empty()
            || !self.roster.is_empty()
            || (roster_level && !self.others.is_empty());
        Ok(Some((Frame::Entries { more, pieces }, departed)))
    }

    fn next_location(&mut self, roster_level: bool) -> Option<(Location, Space)> {
        if let Some(location) = self.roster.pop_front() {
            return Some((location, Space::Roster));
        }
        if roster_level { self.others.pop_front() } else { None }
    }

    fn load(
        &mut self,
        reader: &Reader,
        location: Location,
        space: Space,
    ) -> Result<Departed, SessionError> {
        let delivery = reader.delivery(location)?;
        let (entry, items) = delivery.ok_or(SessionError::Incomplete { space })?;
        let count = items.len() as u64;
        let items = items.into_iter().map(|item| Piece::Item(Bytes(item)));
        self.pieces.push_back(Piece::Entry(Bytes(entry.bytes().to_vec())));
        self.pieces.extend(items);
        Ok(Departed { space, entry, items: count })
    }
}

fn size(piece: &Piece) -> usize {
    match piece {
        Piece::Entry(bytes) | Piece::Item(bytes) => bytes.0.len(),
    }
}
