//! The writing door: a change becomes edits, items, entries, rows — in one transaction.

use std::collections::BTreeMap;

use super::copies::RunningCopy;
use super::error::{Error, PeerError, UserError};
use super::people::Planner;
use super::writing::{UNDO_VERB, Writing};
use super::{Store, millis, place, rebuild};
use crate::change::{Change, Left, Now, Outcome};
use crate::document::guard::{self, History as _, Verdict};
use crate::document::{Edit, Map, Scalar, inverse};
use crate::id::{CommandId, DeviceId, DocumentId, EntryHash, Incarnation, RecordId};
use crate::limits;
use crate::log::{Body, ENTRY_VERSION, Entry, Header, ITEM_VERSION, Item, ItemHash, Key, LogId};
use crate::model::Kind;
use crate::roster::{Authority, Statement};
use crate::space::Space;

use super::dice::Dice;

/// A command under way: edits go in, items gather per space, entries come out.
pub(super) struct Command<'s, 't> {
    pub(super) writing: Writing<'t>,
    pub(super) dice: &'s mut Dice,
    pub(super) now: Now,
    authority: &'s Authority,
    key: &'s Key,
    incarnation: Incarnation,
    id: CommandId,
    verb: String,
    items: BTreeMap<Space, Vec<(ItemHash, Vec<u8>)>>,
    statements: Vec<Statement>,
    /// Whether the items' changes are in the open documents already.
    own: bool,
    gathered: usize,
    gathered_bytes: usize,
    touched: bool,
}

impl Store {
    /// Carries out a change in one transaction.
    ///
    /// # Errors
    /// [`UserError`] if it is not in form or nothing like it is there; then nothing changed.
    pub fn apply(&mut self, change: &Change, now: Now) -> Result<Outcome, Error> {
        self.run(change, now, true)
    }

    /// Tells what [`apply`](Self::apply) would do, and does nothing.
    ///
    /// # Errors
    /// As [`apply`](Self::apply).
    pub fn preview(&mut self, change: &Change, now: Now) -> Result<Outcome, Error> {
        self.run(change, now, false)
    }

    fn run(&mut self, change: &Change, now: Now, keep: bool) -> Result<Outcome, Error> {
        self.writable()?;
        if let Change::Import(import) = change
            && let Some(outcome) = self.nothing_new(import)?
        {
            return Ok(outcome);
        }
        if let Change::Recovery { statement } = change {
            return self.take_recovery(statement, now, keep);
        }
        let span = tracing::debug_span!("apply", verb = verb(change));
        let _entered = span.enter();
        let undone = match change {
            Change::Undo { command } => Some(command),
            _ => None,
        };
        let outcome = self.command(&verb(change), undone, now, keep, |command| {
            let mut planner = Planner::new(command);
            planner.carry_out(change)
        })?;
        if keep {
            self.tend(now)?;
        }
        Ok(outcome)
    }

    /// Runs `plan` as one command, later than the one that it undoes; nothing is kept if it fails,
    /// or if `keep` is false.
    pub(super) fn command<E: From<Error>>(
        &mut self,
        verb: &str,
        undone: Option<&CommandId>,
        now: Now,
        keep: bool,
        plan: impl FnOnce(&mut Command<'_, '_>) -> Result<Outcome, E>,
    ) -> Result<Outcome, E> {
        let Self { database, key, dice, incarnation, new_file, book, counts, .. } = self;
        let book = book.as_mut().ok_or(UserError::NoBook).map_err(Error::from)?;
        let transaction = place::begin(&database.current())?;
        let (mut outcome, touched, loaded, authority, as_incarnation) = {
            let mut writing = Writing::begin(&transaction, &book.authority)?;
            let at = writing.command_millis(millis(now), undone, &key.device())?;
            let mut as_incarnation = *incarnation;
            if let Some(file) = new_file {
                let old = RunningCopy {
                    device: key.device(),
                    incarnation: *incarnation,
                    at: millis(now),
                };
                as_incarnation = file.take(&mut writing.tables, dice, old)?;
            }
            let id = dice.command(at);
            let mut command = Command {
                writing,
                dice,
                now,
                authority: &book.authority,
                key,
                incarnation: as_incarnation,
                id,
                verb: verb.to_owned(),
                items: BTreeMap::new(),
                statements: Vec::new(),
                own: true,
                gathered: 0,
                gathered_bytes: 0,
                touched: false,
            };
            let mut outcome = plan(&mut command)?;
            command.write_entries()?;
            command.writing.finish()?;
            outcome.command = command.touched.then_some(id);
            let Command { writing, touched, .. } = command;
            let authority = writing.statements_changed.then(|| writing.authority(&book.genesis));
            (outcome, touched, writing.loaded, authority.transpose()?, as_incarnation)
        };
        if let Some(authority) = &authority
            && book.authority.counts_differ(authority)
        {
            rebuild::derive_again(&transaction, authority)?;
            dice.reopen();
        }
        let mut total = counts.get();
        total.documents_loaded += loaded;
        if keep && touched {
            transaction.commit().map_err(Error::from)?;
            total.transactions += 1;
            (*incarnation, *new_file) = (as_incarnation, None);
            if let Some(authority) = authority {
                book.authority = authority;
            }
        } else {
            transaction.abort().map_err(Error::from)?;
        }
        counts.set(total);
        if !keep {
            outcome.command = None;
        }
        Ok(outcome)
    }
}

