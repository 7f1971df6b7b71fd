//! What two honest devices need, and what it costs them.

use goodword_core::Space;

use super::lab::{Lab, now};
use crate::limits;
use crate::{Mode, Report};

fn assert_nothing_moved(reports: &[Report; 2]) {
    for report in reports {
        assert_eq!(report.entries_sent() + report.entries_received(), 0);
        assert_eq!(report.batches, 0);
        assert_eq!(report.fingerprint_mismatches(), 0);
        assert!(report.at_rest && report.finished);
        assert_eq!(report.round_trips, 1);
    }
}

#[test]
fn two_devices_with_nothing_new_need_one_round_trip_and_less_than_a_kibibyte() {
    let mut lab = Lab::with_devices(1, 2);
    for device in [0, 1] {
        // A log of either device in every space that has any.
        lab.add(device, "Ada Rilo");
    }
    lab.sync([0, 1]);
    let reports = lab.sync([0, 1]);
    assert_nothing_moved(&reports);
    for report in &reports {
        assert!(report.bytes_sent <= 1024, "{} bytes", report.bytes_sent);
        assert!(report.bytes_received <= 1024, "{} bytes", report.bytes_received);
    }
}

#[test]
fn the_cost_of_nothing_new_does_not_grow_with_the_number_of_people() {
    let cost = |people: usize| {
        let mut lab = Lab::with_devices(2, 2);
        for person in 0..people {
            lab.add(0, &format!("Person {person}"));
        }
        lab.sync([0, 1]);
        let transactions = lab.devices[1].store.counts().transactions;
        let [report, _] = lab.sync([0, 1]);
        assert_eq!(lab.devices[1].store.counts().transactions, transactions);
        report.bytes_sent
    };
    // A head's number takes one byte below 128 entries, two up to 16,383.
    assert!(cost(300) - cost(10) <= 2);
}

#[test]
fn a_further_log_costs_less_than_a_hundred_bytes() {
    let cost = |devices: usize| {
        let mut lab = Lab::with_devices(3, devices);
        let logs = |lab: &Lab| {
            Space::ALL
                .iter()
                .map(|space| lab.devices[0].store.frontier(*space).unwrap().len() as u64)
                .sum::<u64>()
        };
        for device in 0..devices {
            lab.add(device, "Ada Rilo");
            lab.sync([0, device.max(1)]);
        }
        lab.sync([0, 1]);
        let [report, _] = lab.sync([0, 1]);
        assert_eq!(report.entries_sent() + report.entries_received(), 0);
        (report.bytes_sent, logs(&lab))
    };
    let ((few, few_logs), (many, many_logs)) = (cost(2), cost(5));
    assert!((many - few) <= 100 * (many_logs - few_logs));
}

#[test]
fn entries_go_both_ways_in_one_session() {
    let mut lab = Lab::with_devices(4, 2);
    lab.add(0, "Ada Rilo");
    lab.add(1, "Bo Nato");
    let [first, second] = lab.sync([0, 1]);
    assert_eq!((first.entries_sent(), first.entries_received()), (1, 1));
    assert_eq!((second.entries_sent(), second.entries_received()), (1, 1));
    assert_eq!(lab.names(0), ["Ada Rilo", "Bo Nato"]);
    lab.assert_equal(0, 1);
}

#[test]
fn entries_go_one_way_when_only_one_side_has_any() {
    for initiator in [0, 1] {
        let mut lab = Lab::with_devices(5, 2);
        lab.add(0, "Ada Rilo");
        let reports = lab.sync([initiator, 1 - initiator]);
        let (giver, taker) = (&reports[initiator], &reports[1 - initiator]);
        assert_eq!((giver.entries_sent(), giver.entries_received()), (1, 0));
        assert_eq!((taker.entries_sent(), taker.entries_received()), (0, 1));
        lab.assert_equal(0, 1);
    }
}

