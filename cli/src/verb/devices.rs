//! `devices`: which devices have the book.

use std::time::Duration;

use clap::{Args, Subcommand};
use goodword_core::Change;
use goodword_core::query::{DeviceLine, Devices as Question};
use goodword_core::roster::Recovery;
use goodword_core::store::Reader;
use goodword_daemon::{Reply, Request};
use goodword_net::Peer;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::operations::when;
use crate::context::Context;
use crate::error::CliError;
use crate::phrase::RecoveryKey;
use crate::screen::{Ink, Screen};
use crate::table::{Cell, Column, Table};
use crate::text;

/// Lists the devices that have your book, and when this one last met them
///
///   goodword devices
///   goodword devices rename 9f3c21ab phone
///   goodword devices remove phone          asks for the recovery phrase
///
/// A device that is removed gets nothing more from the others, and what it writes from then on
/// counts nowhere; what it has read it has read. It can not be brought back: pair it again.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Devices {
    #[command(subcommand)]
    act: Option<Act>,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Names a device; all your devices see the name
    Rename {
        /// The beginning of its id, or its name
        device: String,
        /// What to call it
        name: String,
    },
    /// Removes a device that was lost, stolen or given away; needs the recovery phrase
    Remove {
        /// The beginning of its id, or its name
        device: String,
        /// Reads the recovery phrase from stdin
        #[arg(long)]
        stdin: bool,
    },
}

#[derive(Serialize)]
struct Listed {
    devices: Vec<Peer>,
}

/// The role of the seeker's own devices.
const OWNER: &str = "owner";

/// How long the daemon may take to say who is in touch.
const PATIENCE: Duration = Duration::from_millis(500);

impl Listed {
    /// The devices as the store knows them, and as the daemon does if there is one.
    fn of(context: &Context, lines: Vec<DeviceLine>) -> Self {
        let mut peers = peers(context).unwrap_or_default();
        let devices = lines.into_iter().map(|line| {
            let known = peers.iter().position(|peer| peer.line.device == line.device);
            known.map_or(Peer { line, connected: false }, |at| peers.swap_remove(at))
        });
        Self { devices: devices.collect() }
    }
}

fn peers(context: &Context) -> Option<Vec<Peer>> {
    let mut daemon = context.home.daemon().ok()??;
    daemon.wait_at_most(PATIENCE).ok()?;
    match daemon.ask(&Request::Status).ok()? {
        Reply::Status(status) => Some(status.peers),
        _ => None,
    }
}

impl Devices {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        match &self.act {
            Some(Act::Rename { device, name }) => return rename(context, device, name),
            Some(Act::Remove { device, stdin }) => return remove(context, device, *stdin),
            None => {}
        }
        let reader = context.read()?;
        let now = context.now(&reader)?;
        let zone = context.zone(&reader)?;
        let listed = Listed::of(context, reader.ask(&Question)?);
        let screen = context.output.screen(now.today);
        context.output.answer(&listed, || draw(&listed.devices, &zone, now.today, &screen))
    }
}

fn rename(context: &Context, device: &str, name: &str) -> Result<(), CliError> {
    let reader = context.read()?;
    let now = context.now(&reader)?;
    let one = find(&reader, device)?;
    let change = Change::NameDevice { device: one.device, name: name.to_owned() };
    context.apply(&change, now)?;
    let listed = Listed::of(context, context.read()?.ask(&Question)?);
    let before = called(&one);
    context.output.answer(&listed, || format!("{before} is {name} from here on.\n"))
}

fn find(reader: &Reader, device: &str) -> Result<DeviceLine, CliError> {
    let is_it = |line: &DeviceLine| {
        line.device.to_string().starts_with(device) || line.name.as_deref() == Some(device)
    };
    let mut found = reader.ask(&Question)?.into_iter().filter(is_it);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => Err(CliError::not_found(format!("several devices match `{device}`"))
            .hint("give more of the id that `goodword devices` shows")),
        (None, _) => Err(CliError::not_found(format!("no device `{device}`"))
            .hint("`goodword devices` lists them")),
    }
}

fn called(line: &DeviceLine) -> String {
    line.name.clone().unwrap_or_else(|| line.device.short())
}

fn remove(context: &Context, device: &str, stdin: bool) -> Result<(), CliError> {
    let reader = context.read()?;
    let now = context.now(&reader)?;
    let one = find(&reader, device)?;
    let name = called(&one);
    if one.removed {
        return Err(CliError::refused(format!("{name} was removed already")));
    }
    if one.here {
        return Err(CliError::refused("a device does not remove itself")
            .hint("remove it on another of your devices, or delete its home directory"));
    }
    if one.role != OWNER {
        return Err(CliError::refused(format!("{name} is not one of your own devices")));
    }
    let key = RecoveryKey::ask(context, &context.authority()?, stdin)?;
    let accepted = reader.heads_of(&one.device)?;
    let said = Recovery::RemoveDevice { device: one.device, accepted };
    context.apply(&Change::Recovery { statement: key.sign(said) }, now)?;
    let listed = Listed::of(context, context.read()?.ask(&Question)?);
    let others = listed.devices.iter().filter(|peer| !peer.line.here && !peer.line.removed);
    let others: Vec<String> = others.map(|peer| called(&peer.line)).collect();
    context.output.answer(&listed, || removed(&name, one.entries, &others))
}

fn removed(name: &str, entries: u64, others: &[String]) -> String {
    let entries = text::count(entries, "entry", "entries");
    let mut out = format!(
        "{name} is removed for good. What it wrote and was received here counts ({entries}); what \
         it writes from here on counts nowhere. What it has read, it has read.\n"
    );
    if !others.is_empty() {
        out.push_str(&format!(
            "{} will hear of it at the next sync, and until then may still talk to {name}.\n",
            text::list(others)
        ));
    }
    out
}

fn draw(devices: &[Peer], zone: &TimeZone, today: Date, screen: &Screen) -> String {
    let mut table = Table::new([
        Column::new("name").ink(Ink::Name).shrinks(),
        Column::new("id").ink(Ink::Dim),
        Column::new("role"),
        Column::new("last met"),
        Column::new("entries"),
        Column::new("").ink(Ink::Warn),
    ]);
    for Peer { line, connected } in devices {
        let met = match (line.here, connected, line.last_met) {
            (true, _, _) => "this device".to_owned(),
            (false, true, _) => "in touch".to_owned(),
            (false, false, Some(millis)) => when(millis, zone, today),
            (false, false, None) => "never from here".to_owned(),
        };
        let waits = match line.waiting {
            Some(count) if count > 0 && !line.here && !line.removed => {
                format!("{} for it", text::count(count, "change waits", "changes wait"))
            }
            _ if line.forked.is_some() && !line.removed => {
                "two copies in use; see `goodword doctor`".to_owned()
            }
            _ if line.copied.is_some() => "copied; see `goodword doctor`".to_owned(),
            _ => String::new(),
        };
        let role = if line.removed { "removed" } else { &line.role };
        table.row([
            line.name.clone().unwrap_or_default().into(),
            line.device.short().into(),
            Cell::inked(role, if line.removed { Ink::Bad } else { Ink::Dim }),
            met.into(),
            line.entries.to_string().into(),
            waits.into(),
        ]);
    }
    let mut out = table.draw(screen);
    if devices.len() == 1 {
        out.push_str("Only this device has the book; `goodword pair` adds another.\n");
    }
    out
}
