//! What the bad device makes.

use super::{BAD, Delivery, NOW, everything, honest};
use crate::document::genesis_hash;
use crate::document::guard::made::*;
use crate::document::guard::{Candidate, Known};
use crate::id::{BookId, ChangeHash, CommandId, EntryHash, Incarnation, Nonce, RecordId, SpaceId};
use crate::log::{Body, ENTRY_VERSION, Entry, Header, ITEM_VERSION, Item, Key, LogId};
use crate::space::Space;
use crate::store::{Place, Store};

const NONCE: Nonce = Nonce([7; 16]);

/// Every file's name and what it holds.
pub(super) fn all() -> Vec<(&'static str, Vec<Delivery>)> {
    let bad = Bad::new();
    let mut all = bad.numbers();
    all.extend(bad.operations());
    all.extend(bad.spellings());
    all.extend(bad.places());
    all
}

/// A delivery for every bit of a change that counts, with that bit flipped and the checksum mended.
pub(super) fn bit_flips() -> Vec<Delivery> {
    let bad = Bad::new();
    let chunk = bad.first(Parts::two_puts()).chunk();
    let flipped = (8 * 8..chunk.len() * 8).map(|bit| {
        let mut chunk = chunk.clone();
        chunk[bit / 8] ^= 1 << (bit % 8);
        mend(&mut chunk);
        vec![bad.item(vec![chunk])]
    });
    bad.entries(flipped.collect())
}

/// The bad device, which knows the honest person's document.
struct Bad {
    key: Key,
    space: SpaceId,
    record: RecordId,
    /// The honest item, its change, and the change's hash.
    honest: Item,
    known: Known,
    head: ChangeHash,
}

impl Bad {
    fn new() -> Self {
        let (laptop, record) = honest();
        let space = Space::Pipeline.id(&laptop.book().unwrap());
        let of_ada = everything(&laptop).into_iter().find_map(|delivery| {
            let entry = Entry::decode(delivery.entry).unwrap();
            let is_here = entry.header().log.space == space;
            let mut items = delivery.items.iter().map(|bytes| Item::decode(bytes).unwrap());
            items.find(|item| is_here && item.record == record)
        });
        let honest = of_ada.unwrap();
        let candidate = Candidate::read(honest.chunks[0].clone()).unwrap();
        let (known, head) = (candidate.known(), candidate.hash());
        Self { key: Key::from_bytes(&BAD), space, record, honest, known, head }
    }

    fn item(&self, chunks: Vec<Vec<u8>>) -> Item {
        Item {
            version: ITEM_VERSION,
            record: self.record,
            kind: 1,
            generation: 0,
            origin: self.key.device(),
            nonce: NONCE,
            chunks,
        }
    }

    /// `parts` as the device's first change, on the honest one.
    fn first(&self, parts: Parts) -> Parts {
        let actor = self.item(Vec::new()).actor(&self.space).0.to_vec();
        let start_op = self.known.max_op + 1;
        Parts { deps: vec![self.head.0], actor, seq: 1, start_op, ..parts }
    }

    /// `parts` as the device's second change, on its first.
    fn second(&self, first: &[u8], parts: Parts) -> Parts {
        let first = Candidate::read(first.to_vec()).unwrap();
        let start_op = first.known().max_op + 1;
        Parts { deps: vec![first.hash().0], seq: 2, start_op, ..self.first(parts) }
    }

    /// An entry for each list of items, in one log.
    fn entries(&self, lists: Vec<Vec<Item>>) -> Vec<Delivery> {
        self.entries_in(self.space, 0, lists)
    }

    fn entries_in(&self, space: SpaceId, copy: u8, lists: Vec<Vec<Item>>) -> Vec<Delivery> {
        let log = LogId { space, device: self.key.device(), incarnation: Incarnation([copy; 8]) };
        let mut prev = EntryHash::NONE;
        let sign = |(n, items): (u64, Vec<Item>)| {
            let items: Vec<Vec<u8>> = items.iter().map(Item::encode).collect();
            let hashes = items.iter().map(|bytes| Item::hash(&space, bytes)).collect();
            let command = CommandId([1; 16]);
            let header = Header { version: ENTRY_VERSION, log, n, prev, command };
            let entry = Entry::sign(header, &Body::Items(hashes), &self.key).unwrap();
            prev = entry.hash();
            Delivery { entry: entry.bytes().to_vec(), items }
        };
        (0..).zip(lists).map(sign).collect()
    }

    /// One entry with one item with `chunk`.
    fn sends(&self, chunk: Vec<u8>) -> Vec<Delivery> {
        self.entries(vec![vec![self.item(vec![chunk])]])
    }

