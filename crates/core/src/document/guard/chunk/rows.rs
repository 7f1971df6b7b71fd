//! The columns side by side: what each operation is, as far as a chunk alone tells.
//!
//! An operation sets or deletes a name of a map that an earlier change made, and nothing else: no
//! root, no list, no text that is typed into, no counter, no mark, no object made. Takes one
//! operation at a time; since no change writes one name twice, there are never more than the
//! columns have bytes. Does not look up what an operation names: whether it exists and is of the
//! right kind is for class 3, which knows the changes before.

use std::collections::BTreeSet;
use std::ops::Range;

use super::bytes::Bytes;
use super::column::{Cursor, Delta, Line, Rle};
use super::layout::{Column, Layout};
use super::value::Value;
use super::{Actor, COUNTER_END, ChunkError, ChunkLimits};

/// What an operation writes: one name of one map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Op {
    /// The map, as the operation that made it: its actor's number in the chunk, and its counter.
    pub(crate) map: (u32, u32),
    /// Where in the chunk's bytes the name is.
    pub(crate) name: Range<u32>,
    /// Whether the name is deleted, not set.
    pub(crate) deletes: bool,
    /// How many of the chunk's predecessors are this operation's.
    pub(crate) preds: u32,
}

/// Predecessors by one actor, their counters at even distances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Preds {
    /// Number of the actor in the chunk.
    pub(crate) actor: u32,
    pub(crate) line: Line,
    pub(crate) count: u32,
}

/// The operations of a chunk, and the predecessors of all of them in turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ops {
    pub(crate) ops: Vec<Op>,
    pub(crate) preds: Vec<Preds>,
}

/// Walks all rows of `layout`, the columns of `chunk`. The author is the first of `actors`.
pub(super) fn walk(
    chunk: &[u8],
    layout: &Layout<'_>,
    limits: &ChunkLimits,
    start_op: u64,
    actors: &[Actor],
) -> Result<Ops, ChunkError> {
    let mut walker = Walker::new(chunk, layout, limits, start_op, actors);
    while walker.next_row()? {}
    walker.finish()
}

type Numbers<'a> = Cursor<Rle<'a, u64>>;

const SET: u64 = 1;
const DELETE: u64 = 3;

/// A cursor in each column, and what was seen so far.
struct Walker<'a> {
    chunk: &'a [u8],
    map_actor: Numbers<'a>,
    map_counter: Numbers<'a>,
    name: Cursor<Rle<'a, &'a str>>,
    insert: Bytes<'a>,
    action: Numbers<'a>,
    value_meta: Numbers<'a>,
    values: Bytes<'a>,
    pred_count: Numbers<'a>,
    pred_actor: Numbers<'a>,
    pred_counter: Cursor<Delta<'a>>,
    actors: &'a [Actor],
    /// For each actor, whether it is the author or some operation names it.
    named: Vec<bool>,
    written: BTreeSet<(u64, u64, &'a str)>,
    start_op: u64,
    preds_left: u64,
    preds_max: u64,
    found: Ops,
}

impl<'a> Walker<'a> {
    fn new(
        chunk: &'a [u8],
        layout: &Layout<'a>,
        limits: &ChunkLimits,
        start_op: u64,
        actors: &'a [Actor],
    ) -> Self {
        let numbers = |column, rows_max| {
            Cursor::new(column, Rle::new(column, layout.bytes(column), rows_max))
        };
        let names =
            |column| Cursor::new(column, Rle::new(column, layout.bytes(column), limits.ops_max));
        let counters = |column| {
            Cursor::new(column, Delta::new(column, layout.bytes(column), limits.preds_max))
        };
        let mut named = vec![false; actors.len()];
        named[0] = true;
        Self {
            chunk,
            map_actor: numbers(Column::ObjectActor, limits.ops_max),
            map_counter: numbers(Column::ObjectCounter, limits.ops_max),
            name: names(Column::KeyName),
            insert: layout.bytes(Column::Insert),
            action: numbers(Column::Action, limits.ops_max),
            value_meta: numbers(Column::ValueMeta, limits.ops_max),
            values: layout.bytes(Column::ValueRaw),
            pred_count: numbers(Column::PredCount, limits.ops_max),
            pred_actor: numbers(Column::PredActor, limits.preds_max),
            pred_counter: counters(Column::PredCounter),
            actors,
            named,
            written: BTreeSet::new(),
            start_op,
            preds_left: limits.preds_max,
            preds_max: limits.preds_max,
            found: Ops::default(),
        }
    }

