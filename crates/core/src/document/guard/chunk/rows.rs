//! The columns side by side: what each operation is, as far as a chunk alone tells.
//!
//! Walks all columns at once in stretches of rows over which none of them begins a run, so that
//! the work is that of reading the runs. Does not look up what an operation names: whether it
//! exists, is of the right kind and was visible, only a document can say.

use super::bytes::Bytes;
use super::column::{Booleans, Cursor, Delta, Line, Nulls, Rle};
use super::layout::{Column, Layout};
use super::value::Value;
use super::{Actor, COUNTER_END, ChunkError, ChunkLimits};

/// How many operations there are, and of which sorts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) ops: u64,
    pub(super) makes: u64,
    pub(super) deletes: u64,
    pub(super) increments: u64,
    pub(super) marks: u64,
}

/// Walks all rows of `layout`. The author is the first of `actors`.
pub(super) fn walk(
    layout: &Layout<'_>,
    limits: &ChunkLimits,
    start_op: u64,
    actors: &[Actor],
) -> Result<Totals, ChunkError> {
    let mut walker = Walker::new(layout, limits, start_op, actors);
    while let Some(row) = walker.next_rows()? {
        walker.check(row)?;
    }
    walker.finish()
}

type Numbers<'a> = Cursor<Rle<'a, u64>>;
type Names<'a> = Cursor<Rle<'a, &'a str>>;
type Counters<'a> = Cursor<Delta<'a>>;

/// A cursor in each column, and what was seen so far.
struct Walker<'a> {
    object_actor: Numbers<'a>,
    object_counter: Numbers<'a>,
    key_actor: Numbers<'a>,
    key_counter: Counters<'a>,
    key_name: Names<'a>,
    insert: Cursor<Booleans<'a>>,
    action: Numbers<'a>,
    value_meta: Numbers<'a>,
    values: Bytes<'a>,
    pred_count: Numbers<'a>,
    pred_actor: Numbers<'a>,
    pred_counter: Counters<'a>,
    expand: Cursor<Booleans<'a>>,
    mark_name: Names<'a>,
    actors: &'a [Actor],
    /// For each actor, whether it is the author or some operation names it.
    named: Vec<bool>,
    start_op: u64,
    preds_left: u64,
    preds_max: u64,
    /// Where the row before began a mark, if it did.
    mark_open: Option<Place>,
    totals: Totals,
}

/// Consecutive rows that differ in the element they name, if in anything.
#[derive(Clone, Copy, Debug)]
struct Rows<'a> {
    /// Counter of the first row's operation.
    op: u64,
    count: u64,
    object: Option<(u64, u64)>,
    key: Key,
    insert: bool,
    action: Action,
    value: Value,
    preds: u64,
    expand: bool,
    mark_name: Option<&'a str>,
}

/// What an operation changes in its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Name,
    Head,
    Element { actor: u64, line: Line },
}

impl Key {
    /// Returns the actor and the counter of the first row's element.
    fn element(self) -> Option<(u64, i64)> {
        match self {
            Self::Name | Self::Head => None,
            Self::Element { actor, line } => Some((actor, line.first)),
        }
    }
}

/// The object and the element after which something is inserted, each an actor and a counter.
type Place = (Option<(u64, u64)>, Option<(u64, i64)>);

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    Make,
    Set,
    Delete,
    Increment,
    Mark,
}

impl Action {
    fn read(found: u64, op: u64) -> Result<Self, ChunkError> {
        match found {
            // A map, a list, a text, a table.
            0 | 2 | 4 | 6 => Ok(Self::Make),
            1 => Ok(Self::Set),
            3 => Ok(Self::Delete),
            5 => Ok(Self::Increment),
            7 => Ok(Self::Mark),
            _ => Err(ChunkError::Action { op, found }),
        }
    }
}

