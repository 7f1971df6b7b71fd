//! `init`: begins a book on this device.
//!
//! The recovery phrase is shown once, right before the book is committed, and kept nowhere: there
//! is no book whose phrase nobody has seen.

use std::process::Command;
use std::{env, fs};

use clap::Args;
use goodword_core::change::Founder;
use goodword_core::model::ProfileField;
use goodword_core::roster;
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::{clock, entropy, phrase, prompt};

/// Begins your book on this device
///
///   goodword init --name "Mira Tolo" --role "Marketing director" --looking-for "pharma, Basel"
///
/// Makes the device's key and shows the recovery phrase, once: write it down. With it you can
/// remove a lost device; without it nobody can, not even you. On your next device do not begin
/// again: run `goodword pair` here and `goodword join` there.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Init {
    /// Your name
    #[arg(long)]
    name: Option<String>,

    /// The role that you have or want
    #[arg(long)]
    role: Option<String>,

    /// What you are looking for, in your words
    #[arg(long, value_name = "TEXT")]
    looking_for: Option<String>,

    /// Your time zone, such as `Europe/Zurich` [default: each device's own]
    #[arg(long)]
    zone: Option<String>,

    /// What to call this device [default: its host name]
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,
}

#[derive(Serialize)]
struct Begun<'a> {
    book: String,
    device: String,
    device_name: &'a str,
    recovery_phrase: &'a str,
}

impl Init {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let home = &context.home;
        if home.has_store() && home.read()?.book()?.is_some() {
            return Err(CliError::refused(format!(
                "there is a book in `{}` already",
                home.path().display()
            ))
            .hint("see it with `goodword`; another one needs another --home"));
        }
        let zone = self.zone.as_deref().unwrap_or_default();
        let now = clock::now(zone)?;
        clock::time_zone(zone)?;
        let profile = self.profile(context)?;
        let device_name = match &self.device_name {
            Some(name) => name.clone(),
            None => host_name(),
        };

        let secret = entropy::draw()?;
        let phrase = phrase::words(&secret)?;
        let mut store = context.home.create(context.verb)?;
        let device = store.device().to_string();
        let founder = Founder { profile, device_name: Some(device_name.clone()) };
        let recovery = roster::recovery_key(&secret).device().0;
        store.found_as(recovery, &founder, now, |book| {
            let begun = Begun {
                book: book.to_string(),
                device,
                device_name: &device_name,
                recovery_phrase: &phrase,
            };
            context.output.answer(&begun, || phrase::draw(&phrase))
        })?;
        tracing::info!("book founded");
        if !context.output.json {
            context.output.print(&next_steps(context))?;
        }
        Ok(())
    }

    /// What the user said about themselves; asks for the name if somebody is there.
    fn profile(&self, context: &Context) -> Result<Vec<(ProfileField, String)>, CliError> {
        let mut name = self.name.clone();
        if name.is_none() && !context.yes && context.output.is_interactive() {
            name = prompt::line("Your name (Enter to skip):")?;
        }
        let fields = [
            (ProfileField::Name, name),
            (ProfileField::Role, self.role.clone()),
            (ProfileField::LookingFor, self.looking_for.clone()),
            (ProfileField::Zone, self.zone.clone()),
        ];
        let said = |(field, value): (_, Option<String>)| Some((field, value?));
        Ok(fields.into_iter().filter_map(said).collect())
    }
}

fn next_steps(context: &Context) -> String {
    format!(
        "\nYour book is in {}. Next:\n  goodword import Connections.csv   the network that you \
         have (LinkedIn or vCard)\n  goodword add \"Ada Rilo\"           somebody by hand\n  \
         goodword pair                     your second device\n",
        context.home.path().display()
    )
}

/// What the system calls this machine; only ever kept in the private space.
pub fn host_name() -> String {
    let from_variable = || env::var("HOSTNAME").or_else(|_| env::var("COMPUTERNAME")).ok();
    let from_kernel = || fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let from_command = || {
        let output = Command::new("hostname").output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    from_variable()
        .or_else(from_kernel)
        .or_else(from_command)
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "first device".to_owned())
}
