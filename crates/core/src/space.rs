//! The five spaces of a book: what is shared, or kept, together.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{BookId, SpaceId};

/// A space by its meaning. Numbers and names are frozen: they are in ids and on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Space {
    /// Who may do what: ids and keys, no names. Every member reads it.
    Roster = 0,
    /// Weeks: commitments and stored counts.
    Goals = 1,
    /// People without contact details, companies, opportunities, interactions, introductions.
    Pipeline = 2,
    /// E-mails, phones, addresses, links.
    Details = 3,
    /// Private notes and whole private records. Cannot be shared.
    Private = 4,
}

/// A set of spaces.
pub type SpaceSet = BTreeSet<Space>;

impl Space {
    /// All five, in order of number.
    pub const ALL: [Self; 5] =
        [Self::Roster, Self::Goals, Self::Pipeline, Self::Details, Self::Private];

    /// The name that its id is derived from and that users type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Roster => "roster",
            Self::Goals => "goals",
            Self::Pipeline => "pipeline",
            Self::Details => "details",
            Self::Private => "private",
        }
    }

    /// Its number in stored and wire formats.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The space of a number, if there is one.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Its id in `book`.
    pub fn id(self, book: &BookId) -> SpaceId {
        SpaceId::derive(book, self.name())
    }

    /// Whether a member who is not the owner can ever be given it.
    pub const fn is_shareable(self) -> bool {
        match self {
            Self::Roster | Self::Goals | Self::Pipeline | Self::Details => true,
            Self::Private => false,
        }
    }
}
/// The ids of one book's spaces, computed once: each is a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpaceIds([SpaceId; Space::ALL.len()]);

impl SpaceIds {
    /// Those of `book`.
    pub fn of(book: &BookId) -> Self {
        Self(Space::ALL.map(|space| space.id(book)))
    }

    /// The id of `space`.
    pub fn id(&self, space: Space) -> SpaceId {
        let known = Space::ALL.iter().zip(&self.0).find(|(of, _)| **of == space);
        *known.expect("BUG: every space is among all").1
    }

    /// The space whose id it is, if it is one of the book's.
    pub fn space(&self, id: &SpaceId) -> Option<Space> {
        Space::ALL.into_iter().zip(&self.0).find(|(_, of)| *of == id).map(|(space, _)| space)
    }
}
