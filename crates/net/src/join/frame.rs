//! Frames of the join protocol: a length and a message, with a cap.
//!
//! The length is four bytes, least significant first. Messages are postcard; their order is frozen.

use goodword_core::limits::STATEMENT_BYTES_MAX;
use iroh::endpoint::{ReadExactError, RecvStream, SendStream, WriteError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, JoinError};
use crate::limits;
use crate::secret::InvitationId;

const _: () = assert!(STATEMENT_BYTES_MAX < limits::JOIN_FRAME_BYTES_MAX);

/// What a joiner says: once, and nothing else.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ask {
    /// Which invitation it has.
    pub invitation: InvitationId,
    /// What it wants to become.
    pub purpose: u8,
    /// What it calls itself.
    pub device_name: String,
    /// That it knows the secret.
    pub proof: [u8; 32],
}

/// What an inviter answers: a refusal, or its proof and, once a person confirmed, the welcome
/// (or a refusal after all).
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// No, by the number of the refusal.
    Refused(u8),
    /// That it knows the secret too; a person is asked.
    Proven([u8; 32]),
    /// The joiner is admitted: canonical bytes of the book's genesis statement.
    Welcome(Vec<u8>),
}

pub(crate) async fn write<T: Serialize>(send: &mut SendStream, message: &T) -> Result<(), Error> {
    let message = postcard::to_allocvec(message).expect("BUG: a join message always encodes");
    let length = u32::try_from(message.len()).expect("BUG: a join message is short");
    let frame = [&length.to_le_bytes(), message.as_slice()].concat();
    send.write_all(&frame).await.map_err(|error| match error {
        WriteError::ConnectionLost(error) => Error::from_connection(&error),
        _ => Error::Cut,
    })
}

pub(crate) async fn read<T: DeserializeOwned>(recv: &mut RecvStream) -> Result<T, JoinError> {
    let mut length = [0; 4];
    fill(recv, &mut length).await?;
    let length = u32::from_le_bytes(length) as usize;
    if length > limits::JOIN_FRAME_BYTES_MAX {
        return Err(JoinError::Malformed);
    }
    let mut bytes = vec![0; length];
    fill(recv, &mut bytes).await?;
    match postcard::take_from_bytes(&bytes) {
        Ok((message, [])) => Ok(message),
        Ok(_) | Err(_) => Err(JoinError::Malformed),
    }
}

async fn fill(recv: &mut RecvStream, bytes: &mut [u8]) -> Result<(), Error> {
    recv.read_exact(bytes).await.map_err(|error| match error {
        ReadExactError::ReadError(iroh::endpoint::ReadError::ConnectionLost(error)) => {
            Error::from_connection(&error)
        }
        _ => Error::Cut,
    })
}
