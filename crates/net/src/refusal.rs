//! Why a device is turned away: numbers that both sides understand.
//!
//! Frozen: the numbers are on the wire. An unknown number is kept as it is.

use serde::{Deserialize, Serialize};

/// Why an inviter does not let a device join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// The inviter knows no such invitation, or the proof is wrong.
    #[error("the other device knows no such invitation")]
    Unknown,
    /// Its time is over by the inviter's clock.
    #[error("the invitation has expired")]
    Expired,
    /// Another device has joined with it.
    #[error("the invitation was used by another device")]
    Used,
    /// Withdrawn, declined before, or closed after too many wrong proofs.
    #[error("the invitation is closed")]
    Closed,
    /// The person at the inviting device said no.
    #[error("the other device declined")]
    Declined,
    /// Somebody else is just joining with it, or the inviter serves too many devices.
    #[error("the other device is busy with another one")]
    Busy,
    /// The invitation is for something else.
    #[error("the invitation is for another purpose")]
    OtherPurpose,
    /// This device was removed from the book, which is for good.
    #[error("this device was removed from the book")]
    Removed,
    /// Nobody at the inviting device decided in time; the invitation stays open.
    #[error("nobody confirmed on the other device in time")]
    Unconfirmed,
    /// The inviter's store failed.
    #[error("the other device could not write to its store")]
    Failed,
    /// A reason of a later version.
    #[error("the other device refused for reason {0} of a later version")]
    Later(u8),
}

impl Refusal {
    /// Its number on the wire.
    pub const fn number(self) -> u8 {
        match self {
            Self::Unknown => 1,
            Self::Expired => 2,
            Self::Used => 3,
            Self::Closed => 4,
            Self::Declined => 5,
            Self::Busy => 6,
            Self::OtherPurpose => 7,
            Self::Removed => 8,
            Self::Failed => 9,
            Self::Unconfirmed => 10,
            Self::Later(number) => number,
        }
    }

    /// The refusal of a number.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::Unknown,
            2 => Self::Expired,
            3 => Self::Used,
            4 => Self::Closed,
            5 => Self::Declined,
            6 => Self::Busy,
            7 => Self::OtherPurpose,
            8 => Self::Removed,
            9 => Self::Failed,
            10 => Self::Unconfirmed,
            number => Self::Later(number),
        }
    }

    /// What the user can do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Unknown => {
                "is this the latest invitation, and is `goodword pair` still running there?"
            }
            Self::Expired | Self::Used | Self::Closed => {
                "run `goodword pair` on the other device again"
            }
            Self::Declined => "compare the code on both screens, then ask for another invitation",
            Self::Busy => "try again in a moment",
            Self::Unconfirmed => "join again, and confirm on the other device",
            Self::OtherPurpose => "ask for an invitation for what you want to do",
            Self::Removed => "join with a fresh home: a removed device cannot come back",
            Self::Failed => "look at the messages on the other device",
            Self::Later(_) => "update goodword on this device",
        }
    }
}

/// Why a peer closed a connection: QUIC application error codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// Everything was said.
    Done,
    /// The peer's roster does not admit this device.
    Stranger,
    /// The peer serves as many devices as it can.
    Busy,
    /// The peer found a mistake in what this device sent.
    Mistake,
    /// The peer's store failed.
    Failed,
    /// The peer's program ends.
    Leaving,
    /// The two devices have another session, which goes on.
    Doubled,
    /// A reason of a later version.
    Later(u64),
}

impl Closing {
    pub(crate) const fn code(self) -> u32 {
        match self {
            Self::Done => 0,
            Self::Stranger => 1,
            Self::Busy => 2,
            Self::Mistake => 3,
            Self::Failed => 4,
            // Later codes are only read, never written.
            Self::Leaving | Self::Later(_) => 5,
            Self::Doubled => 6,
        }
    }

    pub(crate) const fn from_code(code: u64) -> Self {
        match code {
            0 => Self::Done,
            1 => Self::Stranger,
            2 => Self::Busy,
            3 => Self::Mistake,
            4 => Self::Failed,
            5 => Self::Leaving,
            6 => Self::Doubled,
            code => Self::Later(code),
        }
    }
}

impl std::fmt::Display for Closing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done => f.write_str("it had nothing more to say"),
            Self::Stranger => {
                f.write_str("its book does not admit this device: it was removed, or never let in")
            }
            // A program that is ending turns calls away in the same words.
            Self::Busy => {
                f.write_str("it takes no calls now: it is busy, or its program is ending")
            }
            Self::Mistake => f.write_str("it found a mistake in what this device sent"),
            Self::Failed => f.write_str("its store failed"),
            Self::Leaving => f.write_str("its program ended"),
            Self::Doubled => f.write_str("the two devices have another session"),
            Self::Later(code) => write!(f, "reason {code} of a later version"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_and_closing_survives_its_number() {
        for number in 0..=u8::MAX {
            assert_eq!(Refusal::from_number(number).number(), number);
        }
        for code in 0..=6 {
            assert_eq!(Closing::from_code(code).code(), u32::try_from(code).expect("small"));
        }
    }
}
