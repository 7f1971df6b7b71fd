//! `join`: makes this home a further device of an existing book.
//!
//! A book that is here already comes along as one undoable command. The new store takes the old
//! one's place only when everything is in it; the old one is kept beside it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use goodword_core::store::{Place, Reader};
use goodword_core::{Store, query};
use goodword_daemon::Met;
use goodword_net::{Endpoint, Invitation, Purpose, Welcome, ask};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::CliError;
use crate::network::{NetworkArgs, Online, bind, block_on};
use crate::verb::init::host_name;
use crate::{clock, entropy, prompt, text};

/// Longest invitation text that is read, in bytes; real ones have at most 250 characters.
const INVITATION_BYTES_MAX: u64 = 4096;

/// Joins this device to your book on another one
///
///   goodword join                     asks for the invitation
///   goodword join goodword1…          as `goodword pair` showed it
///   goodword join - < invitation.txt
///
/// Needs no `init` before. If there is a book here already, its people come along as one step that
/// `goodword undo` takes back; the old store is kept beside the new one.
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub struct Join {
    /// The invitation; `-` reads it from standard input, where no other program sees it
    invitation: Option<String>,

    /// What to call this device [default: its host name]
    #[arg(long, value_name = "NAME")]
    device_name: Option<String>,

    #[command(flatten)]
    network: NetworkArgs,
}

#[derive(Serialize)]
struct Joined {
    book: String,
    device_name: String,
    people: u64,
    brought_in: Option<BroughtIn>,
    passed_on: bool,
    first_sync: Met,
}

#[derive(Serialize)]
struct BroughtIn {
    created: usize,
    changed: usize,
    old_store: PathBuf,
}

impl Join {
    /// Runs it.
    pub fn run(&self, context: &Context) -> Result<(), CliError> {
        let text = self.text(context)?;
        let invitation = Invitation::parse(text.trim())?;
        let now = u64::try_from(clock::now("")?.at.as_second()).unwrap_or(0);
        invitation.check(Purpose::OwnDevice, now)?;
        let old = self.book_here(context, &invitation)?;
        // The key is made with the home; joining without a book needs one, too.
        context.home.ensure_key()?;
        let name = self.device_name.clone().unwrap_or_else(host_name);
        let joined = block_on(self.join(context, &invitation, &name, now, old))?;
        context.output.answer(&joined, || draw(&joined))
    }

    fn text(&self, context: &Context) -> Result<Zeroizing<String>, CliError> {
        match self.invitation.as_deref() {
            Some("-") => {
                let mut text = Zeroizing::new(String::new());
                io::stdin().take(INVITATION_BYTES_MAX).read_to_string(&mut text)?;
                Ok(text)
            }
            Some(text) => Ok(Zeroizing::new(text.to_owned())),
            None if context.output.is_interactive() => {
                let line = prompt::line("Paste the invitation:")?;
                Ok(Zeroizing::new(line.ok_or_else(CliError::cancelled)?))
            }
            None => Err(CliError::usage("no invitation was given")
                .hint("pass it as an argument, or `-` to read it from standard input")),
        }
    }

    /// The book that is here already, if it has anything to bring along.
    fn book_here(
        &self,
        context: &Context,
        invitation: &Invitation,
    ) -> Result<Option<Reader>, CliError> {
        if !context.home.has_store() {
            return Ok(None);
        }
        let reader = context.home.read()?;
        let Some(book) = reader.book()? else { return Ok(None) };
        if invitation.is_to(&book) {
            return Err(CliError::refused("this device has that book already")
                .hint("`goodword sync` brings it up to date"));
        }
        let people = reader.ask(&query::Status)?.people;
        let question = format!(
            "There is a book with {} here. Bring them into the other book?",
            text::count(people, "person", "people")
        );
        if !context.yes {
            if !context.output.is_interactive() {
                return Err(CliError::usage("there is a book here already")
                    .hint("with --yes its people are brought into the other book"));
            }
            if !prompt::confirm(&question, true)? {
                return Err(CliError::cancelled());
            }
        }
        Ok(Some(reader))
    }

