//! One write transaction: logs, documents and views change together or not at all.
//!
//! Local commands and peers' batches both end here: entries are appended, their items' changes
//! are judged, documents are applied and projected once each, and rows that differ are rewritten.

mod behind;
mod documents;
mod logs;
mod tables;
mod views;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use redb::{ReadableTable, ReadableTableMetadata, WriteTransaction};

use super::error::{Error, damaged};
use super::schema::{LogRow, OperationRow};
use super::words::WordChanges;
use crate::document::guard;
use crate::fold;
use crate::id::{BookId, ChangeHash, CommandId, DeviceId, DocumentId, RecordId};
use crate::limits;
use crate::log::{Body, Entry, Item, ItemHash, LogId};
use crate::roster::{Authority, Genesis, Standalone, Statement, Withdrawn};
use crate::space::{Space, SpaceIds};
use documents::Open;
use logs::Branch;
pub(super) use logs::Fit;
pub(super) use tables::Tables;

/// Prefix of the verb of a change that undoes another command; the command's id follows.
pub(super) const UNDO_VERB: &str = "undo:";

/// Records named in an operation's row.
const OPERATION_RECORDS_MAX: usize = 3;

/// Where an item is stored.
pub(super) type ItemPlace = (u32, u64, u32);

/// A write transaction under way.
pub(super) struct Writing<'t> {
    pub(super) tables: Tables<'t>,
    pub(super) book: BookId,
    pub(super) spaces: SpaceIds,
    logs: BTreeMap<LogId, Vec<Branch>>,
    open: BTreeMap<DocumentId, Open>,
    /// Numbers of documents that this transaction has left behind.
    left_behind: BTreeMap<DocumentId, u32>,
    /// Documents that another thread works on.
    in_flight: BTreeSet<DocumentId>,
    /// Items of those that could be judged meanwhile.
    later: Vec<ItemPlace>,
    people: BTreeSet<RecordId>,
    words: WordChanges,
    next_admission: u64,
    next_document: u32,
    /// What the roster takes out of documents.
    withdrawn: Arc<Withdrawn>,
    /// Whether items of peers wait in [`schema::BEHIND`](crate::store::schema::BEHIND) until
    /// [`catch_up`](Self::catch_up) takes them into their documents, each document once.
    pub(super) defers: bool,
    /// Documents read from their snapshots.
    pub(super) loaded: u64,
    pub(super) statements_changed: bool,
    /// A forked log of a removed device has grown: which of its branches lead to accepted heads
    /// has to be looked at again.
    pub(super) branches_changed: bool,
}

impl<'t> Writing<'t> {
    pub(super) fn begin(
        transaction: &'t WriteTransaction,
        authority: &Authority,
    ) -> Result<Self, Error> {
        let book = authority.book;
        let tables = Tables::open(transaction)?;
        let next_admission = tables.entries.last()?.map_or(0, |(n, _)| n.value() + 1);
        let next_document = u32::try_from(tables.documents.len()?)
            .map_err(|_| damaged("the number of documents"))?;
        Ok(Self {
            tables,
            book,
            spaces: SpaceIds::of(&book),
            logs: BTreeMap::new(),
            open: BTreeMap::new(),
            left_behind: BTreeMap::new(),
            in_flight: BTreeSet::new(),
            later: Vec::new(),
            people: BTreeSet::new(),
            words: WordChanges::default(),
            next_admission,
            next_document,
            withdrawn: authority.withdrawn.clone(),
            defers: false,
            loaded: 0,
            statements_changed: false,
            branches_changed: false,
        })
    }

    /// Milliseconds for a command that `device` gives at `now`: later than what it undoes, than
    /// the device's own commands, and than those of others whose clocks are about right.
    ///
    /// A clock that is far ahead does not take other devices' along.
    pub(super) fn command_millis(
        &self,
        now: u64,
        undone: Option<&CommandId>,
        device: &DeviceId,
    ) -> Result<u64, Error> {
        let mut after = undone.map(CommandId::millis);
        if let Some((latest, _)) = self.tables.operations.last()? {
            let latest = CommandId(*latest.value()).millis();
            let bound = now.saturating_add(limits::CLOCK_AHEAD_MILLIS_MAX);
            if latest <= bound {
                after = after.max(Some(latest));
            } else {
                let bound = CommandId::v7(bound + 1, [0; 10]);
                let near = self
                    .tables
                    .operations
                    .range::<&[u8; 16]>(..&bound.0)?
                    .next_back()
                    .transpose()?;
                after = after.max(near.map(|(near, _)| CommandId(*near.value()).millis()));
                after = after.max(self.last_given(device)?);
            }
        }
        let next = after.map_or(0, |after| after + 1);
        Ok(now.max(next).min(CommandId::MILLIS_MAX))
    }

