//! An invitation: what one device shows and another takes, as text or as a QR code.
//!
//! The text is `goodword1` and lowercase base32 (RFC 4648, no padding) of the content followed by
//! four bytes of checksum. Blanks, line breaks and capitals do not matter. It carries a secret:
//! whoever has the text may ask to join until it expires, once, and a person confirms.

use data_encoding::BASE32_NOPAD;
use goodword_core::{BookId, DeviceId};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::address::Address;
use crate::limits;
use crate::secret::{self, InvitationId, Secret};

/// What every invitation starts with. Its last character is not in the base32 alphabet.
pub const PREFIX: &str = "goodword1";

/// Version of invitations that this program writes.
pub const VERSION: u8 = 1;

const CHECKSUM_BYTES: usize = 4;
const CHECKSUM: &str = "goodword 2026-11 invitation checksum v1";

/// What somebody is invited to become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// A further device of the book's owner.
    OwnDevice,
    /// A person with whom some spaces are shared.
    Member,
    /// A further device of such a person.
    MemberDevice,
    /// A purpose of a later version.
    Unknown(u8),
}

/// An invitation that is in form; [`check`](Self::check) tells whether it is of use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// What for.
    pub purpose: Purpose,
    /// First half of the id of the book that it leads to.
    pub book: [u8; 16],
    /// The device that invites, and where it can be reached.
    pub address: Address,
    /// Seconds since the Unix epoch after which the inviter refuses it.
    pub expires: u64,
    secret: Secret,
}

/// Why a text is of no use as an invitation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvitationError {
    /// It does not start as invitations do.
    #[error("this is not an invitation")]
    NotAnInvitation,
    /// Characters are missing, added or wrong.
    #[error("the invitation is mangled: its checksum does not match")]
    Mangled,
    /// Made by a later version of this program.
    #[error("the invitation has version {found}, this program reads version {VERSION}")]
    Newer {
        /// Its version.
        found: u8,
    },
    /// Its time is over.
    #[error("the invitation expired {} ago", Ago(*.seconds))]
    Expired {
        /// For how long.
        seconds: u64,
    },
    /// It invites to something else.
    #[error("the invitation is for {found}, not for {wanted}")]
    OtherPurpose {
        /// What it is for.
        found: Purpose,
        /// What was asked.
        wanted: Purpose,
    },
    /// The relay's address does not fit.
    #[error("relay address of {bytes} bytes exceeds {}", limits::RELAY_BYTES_MAX)]
    RelayTooLong {
        /// Its length.
        bytes: usize,
    },
}

impl InvitationError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NotAnInvitation => {
                "an invitation starts with `goodword1`; `goodword pair` on the other device prints one"
            }
            Self::Mangled => "copy the whole text again, or scan the QR code",
            Self::Newer { .. } => "update goodword on this device",
            Self::Expired { .. } => {
                "run `goodword pair` on the other device again, and compare both clocks"
            }
            Self::OtherPurpose { .. } => "ask for an invitation for what you want to do",
            Self::RelayTooLong { .. } => "choose a relay with a shorter address",
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Content {
    version: u8,
    purpose: u8,
    book: [u8; 16],
    device: DeviceId,
    secret: Secret,
    expires: u64,
    relay: Option<String>,
    direct: Vec<std::net::SocketAddr>,
}

impl Invitation {
    /// Makes an invitation to `book`. `secret` comes fresh from the system's generator.
    ///
    /// Direct addresses beyond what [`limits::INVITATION_CHARS_MAX`] holds are left out, the last
    /// first.
    ///
    /// # Errors
    /// [`InvitationError::RelayTooLong`].
    pub fn new(
        purpose: Purpose,
        book: &BookId,
        address: Address,
        secret: [u8; 16],
        expires: u64,
    ) -> Result<Self, InvitationError> {
        let relay_bytes = address.relay.as_ref().map_or(0, String::len);
        if relay_bytes > limits::RELAY_BYTES_MAX {
            return Err(InvitationError::RelayTooLong { bytes: relay_bytes });
        }
        let secret = Secret::from_random(secret);
        let mut invitation = Self { purpose, book: secret::half(book), address, expires, secret };
        while invitation.text().len() > limits::INVITATION_CHARS_MAX {
            if invitation.address.direct.pop().is_none() {
                break;
            }
        }
        Ok(invitation)
    }

    /// Names it without telling its secret.
    pub fn id(&self) -> InvitationId {
        self.secret.id()
    }

    /// The text to show, copy or draw as a QR code (in capitals it fits an alphanumeric one).
    pub fn text(&self) -> Zeroizing<String> {
        let content = Content {
            version: VERSION,
            purpose: self.purpose.number(),
            book: self.book,
            device: self.address.device,
            secret: self.secret.clone(),
            expires: self.expires,
            relay: self.address.relay.as_deref().map(shorten),
            direct: self.address.direct.clone(),
        };
        let mut bytes = postcard::to_allocvec(&content).expect("BUG: an invitation always encodes");
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        let mut text = BASE32_NOPAD.encode(&bytes);
        bytes.zeroize();
        text.make_ascii_lowercase();
        text.insert_str(0, PREFIX);
        Zeroizing::new(text)
    }

