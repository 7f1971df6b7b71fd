//! The one place that draws randomness: from the system's generator, and from nothing else.
//!
//! There is no seed to set: what is drawn ends up in keys, and in the names of automerge actors,
//! which must not repeat from one opening of a store to the next.

use zeroize::Zeroizing;

use crate::error::CliError;

/// Draws 32 bytes, wiped from memory when dropped.
pub fn draw() -> Result<Zeroizing<[u8; 32]>, CliError> {
    let mut bytes = Zeroizing::new([0; 32]);
    getrandom::fill(bytes.as_mut_slice())
        .map_err(|error| CliError::failed(format!("the system has no randomness: {error}")))?;
    Ok(bytes)
}