    /// Actors, numbers and dependencies.
    fn numbers(&self) -> Vec<(&'static str, Vec<Delivery>)> {
        let first = self.first(Parts::two_puts()).chunk();
        let other = self.first(Parts::two_puts().with(&[(VALUE_RAW, &[3, 4])])).chunk();
        let one_by_one = |chunks: [Vec<u8>; 2]| {
            self.entries(chunks.into_iter().map(|chunk| vec![self.item(vec![chunk])]).collect())
        };
        let second = || self.second(&first, Parts::two_puts());
        let three = [first.clone(), other.clone(), self.second(&other, Parts::two_puts()).chunk()];
        let on_other = three.map(|chunk| vec![self.item(vec![chunk])]);
        let start_op = self.known.max_op + 2;
        let gap = Parts { start_op, ..self.first(Parts::two_puts()) }.chunk();
        let on_gap = [gap.clone(), self.second(&gap, Parts::two_puts()).chunk()];
        let good = [first.clone(), self.second(&first, Parts::two_puts()).chunk()];
        let gap_then_good = on_gap.iter().chain(&good).cloned();
        let gap_then_good = gap_then_good.map(|chunk| vec![self.item(vec![chunk])]).collect();
        let on = |parts: Parts| one_by_one([first.clone(), parts.chunk()]);
        // In the honest device's name: what comes after its change, on something nobody has.
        let forged = Parts {
            actor: self.known.actor.clone(),
            seq: 2,
            deps: vec![self.head.0, [0xfe; 32]],
            ..self.first(Parts::two_puts())
        };
        let chunks = vec![forged.chunk()];
        let in_its_name = Item { chunks, ..self.honest.clone() };
        let apart = Parts { deps: vec![self.head.0], start_op: self.known.max_op + 1, ..second() };
        let start =
            |start_op| self.sends(Parts { start_op, ..self.first(Parts::two_puts()) }.chunk());
        let alone = Parts { deps: Vec::new(), ..self.first(Parts::two_puts()) };
        vec![
            ("reused-seq", one_by_one([first.clone(), other])),
            ("on-reused-seq", self.entries(on_other.to_vec())),
            ("on-refused", one_by_one(on_gap)),
            ("on-refused-then-good", self.entries(gap_then_good)),
            ("gap-in-seq", on(Parts { seq: 3, ..second() })),
            ("first-seq-5", self.sends(Parts { seq: 5, ..self.first(Parts::two_puts()) }.chunk())),
            ("seq-2-apart", on(apart)),
            ("seq-1-again", on(Parts { seq: 1, ..second() })),
            ("forged-next-seq", self.entries(vec![vec![in_its_name]])),
            ("foreign-actor", self.sends(self.honest.chunks[0].clone())),
            ("no-dependency", self.sends(alone.chunk())),
            ("start-op-gap", start(self.known.max_op + 2)),
            ("start-op-31-bits", start((1 << 31) - 2)),
            ("start-op-32-bits", start((1 << 32) - 1)),
            ("author-footer", on(Parts { extra: vec![1, 3, b'a', b'd', b'a'], ..second() })),
        ]
    }

    /// What operations do, and to what.
    fn operations(&self) -> Vec<(&'static str, Vec<Delivery>)> {
        let with = |parts: Parts, columns: &[(u64, &[u8])]| {
            self.sends(self.first(parts.with(columns)).chunk())
        };
        let nobody = Parts { others: vec![vec![0xbb; 16]], ..Parts::two_puts() };
        // Writes "title" over the honest device's first operation, which set "name".
        let others = sorted([self.known.actor.clone(), b"goodword genesis".to_vec()]);
        let place =
            |actor: &[u8]| others.iter().position(|other| other == actor).unwrap() as u8 + 1;
        let (genesis, author) = (place(b"goodword genesis"), place(&self.known.actor));
        let over = |name: &[u8], map: u8, pred: u8| {
            let name = [&[0x7f, name.len() as u8], name].concat();
            let parts = Parts { others: others.clone(), ..Parts::settled_conflict() };
            let columns: [(u64, &[u8]); 6] = [
                (OBJECT_ACTOR, &[0x7f, genesis]),
                (OBJECT_COUNTER, &[0x7f, map]),
                (KEY_NAME, &name),
                (PRED_COUNT, &[0x7f, 1]),
                (PRED_ACTOR, &[0x7f, author]),
                (PRED_COUNTER, &[0x7f, pred]),
            ];
            with(parts, &columns)
        };
        let one_pred: [(u64, &[u8]); 3] =
            [(PRED_COUNT, &[0x7f, 1]), (PRED_ACTOR, &[0x7f, 2]), (PRED_COUNTER, &[0x7f, 5])];
        let names: [(u64, &[u8]); 1] = [(0xa5, &[2, 1, b'm'])];
        vec![
            ("no-such-map", with(Parts::two_puts(), &[(OBJECT_COUNTER, &[2, 10])])),
            ("map-of-nobody", with(nobody, &[])),
            ("pred-of-nobody", with(Parts::settled_conflict(), &one_pred)),
            ("pred-of-another-key", over(b"family", 1, 10)),
            ("pred-in-another-map", over(b"name", 2, 10)),
            (
                "delete-of-nothing",
                with(
                    Parts::two_puts(),
                    &[(ACTION, &[2, 3]), (VALUE_META, &[2, 0]), (VALUE_RAW, &[])],
                ),
            ),
            ("root", with(Parts::two_puts(), &[(OBJECT_ACTOR, &[]), (OBJECT_COUNTER, &[])])),
            (
                "make-map",
                with(
                    Parts::two_puts(),
                    &[(ACTION, &[2, 0]), (VALUE_META, &[2, 0]), (VALUE_RAW, &[])],
                ),
            ),
            ("increment", with(Parts::two_puts(), &[(ACTION, &[2, 5])])),
            ("mark", with(Parts::two_puts(), &names)),
            ("unknown-value", with(Parts::two_puts(), &[(VALUE_META, &[2, 0x1f])])),
        ]
    }

