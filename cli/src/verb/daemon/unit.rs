//! What the system is told to run: a systemd user unit, or a launchd agent.
//!
//! Pure text. The launchd agent is held against a golden file and has not been tried on a Mac.

use std::path::{Path, PathBuf};

/// A system's way to run a service for a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Linux with systemd.
    Systemd,
    /// macOS.
    Launchd,
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Service {
    /// The program.
    pub program: PathBuf,
    /// The home that it serves.
    pub home: PathBuf,
    /// Arguments of `daemon`.
    pub network: Option<String>,
}

impl Kind {
    /// This system's.
    pub fn of_this_system() -> Self {
        if cfg!(target_os = "macos") { Self::Launchd } else { Self::Systemd }
    }
}

impl Service {
    /// Its name: one for each home, so that several can run.
    pub fn name(&self, kind: Kind, is_default: bool) -> String {
        let base = match kind {
            Kind::Systemd => "goodword",
            Kind::Launchd => "org.goodword.daemon",
        };
        if is_default {
            return base.to_owned();
        }
        let hash = goodword_core::hash::derive(
            "goodword 2026-11 service name v1",
            &[self.home.as_os_str().as_encoded_bytes()],
        );
        format!("{base}-{}", data_encoding::HEXLOWER.encode(&hash[..4]))
    }

    fn arguments(&self) -> Vec<String> {
        let home = self.home.display().to_string();
        let mut arguments = vec!["--home".to_owned(), home, "daemon".to_owned()];
        if let Some(network) = &self.network {
            arguments.extend(["--network".to_owned(), network.clone()]);
        }
        arguments
    }

    /// The file's text.
    pub fn text(&self, kind: Kind, name: &str) -> String {
        match kind {
            Kind::Systemd => self.systemd(),
            Kind::Launchd => self.launchd(name),
        }
    }

    fn systemd(&self) -> String {
        let mut command = quoted(&self.program.display().to_string());
        for argument in self.arguments() {
            command.push(' ');
            command.push_str(&quoted(&argument));
        }
        format!(
            "[Unit]\n\
             Description=goodword keeps your devices in touch\n\
             Documentation=man:goodword(1)\n\
             \n\
             [Service]\n\
             Type=simple\n\
             ExecStart={command}\n\
             Restart=on-failure\n\
             RestartSec=5\n\
             UMask=0077\n\
             NoNewPrivileges=yes\n\
             \n\
             [Install]\n\
             WantedBy=default.target\n"
        )
    }

    fn launchd(&self, name: &str) -> String {
        let program = self.program.display().to_string();
        let mut arguments = String::new();
        for argument in std::iter::once(program).chain(self.arguments()) {
            arguments.push_str(&format!("    <string>{}</string>\n", escaped(&argument)));
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
             \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
             <plist version=\"1.0\">\n\
             <dict>\n\
             \x20 <key>Label</key>\n\
             \x20 <string>{}</string>\n\
             \x20 <key>ProgramArguments</key>\n\
             \x20 <array>\n\
             {arguments}\
             \x20 </array>\n\
             \x20 <key>RunAtLoad</key>\n\
             \x20 <true/>\n\
             \x20 <key>KeepAlive</key>\n\
             \x20 <dict>\n\
             \x20   <key>SuccessfulExit</key>\n\
             \x20   <false/>\n\
             \x20 </dict>\n\
             \x20 <key>Umask</key>\n\
             \x20 <integer>63</integer>\n\
             </dict>\n\
             </plist>\n",
            escaped(name)
        )
    }
}

/// Where the file belongs, below the user's `config` or home directory.
pub fn place(kind: Kind, config: &Path, home: &Path, name: &str) -> PathBuf {
    match kind {
        Kind::Systemd => config.join("systemd/user").join(format!("{name}.service")),
        Kind::Launchd => home.join("Library/LaunchAgents").join(format!("{name}.plist")),
    }
}

/// A word of a systemd command line (systemd.service(5), "Command lines"; specifiers doubled).
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let mut out = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '%' => out.push_str("%%"),
            '$' => out.push_str("$$"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Service {
        Service {
            program: PathBuf::from("/usr/bin/goodword"),
            home: PathBuf::from("/home/mira/my \"100 %\" book & more"),
            network: Some("lan".to_owned()),
        }
    }

    #[test]
    fn the_systemd_unit_is_as_committed() {
        insta::assert_snapshot!(service().text(Kind::Systemd, "goodword"));
    }

    #[test]
    fn the_launchd_agent_is_as_committed() {
        insta::assert_snapshot!(service().text(Kind::Launchd, "org.goodword.daemon"));
    }

    #[test]
    fn two_homes_have_two_services() {
        let other = Service { home: PathBuf::from("/home/mira/other"), ..service() };
        let name = |service: &Service| service.name(Kind::Systemd, false);
        assert_ne!(name(&service()), name(&other));
        assert_eq!(service().name(Kind::Systemd, true), "goodword");
    }
}
