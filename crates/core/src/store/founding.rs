//! Founding a book, and taking up one that another device founded.

use super::apply::Command;
use super::error::{Error, PeerError, UserError};
use super::people::Planner;
use super::schema::{BookRow, META_BOOK};
use super::writing::{Tables, encode};
use super::{Book, Store, place};
use crate::change::{Change, Founder, Now, Outcome};
use crate::document::{Edit, Map};
use crate::id::BookId;
use crate::model::Kind;
use crate::roster::{Authority, GENESIS_VERSION, Genesis, Standalone};
use crate::space::Space;

impl Store {
    /// Founds a book; `recovery` is the public half of the recovery key.
    ///
    /// # Errors
    /// [`UserError::BookExists`] if the store has one.
    pub fn found(&mut self, recovery: [u8; 32], now: Now) -> Result<BookId, Error> {
        self.found_as(recovery, &Founder::default(), now, |_| Ok(()))
    }

    /// Founds a book with what its founder says of themselves, as one command.
    ///
    /// `show` is given the book before it is committed, and nothing is if it fails: what can be
    /// shown only once, the recovery phrase, is seen before there is a book that needs it.
    ///
    /// # Errors
    /// [`UserError`] if the store has a book or something said is not in form; what `show` gives.
    pub fn found_as<E: From<Error>>(
        &mut self,
        recovery: [u8; 32],
        founder: &Founder,
        now: Now,
        show: impl FnOnce(BookId) -> Result<(), E>,
    ) -> Result<BookId, E> {
        if let Some(book) = &self.book {
            return Err(Error::from(UserError::BookExists(book.id)).into());
        }
        let genesis = Genesis {
            version: GENESIS_VERSION,
            recovery,
            device: self.key.device(),
            salt: self.dice.bytes(),
        };
        let secret = data_encoding::HEXLOWER.encode(&self.dice.bytes::<32>());
        let book = Book::begun(genesis);
        let (id, genesis) = (book.id, book.genesis.clone());
        self.book = Some(book);
        let founded = self.command("init", None, now, true, |command| {
            note_book(&mut command.writing.tables, &genesis)?;
            begin(command, founder, secret)?;
            command.write_entries()?;
            show(id)?;
            Ok(Outcome::default())
        });
        match founded {
            Ok(_) => Ok(id),
            Err(error) => {
                self.book = None;
                Err(error)
            }
        }
    }

    /// Takes up a book whose genesis (canonical standalone statement) another owner device gave.
    ///
    /// # Errors
    /// [`UserError::BookExists`] if the store has one; [`PeerError::NotAGenesis`].
    pub fn adopt(&mut self, genesis: &[u8]) -> Result<BookId, Error> {
        let genesis = match Standalone::decode(genesis) {
            Ok(Standalone::Genesis(genesis)) if genesis.version == GENESIS_VERSION => genesis,
            Ok(Standalone::Genesis(_) | Standalone::Recovery { .. }) | Err(_) => {
                return Err(PeerError::NotAGenesis.into());
            }
        };
        if let Some(book) = &self.book {
            return Err(UserError::BookExists(book.id).into());
        }
        let transaction = place::begin(&self.database.current())?;
        note_book(&mut Tables::open(&transaction)?, &genesis)?;
        transaction.commit()?;
        self.count(1, 0);
        let book = Book::begun(genesis);
        let id = book.id;
        self.book = Some(book);
        Ok(id)
    }
}

impl Book {
    /// A book of which nothing is known but its genesis.
    fn begun(genesis: Genesis) -> Self {
        let authority = Authority::compute(&genesis, [], []);
        Self { id: genesis.book(), genesis, authority }
    }
}

fn note_book(tables: &mut Tables<'_>, genesis: &Genesis) -> Result<(), Error> {
    let statement = Standalone::Genesis(genesis.clone());
    let bytes = statement.encode();
    let row = BookRow { book: genesis.book(), genesis: bytes.clone() };
    tables.meta.insert(META_BOOK, encode(&row).as_slice())?;
    tables.standalone.insert(&statement.hash().0, bytes.as_slice())?;
    Ok(())
}

/// Writes what a book begins with: the secret behind derived ids, which only the owner's devices
/// share, and what the founder says.
fn begin(command: &mut Command<'_, '_>, founder: &Founder, secret: String) -> Result<(), Error> {
    let device = command.device();
    let mut edits = vec![Edit::set(Map::Fields, "secret", secret)];
    let mut planner = Planner::new(command);
    if let Some(name) = &founder.device_name {
        edits.push(planner.device_name(&device, name)?);
    }
    if !founder.profile.is_empty() {
        planner.carry_out(&Change::Profile(founder.profile.clone()))?;
    }
    let record = command.profile_record();
    command.touch(Space::Private, record, Kind::Profile, &edits)?;
    Ok(())
}
