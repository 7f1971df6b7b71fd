//! The runs of one column, one at a time and never expanded.
//!
//! Knows how runs are written, not what their values mean. Three encodings: repetitions, literals
//! and nulls of a value ([`Rle`]); the same over differences ([`Delta`]); alternating counts
//! ([`Booleans`]). Invariant: the rows of a column never exceed its limit, each run has rows, and
//! neighbouring runs could not have been written as one.

use super::bytes::Bytes;
use super::layout::Column;
use super::{COUNTER_END, ChunkError};

/// The runs of one column.
pub(super) trait Runs {
    /// What all rows of a run share.
    type Value: Copy;

    /// Reads the next run and its number of rows, at least one.
    fn next_run(&mut self) -> Result<Option<(u64, Self::Value)>, ChunkError>;

    /// Returns what the rest of a run shares once its first `rows` are taken off.
    fn after(value: Self::Value, rows: u64) -> Self::Value;
}

/// A place in the rows of a column.
#[derive(Debug)]
pub(super) struct Cursor<R: Runs> {
    column: Column,
    runs: R,
    /// Stands for every row if the column is absent.
    absent: Option<R::Value>,
    current: Option<(u64, R::Value)>,
}

impl<R: Runs> Cursor<R> {
    /// Begins at the first row of `column`.
    pub(super) fn new(column: Column, runs: R) -> Self {
        Self { column, runs, absent: None, current: None }
    }

    /// Begins at the first of endless rows of `value` if the column is `absent`.
    pub(super) fn or_all(mut self, absent: bool, value: R::Value) -> Self {
        self.absent = absent.then_some(value);
        self
    }

    /// Returns the rows left in the current run; `None` at the end of the column.
    pub(super) fn run(&mut self) -> Result<Option<u64>, ChunkError> {
        if self.absent.is_some() {
            return Ok(Some(u64::MAX));
        }
        if self.current.is_none() {
            self.current = self.runs.next_run()?;
        }
        Ok(self.current.map(|(rows, _)| rows))
    }

    /// Returns the rows left in the current run of a column that must have one.
    pub(super) fn some_run(&mut self) -> Result<u64, ChunkError> {
        self.run()?.ok_or(ChunkError::RowCounts(self.column))
    }

    /// Takes `rows`, no more than the current run has left.
    pub(super) fn take(&mut self, rows: u64) -> Result<R::Value, ChunkError> {
        if let Some(value) = self.absent {
            return Ok(value);
        }
        let Some((left, value)) = self.current.filter(|(left, _)| rows <= *left) else {
            return Err(ChunkError::RowCounts(self.column));
        };
        self.current = (rows < left).then(|| (left - rows, R::after(value, rows)));
        Ok(value)
    }

    /// Checks that the column has no row left.
    pub(super) fn finish(&mut self) -> Result<(), ChunkError> {
        if self.absent.is_none() && self.run()?.is_some() {
            return Err(ChunkError::RowCounts(self.column));
        }
        Ok(())
    }
}

/// A value that stands in a run-length encoded column.
pub(super) trait Item<'a>: Copy + PartialEq {
    /// Reads one value of `column`.
    fn read(bytes: &mut Bytes<'a>, column: Column) -> Result<Self, ChunkError>;
}

impl Item<'_> for u64 {
    fn read(bytes: &mut Bytes<'_>, _: Column) -> Result<Self, ChunkError> {
        bytes.unsigned()
    }
}

impl Item<'_> for i64 {
    fn read(bytes: &mut Bytes<'_>, _: Column) -> Result<Self, ChunkError> {
        bytes.signed()
    }
}

impl<'a> Item<'a> for &'a str {
    fn read(bytes: &mut Bytes<'a>, column: Column) -> Result<Self, ChunkError> {
        str::from_utf8(bytes.prefixed()?).map_err(|_| ChunkError::TextUtf8(column))
    }
}

/// Counts the rows of a column against its limit.
#[derive(Debug)]
struct Rows {
    column: Column,
    left: u64,
    limit: u64,
}

