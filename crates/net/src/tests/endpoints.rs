//! Endpoints by themselves: ports, addresses, calls that cannot succeed.

use std::time::Duration;

use goodword_core::log::Key;

use super::lab::{Home, within};
use crate::endpoint::SYNC_ALPN;
use crate::{Address, Endpoint, Error, Mode, Port, usual_ports};

#[tokio::test]
async fn a_device_listens_on_its_usual_port_and_on_another_if_that_is_taken() {
    let key = Key::from_bytes(&[41; 32]);
    let first = Endpoint::bind(&key, Mode::Loopback, Port::Usual).await.expect("bound");
    let second = Endpoint::bind(&key, Mode::Loopback, Port::Usual).await.expect("bound");
    let port = |endpoint: &Endpoint| endpoint.address().direct[0].port();
    assert!(usual_ports(key.device()).contains(&port(&first)));
    assert_ne!(port(&first), port(&second));
}

#[tokio::test]
async fn an_address_on_the_loopback_is_known_at_once_and_leads_to_the_device() {
    let (laptop, phone) = (Home::empty(1).await, Home::empty(2).await);
    let address = within(laptop.endpoint.settled_address(Duration::from_secs(30))).await;
    assert_eq!(address, laptop.address());
    assert!(address.direct.iter().all(|socket| socket.ip().is_loopback()), "{address:?}");
    assert_eq!(address.direct.len(), 1);
    let (connected, incoming) = tokio::join!(phone.endpoint.connect(&address, SYNC_ALPN), async {
        laptop.endpoint.accept().await.expect("a call").await
    });
    let connection = connected.expect("connected");
    assert_eq!(crate::endpoint::peer(&connection), laptop.device());
    assert_eq!(crate::endpoint::peer(&incoming.expect("a handshake")), phone.device());
}

#[tokio::test]
async fn a_device_does_not_call_itself() {
    let laptop = Home::empty(1).await;
    let error = laptop.endpoint.connect(&laptop.address(), SYNC_ALPN).await.expect_err("itself");
    assert!(matches!(error, Error::Oneself));
}

#[tokio::test]
async fn a_relay_that_is_not_a_url_is_refused() {
    let key = Key::from_bytes(&[42; 32]);
    for url in ["relay", &format!("https://{}/", "r".repeat(100))] {
        let mode = Mode::OwnRelay(url.to_owned());
        let error = Endpoint::bind(&key, mode, Port::Any).await.expect_err("no URL");
        assert!(matches!(error, Error::BadRelay { .. }), "{error}");
    }
}

#[tokio::test]
async fn without_a_lookup_a_device_without_a_way_to_it_is_unreachable_at_once() {
    let (laptop, phone) = (Home::empty(1).await, Home::empty(2).await);
    let address = Address::of(laptop.device());
    let error = phone.endpoint.connect(&address, SYNC_ALPN).await.expect_err("no way");
    assert!(matches!(error, Error::Unreachable { device } if device == laptop.device()));
}

#[tokio::test]
async fn a_device_that_may_use_a_relay_has_an_address_also_when_there_is_none() {
    let key = Key::from_bytes(&[43; 32]);
    let mode = Mode::OwnRelay("https://relay.invalid/".to_owned());
    let endpoint = Endpoint::bind(&key, mode, Port::Any).await.expect("bound");
    let address = within(endpoint.settled_address(Duration::from_millis(50))).await;
    assert_eq!((address.device, address.relay), (key.device(), None));
}