    async fn join(
        &self,
        context: &Context,
        invitation: &Invitation,
        name: &str,
        now: u64,
        old: Option<Reader>,
    ) -> Result<Joined, CliError> {
        let endpoint = bind(context, &self.network).await?;
        let welcome = match ask(&endpoint, invitation, name, now).await {
            Ok(asking) => {
                context.output.note(&format!(
                    "Waiting to be let in. The other device must show {}.",
                    asking.code()
                ));
                asking.welcome().await
            }
            Err(error) => Err(error),
        };
        let joined = match welcome {
            Ok(welcome) => self.enter(context, name, &endpoint, welcome, old).await,
            Err(error) => Err(error.into()),
        };
        endpoint.close().await;
        joined
    }

    /// Takes up the book, syncs, brings the old one's records in, and puts the store in its place.
    async fn enter(
        &self,
        context: &Context,
        name: &str,
        endpoint: &Endpoint,
        welcome: Welcome,
        old: Option<Reader>,
    ) -> Result<Joined, CliError> {
        let path = match &old {
            Some(_) => context.home.path().join("store.joining.redb"),
            None => context.home.store_path(),
        };
        let (store, note) = self.store(context, &path, &old, &welcome)?;
        let online = Online::on(endpoint.clone(), store, note)?;
        online.remember(welcome.inviter.device, &welcome.inviter);
        let synced = online.sync(&welcome.inviter).await;
        let met = Met::of(&synced?, None);
        let mut passed_on = true;
        let brought_in = match old {
            Some(old) => Some(self.bring_in(context, &online, &old, &path)?),
            None => None,
        };
        if brought_in.as_ref().is_some_and(|brought| brought.created + brought.changed > 0) {
            // What came along is passed on if the other device still listens, else at the next sync.
            passed_on = online.sync(&welcome.inviter).await.is_ok();
        }
        let people = online.store.read(|store| store.ask(&query::Status))?.people;
        let book = welcome.book.to_string();
        let device_name = name.to_owned();
        Ok(Joined { book, device_name, people, brought_in, passed_on, first_sync: met })
    }

    fn store(
        &self,
        context: &Context,
        path: &Path,
        old: &Option<Reader>,
        welcome: &Welcome,
    ) -> Result<(Store, crate::home::Note), CliError> {
        let (mut store, note) = match old {
            None => context.home.create(context.verb)?.into_parts(),
            Some(_) => {
                // Left over from an attempt that was cut; the old store is still in its place.
                let _ = fs::remove_file(path);
                let note = context.home.write(context.verb)?.into_parts().1;
                let key = goodword_core::log::Key::from_bytes(&*context.home.key()?);
                let place = Place::File(path.to_owned());
                (Store::create(&place, key, *entropy::draw()?)?, note)
            }
        };
        store.adopt(&welcome.genesis)?;
        Ok((store, note))
    }

    fn bring_in(
        &self,
        context: &Context,
        online: &Online,
        old: &Reader,
        path: &Path,
    ) -> Result<BroughtIn, CliError> {
        let now = online.now();
        let outcome = online.store.write(|store| store.bring_in(old, now))?;
        let stamp = now.at.strftime("%Y%m%d-%H%M%S");
        let kept = context.home.path().join(format!("store-before-join-{stamp}.redb"));
        let home = context.home.store_path();
        fs::hard_link(&home, &kept).map_err(|error| {
            CliError::failed(format!("cannot keep the old store as `{}`: {error}", kept.display()))
        })?;
        // Atomic: at every moment there is one whole store in the store's place.
        fs::rename(path, &home)?;
        Ok(BroughtIn {
            created: outcome.created.len(),
            changed: outcome.changed.len(),
            old_store: kept,
        })
    }
}

fn draw(joined: &Joined) -> String {
    let people = text::count(joined.people, "person", "people");
    let mut out = format!("This device has your book: {people}.\n");
    if let Some(brought) = &joined.brought_in {
        if brought.created + brought.changed == 0 {
            out.push_str("It has all that was in the book that was here.\n");
        } else {
            out.push_str(&format!(
                "Brought in from the book that was here: {} new, {} known and added to. Undo with \
                 `goodword undo`.\n",
                brought.created, brought.changed
            ));
        }
        let kept = brought.old_store.display().to_string();
        out.push_str(&format!("The old store is kept as {}.\n", text::clean(&kept)));
    }
    if !joined.passed_on {
        out.push_str("What came along goes to your other devices at the next `goodword sync`.\n");
    }
    out
}
