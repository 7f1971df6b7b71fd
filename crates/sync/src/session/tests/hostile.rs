//! What a peer may send that it should not: refused with a reason, nothing stored, no panic.

use goodword_core::log::{Body, Entry, Head, Header, next_of};
use goodword_core::store::Delivery;
use goodword_core::{BookId, CommandId, EntryHash, PeerError, Space};
use proptest::prelude::*;

use super::lab::{Lab, Pair, now};
use crate::frame::{Bytes, Frame, Frontiers, NamedLog, Piece, SampledLog, Told};
use crate::{Mistake, Mode, Session, SessionError, limits};

/// A lab with two devices in an open session, and what the first has that the second lacks.
fn open(seed: u64) -> (Lab, Pair, Vec<Delivery>) {
    let mut lab = Lab::with_devices(seed, 2);
    let mut pair = lab.pair([0, 1], [Mode::Stay; 2]);
    pair.run(&mut lab).unwrap();
    let held = lab.devices[0].store.frontier(Space::Pipeline).unwrap();
    for name in ["Ada Rilo", "Bo Nato", "Kai Dunar"] {
        lab.add(0, name);
    }
    let store = &lab.devices[0].store;
    let lacking = store.lacking(Space::Pipeline, &held).unwrap();
    let deliveries =
        lacking.into_iter().map(|place| store.delivery(place).unwrap().unwrap()).collect();
    (lab, pair, deliveries)
}

fn pieces(deliveries: &[Delivery]) -> Vec<Piece> {
    let one = |delivery: &Delivery| {
        let mut pieces = vec![Piece::Entry(Bytes(delivery.entry.clone()))];
        pieces.extend(delivery.items.iter().map(|item| Piece::Item(Bytes(item.clone()))));
        pieces
    };
    deliveries.iter().flat_map(one).collect()
}

/// Sends frames to the second device.
fn send(lab: &mut Lab, pair: &mut Pair, frames: &[Frame]) -> Result<(), SessionError> {
    let bytes: Vec<u8> = frames.iter().flat_map(Frame::encode).collect();
    pair.sessions[1].receive(&mut lab.devices[1].store, now(), &bytes)
}

fn entries(deliveries: &[Delivery]) -> Frame {
    Frame::Entries { more: false, pieces: pieces(deliveries) }
}

fn mistake(result: Result<(), SessionError>) -> Mistake {
    match result {
        Err(SessionError::Peer(mistake)) => mistake,
        other => panic!("not a peer's mistake: {other:?}"),
    }
}

fn hello() -> Frame {
    Frame::Hello { oldest: 1, newest: 1 }
}

fn frontiers() -> Frame {
    Frame::Frontiers(Frontiers::new(Told::default()).unwrap())
}

#[test]
fn an_entry_is_stored_and_counted_once_however_often_it_comes() {
    let (mut lab, mut pair, deliveries) = open(31);
    let frame = entries(&deliveries[..1]);
    send(&mut lab, &mut pair, &[frame.clone(), frame.clone(), frame]).unwrap();
    let report = pair.sessions[1].report().spaces[&Space::Pipeline];
    assert_eq!((report.entries_received, report.items_received, report.entries_known), (1, 1, 2));
    assert_eq!(lab.names(1), ["Ada Rilo"]);
}

#[test]
fn entries_that_another_peer_brought_meanwhile_are_passed_over() {
    let (mut lab, mut pair, deliveries) = open(30);
    lab.devices[1].store.receive(&[], &deliveries[..2], now()).unwrap();
    pair.sessions[1].store_changed(&lab.devices[1].store, now()).unwrap();
    let rest = [deliveries[0].clone(), deliveries[2].clone()];
    send(&mut lab, &mut pair, &[entries(&rest)]).unwrap();
    let report = pair.sessions[1].report().spaces[&Space::Pipeline];
    assert_eq!((report.entries_received, report.entries_known), (1, 1));
    assert_eq!(lab.names(1).len(), 3);
}

