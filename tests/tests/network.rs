//! Two daemons on networks that lose, delay, end and change; each in a network namespace.
//!
//! Where nobody may make namespaces, the tests say so and pass. `GOODWORD_CUTS` sets how often a
//! link is cut and how often a device moves: `just network 20`.
#![allow(clippy::unwrap_used, reason = "a set-up that fails is a test that fails")]
#![allow(clippy::print_stdout, reason = "figures for whoever asks for them")]

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use goodword_daemon::{Reply, Request, Status};
use goodword_net::usual_ports;
use goodword_tests::daemon::{Daemon, pair};
use goodword_tests::dice::Dice;
use goodword_tests::netns::{Divide, Namespace};
use goodword_tests::{Home, Lab};

/// How long two devices may take, from when there is a way to when they agree, in 95 of 100 cases.
const RECONNECTED_WITHIN: Duration = Duration::from_secs(30);

/// A test that waits longer has failed: an idle session lives for half a minute.
const PATIENCE: Duration = Duration::from_secs(120);

/// Of a thousand datagrams.
const LOST: u32 = 10;

/// Each way.
const DELAY: Duration = Duration::from_millis(100);

/// How often a link is cut, and a device moves.
fn rounds() -> u64 {
    std::env::var("GOODWORD_CUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// Says why a test did nothing.
fn not_permitted() {
    println!("NOT CHECKED: this machine permits no network namespaces");
}

/// Two daemons, and the word that something changed at one of them.
struct Couple {
    daemons: [Daemon; 2],
    changed: Receiver<()>,
}

impl Couple {
    fn of(homes: [&Home; 2]) -> Self {
        let daemons = homes.map(Daemon::of);
        let (tell, changed) = channel();
        for daemon in &daemons {
            let (mut client, tell) = (daemon.client(), tell.clone());
            spawn(move || {
                let mut told = client.ask(&Request::Watch);
                while matches!(told, Ok(Reply::Changed)) && tell.send(()).is_ok() {
                    told = client.hear();
                }
            });
        }
        Self { daemons, changed }
    }

    fn statuses(&self) -> [Status; 2] {
        [0, 1].map(|n| match self.daemons[n].client().ask(&Request::Status) {
            Ok(Reply::Status(status)) => *status,
            other => panic!("no status: {other:?}"),
        })
    }

    /// Waits until both are as they should be, and says for how long.
    #[track_caller]
    fn until(&self, wanted: impl Fn(&[Status; 2]) -> bool) -> Duration {
        let began = Instant::now();
        while !wanted(&self.statuses()) {
            let left = PATIENCE.saturating_sub(began.elapsed());
            if self.changed.recv_timeout(left).is_err() {
                panic!("waited in vain: {:?}", self.statuses());
            }
        }
        began.elapsed()
    }

    #[track_caller]
    fn until_in_touch(&self) -> Duration {
        self.until(|both| both.iter().all(|status| status.peers[0].connected))
    }

    #[track_caller]
    fn until_parted(&self) -> Duration {
        self.until(|both| both.iter().all(|status| !status.peers[0].connected))
    }

    #[track_caller]
    fn until_agreed(&self) -> Duration {
        self.until(|[here, there]| here.logs == there.logs)
    }
}

/// Prints how long it took each time, and checks the slow ones.
#[track_caller]
fn check(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    println!("{what}: {took:.1?}");
    let most = took[(took.len() * 95).div_ceil(100) - 1];
    assert!(most <= RECONNECTED_WITHIN, "{what}: 95 of 100 within {most:?}");
}

fn assert_equal([one, other]: [&Home; 2]) {
    let [one, other] = [one, other].map(|home| home.ok(["export", "--json"]));
    assert_eq!(one, other);
}

#[test]
fn two_daemons_find_each_other_again_through_loss_delay_cuts_and_moves() {
    let Some(divide) = Divide::new() else { return not_permitted() };
    let lab = Lab::new();
    let laptop = lab.book("laptop").within(&divide.sides[0], "lan");
    let phone = lab.home("phone").within(&divide.sides[1], "lan");
    let device = serde_json::from_value(laptop.json(["devices"])["devices"][0]["device"].clone());
    let at = |port| SocketAddr::from((Divide::address(0, 2), port));
    let addresses = usual_ports(device.unwrap()).map(at);
    let program = env!("CARGO_BIN_EXE_weather");
    let mut weather = divide.weather(program, LOST, DELAY, &addresses);
    laptop.ok(["import", lab.sample(200).to_str().unwrap()]);
    pair(&laptop, &phone);
    let homes = [&laptop, &phone];

    let couple = Couple::of(homes);
    couple.until_in_touch();
    laptop.ok(["log", "ada", "coffee"]);
    println!("pushed through loss and delay in {:.1?}", couple.until_agreed());

    let mut dice = Dice::seeded(11);
    let (mut healed, mut moved) = (Vec::new(), Vec::new());
    for round in 0..rounds() {
        weather.cut();
        let noticed = couple.until_parted();
        println!("noticed after {noticed:.1?} that the link is cut");
        laptop.ok(["log", "ada", &format!("call {round}")]);
        phone.ok(["add", &format!("Bo Nato {round}")]);
        if round > 0 {
            // How long the link stays cut, at any point of the wait between two calls.
            sleep(dice.moment(Duration::from_secs(40)));
        }
        weather.heal();
        healed.push(couple.until_agreed());
        couple.until_in_touch();

        divide.move_to(0, u8::try_from(3 + round % 200).unwrap());
        phone.ok(["log", "ada", &format!("lunch {round}")]);
        moved.push(couple.until_agreed());
        couple.until_in_touch();
    }
    check("in agreement after the link was healed", healed);
    check("in agreement after one device had moved", moved);
    assert_equal(homes);
}

#[test]
fn devices_on_one_network_that_know_nothing_true_of_each_others_address_meet() {
    let (Some(here), Some(there)) = (Namespace::new(), Namespace::new()) else {
        return not_permitted();
    };
    here.wire("wire", &there, "wire");
    let address = |host| std::net::Ipv4Addr::new(192, 168, 77, host);
    here.readdress("wire", address(2), None);
    there.readdress("wire", address(3), None);
    let lab = Lab::new();
    let laptop = lab.book("laptop").within(&here, "lan");
    let phone = lab.home("phone").within(&there, "lan");
    pair(&laptop, &phone);
    laptop.ok(["add", "Ada Rilo", "--company", "Sakumi"]);
    phone.ok(["add", "Bo Nato", "--company", "Sakumi"]);

    // As after a restart of the router that gives out addresses.
    here.readdress("wire", address(12), None);
    there.readdress("wire", address(13), None);
    let couple = Couple::of([&laptop, &phone]);
    check("met by their ids alone", vec![couple.until_agreed()]);
    couple.until_in_touch();
    assert_equal([&laptop, &phone]);
}
