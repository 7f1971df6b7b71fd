//! `pair`: invites a further device of the owner.
//!
//! Without a daemon it stays until one device has joined and its first sync is through, or the
//! invitation expires. A daemon keeps the invitation open by itself, and whoever waits can be let
//! in later.

use std::time::Duration;

use clap::Args;
use goodword_core::DeviceId;
use goodword_daemon::{Client, Met, Reply, Request, Waiting};
use goodword_net::{Address, Event, Invitation, JoinRequest, Purpose, Server, serve};
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::CliError;
use crate::network::{self, NetworkArgs, Online, block_on};
use crate::{entropy, prompt, text};

/// How long an invitation waits for the address that others can reach this device by.
pub const ADDRESS_PATIENCE: Duration = Duration::from_secs(5);

/// Invites a further device of yours: shows a text and a QR code, and waits for it
///
///   goodword pair
///   goodword pair --minutes 30
///   goodword pair --confirm 9f3c21ab     lets in a device that waits (with a daemon)
///
/// On the other device, type `goodword join` and paste the text. It can be used once. Both show
/// six digits: let the device in if they are the same. Everything that you have is then copied to
/// it, encrypted end to end.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Pair {
    /// How long the invitation is good for
    #[arg(long, value_name = "MINUTES", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1440))]
    minutes: u16,

    /// Lets in the device that waits at the daemon and whose id or name begins so
    #[arg(long, value_name = "DEVICE", conflicts_with = "refuse")]
    confirm: Option<String>,

    /// Turns away the device that waits at the daemon and whose id or name begins so
    #[arg(long, value_name = "DEVICE")]
    refuse: Option<String>,

    #[command(flatten)]
    network: NetworkArgs,
}

