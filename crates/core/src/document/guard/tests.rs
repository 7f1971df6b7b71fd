//! Classes 2 and 3: each forged change is refused by the check that is there for it.
//!
//! The forger is an admitted device: its chunks are in form and its signatures verify.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId as Actor, Automerge};

use super::made::*;
use super::{Candidate, History, Inadmissible, Verdict, candidates, judge};
use crate::document::genesis::GENESIS_ACTOR;
use crate::document::{Document, Edit, Map};
use crate::id::{ActorId, ChangeHash, DeviceId, Nonce, RecordId, SpaceId};
use crate::log::Item;

const SPACE: SpaceId = SpaceId([3; 32]);

/// An item of the device `origin` whose actor the guard will expect.
fn item(record: u8, generation: u32, chunks: Vec<Vec<u8>>) -> Item {
    Item {
        version: 1,
        record: RecordId([record; 16]),
        kind: 1,
        generation,
        origin: DeviceId([5; 32]),
        nonce: Nonce([7; 16]),
        chunks,
    }
}

fn actor() -> ActorId {
    item(1, 0, Vec::new()).actor(&SPACE)
}

/// A document with one honest change.
fn honest() -> (Document, Vec<u8>) {
    let mut document = Document::found();
    let edit = Edit::set(Map::Fields, "name", "Ada Rilo");
    let own = document.edit(&actor(), 0, "add", &[edit]).unwrap().unwrap();
    (document, own.chunk)
}

/// What automerge writes for `edits` on top of `base`, by `actor`.
fn forged(base: &mut Automerge, actor: &[u8], key: &str) -> Vec<u8> {
    base.set_actor(Actor::from(actor));
    let mut transaction = base.transaction();
    let value = format!("forged by {actor:?}");
    transaction.put(Map::Fields.object(), key, value).unwrap();
    transaction.commit_with(CommitOptions::default().with_time(0));
    base.get_last_local_change().unwrap().raw_bytes().to_vec()
}

fn candidate(chunk: Vec<u8>) -> Candidate {
    candidates(&SPACE, &item(1, 0, vec![chunk])).unwrap().remove(0)
}

fn verdict(chunk: Vec<u8>, document: &Document) -> Verdict {
    judge(&candidate(chunk), document)
}

#[test]
fn an_honest_change_is_admissible_where_its_dependencies_are() {
    let (_, chunk) = honest();
    assert_eq!(verdict(chunk, &Document::found()), Verdict::Admissible);
}

#[test]
fn a_change_whose_dependency_is_missing_is_pending_and_blames_nobody() {
    let (mut document, first) = honest();
    let edit = Edit::set(Map::Fields, "title", "Partner");
    let second = document.edit(&actor(), 0, "edit", &[edit]).unwrap().unwrap().chunk;
    let missing = ChangeHash(candidate(first).chunk.hash);
    assert_eq!(verdict(second, &Document::found()), Verdict::Pending(missing));
}

#[test]
fn a_change_moved_to_another_record_generation_space_or_device_is_refused() {
    let (_, chunk) = honest();
    let refused = |item: Item, space: SpaceId| {
        assert_eq!(candidates(&space, &item).unwrap_err(), Inadmissible::ForeignActor);
    };
    refused(item(2, 0, vec![chunk.clone()]), SPACE);
    refused(item(1, 1, vec![chunk.clone()]), SPACE);
    refused(item(1, 0, vec![chunk.clone()]), SpaceId([4; 32]));
    let mut other_kind = item(1, 0, vec![chunk.clone()]);
    other_kind.kind = 2;
    refused(other_kind, SPACE);
    let mut other_device = item(1, 0, vec![chunk.clone()]);
    other_device.origin = DeviceId([6; 32]);
    refused(other_device, SPACE);
    let mut other_nonce = item(1, 0, vec![chunk]);
    other_nonce.nonce = Nonce([8; 16]);
    refused(other_nonce, SPACE);
}

#[test]
fn a_change_that_does_not_stand_on_the_genesis_is_refused() {
    let parts = Parts { actor: actor().0.to_vec(), ..Parts::two_puts() };
    let chunk = parts.chunk();
    let reason = Inadmissible::NoDependency;
    assert_eq!(verdict(chunk, &Document::found()), Verdict::Inadmissible(reason));
}

