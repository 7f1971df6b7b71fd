//! The bytes of frames, and what is refused.

use goodword_core::log::{Frontier, Head, LogId};
use goodword_core::{BookId, DeviceId, EntryHash, Incarnation, Space, StatementHash};

use super::*;

fn body(frame: &Frame) -> Vec<u8> {
    frame.encode()[PREFIX_BYTES..].to_vec()
}

fn told(devices: u8, heads: u64) -> Told {
    let book = BookId([9; 32]);
    let spaces = Space::ALL.map(|space| {
        let logs = (0..devices).map(|device| {
            let log = LogId {
                space: space.id(&book),
                device: DeviceId([device; 32]),
                incarnation: Incarnation([device; 8]),
            };
            (log, Head { next: heads, hash: EntryHash([device; 32]) })
        });
        (space, (logs.collect::<Frontier>(), Some([7; 32])))
    });
    Told { statements: Vec::new(), spaces: spaces.into_iter().collect() }
}

fn named() -> NamedLog {
    NamedLog { space: 2, device: DeviceId([1; 32]), incarnation: Incarnation([1; 8]) }
}

fn examples() -> Vec<Frame> {
    vec![
        Frame::Hello { oldest: 1, newest: 300 },
        Frame::Book { book: BookId([1; 32]) },
        Frame::Frontiers(Frontiers::new(told(2, 500)).unwrap()),
        Frame::Statements { statements: vec![Bytes(vec![1, 2]), Bytes(Vec::new())] },
        Frame::Entries {
            more: true,
            pieces: vec![Piece::Entry(Bytes(vec![5; 300])), Piece::Item(Bytes(vec![]))],
        },
        Frame::Done,
        Frame::Full { logs: vec![named()] },
        Frame::Samples {
            logs: vec![SampledLog {
                log: named(),
                samples: vec![
                    Head { next: 1, hash: EntryHash([1; 32]) },
                    Head { next: 300, hash: EntryHash([2; 32]) },
                ],
            }],
        },
    ]
}

#[test]
fn every_frame_is_read_back_as_it_was() {
    for frame in examples() {
        assert_eq!(Frame::decode(&body(&frame)), Ok(Some(frame)));
    }
}

#[test]
fn the_first_byte_is_the_frozen_tag() {
    let tags: Vec<u8> = examples().iter().map(|frame| body(frame)[0]).collect();
    assert_eq!(tags, [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn the_bytes_are_those_of_the_protocol_page() {
    assert_eq!(Frame::Hello { oldest: 1, newest: 300 }.encode(), [4, 0, 0, 0, 0, 1, 0xac, 2]);
    assert_eq!(Frame::Done.encode(), [1, 0, 0, 0, 5]);
    let entries = Frame::Entries {
        more: false,
        pieces: vec![Piece::Entry(Bytes(vec![0xe0])), Piece::Item(Bytes(vec![0xf0, 0xf1]))],
    };
    assert_eq!(entries.encode(), [10, 0, 0, 0, 4, 0, 2, 0, 1, 0xe0, 1, 2, 0xf0, 0xf1]);
}

#[test]
fn nothing_new_between_two_devices_with_every_log_fits_into_a_kibibyte() {
    let mut all = told(2, 16_383);
    all.statements = vec![StatementHash([3; 32])];
    let frames = [
        Frame::Hello { oldest: 1, newest: 1 },
        Frame::Book { book: BookId([9; 32]) },
        Frame::Frontiers(Frontiers::new(all).unwrap()),
        Frame::Done,
    ];
    assert_eq!(frames.iter().map(|frame| frame.encode().len()).sum::<usize>(), 691);
}

#[test]
fn a_further_log_costs_less_than_a_hundred_bytes() {
    let length =
        |devices| body(&Frame::Frontiers(Frontiers::new(told(devices, 5_000)).unwrap())).len();
    let per_log = (length(12) - length(2)) / (10 * Space::ALL.len());
    assert!(per_log <= 100, "{per_log} bytes per log");
}

#[test]
fn frontiers_are_read_back_as_they_were_told() {
    let mut all = told(3, 70_000);
    all.statements = vec![StatementHash([3; 32]), StatementHash([4; 32])];
    for (frontier, _) in all.spaces.values_mut() {
        let forked: Frontier = frontier
            .iter()
            .map(|(log, head)| (*log, Head { next: head.next - 1, ..*head }))
            .collect();
        frontier.extend(forked);
    }
    let frontiers = Frontiers::new(all.clone()).unwrap();
    assert_eq!(frontiers.told(&BookId([9; 32])), Some(all));
}

#[test]
fn a_number_not_in_its_shortest_form_is_refused() {
    assert_eq!(Frame::decode(&[0, 0x81, 0x00, 1]), Err(Mistake::Malformed { tag: 0 }));
}

#[test]
fn bytes_after_a_frame_are_refused() {
    assert_eq!(Frame::decode(&[5, 0]), Err(Mistake::Malformed { tag: 5 }));
}

#[test]
fn an_empty_frame_is_refused() {
    assert_eq!(Frame::decode(&[]), Err(Mistake::Malformed { tag: 255 }));
}

#[test]
fn a_harmless_frame_of_a_later_version_is_passed_over() {
    for tag in 64..128 {
        assert_eq!(Frame::decode(&[tag, 1, 2, 3]), Ok(None));
    }
}

#[test]
fn any_other_unknown_frame_is_refused() {
    for tag in (8..64).chain(128..=255) {
        assert_eq!(Frame::decode(&[tag, 1, 2, 3]), Err(Mistake::UnknownFrame { tag }));
    }
}

#[test]
fn a_list_longer_than_its_limit_is_refused() {
    let pieces = vec![Piece::Item(Bytes(Vec::new())); limits::PIECES_PER_FRAME_MAX + 1];
    let frame = Frame::Entries { more: false, pieces };
    assert_eq!(Frame::decode(&body(&frame)), Err(Mistake::Malformed { tag: 4 }));
}

#[test]
fn frontiers_out_of_order_are_refused() {
    let mut bytes = body(&Frame::Frontiers(Frontiers::new(told(2, 1)).unwrap()));
    // Tag, no statements, five spaces; the first space's number follows.
    bytes[3] = 1;
    let Ok(Some(Frame::Frontiers(frontiers))) = Frame::decode(&bytes) else { panic!() };
    assert_eq!(frontiers.told(&BookId([9; 32])), None);
}

#[test]
fn a_frame_is_put_together_from_single_bytes() {
    let stream: Vec<u8> = examples().iter().flat_map(Frame::encode).collect();
    let mut framing = Framing::default();
    let mut frames = Vec::new();
    for byte in stream {
        let mut rest = &[byte][..];
        frames.extend(framing.take(&mut rest).unwrap());
        assert!(rest.is_empty());
    }
    let bodies: Vec<Vec<u8>> = examples().iter().map(body).collect();
    assert_eq!(frames, bodies);
}

#[test]
fn a_frame_that_claims_too_much_is_refused_before_it_is_kept() {
    let length = limits::FRAME_BYTES_MAX + 1;
    let mut bytes = &length.to_le_bytes()[..];
    let refused = Framing::default().take(&mut bytes);
    assert_eq!(refused, Err(Mistake::FrameTooLong { bytes: length }));
}
