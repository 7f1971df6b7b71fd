//! How a device joins: it proves that it has the invitation's secret, the inviter proves it too,
//! a person confirms, and the book's genesis is handed over.
//!
//! The secret is never sent. Proofs are bound to both devices and to the very connection, so that
//! they are of no use to anybody else. `docs/protocol.md` gives the bytes.

pub(crate) mod frame;

use goodword_core::roster::Standalone;
use goodword_core::{BookId, DeviceId};
use iroh::endpoint::{Connection, RecvStream};
use n0_future::time::timeout;

use self::frame::{Answer, Ask};
use crate::address::Address;
use crate::endpoint::{self, Endpoint, JOIN_ALPN};
use crate::error::{Error, JoinError};
use crate::invitation::{Invitation, InvitationError, Purpose};
use crate::limits;
use crate::refusal::{Closing, Refusal};
use crate::secret::{self, Code, Matter, Side};

/// Label of the keying material that binds proofs to a connection (RFC 8446 §7.5).
const CHANNEL_LABEL: &[u8] = b"goodword join v1";

/// A device has asked; a person at the inviting device is looking at it.
///
/// Dropping it goes away: the invitation stays open.
#[derive(Debug)]
pub struct Asking {
    connection: Connection,
    answers: RecvStream,
    code: Code,
    book: [u8; 16],
    inviter: Address,
}

/// The inviter has admitted this device to its book.
#[derive(Clone, Debug)]
pub struct Welcome {
    /// The book.
    pub book: BookId,
    /// Canonical bytes of its genesis statement, for `Store::adopt`.
    pub genesis: Vec<u8>,
    /// The inviter, where it was reached: for [`first_sync`](crate::first_sync) and to remember.
    pub inviter: Address,
}

/// Asks to join, as a further device of the owner, with an invitation.
///
/// `now` is in seconds since the Unix epoch by this device's clock. Returns once the inviter has
/// checked the proof and given its own; [`Asking::welcome`] waits for the person.
///
/// # Errors
/// [`JoinError`], with the inviter's reason if it refused.
pub async fn ask(
    endpoint: &Endpoint,
    invitation: &Invitation,
    device_name: &str,
    now: u64,
) -> Result<Asking, JoinError> {
    invitation.check(Purpose::OwnDevice, now)?;
    if device_name.len() > limits::DEVICE_NAME_BYTES_MAX {
        return Err(JoinError::NameTooLong { bytes: device_name.len() });
    }
    let connection = endpoint
        .connect(&invitation.address, JOIN_ALPN)
        .await
        .map_err(|error| expired_or(invitation, now, error))?;
    timeout(
        limits::ANSWER_TIME_MAX,
        ask_over(connection, endpoint.device(), invitation, device_name),
    )
    .await
    .map_err(|_| Error::Silent(limits::ANSWER_TIME_MAX))?
}

/// Nobody listens for an invitation that has expired: then that is the reason to tell.
fn expired_or(invitation: &Invitation, now: u64, error: Error) -> JoinError {
    match error {
        Error::Unreachable { .. } if now > invitation.expires => {
            InvitationError::Expired { seconds: now - invitation.expires }.into()
        }
        error => error.into(),
    }
}

async fn ask_over(
    connection: Connection,
    joiner: DeviceId,
    invitation: &Invitation,
    device_name: &str,
) -> Result<Asking, JoinError> {
    let matter = Matter {
        inviter: endpoint::peer(&connection),
        joiner,
        channel: channel(&connection)?,
        purpose: invitation.purpose.number(),
        book: invitation.book,
        device_name,
    };
    let ask = Ask {
        invitation: invitation.id(),
        purpose: matter.purpose,
        device_name: device_name.to_owned(),
        proof: *matter.proof(invitation.secret(), Side::Joiner).as_bytes(),
    };
    let (mut send, mut answers) =
        connection.open_bi().await.map_err(|error| Error::from_connection(&error))?;
    frame::write(&mut send, &ask).await?;
    match frame::read(&mut answers).await? {
        Answer::Proven(proof)
            if matter.proof(invitation.secret(), Side::Inviter) == blake3::Hash::from(proof) => {}
        Answer::Proven(_) => return Err(JoinError::Impostor),
        Answer::Refused(number) => {
            endpoint::close(&connection, Closing::Done);
            return Err(JoinError::Refused(Refusal::from_number(number)));
        }
        Answer::Welcome(_) => return Err(JoinError::Malformed),
    }
    let mut inviter = invitation.address.clone();
    inviter.renew(&endpoint::peer_address(&connection));
    let code = matter.code(invitation.secret());
    Ok(Asking { connection, answers, code, book: invitation.book, inviter })
}

impl Asking {
    /// To be compared with what the inviting device shows.
    pub fn code(&self) -> Code {
        self.code
    }

    /// Waits for the person at the inviting device.
    ///
    /// # Errors
    /// [`JoinError::Refused`] if they declined or did not decide within
    /// [`limits::CONFIRM_TIME_MAX`]; others of the network.
    pub async fn welcome(mut self) -> Result<Welcome, JoinError> {
        let patience = limits::CONFIRM_TIME_MAX + limits::ANSWER_TIME_MAX;
        let answer = timeout(patience, frame::read(&mut self.answers))
            .await
            .map_err(|_| Error::Silent(patience))??;
        endpoint::close(&self.connection, Closing::Done);
        match answer {
            Answer::Welcome(genesis) => self.welcomed(genesis),
            Answer::Refused(number) => Err(JoinError::Refused(Refusal::from_number(number))),
            Answer::Proven(_) => Err(JoinError::Malformed),
        }
    }

    fn welcomed(self, genesis: Vec<u8>) -> Result<Welcome, JoinError> {
        let Ok(Standalone::Genesis(statement)) = Standalone::decode(&genesis) else {
            return Err(JoinError::Malformed);
        };
        let book = statement.book();
        if secret::half(&book) != self.book {
            return Err(JoinError::OtherBook);
        }
        Ok(Welcome { book, genesis, inviter: self.inviter })
    }
}

/// What both ends of one connection know and nobody else does.
pub(crate) fn channel(connection: &Connection) -> Result<[u8; 32], Error> {
    let mut material = [0; 32];
    connection.export_keying_material(&mut material, CHANNEL_LABEL, b"").map_err(|_| Error::Cut)?;
    Ok(material)
}
