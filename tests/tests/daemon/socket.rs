//! What comes through the socket and is no honest call: refused, and the daemon lives on.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

use goodword_tests::daemon::Daemon;
use goodword_tests::{Home, Lab};
use serde_json::{Value, json};

/// Sends bytes, and says nothing more.
fn send(daemon: &Daemon, bytes: &[u8]) -> UnixStream {
    let mut stream = UnixStream::connect(daemon.socket()).unwrap();
    stream.write_all(bytes).unwrap();
    stream
}

/// A message as it travels.
fn message(json: &[u8]) -> Vec<u8> {
    let length = u32::try_from(json.len()).unwrap().to_be_bytes();
    [&length, json].concat()
}

fn call(version: u32, request: &Value) -> Vec<u8> {
    message(json!({"version": version, "request": request}).to_string().as_bytes())
}

/// The next answer.
fn answer(stream: &mut UnixStream) -> Value {
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut json = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut json).unwrap();
    serde_json::from_slice(&json).unwrap()
}

/// What comes until the daemon hangs up.
fn rest(mut stream: UnixStream) -> Vec<u8> {
    let mut rest = Vec::new();
    // A daemon that hangs up with bytes unread resets the connection.
    let _ = stream.read_to_end(&mut rest);
    rest
}

fn lives(home: &Home) {
    home.ok(["daemon", "status"]);
    home.ok(["add", "Ada Rilo"]);
}

#[test]
fn what_is_no_message_is_refused_and_hung_up_on() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let daemon = Daemon::of(&home);
    let nested = message("[".repeat(100_000).as_bytes());
    let not_json = message(b"good morning");
    let not_a_call = message(b"{\"hello\": 1}");
    let too_long: &[u8] = &[0xff, 0xff, 0xff, 0xff, b'{'];
    let web: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for bytes in [too_long, web, &nested, &not_json, &not_a_call] {
        let mut stream = send(&daemon, bytes);
        assert_eq!(answer(&mut stream), json!({"Failed": "Unknown"}));
        assert_eq!(rest(stream), b"");
        lives(&home);
    }
    daemon.stop();
}

#[test]
fn a_message_that_breaks_off_is_nobodys_loss() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let daemon = Daemon::of(&home);
    let whole = call(1, &json!("Status"));
    for end in [0, 2, 4, 10, whole.len() - 1] {
        let stream = send(&daemon, &whole[..end]);
        stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(rest(stream), b"", "after {end} bytes");
    }
    // One that claims much and sends little costs little, for as long as it likes.
    let _waits = send(&daemon, &[0x07, 0xff, 0xff, 0xff, b'{']);
    lives(&home);
    assert_eq!(daemon.stop().code, Some(0));
}

#[test]
fn a_request_that_it_does_not_know_is_refused_and_the_next_one_answered() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let daemon = Daemon::of(&home);
    let mut stream = send(&daemon, &call(1, &json!("Dance")));
    assert_eq!(answer(&mut stream), json!({"Failed": "Unknown"}));
    let now = json!({"at": "2026-11-23T08:00:00Z", "today": "2026-11-23"});
    let unknown = [
        json!({"Apply": {"change": {"PaintPerson": {}}, "now": now}}),
        json!({"Ask": {"name": "weather", "question": null}}),
        json!({"Ask": {"name": "people", "question": {"limit": "many"}}}),
        json!({"Decide": {"device": "me", "accept": true}}),
        json!(null),
    ];
    for request in unknown {
        stream.write_all(&call(1, &request)).unwrap();
        assert_eq!(answer(&mut stream), json!({"Failed": "Unknown"}), "{request}");
    }
    for request in [json!({"Pair": {"seconds": u64::MAX}}), json!({"Pair": {"seconds": 86_401}})] {
        stream.write_all(&call(1, &request)).unwrap();
        assert!(answer(&mut stream)["Failed"]["Other"].is_string(), "{request}");
    }
    stream.write_all(&call(1, &json!("Waiting"))).unwrap();
    assert_eq!(answer(&mut stream), json!({"Waiting": []}));
    lives(&home);
    daemon.stop();
}

#[test]
fn a_client_of_another_version_is_told_so_and_can_still_end_it() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let daemon = Daemon::of(&home);
    let mut stream = send(&daemon, &call(2, &json!("Status")));
    assert_eq!(answer(&mut stream), json!({"Failed": {"OtherVersion": 1}}));
    lives(&home);
    stream.write_all(&call(2, &json!("Stop"))).unwrap();
    assert_eq!(answer(&mut stream), json!("Yes"));
    home.fails(3, ["daemon", "status"]);
    home.ok(["ls"]);
}

#[test]
fn more_clients_than_it_serves_at_a_time_wait_their_turn() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let daemon = Daemon::of(&home);
    let idle: Vec<UnixStream> =
        (0..goodword_daemon::limits::CLIENTS_MAX).map(|_| send(&daemon, b"")).collect();
    let waiting = home.start(["add", "Ada Rilo"]);
    drop(idle);
    let done = waiting.finish(goodword_tests::daemon::SOON);
    assert_eq!(done.code, Some(0), "{}", done.describe());
    assert_eq!(daemon.stop().code, Some(0));
}