/// What happens, one JSON object a line.
#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Told<'a> {
    Invitation { invitation: &'a str, expires: u64 },
    Asked { device: String, name: &'a str, code: String },
    Joined { device: String, name: &'a str },
    Synced(Met),
}

impl Pair {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        if let Some(mut daemon) = context.home.daemon()? {
            return self.by_daemon(context, &mut daemon);
        }
        if self.confirm.is_some() || self.refuse.is_some() {
            return Err(CliError::not_found("no daemon runs, so nobody waits")
                .hint("`goodword pair` without a daemon asks at once"));
        }
        let must_ask = !context.yes && !context.output.is_interactive();
        if must_ask {
            return Err(CliError::usage("nobody is there to let the device in")
                .hint("with --yes the first device that has the invitation is let in"));
        }
        let (store, note) = context.write()?.into_parts();
        block_on(async {
            let online = Online::bind(context, &self.network, store, note).await?;
            let done = self.invite(context, &online).await;
            online.endpoint.close().await;
            done
        })
    }

    fn by_daemon(&self, context: &Context, daemon: &mut Client) -> Result<(), CliError> {
        if let Some(device) = &self.confirm {
            return decide_by_daemon(context, daemon, device, true);
        }
        if let Some(device) = &self.refuse {
            return decide_by_daemon(context, daemon, device, false);
        }
        let seconds = u64::from(self.minutes) * 60;
        let (text, expires) = match daemon.ask(&Request::Pair { seconds })? {
            Reply::Invitation { text, expires } => (Zeroizing::new(text), expires),
            Reply::Failed(failure) => return Err(failure.into()),
            _ => return Err(CliError::failed("the daemon makes no invitation")),
        };
        context.output.event(&Told::Invitation { invitation: &text, expires }, || {
            self.draw(&text, context.output.is_interactive())
        })?;
        context.output.note(
            "The daemon waits for the device, so this may be closed. `goodword today` tells when \
             it asks.",
        );
        Ok(())
    }

    async fn invite(&self, context: &Context, online: &Online) -> Result<(), CliError> {
        let address = online.endpoint.settled_address(ADDRESS_PATIENCE).await;
        let invitation = invitation(context, online, address, self.minutes)?;
        let mut server = serve(&online.endpoint, &online.store, &online.clock);
        server.invite(&invitation);
        let text = invitation.text();
        context.output.event(&Told::Invitation { invitation: text.as_str(), expires: invitation.expires }, || {
            self.draw(text.as_str(), context.output.is_interactive())
        })?;
        let patience = Duration::from_secs(u64::from(self.minutes) * 60);
        let done = tokio::time::timeout(patience, wait(context, online, &mut server)).await;
        server.stop().await;
        done.unwrap_or_else(|_| {
            Err(CliError::refused(format!("nobody came within {} minutes", self.minutes))
                .hint("`goodword pair` makes another invitation"))
        })
    }

    fn draw(&self, text: &str, with_code: bool) -> String {
        let mut out = String::new();
        if with_code && let Ok(code) = QrCode::new(text) {
            out.push_str(&code.render::<Dense1x2>().quiet_zone(true).build());
            out.push_str("\n\n");
        }
        let minutes = text::count(u64::from(self.minutes), "minute", "minutes");
        out.push_str(&format!(
            "On the other device run `goodword join` and paste this; good once, for {minutes}:\n\n\
             {text}\n\n"
        ));
        out
    }
}

/// Makes an invitation for a further device of the owner, which finds this one at `address`.
pub fn invitation(
    context: &Context,
    online: &Online,
    address: Address,
    minutes: u16,
) -> Result<Invitation, CliError> {
    let book = online.store.read(|store| store.book()).ok_or_else(|| context.home.no_book())?;
    let random = entropy::draw()?;
    let secret: [u8; 16] =
        random.first_chunk().copied().ok_or_else(|| CliError::failed("no randomness"))?;
    let now = u64::try_from(online.now().at.as_second()).unwrap_or(0);
    let expires = now + u64::from(minutes) * 60;
    Ok(Invitation::new(Purpose::OwnDevice, &book, address, secret, expires)?)
}

/// Waits until a device has joined and holds the book.
async fn wait(
    context: &Context,
    online: &Online,
    server: &mut Server,
) -> Result<(), CliError> {
    let mut joined: Option<(DeviceId, String)> = None;
    while let Some(event) = server.next().await {
        match event {
            Event::Asked(request) => decide(context, request)?,
            Event::Joined { device, name, .. } => {
                tell_joined(context, device, &name)?;
                joined = Some((device, name));
            }
            Event::NotJoined { refusal: Some(refusal), .. } => {
                context.output.note(&format!("Refused a device: {refusal}."));
            }
            Event::Synced(synced) => {
                online.remember(synced.device, &synced.address);
                if let Some((device, name)) = &joined
                    && synced.device == *device
                {
                    let met = Met::of(&synced, Some(name.clone()));
                    let line = network::line(&met);
                    return context.output.event(&Told::Synced(met), || line + "\n");
                }
            }
            Event::Failed { error, .. } => {
                context.output.note(&format!("A session was cut: {error}. It goes on by itself."));
            }
            Event::NotJoined { refusal: None, .. }
            | Event::Stranger { .. }
            | Event::Started { .. }
            | Event::RelayLost => {}
        }
    }
    Err(CliError::failed("the network is gone"))
}

/// Tells that a device has joined.
pub fn tell_joined(context: &Context, device: DeviceId, name: &str) -> Result<(), CliError> {
    let told = Told::Joined { device: device.to_string(), name };
    context.output.event(&told, || format!("{name} has joined.\n"))
}

/// Gives a person's word about a device that waits at the daemon.
fn decide_by_daemon(
    context: &Context,
    daemon: &mut Client,
    device: &str,
    accept: bool,
) -> Result<(), CliError> {
    let waiting = waiting(daemon)?;
    let is_meant = |one: &&Waiting| {
        let begins = one.device.to_string().starts_with(device) || one.name.starts_with(device);
        // An empty variable of a script means nobody, not anybody.
        begins && !device.is_empty()
    };
    let meant: Vec<&Waiting> = waiting.iter().filter(is_meant).collect();
    let one = the_one(&meant, device)?;
    match daemon.ask(&Request::Decide { device: one.device, accept })? {
        Reply::Failed(failure) => Err(failure.into()),
        _ => {
            let name = text::clean(&one.name).into_owned();
            let said = if accept { "is let in" } else { "is turned away" };
            context.output.answer(&Decided { device: one.device.to_string(), accept }, || {
                format!("{name}, which shows {}, {said}.\n", one.code)
            })
        }
    }
}

/// Who waits at the daemon for a person's word.
pub fn waiting(daemon: &mut Client) -> Result<Vec<Waiting>, CliError> {
    match daemon.ask(&Request::Waiting)? {
        Reply::Waiting(waiting) => Ok(waiting),
        Reply::Failed(failure) => Err(failure.into()),
        _ => Err(CliError::failed("the daemon does not tell who waits")),
    }
}

fn the_one<'w>(meant: &[&'w Waiting], device: &str) -> Result<&'w Waiting, CliError> {
    match meant {
        [one] => Ok(*one),
        [] => Err(CliError::not_found(format!("no device that waits begins with `{device}`"))
            .hint("`goodword today` shows who waits")),
        _ => Err(CliError::not_found(format!("several devices that wait begin with `{device}`"))
            .hint("give more of the id")),
    }
}

#[derive(Serialize)]
struct Decided {
    device: String,
    accept: bool,
}

/// Asks the person here about a device that wants to join.
pub fn decide(context: &Context, request: JoinRequest) -> Result<(), CliError> {
    let name = text::clean(&request.name).into_owned();
    let code = request.code.to_string();
    let told = Told::Asked { device: request.device.to_string(), name: &name, code: code.clone() };
    context.output.event(&told, || format!("{name} asks to join; its screen shows {code}.\n"))?;
    let accept = context.yes
        || tokio::task::block_in_place(|| {
            prompt::confirm(&format!("Does {name} show {code}? Let it in?"), false)
        })?;
    if accept { request.accept() } else { request.decline() }
    Ok(())
}
