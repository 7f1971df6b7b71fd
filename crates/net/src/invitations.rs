//! The invitations that a device has open, and what becomes of each who asks.
//!
//! Pure: no network, no clock. An invitation lets in one device, once; a person who declines or
//! too many wrong proofs close it for good.

use std::collections::BTreeMap;

use goodword_core::DeviceId;

use crate::invitation::{Invitation, Purpose};
use crate::limits;
use crate::refusal::Refusal;
use crate::secret::{Code, InvitationId, Matter, Secret, Side};

/// Invitations of one process, the closed ones too, so that each is refused by its reason.
#[derive(Debug, Default)]
pub(crate) struct Invitations {
    known: BTreeMap<InvitationId, Known>,
}

#[derive(Debug)]
struct Known {
    secret: Secret,
    purpose: Purpose,
    book: [u8; 16],
    expires: u64,
    wrong_proofs: u32,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    /// This device proved that it has the secret; a person is looking at it.
    Asked(DeviceId),
    /// This device was let in. It may ask again, should the answer have been lost.
    Used(DeviceId),
    /// Declined, withdrawn, or too many wrong proofs.
    Closed,
}

/// Somebody who asks, as judged.
#[derive(Debug)]
pub(crate) struct Asked {
    /// The same on both screens.
    pub code: Code,
    /// Our own proof, for the joiner.
    pub proof: [u8; 32],
    /// The device was let in before: nobody needs to confirm again.
    pub is_repeated: bool,
}

impl Invitations {
    /// Opens an invitation.
    pub(crate) fn open(&mut self, invitation: &Invitation) {
        while self.known.len() >= limits::INVITATIONS_MAX {
            let Some(oldest) =
                self.known.iter().min_by_key(|(_, known)| known.expires).map(|(id, _)| *id)
            else {
                break;
            };
            self.known.remove(&oldest);
        }
        let known = Known {
            secret: invitation.secret().clone(),
            purpose: invitation.purpose,
            book: invitation.book,
            expires: invitation.expires,
            wrong_proofs: 0,
            state: State::Open,
        };
        self.known.insert(invitation.id(), known);
    }

    /// Closes an invitation, unless it was used.
    pub(crate) fn close(&mut self, id: InvitationId) {
        self.set(id, |state| !matches!(state, State::Used(_)), State::Closed);
    }

    /// How many would let in a device at `now`, in seconds since the Unix epoch.
    pub(crate) fn open_at(&self, now: u64) -> usize {
        let is_open = |known: &&Known| {
            matches!(known.state, State::Open | State::Asked(_)) && now <= known.expires
        };
        self.known.values().filter(is_open).count()
    }

    /// Judges a proof by the joiner over `matter` at `now` (seconds since the Unix epoch).
    ///
    /// If it holds, the invitation is kept for that device until [`used`](Self::used),
    /// [`close`](Self::close) or [`given_up`](Self::given_up).
    pub(crate) fn judge(
        &mut self,
        id: InvitationId,
        matter: &Matter<'_>,
        proof: [u8; 32],
        now: u64,
    ) -> Result<Asked, Refusal> {
        let known = self.known.get_mut(&id).ok_or(Refusal::Unknown)?;
        if known.state == State::Closed {
            return Err(Refusal::Closed);
        }
        // `blake3::Hash` compares in constant time.
        if known.matter(matter).proof(&known.secret, Side::Joiner) != blake3::Hash::from(proof) {
            return Err(known.count_wrong_proof());
        }
        if known.purpose.number() != matter.purpose {
            return Err(Refusal::OtherPurpose);
        }
        let is_repeated = known.state == State::Used(matter.joiner);
        if !is_repeated {
            known.admissible(now)?;
            known.state = State::Asked(matter.joiner);
        }
        let matter = known.matter(matter);
        Ok(Asked {
            code: matter.code(&known.secret),
            proof: *matter.proof(&known.secret, Side::Inviter).as_bytes(),
            is_repeated,
        })
    }

    /// The device that asked was let in.
    pub(crate) fn used(&mut self, id: InvitationId, by: DeviceId) {
        self.set(id, |state| state == State::Asked(by), State::Used(by));
    }

    /// The device that asked went away before anybody decided.
    pub(crate) fn given_up(&mut self, id: InvitationId, by: DeviceId) {
        self.set(id, |state| state == State::Asked(by), State::Open);
    }

    fn set(&mut self, id: InvitationId, from: impl Fn(State) -> bool, to: State) {
        if let Some(known) = self.known.get_mut(&id)
            && from(known.state)
        {
            known.state = to;
        }
    }
}

impl Known {
    fn count_wrong_proof(&mut self) -> Refusal {
        self.wrong_proofs += 1;
        // A device that was let in keeps its way back.
        if self.wrong_proofs >= limits::WRONG_PROOFS_MAX && !matches!(self.state, State::Used(_)) {
            self.state = State::Closed;
            return Refusal::Closed;
        }
        Refusal::Unknown
    }

    fn admissible(&self, now: u64) -> Result<(), Refusal> {
        match self.state {
            State::Used(_) => Err(Refusal::Used),
            State::Asked(_) => Err(Refusal::Busy),
            State::Closed => Err(Refusal::Closed),
            State::Open if now > self.expires => Err(Refusal::Expired),
            State::Open => Ok(()),
        }
    }