impl Rows {
    fn new(column: Column, limit: u64) -> Self {
        Self { column, left: limit, limit }
    }

    /// Counts a run of `rows`.
    ///
    /// A run's length is refused as soon as it is read: this is what a bomb is made of.
    fn add(&mut self, rows: u64) -> Result<(), ChunkError> {
        let too_many = ChunkError::TooManyRows { column: self.column, limit: self.limit };
        self.left = self.left.checked_sub(rows).ok_or(too_many)?;
        Ok(())
    }
}

/// The run before the next one, so far as it decides whether the two should be one.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Before<T> {
    Nothing,
    Nulls,
    Repetition(T),
    Literal(T),
}

/// Whether a column may have nulls; if so it must have something else too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nulls {
    Refused,
    Allowed,
}

/// Runs of repeated values (length > 0), literals (< 0) and nulls (0).
#[derive(Debug)]
pub(super) struct Rle<'a, T> {
    column: Column,
    bytes: Bytes<'a>,
    rows: Rows,
    nulls: Nulls,
    before: Before<T>,
    literals_left: u64,
    has_value: bool,
}

impl<'a, T: Item<'a>> Rle<'a, T> {
    /// Begins at the first run of `bytes`.
    pub(super) fn new(column: Column, bytes: Bytes<'a>, rows_max: u64, nulls: Nulls) -> Self {
        Self {
            column,
            bytes,
            rows: Rows::new(column, rows_max),
            nulls,
            before: Before::Nothing,
            literals_left: 0,
            has_value: false,
        }
    }

    /// Reads a value that differs from the one in the row before.
    fn other_value(&mut self) -> Result<T, ChunkError> {
        let value = T::read(&mut self.bytes, self.column)?;
        if let Before::Repetition(before) | Before::Literal(before) = self.before
            && before == value
        {
            return Err(ChunkError::UnmergedRuns(self.column));
        }
        Ok(value)
    }

    fn literal(&mut self) -> Result<T, ChunkError> {
        let value = self.other_value()?;
        self.literals_left -= 1;
        self.before = Before::Literal(value);
        Ok(value)
    }

    fn repetition(&mut self, rows: u64) -> Result<T, ChunkError> {
        // A single value is written as a literal.
        if rows == 1 {
            return Err(ChunkError::RepetitionOfOne(self.column));
        }
        let value = self.other_value()?;
        self.before = Before::Repetition(value);
        Ok(value)
    }

    fn null(&mut self) -> Result<u64, ChunkError> {
        if self.nulls == Nulls::Refused {
            return Err(ChunkError::Null(self.column));
        }
        let rows = self.bytes.unsigned()?;
        if rows == 0 {
            return Err(ChunkError::EmptyRun(self.column));
        }
        if self.before == Before::Nulls {
            return Err(ChunkError::UnmergedRuns(self.column));
        }
        self.before = Before::Nulls;
        Ok(rows)
    }
}

impl<'a, T: Item<'a>> Runs for Rle<'a, T> {
    type Value = Option<T>;

    fn next_run(&mut self) -> Result<Option<(u64, Option<T>)>, ChunkError> {
        if self.literals_left > 0 {
            return Ok(Some((1, Some(self.literal()?))));
        }
        if self.bytes.is_empty() {
            // automerge leaves out a column of nothing but nulls.
            if self.nulls == Nulls::Allowed && !self.has_value {
                return Err(ChunkError::NeedlessColumn(self.column));
            }
            return Ok(None);
        }
        let header = self.bytes.signed()?;
        if header == 0 {
            let rows = self.null()?;
            self.rows.add(rows)?;
            return Ok(Some((rows, None)));
        }
        self.has_value = true;
        // Not `abs`: the smallest header has no positive counterpart, and automerge panics on it.
        let rows = header.unsigned_abs();
        self.rows.add(rows)?;
        if header > 0 {
            return Ok(Some((rows, Some(self.repetition(rows)?))));
        }
        if matches!(self.before, Before::Literal(_)) {
            return Err(ChunkError::UnmergedRuns(self.column));
        }
        self.literals_left = rows;
        Ok(Some((1, Some(self.literal()?))))
    }

    fn after(value: Option<T>, _: u64) -> Option<T> {
        value
    }
}