impl<'a> Walker<'a> {
    fn new(layout: &Layout<'a>, limits: &ChunkLimits, start_op: u64, actors: &'a [Actor]) -> Self {
        let ops_max = limits.ops_max;
        // Nullable columns are absent if all their rows are null.
        let numbers = |column| {
            let bytes = layout.bytes(column);
            Cursor::new(column, Rle::new(column, bytes, ops_max, Nulls::Allowed))
                .or_all(bytes.is_empty(), None)
        };
        let names = |column| {
            let bytes = layout.bytes(column);
            Cursor::new(column, Rle::new(column, bytes, ops_max, Nulls::Allowed))
                .or_all(bytes.is_empty(), None)
        };
        let required = |column, rows_max| {
            let bytes = layout.bytes(column);
            Cursor::new(column, Rle::new(column, bytes, rows_max, Nulls::Refused))
        };
        let counters = |column, rows_max, nulls| {
            let bytes = layout.bytes(column);
            Cursor::new(column, Delta::new(column, bytes, rows_max, nulls))
        };
        let booleans = |column| Booleans::new(column, layout.bytes(column), ops_max);
        let no_elements = layout.bytes(Column::KeyCounter).is_empty();
        let no_expand = layout.bytes(Column::Expand).is_empty();
        let mut named = vec![false; actors.len()];
        named[0] = true;
        Self {
            object_actor: numbers(Column::ObjectActor),
            object_counter: numbers(Column::ObjectCounter),
            key_actor: numbers(Column::KeyActor),
            key_counter: counters(Column::KeyCounter, ops_max, Nulls::Allowed)
                .or_all(no_elements, None),
            key_name: names(Column::KeyName),
            insert: Cursor::new(Column::Insert, booleans(Column::Insert)),
            action: required(Column::Action, ops_max),
            value_meta: required(Column::ValueMeta, ops_max),
            values: layout.bytes(Column::ValueRaw),
            pred_count: required(Column::PredCount, ops_max),
            pred_actor: required(Column::PredActor, limits.preds_max),
            pred_counter: counters(Column::PredCounter, limits.preds_max, Nulls::Refused),
            expand: Cursor::new(Column::Expand, booleans(Column::Expand).with_a_true())
                .or_all(no_expand, false),
            mark_name: names(Column::MarkName),
            actors,
            named,
            start_op,
            preds_left: limits.preds_max,
            preds_max: limits.preds_max,
            mark_open: None,
            totals: Totals::default(),
        }
    }

    /// Takes as many rows as all columns have left in their current runs.
    fn next_rows(&mut self) -> Result<Option<Rows<'a>>, ChunkError> {
        // The action has no default and decides how many rows there are.
        let Some(action) = self.action.run()? else {
            return Ok(None);
        };
        let runs = [
            self.object_actor.some_run()?,
            self.object_counter.some_run()?,
            self.key_actor.some_run()?,
            self.key_counter.some_run()?,
            self.key_name.some_run()?,
            self.insert.some_run()?,
            self.value_meta.some_run()?,
            self.pred_count.some_run()?,
            self.expand.some_run()?,
            self.mark_name.some_run()?,
        ];
        let count = runs.into_iter().fold(action, u64::min);
        let op = self.advance(count)?;