impl Command<'_, '_> {
    /// The record of the profile: the same on every device of the book.
    pub(super) fn profile_record(&self) -> RecordId {
        RecordId::derived(&self.writing.book.0, "profile", 0)
    }

    /// The record that a source key led to.
    pub(super) fn known_source(&mut self, key: &str) -> Result<Option<RecordId>, Error> {
        Planner::new(self).by_source(key)
    }

    /// The device that the command is given on.
    pub(super) fn device(&self) -> DeviceId {
        self.key.device()
    }

    /// A fresh record id.
    pub(super) fn new_record(&mut self) -> RecordId {
        self.dice.record(millis(self.now))
    }

    /// Edits one document; true if something differed.
    pub(super) fn touch(
        &mut self,
        space: Space,
        record: RecordId,
        kind: Kind,
        edits: &[Edit],
    ) -> Result<bool, Error> {
        if edits.is_empty() {
            return Ok(false);
        }
        let space_id = self.writing.spaces.id(space);
        let document = DocumentId::derive(&space_id, &record, kind.number());
        let founding = self.writing.founding(&document);
        let open = self.writing.document(space, record, kind)?;
        if founding.is_some_and(|first| open.document_ref().change(&first).is_none()) {
            return Err(UserError::NotYetArrived(record.to_string()).into());
        }
        let mut item = Item {
            version: ITEM_VERSION,
            record,
            kind: kind.number(),
            generation: open.generation(),
            origin: self.key.device(),
            nonce: self.dice.nonce(&document, open.generation()),
            chunks: Vec::new(),
        };
        let actor = item.actor(&space_id);
        let seconds = self.now.at.as_second();
        let own = open
            .document
            .edit(&actor, seconds, &self.verb, edits)
            .map_err(|stuck| Error::Disk(stuck.to_string()))?;
        let Some(own) = own else { return Ok(false) };
        item.chunks.push(own.chunk);
        check_own(&space_id, &item, open.document_ref())?;
        self.put_item(space, &item)?;
        Ok(true)
    }

    /// Gathers an item for the next entry of its space.
    pub(super) fn put_item(&mut self, space: Space, item: &Item) -> Result<(), Error> {
        let bytes = item.encode();
        if bytes.len() > limits::ITEM_BYTES_MAX {
            let (what, limit) = ("change of one record", limits::ITEM_BYTES_MAX);
            return Err(UserError::TooLong { what: what.into(), bytes: bytes.len(), limit }.into());
        }
        let space_id = self.writing.spaces.id(space);
        let (hash, size) = (Item::hash(&space_id, &bytes), bytes.len());
        let items = self.items.entry(space).or_default();
        items.push((hash, bytes));
        let is_full = items.len() == limits::ITEMS_PER_ENTRY_MAX;
        self.gathered += 1;
        self.gathered_bytes += size;
        self.touched = true;
        // Every space is written when one entry is full, so that memory stays bounded and the
        // parts of one record stay near each other.
        if is_full
            || self.gathered >= 2 * limits::ITEMS_PER_ENTRY_MAX
            || self.gathered_bytes >= limits::ITEMS_BYTES_PER_ENTRY_GOAL
        {
            self.write_entries()?;
        }
        Ok(())
    }

    /// Gathers a statement, which becomes an entry of its own in the roster.
    pub(super) fn say(&mut self, statement: Statement) {
        self.statements.push(statement);
        self.touched = true;
    }

    /// Has items come in as those of others do: judged, and taken into their documents.
    pub(super) fn take_items_in(&mut self) {
        self.own = false;
    }

    /// Signs and stores an entry per space for what was gathered, and lets go of the documents.
    pub(super) fn write_entries(&mut self) -> Result<(), Error> {
        for statement in std::mem::take(&mut self.statements) {
            self.write_entry(Space::Roster, &Body::Statement(statement), &[])?;
        }
        for (space, items) in std::mem::take(&mut self.items) {
            let (hashes, bytes): (Vec<ItemHash>, Vec<Vec<u8>>) = items.into_iter().unzip();
            self.write_entry(space, &Body::Items(hashes), &bytes)?;
        }
        self.gathered = 0;
        self.gathered_bytes = 0;
        self.writing.flush_documents()
    }