    /// When `device` gave its last command that undid none: an undo may have had to be later than
    /// another device's clock.
    fn last_given(&self, device: &DeviceId) -> Result<Option<u64>, Error> {
        let mut last = None;
        for row in self.tables.logs.iter()? {
            let (number, row) = row?;
            let row: LogRow = decode(row.value(), "a log row")?;
            if row.device != *device {
                continue;
            }
            for n in (0..row.next).rev() {
                let Some(entry) = self.entry(number.value(), n)? else { break };
                let command = entry.header().command;
                let is_undo = self.operation(&command)?.is_some_and(|row| row.undoes.is_some());
                if !is_undo {
                    last = last.max(Some(command.millis()));
                    break;
                }
            }
        }
        Ok(last)
    }

    // ---- logs ----

    /// Stores an entry with its items at the end of its log, and takes in what it says.
    ///
    /// `own` tells that its items' changes are in the open documents already.
    pub(super) fn append(
        &mut self,
        authority: &Authority,
        entry: &Entry,
        items: &[Vec<u8>],
        own: bool,
    ) -> Result<(), Error> {
        let header = entry.header();
        let log = self.advance(entry)?;
        let place = (log, header.n, entry.bytes());
        self.tables.entries.insert(self.next_admission, place)?;
        self.tables.positions.insert((log, header.n), self.next_admission)?;
        self.next_admission += 1;
        for ((place, bytes), hash) in (0_u32..).zip(items).zip(entry.items()) {
            let kept: &[u8] = if authority.withdrawn.is_dropped(hash) { &[] } else { bytes };
            self.tables.items.insert((log, header.n, place), kept)?;
        }
        if fold::said(entry.body()).is_some() {
            self.statements_changed = true;
        }
        let standing = authority.devices.get(&header.log.device);
        if standing.is_some_and(|standing| standing.removed.is_some()) {
            self.branches_changed |= self.is_forked(&header.log)?;
        }
        self.take_in(authority, entry, log, items, own)
    }

    /// Derives what follows from an entry that is stored: documents, operations.
    pub(super) fn take_in(
        &mut self,
        authority: &Authority,
        entry: &Entry,
        log: u32,
        items: &[Vec<u8>],
        own: bool,
    ) -> Result<(), Error> {
        let header = entry.header();
        let mut told = Told::default();
        for ((place, bytes), hash) in (0_u32..).zip(items).zip(entry.items()) {
            let Some(item) = undropped(authority, hash, bytes) else { continue };
            told.note(&item);
            let place = (log, header.n, place);
            if is_late(authority, &header.log, &item) {
                self.tables.late.insert(place, ())?;
            }
            self.carry(authority, entry, place, &item, own)?;
        }
        self.note_operation(entry, log, told)
    }

    fn note_operation(&mut self, entry: &Entry, log: u32, told: Told) -> Result<(), Error> {
        let header = entry.header();
        let mut row = self.operation(&header.command)?.unwrap_or_else(|| OperationRow {
            device: header.log.device,
            verb: String::new(),
            documents: 0,
            entries: Vec::new(),
            records: Vec::new(),
            undoes: None,
        });
        // Whoever repeats another device's command id does not get into its operation.
        if row.device != header.log.device {
            return Ok(());
        }
        row.entries.push((log, header.n));
        row.documents += told.documents;
        if row.verb.is_empty() {
            row.verb = told.verb.unwrap_or_else(|| statement_verb(entry.body()).to_owned());
        }
        for record in told.records {
            if row.records.len() < OPERATION_RECORDS_MAX && !row.records.contains(&record) {
                row.records.push(record);
            }
        }
        let undone = row.verb.strip_prefix(UNDO_VERB).and_then(|id| id.parse::<CommandId>().ok());
        if let Some(undone) = undone {
            row.undoes = Some(undone);
            self.tables.undoings.insert(&undone.0, &header.command.0)?;
        }
        self.tables.operations.insert(&header.command.0, encode(&row).as_slice())?;
        Ok(())
    }

    /// Follows what the roster says from here on.
    pub(super) fn obey(&mut self, authority: &Authority) {
        self.withdrawn = authority.withdrawn.clone();
    }

    /// Whether a document is erased for good.
    pub(super) fn is_erased(&self, document: &DocumentId) -> bool {
        self.withdrawn.is_erased(document)
    }

    /// The change with which a document that was founded again starts.
    pub(super) fn founding(&self, document: &DocumentId) -> Option<ChangeHash> {
        self.withdrawn.founding(document).map(|founding| founding.first)
    }

