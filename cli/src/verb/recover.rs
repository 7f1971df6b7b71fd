//! `recover`: a book on a new device, from a backup and the recovery phrase.

use std::path::PathBuf;

use clap::Args;
use goodword_core::query::{DeviceLine, Devices, Status};
use goodword_core::roster::Recovery;
use goodword_core::{Change, DeviceId};
use serde::Serialize;

use super::init::host_name;
use super::restore;
use crate::context::Context;
use crate::error::CliError;
use crate::phrase::RecoveryKey;
use crate::{clock, text};

/// Takes your book up on a new device when no other one is left
///
///   goodword recover book.goodword
///   goodword recover book.goodword --stdin < phrase.txt
///
/// Needs a backup and the recovery phrase. This becomes a device of its own, so a stolen laptop
/// does not have its key: remove that with `goodword devices remove`. If one of your devices still
/// works, run `goodword pair` there and `goodword join` here instead.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Recover {
    /// The backup, made on any of your devices
    file: PathBuf,

    /// Opens the backup with the passphrase in the first line of FILE
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,

    /// Reads the recovery phrase from stdin
    #[arg(long)]
    stdin: bool,

    /// What to call this device [default: its host name]
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
}

#[derive(Serialize)]
struct Recovered {
    book: String,
    device: DeviceId,
    device_name: String,
    made: String,
    people: u64,
    entries: u64,
    other_devices: Vec<DeviceLine>,
}

impl Recover {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        restore::require_no_book(context)?;
        let source = restore::open(context, &self.file, self.passphrase_file.as_deref())?;
        let now = clock::now("")?;
        let recovered = context.home.recover(source, now, |authority, device| {
            let key = RecoveryKey::ask(context, authority, self.stdin)?;
            Ok(key.sign(Recovery::AddDevice { device }))
        })?;
        let device_name = self.device_name.clone().unwrap_or_else(host_name);
        let (device, name) = (recovered.device, device_name.clone());
        context.apply(&Change::NameDevice { device, name }, now)?;
        let reader = context.read()?;
        let zone = context.zone(&reader)?;
        let others = reader.ask(&Devices)?.into_iter().filter(|line| !line.here && !line.removed);
        let answer = Recovered {
            book: recovered.book.to_string(),
            device,
            device_name,
            made: recovered.at.to_string(),
            people: reader.ask(&Status)?.people,
            entries: recovered.entries,
            other_devices: others.collect(),
        };
        let made = recovered.at.to_zoned(zone).strftime("%a %-d %b %Y, %H:%M").to_string();
        context.output.answer(&answer, || draw(&answer, &made))
    }
}

fn draw(answer: &Recovered, made: &str) -> String {
    let people = text::count(answer.people, "person", "people");
    let mut out = format!(
        "Recovered {people}, as of {made}. This is a new device of your book: {}.\n",
        answer.device_name
    );
    let names = answer.other_devices.iter();
    let names = names.map(|line| line.name.clone().unwrap_or_else(|| line.device.short()));
    for name in names {
        out.push_str(&format!(
            "If {name} is lost: goodword devices remove {}\n",
            crate::person::quoted(&name)
        ));
    }
    text::clean_lines(&out).map(|line| line.into_owned() + "\n").collect()
}
