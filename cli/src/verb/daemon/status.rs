//! `daemon status`: who is in touch, what waits, how large the store is.

use goodword_daemon::{Reply, Request, Status};
use goodword_net::Peer;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::not_running;
use crate::context::Context;
use crate::error::CliError;
use crate::screen::Screen;
use crate::table::{Cell, Column, Table};
use crate::text;
use crate::verb::operations::when;

pub(super) fn run(context: &Context) -> Result<(), CliError> {
    let Some(mut daemon) = context.home.daemon()? else {
        return Err(not_running());
    };
    let mut status = match daemon.ask(&Request::Status)? {
        Reply::Status(status) => *status,
        Reply::Failed(failure) => return Err(failure.into()),
        _ => return Err(CliError::failed("the daemon does not tell how it stands")),
    };
    status.store.store_bytes = std::fs::metadata(context.home.store_path())?.len();
    let reader = context.read()?;
    let today = context.now(&reader)?.today;
    let zone = context.zone(&reader)?;
    let screen = context.output.screen(today);
    context.output.answer(&status, || draw(&status, &zone, today, &screen))
}

fn draw(status: &Status, zone: &TimeZone, today: Date, screen: &Screen) -> String {
    let since = when(status.since, zone, today);
    let mut out = format!("Runs since {since} (process {}).\n", status.process);
    if let Some(answers) = status.relay {
        out.push_str(if answers { "The relay answers.\n" } else { "The relay does not answer.\n" });
    }
    for one in &status.waiting {
        let name = text::clean(&one.name).into_owned();
        out.push_str(&format!(
            "{name} asks to join and shows {}: `goodword pair --confirm {}`.\n",
            one.code,
            one.device.short()
        ));
    }
    let mut table = Table::new([Column::default(), Column::default(), Column::default()]);
    for peer in &status.peers {
        table.row([Cell::from(name(peer)), contact(peer, zone, today).into(), lacks(peer).into()]);
    }
    out.push_str(&table.draw(screen));
    if status.peers.is_empty() {
        out.push_str("No other device is known: `goodword pair` invites one.\n");
    }
    let store = &status.store;
    out.push_str(&format!(
        "{}, {}, {}.\n",
        text::count(store.people, "person", "people"),
        text::count(store.entries, "change", "changes"),
        text::bytes(store.store_bytes),
    ));
    for (count, what) in [
        (store.pending, "wait for others"),
        (store.stuck, "could not be applied by this version"),
        (store.inadmissible, "are refused"),
    ] {
        if count > 0 {
            out.push_str(&format!("{} {what}.\n", text::count(count, "change", "changes")));
        }
    }
    out
}

fn name(peer: &Peer) -> String {
    let name = peer.line.name.clone().unwrap_or_else(|| peer.line.device.short());
    text::clean(&name).into_owned()
}

fn contact(peer: &Peer, zone: &TimeZone, today: Date) -> String {
    match (peer.connected, peer.line.last_met) {
        (true, _) => "in touch".to_owned(),
        (false, Some(met)) => format!("last met {}", when(met, zone, today)),
        (false, None) => "never met".to_owned(),
    }
}

/// Both must be on at once to agree, so what waits for one is said.
fn lacks(peer: &Peer) -> String {
    match (peer.connected, peer.line.waiting) {
        (false, Some(waiting)) if waiting > 0 => {
            let changes = text::count(waiting, "change waits", "changes wait");
            format!("{changes} for it")
        }
        _ => String::new(),
    }
}