    /// Takes one operation, if there is another.
    fn next_row(&mut self) -> Result<bool, ChunkError> {
        let Some(action) = self.action.next()? else {
            return Ok(false);
        };
        let op = self.start_op + self.found.ops.len() as u64;
        // One past the last counter is refused too, so that the next change can have a start_op.
        if op + 1 >= COUNTER_END {
            return Err(ChunkError::OpCounter);
        }
        let map = self.map()?;
        let name = self.name.some()?;
        if name.is_empty() {
            return Err(ChunkError::EmptyName { op });
        }
        // So there are no more operations than bytes, however few a run of them takes.
        if !self.written.insert((map.0.into(), map.1.into(), name)) {
            return Err(ChunkError::RepeatedName { op });
        }
        let value = Value::from_meta(self.value_meta.some()?);
        let preds = self.pred_count.some()?;
        match action {
            SET => value.check(&mut self.values)?,
            DELETE if value != Value::NONE => return Err(ChunkError::DeleteValue { op }),
            // A saved document has of a delete only its id, on each value that it deleted.
            DELETE if preds == 0 => return Err(ChunkError::PredsMissing { op }),
            DELETE => {}
            found => return Err(ChunkError::Action { op, found }),
        }
        let preds = self.preds(op, preds)?;
        let name = place(self.chunk, name);
        self.found.ops.push(Op { map, name, deletes: action == DELETE, preds });
        Ok(true)
    }

    fn map(&mut self) -> Result<(u32, u32), ChunkError> {
        let actor = self.map_actor.some()?;
        let actor = self.name_actor(Column::ObjectActor, actor)?;
        let counter = self.map_counter.some()?;
        // Zero is the root to automerge, whoever the actor.
        if !(1..COUNTER_END).contains(&counter) {
            return Err(ChunkError::Counter(Column::ObjectCounter));
        }
        Ok((actor, counter as u32))
    }

    /// Reads the `preds` predecessors of `op`.
    fn preds(&mut self, op: u64, preds: u64) -> Result<u32, ChunkError> {
        let too_many = ChunkError::TooManyPreds { limit: self.preds_max };
        self.preds_left = self.preds_left.checked_sub(preds).ok_or(too_many)?;
        let mut left = preds;
        let mut last: Option<(i64, u32)> = None;
        while left > 0 {
            let count = self.pred_actor.some_run()?.min(self.pred_counter.some_run()?).min(left);
            let actor = self.pred_actor.take(count)?;
            let actor = self.name_actor(Column::PredActor, actor)?;
            let line = self.pred_counter.take(count)?;
            // Either end is the lowest counter, and none is zero.
            if line.first.min(line.at(count - 1)) == 0 {
                return Err(ChunkError::Counter(Column::PredCounter));
            }
            // automerge keeps them in the order of ids; one named twice would count twice.
            let follows = last.is_none_or(|last| self.is_before(last, (line.first, actor)));
            if !follows || count > 1 && line.step <= 0 {
                return Err(ChunkError::PredsOrder { op });
            }
            last = Some((line.at(count - 1), actor));
            left -= count;
            self.found.preds.push(Preds { actor, line, count: count as u32 });
        }
        Ok(preds as u32)
    }

    /// Tells whether one id sorts before another, each a counter and an actor's number.
    fn is_before(&self, one: (i64, u32), other: (i64, u32)) -> bool {
        let bytes = |index: u32| self.actors.get(index as usize);
        (one.0, bytes(one.1)) < (other.0, bytes(other.1))
    }

    /// Notes that an operation names an actor, which must be listed.
    fn name_actor(&mut self, column: Column, index: u64) -> Result<u32, ChunkError> {
        let named = usize::try_from(index)
            .ok()
            .and_then(|index| self.named.get_mut(index))
            .ok_or(ChunkError::ActorIndex { column, index })?;
        *named = true;
        Ok(index as u32)
    }

    /// Checks that all columns end together and that nothing in the chunk is idle.
    fn finish(mut self) -> Result<Ops, ChunkError> {
        let ops = self.found.ops.len() as u64;
        if ops == 0 {
            return Err(ChunkError::NoOperation);
        }
        self.map_actor.finish()?;
        self.map_counter.finish()?;
        self.name.finish()?;
        self.value_meta.finish()?;
        self.pred_count.finish()?;
        self.pred_actor.finish()?;
        self.pred_counter.finish()?;
        if !self.values.is_empty() {
            return Err(ChunkError::ValuesLeft { found: self.values.len() });
        }
        // One count of rows that insert nothing; a second one would be of those that do.
        let is_one_count = self.insert.unsigned() == Ok(ops) && self.insert.is_empty();
        if !is_one_count {
            return Err(ChunkError::Insert { ops });
        }
        // automerge lists those that operations name, and would drop any other.
        if let Some(index) = self.named.iter().position(|named| !named) {
            return Err(ChunkError::ActorUnused { index: index - 1 });
        }
        Ok(self.found)
    }
}

/// Where in `chunk` the `part` of it is.
fn place(chunk: &[u8], part: &str) -> Range<u32> {
    let start = (part.as_ptr().addr() - chunk.as_ptr().addr()) as u32;
    start..start + part.len() as u32
}