#[test]
fn a_frame_longer_than_the_limit_is_refused_before_it_arrives() {
    let (mut lab, mut pair, _) = open(32);
    let prefix = u32::MAX.to_le_bytes();
    let refused = pair.sessions[1].receive(&mut lab.devices[1].store, now(), &prefix);
    assert_eq!(mistake(refused), Mistake::FrameTooLong { bytes: u32::MAX });
}

#[test]
fn a_session_is_over_after_a_mistake() {
    let (mut lab, mut pair, deliveries) = open(33);
    mistake(send(&mut lab, &mut pair, &[hello()]));
    let again = send(&mut lab, &mut pair, &[entries(&deliveries)]);
    assert!(matches!(again, Err(SessionError::Over)));
    assert!(lab.names(1).is_empty());
}

#[test]
fn part_of_a_frame_is_waited_for_and_does_nothing() {
    let (mut lab, mut pair, deliveries) = open(34);
    let bytes = entries(&deliveries).encode();
    let store = &mut lab.devices[1].store;
    pair.sessions[1].receive(store, now(), &bytes[..bytes.len() - 1]).unwrap();
    assert!(lab.names(1).is_empty());
}

#[test]
fn frames_out_of_order_are_refused() {
    let book = BookId([0; 32]);
    let done = || Frame::Done;
    let statements = || Frame::Statements { statements: Vec::new() };
    let nothing = || entries(&[]);
    let beginnings: [Vec<Frame>; 5] = [
        vec![Frame::Book { book }],
        vec![frontiers()],
        vec![statements()],
        vec![nothing()],
        vec![done()],
    ];
    for frames in beginnings {
        let mut lab = Lab::with_devices(35, 2);
        let mut pair = lab.pair([0, 1], [Mode::Stay; 2]);
        let frame = frames[0].name();
        assert_eq!(mistake(send(&mut lab, &mut pair, &frames)), Mistake::OutOfOrder { frame });
    }
    let continuations: [Vec<Frame>; 6] = [
        vec![hello()],
        vec![Frame::Book { book }],
        vec![done(), done()],
        vec![done(), nothing()],
        vec![done(), statements()],
        vec![done(), hello()],
    ];
    for frames in continuations {
        let (mut lab, mut pair, _) = open(36);
        let frame = frames[frames.len() - 1].name();
        assert_eq!(mistake(send(&mut lab, &mut pair, &frames)), Mistake::OutOfOrder { frame });
    }
}

#[test]
fn entries_before_this_side_has_spoken_are_refused() {
    let (mut lab, _, deliveries) = open(37);
    let mut pair = lab.pair([0, 1], [Mode::Stay; 2]);
    let book = lab.devices[0].store.book().unwrap();
    let opening = [hello(), Frame::Book { book }, frontiers(), entries(&deliveries)];
    let refused = send(&mut lab, &mut pair, &opening);
    assert_eq!(mistake(refused), Mistake::OutOfOrder { frame: "entries" });
}

#[test]
fn an_item_without_its_entry_is_refused() {
    let (mut lab, mut pair, _) = open(38);
    let pieces = vec![Piece::Item(Bytes(vec![1]))];
    let refused = send(&mut lab, &mut pair, &[Frame::Entries { more: true, pieces }]);
    assert_eq!(mistake(refused), Mistake::OutOfOrder { frame: "item" });
}

#[test]
fn an_entry_amid_the_items_of_another_is_refused() {
    let (mut lab, mut pair, deliveries) = open(39);
    let entry = |at: usize| Piece::Entry(Bytes(deliveries[at].entry.clone()));
    let frame = Frame::Entries { more: true, pieces: vec![entry(0), entry(1)] };
    let refused = send(&mut lab, &mut pair, &[frame]);
    assert_eq!(mistake(refused), Mistake::OutOfOrder { frame: "entry" });
}

