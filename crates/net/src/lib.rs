//! Carries goodword frames over iroh: endpoint, invitations, joining, pump.
//!
//! The only home of iroh. It authenticates devices and moves bytes; what the bytes mean is the
//! sync crate's and what rests is core's. No clock is read and no dice are thrown: both are
//! arguments. A device that is not in the roster is told nothing of the book.
//!
//! # In short
//! ```no_run
//! # use std::{sync::Arc, time::Duration};
//! # use goodword_core::{BookId, Now, Store, log::Key};
//! # use goodword_net::*;
//! # async fn inviter(key: Key, store: Store, clock: Clock, random: [u8; 16], now: u64) -> Result<(), Box<dyn std::error::Error>> {
//! // One device invites …
//! let book: BookId = store.book().ok_or("no book")?;
//! let store = SharedStore::new(store);
//! let endpoint = Endpoint::bind(&key, Mode::Default, Port::Usual).await?;
//! let address = endpoint.settled_address(Duration::from_secs(5)).await;
//! let invitation = Invitation::new(Purpose::OwnDevice, &book, address, random, now + 600)?;
//! println!("{}", invitation.text().as_str());
//! let mut server = serve(&endpoint, &store, &clock);
//! server.invite(&invitation);
//! while let Some(event) = server.next().await {
//!     match event {
//!         Event::Asked(request) => request.accept(), // after comparing `request.code`
//!         Event::Synced(_) => break,
//!         _ => {}
//!     }
//! }
//! server.stop().await;
//! endpoint.close().await;
//! # Ok(()) }
//! # async fn joiner(key: Key, mut store: Store, clock: Clock, text: &str, now: u64) -> Result<(), Box<dyn std::error::Error>> {
//! // … and another joins.
//! let invitation = Invitation::parse(text)?;
//! let endpoint = Endpoint::bind(&key, Mode::Default, Port::Usual).await?;
//! let asking = ask(&endpoint, &invitation, "phone", now).await?;
//! println!("compare: {}", asking.code());
//! let welcome = asking.welcome().await?;
//! store.adopt(&welcome.genesis)?;
//! let store = SharedStore::new(store);
//! let synced = first_sync(&endpoint, &welcome.inviter, &store, &clock).await?;
//! // Later, with the address that was remembered:
//! sync_once(&endpoint, &synced.address, &store, &clock).await?;
//! endpoint.close().await;
//! # Ok(()) }
//! ```
#![forbid(unsafe_code)]

mod address;
mod backoff;
mod endpoint;
mod error;
mod invitation;
mod invitations;
mod join;
mod known;
pub mod limits;
mod pump;
mod refusal;
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
mod relay;
mod secret;
mod serve;
mod shared;
#[cfg(test)]
mod tests;
mod watchdog;

pub use address::{Address, MalformedAddress};
pub use endpoint::{Endpoint, JOIN_ALPN, Mode, Port, SYNC_ALPN, usual_ports};
pub use error::{Error, JoinError};
pub use invitation::{Invitation, InvitationError, PREFIX, Purpose, VERSION};
pub use join::{Asking, Welcome, ask};
pub use known::{Known, Peer, known, knows_itself, meet, others, peers, remember};
pub use pump::{Synced, first_sync, sync_once};
pub use refusal::{Closing, Refusal};
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
pub use relay::Relay;
pub use secret::{Code, InvitationId};
pub use serve::{Event, JoinRequest, OpenInvitations, Server, serve, serve_with};
pub use shared::{Clock, SharedStore};

pub use goodword_sync::{Report, SpaceReport};
