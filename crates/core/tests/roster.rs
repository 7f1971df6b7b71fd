//! The laws of authority: order, repetition, removal, recovery, what is not understood.
//!
//! [`Authority::compute`] is held against them over statements drawn at random from a small cast:
//! two devices of the owner, two members, a stranger.

#[path = "roster/cast.rs"]
mod cast;

use cast::*;
use goodword_core::log::EntryHash;
use goodword_core::roster::{
    Accepted, Authority, Recovery, Role, Standalone, Statement, recovery_key,
};
use goodword_core::{ChangeHash, DocumentId, ItemHash, RecordId, Space};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(200)
    })]

    #[test]
    fn authority_is_the_same_in_any_order(
        said in prop::collection::vec(any_said(), 0..=6),
        standalone in prop::collection::vec(any_recovery(), 0..=3),
    ) {
        let authority = compute(&standalone, &said);
        for order in orders(&said) {
            prop_assert_eq!(&compute(&standalone, &order), &authority);
        }
        for order in orders(&standalone) {
            prop_assert_eq!(&compute(&order, &said), &authority);
        }
    }

    #[test]
    fn what_is_said_twice_is_said_once(
        said in prop::collection::vec(any_said(), 0..=5),
        standalone in prop::collection::vec(any_recovery(), 0..=3),
    ) {
        let twice = [said.clone(), said.clone()].concat();
        let standalone_twice = [standalone.clone(), standalone.clone()].concat();
        prop_assert_eq!(compute(&standalone_twice, &twice), compute(&standalone, &said));
    }

    #[test]
    fn removing_a_member_only_denies(
        said in prop::collection::vec(any_said(), 0..=5),
        standalone in prop::collection::vec(any_recovery(), 0..=2),
        of in 1_u8..3,
        next in 0..ENTRIES,
    ) {
        // A removal widens what an earlier one accepted; so it is compared with none at all.
        let member = member(of);
        let before: Vec<Said> = said
            .into_iter()
            .filter(|(_, _, s)| !matches!(s, Statement::RemoveMember { member: m, .. } if *m == member))
            .collect();
        let accepted = heads(device_of(of), next);
        let mut after = before.clone();
        after.push(by_laptop(0, Statement::RemoveMember { member, accepted }));
        let (before, after) = (compute(&standalone, &before), compute(&standalone, &after));
        let (had, has) = (counting(&before), counting(&after));
        prop_assert!(has.iter().all(|place| had.contains(place)), "{has:?} of {had:?}");
        let (had, has) = (readable(&before), readable(&after));
        prop_assert!(has.iter().all(|place| had.contains(place)), "{has:?} of {had:?}");
    }

    #[test]
    fn removing_a_device_takes_its_own_writing_and_reading_and_gives_it_nothing(
        said in prop::collection::vec(any_said(), 0..=5),
        next in 0..ENTRIES,
    ) {
        let accepted = heads(phone(), next);
        let removal = recovered(Recovery::RemoveDevice { device: phone(), accepted });
        let (before, after) = (compute(&[], &said), compute(&[removal], &said));
        if before.is_owner(&phone()) {
            for n in 0..ENTRIES {
                let log = log_in(Space::Pipeline, phone());
                prop_assert_eq!(after.counts(&log, n, &EntryHash::NONE), n < next);
            }
            prop_assert!(!after.may_read(&phone(), Space::Pipeline, 0));
        }
        prop_assert!(after.owner_devices().all(|device| before.is_owner(device)));
    }

    #[test]
    fn nobody_but_the_owner_ever_reads_the_private_space(
        said in prop::collection::vec(any_said(), 0..=5),
        standalone in prop::collection::vec(any_recovery(), 0..=3),
    ) {
        let authority = compute(&standalone, &said);
        for device in cast() {
            let may = authority.may_read(&device, Space::Private, 0);
            prop_assert!(!may || authority.is_owner(&device));
        }
    }

    #[test]
    fn only_what_devices_of_the_owner_say_makes_owners(
        said in prop::collection::vec(any_said(), 0..=5),
    ) {
        let by_others: Vec<Said> =
            said.into_iter().filter(|(by, _, _)| ![laptop(), phone()].contains(by)).collect();
        let authority = compute(&[], &by_others);
        prop_assert!(authority.owner_devices().all(|device| *device == laptop()));
        prop_assert_eq!(authority.devices.len(), 1);
    }
}

#[test]
fn a_device_that_an_added_device_adds_is_the_owners_too() {
    let tablet = device(3);
    let said = [
        (phone(), 0, Statement::AddDevice { device: tablet }),
        by_laptop(0, Statement::AddDevice { device: phone() }),
    ];
    assert!(compute(&[], &said).is_owner(&tablet));
}

