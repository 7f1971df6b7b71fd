//! Peers that do not keep to the protocol.

use iroh::endpoint::Connection;

use super::lab::{Home, wait_for, within};
use crate::endpoint::{JOIN_ALPN, SYNC_ALPN};
use crate::join::frame::{self, Answer, Ask};
use crate::{Closing, Error, Event, Invitation, JoinError, Purpose, Refusal, ask, limits};

async fn ask_wrongly(home: &Home, invitation: &Invitation) -> Answer {
    let connection = within(home.endpoint.connect(&invitation.address, JOIN_ALPN)).await;
    let connection = connection.expect("connected");
    let (mut send, mut recv) = connection.open_bi().await.expect("a stream");
    let ask = Ask {
        invitation: invitation.id(),
        purpose: Purpose::OwnDevice.number(),
        device_name: "phone".to_owned(),
        proof: [0; 32],
    };
    frame::write(&mut send, &ask).await.expect("written");
    within(frame::read(&mut recv)).await.expect("an answer")
}

#[tokio::test]
async fn wrong_proofs_close_the_invitation_for_everybody() {
    let (laptop, phone, guesser) =
        (Home::founded(1).await, Home::empty(2).await, Home::empty(3).await);
    let server = laptop.serve();
    let invitation = laptop.invitation(7);
    server.invite(&invitation);
    for _ in 1..limits::WRONG_PROOFS_MAX {
        let answer = ask_wrongly(&guesser, &invitation).await;
        assert!(matches!(answer, Answer::Refused(n) if n == Refusal::Unknown.number()));
    }
    let answer = ask_wrongly(&guesser, &invitation).await;
    assert!(matches!(answer, Answer::Refused(n) if n == Refusal::Closed.number()));
    let refused = within(ask(&phone.endpoint, &invitation, "phone", phone.unix_now())).await;
    assert!(matches!(refused, Err(JoinError::Refused(Refusal::Closed))));
}

#[tokio::test]
async fn an_inviter_that_does_not_know_the_secret_is_an_impostor() {
    let (impostor, phone) = (Home::founded(1).await, Home::empty(2).await);
    let invitation = impostor.invitation(7);
    let answers = async {
        let incoming = impostor.endpoint.accept().await.expect("a call");
        let connection: Connection = incoming.await.expect("a handshake");
        let (mut send, mut recv) = connection.accept_bi().await.expect("a stream");
        let _: Ask = frame::read(&mut recv).await.expect("an ask");
        frame::write(&mut send, &Answer::Proven([0; 32])).await.expect("written");
        connection.closed().await
    };
    let asks = async {
        // Dropping the result closes the connection.
        ask(&phone.endpoint, &invitation, "phone", phone.unix_now()).await.expect_err("an impostor")
    };
    let (error, _) = within(async { tokio::join!(asks, answers) }).await;
    assert!(matches!(error, JoinError::Impostor), "{error}");
}

#[tokio::test]
async fn a_welcome_to_another_book_is_not_taken() {
    let (laptop, phone, other) =
        (Home::founded(1).await, Home::empty(2).await, Home::founded(4).await);
    let mut server = laptop.serve();
    let mut invitation = laptop.invitation(7);
    invitation.book = other.invitation(7).book;
    server.invite(&invitation);
    let asking =
        within(ask(&phone.endpoint, &invitation, "phone", phone.unix_now())).await.expect("asked");
    super::lab::asked(&mut server).await.accept();
    let error = within(asking.welcome()).await.expect_err("another book");
    assert!(matches!(error, JoinError::OtherBook), "{error}");
}

#[tokio::test]
async fn garbage_ends_the_connection_and_nothing_else() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    let address = laptop.address();
    let frames: [&[u8]; 4] = [&[0xff; 64], &[3, 0, 0, 0, 9, 9, 9], &[0; 4], &[200, 0, 0, 0, 1]];
    for bytes in frames {
        let connection =
            within(phone.endpoint.connect(&address, JOIN_ALPN)).await.expect("connected");
        let (mut send, _recv) = connection.open_bi().await.expect("a stream");
        send.write_all(bytes).await.expect("written");
        send.finish().expect("finished");
        let error = Error::from_connection(&within(connection.closed()).await);
        assert!(matches!(error, Error::Closed(Closing::Mistake)), "{error}");
    }
    phone.pair_with(&laptop, &mut server).await;
    assert_eq!(phone.held(), laptop.held());
}

#[tokio::test]
async fn garbage_from_a_device_of_the_book_ends_its_session_and_nothing_else() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    let address = laptop.address();
    let (no_frame, no_such_kind) = ([&[0], &[0xff; 64][..]].concat(), vec![2; 8]);
    for bytes in [no_frame, no_such_kind] {
        let connection =
            within(phone.endpoint.connect(&address, SYNC_ALPN)).await.expect("connected");
        let (mut send, _recv) = connection.open_bi().await.expect("a stream");
        send.write_all(&bytes).await.expect("written");
        let error = Error::from_connection(&within(connection.closed()).await);
        assert!(matches!(error, Error::Closed(Closing::Mistake)), "{error}");
        let failed = |event| matches!(event, Event::Failed { .. }).then_some(());
        wait_for(&mut server, failed).await;
    }

    phone.sync_with(&laptop).await.expect("synced");
}

#[tokio::test]
async fn a_peer_has_one_stream_and_no_datagrams_to_fill() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let mut server = laptop.serve();
    phone.pair_with(&laptop, &mut server).await;
    let connection = within(phone.endpoint.connect(&laptop.address(), SYNC_ALPN)).await;
    let connection = connection.expect("connected");
    let _stream = within(connection.open_bi()).await.expect("a stream");
    tokio::select! {
        biased;
        stream = connection.open_bi() => panic!("a second stream: {}", stream.is_ok()),
        stream = connection.open_uni() => panic!("a stream one way: {}", stream.is_ok()),
        () = std::future::ready(()) => {}
    }
    assert_eq!(connection.max_datagram_size(), None);
}

#[tokio::test]
async fn an_endpoint_with_another_protocol_is_told_apart_from_one_that_is_not_there() {
    let (laptop, phone) = (Home::founded(1).await, Home::empty(2).await);
    let _server = laptop.serve();
    let address = laptop.address();
    let called = phone.endpoint.connect(&address, b"goodword/sync/999");
    let error = within(called).await.expect_err("no such protocol");
    assert!(matches!(error, Error::OtherProtocol { .. }), "{error}");
}