#[test]
fn a_run_that_ends_amid_an_entry_is_refused() {
    let (mut lab, mut pair, deliveries) = open(40);
    let pieces = vec![Piece::Entry(Bytes(deliveries[0].entry.clone()))];
    let refused = send(&mut lab, &mut pair, &[Frame::Entries { more: false, pieces }]);
    assert_eq!(mistake(refused), Mistake::OutOfOrder { frame: "entries" });
}

#[test]
fn an_entry_that_leaves_a_gap_is_refused() {
    let (mut lab, mut pair, deliveries) = open(41);
    let gap = mistake(send(&mut lab, &mut pair, &[entries(&deliveries[1..])]));
    assert!(matches!(gap, Mistake::Gap { .. }));
    assert!(lab.names(1).is_empty());
}

#[test]
fn an_entry_with_a_wrong_signature_is_refused_with_its_whole_batch() {
    let (mut lab, mut pair, mut deliveries) = open(42);
    *deliveries[2].entry.last_mut().unwrap() ^= 1;
    let refused = mistake(send(&mut lab, &mut pair, &[entries(&deliveries)]));
    assert!(matches!(refused, Mistake::Batch(PeerError::Entry(_))));
    assert!(lab.names(1).is_empty());
}

#[test]
fn an_item_that_is_not_the_one_named_is_refused() {
    let (mut lab, mut pair, mut deliveries) = open(43);
    *deliveries[0].items[0].last_mut().unwrap() ^= 1;
    let refused = mistake(send(&mut lab, &mut pair, &[entries(&deliveries)]));
    assert!(matches!(refused, Mistake::Batch(PeerError::ItemsDiffer { .. })));
}

#[test]
fn an_entry_of_a_device_that_nobody_admitted_is_refused() {
    let (mut lab, mut pair, _) = open(44);
    // The first device admits a third, whose entry comes without the statement.
    let third = lab.admitted_by(0);
    lab.sync([third, 0]);
    lab.add(third, "Leo Tolo");
    let store = &lab.devices[third].store;
    let held = lab.devices[0].store.frontier(Space::Pipeline).unwrap();
    let lacking = store.lacking(Space::Pipeline, &held).unwrap();
    let delivery = store.delivery(lacking[0]).unwrap().unwrap();
    let refused = mistake(send(&mut lab, &mut pair, &[entries(&[delivery])]));
    assert!(matches!(refused, Mistake::Batch(PeerError::UnknownDevice(_))));
}

#[test]
fn a_delivery_without_end_is_refused_at_the_limit() {
    let (mut lab, mut pair, deliveries) = open(45);
    let entry = goodword_core::log::Entry::decode(deliveries[0].entry.clone()).unwrap();
    // An entry that names as many items as an entry can.
    let header = entry.header().clone();
    let names = vec![goodword_core::ItemHash([0; 32]); 1024];
    let body = goodword_core::log::Body::Items(names);
    let entry = goodword_core::log::Entry::sign(header, &body, lab.devices[0].key()).unwrap();
    let begin =
        Frame::Entries { more: true, pieces: vec![Piece::Entry(Bytes(entry.bytes().to_vec()))] };
    send(&mut lab, &mut pair, &[begin]).unwrap();
    let item = vec![0; goodword_core::limits::ITEM_BYTES_MAX];
    let more = Frame::Entries { more: true, pieces: vec![Piece::Item(Bytes(item))] };
    let sent = (0..1024).find_map(|_| send(&mut lab, &mut pair, std::slice::from_ref(&more)).err());
    assert!(
        matches!(sent, Some(SessionError::Peer(Mistake::DeliveryTooLong { bytes })) if bytes <= limits::DELIVERY_BYTES_MAX + goodword_core::limits::ITEM_BYTES_MAX)
    );
}

#[test]
fn a_harmless_frame_of_a_later_version_changes_nothing() {
    let (mut lab, mut pair, deliveries) = open(46);
    let later = [3, 0, 0, 0, 77, 1, 2];
    pair.sessions[1].receive(&mut lab.devices[1].store, now(), &later).unwrap();
    send(&mut lab, &mut pair, &[entries(&deliveries)]).unwrap();
    assert_eq!(lab.names(1).len(), 3);
}