#[test]
fn of_two_removals_of_a_member_the_larger_accepted_heads_hold() {
    let removal =
        |next| Statement::RemoveMember { member: member(1), accepted: heads(device_of(1), next) };
    let added = by_laptop(0, add_member(1, &[Space::Pipeline]));
    let said = [added, by_laptop(1, removal(3)), by_laptop(2, removal(1))];
    let authority = compute(&[], &said);
    let log = log_in(Space::Pipeline, device_of(1));
    assert!(authority.counts(&log, 2, &EntryHash::NONE));
    assert!(!authority.counts(&log, 3, &EntryHash::NONE));
}

#[test]
fn of_two_removals_of_a_device_the_larger_accepted_heads_hold() {
    let removal = |next| {
        recovered(Recovery::RemoveDevice { device: phone(), accepted: heads(phone(), next) })
    };
    let said = [by_laptop(0, Statement::AddDevice { device: phone() })];
    let authority = compute(&[removal(1), removal(3)], &said);
    let log = log_in(Space::Pipeline, phone());
    assert!(authority.counts(&log, 2, &EntryHash::NONE));
    assert!(!authority.counts(&log, 3, &EntryHash::NONE));
}

#[test]
fn a_log_that_a_removal_does_not_name_counts_not_at_all() {
    let removal = Recovery::RemoveDevice { device: phone(), accepted: Accepted::new() };
    let said = [by_laptop(0, Statement::AddDevice { device: phone() })];
    let authority = compute(&[recovered(removal)], &said);
    assert!(authority.knows(&phone()), "its entries are still stored and relayed");
    assert!(!authority.counts(&log_in(Space::Pipeline, phone()), 0, &EntryHash::NONE));
}

#[test]
fn no_statement_in_a_log_removes_a_device_of_the_owner() {
    let said = [
        by_laptop(0, Statement::AddDevice { device: phone() }),
        // The phone is claimed as a member's device, and that member is removed.
        by_laptop(1, Statement::AddMemberDevice { member: member(1), device: phone() }),
        by_laptop(2, add_member(1, &[Space::Pipeline])),
        by_laptop(3, Statement::RemoveMember { member: member(1), accepted: Accepted::new() }),
    ];
    let authority = compute(&[], &said);
    assert!(authority.is_owner(&phone()));
    assert!(authority.active(&phone()).is_some());
}

#[test]
fn another_key_than_the_recovery_key_removes_nobody() {
    let removal = Recovery::RemoveDevice { device: laptop(), accepted: Accepted::new() };
    let thief = recovery_key(&[66; 32]);
    let said = Standalone::recovery(genesis().book(), removal, &thief);
    assert!(compute(&[said], &[]).active(&laptop()).is_some());
}

#[test]
fn a_recovery_key_that_was_handed_over_to_removes_devices() {
    let next = recovery_key(&[8; 32]);
    let handed = recovered(Recovery::Replace { recovery: next.device().0 });
    let removal = Recovery::RemoveDevice { device: laptop(), accepted: Accepted::new() };
    let said = Standalone::recovery(genesis().book(), removal, &next);
    assert!(compute(std::slice::from_ref(&said), &[]).active(&laptop()).is_some());
    assert!(compute(&[said, handed], &[]).active(&laptop()).is_none());
}

#[test]
fn a_removed_device_does_not_come_back_under_its_key() {
    let removal = Recovery::RemoveDevice { device: phone(), accepted: Accepted::new() };
    let standalone = [recovered(removal), recovered(Recovery::AddDevice { device: phone() })];
    let said = [by_laptop(0, Statement::AddDevice { device: phone() })];
    assert!(compute(&standalone, &said).active(&phone()).is_none());
}

#[test]
fn a_device_that_only_a_removed_device_named_too_late_is_not_admitted() {
    let tablet = device(3);
    let said = [
        by_laptop(0, Statement::AddDevice { device: phone() }),
        (phone(), 2, Statement::AddDevice { device: tablet }),
    ];
    let removal = |next| {
        let accepted = heads(phone(), next);
        recovered(Recovery::RemoveDevice { device: phone(), accepted })
    };
    assert!(compute(&[removal(3)], &said).is_owner(&tablet));
    let authority = compute(&[removal(2)], &said);
    assert!(authority.active(&tablet).is_none() && !authority.is_owner(&tablet));
    assert!(authority.knows(&tablet), "what was stored of it is still relayed");
}

#[test]
fn an_erasure_by_a_device_that_was_removed_since_holds() {
    let document = DocumentId([1; 32]);
    let erasure = Statement::Erase { document, generation: 0, items: vec![ItemHash([2; 32])] };
    let said =
        [by_laptop(0, Statement::AddDevice { device: phone() }), (phone(), 0, erasure.clone())];
    let accepted = Accepted::new();
    let removal = recovered(Recovery::RemoveDevice { device: phone(), accepted });
    let authority = compute(&[removal], &said);
    assert!(authority.withdrawn.is_dropped(&ItemHash([2; 32])));
    assert!(!authority.withdrawn.is_current(&document, 0));
    let strangers = compute(&[], &[(device(99), 0, erasure)]);
    assert!(strangers.withdrawn.is_current(&document, 0));
}

