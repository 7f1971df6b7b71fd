//! Cuts a stream of bytes into frames.
//!
//! Holds at most one frame; a length is checked before anything of the frame is kept.

use crate::error::Mistake;
use crate::limits;

/// Length of the prefix: an unsigned 32-bit number, least significant byte first.
pub(crate) const PREFIX_BYTES: usize = 4;

/// Puts the length before `body`.
pub(super) fn prefixed(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("BUG: frames are far below 4 GiB");
    debug_assert!(length <= limits::FRAME_BYTES_MAX, "frame of {length} bytes");
    [&length.to_le_bytes(), body].concat()
}

/// The beginning of a frame of which the rest has not arrived.
#[derive(Default)]
pub(crate) struct Framing {
    held: Vec<u8>,
}

impl Framing {
    /// Takes as much of `bytes` as belongs to the frame at hand; gives that frame, without its
    /// prefix, when it is complete.
    ///
    /// # Errors
    /// [`Mistake::FrameTooLong`].
    pub(crate) fn take(&mut self, bytes: &mut &[u8]) -> Result<Option<Vec<u8>>, Mistake> {
        self.fill(bytes, PREFIX_BYTES);
        let Some(prefix) = self.held.first_chunk::<PREFIX_BYTES>() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*prefix);
        if length > limits::FRAME_BYTES_MAX {
            return Err(Mistake::FrameTooLong { bytes: length });
        }
        let whole = PREFIX_BYTES + length as usize;
        self.fill(bytes, whole);
        if self.held.len() < whole {
            return Ok(None);
        }
        let mut frame = std::mem::take(&mut self.held);
        frame.drain(..PREFIX_BYTES);
        Ok(Some(frame))
    }

    fn fill(&mut self, bytes: &mut &[u8], whole: usize) {
        let missing = whole.saturating_sub(self.held.len()).min(bytes.len());
        let (taken, rest) = bytes.split_at(missing);
        self.held.extend_from_slice(taken);
        *bytes = rest;
    }
}
