//! Chunks taken apart, to be put together wrongly.

use crate::document::genesis::GENESIS_ACTOR;
use crate::id::ACTOR_BYTES;
use sha2::{Digest, Sha256};

pub(crate) const OBJECT_ACTOR: u64 = 0x01;
pub(crate) const OBJECT_COUNTER: u64 = 0x02;
pub(crate) const KEY_NAME: u64 = 0x15;
pub(crate) const INSERT: u64 = 0x34;
pub(crate) const ACTION: u64 = 0x42;
pub(crate) const VALUE_META: u64 = 0x56;
pub(crate) const VALUE_RAW: u64 = 0x57;
pub(crate) const PRED_COUNT: u64 = 0x70;
pub(crate) const PRED_ACTOR: u64 = 0x71;
pub(crate) const PRED_COUNTER: u64 = 0x73;

/// The fields of a chunk, free of every rule.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) deps: Vec<[u8; 32]>,
    pub(crate) actor: Vec<u8>,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) time: i64,
    pub(crate) message: Vec<u8>,
    pub(crate) others: Vec<Vec<u8>>,
    pub(crate) columns: Vec<(u64, Vec<u8>)>,
    pub(crate) extra: Vec<u8>,
}

impl Parts {
    /// Sets the names "a" and "b" of the first map to 1 and 2.
    pub(crate) fn two_puts() -> Self {
        Self { others: vec![GENESIS_ACTOR.to_vec()], ..Self::empty() }.with(&[
            (OBJECT_ACTOR, &[2, 1]),
            (OBJECT_COUNTER, &[2, 1]),
            (KEY_NAME, &[0x7e, 1, b'a', 1, b'b']),
            (INSERT, &[2]),
            (ACTION, &[2, 1]),
            (VALUE_META, &[2, 0x14]),
            (VALUE_RAW, &[1, 2]),
            (PRED_COUNT, &[2, 0]),
        ])
    }

    /// Sets "a" over the fifteenth operation of the author and of another actor.
    pub(crate) fn settled_conflict() -> Self {
        let others = vec![GENESIS_ACTOR.to_vec(), vec![0xbb; ACTOR_BYTES]];
        Self { start_op: 16, others, ..Self::empty() }.with(&[
            (OBJECT_ACTOR, &[0x7f, 1]),
            (OBJECT_COUNTER, &[0x7f, 1]),
            (KEY_NAME, &[0x7f, 1, b'a']),
            (INSERT, &[1]),
            (ACTION, &[0x7f, 1]),
            (VALUE_META, &[0x7f, 2]),
            (PRED_COUNT, &[0x7f, 2]),
            (PRED_ACTOR, &[0x7e, 0, 2]),
            (PRED_COUNTER, &[0x7e, 15, 0]),
        ])
    }

    /// Deletes "a" from three maps, where the author's operations 10 to 12 had set it.
    pub(crate) fn three_deletes() -> Self {
        Self { start_op: 13, others: vec![GENESIS_ACTOR.to_vec()], ..Self::empty() }.with(&[
            (OBJECT_ACTOR, &[3, 1]),
            (OBJECT_COUNTER, &[0x7d, 1, 2, 3]),
            (KEY_NAME, &[3, 1, b'a']),
            (INSERT, &[3]),
            (ACTION, &[3, 3]),
            (VALUE_META, &[3, 0]),
            (PRED_COUNT, &[3, 1]),
            (PRED_ACTOR, &[3, 0]),
            (PRED_COUNTER, &[0x7f, 10, 2, 1]),
        ])
    }

    /// A change without operations.
    pub(crate) fn empty() -> Self {
        Self {
            deps: Vec::new(),
            actor: vec![0xaa; ACTOR_BYTES],
            seq: 1,
            start_op: 10,
            time: 0,
            message: Vec::new(),
            others: Vec::new(),
            columns: Vec::new(),
            extra: Vec::new(),
        }
    }

    /// Puts `bytes` in the place of each column, in its order; removes it if there are none.
    pub(crate) fn with(mut self, columns: &[(u64, &[u8])]) -> Self {
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
    pub(crate) fn data(&self) -> Vec<u8> {
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
    pub(crate) fn chunk(&self) -> Vec<u8> {
        frame(1, &self.data())
    }
}

/// Puts `data` into a chunk of `chunk_type` with the right length and checksum.
pub(crate) fn frame(chunk_type: u8, data: &[u8]) -> Vec<u8> {
    let hashed = [&[chunk_type], unsigned(data.len() as u64).as_slice(), data].concat();
    let hash = Sha256::digest(&hashed);
    [&[0x85, 0x6f, 0x4a, 0x83], &hash[..4], &hashed].concat()
}

/// Gives `chunk` the checksum of its bytes.
pub(crate) fn mend(chunk: &mut [u8]) {
    let hash = Sha256::digest(&chunk[8..]);
    chunk[4..8].copy_from_slice(&hash[..4]);
}

pub(crate) fn unsigned(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number > 0x7f {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

pub(crate) fn signed(mut number: i64) -> Vec<u8> {
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