#[test]
fn a_members_erasure_withdraws_nothing() {
    let document = DocumentId([1; 32]);
    let erasure = Statement::Erase { document, generation: 0, items: Vec::new() };
    let said = [by_laptop(0, add_member(1, &[Space::Pipeline])), (device_of(1), 0, erasure)];
    assert!(compute(&[], &said).withdrawn.is_current(&document, 0));
}

#[test]
fn the_private_space_can_not_be_put_into_a_share() {
    assert!(!Space::Private.is_shareable());
    let bytes = add_member(1, &[Space::Pipeline, Space::Private]).encode();
    assert!(Statement::decode(&bytes).is_err());
}

#[test]
fn a_member_reads_the_roster_and_what_is_shared_until_the_term_ends() {
    let said = [by_laptop(
        0,
        Statement::AddMember {
            member: member(1),
            device: device_of(1),
            spaces: vec![Space::Goals],
            role: Role::Viewer,
            until: Some(100),
        },
    )];
    let authority = compute(&[], &said);
    let reads = |space, now| authority.may_read(&device_of(1), space, now);
    assert!(reads(Space::Goals, 100) && reads(Space::Roster, 100));
    assert!(!reads(Space::Pipeline, 100));
    assert!(!reads(Space::Goals, 101));
    assert!(
        authority.counts(&log_in(Space::Pipeline, device_of(1)), 0, &EntryHash::NONE),
        "no clock decides content"
    );
}

#[test]
fn of_two_grants_to_one_member_the_narrower_holds() {
    let said = [
        by_laptop(0, add_member(1, &[Space::Goals, Space::Pipeline])),
        by_laptop(1, add_member(1, &[Space::Pipeline, Space::Details])),
    ];
    let authority = compute(&[], &said);
    assert!(authority.may_read(&device_of(1), Space::Pipeline, 0));
    assert!(!authority.may_read(&device_of(1), Space::Goals, 0));
    assert!(!authority.may_read(&device_of(1), Space::Details, 0));
}

#[test]
fn a_member_adds_devices_of_their_own_up_to_three() {
    let mut said = vec![by_laptop(0, add_member(1, &[Space::Pipeline]))];
    for (n, seed) in (0..).zip(30..35) {
        let device = device(seed);
        said.push((device_of(1), n, Statement::AddMemberDevice { member: member(1), device }));
    }
    let authority = compute(&[], &said);
    let theirs = authority.devices.values().filter(|standing| standing.member == Some(member(1)));
    assert_eq!(theirs.count(), 3);
    assert!(authority.knows(&device_of(1)), "what the owner named comes first");
}

#[test]
fn a_member_who_left_reads_nothing() {
    let said = [
        by_laptop(0, add_member(1, &[Space::Pipeline])),
        by_laptop(1, add_member(2, &[Space::Pipeline])),
        (device_of(1), 0, Statement::Leave { member: member(1) }),
        (device_of(1), 1, Statement::Leave { member: member(2) }),
    ];
    let authority = compute(&[], &said);
    assert!(!authority.may_read(&device_of(1), Space::Pipeline, 0));
    assert!(authority.may_read(&device_of(2), Space::Pipeline, 0), "nobody leaves for another");
}

#[test]
fn an_unknown_statement_that_may_withdraw_authority_requires_an_upgrade() {
    for (tag, requires_upgrade) in [(8, true), (63, true), (64, false), (1_000, false)] {
        let said = [by_laptop(0, Statement::Unknown { tag })];
        assert_eq!(compute(&[], &said).requires_upgrade, requires_upgrade, "tag {tag}");
    }
}

#[test]
fn an_unknown_statement_of_a_stranger_is_ignored() {
    let said = [(device(99), 0, Statement::Unknown { tag: 9 })];
    assert!(!compute(&[], &said).requires_upgrade);
}

#[test]
fn statements_about_content_change_no_authority() {
    let said = [
        by_laptop(
            0,
            Statement::Erase { document: DocumentId([1; 32]), generation: 0, items: Vec::new() },
        ),
        by_laptop(
            1,
            Statement::Refound {
                record: RecordId([1; 16]),
                kind: 1,
                space: Space::Pipeline,
                generation: 1,
                first: ChangeHash([2; 32]),
            },
        ),
    ];
    let authority = compute(&[], &said);
    assert_eq!(authority.devices, compute(&[], &[]).devices);
    assert!(!authority.withdrawn.is_current(&DocumentId([1; 32]), 0));
}

#[test]
fn a_statement_outside_the_roster_space_says_nothing() {
    let statement = Statement::AddDevice { device: phone() };
    let placed = [(log_in(Space::Pipeline, laptop()), 0, EntryHash::NONE, &statement)];
    assert!(!Authority::compute(&genesis(), [], placed).knows(&phone()));
}
