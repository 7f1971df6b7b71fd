//! Fixed keys, and one of each thing made from them.

use goodword_core::log::{
    Body, Entry, EntryHash, Frontier, Head, Header, Item, ItemHash, Key, LogId,
};
use goodword_core::roster::{Genesis, Recovery, Role, Statement, recovery_key};
use goodword_core::{
    BookId, ChangeHash, CommandId, DeviceId, DocumentId, Incarnation, MemberId, Nonce, RecordId,
    Space,
};

/// The phrase's entropy behind the fixtures' recovery key.
pub(crate) const PHRASE: [u8; 32] = [7; 32];

/// When everything happens, in milliseconds since the Unix epoch.
pub(crate) const MILLIS: u64 = 1_795_000_000_123;

pub(crate) fn laptop() -> Key {
    Key::from_bytes(&[1; 32])
}

pub(crate) fn phone() -> DeviceId {
    Key::from_bytes(&[2; 32]).device()
}

pub(crate) fn genesis() -> Genesis {
    Genesis {
        version: 1,
        recovery: recovery_key(&PHRASE).device().0,
        device: laptop().device(),
        salt: [5; 16],
    }
}

pub(crate) fn book() -> BookId {
    genesis().book()
}

pub(crate) fn record() -> RecordId {
    RecordId::v7(MILLIS, [3; 10])
}

pub(crate) fn member() -> MemberId {
    MemberId([8; 16])
}

pub(crate) fn log_in(space: Space) -> LogId {
    LogId { space: space.id(&book()), device: laptop().device(), incarnation: Incarnation([6; 8]) }
}

pub(crate) fn accepted() -> Frontier {
    let head = Head { next: 300, hash: EntryHash([9; 32]) };
    Frontier::from([(log_in(Space::Roster), head), (log_in(Space::Goals), head)])
}

pub(crate) fn header(space: Space) -> Header {
    Header {
        version: 1,
        log: log_in(space),
        n: 200,
        prev: EntryHash([4; 32]),
        command: CommandId::v7(MILLIS, [2; 10]),
    }
}

pub(crate) fn item() -> Item {
    Item {
        version: 1,
        record: record(),
        kind: 1,
        generation: 0,
        origin: laptop().device(),
        nonce: Nonce([0xaa; 16]),
        chunks: vec![b"a change".to_vec(), b"another".to_vec()],
    }
}

pub(crate) fn entry_of_items() -> Entry {
    let body = Body::Items(vec![ItemHash([0x11; 32]), ItemHash([0x22; 32])]);
    Entry::sign(header(Space::Pipeline), &body, &laptop()).expect("it is within limits")
}

pub(crate) fn statements() -> Vec<(&'static str, Statement)> {
    let until = Some(1_806_000_000);
    vec![
        ("statement-1-add-device", Statement::AddDevice { device: phone() }),
        (
            "statement-2-add-member",
            Statement::AddMember {
                member: member(),
                device: phone(),
                spaces: vec![Space::Goals, Space::Pipeline],
                role: Role::Mentor,
                until,
            },
        ),
        (
            "statement-3-add-member-device",
            Statement::AddMemberDevice { member: member(), device: phone() },
        ),
        (
            "statement-4-remove-member",
            Statement::RemoveMember { member: member(), accepted: accepted() },
        ),
        (
            "statement-5-erase",
            Statement::Erase {
                document: DocumentId::derive(&Space::Pipeline.id(&book()), &record(), 1),
                generation: 1,
                items: vec![ItemHash([0x11; 32])],
            },
        ),
        (
            "statement-6-refound",
            Statement::Refound {
                record: record(),
                kind: 1,
                space: Space::Pipeline,
                generation: 1,
                first: ChangeHash([0x22; 32]),
            },
        ),
        ("statement-7-leave", Statement::Leave { member: member() }),
    ]
}

pub(crate) fn recoveries() -> Vec<(&'static str, Recovery)> {
    vec![
        (
            "recovery-remove-device",
            Recovery::RemoveDevice { device: phone(), accepted: accepted() },
        ),
        ("recovery-add-device", Recovery::AddDevice { device: phone() }),
        ("recovery-replace", Recovery::Replace { recovery: [0xbb; 32] }),
    ]
}
