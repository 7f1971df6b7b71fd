//! Chunks taken apart, to be put together wrongly.

use super::super::ACTOR_BYTES;
use sha2::{Digest, Sha256};

pub(super) const OBJECT_ACTOR: u64 = 0x01;
pub(super) const OBJECT_COUNTER: u64 = 0x02;
pub(super) const KEY_ACTOR: u64 = 0x11;
pub(super) const KEY_COUNTER: u64 = 0x13;
pub(super) const KEY_NAME: u64 = 0x15;
pub(super) const INSERT: u64 = 0x34;
pub(super) const ACTION: u64 = 0x42;
pub(super) const VALUE_META: u64 = 0x56;
pub(super) const VALUE_RAW: u64 = 0x57;
pub(super) const PRED_COUNT: u64 = 0x70;
pub(super) const PRED_ACTOR: u64 = 0x71;
pub(super) const PRED_COUNTER: u64 = 0x73;
pub(super) const EXPAND: u64 = 0x94;
pub(super) const MARK_NAME: u64 = 0xa5;

/// The fields of a chunk, free of every rule.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) deps: Vec<[u8; 32]>,
    pub(super) actor: Vec<u8>,
    pub(super) seq: u64,
    pub(super) start_op: u64,
    pub(super) time: i64,
    pub(super) message: Vec<u8>,
    pub(super) others: Vec<Vec<u8>>,
    pub(super) columns: Vec<(u64, Vec<u8>)>,
    pub(super) extra: Vec<u8>,
}

impl Parts {
    /// Sets the names "a" and "b" of the root to 1 and 2.
    pub(super) fn two_puts() -> Self {
        Self::empty().with(&[
            (KEY_NAME, &[0x7e, 1, b'a', 1, b'b']),
            (INSERT, &[2]),
            (ACTION, &[2, 1]),
            (VALUE_META, &[2, 0x14]),
            (VALUE_RAW, &[1, 2]),
            (PRED_COUNT, &[2, 0]),
        ])
    }

    /// Types "abc" into the text that the author's first operation made.
    pub(super) fn three_letters() -> Self {
        Self { start_op: 2, ..Self::empty() }.with(&[
            (OBJECT_ACTOR, &[3, 0]),
            (OBJECT_COUNTER, &[3, 1]),
            (KEY_ACTOR, &[0, 1, 2, 0]),
            (KEY_COUNTER, &[0x7d, 0, 2, 1]),
            (INSERT, &[0, 3]),
            (ACTION, &[3, 1]),
            (VALUE_META, &[3, 0x16]),
            (VALUE_RAW, b"abc"),
            (PRED_COUNT, &[3, 0]),
        ])
    }

    /// Sets "a" over the fifth operation of the author and of another actor.
    pub(super) fn settled_conflict() -> Self {
        Self { start_op: 6, others: vec![vec![0xbb; ACTOR_BYTES]], ..Self::empty() }.with(&[
            (KEY_NAME, &[0x7f, 1, b'a']),
            (INSERT, &[1]),
            (ACTION, &[0x7f, 1]),
            (VALUE_META, &[0x7f, 2]),
            (PRED_COUNT, &[0x7f, 2]),
            (PRED_ACTOR, &[0x7e, 0, 1]),
            (PRED_COUNTER, &[0x7e, 5, 0]),
        ])
    }

    /// Marks nothing, at the head of the text that the author's first operation made.
    pub(super) fn mark() -> Self {
        Self { start_op: 2, ..Self::empty() }.with(&[
            (OBJECT_ACTOR, &[2, 0]),
            (OBJECT_COUNTER, &[2, 1]),
            (KEY_ACTOR, &[0, 1, 0x7f, 0]),
            (KEY_COUNTER, &[0x7e, 0, 2]),
            (INSERT, &[0, 2]),
            (ACTION, &[2, 7]),
            (VALUE_META, &[0x7e, 2, 0]),
            (PRED_COUNT, &[2, 0]),
            (EXPAND, &[1, 1]),
            (MARK_NAME, &[0x7f, 1, b'm', 0, 1]),
        ])
    }

    /// A change without operations.
    pub(super) fn empty() -> Self {
        Self {
            deps: Vec::new(),
            actor: vec![0xaa; ACTOR_BYTES],
            seq: 1,
            start_op: 1,
            time: 0,
            message: Vec::new(),
            others: Vec::new(),
            columns: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Puts `bytes` in the place of each column, in its order; removes it if there are none.
    pub(super) fn with(mut self, columns: &[(u64, &[u8])]) -> Self {
        for (spec, bytes) in columns {
            self.columns.retain(|(other, _)| other != spec);
            if !bytes.is_empty() {
                self.columns.push((*spec, bytes.to_vec()));
            }
        }
        self.columns.sort();
        self
    }

    /// Puts the data together.
    pub(super) fn data(&self) -> Vec<u8> {
        let mut data = unsigned(self.deps.len() as u64);
        data.extend(self.deps.concat());
        data.extend(prefixed(&self.actor));
        data.extend(unsigned(self.seq));
        data.extend(unsigned(self.start_op));
        data.extend(signed(self.time));
        data.extend(prefixed(&self.message));
        data.extend(unsigned(self.others.len() as u64));
        data.extend(self.others.iter().flat_map(|other| prefixed(other)));
        data.extend(unsigned(self.columns.len() as u64));
        for (spec, bytes) in &self.columns {
            data.extend(unsigned(*spec));
            data.extend(unsigned(bytes.len() as u64));
        }
        data.extend(self.columns.iter().flat_map(|(_, bytes)| bytes));
        data.extend(&self.extra);
        data
    }

    /// Puts the chunk together.
    pub(super) fn chunk(&self) -> Vec<u8> {
        frame(1, &self.data())
    }
}

/// Puts `data` into a chunk of `chunk_type` with the right length and checksum.
pub(super) fn frame(chunk_type: u8, data: &[u8]) -> Vec<u8> {
    let hashed = [&[chunk_type], unsigned(data.len() as u64).as_slice(), data].concat();
    let hash = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat()
}

/// Gives `chunk` the checksum of its bytes.
pub(super) fn mend(chunk: &mut [u8]) {
    let hash = Sha256::digest(&chunk[8..]);
    chunk[4..8].copy_from_slice(&hash[..4]);
}

pub(super) fn unsigned(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

pub(super) fn signed(mut number: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while !(-0x40..0x40).contains(&number) {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8 & 0x7f);
    bytes
}

fn prefixed(bytes: &[u8]) -> Vec<u8> {
    [unsigned(bytes.len() as u64).as_slice(), bytes].concat()
}