    /// Ways of writing, and other kinds of chunks.
    fn spellings(&self) -> Vec<(&'static str, Vec<Delivery>)> {
        let with = |columns: &[(u64, &[u8])]| {
            self.sends(self.first(Parts::two_puts().with(columns)).chunk())
        };
        let run = |rows: i64| [signed(rows), vec![1]].concat();
        let data = self.first(Parts::two_puts()).data();
        // have 1: nothing since the last sync; a filter of one entry with no bits.
        let sync_message = vec![0x42, 0, 0, 1, 0, 3, 1, 0, 7];
        let endless = [&[0x7f][..], &unsigned(1 << 62)].concat();
        vec![
            ("long-number", with(&[(ACTION, &[0x82, 0, 1])])),
            ("split-run", with(&[(ACTION, &[0x7e, 1, 1])])),
            ("deflate-bomb", self.sends(frame(2, &bomb(1 << 30)))),
            ("deflated-column", with(&[(VALUE_RAW, &[]), (VALUE_RAW | 8, &bomb(1 << 10))])),
            ("document-chunk", self.sends(frame(0, &data))),
            ("bundle-chunk", self.sends(frame(3, &data))),
            ("sync-message", self.sends(sync_message)),
            ("run-2-62", with(&[(ACTION, &run(1 << 62))])),
            ("run-2-32-1", with(&[(ACTION, &run((1 << 32) + 1))])),
            ("run-of-nulls", with(&[(KEY_NAME, &[0, 2])])),
            ("preds-2-62", with(&[(PRED_COUNT, &endless)])),
        ]
    }

    /// A change that is in order, where it does not belong; entries and logs out of order.
    fn places(&self) -> Vec<(&'static str, Vec<Delivery>)> {
        let chunk = self.first(Parts::two_puts()).chunk();
        let item = || self.item(vec![chunk.clone()]);
        let elsewhere = Item { record: RecordId([5; 16]), ..item() };
        let private = Space::Private.id(&self.book());
        let mut without = self.entries(vec![vec![item(), elsewhere.clone()]]);
        without[0].items.pop();
        let incarnations =
            (0..17).flat_map(|copy| self.entries_in(self.space, copy, vec![vec![item()]]));
        let mut other =
            Store::create(&Place::memory(), Key::from_bytes(&[1; 32]), [8; 32]).unwrap();
        other.found([9; 32], NOW).unwrap();
        let other = Space::Pipeline.id(&other.book().unwrap());
        vec![
            ("other-document", self.entries(vec![vec![elsewhere]])),
            ("other-space", self.entries_in(private, 0, vec![vec![item()]])),
            ("other-book", self.entries_in(other, 0, vec![vec![item()]])),
            ("missing-item", without),
            ("incarnations", incarnations.collect()),
        ]
    }

    fn book(&self) -> BookId {
        honest().0.book().unwrap()
    }
}

fn sorted<const N: usize>(mut actors: [Vec<u8>; N]) -> Vec<Vec<u8>> {
    actors.sort();
    actors.to_vec()
}

/// A deflate stream of about `bytes` zeros, at 258 of them in two bits.
///
/// One block with a code of its own (RFC 1951, 3.2.7): one bit for "as before, 258 times", one for
/// the distance.
fn bomb(bytes: usize) -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0b101, 3); // the last block, dynamic codes
    bits.put(29, 5); // 286 lengths and literals
    bits.put(0, 5); // 1 distance
    bits.put(14, 4); // 18 lengths of codes, in the order of the RFC
    // 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1: of 18, 2 and 1 the codes 0, 11, 10.
    for length in [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 2] {
        bits.put(length, 3);
    }
    let (one, two, zeros) = ((0b01, 2), (0b11, 2), (0b0, 1)); // codes lie with their first bit first
    let mut code = |(code, length)| bits.put(code, length);
    code(two); // the literal 0
    for count in [138, 117] {
        code(zeros);
        code((count - 11, 7));
    }
    code(two); // the end
    code(zeros);
    code((28 - 11, 7));
    code(one); // 258 as before
    code(one); // at distance 1
    code((0b01, 2)); // a zero
    for _ in 0..bytes / 258 {
        code((0b00, 2));
    }
    code((0b11, 2)); // the end
    bits.bytes
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// Appends the lowest `count` bits of `value`, lowest first.
    fn put(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().unwrap();
            *last |= ((value >> bit & 1) as u8) << (self.used % 8);
            self.used += 1;
        }
    }
}

#[test]
fn the_document_begins_with_the_genesis() {
    let bad = Bad::new();
    assert_eq!(bad.known.deps, [genesis_hash()]);
    assert_eq!(bad.known.max_op, 11);
}