    /// When the first erasure of a document was said.
    pub(super) fn erasure_of(&self, document: &DocumentId) -> Result<Option<u64>, Error> {
        let mut first = None;
        for (entry, statement) in self.said()? {
            if matches!(&statement, Statement::Erase { document: of, .. } if of == document) {
                let at = entry.header().command.millis();
                first = Some(first.map_or(at, |first: u64| first.min(at)));
            }
        }
        Ok(first)
    }

    /// What is known of a command.
    pub(super) fn operation(&self, command: &CommandId) -> Result<Option<OperationRow>, Error> {
        let row = self.tables.operations.get(&command.0)?;
        row.map(|row| decode(row.value(), "an operation row")).transpose()
    }

    /// Places of all items of a command, in the order in which they were written.
    pub(super) fn items_of_operation(&self, row: &OperationRow) -> Result<Vec<ItemPlace>, Error> {
        let mut places = Vec::new();
        for (log, n) in &row.entries {
            for item in self.tables.items.range((*log, *n, 0)..(*log, *n + 1, 0))? {
                places.push(item?.0.value());
            }
        }
        Ok(places)
    }

    /// Writes everything that is still in memory. Nothing may be appended afterwards.
    pub(super) fn finish(&mut self) -> Result<(), Error> {
        self.flush_logs()?;
        self.flush_documents()?;
        self.write_due()?;
        self.words.flush(&mut self.tables.words)
    }

    /// Authority from all statements that are stored.
    pub(super) fn authority(&self, genesis: &Genesis) -> Result<Authority, Error> {
        let mut standalone = Vec::new();
        for row in self.tables.standalone.iter()? {
            if let Ok(statement) = Standalone::decode(row?.1.value()) {
                standalone.push(statement);
            }
        }
        let placed = self.said()?;
        let placed = placed.iter().map(|(entry, statement)| {
            (entry.header().log, entry.header().n, entry.hash(), statement)
        });
        Authority::compute_with(genesis, &standalone, placed, |log| self.links(log))
    }

    /// Every statement in a log of the roster, with its entry.
    fn said(&self) -> Result<Vec<(Entry, Statement)>, Error> {
        let mut said = Vec::new();
        let roster = self.spaces.id(Space::Roster);
        for row in self.tables.logs.iter()? {
            let (number, row) = row?;
            let row: LogRow = decode(row.value(), "a log row")?;
            if row.space != roster {
                continue;
            }
            let number = number.value();
            for position in self.tables.positions.range((number, 0)..(number + 1, 0))? {
                let (log, n) = position?.0.value();
                let entry = self.entry(log, n)?.ok_or_else(|| damaged("an entry"))?;
                if let Some(statement) = fold::said(entry.body()).cloned() {
                    said.push((entry, statement));
                }
            }
        }
        Ok(said)
    }
}

/// An item that is in form and not dropped.
fn undropped(authority: &Authority, hash: &ItemHash, bytes: &[u8]) -> Option<Item> {
    if authority.withdrawn.is_dropped(hash) { None } else { Item::decode(bytes).ok() }
}

/// Whether an item is about a generation of its document that is over.
fn is_late(authority: &Authority, log: &LogId, item: &Item) -> bool {
    let document = item.document(&log.space);
    let withdrawn = &authority.withdrawn;
    withdrawn.is_erased(&document) || item.generation < withdrawn.generation(&document)
}

/// What the items of one entry tell of their command.
#[derive(Default)]
struct Told {
    documents: u64,
    verb: Option<String>,
    records: Vec<RecordId>,
}

impl Told {
    fn note(&mut self, item: &Item) {
        self.documents += 1;
        if self.records.len() < OPERATION_RECORDS_MAX {
            self.records.push(item.record);
        }
        if self.verb.is_none() {
            self.verb = item.chunks.first().and_then(|chunk| guard::message(chunk));
        }
    }
}

fn statement_verb(body: &Body) -> &'static str {
    match body {
        Body::Statement(Statement::AddDevice { .. }) => "pair",
        Body::Statement(Statement::Erase { .. }) => "erase",
        Body::Statement(Statement::Refound { .. }) => "refound",
        Body::Statement(_) => "roster",
        Body::Items(_) | Body::Unknown(_) => "unknown",
    }
}

pub(super) fn encode(row: &impl serde::Serialize) -> Vec<u8> {
    postcard::to_allocvec(row).expect("BUG: a row always encodes")
}

pub(super) fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8], what: &str) -> Result<T, Error> {
    postcard::from_bytes(bytes).map_err(|_| damaged(what))
}
