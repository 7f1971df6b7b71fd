//! `daemon install` and `daemon uninstall`: has the system run the daemon, or no more.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use clap::Args;
use serde::Serialize;

use super::unit::{self, Kind, Service};
use crate::context::Context;
use crate::error::CliError;
use crate::home::Home;
use crate::network::NetworkArgs;
use crate::text;

/// Has your system run the daemon from now on, also after a restart
///
///   goodword daemon install
///   goodword daemon install --network lan
///   goodword daemon install --print      shows what would be written
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Install {
    /// Only prints the service file
    #[arg(long)]
    print: bool,

    /// Only writes the file, and starts nothing
    #[arg(long)]
    no_start: bool,

    #[command(flatten)]
    network: NetworkArgs,
}

#[derive(Serialize)]
struct Printed<'a> {
    service: &'a str,
    file: &'a Path,
    text: &'a str,
}

#[derive(Serialize)]
struct Installed {
    service: String,
    file: PathBuf,
    started: bool,
}

#[derive(Serialize)]
struct Uninstalled {
    service: String,
    file: PathBuf,
}

impl Install {
    pub(super) fn run(&self, context: &Context) -> Result<(), CliError> {
        drop(context.read()?);
        self.network.mode()?;
        let place = Place::of(context, self.network.named())?;
        if self.print {
            let Place { name, file, text, .. } = &place;
            return context
                .output
                .answer(&Printed { service: name, file, text }, || text.clone());
        }
        if let Some(folder) = place.file.parent() {
            fs::create_dir_all(folder)
                .map_err(|error| CliError::failed(format!("`{}`: {error}", folder.display())))?;
        }
        fs::write(&place.file, &place.text)
            .map_err(|error| CliError::failed(format!("`{}`: {error}", place.file.display())))?;
        let started = !self.no_start && place.start();
        let installed = Installed { service: place.name.clone(), file: place.file.clone(), started };
        context.output.answer(&installed, || {
            let mut out = format!("Wrote {}.\n", text::clean(&place.file.display().to_string()));
            if started {
                out.push_str("The daemon runs, and will after a restart.\n");
            } else {
                out.push_str(&format!("Start it with:\n  {}\n", place.commands().join("\n  ")));
            }
            out
        })
    }
}

pub(super) fn uninstall(context: &Context) -> Result<(), CliError> {
    let place = Place::of(context, None)?;
    if !place.file.exists() {
        return Err(CliError::not_found(format!("there is no `{}`", place.file.display()))
            .hint("`goodword daemon stop` ends a daemon that runs in the foreground"));
    }
    place.stop();
    fs::remove_file(&place.file)
        .map_err(|error| CliError::failed(format!("`{}`: {error}", place.file.display())))?;
    place.forget();
    let told = Uninstalled { service: place.name.clone(), file: place.file.clone() };
    context.output.answer(&told, || {
        format!("Removed {}.\n", text::clean(&place.file.display().to_string()))
    })
}

/// The service of a home and where its file belongs.
struct Place {
    kind: Kind,
    name: String,
    file: PathBuf,
    text: String,
}

impl Place {
    fn of(context: &Context, network: Option<String>) -> Result<Self, CliError> {
        let kind = Kind::of_this_system();
        let program = std::env::current_exe()
            .map_err(|error| CliError::failed(format!("where is this program? {error}")))?;
        let home = fs::canonicalize(context.home.path())
            .unwrap_or_else(|_| context.home.path().to_owned());
        let is_default = Home::locate_default().is_some_and(|default| default == home);
        let service = Service { program, home, network };
        if let Some(path) = service.unspeakable(kind) {
            let path = text::clean(&path.display().to_string()).into_owned();
            return Err(CliError::failed(format!("`{path}` cannot stand in a service file"))
                .hint("use a path without quotes, backslashes and control characters"));
        }
        let name = service.name(kind, is_default);
        let user = std::env::home_dir()
            .ok_or_else(|| CliError::failed("this user has no home directory"))?;
        let config = std::env::var_os("XDG_CONFIG_HOME")
            .filter(|value| !value.is_empty())
            .map_or_else(|| user.join(".config"), PathBuf::from);
        let file = unit::place(kind, &config, &user, &name);
        let text = service.text(kind, &name);
        Ok(Self { kind, name, file, text })
    }

    /// What starts it, now and from now on.
    fn commands(&self) -> Vec<String> {
        match self.kind {
            Kind::Systemd => vec![
                "systemctl --user daemon-reload".to_owned(),
                format!("systemctl --user enable --now {}.service", self.name),
                "loginctl enable-linger     # also while you are not logged in".to_owned(),
            ],
            Kind::Launchd => vec![format!("launchctl load -w {}", self.file.display())],
        }
    }

    fn start(&self) -> bool {
        let unit = format!("{}.service", self.name);
        match self.kind {
            Kind::Systemd => {
                succeeds("systemctl", &["--user", "daemon-reload"])
                    && succeeds("systemctl", &["--user", "enable", "--now", &unit])
            }
            Kind::Launchd => {
                succeeds("launchctl", &["load", "-w", &self.file.display().to_string()])
            }
        }
    }

    /// Has the system forget the file that is gone.
    fn forget(&self) {
        match self.kind {
            Kind::Systemd => drop(succeeds("systemctl", &["--user", "daemon-reload"])),
            Kind::Launchd => {}
        }
    }

    /// Whether it ran or not, it does not afterwards.
    fn stop(&self) {
        let unit = format!("{}.service", self.name);
        match self.kind {
            Kind::Systemd => {
                succeeds("systemctl", &["--user", "disable", "--now", &unit]);
            }
            Kind::Launchd => {
                succeeds("launchctl", &["unload", "-w", &self.file.display().to_string()]);
            }
        }
    }
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
