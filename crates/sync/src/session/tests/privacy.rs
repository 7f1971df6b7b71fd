//! What a reader of one space never gets, and never gets in.

use goodword_core::log::{Body, Entry, Header, LogId};
use goodword_core::model::{Labelled, PersonEdit, Reach, ReachKind};
use goodword_core::roster::{Role, Statement};
use goodword_core::{CommandId, EntryHash, Incarnation, ItemHash, MemberId, Space};

use super::lab::{Lab, now};
use crate::frame::{Bytes, Frame, Piece};
use crate::{Mistake, Mode, Session, SessionError};

const MEMBER: MemberId = MemberId([5; 16]);

fn share(lab: &mut Lab, spaces: &[Space], until: Option<u64>) -> usize {
    let reader = lab.stranger();
    let device = lab.devices[reader].id();
    let spaces = spaces.to_vec();
    let role = Role::Viewer;
    let said = Statement::AddMember { member: MEMBER, device, spaces, role, until };
    lab.devices[0].store.say(said, now()).unwrap();
    lab.adopt(reader, 0);
    reader
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_reader_of_the_pipeline_gets_no_byte_of_details_or_private() {
    let mut lab = Lab::seeded(21);
    let reach = Reach {
        kind: ReachKind::Email,
        entry: Labelled { label: "work".to_owned(), value: "canary-in-details".to_owned() },
    };
    let facts = vec![
        PersonEdit::Note("seen-in-pipeline".to_owned()),
        PersonEdit::AddReach(reach),
        PersonEdit::PrivateNote("canary-in-private".to_owned()),
    ];
    lab.add_with(0, "Ada Rilo", facts);
    let reader = share(&mut lab, &[Space::Pipeline], None);

    let mut pair = lab.pair([reader, 0], [Mode::Stay; 2]);
    pair.run(&mut lab).unwrap();
    // What is written later is pushed on in the same session.
    let private = vec![PersonEdit::PrivateNote("canary-in-private, later".to_owned())];
    lab.add_with(0, "Bo Nato", private);
    pair.sessions[1].store_changed(&lab.devices[0].store, now()).unwrap();
    pair.run(&mut lab).unwrap();

    assert_eq!(lab.names(reader), ["Ada Rilo", "Bo Nato"]);
    let sent = &pair.sent[1];
    assert!(contains(sent, "seen-in-pipeline"), "the search finds what is there");
    assert!(!contains(sent, "canary"));
    let book = lab.devices[0].store.book().unwrap();
    for space in [Space::Goals, Space::Details, Space::Private] {
        assert!(!sent.windows(32).any(|window| window == space.id(&book).0));
        let logs = lab.devices[0].store.frontier(space).unwrap();
        for (_, head) in &logs {
            assert!(!sent.windows(32).any(|window| window == head.hash.0));
        }
        assert!(lab.devices[reader].store.frontier(space).unwrap().is_empty());
    }
    assert_eq!(
        pair.reports()[1].spaces.keys().copied().collect::<Vec<_>>(),
        [Space::Roster, Space::Pipeline]
    );
}

#[test]
fn a_device_that_asks_for_a_space_that_it_may_not_read_is_not_given_it() {
    let mut lab = Lab::seeded(22);
    lab.add_with(0, "Ada Rilo", vec![PersonEdit::PrivateNote("canary".to_owned())]);
    let reader = share(&mut lab, &[Space::Pipeline], None);
    // The reader's program was changed: it says that it shares every space.
    let mut pair = lab.pair([reader, 0], [Mode::Stay; 2]);
    let book = lab.devices[0].store.book().unwrap();
    let spaces = Space::ALL.map(|space| (space, (Default::default(), None)));
    let told = crate::frame::Told { statements: Vec::new(), spaces: spaces.into() };
    let frames = [
        Frame::Hello { oldest: 1, newest: 1 },
        Frame::Book { book },
        Frame::Frontiers(crate::frame::Frontiers::new(told).unwrap()),
    ];
    for frame in frames {
        pair.sessions[1].receive(&mut lab.devices[0].store, now(), &frame.encode()).unwrap();
    }
    pair.speak(&lab, 1).unwrap();
    assert!(contains(&pair.sent[1], "Ada Rilo"));
    assert!(!contains(&pair.sent[1], "canary"));
}

#[test]
fn an_entry_of_a_space_that_is_not_shared_is_refused() {
    let mut lab = Lab::seeded(23);
    let reader = share(&mut lab, &[Space::Pipeline], None);
    lab.sync([reader, 0]);
    let mut pair = lab.pair([reader, 0], [Mode::Stay; 2]);
    pair.run(&mut lab).unwrap();
    let book = lab.devices[0].store.book().unwrap();
    let space = Space::Private.id(&book);
    let device = lab.devices[reader].id();
    let header = Header {
        version: 1,
        log: LogId { space, device, incarnation: Incarnation([1; 8]) },
        n: 0,
        prev: EntryHash::NONE,
        command: CommandId([0; 16]),
    };
    let body = Body::Items(vec![ItemHash([0; 32])]);
    let entry = Entry::sign(header, &body, lab.devices[reader].key()).unwrap();
    let pieces = vec![Piece::Entry(Bytes(entry.bytes().to_vec()))];
    let frame = Frame::Entries { more: true, pieces }.encode();
    let refused = pair.sessions[1].receive(&mut lab.devices[0].store, now(), &frame);
    assert!(matches!(refused, Err(SessionError::Peer(Mistake::NotShared))));
}

#[test]
fn a_member_that_is_removed_is_served_no_further() {
    let mut lab = Lab::seeded(24);
    let reader = share(&mut lab, &[Space::Pipeline], None);
    let mut pair = lab.pair([reader, 0], [Mode::Stay; 2]);
    pair.run(&mut lab).unwrap();
    let removal = Statement::RemoveMember { member: MEMBER, accepted: Default::default() };
    lab.devices[0].store.say(removal, now()).unwrap();
    lab.add(0, "Ada Rilo");
    let ended = pair.sessions[1].store_changed(&lab.devices[0].store, now());
    assert!(matches!(ended, Err(SessionError::UnknownPeer { .. })));
    let silent = pair.sessions[1].poll_output(&lab.devices[0].store, now());
    assert!(matches!(silent, Err(SessionError::Over)));
}

#[test]
fn a_member_whose_term_is_over_is_told_nothing() {
    let mut lab = Lab::seeded(25);
    let reader = share(&mut lab, &[Space::Pipeline], Some(1_000_000_000));
    let device = lab.devices[reader].id();
    let mut session = Session::new(device, true, Mode::Once);
    let refused = session.poll_output(&lab.devices[0].store, now());
    assert!(matches!(refused, Err(SessionError::UnknownPeer { .. })));
}

#[test]
fn the_book_is_not_named_to_a_device_that_the_roster_does_not_know() {
    let mut lab = Lab::seeded(26);
    let stranger = lab.stranger();
    let device = lab.devices[stranger].id();
    let mut session = Session::new(device, true, Mode::Once);
    let refused = session.poll_output(&lab.devices[0].store, now());
    assert!(matches!(refused, Err(SessionError::UnknownPeer { .. })));
    // Nor to one that guesses the book's id.
    let mut session = Session::new(device, false, Mode::Once);
    let book = lab.devices[0].store.book().unwrap();
    let told = crate::frame::Told::default();
    let frames = [
        Frame::Hello { oldest: 1, newest: 1 },
        Frame::Book { book },
        Frame::Frontiers(crate::frame::Frontiers::new(told).unwrap()),
    ];
    for frame in frames {
        session.receive(&mut lab.devices[0].store, now(), &frame.encode()).unwrap();
    }
    let refused = session.poll_output(&lab.devices[0].store, now());
    assert!(matches!(refused, Err(SessionError::UnknownPeer { .. })));
}