#[test]
fn a_joining_device_gets_the_whole_book_in_its_first_session() {
    let mut lab = Lab::seeded(6);
    lab.add(0, "Ada Rilo");
    let joiner = lab.admitted_by(0);
    let [report, _] = lab.sync([joiner, 0]);
    assert_eq!(report.fingerprint_mismatches(), 0);
    assert_eq!(lab.names(joiner), ["Ada Rilo"]);
    lab.assert_equal(0, joiner);
}

#[test]
fn a_device_joins_through_one_that_is_not_in_the_genesis() {
    let mut lab = Lab::with_devices(7, 2);
    lab.add(0, "Ada Rilo");
    lab.sync([0, 1]);
    let joiner = lab.admitted_by(1);
    lab.sync([joiner, 1]);
    lab.assert_equal(1, joiner);
    lab.sync([0, 1]);
    lab.sync([joiner, 0]);
    lab.assert_equal(0, joiner);
}

#[test]
fn an_entry_reaches_a_third_device_through_the_second() {
    let mut lab = Lab::with_devices(8, 3);
    lab.add(0, "Ada Rilo");
    lab.sync([0, 1]);
    lab.sync([2, 1]);
    assert_eq!(lab.names(2), ["Ada Rilo"]);
}

#[test]
fn a_session_that_was_cut_goes_on_where_its_last_batch_ended() {
    let mut lab = Lab::with_devices(9, 2);
    let people = 3 * limits::BATCH_ENTRIES_MAX / 2;
    for person in 0..people {
        lab.add(0, &format!("Person {person}"));
    }
    let before = lab.entries(1);
    let mut pair = lab.pair([0, 1], [Mode::Once; 2]);
    for side in [0, 1, 0] {
        pair.speak(&lab, side).unwrap();
        if side == 1 {
            pair.listen(&mut lab, 0, usize::MAX).unwrap();
        } else {
            // The end of what was sent is lost.
            let kept = pair.sent[0].len() - if pair.sent[0].len() > 5000 { 5000 } else { 0 };
            pair.sent[0].truncate(kept);
            pair.listen(&mut lab, 1, 1000).unwrap();
        }
    }
    let kept = lab.entries(1) - before;
    assert_eq!(kept, limits::BATCH_ENTRIES_MAX as u64, "one batch was committed");
    let [report, other] = lab.sync([0, 1]);
    assert_eq!(report.entries_sent(), people as u64 - kept);
    assert_eq!(other.spaces.values().map(|space| space.entries_known).sum::<u64>(), 0);
    lab.assert_equal(0, 1);
}

#[test]
fn bytes_may_arrive_one_at_a_time() {
    let mut lab = Lab::with_devices(10, 2);
    lab.add(0, "Ada Rilo");
    let mut pair = lab.pair([0, 1], [Mode::Once; 2]);
    pair.run_in_pieces(&mut lab, 1).unwrap();
    assert_eq!(pair.finished, [true; 2]);
    lab.assert_equal(0, 1);
}

#[test]
fn what_is_done_while_both_stay_is_pushed_on() {
    let mut lab = Lab::with_devices(11, 2);
    let mut pair = lab.pair([0, 1], [Mode::Stay; 2]);
    pair.run(&mut lab).unwrap();
    assert_eq!(pair.finished, [false; 2]);
    for (side, name) in [(1, "Ada Rilo"), (0, "Bo Nato")] {
        lab.add(side, name);
        pair.sessions[side].store_changed(&lab.devices[side].store, now()).unwrap();
        pair.run(&mut lab).unwrap();
        lab.assert_equal(0, 1);
    }
    let [report, _] = pair.reports();
    assert!(report.at_rest);
    assert_eq!((report.entries_sent(), report.entries_received()), (1, 1));
    assert_eq!(report.fingerprint_mismatches(), 0);
}