        let object = (self.object_actor.take(count)?, self.object_counter.take(count)?);
        let key_actor = self.key_actor.take(count)?;
        let key_counter = self.key_counter.take(count)?;
        let key_name = self.key_name.take(count)?;
        Ok(Some(Rows {
            op,
            count,
            object: match object {
                (None, None) => None,
                (Some(actor), Some(counter)) => Some((actor, counter)),
                // automerge reads one half or the other as the root, or not at all.
                (Some(_), None) | (None, Some(_)) => return Err(ChunkError::ObjectShape { op }),
            },
            key: key(key_actor, key_counter, key_name, count).ok_or(ChunkError::KeyShape { op })?,
            insert: self.insert.take(count)?,
            action: Action::read(self.action.take(count)?.unwrap_or(u64::MAX), op)?,
            value: Value::from_meta(self.value_meta.take(count)?.unwrap_or(0)),
            preds: self.pred_count.take(count)?.unwrap_or(0),
            expand: self.expand.take(count)?,
            mark_name: self.mark_name.take(count)?,
        }))
    }

    /// Counts `rows` operations and returns the counter of the first.
    fn advance(&mut self, rows: u64) -> Result<u64, ChunkError> {
        let op = self.start_op + self.totals.ops;
        // One past the last counter is refused too, so that the next change can have a start_op.
        let end =
            op.checked_add(rows).filter(|end| *end < COUNTER_END).ok_or(ChunkError::OpCounter)?;
        self.totals.ops = end - self.start_op;
        Ok(op)
    }

    fn check(&mut self, rows: Rows<'a>) -> Result<(), ChunkError> {
        self.check_object(rows)?;
        self.check_key(rows)?;
        self.check_action(rows)?;
        self.check_mark(rows)?;
        self.check_values(rows)?;
        self.check_preds(rows)
    }

    fn check_object(&mut self, rows: Rows<'_>) -> Result<(), ChunkError> {
        let Some((actor, counter)) = rows.object else {
            return Ok(());
        };
        let column = Column::ObjectCounter;
        // Zero is the root, which is written as null.
        if !(1..COUNTER_END).contains(&counter) {
            return Err(ChunkError::Counter(column));
        }
        self.name_actor(Column::ObjectActor, actor)?;
        let line = Line { first: counter as i64, step: 0 };
        self.check_seen(column, actor, line, rows.count, |row| rows.op + row)
    }

    fn check_key(&mut self, rows: Rows<'_>) -> Result<(), ChunkError> {
        let op = rows.op;
        // The root is a map, always.
        if rows.key != Key::Name && rows.object.is_none() {
            return Err(ChunkError::ElementOfRoot { op });
        }
        match rows.key {
            Key::Name if rows.insert => Err(ChunkError::Insert { op }),
            Key::Name => Ok(()),
            Key::Head if !rows.insert => Err(ChunkError::HeadChanged { op }),
            Key::Head => Ok(()),
            Key::Element { actor, line } => {
                self.name_actor(Column::KeyActor, actor)?;
                self.check_seen(Column::KeyCounter, actor, line, rows.count, |row| op + row)
            }
        }
    }

    /// Checks what the action allows in the other columns, and counts it.
    ///
    /// A delete leaves nothing in a saved document but its name on what it deleted; whatever else
    /// it carried would be lost there, and with it the change's hash.
    fn check_action(&mut self, rows: Rows<'_>) -> Result<(), ChunkError> {
        let Rows { op, count, .. } = rows;
        let value_type = rows.value.value_type;
        let allowed = match rows.action {
            Action::Set => true,
            Action::Make | Action::Delete => value_type == Value::NULL,
            // automerge takes an unsigned one too, wraps it, and writes it again as signed.
            Action::Increment => value_type == Value::SIGNED,
            Action::Mark => rows.mark_name.is_some() || value_type == Value::NULL,
        };
        if !allowed {
            return Err(ChunkError::ActionValue { op, value_type });
        }
        let changes_only = matches!(rows.action, Action::Delete | Action::Increment);
        let inserts_only = rows.action == Action::Mark;
        if rows.insert && changes_only || !rows.insert && inserts_only {
            return Err(ChunkError::Insert { op });
        }
        if rows.insert && rows.preds > 0 {
            return Err(ChunkError::InsertWithPreds { op });
        }
        if changes_only && rows.preds == 0 {
            return Err(ChunkError::PredsMissing { op });
        }
        match rows.action {
            Action::Set => {}
            Action::Make => self.totals.makes += count,
            Action::Delete => self.totals.deletes += count,
            Action::Increment => self.totals.increments += count,
            Action::Mark => self.totals.marks += count,
        }
        Ok(())
    }

    /// Checks that each mark's end follows its beginning at once, in the same object, and not
    /// after the same element.
    ///
    /// automerge finds the one by the other's counter, less one. Of two that are inserted at one
    /// place the later comes first: an end before its beginning, which does not load again.
    fn check_mark(&mut self, rows: Rows<'_>) -> Result<(), ChunkError> {
        let op = rows.op;
        let is_mark = rows.action == Action::Mark;
        if !is_mark && (rows.expand || rows.mark_name.is_some()) {
            return Err(ChunkError::MarkFields { op });
        }
        let begins = is_mark && rows.mark_name.is_some();
        let place = (rows.object, rows.key.element());
        let is_paired = match self.mark_open.take() {
            Some((object, element)) => {
                is_mark && !begins && object == place.0 && element != place.1
            }
            None => begins || !is_mark,
        };
        // Two such rows alike are two beginnings or two ends.
        if !is_paired || is_mark && rows.count > 1 {
            return Err(ChunkError::MarkUnpaired { op });
        }
        self.mark_open = begins.then_some(place);
        Ok(())
    }

    fn check_values(&mut self, rows: Rows<'_>) -> Result<(), ChunkError> {
        let Rows { count, value, .. } = rows;
        let is_increment = rows.action == Action::Increment;
        if value.bytes == 0 {
            return value.check(&[], is_increment);
        }
        // Compared before any is read: the rows are claimed, the bytes are there.
        let bytes = value
            .bytes
            .checked_mul(count)
            .and_then(|bytes| usize::try_from(bytes).ok())
            .filter(|bytes| *bytes <= self.values.len())
            .ok_or(ChunkError::ValuesBeyondEnd)?;
        let all = self.values.take(bytes)?;
        let mut each = all.chunks_exact(value.bytes as usize);
        each.try_for_each(|raw| value.check(raw, is_increment))
    }

    /// Checks the predecessors of `rows`, which all have the same number of them.
    fn check_preds(&mut self, rows: Rows<'_>) -> Result<(), ChunkError> {
        let Rows { op, preds, .. } = rows;
        let too_many = ChunkError::TooManyPreds { limit: self.preds_max };
        let total = preds.checked_mul(rows.count).ok_or(too_many.clone())?;
        self.preds_left = self.preds_left.checked_sub(total).ok_or(too_many)?;
        let mut done = 0;
        let mut last: Option<(i64, u64)> = None;
        while done < total {
            let run = self.pred_actor.some_run()?.min(self.pred_counter.some_run()?);
            let count = run.min(total - done);
            let column = Column::PredCounter;
            let actor = self.pred_actor.take(count)?.unwrap_or(u64::MAX);
            let line = self.pred_counter.take(count)?;
            let line = line.ok_or(ChunkError::Null(column))?;
            self.name_actor(Column::PredActor, actor)?;

            // automerge keeps them in the order of ids; one named twice would count twice.
            let first_op = op + done / preds;
            let follows = last.is_none_or(|last| self.is_before(last, (line.first, actor)));
            let continues = !done.is_multiple_of(preds);
            let descends = line.step <= 0 && has_pair(done, count, preds);
            if continues && !follows || descends {
                return Err(ChunkError::PredsOrder { op: first_op });
            }
            // Either end is the lowest counter, and none is zero.
            if line.first.min(line.at(count - 1)) == 0 {
                return Err(ChunkError::Counter(column));
            }
            let namer = |row| op + (done + row) / preds;
            self.check_seen(column, actor, line, count, namer)?;
            last = Some((line.at(count - 1), actor));
            done += count;
        }
        Ok(())
    }

    /// Tells whether one id sorts before another, each a counter and an actor's number.
    fn is_before(&self, one: (i64, u64), other: (i64, u64)) -> bool {
        let bytes = |index: u64| self.actors.get(index as usize);
        (one.0, bytes(one.1)) < (other.0, bytes(other.1))
    }

    /// Notes that an operation names an actor, which must be listed.
    fn name_actor(&mut self, column: Column, index: u64) -> Result<(), ChunkError> {
        let named = usize::try_from(index)
            .ok()
            .and_then(|index| self.named.get_mut(index))
            .ok_or(ChunkError::ActorIndex { column, index })?;
        *named = true;
        Ok(())
    }

    /// Checks that `count` names on `line` are of operations that their namers had seen.
    ///
    /// An operation sees those before it in its own change, and else only ones below `start_op`,
    /// which is above all that the change depends on. `namer` gives the counter of the operation
    /// behind each name. It grows by one with every name, or less often where one operation has
    /// several; so the distance between the two has its extremes at the ends of the line.
    fn check_seen(
        &self,
        column: Column,
        actor: u64,
        line: Line,
        count: u64,
        namer: impl Fn(u64) -> u64,
    ) -> Result<(), ChunkError> {
        let op = namer(0);
        let ends = [0, count - 1].map(|row| (line.at(row) as u64, namer(row)));
        if ends.iter().any(|(name, namer)| name >= namer) {
            return Err(ChunkError::NamesLaterOp { column, op });
        }
        if actor != 0 && ends.iter().any(|(name, _)| *name >= self.start_op) {
            return Err(ChunkError::NamesUnseenOp { column, op });
        }
        Ok(())
    }

    /// Checks that all columns end together and that nothing in the chunk is idle.
    fn finish(mut self) -> Result<Totals, ChunkError> {
        self.object_actor.finish()?;
        self.object_counter.finish()?;
        self.key_actor.finish()?;
        self.key_counter.finish()?;
        self.key_name.finish()?;
        self.insert.finish()?;
        self.value_meta.finish()?;
        self.pred_count.finish()?;
        self.pred_actor.finish()?;
        self.pred_counter.finish()?;
        self.expand.finish()?;
        self.mark_name.finish()?;
        if !self.values.is_empty() {
            return Err(ChunkError::ValuesLeft { found: self.values.len() });
        }
        if self.mark_open.is_some() {
            let op = self.start_op + self.totals.ops - 1;
            return Err(ChunkError::MarkUnpaired { op });
        }
        // automerge lists those that operations name, and would drop any other.
        if let Some(index) = self.named.iter().position(|named| !named) {
            return Err(ChunkError::ActorUnused { index: index - 1 });
        }
        Ok(self.totals)
    }
}

/// Reads the three halves of a key that `count` rows share.
///
/// A name excludes an element. The head is counter zero of nobody, an element never is zero.
fn key(actor: Option<u64>, line: Option<Line>, name: Option<&str>, count: u64) -> Option<Key> {
    match (actor, line, name) {
        (None, None, Some(_)) => Some(Key::Name),
        (None, Some(line), None) => {
            let all_zero = line.first == 0 && line.at(count - 1) == 0;
            all_zero.then_some(Key::Head)
        }
        (Some(actor), Some(line), None) => {
            let any_zero = line.first == 0 || line.at(count - 1) == 0;
            (!any_zero).then_some(Key::Element { actor, line })
        }
        _ => None,
    }
}

/// Tells whether two neighbours among `count` predecessors from `first` on are of one operation.
fn has_pair(first: u64, count: u64, each: u64) -> bool {
    match count {
        0 | 1 => false,
        2 => !(first + 1).is_multiple_of(each),
        // Of two neighbouring borders between three, one at most is between operations.
        _ => each > 1,
    }
}
