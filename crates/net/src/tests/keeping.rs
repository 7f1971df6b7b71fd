//! Devices that stay in touch by themselves.

use std::time::Duration;

use tokio::time::timeout;

use super::lab::{Home, wait_for, within};
use crate::{Address, Event, Server};

/// A laptop with a book and a phone that joined it; nobody serves yet.
async fn paired() -> (Home, Home) {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    within(server.stop()).await;
    (laptop, phone)
}

async fn sessions(server: &Server, other: &Home, count: u32) {
    let mut open = server.connections();
    let counted = open.wait_for(|open| open.get(&other.device()).copied().unwrap_or(0) == count);
    within(counted).await.expect("a server that runs");
}

#[tokio::test]
async fn two_devices_that_call_each_other_at_once_keep_one_session() {
    let (laptop, phone) = paired().await;
    let (laptop_serves, phone_serves) = (laptop.serve(), phone.serve());
    let both = |server: &Server, other: &Home| {
        let (mut open, other) = (server.connections(), other.device());
        async move { open.wait_for(|open| open.get(&other) == Some(&2)).await.map(drop) }
    };
    let had_two = (both(&laptop_serves, &phone), both(&phone_serves, &laptop));
    laptop_serves.call(phone.address());
    phone_serves.call(laptop.address());
    let (by_laptop, by_phone) = within(async { tokio::join!(had_two.0, had_two.1) }).await;
    by_laptop.and(by_phone).expect("servers that run");

    sessions(&laptop_serves, &phone, 1).await;
    sessions(&phone_serves, &laptop, 1).await;
    laptop.add("Bo Nato");
    phone.agrees_with(&laptop).await;
    phone.add("Leo Dunar");
    laptop.agrees_with(&phone).await;
    assert_eq!(laptop_serves.connected(), [phone.device()].into());
    assert_eq!(phone_serves.connected(), [laptop.device()].into());
}

#[tokio::test]
async fn a_command_that_meets_a_device_leaves_the_session_that_stays() {
    let (laptop, phone) = paired().await;
    let (laptop_serves, mut phone_serves) = (laptop.serve(), phone.serve());
    phone_serves.call(laptop.address());
    sessions(&laptop_serves, &phone, 1).await;
    let stays =
        wait_for(&mut phone_serves, |event| matches!(event, Event::Started { .. }).then_some(()));
    stays.await;
    phone.sync_with(&laptop).await.expect("synced beside it");
    laptop.sync_with(&phone).await.expect("synced beside it");
    sessions(&laptop_serves, &phone, 1).await;
    laptop.add("Bo Nato");
    phone.agrees_with(&laptop).await;
}

#[tokio::test]
async fn a_device_that_is_kept_is_called_again_when_it_is_back() {
    let (laptop, phone) = paired().await;
    phone.remember(&laptop.address());
    let phone_serves = phone.serve();
    phone_serves.keep(laptop.device());
    phone_serves.keep(laptop.device());
    for name in ["Bo Nato", "Leo Dunar", "Mira Tolo"] {
        let laptop_serves = laptop.serve();
        sessions(&phone_serves, &laptop, 1).await;
        laptop.add(name);
        phone.agrees_with(&laptop).await;
        within(laptop_serves.stop()).await;
        sessions(&phone_serves, &laptop, 0).await;
    }
}

#[tokio::test]
async fn a_device_that_nobody_can_reach_is_called_less_and_less() {
    let (laptop, phone) = paired().await;
    phone.remember(&Address::of(laptop.device()));
    let mut phone_serves = phone.serve();
    // Asking twice makes no second caller.
    phone_serves.keep(laptop.device());
    phone_serves.keep(laptop.device());
    let mut calls = 0;
    let counted = timeout(Duration::from_secs(3), async {
        while let Some(event) = phone_serves.next().await {
            calls += u32::from(matches!(event, Event::Failed { .. }));
        }
    });
    assert!(counted.await.is_err(), "the server runs on");
    // Waits of 0.25 to 0.5, 0.5 to 1 and 1 to 2 seconds after the first call.
    assert!((2..=4).contains(&calls), "{calls} calls in three seconds");
}

#[tokio::test]
async fn a_change_of_the_network_ends_every_wait() {
    let (laptop, phone) = paired().await;
    phone.remember(&Address::of(laptop.device()));
    let mut phone_serves = phone.serve();
    phone_serves.keep(laptop.device());
    let failed = |event| matches!(event, Event::Failed { .. }).then_some(());
    let began = std::time::Instant::now();
    // By their waits alone, 20 calls would take more than two minutes.
    for _ in 0..20 {
        wait_for(&mut phone_serves, failed).await;
        phone_serves.nudge();
    }
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_change_of_the_network_renews_a_session_that_may_be_dead() {
    let (laptop, phone) = paired().await;
    phone.remember(&laptop.address());
    let (laptop_serves, mut phone_serves) = (laptop.serve(), phone.serve());
    phone_serves.keep(laptop.device());
    let started = |event| matches!(event, Event::Started { .. }).then_some(());
    wait_for(&mut phone_serves, started).await;
    for name in ["Bo Nato", "Leo Dunar"] {
        phone_serves.nudge();
        wait_for(&mut phone_serves, started).await;
        sessions(&phone_serves, &laptop, 1).await;
        sessions(&laptop_serves, &phone, 1).await;
        laptop.add(name);
        phone.agrees_with(&laptop).await;
    }
}
