//! Devices that reach each other through a relay of their own, in this process.

#![allow(clippy::print_stdout, reason = "figures are to be seen with --nocapture")]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use iroh_relay::server::{RelayConfig, Server, ServerConfig};
use n0_future::StreamExt;
use tokio::time::sleep;

use super::lab::{Home, key, wait_for, within};
use crate::endpoint::SYNC_ALPN;
use crate::{Address, Endpoint, Event, Mode, Port};

/// How long devices may take to agree once there is a way.
const SOON: Duration = Duration::from_secs(30);

/// A relay that speaks plain HTTP on the loopback; 0 is any port.
async fn relay(port: u16) -> (Server, SocketAddr, Mode) {
    let mut config = ServerConfig::default();
    config.relay = Some(RelayConfig::new((Ipv4Addr::LOCALHOST, port)));
    let server = Server::spawn(config).await.expect("a relay");
    let at = server.http_addr().expect("it listens");
    (server, at, Mode::OwnRelay(format!("http://{at}/")))
}

/// Where a device is for those who know its relay and nothing else.
async fn by_relay(endpoint: &Endpoint) -> Address {
    let mut address = within(endpoint.settled_address(SOON)).await;
    assert!(address.relay.is_some(), "{address:?}");
    address.direct.clear();
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_that_know_only_a_relay_agree_through_it_and_again_after_it_was_away() {
    let (mut server, at, mode) = relay(0).await;
    let laptop = Endpoint::bind_without_sockets(&key(1), mode.clone()).await.expect("bound");
    let phone = Endpoint::bind_without_sockets(&key(2), mode).await.expect("bound");
    let (laptop, phone) = (Home::at(1, laptop), Home::at(2, phone));
    laptop.found();
    for home in [&laptop, &phone] {
        assert_eq!(by_relay(&home.endpoint).await, home.address());
    }
    let mut laptop_serves = laptop.serve();
    phone.pair_with(&laptop, &mut laptop_serves).await;

    let mut phone_serves = phone.serve();
    for (home, serves, other) in
        [(&laptop, &laptop_serves, &phone), (&phone, &phone_serves, &laptop)]
    {
        home.remember(&other.address());
        serves.watch_network();
        serves.keep(other.device());
    }
    let started = |event| matches!(event, Event::Started { .. }).then_some(());
    wait_for(&mut phone_serves, started).await;
    let mut in_touch = phone_serves.connections();
    // Heard all along: sessions wait while too many events do.
    for mut serves in [laptop_serves, phone_serves] {
        tokio::spawn(async move { while serves.next().await.is_some() {} });
    }
    laptop.add("Bo Nato");
    phone.agrees_with(&laptop).await;

    let mut took = Vec::new();
    for outage in 0..outages() {
        server.shutdown().await.expect("an end");
        if outage > 0 {
            // Away for longer than a session lives; the longer, the less often it is looked for.
            let parted = in_touch.wait_for(|open| !open.contains_key(&laptop.device()));
            within(parted).await.expect("a server that runs");
            sleep(Duration::from_secs(7 * (outage % 10))).await;
        }
        laptop.add(&format!("Bo Nato {outage}"));
        phone.add(&format!("Leo Dunar {outage}"));
        (server, ..) = relay(at.port()).await;
        let back = Instant::now();
        phone.agrees_with(&laptop).await;
        took.push(back.elapsed());
    }
    took.sort_unstable();
    println!("in agreement after the relay was back: {took:.1?}");
    let most = took[(took.len() * 95).div_ceil(100) - 1];
    assert!(most <= SOON, "{most:?}");
}

/// How often the relay goes away: `GOODWORD_OUTAGES`.
fn outages() -> u64 {
    std::env::var("GOODWORD_OUTAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn devices_that_met_at_a_relay_go_on_directly_and_without_it() {
    let (server, _, mode) = relay(0).await;
    let laptop = Endpoint::bind(&key(1), mode.clone(), Port::Any).await.expect("bound");
    let phone = Endpoint::bind(&key(2), mode, Port::Any).await.expect("bound");
    let address = by_relay(&laptop).await;
    by_relay(&phone).await;
    let (called, taken) = tokio::join!(within(phone.connect(&address, SYNC_ALPN)), async {
        laptop.accept().await.expect("a call").await
    });
    let (called, taken) = (called.expect("connected"), taken.expect("connected"));
    let direct = async {
        let mut paths = called.paths_stream();
        while let Some(paths) = paths.next().await {
            if paths.iter().any(|path| path.is_selected() && path.is_ip()) {
                break;
            }
        }
    };
    within(direct).await;

    server.shutdown().await.expect("an end");
    let (said, heard) = tokio::join!(
        async {
            let (mut send, _recv) = called.open_bi().await.expect("a stream");
            send.write_all(b"still there").await.expect("said");
            send.finish().expect("said");
            called.closed().await
        },
        async {
            let (_send, mut recv) = taken.accept_bi().await.expect("a stream");
            let heard = recv.read_to_end(64).await.expect("heard");
            crate::endpoint::close(&taken, crate::Closing::Done);
            heard
        }
    );
    assert_eq!(heard, b"still there", "{said}");
}
