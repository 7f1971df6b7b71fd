//! Two copies of one device that write in one log: both branches are kept, passed on, and count.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod home;

use goodword_core::log::{Entry, Frontier, Head, heads_of};
use goodword_core::query::Status;
use goodword_core::roster::{Accepted, Recovery, Standalone, Statement, recovery_key};
use goodword_core::store::Delivery;
use goodword_core::{DeviceId, Space};
use home::Home;
use proptest::prelude::*;

/// What the recovery phrase of these books stands for.
const PHRASE: [u8; 32] = [7; 32];

/// A device that was copied after its first person, and a second device.
struct Copied {
    original: Home,
    copy: Home,
    phone: Home,
}

impl Copied {
    fn new() -> Self {
        let mut original = Home::empty(1);
        let now = original.now();
        original.store.found(recovery_key(&PHRASE).device().0, now).unwrap();
        let mut phone = original.second(2);
        original.add("Ada Rilo", Vec::new());
        phone.pull(&original);
        let copy = original.duplicate(50);
        Self { original, copy, phone }
    }

    fn device(&self) -> DeviceId {
        self.original.store.device()
    }
}

fn heads(home: &Home, space: Space) -> Vec<Head> {
    home.store.frontier(space).unwrap().into_iter().map(|(_, head)| head).collect()
}

/// Heads of a device's logs.
fn accepted(home: &Home, device: DeviceId) -> Accepted {
    let of = |space| home.store.frontier(space).unwrap();
    let all: Frontier = Space::ALL.into_iter().flat_map(of).collect();
    all.into_iter().filter(|(log, _)| log.device == device).collect()
}

fn people(home: &Home) -> u64 {
    home.store.ask(&Status).unwrap().people
}

/// Lets two devices meet until neither lacks anything.
fn meet(a: &mut Home, b: &mut Home) {
    for _ in 0..3 {
        let statements = [a.store.standalone().unwrap(), b.store.standalone().unwrap()].concat();
        for home in [&mut *a, &mut *b] {
            let now = home.now();
            home.store.receive(&statements, &[], now).unwrap();
        }
        a.pull(b);
        b.pull(a);
    }
}

/// Devices hold the same, and what they hold is what the batch fold makes of it.
fn agree(homes: &[&Home]) {
    for home in homes {
        home.check();
        for space in Space::ALL {
            assert_eq!(
                home.store.frontier(space).unwrap(),
                homes[0].store.frontier(space).unwrap()
            );
        }
        assert_eq!(home.store.authority(), homes[0].store.authority());
        assert_eq!(home.store.view_hash().unwrap(), homes[0].store.view_hash().unwrap());
    }
}

/// A rebuild changes no row.
fn rebuilds(home: &mut Home) {
    let before = home.store.table_hashes().unwrap();
    home.store.rebuild().unwrap();
    assert_eq!(home.store.table_hashes().unwrap(), before);
}

fn remove(home: &mut Home, device: DeviceId, accepted: Accepted) {
    let book = home.store.book().unwrap();
    let said = Recovery::RemoveDevice { device, accepted };
    let said = Standalone::recovery(book, said, &recovery_key(&PHRASE));
    let now = home.now();
    home.store.receive(&[said.encode()], &[], now).unwrap();
}

#[test]
fn what_two_copies_wrote_is_on_every_device_in_whatever_order_it_comes() {
    for copy_first in [false, true] {
        let Copied { mut original, mut copy, mut phone } = Copied::new();
        original.add("Bo Nato", Vec::new());
        original.add("Mira Vesk", Vec::new());
        copy.add("Kai Dunar", Vec::new());
        let (first, second) =
            if copy_first { (&mut copy, &mut original) } else { (&mut original, &mut copy) };
        meet(&mut phone, first);
        meet(&mut phone, second);
        meet(&mut phone, first);
        assert_eq!(heads(&phone, Space::Pipeline).len(), 2);
        assert_eq!(people(&phone), 4);
        agree(&[&phone, &original, &copy]);
        for home in [&mut phone, &mut original, &mut copy] {
            rebuilds(home);
        }
        let phone = phone.reopen();
        agree(&[&phone, &original]);
    }
}

