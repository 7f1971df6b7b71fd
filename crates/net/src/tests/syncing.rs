//! Sessions between devices of one book, whole and cut.

use goodword_sync::SessionError;

use super::lab::{Home, wait_for, within};
use crate::{Closing, Error, Event, first_sync};

#[tokio::test]
async fn a_stranger_is_turned_away_and_told_nothing() {
    let (laptop, stranger) = (Home::founded(1).await, Home::founded(9).await);
    let mut server = laptop.serve();
    // As a device that is just joining it would believe anybody.
    let address = laptop.address();
    let called = first_sync(&stranger.endpoint, &address, &stranger.store, &stranger.clock);
    let error = within(called).await.expect_err("turned away");
    assert!(matches!(error, Error::Closed(Closing::Stranger)), "{error}");
    let device = wait_for(&mut server, |event| match event {
        Event::Stranger { device } => Some(device),
        _ => None,
    });
    assert_eq!(device.await, stranger.device());
}

#[tokio::test]
async fn a_device_does_not_talk_to_one_that_its_own_roster_does_not_name() {
    let (laptop, stranger) = (Home::founded(1).await, Home::founded(9).await);
    let _server = laptop.serve();
    let error = stranger.sync_with(&laptop).await.expect_err("unknown");
    assert!(
        matches!(error, Error::Session(SessionError::UnknownPeer { device }) if device == laptop.device()),
        "{error}"
    );
}

#[tokio::test]
async fn a_session_with_nothing_to_say_is_one_round_trip() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    let synced = phone.sync_with(&laptop).await.expect("synced");
    assert_eq!(synced.report.round_trips, 1);
    assert!(synced.report.bytes_sent <= 1024 && synced.report.bytes_received <= 1024);
}

/// More commands than one batch holds, so that a session commits several times.
const MANY: usize = 600;

#[tokio::test]
async fn a_session_that_was_cut_goes_on_where_it_stopped() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    for n in 0..MANY {
        laptop.add(&format!("Person {n}"));
    }
    let mut server = laptop.serve();
    let invitation = laptop.invitation(7);
    server.invite(&invitation);
    let welcome = within(phone.join(&mut server, &invitation)).await;

    let mut changes = phone.store.changes();
    changes.mark_unchanged();
    tokio::select! {
        result = first_sync(&phone.endpoint, &welcome.inviter, &phone.store, &phone.clock) => {
            panic!("not cut: {result:?}");
        }
        changed = changes.changed() => changed.expect("a store"),
    }
    let (cut_at, all) = (phone.entries(), laptop.entries());
    assert!(0 < cut_at && cut_at < all, "cut after {cut_at} of {all} entries");
    let failed = |event| matches!(event, Event::Failed { .. }).then_some(());
    wait_for(&mut server, failed).await;

    let synced = first_sync(&phone.endpoint, &welcome.inviter, &phone.store, &phone.clock);
    let synced = within(synced).await.expect("goes on");
    assert_eq!(synced.report.entries_received(), all - cut_at);
    assert_eq!(phone.held(), laptop.held());
}

#[tokio::test]
async fn devices_that_both_send_a_lot_do_not_wait_for_each_other() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    for n in 0..MANY {
        laptop.add(&format!("Person {n} of the laptop"));
        phone.add(&format!("Person {n} of the phone"));
    }
    phone.sync_with(&laptop).await.expect("synced");
    assert_eq!(phone.held(), laptop.held());
}

#[tokio::test]
async fn a_device_that_stays_in_touch_hears_what_is_written_elsewhere() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    let phone_serves = phone.serve();
    phone_serves.call(laptop.address());
    wait_for(&mut server, |event| matches!(event, Event::Started { .. }).then_some(())).await;

    let mut changes = phone.store.changes();
    laptop.add("Bo Nato");
    within(async {
        while phone.held() != laptop.held() {
            changes.changed().await.expect("a store");
        }
    })
    .await;

    let mut changes = laptop.store.changes();
    phone.add("Leo Dunar");
    within(async {
        while phone.held() != laptop.held() {
            changes.changed().await.expect("a store");
        }
    })
    .await;

    // Leaving at rest is no failure.
    within(phone_serves.stop()).await;
    let ended = wait_for(&mut server, |event| match event {
        Event::Synced(synced) => Some(Ok(synced.device)),
        Event::Failed { error, .. } => Some(Err(error)),
        _ => None,
    });
    assert_eq!(ended.await.expect("ended well"), phone.device());
}

#[tokio::test]
async fn what_one_device_hears_is_passed_on_to_another_that_stays_in_touch() {
    let (laptop, phone, tablet) =
        (Home::founded(1).await, Home::empty(2).await, Home::empty(3).await);
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    tablet.pair_with(&laptop, &mut server).await;
    let tablet_serves = tablet.serve();
    tablet_serves.call(laptop.address());
    wait_for(&mut server, |event| matches!(event, Event::Started { .. }).then_some(())).await;

    phone.add("Leo Dunar");
    let mut changes = tablet.store.changes();
    phone.sync_with(&laptop).await.expect("synced");
    within(async {
        while tablet.held() != laptop.held() {
            changes.changed().await.expect("a store");
        }
    })
    .await;
}

#[tokio::test]
async fn the_address_of_whoever_called_is_told_to_be_remembered() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    phone.sync_with(&laptop).await.expect("synced");
    let seen = wait_for(&mut server, |event| match event {
        Event::Synced(synced) => Some(synced.address),
        _ => None,
    })
    .await;
    assert_eq!(seen, phone.address());
}

#[tokio::test]
async fn a_device_that_leaves_tells_those_who_call() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    let address = laptop.address();
    let mut phone_serves = phone.serve();
    phone_serves.call(address);
    wait_for(&mut server, |event| matches!(event, Event::Started { .. }).then_some(())).await;
    within(server.stop()).await;
    let is_told = wait_for(&mut phone_serves, |event| match event {
        // At rest or not: either way the caller hears it at once and by its reason.
        Event::Synced(_) => Some(true),
        Event::Failed { error, .. } => Some(matches!(error, Error::Closed(Closing::Leaving))),
        _ => None,
    });
    assert!(is_told.await);
}