#[test]
fn a_peer_without_a_common_version_is_refused() {
    let (mut lab, _, _) = open(47);
    for (oldest, newest) in [(2, 9), (0, 0), (3, 1)] {
        let mut pair = lab.pair([0, 1], [Mode::Stay; 2]);
        let refused = send(&mut lab, &mut pair, &[Frame::Hello { oldest, newest }]);
        assert!(matches!(refused, Err(SessionError::NoCommonVersion { .. })));
    }
}

#[test]
fn a_peer_with_another_book_is_refused() {
    let (mut lab, _, _) = open(48);
    let mut pair = lab.pair([0, 1], [Mode::Stay; 2]);
    let other = Frame::Book { book: BookId([7; 32]) };
    let refused = send(&mut lab, &mut pair, &[hello(), other]);
    assert!(matches!(refused, Err(SessionError::OtherBook { .. })));
}

/// An entry of the first device beside one that it wrote, with the same items.
fn beside(lab: &Lab, delivery: &Delivery, command: u8) -> Delivery {
    let entry = Entry::decode(delivery.entry.clone()).unwrap();
    let header = Header { command: CommandId([command; 16]), ..entry.header().clone() };
    let body = Body::Items(entry.items().to_vec());
    let entry = Entry::sign(header, &body, lab.devices[0].key()).unwrap();
    Delivery { entry: entry.bytes().to_vec(), items: delivery.items.clone() }
}

#[test]
fn endless_branches_of_a_log_are_passed_over_and_the_session_goes_on() {
    let (mut lab, mut pair, deliveries) = open(54);
    for command in 1..=20 {
        let branch = beside(&lab, &deliveries[0], command);
        send(&mut lab, &mut pair, &[entries(&[branch])]).unwrap();
    }
    let held = lab.devices[1].store.frontier(Space::Pipeline).unwrap();
    assert_eq!(held.len(), goodword_core::limits::BRANCHES_PER_LOG_MAX);
    let report = pair.sessions[1].report().spaces[&Space::Pipeline];
    assert_eq!((report.entries_received, report.forks), (4, 1));
    pair.speak(&lab, 1).unwrap();
    let full = Frame::Full { logs: vec![named(&lab)] }.encode();
    assert!(pair.sent[1].windows(full.len()).any(|window| window == full));
    // What has room comes all the same.
    lab.add(0, "Leo Tolo");
    lab.sync([0, 1]);
    assert!(lab.devices[1].store.fold_check().unwrap().is_equal());
}

/// The first device's log of the pipeline.
fn named(lab: &Lab) -> NamedLog {
    let held = lab.devices[1].store.frontier(Space::Pipeline).unwrap();
    let (log, _) = held.into_iter().find(|(log, _)| log.device == lab.devices[0].id()).unwrap();
    NamedLog::new(Space::Pipeline, &log)
}

fn samples(lab: &Lab, heads: &[(u64, u8)]) -> Frame {
    let samples = heads
        .iter()
        .map(|(next, hash)| Head { next: *next, hash: EntryHash([*hash; 32]) })
        .collect();
    Frame::Samples { logs: vec![SampledLog { log: named(lab), samples }] }
}

#[test]
fn samples_that_lie_move_nothing_but_what_is_shared() {
    let (mut lab, mut pair, deliveries) = open(55);
    send(&mut lab, &mut pair, &[entries(&deliveries)]).unwrap();
    lab.add(1, "Mira Vesk");
    let before = lab.entries(1);
    let lies = samples(&lab, &[(1, 7), (2, 8), (900, 9)]);
    send(&mut lab, &mut pair, &[lies]).unwrap();
    pair.speak(&lab, 1).unwrap();
    assert_eq!(lab.entries(1), before);
    assert!(!pair.sessions[1].report().at_rest, "the peer claims what it does not send");
    lab.sync([0, 1]);
    lab.assert_equal(0, 1);
}

