//! Who speaks in these tests, what they may say, and what is asked of the outcome.

use goodword_core::log::{EntryHash, Head, Key, LogId};
use goodword_core::roster::{
    Accepted, Authority, ERASED_FOR_GOOD, Genesis, Recovery, Role, Standalone, Statement,
    recovery_key,
};
use goodword_core::{
    ChangeHash, DeviceId, DocumentId, Incarnation, ItemHash, MemberId, RecordId, Space,
};
use proptest::prelude::*;

pub(crate) const PHRASE: [u8; 32] = [7; 32];

/// The largest number of an entry that the cast writes, plus one.
pub(crate) const ENTRIES: u64 = 4;

pub(crate) fn device(seed: u8) -> DeviceId {
    Key::from_bytes(&[seed; 32]).device()
}

pub(crate) fn laptop() -> DeviceId {
    device(1)
}

pub(crate) fn phone() -> DeviceId {
    device(2)
}

/// First device of the member `of`.
pub(crate) fn device_of(of: u8) -> DeviceId {
    device(10 + of)
}

pub(crate) fn member(of: u8) -> MemberId {
    MemberId([of; 16])
}

pub(crate) fn cast() -> Vec<DeviceId> {
    vec![laptop(), phone(), device_of(1), device_of(2), device(99)]
}

pub(crate) fn genesis() -> Genesis {
    Genesis {
        version: 1,
        recovery: recovery_key(&PHRASE).device().0,
        device: laptop(),
        salt: [5; 16],
    }
}

pub(crate) fn log_in(space: Space, device: DeviceId) -> LogId {
    LogId { space: space.id(&genesis().book()), device, incarnation: Incarnation([0; 8]) }
}

/// A statement with the device that says it and the number of its entry.
pub(crate) type Said = (DeviceId, u64, Statement);

pub(crate) fn by_laptop(n: u64, statement: Statement) -> Said {
    (laptop(), n, statement)
}

pub(crate) fn recovered(statement: Recovery) -> Standalone {
    Standalone::recovery(genesis().book(), statement, &recovery_key(&PHRASE))
}

pub(crate) fn compute(standalone: &[Standalone], said: &[Said]) -> Authority {
    let placed = said
        .iter()
        .map(|(by, n, statement)| (log_in(Space::Roster, *by), *n, EntryHash::NONE, statement));
    Authority::compute(&genesis(), standalone, placed)
}

pub(crate) fn add_member(of: u8, spaces: &[Space]) -> Statement {
    Statement::AddMember {
        member: member(of),
        device: device_of(of),
        spaces: spaces.to_vec(),
        role: Role::Mentor,
        until: None,
    }
}

/// Heads of the roster and pipeline logs of `of`, both at `next`.
pub(crate) fn heads(of: DeviceId, next: u64) -> Accepted {
    let head = Head { next, hash: EntryHash([u8::try_from(next).unwrap_or(0); 32]) };
    Accepted::from([(log_in(Space::Roster, of), head), (log_in(Space::Pipeline, of), head)])
}

pub(crate) fn any_device() -> impl Strategy<Value = DeviceId> {
    prop::sample::select(cast())
}

pub(crate) fn any_statement() -> impl Strategy<Value = Statement> {
    let of = 1_u8..3;
    let spaces =
        prop::sample::subsequence(vec![Space::Goals, Space::Pipeline, Space::Details], 0..3);
    let role = prop_oneof![Just(Role::Viewer), Just(Role::Mentor)];
    let until = prop::option::of(1_u64..4);
    let accepted = (any_device(), 0..ENTRIES).prop_map(|(device, next)| heads(device, next));
    prop_oneof![
        any_device().prop_map(|device| Statement::AddDevice { device }),
        (of.clone(), any_device(), spaces, role, until).prop_map(
            |(of, device, spaces, role, until)| {
                let member = member(of);
                Statement::AddMember { member, device, spaces, role, until }
            }
        ),
        (of.clone(), any_device())
            .prop_map(|(of, device)| { Statement::AddMemberDevice { member: member(of), device } }),
        (of.clone(), accepted)
            .prop_map(|(of, accepted)| Statement::RemoveMember { member: member(of), accepted }),
        of.prop_map(|of| Statement::Leave { member: member(of) }),
        (1_u8..3, any_erased(), prop::collection::vec(1_u8..4, 0..3)).prop_map(
            |(document, generation, items)| Statement::Erase {
                document: DocumentId([document; 32]),
                generation,
                items: items.into_iter().map(|item| ItemHash([item; 32])).collect(),
            }
        ),
        (1_u8..3, 1_u32..3, 1_u8..4).prop_map(|(record, generation, first)| Statement::Refound {
            record: RecordId([record; 16]),
            kind: 1,
            space: Space::Pipeline,
            generation,
            first: ChangeHash([first; 32]),
        }),
        prop::sample::select(vec![9_u16, 63, 64, 900]).prop_map(|tag| Statement::Unknown { tag }),
    ]
}

fn any_erased() -> impl Strategy<Value = u32> {
    prop_oneof![0_u32..3, Just(ERASED_FOR_GOOD)]
}

pub(crate) fn any_said() -> impl Strategy<Value = Said> {
    (any_device(), 0..ENTRIES, any_statement())
}

pub(crate) fn any_recovery() -> impl Strategy<Value = Standalone> {
    prop_oneof![
        (any_device(), 0..ENTRIES).prop_map(|(device, next)| {
            let accepted = heads(device, next);
            recovered(Recovery::RemoveDevice { device, accepted })
        }),
        any_device().prop_map(|device| recovered(Recovery::AddDevice { device })),
        Just(recovered(Recovery::Replace { recovery: recovery_key(&[8; 32]).device().0 })),
    ]
}

/// Every order of `things`.
pub(crate) fn orders<T: Clone>(things: &[T]) -> Vec<Vec<T>> {
    let Some((first, rest)) = things.split_first() else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for order in orders(rest) {
        for at in 0..=order.len() {
            let mut order = order.clone();
            order.insert(at, first.clone());
            all.push(order);
        }
    }
    all
}

/// What of the cast's writing counts in the pipeline.
pub(crate) fn counting(authority: &Authority) -> Vec<(DeviceId, u64)> {
    let mut counting = Vec::new();
    for device in cast() {
        for n in 0..ENTRIES {
            if authority.counts(&log_in(Space::Pipeline, device), n, &EntryHash::NONE) {
                counting.push((device, n));
            }
        }
    }
    counting
}

/// What the cast may read at second 1.
pub(crate) fn readable(authority: &Authority) -> Vec<(DeviceId, Space)> {
    let pairs = cast().into_iter().flat_map(|device| Space::ALL.map(|space| (device, space)));
    pairs.filter(|(device, space)| authority.may_read(device, *space, 1)).collect()
}
