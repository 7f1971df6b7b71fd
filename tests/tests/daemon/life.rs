//! How a daemon begins and ends, and what is left of it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use goodword_tests::Lab;
use goodword_tests::daemon::{Daemon, SOON, socket};
use goodword_tests::dice::{Dice, spin};

use super::{REFUSED, count};

#[test]
fn the_systems_signal_ends_it_cleanly() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    for signal in ["TERM", "INT"] {
        let daemon = Daemon::of(&home);
        home.ok(["add", "Ada Rilo"]);
        let done = daemon.end_by(signal);
        assert_eq!(done.code, Some(0), "{}", done.describe());
        assert!(done.stdout.ends_with("Ended.\n"), "{}", done.describe());
        assert!(!socket(&home).exists());
        assert!(!home.path().join("writer").exists());
        home.ok(["log", "ada", "coffee"]);
        home.ok(["undo"]);
        home.ok(["undo"]);
    }
}

#[test]
fn a_client_that_ends_it_is_answered_when_the_home_is_free() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    for _ in 0..5 {
        let daemon = Daemon::starting(&home);
        // The one before has just answered that it ended.
        let mut daemon = daemon;
        daemon.ready();
        let done = daemon.stop();
        assert_eq!(done.code, Some(0), "{}", done.describe());
        assert!(!socket(&home).exists());
    }
    home.fails(3, ["daemon", "stop"]);
}

#[test]
fn a_second_daemon_of_one_home_is_refused() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let first = Daemon::of(&home);
    let complaint = home.fails(REFUSED, ["daemon"]);
    assert!(complaint.contains("a daemon serves this home already"), "{complaint}");
    home.ok(["daemon", "status"]);
    home.ok(["add", "Ada Rilo"]);
    assert_eq!(first.stop().code, Some(0));
}

#[test]
fn a_daemon_without_a_book_says_how_to_begin_one() {
    let lab = Lab::new();
    let home = lab.home("nobody");
    let complaint = home.fails(3, ["daemon"]);
    assert!(complaint.contains("goodword init"), "{complaint}");
}

#[test]
fn a_daemon_that_is_started_while_a_command_writes_waits_for_it() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let mut writing = home.start(["sync", "--listen"]);
    writing.wait_for(SOON, |line| line.starts_with("Listening").then_some(()));
    let mut daemon = Daemon::starting(&home);
    let told = daemon.process().line(SOON).unwrap().to_owned();
    let writer = format!("`goodword sync` (process {}) is writing to this book", writing.id());
    assert!(told.starts_with(&writer), "{told}");
    writing.signal("INT");
    assert_eq!(writing.finish(SOON).code, Some(0));
    daemon.ready();
    home.ok(["add", "Ada Rilo"]);
    assert_eq!(daemon.stop().code, Some(0));
}

#[test]
fn a_daemon_that_waits_ends_by_a_signal_and_leaves_the_writer_alone() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let mut writing = home.start(["sync", "--listen"]);
    writing.wait_for(SOON, |line| line.starts_with("Listening").then_some(()));
    let mut daemon = Daemon::starting(&home);
    daemon.process().line(SOON).unwrap();
    assert_eq!(daemon.end_by("TERM").code, Some(0));
    let complaint = home.fails(REFUSED, ["add", "Ada Rilo"]);
    assert!(complaint.contains("`goodword sync`"), "{complaint}");
}

#[test]
fn after_a_kill_the_next_command_works_and_nothing_acknowledged_is_lost() {
    let mut dice = Dice::seeded(11);
    let lab = Lab::new();
    let home = lab.book("laptop");
    home.ok(["add", "Ada Rilo"]);
    for round in 0..4 {
        let daemon = Daemon::of(&home);
        let texts: Vec<String> = (0..12).map(|n| format!("talk {n} of round {round}")).collect();
        let logging: Vec<_> =
            texts.iter().map(|text| home.start(["log", "ada", text, "--json"])).collect();
        spin(dice.moment(std::time::Duration::from_millis(400)));
        daemon.kill();
        let done: Vec<_> = logging.into_iter().map(|log| log.finish(SOON)).collect();
        home.ok(["log", "ada", &format!("after round {round}"), "--json"]);
        for (text, done) in texts.iter().zip(done) {
            let found = count(&home, text);
            if done.code == Some(0) {
                assert_eq!(found, 1, "{text}: {}", done.describe());
            } else {
                assert!(found <= 1, "{text}: {}", done.describe());
                assert!(done.stdout.contains("the daemon went away"), "{}", done.describe());
            }
        }
        assert_eq!(count(&home, &format!("after round {round}")), 1);
    }
    home.ok(["doctor", "--rebuild"]);
    assert_eq!(Daemon::of(&home).stop().code, Some(0));
}

#[test]
fn its_socket_and_its_log_are_readable_by_their_owner_only() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    let daemon = Daemon::of(&home);
    for name in ["daemon.sock", "daemon.log"] {
        let mode = fs::metadata(home.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    daemon.stop();
}

#[cfg(target_os = "linux")]
#[test]
fn a_home_with_a_path_too_long_for_a_socket_has_a_daemon_all_the_same() {
    let lab = Lab::new();
    let home = lab.book(&format!("{}/{}", "long".repeat(20), "path".repeat(20)));
    assert!(socket(&home).as_os_str().len() > 160);
    let daemon = Daemon::of(&home);
    home.ok(["add", "Ada Rilo"]);
    home.ok(["daemon", "status"]);
    home.ok(["doctor", "--rebuild"]);
    assert_eq!(daemon.stop().code, Some(0));
    assert!(!socket(&home).exists());
}

#[test]
fn commands_given_while_it_ends_are_all_carried_out() {
    let lab = Lab::new();
    let home = lab.book("laptop");
    home.ok(["add", "Ada Rilo"]);
    for round in 0..3 {
        let daemon = Daemon::of(&home);
        let texts: Vec<String> = (0..10).map(|n| format!("talk {n} of round {round}")).collect();
        let mut running = Vec::new();
        for (n, text) in texts.iter().enumerate() {
            running.push(home.start(["log", "ada", text]));
            if n == 5 {
                running.push(home.start(["daemon", "stop"]));
            }
        }
        for command in running {
            let done = command.finish(SOON);
            assert_eq!(done.code, Some(0), "{}", done.describe());
        }
        drop(daemon);
        for text in texts {
            assert_eq!(count(&home, &text), 1, "{text}");
        }
    }
}