    fn write_entry(&mut self, space: Space, body: &Body, items: &[Vec<u8>]) -> Result<(), Error> {
        let log = LogId {
            space: self.writing.spaces.id(space),
            device: self.key.device(),
            incarnation: self.incarnation,
        };
        let head = self.writing.own_head(&log)?;
        let header = Header {
            version: ENTRY_VERSION,
            log,
            n: head.map_or(0, |head| head.next),
            prev: head.map_or(EntryHash::NONE, |head| head.hash),
            command: self.id,
        };
        let entry = Entry::sign(header, body, self.key).map_err(PeerError::from)?;
        self.writing.append(self.authority, &entry, items, self.own)
    }

    /// Takes back what another command wrote, key by key, where nobody wrote since.
    pub(super) fn undo(&mut self, command: &CommandId) -> Result<Outcome, Error> {
        let operation = self.writing.operation(command)?;
        let operation = operation.ok_or_else(|| UserError::NoOperation(command.to_string()))?;
        let places = self.writing.items_of_operation(&operation)?;
        if places.is_empty() {
            return Err(UserError::NotUndoable { verb: operation.verb }.into());
        }
        let mut outcome = Outcome::default();
        // In the order in which the command wrote, which is alike on all books; the chunks of one
        // document latest first: of two changes of one key, the earlier's past is restored.
        let mut order: Vec<(Space, RecordId, Kind)> = Vec::new();
        let mut by_document: BTreeMap<(Space, RecordId, Kind), Vec<Vec<u8>>> = BTreeMap::new();
        for place in places {
            let Some((log, item)) = self.writing.item(place)? else {
                continue;
            };
            let space = self.writing.spaces.space(&log.space);
            let (Some(space), Some(kind)) = (space, Kind::from_number(item.kind)) else {
                continue;
            };
            let document = (space, item.record, kind);
            let chunks = by_document.entry(document).or_insert_with(|| {
                order.push(document);
                Vec::new()
            });
            chunks.extend(item.chunks);
        }
        for document in order {
            let chunks = by_document.remove(&document).unwrap_or_default();
            let (space, record, kind) = document;
            self.undo_document(space, record, kind, &chunks, &mut outcome)?;
        }
        Ok(outcome)
    }

    fn undo_document(
        &mut self,
        space: Space,
        record: RecordId,
        kind: Kind,
        chunks: &[Vec<u8>],
        outcome: &mut Outcome,
    ) -> Result<(), Error> {
        let open = self.writing.document(space, record, kind)?;
        let mut edits: BTreeMap<(Map, String), Option<Scalar>> = BTreeMap::new();
        let mut left = Vec::new();
        for chunk in chunks.iter().rev() {
            let undone = inverse(open.document_ref(), chunk, &edits)
                .map_err(|stuck| Error::Disk(stuck.to_string()))?;
            for edit in undone.edits {
                edits.insert((edit.map, edit.key), edit.value);
            }
            left.extend(undone.left);
        }
        let name = open.document_ref().state().text(Map::Fields, "name").unwrap_or("").to_owned();
        for (map, key) in left {
            let field = if map == Map::Fields { key } else { format!("{}/{key}", map.name()) };
            outcome.left.push(Left { record, name: name.clone(), field });
        }
        let edits: Vec<Edit> =
            edits.into_iter().map(|((map, key), value)| Edit { map, key, value }).collect();
        if self.touch(space, record, kind, &edits)? && !outcome.changed.contains(&record) {
            outcome.changed.push(record);
        }
        Ok(())
    }
}

/// A device runs the guard on its own changes, so that it never signs what others refuse.
fn check_own(
    space: &crate::id::SpaceId,
    item: &Item,
    document: &crate::document::Document,
) -> Result<(), Error> {
    let candidates = guard::candidates(space, item)
        .map_err(|reason| Error::Disk(format!("own change refused: {reason}")))?;
    for candidate in &candidates {
        if let Verdict::Inadmissible(reason) = guard::judge(candidate, document) {
            return Err(Error::Disk(format!("own change refused: {reason}")));
        }
    }
    Ok(())
}

/// The word that `operations` and `history` show for a change; at most 64 bytes.
fn verb(change: &Change) -> String {
    match change {
        Change::Profile(_) => "profile".to_owned(),
        Change::AddPerson(_) => "add".to_owned(),
        Change::EditPeople { .. } => "edit".to_owned(),
        Change::Log(_) => "log".to_owned(),
        Change::EditInteraction { .. } => "amend".to_owned(),
        Change::EditCompany { .. } => "target".to_owned(),
        Change::Import(_) => "import".to_owned(),
        Change::NameDevice { .. } => "device".to_owned(),
        Change::Erase { .. } => "erase".to_owned(),
        Change::Refound { .. } => "refound".to_owned(),
        Change::DropLate => "drop-late".to_owned(),
        Change::Recovery { .. } => "recovery".to_owned(),
        Change::Undo { command } => format!("{UNDO_VERB}{command}"),
    }
}