#[test]
fn both_copies_go_on_in_logs_of_their_own_once_they_know() {
    let Copied { mut original, mut copy, mut phone } = Copied::new();
    original.add("Bo Nato", Vec::new());
    copy.add("Kai Dunar", Vec::new());
    meet(&mut phone, &mut original);
    meet(&mut phone, &mut copy);
    meet(&mut phone, &mut original);
    original.add("Leo Tolo", Vec::new());
    copy.add("Nia Ilmo", Vec::new());
    meet(&mut phone, &mut original);
    meet(&mut phone, &mut copy);
    meet(&mut phone, &mut original);
    assert_eq!(people(&phone), 5);
    // Two branches of the first log, and one log for each copy.
    assert_eq!(heads(&phone, Space::Pipeline).len(), 4);
    agree(&[&phone, &original, &copy]);
}

#[test]
fn a_copy_of_a_copy_makes_a_branch_of_a_branch() {
    let Copied { mut original, mut copy, mut phone } = Copied::new();
    original.add("Bo Nato", Vec::new());
    copy.add("Kai Dunar", Vec::new());
    let mut third = copy.duplicate(60);
    copy.add("Leo Tolo", Vec::new());
    third.add("Nia Ilmo", Vec::new());
    third.add("Oto Rilo", Vec::new());
    for _ in 0..2 {
        for home in [&mut third, &mut original, &mut copy] {
            meet(&mut phone, home);
        }
    }
    assert_eq!(heads(&phone, Space::Pipeline).len(), 3);
    assert_eq!(people(&phone), 6);
    agree(&[&phone, &original, &copy, &third]);
    rebuilds(&mut phone);
}

#[test]
fn statements_on_both_branches_of_the_roster_count() {
    let Copied { mut original, mut copy, mut phone } = Copied::new();
    let tablet = original.second(3);
    let reader = copy.second(4);
    meet(&mut phone, &mut original);
    meet(&mut phone, &mut copy);
    meet(&mut phone, &mut original);
    assert_eq!(heads(&phone, Space::Roster).len(), 2);
    for device in [tablet.store.device(), reader.store.device()] {
        assert!(phone.store.authority().unwrap().is_owner(&device));
    }
    agree(&[&phone, &original, &copy]);
}

#[test]
fn of_a_removed_device_only_the_branches_with_an_accepted_head_count() {
    for accepts_copy in [false, true] {
        let mut copied = Copied::new();
        let device = copied.device();
        copied.original.add("Bo Nato", Vec::new());
        copied.copy.add("Kai Dunar", Vec::new());
        let Copied { mut original, mut copy, mut phone } = copied;
        let branch = if accepts_copy { &copy } else { &original };
        let accepted = accepted(branch, device);
        let mut tablet = phone.second(3);
        meet(&mut tablet, &mut phone);
        remove(&mut phone, device, accepted);
        // Before the accepted head is there everything below it counts.
        let (first, second) =
            if accepts_copy { (&mut original, &mut copy) } else { (&mut copy, &mut original) };
        meet(&mut phone, first);
        assert_eq!(people(&phone), 2);
        phone.check();
        meet(&mut phone, second);
        assert_eq!(people(&phone), 2);
        // Another device hears of the branches first, and of the removal last.
        for home in [&mut original, &mut copy] {
            for space in Space::ALL {
                let lacking =
                    home.store.lacking(space, &tablet.store.frontier(space).unwrap()).unwrap();
                let deliveries: Vec<Delivery> = lacking
                    .into_iter()
                    .map(|at| home.store.delivery(at).unwrap().unwrap())
                    .collect();
                let now = tablet.now();
                tablet.store.receive(&[], &deliveries, now).unwrap();
            }
        }
        assert_eq!(people(&tablet), 3);
        meet(&mut phone, &mut tablet);
        assert_eq!(people(&tablet), 2);
        agree(&[&phone, &tablet]);
        rebuilds(&mut phone);
        rebuilds(&mut tablet);
        let phone = phone.reopen();
        agree(&[&phone, &tablet]);
    }
}