#[test]
fn whoever_wants_to_end_ends_a_session_that_the_other_would_keep() {
    for modes in [[Mode::Once, Mode::Stay], [Mode::Stay, Mode::Once]] {
        let mut lab = Lab::with_devices(12, 2);
        lab.add(0, "Ada Rilo");
        let mut pair = lab.pair([0, 1], modes);
        pair.run(&mut lab).unwrap();
        assert_eq!(pair.finished, [true; 2]);
        lab.assert_equal(0, 1);
    }
}

#[test]
fn what_is_done_after_saying_done_waits_for_the_next_session() {
    let mut lab = Lab::with_devices(13, 2);
    let mut pair = lab.pair([0, 1], [Mode::Once; 2]);
    pair.speak(&lab, 0).unwrap();
    pair.listen(&mut lab, 1, usize::MAX).unwrap();
    pair.speak(&lab, 1).unwrap();
    lab.add(1, "Ada Rilo");
    pair.sessions[1].store_changed(&lab.devices[1].store, now()).unwrap();
    pair.run(&mut lab).unwrap();
    assert_eq!(pair.finished, [true; 2]);
    assert!(lab.names(0).is_empty());
    lab.sync([0, 1]);
    assert_eq!(lab.names(0), ["Ada Rilo"]);
}

#[test]
fn both_branches_of_a_log_reach_every_device() {
    // The longer branch is met first by the founder, or the shorter one, or both are as long.
    for counts in [[2, 1], [1, 2], [1, 1], [40, 3]] {
        let mut lab = Lab::with_devices(14, 2);
        lab.add(1, "Bo Nato");
        lab.sync([0, 1]);
        let twins = [1, lab.copy(1)];
        for (twin, count) in twins.into_iter().zip(counts) {
            for person in 0..count {
                lab.add(twin, &format!("Person {twin}.{person}"));
            }
        }
        lab.sync([0, twins[0]]);
        lab.add(0, "Ada Rilo");
        let reports = lab.sync([0, twins[1]]);
        for report in reports {
            assert_eq!(report.spaces[&Space::Pipeline].forks, 1);
            assert_eq!(report.fingerprint_mismatches(), 0);
        }
        lab.assert_equal(0, twins[1]);
        lab.sync([0, twins[0]]);
        lab.assert_equal(0, twins[0]);
        assert_eq!(lab.names(0).len(), 2 + counts[0] + counts[1]);
        let reports = lab.sync([0, twins[0]]);
        assert_eq!(reports.map(|report| (report.entries_sent(), report.round_trips)), [(0, 1); 2]);
    }
}

#[test]
fn branches_that_part_late_are_exchanged_from_near_where_they_part() {
    let mut lab = Lab::with_devices(15, 2);
    for person in 0..300 {
        lab.add(1, &format!("Person {person}"));
    }
    lab.sync([0, 1]);
    let twin = lab.copy(1);
    for person in 0..10 {
        lab.add(1, &format!("One {person}"));
        lab.add(twin, &format!("Two {person}"));
    }
    lab.sync([0, 1]);
    let [founder, twin_report] = lab.sync([0, twin]);
    // At most twice as many as are lacked, in one round trip more.
    for report in [&founder, &twin_report] {
        let space = report.spaces[&Space::Pipeline];
        assert_eq!(space.entries_received, 10);
        assert!(space.entries_sent <= 20, "{space:?}");
    }
    assert!(founder.round_trips <= 4, "{founder:?}");
    lab.assert_equal(0, twin);
}

#[test]
fn two_copies_of_one_device_that_reuse_an_actor_and_its_numbers_agree_with_everybody() {
    // The same entropy at both openings, as when a running machine is copied.
    let mut lab = Lab::seeded(16);
    let twins = lab.twins();
    for twin in twins {
        lab.add(twin, &format!("Person {twin}"));
    }
    for twin in [twins[0], twins[1], twins[0]] {
        lab.sync([0, twin]);
    }
    lab.assert_equal(0, twins[0]);
    lab.assert_equal(0, twins[1]);
    assert!(lab.devices[0].store.fold_check().unwrap().is_equal());
}