#[test]
fn samples_are_taken_once_of_a_log_that_is_shared_in_form_and_order() {
    for frames in [&[&[(1, 1)][..], &[(1, 1)]][..], &[&[(2, 1), (1, 1)]], &[&[(0, 1)]]] {
        let (mut lab, mut pair, deliveries) = open(56);
        send(&mut lab, &mut pair, &[entries(&deliveries)]).unwrap();
        let frames: Vec<Frame> = frames.iter().map(|heads| samples(&lab, heads)).collect();
        let refused = mistake(send(&mut lab, &mut pair, &frames));
        assert_eq!(refused, Mistake::Malformed { tag: 7 });
    }
    let (mut lab, mut pair, deliveries) = open(57);
    send(&mut lab, &mut pair, &[entries(&deliveries)]).unwrap();
    let log = NamedLog { incarnation: goodword_core::Incarnation([0; 8]), ..named(&lab) };
    let frame = Frame::Samples { logs: vec![SampledLog { log, samples: Vec::new() }] };
    assert_eq!(mistake(send(&mut lab, &mut pair, &[frame])), Mistake::Malformed { tag: 7 });
}

#[test]
fn a_device_without_a_book_says_so() {
    let mut lab = Lab::seeded(49);
    let stranger = lab.stranger();
    let mut session = Session::new(lab.devices[0].id(), true, Mode::Once);
    let refused = session.poll_output(&lab.devices[stranger].store, now());
    assert!(matches!(refused, Err(SessionError::NoBook)));
}

#[test]
fn a_wrong_fingerprint_at_rest_is_counted() {
    let mut lab = Lab::with_devices(50, 2);
    let mut pair = lab.pair([0, 1], [Mode::Stay; 2]);
    pair.run(&mut lab).unwrap();
    let spaces = [(Space::Pipeline, (Default::default(), Some([1; 32])))];
    let told = Told { statements: Vec::new(), spaces: spaces.into() };
    let frame = Frame::Frontiers(Frontiers::new(told).unwrap());
    send(&mut lab, &mut pair, &[frame]).unwrap();
    assert_eq!(pair.sessions[1].report().spaces[&Space::Pipeline].fingerprint_mismatches, 1);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn garbage_is_refused_or_waited_for(garbage in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut lab = Lab::with_devices(51, 2);
        let mut pair = lab.pair([0, 1], [Mode::Stay; 2]);
        pair.run(&mut lab).unwrap();
        let before = lab.entries(1);
        let _ = pair.sessions[1].receive(&mut lab.devices[1].store, now(), &garbage);
        prop_assert_eq!(lab.entries(1), before);
    }

    #[test]
    fn garbage_in_a_frame_is_refused(tag in 0_u8..8, garbage in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut lab = Lab::with_devices(52, 2);
        let mut pair = lab.pair([0, 1], [Mode::Stay; 2]);
        pair.run(&mut lab).unwrap();
        let before = lab.entries(1);
        let length = u32::try_from(garbage.len() + 1).unwrap().to_le_bytes();
        let bytes = [&length[..], &[tag], &garbage[..]].concat();
        let _ = pair.sessions[1].receive(&mut lab.devices[1].store, now(), &bytes);
        prop_assert_eq!(lab.entries(1), before);
    }

    #[test]
    fn a_stream_with_one_byte_changed_stores_nothing_that_was_not_written(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let (mut lab, mut pair, deliveries) = open(53);
        let mut bytes = entries(&deliveries).encode();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let _ = pair.sessions[1].receive(&mut lab.devices[1].store, now(), &bytes);
        let written = lab.devices[0].store.frontier(Space::Pipeline).unwrap();
        let stored = lab.devices[1].store.frontier(Space::Pipeline).unwrap();
        for (log, head) in stored {
            prop_assert!(next_of(&written, log) >= head.next);
        }
        prop_assert!(lab.devices[1].store.fold_check().unwrap().is_equal());
    }
}