    /// Reads a text. Whether the invitation is of use is [`check`](Self::check)'s to say.
    ///
    /// # Errors
    /// [`InvitationError::NotAnInvitation`], [`Mangled`](InvitationError::Mangled) or
    /// [`Newer`](InvitationError::Newer).
    pub fn parse(text: &str) -> Result<Self, InvitationError> {
        if text.len() > limits::INVITATION_INPUT_BYTES_MAX {
            return Err(InvitationError::NotAnInvitation);
        }
        let text: Zeroizing<String> = Zeroizing::new(
            text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect(),
        );
        let content = text
            .strip_prefix(PREFIX.to_ascii_uppercase().as_str())
            .ok_or(InvitationError::NotAnInvitation)?;
        let bytes = BASE32_NOPAD
            .decode(content.as_bytes())
            .map(Zeroizing::new)
            .map_err(|_| InvitationError::Mangled)?;
        let (content, sum) =
            bytes.split_last_chunk::<CHECKSUM_BYTES>().ok_or(InvitationError::Mangled)?;
        if checksum(content) != *sum {
            return Err(InvitationError::Mangled);
        }
        match content.first() {
            Some(&VERSION) => Self::read(content),
            Some(&found) => Err(InvitationError::Newer { found }),
            None => Err(InvitationError::Mangled),
        }
    }

    /// Whether it is of use for `purpose` at `now` (seconds since the Unix epoch) by this device's
    /// clock. The inviter's clock decides; here [`limits::CLOCK_SKEW_MAX`] is allowed for.
    ///
    /// # Errors
    /// [`InvitationError::OtherPurpose`] or [`Expired`](InvitationError::Expired).
    pub fn check(&self, purpose: Purpose, now: u64) -> Result<(), InvitationError> {
        if self.purpose != purpose {
            return Err(InvitationError::OtherPurpose { found: self.purpose, wanted: purpose });
        }
        let seconds = now.saturating_sub(self.expires);
        if seconds > limits::CLOCK_SKEW_MAX.as_secs() {
            return Err(InvitationError::Expired { seconds });
        }
        Ok(())
    }

    /// Whether it leads to `book`.
    pub fn is_to(&self, book: &BookId) -> bool {
        self.book == secret::half(book)
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    fn read(content: &[u8]) -> Result<Self, InvitationError> {
        let Ok((content, [])) = postcard::take_from_bytes::<Content>(content) else {
            return Err(InvitationError::Mangled);
        };
        let address = Address {
            device: content.device,
            direct: content.direct,
            relay: content.relay.as_deref().map(lengthen),
        };
        if !address.is_valid() {
            return Err(InvitationError::Mangled);
        }
        Ok(Self {
            purpose: Purpose::from_number(content.purpose),
            book: content.book,
            address,
            expires: content.expires,
            secret: content.secret,
        })
    }
}

impl Purpose {
    /// Its number in invitations and proofs.
    pub const fn number(self) -> u8 {
        match self {
            Self::OwnDevice => 0,
            Self::Member => 1,
            Self::MemberDevice => 2,
            Self::Unknown(number) => number,
        }
    }

    /// The purpose of a number.
    pub const fn from_number(number: u8) -> Self {
        match number {
            0 => Self::OwnDevice,
            1 => Self::Member,
            2 => Self::MemberDevice,
            number => Self::Unknown(number),
        }
    }
}

impl std::fmt::Display for Purpose {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OwnDevice => f.write_str("a device of your own"),
            Self::Member => f.write_str("a person to share with"),
            Self::MemberDevice => f.write_str("a further device of a person"),
            Self::Unknown(number) => write!(f, "purpose {number} of a later version"),
        }
    }
}

/// Seconds, as people say them.
struct Ago(u64);

impl std::fmt::Display for Ago {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (count, unit) = match self.0 {
            0..60 => (self.0, "second"),
            60..3_600 => (self.0 / 60, "minute"),
            3_600..86_400 => (self.0 / 3_600, "hour"),
            _ => (self.0 / 86_400, "day"),
        };
        write!(f, "{count} {unit}{}", if count == 1 { "" } else { "s" })
    }
}

fn checksum(content: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let [a, b, c, d, ..] = blake3::derive_key(CHECKSUM, content);
    [a, b, c, d]
}

/// Leaves out what nearly all relay addresses have in common.
fn shorten(url: &str) -> String {
    url.strip_prefix("https://")
        .and_then(|rest| rest.strip_suffix('/'))
        .filter(|host| !host.contains('/'))
        .unwrap_or(url)
        .to_owned()
}

fn lengthen(short: &str) -> String {
    if short.contains("://") { short.to_owned() } else { format!("https://{short}/") }
}

#[cfg(test)]
mod tests {
    use goodword_core::log::Key;

    use super::*;

    const NOW: u64 = 1_795_000_000;

