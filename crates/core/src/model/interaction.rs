//! Interactions: what happened with people, and what it yielded.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::words;
use crate::RecordId;

/// How people were in touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// In person: coffee, lunch, a visit.
    Meeting,
    /// By telephone.
    Call,
    /// By video.
    Video,
    /// By e-mail.
    Email,
    /// By short message or on a social network.
    Message,
    /// At an event.
    Event,
    /// Anything else.
    Other,
}

words!(Channel, "channel", {
    Meeting => "meeting", Call => "call", Video => "video", Email => "email",
    Message => "message", Event => "event", Other => "other",
});

/// What a conversation brought: the four things that networking is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Yield {
    /// Advice.
    Advice,
    /// Information about a company or a market.
    Information,
    /// A lead: a possible job.
    Lead,
    /// A referral: a name to turn to.
    Referral,
}

words!(Yield, "yield", {
    Advice => "advice", Information => "information", Lead => "lead", Referral => "referral",
});

/// A person named in a conversation, not yet known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stub {
    /// Display name, not empty.
    pub name: String,
    /// Employer, if it was said.
    pub company: Option<String>,
}

/// A conversation to be logged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewInteraction {
    /// With whom; several make a meeting record. Not empty.
    pub people: Vec<RecordId>,
    /// The local day on which it happened.
    pub on: Date,
    /// How.
    pub channel: Channel,
    /// What was said; may be empty.
    pub text: String,
    /// A note that stays on the owner's devices.
    pub private_text: Option<String>,
    /// What it brought.
    pub got: BTreeSet<Yield>,
    /// People named in it, to be introduced by the first of `people`.
    pub introduces: Vec<Stub>,
    /// The next step with the first of `people`; replaces the one before.
    pub next: Option<super::Next>,
}
