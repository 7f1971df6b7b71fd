//! The inviter's side of joining: judges the proof, asks a person, admits the device.
//!
//! The statement that admits a device is committed before the device is told.

use goodword_core::{Change, DeviceId, Store};
use iroh::endpoint::{Connection, SendStream};
use n0_future::time::timeout;
use tokio::sync::oneshot;

use super::{Context, Event};
use crate::endpoint::{self, peer};
use crate::error::{Error, JoinError};
use crate::join::channel;
use crate::join::frame::{self, Answer, Ask};
use crate::limits;
use crate::refusal::{Closing, Refusal};
use crate::secret::{Code, InvitationId, Matter};

/// Somebody who has the secret of an open invitation asks to join.
///
/// Dropping it is no decision: the device may ask again.
#[derive(Debug)]
pub struct JoinRequest {
    /// The device that asks.
    pub device: DeviceId,
    /// What it calls itself, without control characters; nobody has checked it.
    pub name: String,
    /// To be compared with what the joining device shows.
    pub code: Code,
    decision: oneshot::Sender<bool>,
}

impl JoinRequest {
    /// Admits the device.
    pub fn accept(self) {
        // Whoever asked may have gone away; that is told as an event.
        let _ = self.decision.send(true);
    }

    /// Whether it has gone away, so that nobody's word is needed.
    pub fn is_gone(&self) -> bool {
        self.decision.is_closed()
    }

    /// Turns it away and closes the invitation.
    pub fn decline(self) {
        let _ = self.decision.send(false);
    }
}

/// Gives the invitation free again, unless it was used or closed meanwhile.
struct Kept<'a> {
    context: &'a Context,
    invitation: InvitationId,
    device: DeviceId,
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.context.invitations().given_up(self.invitation, self.device);
    }
}

impl Context {
    pub(super) async fn join(&self, connection: &Connection) {
        let device = peer(connection);
        let result = match hear(connection).await {
            Ok((mut send, ask)) => self.answer_ask(connection, &mut send, &ask).await,
            Err(error) => Err(error),
        };
        let refusal = match result {
            Ok(()) => {
                endpoint::closed_by_peer(connection).await;
                return;
            }
            Err(JoinError::Refused(refusal)) => {
                endpoint::closed_by_peer(connection).await;
                Some(refusal)
            }
            Err(error) => {
                tracing::debug!(%error, "not joined");
                endpoint::close(connection, Closing::Mistake);
                None
            }
        };
        self.tell(Event::NotJoined { device, refusal }).await;
    }

    async fn answer_ask(
        &self,
        connection: &Connection,
        send: &mut SendStream,
        ask: &Ask,
    ) -> Result<(), JoinError> {
        let result = self.decide(connection, send, ask).await;
        let answer = match &result {
            Ok(genesis) => Answer::Welcome(genesis.clone()),
            Err(JoinError::Refused(refusal)) => Answer::Refused(refusal.number()),
            Err(_) => return result.map(drop),
        };
        frame::write(send, &answer).await?;
        // Fails only if it was finished or reset before.
        let _ = send.finish();
        result.map(drop)
    }

    /// Decides about who asks; gives the genesis statement of the book that they may join.
    async fn decide(
        &self,
        connection: &Connection,
        send: &mut SendStream,
        ask: &Ask,
    ) -> Result<Vec<u8>, JoinError> {
        let device = peer(connection);
        let matter = Matter {
            inviter: self.endpoint.device(),
            joiner: device,
            channel: channel(connection)?,
            purpose: ask.purpose,
            // An invitation knows which book it is for.
            book: [0; 16],
            device_name: &ask.device_name,
        };
        let asked = self
            .invitations()
            .judge(ask.invitation, &matter, ask.proof, self.unix_now())
            .map_err(JoinError::Refused)?;
        let _kept = Kept { context: self, invitation: ask.invitation, device };
        let name = printable(&ask.device_name);
        // Told before the joiner's screen shows anything: whoever looks here then sees who asks.
        let decided = match asked.is_repeated {
            true => None,
            false => Some(self.tell_asked(device, &name, asked.code).await),
        };
        frame::write(send, &Answer::Proven(asked.proof)).await?;
        if let Some(decided) = decided {
            self.confirmed(connection, decided, ask.invitation).await?;
        }
        let genesis = self.admit(device, &name).map_err(JoinError::Refused)?;
        self.invitations().used(ask.invitation, device);
        self.tell(Event::Joined { device, name, invitation: ask.invitation }).await;
        Ok(genesis)
    }

