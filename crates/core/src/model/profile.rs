//! The seeker: who, looking for what, in which cadence. All devices compute alike from it.

use serde::{Deserialize, Serialize};

use super::{Tier, words};

/// A field of the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileField {
    /// The seeker's name.
    Name,
    /// The role that they have or want.
    Role,
    /// What they look for.
    LookingFor,
    /// IANA time zone, `Europe/Zurich`; empty: each device's own.
    Zone,
    /// Days between contacts with the inner circle.
    KeepWarmInner,
    /// Days between contacts with active people.
    KeepWarmActive,
    /// Days between contacts with the network.
    KeepWarmNetwork,
}

words!(ProfileField, "profile field", {
    Name => "name", Role => "role", LookingFor => "looking_for", Zone => "zone",
    KeepWarmInner => "keep_warm.inner", KeepWarmActive => "keep_warm.active",
    KeepWarmNetwork => "keep_warm.network",
});

/// Days between contacts, per tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cadence {
    /// For the inner circle.
    pub inner: u16,
    /// For active people.
    pub active: u16,
    /// For the network.
    pub network: u16,
}

impl Default for Cadence {
    fn default() -> Self {
        Self { inner: 30, active: 60, network: 90 }
    }
}

impl Cadence {
    /// Days between contacts for `tier`; `None` if it is never due by itself.
    pub const fn days(&self, tier: Tier) -> Option<u16> {
        match tier {
            Tier::Inner => Some(self.inner),
            Tier::Active => Some(self.active),
            Tier::Network => Some(self.network),
            Tier::NotNow => None,
        }
    }
}

/// The profile as read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The seeker's name.
    pub name: String,
    /// Their role.
    pub role: String,
    /// What they look for.
    pub looking_for: String,
    /// IANA time zone, or empty.
    pub zone: String,
    /// Days between contacts.
    pub keep_warm: Cadence,
}