#[test]
fn operations_that_do_not_start_right_after_the_dependencies_are_refused() {
    let (document, _) = honest();
    // The forger's copy has a further change, which its own change then hides from its deps.
    let mut copy = document.automerge().clone();
    let heads = copy.get_heads();
    forged(&mut copy, &[9; 16], "hidden");
    let chunk = forged(&mut copy, &actor().0, "title");
    let chunk = with_deps(&chunk, &heads);
    let Verdict::Inadmissible(reason) = verdict(chunk, &document) else { panic!("admitted") };
    assert!(matches!(reason, Inadmissible::StartOp { found, expected } if found == expected + 1));
}

#[test]
fn a_second_first_change_of_an_actor_is_refused() {
    let (document, _) = honest();
    // The same actor starts again at seq 1 on top of its own change.
    let chunk = with_seq(&next_chunk(&document), 1);
    let reason = Inadmissible::SequenceRestart;
    assert_eq!(verdict(chunk, &document), Verdict::Inadmissible(reason));
}

#[test]
fn a_gap_in_an_actors_sequence_is_refused() {
    let (document, _) = honest();
    let chunk = with_seq(&next_chunk(&document), 3);
    let reason = Inadmissible::SequenceGap { seq: 3, before: 2 };
    assert_eq!(verdict(chunk, &document), Verdict::Inadmissible(reason));
}

/// A change of the actor on top of `document`, put together by hand.
fn made(document: &Document, parts: Parts) -> Vec<u8> {
    let [head] = document.heads()[..] else { panic!("one head") };
    let known = document.change(&head).unwrap();
    let seq = if known.actor == actor().0 { known.seq + 1 } else { 1 };
    let (deps, actor) = (vec![head.0], actor().0.to_vec());
    Parts { deps, actor, seq, start_op: known.max_op + 1, ..parts }.chunk()
}

/// Writes the name "name" of the first map over the author's operation `pred`.
fn over(pred: u8) -> Parts {
    Parts::settled_conflict().with(&[
        (KEY_NAME, &[0x7f, 4, b'n', b'a', b'm', b'e']),
        (PRED_COUNT, &[0x7f, 1]),
        (PRED_ACTOR, &[0x7f, 0]),
        (PRED_COUNTER, &[0x7f, pred]),
    ])
}

fn only_genesis(parts: Parts) -> Parts {
    Parts { others: vec![GENESIS_ACTOR.to_vec()], ..parts }
}

#[test]
fn a_change_over_what_was_written_before_is_admissible() {
    let (document, _) = honest();
    let chunk = made(&document, only_genesis(over(10)));
    assert_eq!(verdict(chunk, &document), Verdict::Admissible);
    // A deleting one too.
    let delete = over(10).with(&[(ACTION, &[0x7f, 3]), (VALUE_META, &[0x7f, 0])]);
    assert_eq!(verdict(made(&document, only_genesis(delete)), &document), Verdict::Admissible);
}

#[test]
fn a_map_that_the_genesis_did_not_make_is_refused() {
    let (document, _) = honest();
    let refused = |parts: Parts| {
        let reason = Inadmissible::ForeignMap { op: 11 };
        let chunk = made(&document, parts);
        assert_eq!(verdict(chunk, &document), Verdict::Inadmissible(reason));
    };
    for counter in [10, 11, 100] {
        refused(only_genesis(over(10)).with(&[(OBJECT_COUNTER, &[0x7f, counter])]));
    }
    // The first operation of somebody else, and of the author.
    let somebody = Parts { others: vec![vec![0xbb; 16]], ..over(10) };
    refused(somebody);
    let author = Parts { others: Vec::new(), ..over(10) };
    refused(author.with(&[(OBJECT_ACTOR, &[0x7f, 0])]));
}

