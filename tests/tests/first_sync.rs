//! Two daemons are killed again and again amid a first sync, which goes on from where it was.
//!
//! `GOODWORD_KILLS` sets how often in all: `just resume 20`.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]
#![allow(clippy::print_stdout, reason = "figures for whoever asks for them")]

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::time::Duration;

use goodword_core::log::Key;
use goodword_core::model::{Labelled, PersonEdit, Reach, ReachKind};
use goodword_core::query::{People, Status, StatusReport};
use goodword_core::store::Place;
use goodword_core::{Change, Now, Store};
use goodword_daemon::Request;
use goodword_net::{Address, usual_ports};
use goodword_tests::daemon::{Daemon, SOON};
use goodword_tests::dice::{Dice, spin};
use goodword_tests::home::NOW;
use goodword_tests::{Home, Lab};
use jiff::Zoned;

/// Kills unless `GOODWORD_KILLS` says otherwise.
const KILLS: usize = 4;

/// People of the book.
const PEOPLE: u32 = 600;

/// Addresses of each of them: with [`ADDRESS_BYTES`] each, six batches of a sync.
const ADDRESSES: usize = 10;

/// Length of one address, in bytes: the longest that there may be.
const ADDRESS_BYTES: usize = goodword_core::limits::VALUE_BYTES_MAX;

/// A kill follows the word of a new batch within this time, in which the next one is under way.
const BATCH_TIME: Duration = Duration::from_millis(60);

/// The phone's key.
const PHONE: [u8; 32] = [12; 32];

fn kills() -> usize {
    let wanted = std::env::var("GOODWORD_KILLS").ok().and_then(|text| text.parse().ok());
    wanted.unwrap_or(KILLS)
}

fn store(home: &Home) -> Place {
    Place::File(home.path().join("store.redb"))
}

/// Opens the store of a home without a daemon.
fn opened(home: &Home) -> Store {
    let key: [u8; 32] = fs::read(home.path().join("device.key")).unwrap().try_into().unwrap();
    Store::open(&store(home), Key::from_bytes(&key), [3; 32]).unwrap()
}

/// A book that takes many batches, which lets in the phone.
fn large_book(lab: &Lab) -> Home {
    let laptop = lab.book("laptop");
    laptop.ok(["import", lab.sample(PEOPLE).to_str().unwrap()]);
    let mut dice = Dice::seeded(6);
    let mut store = opened(&laptop);
    let at: Zoned = NOW.parse().unwrap();
    let now = Now { at: at.timestamp(), today: at.date() };
    let all = store.reader().unwrap().ask(&People::default()).unwrap().people;
    let people: Vec<_> = all.iter().map(|line| line.person.record).collect();
    assert_eq!(people.len(), PEOPLE as usize);
    for _ in 0..ADDRESSES {
        let value = (0..ADDRESS_BYTES).map(|_| char::from(b'a' + dice.below(26) as u8)).collect();
        let entry = Labelled { label: String::new(), value };
        let address = PersonEdit::AddReach(Reach { kind: ReachKind::Address, entry });
        let change = Change::EditPeople { people: people.clone(), edits: vec![address] };
        store.apply(&change, now).unwrap();
    }
    store.admit_device(Key::from_bytes(&PHONE).device(), now).unwrap();
    laptop
}

/// A device that has just adopted the book and knows where the laptop is.
fn newcomer(lab: &Lab, laptop: &Home) -> Home {
    let phone = lab.home("phone");
    DirBuilder::new().mode(0o700).create(phone.path()).unwrap();
    let key = phone.path().join("device.key");
    fs::write(&key, PHONE).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let inviter = opened(laptop);
    let mut joiner = Store::create(&store(&phone), Key::from_bytes(&PHONE), [7; 32]).unwrap();
    joiner.adopt(inviter.standalone().unwrap().first().unwrap()).unwrap();
    let device = inviter.device();
    let direct = usual_ports(device).map(|port| ([127, 0, 0, 1], port).into()).to_vec();
    let address = Address { device, direct, relay: None };
    joiner.remember_address(device, &address.to_bytes()).unwrap();
    phone
}

/// Waits until a device holds what is `wanted`.
#[track_caller]
fn until(daemon: &Daemon, wanted: impl Fn(&StatusReport) -> bool) -> u64 {
    let (mut watch, mut asking) = (daemon.client(), daemon.client());
    watch.wait_at_most(SOON).unwrap();
    let mut told = watch.ask(&Request::Watch);
    loop {
        told.unwrap();
        let report = asking.question(&Status).unwrap().unwrap();
        if wanted(&report) {
            return report.entries;
        }
        told = watch.hear();
    }
}

fn sound(home: &Home) {
    let done = home.run(["doctor"]);
    assert_eq!(done.code, Some(0), "{}", done.describe());
}

#[test]
fn a_first_sync_whose_ends_are_killed_goes_on_from_where_it_was() {
    let kills = kills();
    let mut dice = Dice::seeded(5);
    let lab = Lab::new();
    let laptop = large_book(&lab);
    let mut killed = 0;
    for transfer in 1.. {
        let phone = newcomer(&lab, &laptop);
        let (mut here, mut there) = (Daemon::of(&laptop), Daemon::of(&phone));
        let all = until(&here, |_| true);
        let (mut held, before) = (0, killed);
        while killed < kills {
            let more = until(&there, |report| report.entries > held);
            if more >= all {
                break;
            }
            spin(dice.moment(BATCH_TIME));
            if killed.is_multiple_of(2) {
                there.kill();
                there = Daemon::of(&phone);
            } else {
                here.kill();
                here = Daemon::of(&laptop);
            }
            killed += 1;
            held = until(&there, |_| true);
            assert!(held >= more, "{held} entries after the kill, {more} before it");
            println!("kill {killed} of transfer {transfer}: at {held} of {all} entries");
        }
        assert!(killed > before, "the book is too small: no kill was amid its transfer");
        until(&there, |report| report.entries == all && report.behind == 0);
        let exports = [&laptop, &phone].map(|home| home.ok(["export", "--json"]));
        assert!(exports[0] == exports[1], "the exports differ");
        assert_eq!([here.stop().code, there.stop().code], [Some(0); 2]);
        sound(&laptop);
        sound(&phone);
        if killed == kills {
            return;
        }
        fs::remove_dir_all(phone.path()).unwrap();
    }
}
