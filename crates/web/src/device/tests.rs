//! A device of the page's kind beside one of the owner's others, in this process.

use std::sync::Arc;
use std::time::Duration;

use goodword_core::log::Key;
use goodword_core::model::NewPerson;
use goodword_core::store::Place;
use goodword_core::{Change, Now, Store};
use goodword_net::{Clock, Endpoint, Event, Invitation, Port, Purpose, Relay, SharedStore, serve};
use jiff::Timestamp;
use jiff::civil::date;
use serde_json::json;
use tokio::sync::mpsc;

use super::{Device, Kind, Told};

/// Far beyond what any step takes.
const PATIENCE: Duration = Duration::from_secs(60);

const SECONDS: i64 = 1_793_606_400;

fn now() -> Now {
    Now { at: Timestamp::from_second(SECONDS).unwrap(), today: date(2026, 11, 2) }
}

fn clock() -> Clock {
    Arc::new(now)
}

fn phone() -> (Device, mpsc::UnboundedReceiver<Told>) {
    let (tell, told) = mpsc::unbounded_channel();
    let hear = Arc::new(move |one| drop(tell.send(one)));
    let key = Key::from_bytes(&[2; 32]);
    let device = Device::open(&Place::memory(), true, key, [2; 32], clock(), hear).unwrap();
    (device, told)
}

#[test]
fn a_device_without_a_book_tells_so_and_takes_no_changes() {
    let (phone, _told) = phone();
    let status = phone.status().unwrap();
    assert!(!status.has_book && !status.is_admitted && !status.online && status.peers.is_empty());
    let add = json!({ "AddPerson": { "name": "Ada Rilo", "edits": [] } });
    assert_eq!(phone.apply(add).unwrap_err().kind, Kind::User);
}

#[test]
fn what_is_no_question_and_no_change_is_of_another_version() {
    let (phone, _told) = phone();
    assert_eq!(phone.apply(json!({ "Fly": {} })).unwrap_err().kind, Kind::Version);
    assert_eq!(phone.ask("fly", json!({})).unwrap_err().kind, Kind::Version);
    assert_eq!(phone.ask("find", json!({ "fly": 1 })).unwrap_err().kind, Kind::Version);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_device_joins_by_a_relay_and_both_see_what_either_writes() {
    let key = Key::from_bytes(&[1; 32]);
    let mut laptop = Store::create(&Place::memory(), key.clone(), [1; 32]).unwrap();
    laptop.found([9; 32], now()).unwrap();
    let person = NewPerson { name: "Ada Rilo".to_owned(), edits: Vec::new() };
    laptop.apply(&Change::AddPerson(person), now()).unwrap();
    let laptop = SharedStore::new(laptop);
    let relay = Relay::start(key.device()).await.unwrap();
    let endpoint = Endpoint::bind(&key, relay.mode(), Port::Any).await.unwrap();
    let mut address = endpoint.settled_address(PATIENCE).await;
    address.direct.clear();
    let book = laptop.read(|store| store.book()).unwrap();
    let expires = SECONDS as u64 + 60;
    let invitation = Invitation::new(Purpose::OwnDevice, &book, address, [7; 16], expires);
    let invitation = invitation.unwrap();
    let mut server = serve(&endpoint, &laptop, &clock());
    server.invite(&invitation);
    tokio::spawn(async move {
        while let Some(event) = server.next().await {
            if let Event::Asked(request) = event {
                request.accept();
            }
        }
    });

    let (phone, mut told) = phone();
    let text = invitation.text().as_str().to_owned();
    tokio::time::timeout(PATIENCE, phone.join(&text, "phone")).await.unwrap().unwrap();
    assert!(matches!(told.recv().await, Some(Told::Compare { .. })));
    assert_eq!(phone.ask("status", json!(null)).unwrap()["people"], 1);
    assert_eq!(phone.join(&text, "phone").await.unwrap_err().kind, Kind::User);

    let mut changes = laptop.changes();
    phone.apply(json!({ "AddPerson": { "name": "Bo Nato", "edits": [] } })).unwrap();
    let people = || laptop.read(|store| store.ask(&goodword_core::query::Status)).unwrap().people;
    let seen = async {
        while people() < 2 {
            changes.changed().await.unwrap()
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap();
    endpoint.close().await;
}
