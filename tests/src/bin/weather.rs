//! Bad weather between two networks: passes datagrams on, late and not all of them.
//!
//! Runs where the packets of both sides end although none is addressed to it, and sends each from
//! the address from which it came: to the devices it is a plain router. No kernel support for
//! delay or loss is needed. Reads `cut` and `heal` line by line, and says when it is so.

#![allow(clippy::print_stdout, reason = "it is spoken with line by line")]

use std::collections::BTreeMap;
use std::env;
use std::io::{self, BufRead, Write};
use std::net::{SocketAddr, UdpSocket};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{sleep, spawn};
use std::time::{Duration, Instant};

use goodword_tests::dice::Dice;

/// Bytes of the largest datagram there is.
const DATAGRAM_BYTES_MAX: usize = 65_536;

/// A datagram on its way.
struct Underway {
    due: Instant,
    /// Bound to the address from which it came.
    from: Arc<UdpSocket>,
    to: SocketAddr,
    bytes: Vec<u8>,
}

struct Weather {
    /// One in a thousand of these is lost.
    loss_per_mille: u64,
    delay: Duration,
    dice: Mutex<Dice>,
    is_cut: AtomicBool,
    /// Every address that is stood in for.
    sockets: Mutex<BTreeMap<SocketAddr, Arc<UdpSocket>>>,
    underway: Sender<Underway>,
}

fn main() -> ExitCode {
    let Some((weather, underway, addresses)) = arguments() else {
        println!("usage: weather LOSS-PER-MILLE DELAY-MS SEED ADDRESS...");
        return ExitCode::from(2);
    };
    let weather = Arc::new(weather);
    for address in addresses {
        if let Err(error) = weather.stand_in_for(address) {
            println!("{address}: {error}");
            return ExitCode::FAILURE;
        }
    }
    let deliverer = weather.clone();
    spawn(move || deliverer.deliver(&underway));
    say("ready");
    for line in io::stdin().lock().lines() {
        match line.as_deref() {
            Ok("cut") => weather.is_cut.store(true, Ordering::SeqCst),
            Ok("heal") => weather.is_cut.store(false, Ordering::SeqCst),
            Ok(_) => continue,
            Err(_) => break,
        }
        say("done");
    }
    ExitCode::SUCCESS
}

fn arguments() -> Option<(Weather, Receiver<Underway>, Vec<SocketAddr>)> {
    let mut arguments = env::args().skip(1);
    let mut number = || arguments.next()?.parse::<u64>().ok();
    let (loss_per_mille, delay, seed) = (number()?, number()?, number()?);
    let addresses = arguments.map(|text| text.parse().ok()).collect::<Option<_>>()?;
    let (sender, underway) = channel();
    let weather = Weather {
        loss_per_mille,
        delay: Duration::from_millis(delay),
        dice: Mutex::new(Dice::seeded(seed)),
        is_cut: AtomicBool::new(false),
        sockets: Mutex::default(),
        underway: sender,
    };
    Some((weather, underway, addresses))
}

fn say(word: &str) {
    let mut out = io::stdout().lock();
    // Whoever listened may have gone; the end of the input tells.
    let _ = writeln!(out, "{word}").and_then(|()| out.flush());
}

impl Weather {
    /// Takes in what is sent to `address`, and sends from there.
    fn stand_in_for(self: &Arc<Self>, address: SocketAddr) -> io::Result<Arc<UdpSocket>> {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(socket) = sockets.get(&address) {
            return Ok(socket.clone());
        }
        let socket = Arc::new(UdpSocket::bind(address)?);
        sockets.insert(address, socket.clone());
        let (weather, listening) = (self.clone(), socket.clone());
        spawn(move || weather.listen(address, &listening));
        Ok(socket)
    }

    fn listen(self: &Arc<Self>, to: SocketAddr, socket: &UdpSocket) {
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        while let Ok((length, sender)) = socket.recv_from(&mut buffer) {
            let due = Instant::now() + self.delay;
            let is_lost = {
                let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
                dice.below(1000) < self.loss_per_mille
            };
            if is_lost || self.is_cut.load(Ordering::SeqCst) {
                continue;
            }
            // Whoever sends is also somebody to be answered.
            let Ok(from) = self.stand_in_for(sender) else { continue };
            let bytes = buffer[..length].to_vec();
            if self.underway.send(Underway { due, from, to, bytes }).is_err() {
                return;
            }
        }
    }

    /// All are equally late, so they arrive in the order in which they left.
    fn deliver(&self, underway: &Receiver<Underway>) {
        while let Ok(datagram) = underway.recv() {
            sleep(datagram.due.saturating_duration_since(Instant::now()));
            if !self.is_cut.load(Ordering::SeqCst) {
                // A datagram may get lost, also here.
                let _ = datagram.from.send_to(&datagram.bytes, datagram.to);
            }
        }
    }
}