/// Counters at even distances from each other, all in 0..2³¹.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The first of them.
    pub(super) first: i64,
    /// What lies between one and the next.
    pub(super) step: i64,
}

impl Line {
    /// Returns the counter `rows` rows after the first.
    pub(super) fn at(self, rows: u64) -> i64 {
        // Both the line's ends are counters, so that nothing between them overflows.
        self.first + self.step * rows as i64
    }
}

/// Counters written as differences from the one before; nulls are passed over.
#[derive(Debug)]
pub(super) struct Delta<'a> {
    column: Column,
    runs: Rle<'a, i64>,
    last: i64,
}

impl<'a> Delta<'a> {
    /// Begins at the first run of `bytes`.
    pub(super) fn new(column: Column, bytes: Bytes<'a>, rows_max: u64, nulls: Nulls) -> Self {
        Self { column, runs: Rle::new(column, bytes, rows_max, nulls), last: 0 }
    }
}

impl Runs for Delta<'_> {
    type Value = Option<Line>;

    fn next_run(&mut self) -> Result<Option<(u64, Option<Line>)>, ChunkError> {
        let Some((rows, step)) = self.runs.next_run()? else {
            return Ok(None);
        };
        let Some(step) = step else {
            return Ok(Some((rows, None)));
        };
        // In 128 bits no product of a step and a number of rows overflows. Between two counters
        // that are in range all are.
        let counter = |rows: u64| {
            let counter = i128::from(self.last) + i128::from(step) * i128::from(rows);
            let in_range = (0..i128::from(COUNTER_END)).contains(&counter);
            in_range.then_some(counter as i64).ok_or(ChunkError::Counter(self.column))
        };
        let first = counter(1)?;
        self.last = counter(rows)?;
        Ok(Some((rows, Some(Line { first, step }))))
    }

    fn after(line: Option<Line>, rows: u64) -> Option<Line> {
        line.map(|line| Line { first: line.at(rows), ..line })
    }
}

/// Counts of false and true in turn, beginning with false.
#[derive(Debug)]
pub(super) struct Booleans<'a> {
    column: Column,
    bytes: Bytes<'a>,
    rows: Rows,
    next: bool,
    is_first: bool,
    needs_true: bool,
}

impl<'a> Booleans<'a> {
    /// Begins at the first run of `bytes`.
    pub(super) fn new(column: Column, bytes: Bytes<'a>, rows_max: u64) -> Self {
        Self {
            column,
            bytes,
            rows: Rows::new(column, rows_max),
            next: false,
            is_first: true,
            needs_true: false,
        }
    }

    /// Refuses a column without a true, which automerge would leave out.
    pub(super) fn with_a_true(mut self) -> Self {
        self.needs_true = true;
        self
    }
}

impl Runs for Booleans<'_> {
    type Value = bool;

    fn next_run(&mut self) -> Result<Option<(u64, bool)>, ChunkError> {
        while !self.bytes.is_empty() {
            let rows = self.bytes.unsigned()?;
            let value = self.next;
            self.next = !value;
            // Only the first count may be zero, to begin with a true.
            if rows == 0 && (!self.is_first || self.bytes.is_empty()) {
                return Err(ChunkError::EmptyRun(self.column));
            }
            self.is_first = false;
            self.rows.add(rows)?;
            self.needs_true &= !value;
            if rows > 0 {
                return Ok(Some((rows, value)));
            }
        }
        if self.needs_true {
            return Err(ChunkError::NeedlessColumn(self.column));
        }
        Ok(None)
    }

    fn after(value: bool, _: u64) -> bool {
        value
    }
}
