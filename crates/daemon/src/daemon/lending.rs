//! What happens while the store is lent: kept in order, for when it is back.

use std::collections::VecDeque;

use super::Event;
use crate::limits;

/// Events that wait for the store.
#[derive(Default)]
pub(super) struct Backlog(VecDeque<Event>);

impl Backlog {
    pub(super) fn push(&mut self, event: Event) {
        self.0.push_back(event);
    }

    pub(super) fn next(&mut self) -> Option<Event> {
        self.0.pop_front()
    }

    pub(super) fn has_room(&self) -> bool {
        self.0.len() < limits::EVENTS_MAX
    }

    pub(super) fn drain(&mut self) -> impl Iterator<Item = Event> {
        self.0.drain(..)
    }
}
