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

    /// The path, if there is one, that the file cannot tell: systemd takes no quotes or backslashes
    /// in a program's name, and nobody takes control characters or what is no text.
    pub fn unspeakable(&self, kind: Kind) -> Option<&Path> {
        let is_text = |path: &Path| path.to_str().is_some_and(|path| !path.contains(char::is_control));
        let is_plain = |path: &Path| !path.to_string_lossy().contains(['"', '\'', '\\']);
        if !is_text(&self.program) || (kind == Kind::Systemd && !is_plain(&self.program)) {
            return Some(&self.program);
        }
        Some(self.home.as_path()).filter(|home| !is_text(home))
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
        // Variables are put into arguments only, so only there a `$` is doubled.
        let mut command = quoted(&self.program.display().to_string());
        for argument in self.arguments() {
            command.push(' ');
            command.push_str(&quoted(&argument).replace('$', "$$"));
        }
        format!(
            "[Unit]\n\
             Description=goodword keeps your devices in touch\n\
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
            home: PathBuf::from("/srv/mira/my \"100 %\" book & more"),
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
    fn a_path_that_the_system_would_not_take_is_noticed_before() {
        let quoted = Service { program: PathBuf::from("/opt/it's/goodword"), ..service() };
        assert_eq!(quoted.unspeakable(Kind::Systemd), Some(quoted.program.as_path()));
        assert_eq!(quoted.unspeakable(Kind::Launchd), None);
        let broken = Service { home: PathBuf::from("/srv/mira/a\nb"), ..service() };
        assert_eq!(broken.unspeakable(Kind::Systemd), Some(broken.home.as_path()));
        assert_eq!(service().unspeakable(Kind::Systemd), None);
    }

    #[test]
    fn two_homes_have_two_services() {
        let other = Service { home: PathBuf::from("/srv/mira/other"), ..service() };
        let name = |service: &Service| service.name(Kind::Systemd, false);
        assert_ne!(name(&service()), name(&other));
        assert_eq!(service().name(Kind::Systemd, true), "goodword");
    }
}
