//! The value of one operation.
//!
//! Says whether its bytes are what its type and length announce; not whether an action may have
//! it. Nothing is kept of a value.

use super::bytes::Bytes;
use super::{ADDEND_END, ChunkError};

/// Type and length of a value: `length << 4 | type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) value_type: u8,
    pub(super) bytes: u64,
}

impl Value {
    pub(super) const NULL: u8 = 0;
    const FALSE: u8 = 1;
    const TRUE: u8 = 2;
    const UNSIGNED: u8 = 3;
    pub(super) const SIGNED: u8 = 4;
    const FLOAT: u8 = 5;
    const STRING: u8 = 6;
    const BYTES: u8 = 7;
    const COUNTER: u8 = 8;
    const TIMESTAMP: u8 = 9;

    /// Reads a row of the metadata column.
    pub(super) fn from_meta(meta: u64) -> Self {
        Self { value_type: (meta & 0x0f) as u8, bytes: meta >> 4 }
    }

    /// Checks that the value is `raw`, to the last byte, and can be added up where it will be.
    pub(super) fn check(self, raw: &[u8], is_increment: bool) -> Result<(), ChunkError> {
        let Self { value_type, bytes } = self;
        let wrong_length = ChunkError::ValueLength { value_type, found: bytes };
        let mut rest = Bytes::new(raw);
        match value_type {
            // automerge reads no bytes for these and takes them for the next value's.
            Self::NULL | Self::FALSE | Self::TRUE if bytes > 0 => return Err(wrong_length),
            Self::NULL | Self::FALSE | Self::TRUE => {}
            Self::UNSIGNED => {
                rest.unsigned()?;
            }
            Self::SIGNED | Self::COUNTER | Self::TIMESTAMP => {
                let found = rest.signed()?;
                let is_added = is_increment || value_type == Self::COUNTER;
                if is_added && found.unsigned_abs() >= ADDEND_END.unsigned_abs() {
                    return Err(ChunkError::Addend { found });
                }
            }
            Self::FLOAT if bytes != 8 => return Err(wrong_length),
            Self::FLOAT | Self::BYTES => {
                rest.take(raw.len())?;
            }
            Self::STRING => {
                str::from_utf8(rest.take(raw.len())?).map_err(|_| ChunkError::ValueUtf8)?;
            }
            // automerge keeps types that it does not know; what a later one makes of them is
            // unknown too.
            found => return Err(ChunkError::ValueType { found }),
        }
        if !rest.is_empty() {
            return Err(wrong_length);
        }
        Ok(())
    }
}