    /// The matter, with the book that the invitation is really for.
    fn matter<'a>(&self, asked: &Matter<'a>) -> Matter<'a> {
        Matter { book: self.book, ..*asked }
    }
}

#[cfg(test)]
mod tests {
    use goodword_core::BookId;
    use goodword_core::log::Key;

    use super::*;
    use crate::address::Address;

    const NOW: u64 = 1_795_000_000;

    fn device(seed: u8) -> DeviceId {
        Key::from_bytes(&[seed; 32]).device()
    }

    fn invitation(secret: u8) -> Invitation {
        let address = Address::of(device(1));
        Invitation::new(Purpose::OwnDevice, &BookId([3; 32]), address, [secret; 16], NOW + 600)
            .expect("fits")
    }

    fn matter(joiner: u8) -> Matter<'static> {
        Matter {
            inviter: device(1),
            joiner: device(joiner),
            channel: [8; 32],
            purpose: 0,
            book: [3; 16],
            device_name: "phone",
        }
    }

    fn ask(
        invitations: &mut Invitations,
        with: &Invitation,
        joiner: u8,
        now: u64,
    ) -> Result<Asked, Refusal> {
        let proof = *matter(joiner).proof(with.secret(), Side::Joiner).as_bytes();
        invitations.judge(with.id(), &matter(joiner), proof, now)
    }

    #[test]
    fn whoever_has_the_secret_may_ask_until_it_expires() {
        let (mut invitations, invitation) = (Invitations::default(), invitation(5));
        invitations.open(&invitation);
        let late = ask(&mut invitations, &invitation, 2, NOW + 601).expect_err("expired");
        assert_eq!(late, Refusal::Expired);
        let asked = ask(&mut invitations, &invitation, 2, NOW + 600).expect("in time");
        assert!(!asked.is_repeated);
        let expected = matter(2).proof(invitation.secret(), Side::Inviter);
        assert_eq!(asked.proof, *expected.as_bytes());
        assert_eq!(asked.code, matter(2).code(invitation.secret()));
    }

    #[test]
    fn an_invitation_that_was_never_opened_is_unknown() {
        let mut invitations = Invitations::default();
        invitations.open(&invitation(5));
        let refused = ask(&mut invitations, &invitation(6), 2, NOW).expect_err("foreign");
        assert_eq!(refused, Refusal::Unknown);
    }

    #[test]
    fn a_used_invitation_lets_only_the_same_device_ask_again() {
        let (mut invitations, invitation) = (Invitations::default(), invitation(5));
        invitations.open(&invitation);
        ask(&mut invitations, &invitation, 2, NOW).expect("the first");
        assert_eq!(ask(&mut invitations, &invitation, 3, NOW).expect_err("busy"), Refusal::Busy);
        invitations.used(invitation.id(), device(2));
        assert_eq!(ask(&mut invitations, &invitation, 3, NOW).expect_err("used"), Refusal::Used);
        assert!(ask(&mut invitations, &invitation, 2, NOW + 9_999).expect("again").is_repeated);
    }

    #[test]
    fn a_joiner_that_goes_away_leaves_the_invitation_open_and_a_declined_one_closes_it() {
        let (mut invitations, invitation) = (Invitations::default(), invitation(5));
        invitations.open(&invitation);
        ask(&mut invitations, &invitation, 2, NOW).expect("the first");
        invitations.given_up(invitation.id(), device(2));
        ask(&mut invitations, &invitation, 3, NOW).expect("the second");
        invitations.close(invitation.id());
        assert_eq!(ask(&mut invitations, &invitation, 3, NOW).expect_err("no"), Refusal::Closed);
    }

    #[test]
    fn wrong_proofs_close_an_invitation_even_for_whoever_has_the_secret() {
        let (mut invitations, invitation) = (Invitations::default(), invitation(5));
        invitations.open(&invitation);
        let refusals: Vec<Refusal> = (0..limits::WRONG_PROOFS_MAX)
            .map(|_| invitations.judge(invitation.id(), &matter(2), [0; 32], NOW))
            .map(|judged| judged.expect_err("wrong"))
            .collect();
        assert_eq!(refusals, [Refusal::Unknown, Refusal::Unknown, Refusal::Closed]);
        assert_eq!(ask(&mut invitations, &invitation, 2, NOW).expect_err("no"), Refusal::Closed);
    }

    #[test]
    fn a_proof_for_another_connection_name_or_purpose_is_wrong() {
        let (mut invitations, invitation) = (Invitations::default(), invitation(5));
        invitations.open(&invitation);
        let proof = *matter(2).proof(invitation.secret(), Side::Joiner).as_bytes();
        let other = Matter { channel: [9; 32], ..matter(2) };
        let refused = invitations.judge(invitation.id(), &other, proof, NOW).expect_err("replay");
        assert_eq!(refused, Refusal::Unknown);
        let other = Matter { purpose: 1, ..matter(2) };
        let proof = *other.proof(invitation.secret(), Side::Joiner).as_bytes();
        let refused = invitations.judge(invitation.id(), &other, proof, NOW).expect_err("purpose");
        assert_eq!(refused, Refusal::OtherPurpose);
    }

    #[test]
    fn no_more_invitations_are_remembered_than_the_limit() {
        let mut invitations = Invitations::default();
        for n in 0..=limits::INVITATIONS_MAX {
            invitations.open(&invitation(u8::try_from(n).expect("small")));
        }
        assert_eq!(invitations.known.len(), limits::INVITATIONS_MAX);
    }
}
