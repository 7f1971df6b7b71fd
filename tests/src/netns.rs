//! Networks of their own for the processes of a test, on Linux and for who may make them.
//!
//! Each namespace has a loopback, one wire, and nothing else: what is not laid here is not there.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::process::Running;

/// How long a process of the network may take to do as it is told.
const SOON: Duration = Duration::from_secs(10);

/// A network namespace, gone when dropped.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes one; `None` if this machine, or this user, has none to give.
    pub fn new() -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("goodword-{}-{n}", std::process::id());
        if !succeeds(&["netns", "add", &name]) {
            return None;
        }
        let namespace = Self { name };
        succeeds(&["-n", &namespace.name, "link", "set", "lo", "up"]).then_some(namespace)
    }

    /// Its name, for `ip netns exec`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `ip` in it.
    ///
    /// # Panics
    /// If that fails.
    #[track_caller]
    pub fn ip(&self, words: &str) {
        let words: Vec<_> = ["-n", &self.name].into_iter().chain(words.split(' ')).collect();
        assert!(succeeds(&words), "ip {}", words.join(" "));
    }

    /// Lays a wire between `here` in this namespace and `there` in another one.
    #[track_caller]
    pub fn wire(&self, here: &str, other: &Self, there: &str) {
        self.ip(&format!("link add {here} type veth peer name {there} netns {}", other.name));
        self.ip(&format!("link set {here} up"));
        other.ip(&format!("link set {there} up"));
    }

    /// Gives the device at the end of a wire its one address in a network of 256, with everything
    /// else behind `router`, if there is one.
    #[track_caller]
    pub fn readdress(&self, wire: &str, address: Ipv4Addr, router: Option<Ipv4Addr>) {
        self.ip(&format!("addr flush dev {wire}"));
        self.ip(&format!("addr add {address}/24 dev {wire}"));
        match router {
            Some(router) => self.ip(&format!("route add default via {router} dev {wire}")),
            None => self.ip(&format!("route add default dev {wire}")),
        }
    }

    /// The command that runs `program` in here.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name, program]);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        succeeds(&["netns", "del", &self.name]);
    }
}

/// Two networks with bad weather between them, and no other way.
#[derive(Debug)]
pub struct Divide {
    /// Each with its device's end of the wire, called `wire`.
    pub sides: [Namespace; 2],
    between: Namespace,
}

impl Divide {
    /// Lays it out; `None` where that is not permitted.
    pub fn new() -> Option<Self> {
        let divide =
            Self { sides: [Namespace::new()?, Namespace::new()?], between: Namespace::new()? };
        let between = &divide.between;
        for (n, side) in divide.sides.iter().enumerate() {
            let end = ["left", "right"][n];
            between.wire(end, side, "wire");
            between.ip(&format!("addr add {}/24 dev {end}", Self::router(n)));
            // Everybody's addresses are its own …
            between.ip(&format!("route add local 10.91.{}.0/24 dev lo table local", n + 1));
            // … for what comes in: taken in, whoever it is for, instead of passed on.
            between.ip(&format!("rule add pref {} iif {end} lookup local", n + 1));
        }
        // What goes out goes to the others, from whatever address.
        between.ip("rule add pref 10 lookup main");
        between.ip("rule add pref 20 lookup local");
        between.ip("rule del pref 0");
        divide.move_to(0, 2);
        divide.move_to(1, 2);
        Some(divide)
    }

    /// An address on one side.
    pub fn address(side: usize, host: u8) -> Ipv4Addr {
        let network = u8::try_from(side + 1).expect("two sides");
        Ipv4Addr::new(10, 91, network, host)
    }

    fn router(side: usize) -> Ipv4Addr {
        Self::address(side, 1)
    }

    /// Gives the device on one side another address, as another access point would.
    #[track_caller]
    pub fn move_to(&self, side: usize, host: u8) {
        self.sides[side].readdress("wire", Self::address(side, host), Some(Self::router(side)));
    }

    /// Begins to pass on what is sent to `addresses`, and what those send who do.
    #[track_caller]
    pub fn weather(
        &self,
        program: &str,
        loss_per_mille: u32,
        delay: Duration,
        addresses: &[SocketAddr],
    ) -> Weather {
        let mut command = self.between.command(program);
        let seed = 7;
        command
            .args([loss_per_mille.to_string(), delay.as_millis().to_string(), seed.to_string()])
            .args(addresses.iter().map(ToString::to_string))
            .stdin(Stdio::piped());
        let mut running = Running::start(command);
        running.wait_for(SOON, |line| (line == "ready").then_some(()));
        Weather { running }
    }
}

/// What happens to datagrams between two networks.
pub struct Weather {
    running: Running,
}

impl Weather {
    /// Nothing passes any more.
    #[track_caller]
    pub fn cut(&mut self) {
        self.order("cut\n");
    }

    /// The rest passes again.
    #[track_caller]
    pub fn heal(&mut self) {
        self.order("heal\n");
    }

    #[track_caller]
    fn order(&mut self, order: &str) {
        self.running.say(order);
        self.running.wait_for(SOON, |line| (line == "done").then_some(()));
    }
}

fn succeeds(words: &[&str]) -> bool {
    let mut command = Command::new("ip");
    command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