#[test]
fn a_predecessor_that_is_not_there_or_of_another_key_or_map_or_deleted_is_refused() {
    let (mut document, _) = honest();
    let refused = |document: &Document, parts: Parts| {
        let Verdict::Inadmissible(reason) = verdict(made(document, parts), document) else {
            panic!("admitted")
        };
        assert!(matches!(reason, Inadmissible::UnknownPredecessor { .. }), "{reason:?}");
    };
    // Of the genesis, before and after what the author has written, and of nobody known.
    for counter in [1, 9, 11, 12, 60] {
        refused(&document, only_genesis(over(counter)));
    }
    let genesis = only_genesis(over(1)).with(&[(PRED_ACTOR, &[0x7f, 1])]);
    refused(&document, genesis);
    let nobody = Parts { others: vec![GENESIS_ACTOR.to_vec(), vec![0xbb; 16]], ..over(10) };
    refused(&document, nobody.with(&[(PRED_ACTOR, &[0x7f, 2])]));
    let title = [0x7f, 5, b't', b'i', b't', b'l', b'e'];
    refused(&document, only_genesis(over(10)).with(&[(KEY_NAME, &title)]));
    refused(&document, only_genesis(over(10)).with(&[(OBJECT_COUNTER, &[0x7f, 2])]));
    let delete = Edit::text(Map::Fields, "name", None);
    document.edit(&actor(), 0, "edit", &[delete]).unwrap().unwrap();
    refused(&document, only_genesis(over(11)));
}

#[test]
fn a_predecessor_that_a_document_holds_and_the_dependencies_do_not_is_refused() {
    let (mut document, _) = honest();
    let base = document.clone();
    let edit = Edit::set(Map::Fields, "name", "Ada Solba");
    document.edit(&ActorId([9; 16]), 0, "edit", &[edit]).unwrap().unwrap();
    // Overwrites what actor 9 wrote apart, and claims to depend on the honest change alone.
    let others = vec![vec![9; 16], GENESIS_ACTOR.to_vec()];
    let parts = Parts { others, ..over(11) };
    let parts = parts.with(&[(OBJECT_ACTOR, &[0x7f, 2]), (PRED_ACTOR, &[0x7f, 1])]);
    // Above the operation that it names, as if it had not seen it.
    let parts = Parts { deps: base.heads().iter().map(|head| head.0).collect(), ..parts };
    let parts = Parts { actor: actor().0.to_vec(), seq: 2, start_op: 11, ..parts };
    let reason = Inadmissible::UnknownPredecessor { op: 11 };
    assert_eq!(verdict(parts.chunk(), &document), Verdict::Inadmissible(reason));
}

/// The next honest change of the actor on top of `document`.
fn next_chunk(document: &Document) -> Vec<u8> {
    let mut copy = document.clone();
    let edit = Edit::set(Map::Fields, "title", "Partner");
    copy.edit(&actor(), 0, "edit", &[edit]).unwrap().unwrap().chunk
}

// ---- chunks with a field replaced, length and checksum mended ----

struct Fields {
    deps: Vec<[u8; 32]>,
    actor: Vec<u8>,
    seq: u64,
    start_op: u64,
    rest: Vec<u8>,
}

fn parse(chunk: &[u8]) -> Fields {
    let mut at = 9;
    leb(chunk, &mut at);
    let count = leb(chunk, &mut at);
    let mut deps = Vec::new();
    for _ in 0..count {
        deps.push(chunk[at..at + 32].try_into().unwrap());
        at += 32;
    }
    let length = usize::try_from(leb(chunk, &mut at)).unwrap();
    let actor = chunk[at..at + length].to_vec();
    at += length;
    let seq = leb(chunk, &mut at);
    let start_op = leb(chunk, &mut at);
    Fields { deps, actor, seq, start_op, rest: chunk[at..].to_vec() }
}

fn leb(bytes: &[u8], at: &mut usize) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let byte = bytes[*at];
        *at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn put_leb(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn build(mut fields: Fields) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    fields.deps.sort_unstable();
    let mut data = Vec::new();
    put_leb(&mut data, fields.deps.len() as u64);
    data.extend(fields.deps.concat());
    put_leb(&mut data, fields.actor.len() as u64);
    data.extend(fields.actor);
    put_leb(&mut data, fields.seq);
    put_leb(&mut data, fields.start_op);
    data.extend(fields.rest);
    let mut hashed = vec![1];
    put_leb(&mut hashed, data.len() as u64);
    hashed.extend(data);
    let mut chunk = vec![0x85, 0x6f, 0x4a, 0x83];
    chunk.extend(&Sha256::digest(&hashed)[..4]);
    chunk.extend(hashed);
    chunk
}

fn with_deps(chunk: &[u8], deps: &[automerge::ChangeHash]) -> Vec<u8> {
    build(Fields { deps: deps.iter().map(|dep| dep.0).collect(), ..parse(chunk) })
}

fn with_seq(chunk: &[u8], seq: u64) -> Vec<u8> {
    build(Fields { seq, ..parse(chunk) })
}