    fn invitation(direct: usize, relay: Option<&str>) -> Invitation {
        let address = Address {
            device: Key::from_bytes(&[7; 32]).device(),
            direct: (0..direct)
                .map(|n| format!("203.0.113.{n}:50123").parse().expect("a socket address"))
                .collect(),
            relay: relay.map(str::to_owned),
        };
        Invitation::new(Purpose::OwnDevice, &BookId([3; 32]), address, [0x5a; 16], NOW + 600)
            .expect("fits")
    }

    #[test]
    fn an_invitation_survives_its_text_also_in_capitals_and_broken_over_lines() {
        let invitation = invitation(2, Some("https://euc1-1.relay.n0.iroh.link./"));
        let text = invitation.text();
        assert_eq!(Invitation::parse(&text).as_ref(), Ok(&invitation));
        let (head, tail) = text.split_at(40);
        let mailed = format!("  {}\r\n\t{} \n", head.to_ascii_uppercase(), tail);
        assert_eq!(Invitation::parse(&mailed), Ok(invitation));
    }

    #[test]
    fn the_text_of_an_invitation_is_fixed_to_the_byte() {
        let text = invitation(1, Some("https://relay.example/"));
        assert_eq!(
            text.text().as_str(),
            "goodword1aeaagaydambqgaydambqgaydambqh2sknrr6fhcsbk7pkud3cmxml6mvi53k5pv6pojeehxkneken\
             urmljnfuws2ljnfuws2ljnfuws2lkmjf5wxayaq24tfnrqxsltfpbqw24dmmuaqbsyaoeamxbydzesw3yq"
        );
    }

    #[test]
    fn an_invitation_is_never_longer_than_a_qr_code_holds() {
        let relay = format!("https://{}/", "r".repeat(limits::RELAY_BYTES_MAX - 9));
        for relay in [None, Some("https://euc1-1.relay.n0.iroh.link./"), Some(relay.as_str())] {
            let invitation = invitation(8, relay);
            assert!(invitation.text().len() <= limits::INVITATION_CHARS_MAX);
            assert!(!invitation.address.direct.is_empty());
        }
    }

    #[test]
    fn every_single_wrong_swapped_missing_or_added_character_is_noticed() {
        let text = invitation(1, None).text().to_string();
        for at in PREFIX.len()..text.len() {
            let mut wrong = text.clone().into_bytes();
            wrong[at] = if wrong[at] == b'a' { b'b' } else { b'a' };
            let wrong = String::from_utf8(wrong).expect("ascii");
            assert_eq!(Invitation::parse(&wrong), Err(InvitationError::Mangled), "at {at}");
            let mut missing = text.clone();
            missing.remove(at);
            assert_eq!(Invitation::parse(&missing), Err(InvitationError::Mangled), "at {at}");
            let mut added = text.clone();
            added.insert(at, 'q');
            assert_eq!(Invitation::parse(&added), Err(InvitationError::Mangled), "at {at}");
            if at + 1 < text.len() && text.as_bytes()[at] != text.as_bytes()[at + 1] {
                let mut swapped = text.clone().into_bytes();
                swapped.swap(at, at + 1);
                let swapped = String::from_utf8(swapped).expect("ascii");
                assert_eq!(Invitation::parse(&swapped), Err(InvitationError::Mangled), "at {at}");
            }
        }
    }

    #[test]
    fn other_texts_are_not_invitations() {
        for text in ["", "goodword", "https://example.org", "goodwordx", &"goodword1".repeat(200)] {
            let error = Invitation::parse(text).expect_err("no invitation");
            assert_eq!(error, InvitationError::NotAnInvitation);
        }
        assert_eq!(Invitation::parse("goodword1"), Err(InvitationError::Mangled));
    }

    #[test]
    fn an_invitation_of_a_later_version_is_told_apart_from_a_mangled_one() {
        let mut bytes = vec![2, 9, 9, 9];
        let sum = checksum(&bytes);
        bytes.extend_from_slice(&sum);
        let text = format!("{PREFIX}{}", BASE32_NOPAD.encode(&bytes));
        assert_eq!(Invitation::parse(&text), Err(InvitationError::Newer { found: 2 }));
    }

    #[test]
    fn an_expired_one_and_one_for_another_purpose_are_refused_with_their_reason() {
        let mut invitation = invitation(1, None);
        let skew = limits::CLOCK_SKEW_MAX.as_secs();
        assert_eq!(invitation.check(Purpose::OwnDevice, NOW + 600 + skew), Ok(()));
        let error = invitation.check(Purpose::OwnDevice, NOW + 601 + skew).expect_err("expired");
        assert_eq!(error, InvitationError::Expired { seconds: skew + 1 });
        assert_eq!(error.to_string(), "the invitation expired 1 hour ago");
        invitation.purpose = Purpose::Member;
        let error = invitation.check(Purpose::OwnDevice, NOW).expect_err("other purpose");
        assert_eq!(
            error.to_string(),
            "the invitation is for a person to share with, not for a device of your own"
        );
    }

    #[test]
    fn printing_an_invitation_for_debugging_does_not_tell_its_secret() {
        let invitation = invitation(1, None);
        assert!(!format!("{invitation:?}").contains("90, 90"));
    }
}
