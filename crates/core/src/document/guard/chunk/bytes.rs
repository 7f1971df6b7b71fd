//! The bytes not read yet, and the numbers in them.
//!
//! Knows nothing of chunks. Every read either takes bytes that are there or refuses; nothing is
//! allocated for a length that was only claimed.

use super::ChunkError;

/// A position in borrowed bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    /// Begins at the first of `rest`.
    pub(super) fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Returns the bytes not read yet.
    pub(super) fn as_slice(&self) -> &'a [u8] {
        self.rest
    }

    /// Returns the number of bytes not read yet.
    pub(super) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Tells whether all bytes are read.
    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads the next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ChunkError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(ChunkError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Reads the next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ChunkError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or(ChunkError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Reads as many bytes as the number before them says.
    pub(super) fn prefixed(&mut self) -> Result<&'a [u8], ChunkError> {
        let count = usize::try_from(self.unsigned()?).map_err(|_| ChunkError::Truncated)?;
        self.take(count)
    }

    /// Reads an unsigned LEB128 number in its shortest form.
    pub(super) fn unsigned(&mut self) -> Result<u64, ChunkError> {
        let mut number = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let [byte] = self.array()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit.
            if shift == 63 && byte > 1 {
                return Err(ChunkError::NumberTooLarge);
            }
            number |= bits << shift;
            if byte & 0x80 == 0 {
                // A last byte of zeros adds nothing: one number, one spelling.
                if byte == 0 && shift > 0 {
                    return Err(ChunkError::NumberTooLong);
                }
                return Ok(number);
            }
        }
        Err(ChunkError::NumberTooLarge)
    }

    /// Reads a signed LEB128 number in its shortest form.
    pub(super) fn signed(&mut self) -> Result<i64, ChunkError> {
        let mut number = 0;
        let mut negative_so_far = false;
        for shift in (0..i64::BITS).step_by(7) {
            let [byte] = self.array()?;
            // The tenth byte has room for the sign alone.
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err(ChunkError::NumberTooLarge);
            }
            number |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                // A last byte that only repeats the sign adds nothing.
                let repeats = if negative_so_far { 0x7f } else { 0 };
                if shift > 0 && byte == repeats {
                    return Err(ChunkError::NumberTooLong);
                }
                if byte & 0x40 != 0 && shift < 57 {
                    number |= -1 << (shift + 7);
                }
                return Ok(number);
            }
            negative_so_far = byte & 0x40 != 0;
        }
        Err(ChunkError::NumberTooLarge)
    }
}
