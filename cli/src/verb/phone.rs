//! `phone`: the page that makes a browser a further device, for this machine or for a host.
//!
//! A browser has no sockets, so this machine's own one meets the book's device at a relay that is
//! here for as long as this runs. It is the pairing of `pair`, and a `sync --listen` beside it.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use goodword_core::log::Key;
use goodword_net::{Endpoint, Event, Port, Relay, serve};
use serde::Serialize;

use crate::context::Context;
use crate::error::CliError;
use crate::network::{Online, block_on};
use crate::verb::pair;
use crate::page;

/// Serves the page for the phone on this machine, or writes it for a host
///
///   goodword phone                   opens your book to this machine's own browser
///   goodword phone --export page/    writes the page, for any host with https
///
/// The page is the same program: it keeps its own copy of your book, works offline, and syncs with
/// your other devices. On this machine it is at http://localhost:4663/ for as long as this runs.
/// On a phone it needs a host with https, which serves files and never sees your book.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Phone {
    /// Writes the page's files to this folder instead
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,

    /// Where this machine's browser finds the page; it keeps its copy by this
    #[arg(long, value_name = "PORT", default_value_t = 4663)]
    port: u16,

    /// How long the invitation is good for
    #[arg(long, value_name = "MINUTES", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1440))]
    minutes: u16,
}

#[derive(Serialize)]
struct Exported {
    folder: PathBuf,
    files: usize,
    bytes: usize,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Told<'a> {
    Page { address: &'a str, link: &'a str, expires: u64 },
}

impl Phone {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let must_ask = self.export.is_none() && !context.yes && !context.output.is_interactive();
        if must_ask {
            return Err(CliError::usage("nobody is there to let the browser in")
                .hint("with --yes the first one that has the invitation is let in"));
        }
        if page::files().is_empty() {
            return Err(CliError::failed("this program was built without the page")
                .hint("`just page` builds it; then build the program again"));
        }
        match &self.export {
            Some(folder) => export(context, folder),
            None => self.serve(context),
        }
    }

    fn serve(&self, context: &Context) -> Result<(), CliError> {
        let (store, note) = context.write()?.into_parts();
        let key = Key::from_bytes(&*context.home.key()?);
        block_on(async {
            let listener = page::listen(self.port).await.map_err(|error| {
                CliError::failed(format!("cannot serve at port {}: {error}", self.port))
                    .hint("another program may have it; choose one with --port")
            })?;
            let relay = Relay::start(key.device()).await?;
            let endpoint = Endpoint::bind(&key, relay.mode(), Port::Any).await?;
            let online = Online::on(endpoint, store, note)?;
            let port = listener.local_addr()?.port();
            let done = tokio::select! {
                done = self.invite(context, &online, port) => done,
                () = page::serve(listener) => Ok(()),
                interrupted = tokio::signal::ctrl_c() => interrupted.map_err(CliError::from),
            };
            online.endpoint.close().await;
            relay.stop().await;
            done
        })
    }

    /// Invites the browser, and stays in touch with it until the command is ended.
    async fn invite(&self, context: &Context, online: &Online, port: u16) -> Result<(), CliError> {
        let mut address = online.endpoint.settled_address(pair::ADDRESS_PATIENCE).await;
        // A browser has no use for them.
        address.direct.clear();
        let invitation = pair::invitation(context, online, address, self.minutes)?;
        let mut server = serve(&online.endpoint, &online.store, &online.clock);
        server.invite(&invitation);
        for device in online.known()? {
            server.keep(device.device);
        }
        let at = format!("http://localhost:{port}/");
        let link = format!("{at}#{}", invitation.text().as_str());
        let told = Told::Page { address: &at, link: &link, expires: invitation.expires };
        context.output.event(&told, || {
            format!(
                "Your book is at {at} in this machine's browser, until you press Ctrl-C.\n\
                 The first time, open this; good once, for {} minutes:\n\n{link}\n\n",
                self.minutes
            )
        })?;
        while let Some(event) = server.next().await {
            if let Event::Asked(request) = event {
                pair::decide(context, request)?;
            } else if let Event::Joined { device, name, .. } = event {
                server.keep(device);
                pair::tell_joined(context, device, &name)?;
            } else if let Event::Synced(synced) = event {
                online.remember(synced.device, &synced.address);
            }
        }
        Err(CliError::failed("the network is gone"))
    }
}

fn export(context: &Context, folder: &PathBuf) -> Result<(), CliError> {
    fs::create_dir_all(folder)?;
    for (name, bytes) in page::files() {
        fs::write(folder.join(name), bytes)?;
    }
    let files = page::files().len();
    let bytes = page::files().iter().map(|(_, bytes)| bytes.len()).sum();
    let exported = Exported { folder: folder.clone(), files, bytes };
    context.output.answer(&exported, || {
        format!(
            "The page is in {}: {files} files. Put them where https serves them as they are.\n",
            crate::text::clean(&folder.display().to_string())
        )
    })
}