#[test]
fn with_accepted_heads_on_both_branches_both_count() {
    let mut copied = Copied::new();
    let device = copied.device();
    copied.original.add("Bo Nato", Vec::new());
    copied.copy.add("Kai Dunar", Vec::new());
    let Copied { mut original, mut copy, mut phone } = copied;
    meet(&mut phone, &mut original);
    meet(&mut phone, &mut copy);
    let accepted = accepted(&phone, device);
    let log =
        accepted.iter().map(|(log, _)| *log).find(|log| heads_of(&accepted, *log).count() == 2);
    assert!(log.is_some());
    copy.add("Leo Tolo", Vec::new());
    remove(&mut phone, device, accepted);
    phone.pull(&copy);
    assert_eq!(people(&phone), 3);
    phone.check();
    rebuilds(&mut phone);
}

#[test]
fn an_entry_whose_predecessor_is_not_held_is_refused() {
    let Copied { original, copy: _, mut phone } = Copied::new();
    let mut original = original;
    original.add("Bo Nato", Vec::new());
    original.add("Mira Vesk", Vec::new());
    let held = phone.store.frontier(Space::Pipeline).unwrap();
    let lacking = original.store.lacking(Space::Pipeline, &held).unwrap();
    let last = original.store.delivery(*lacking.last().unwrap()).unwrap().unwrap();
    assert!(Entry::decode(last.entry.clone()).unwrap().header().n > 1);
    let now = phone.now();
    phone.store.receive(&[], &[last], now).unwrap_err();
}

/// What happens in a drawn history: who, and what they do.
#[derive(Clone, Copy, Debug)]
enum Step {
    Write(usize),
    Meet(usize, usize),
    Copy(usize),
    SetBack(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_usize).prop_map(Step::Write),
        5 => (0..4_usize, 0..4_usize).prop_map(|(a, b)| Step::Meet(a, b)),
        1 => (0..4_usize).prop_map(Step::Copy),
        1 => (0..4_usize).prop_map(Step::SetBack),
    ]
}

fn pair(homes: &mut [Home], a: usize, b: usize) -> Option<(&mut Home, &mut Home)> {
    let (a, b) = (a % homes.len(), b % homes.len());
    let (low, high) = (a.min(b), a.max(b));
    let (first, rest) = homes.split_at_mut(high);
    (low != high).then(|| (&mut first[low], &mut rest[0]))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn devices_that_are_copied_and_set_back_at_will_agree_once_all_have_met(
        steps in prop::collection::vec(any_step(), 1..24)
    ) {
        let mut laptop = Home::founded(1);
        let mut phone = laptop.second(2);
        meet(&mut laptop, &mut phone);
        let mut earlier = vec![laptop.duplicate(50), phone.duplicate(51)];
        let mut homes = vec![laptop, phone];
        for (at, step) in (60_u8..).zip(steps) {
            match step {
                Step::Write(who) => {
                    let who = who % homes.len();
                    homes[who].add(&format!("Person {at}"), Vec::new());
                }
                Step::Meet(a, b) => {
                    if let Some((a, b)) = pair(&mut homes, a, b) {
                        meet(a, b);
                    }
                }
                Step::Copy(who) if homes.len() < 4 => {
                    let who = who % homes.len();
                    let copy = homes[who].duplicate(at);
                    earlier.push(homes[who].duplicate(at + 100));
                    homes.push(copy);
                }
                Step::Copy(_) => {}
                Step::SetBack(who) => {
                    let who = who % homes.len();
                    let before = earlier[who].duplicate(at);
                    homes[who] = before;
                }
            }
        }
        for _ in 0..homes.len() {
            for a in 0..homes.len() {
                for b in 0..a {
                    if let Some((a, b)) = pair(&mut homes, a, b) {
                        meet(a, b);
                    }
                }
            }
        }
        let all: Vec<&Home> = homes.iter().collect();
        agree(&all);
        rebuilds(&mut homes[0]);
    }
}

#[test]
fn a_device_is_told_of_a_statement_once() {
    // A removal said on one branch and grants on the other hold whatever branch a device saw first.
    let Copied { mut original, mut copy, mut phone } = Copied::new();
    let tablet = original.second(3);
    let now = copy.now();
    let device = tablet.store.device();
    copy.store.say(Statement::AddDevice { device }, now).unwrap();
    meet(&mut phone, &mut copy);
    meet(&mut phone, &mut original);
    meet(&mut phone, &mut copy);
    assert!(phone.store.authority().unwrap().is_owner(&device));
    agree(&[&phone, &original, &copy]);
}
