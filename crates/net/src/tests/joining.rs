//! A device asks to join, and is let in or told why not.

use goodword_core::Change;

use super::lab::{Home, TERM, asked, wait_for, within};
use crate::{
    Error, Event, Invitation, InvitationError, JoinError, Purpose, Refusal, ask, first_sync,
};

async fn refusal_of(home: &Home, invitation: &Invitation) -> Refusal {
    match within(ask(&home.endpoint, invitation, "phone", home.unix_now())).await {
        Err(JoinError::Refused(refusal)) => refusal,
        other => panic!("neither refused nor in: {other:?}"),
    }
}

#[tokio::test]
async fn two_devices_pair_and_agree_also_after_both_were_edited() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    assert_eq!(phone.book(), laptop.book());
    assert_eq!(phone.held(), laptop.held());

    laptop.add("Bo Nato");
    phone.add("Leo Dunar");
    let synced = phone.sync_with(&laptop).await.expect("synced");
    assert_eq!(phone.held(), laptop.held());
    assert_eq!(synced.device, laptop.device());
    assert!(synced.report.entries_received() > 0 && synced.report.entries_sent() > 0);
}

#[tokio::test]
async fn both_screens_show_the_same_code_and_the_inviter_sees_who_asks() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    let invitation = laptop.invitation(7);
    server.invite(&invitation);
    let asking = within(ask(&phone.endpoint, &invitation, "Mira's phone", phone.unix_now()))
        .await
        .expect("asked");
    let request = asked(&mut server).await;
    assert_eq!(request.code, asking.code());
    assert_eq!(request.name, "Mira's phone");
    assert_eq!(request.device, phone.device());
}

#[tokio::test]
async fn a_text_that_was_copied_is_as_good_as_the_invitation() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    let invitation = laptop.invitation(7);
    server.invite(&invitation);
    let copied = Invitation::parse(&invitation.text()).expect("in form");
    let welcome = within(phone.join(&mut server, &copied)).await;
    assert_eq!(welcome.book, laptop.book());
}

#[tokio::test]
async fn an_expired_invitation_is_refused_by_the_inviters_clock() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let server = laptop.serve();
    let invitation = laptop.invitation(7);
    server.invite(&invitation);
    laptop.advance(TERM + 1);
    assert_eq!(refusal_of(&phone, &invitation).await, Refusal::Expired);
}

#[tokio::test]
async fn an_invitation_that_expired_long_ago_is_refused_without_a_call() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let invitation = laptop.invitation(7);
    phone.advance(TERM + 2 * 60 * 60);
    let error = ask(&phone.endpoint, &invitation, "phone", phone.unix_now()).await;
    assert!(matches!(
        error,
        Err(JoinError::Invitation(InvitationError::Expired { seconds: 7200 }))
    ));
}

#[tokio::test]
async fn an_invitation_of_another_home_is_unknown() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    server.invite(&laptop.invitation(7));
    assert_eq!(refusal_of(&phone, &laptop.invitation(8)).await, Refusal::Unknown);
    let refused = wait_for(&mut server, |event| match event {
        Event::NotJoined { device, refusal } => Some((device, refusal)),
        _ => None,
    });
    assert_eq!(refused.await, (phone.device(), Some(Refusal::Unknown)));
}

#[tokio::test]
async fn an_invitation_for_another_purpose_is_refused_without_a_call() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut invitation = laptop.invitation(7);
    invitation.purpose = Purpose::Member;
    let error = ask(&phone.endpoint, &invitation, "phone", phone.unix_now()).await;
    assert!(matches!(
        error,
        Err(JoinError::Invitation(InvitationError::OtherPurpose { found: Purpose::Member, .. }))
    ));
}

#[tokio::test]
async fn a_used_invitation_is_refused_to_a_second_device_but_not_to_the_first() {
    let (laptop, phone, tablet) =
        (Home::founded(1).await, Home::empty(2).await, Home::empty(3).await);
    let mut server = laptop.serve();
    let invitation = laptop.invitation(7);
    server.invite(&invitation);
    within(phone.join(&mut server, &invitation)).await;
    assert_eq!(refusal_of(&tablet, &invitation).await, Refusal::Used);

    // Should the welcome have been lost, the phone asks again; nobody has to confirm.
    let asking = within(ask(&phone.endpoint, &invitation, "phone", phone.unix_now())).await;
    let again = within(asking.expect("asked").welcome()).await.expect("welcome");
    assert_eq!(again.book, laptop.book());
}

