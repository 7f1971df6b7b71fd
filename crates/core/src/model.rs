//! The facts that goodword keeps, free of how they are stored.

mod company;
mod incoming;
mod interaction;
mod kind;
mod person;
mod profile;

pub use company::{CompanyEdit, MOTIVATION_MAX, POSTING_MAX};
pub use incoming::{Incoming, Labelled};
pub use interaction::{Channel, NewInteraction, Stub, Yield};
pub use kind::Kind;
pub use person::{NewPerson, Next, PersonEdit, Reach, ReachKind, Tier};
pub use profile::{Cadence, Profile, ProfileField};

/// A word is none of the words allowed in its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not a {what}: use one of {allowed}")]
pub struct UnknownWord {
    /// What was expected: `tier`, `channel`, …
    pub what: &'static str,
    /// What was given.
    pub word: String,
    /// What is allowed.
    pub allowed: String,
}

/// Implements the stored word of each variant, and parsing it back.
macro_rules! words {
    ($name:ident, $what:literal, { $($variant:ident => $word:literal),+ $(,)? }) => {
        impl $name {
            /// Every value, in order of meaning.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that is stored, shown and typed.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::model::UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::model::UnknownWord {
                        what: $what,
                        word: word.to_owned(),
                        allowed: [$($word),+].join(", "),
                    }),
                }
            }
        }
    };
}
pub(crate) use words;
