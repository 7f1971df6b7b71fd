//! What arrived and is not committed: one delivery being put together, and one batch.
//!
//! Never holds more than a batch and a delivery, whatever the peer sends.

use std::collections::BTreeMap;

use goodword_core::log::{Entry, LogId};
use goodword_core::store::Delivery;
use goodword_core::{Space, limits as core};

use crate::error::Mistake;
use crate::limits;

/// An entry that was taken in, with where it belongs.
pub(super) struct Arrived {
    /// Its space.
    pub space: Space,
    /// Its log.
    pub log: LogId,
    /// How many items came with it.
    pub items: u64,
}

/// A batch that is to be committed in one transaction.
#[derive(Default)]
pub(super) struct Batch {
    /// Standalone statements.
    pub statements: Vec<Vec<u8>>,
    /// Complete entries, in order of arrival.
    pub deliveries: Vec<Delivery>,
    /// The same, in brief.
    pub arrived: Vec<Arrived>,
    bytes: usize,
}

/// Where pieces are put together.
pub(super) struct Inbox {
    /// Entries after which a batch is committed.
    pub entries_max: usize,
    batch: Batch,
    partial: Option<Partial>,
    /// Entries of each log that the batch and the delivery at hand go up to.
    next: BTreeMap<LogId, u64>,
}

impl Default for Inbox {
    fn default() -> Self {
        Self {
            entries_max: limits::BATCH_ENTRIES_MAX,
            batch: Batch::default(),
            partial: None,
            next: BTreeMap::new(),
        }
    }
}

struct Partial {
    delivery: Delivery,
    arrived: Arrived,
    missing: usize,
    bytes: usize,
}

impl Inbox {
    /// Whether nothing waits to be committed or completed.
    pub fn is_empty(&self) -> bool {
        self.partial.is_none() && self.batch.is_empty()
    }

    /// Whether a delivery lacks items.
    pub fn is_amid_delivery(&self) -> bool {
        self.partial.is_some()
    }

    /// Whether the batch is as large as it may become.
    pub fn is_full(&self) -> bool {
        self.batch.deliveries.len() >= self.entries_max
            || self.batch.bytes >= limits::BATCH_BYTES_MAX
    }

    /// Whether an entry of `space` has to wait until the batch is committed, because the roster in
    /// the batch decides whether it may come at all.
    pub fn must_commit_before(&self, space: Space) -> bool {
        let mut arrived = self.batch.arrived.iter();
        space != Space::Roster && arrived.any(|arrived| arrived.space == Space::Roster)
    }

    /// Takes a standalone statement.
    pub fn put_statement(&mut self, statement: Vec<u8>) {
        self.batch.bytes += statement.len();
        self.batch.statements.push(statement);
    }

    /// Takes an entry of `space`, of whose log the store holds `held` entries in its longest branch.
    pub fn put_entry(&mut self, entry: &Entry, space: Space, held: u64) -> Result<(), Mistake> {
        let header = entry.header();
        let (log, n) = (header.log, header.n);
        let expected = self.next.get(&log).copied().unwrap_or(0).max(held);
        if n > expected {
            return Err(Mistake::Gap { device: log.device, n, expected });
        }
        self.next.insert(log, expected.max(n + 1));
        let missing = entry.items().len();
        let bytes = entry.bytes().to_vec();
        self.partial = Some(Partial {
            bytes: bytes.len(),
            delivery: Delivery { entry: bytes, items: Vec::new() },
            arrived: Arrived { space, log, items: missing as u64 },
            missing,
        });
        self.complete();
        Ok(())
    }

    /// Takes the next item of the delivery at hand.
    pub fn put_item(&mut self, item: Vec<u8>) -> Result<(), Mistake> {
        let Some(partial) = &mut self.partial else {
            return Err(Mistake::OutOfOrder { frame: "item" });
        };
        partial.bytes += item.len();
        if item.len() > core::ITEM_BYTES_MAX || partial.bytes > limits::DELIVERY_BYTES_MAX {
            return Err(Mistake::DeliveryTooLong { bytes: partial.bytes });
        }
        partial.delivery.items.push(item);
        partial.missing -= 1;
        self.complete();
        Ok(())
    }

    /// Takes the batch out, to be committed.
    pub fn take(&mut self) -> Batch {
        if self.partial.is_none() {
            self.next.clear();
        }
        std::mem::take(&mut self.batch)
    }

    fn complete(&mut self) {
        let Some(partial) = self.partial.take_if(|partial| partial.missing == 0) else {
            return;
        };
        self.batch.bytes += partial.bytes;
        self.batch.deliveries.push(partial.delivery);
        self.batch.arrived.push(partial.arrived);
    }
}

impl Batch {
    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty() && self.deliveries.is_empty()
    }
}