#[tokio::test]
async fn a_declined_device_is_told_and_the_invitation_is_closed() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    let invitation = laptop.invitation(7);
    server.invite(&invitation);
    let asking =
        within(ask(&phone.endpoint, &invitation, "phone", phone.unix_now())).await.expect("asked");
    let entries = laptop.entries();
    asked(&mut server).await.decline();
    let error = within(asking.welcome()).await.expect_err("declined");
    assert!(matches!(error, JoinError::Refused(Refusal::Declined)), "{error}");
    assert_eq!(refusal_of(&phone, &invitation).await, Refusal::Closed);
    assert_eq!(laptop.entries(), entries);
}

#[tokio::test]
async fn a_withdrawn_invitation_is_closed() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let server = laptop.serve();
    let invitation = laptop.invitation(7);
    server.invite(&invitation);
    server.withdraw(invitation.id());
    assert_eq!(refusal_of(&phone, &invitation).await, Refusal::Closed);
}

#[tokio::test]
async fn while_one_device_is_looked_at_another_is_told_to_wait_and_may_come_when_it_leaves() {
    let (laptop, phone, tablet) =
        (Home::founded(1).await, Home::empty(2).await, Home::empty(3).await);
    let mut server = laptop.serve();
    let invitation = laptop.invitation(7);
    server.invite(&invitation);
    let asking =
        within(ask(&phone.endpoint, &invitation, "phone", phone.unix_now())).await.expect("asked");
    let request = asked(&mut server).await;
    assert_eq!(refusal_of(&tablet, &invitation).await, Refusal::Busy);

    drop(asking);
    let gone = |event| match event {
        Event::NotJoined { device, refusal: None } => Some(device),
        _ => None,
    };
    assert_eq!(wait_for(&mut server, gone).await, phone.device());
    drop(request);
    within(tablet.join(&mut server, &invitation)).await;
}

#[tokio::test]
async fn the_name_that_a_device_gives_itself_comes_with_the_first_sync() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let now = (laptop.clock)();
    let name = Change::NameDevice { device: laptop.device(), name: "laptop".to_owned() };
    laptop.store.write(|store| store.apply(&name, now)).expect("named");
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    let devices = phone.store.read(|store| store.ask(&goodword_core::query::Devices));
    let names: Vec<_> = devices.expect("devices").into_iter().map(|device| device.name).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&Some("laptop".to_owned())), "{names:?}");
    assert!(names.contains(&Some("phone".to_owned())), "{names:?}");
}

#[tokio::test]
async fn a_device_that_joined_a_joined_device_agrees_with_the_first() {
    let (laptop, phone, tablet) =
        (Home::founded(1).await, Home::empty(2).await, Home::empty(3).await);
    let mut laptop_serves = laptop.serve();
    phone.pair_with(&laptop, &mut laptop_serves).await;
    let mut phone_serves = phone.serve();
    tablet.pair_with(&phone, &mut phone_serves).await;
    assert_eq!(tablet.held(), phone.held());

    // The laptop has not heard of the tablet: a stranger, until it has met the phone.
    let called = tablet.sync_with(&laptop);
    assert!(matches!(called.await, Err(Error::Closed(crate::Closing::Stranger))));
    phone.sync_with(&laptop).await.expect("synced");
    tablet.sync_with(&laptop).await.expect("synced");
    assert_eq!(tablet.held(), laptop.held());
}

#[tokio::test]
async fn a_first_sync_that_never_happened_can_be_made_up_for() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    let invitation = laptop.invitation(7);
    server.invite(&invitation);
    let welcome = within(phone.join(&mut server, &invitation)).await;
    server.stop().await;
    let _server = laptop.serve();
    within(first_sync(&phone.endpoint, &welcome.inviter, &phone.store, &phone.clock))
        .await
        .expect("first sync");
    assert_eq!(phone.held(), laptop.held());
}