    /// Asks the person at this device.
    async fn tell_asked(
        &self,
        device: DeviceId,
        name: &str,
        code: Code,
    ) -> oneshot::Receiver<bool> {
        let (decision, decided) = oneshot::channel();
        let name = name.to_owned();
        self.tell(Event::Asked(JoinRequest { device, name, code, decision })).await;
        decided
    }

    /// Waits for that person's word.
    async fn confirmed(
        &self,
        connection: &Connection,
        decided: oneshot::Receiver<bool>,
        invitation: InvitationId,
    ) -> Result<(), JoinError> {
        let decided = tokio::select! {
            decided = timeout(limits::CONFIRM_TIME_MAX, decided) => decided,
            lost = connection.closed() => return Err(Error::from_connection(&lost).into()),
        };
        match decided {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => {
                self.invitations().close(invitation);
                Err(JoinError::Refused(Refusal::Declined))
            }
            Ok(Err(_)) | Err(_) => Err(JoinError::Refused(Refusal::Unconfirmed)),
        }
    }

    /// Writes the statement that admits `device`, unless it is in the roster already.
    fn admit(&self, device: DeviceId, name: &str) -> Result<Vec<u8>, Refusal> {
        let now = (self.clock)();
        let failed = |error| {
            tracing::warn!(%error, "a device could not be admitted");
            Refusal::Failed
        };
        self.store.write(|store| {
            match standing(store, &device)? {
                Standing::Owner => {}
                Standing::Other => {
                    store.admit_device(device, now).map_err(failed)?;
                    if !name.is_empty() {
                        let name = Change::NameDevice { device, name: name.to_owned() };
                        store.apply(&name, now).map_err(failed)?;
                    }
                }
            }
            store.genesis().ok_or(Refusal::Failed)
        })
    }
}

enum Standing {
    Owner,
    Other,
}

fn standing(store: &Store, device: &DeviceId) -> Result<Standing, Refusal> {
    let authority = store.authority().ok_or(Refusal::Failed)?;
    if authority.knows(device) && authority.active(device).is_none() {
        return Err(Refusal::Removed);
    }
    Ok(if authority.is_owner(device) { Standing::Owner } else { Standing::Other })
}

async fn hear(connection: &Connection) -> Result<(SendStream, Ask), JoinError> {
    let heard = timeout(limits::ANSWER_TIME_MAX, async {
        let (send, mut recv) =
            connection.accept_bi().await.map_err(|error| Error::from_connection(&error))?;
        let ask: Ask = frame::read(&mut recv).await?;
        Ok::<_, JoinError>((send, ask))
    });
    let (send, ask) = heard.await.map_err(|_| Error::Silent(limits::ANSWER_TIME_MAX))??;
    if ask.device_name.len() > limits::DEVICE_NAME_BYTES_MAX {
        return Err(JoinError::Malformed);
    }
    Ok((send, ask))
}

/// A stranger's text, fit for a terminal: without control characters and without those that
/// change the direction of text (Unicode UAX #9).
fn printable(text: &str) -> String {
    let is_shown = |c: &char| {
        !c.is_control()
            && !matches!(c, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().filter(is_shown).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_name_reaches_the_terminal_without_control_or_direction_characters() {
        assert_eq!(printable(" pho\u{1b}[31mne\u{202e}\n "), "pho[31mne");
        assert_eq!(printable("Gerät der Oma 📱"), "Gerät der Oma 📱");
    }
}
