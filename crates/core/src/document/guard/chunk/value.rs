//! The value that an operation sets: a text, a whole number, yes or no.
//!
//! Says whether its bytes are what its type and length announce. Nothing is kept of a value.

use super::ChunkError;
use super::bytes::Bytes;

/// Type and length of a value: `length << 4 | type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    value_type: u8,
    bytes: u64,
}

impl Value {
    /// What an operation has that sets nothing.
    pub(super) const NONE: Self = Self { value_type: 0, bytes: 0 };
    const FALSE: u8 = 1;
    const TRUE: u8 = 2;
    const SIGNED: u8 = 4;
    const STRING: u8 = 6;

    /// Reads a row of the metadata column.
    pub(super) fn from_meta(meta: u64) -> Self {
        Self { value_type: (meta & 0x0f) as u8, bytes: meta >> 4 }
    }

    /// Takes the value from the front of `values`, and checks it to the last byte.
    pub(super) fn check(self, values: &mut Bytes<'_>) -> Result<(), ChunkError> {
        let Self { value_type, bytes } = self;
        let length = usize::try_from(bytes).map_err(|_| ChunkError::ValuesBeyondEnd)?;
        let raw = values.take(length).map_err(|_| ChunkError::ValuesBeyondEnd)?;
        let mut rest = Bytes::new(raw);
        match value_type {
            // automerge reads no bytes for these and takes them for the next value's.
            Self::FALSE | Self::TRUE => {}
            Self::SIGNED => {
                rest.signed()?;
            }
            Self::STRING => {
                str::from_utf8(rest.take(raw.len())?).map_err(|_| ChunkError::ValueUtf8)?;
            }
            // Numbers without sign, floats, bytes, counters, times; null, which is no value; and
            // types that automerge does not know and keeps.
            found => return Err(ChunkError::ValueType { found }),
        }
        if !rest.is_empty() {
            return Err(ChunkError::ValueLength { value_type, found: bytes });
        }
        Ok(())
    }
}
