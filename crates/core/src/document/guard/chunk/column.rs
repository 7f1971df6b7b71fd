//! The runs of one column, one at a time and never expanded.
//!
//! Knows how runs are written, not what their values mean. Two encodings: repetitions and literals
//! of a value ([`Rle`]); the same over differences ([`Delta`]). A run of nulls is refused: no
//! column that we read has any. Invariant: the rows of a column never exceed its limit, and
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
    current: Option<(u64, R::Value)>,
}

impl<R: Runs> Cursor<R> {
    /// Begins at the first row of `column`.
    pub(super) fn new(column: Column, runs: R) -> Self {
        Self { column, runs, current: None }
    }

    /// Returns the rows left in the current run; `None` at the end of the column.
    fn run(&mut self) -> Result<Option<u64>, ChunkError> {
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
        let Some((left, value)) = self.current.filter(|(left, _)| rows <= *left) else {
            return Err(ChunkError::RowCounts(self.column));
        };
        self.current = (rows < left).then(|| (left - rows, R::after(value, rows)));
        Ok(value)
    }

    /// Takes one row, if there is another.
    pub(super) fn next(&mut self) -> Result<Option<R::Value>, ChunkError> {
        match self.run()? {
            Some(_) => self.take(1).map(Some),
            None => Ok(None),
        }
    }

    /// Takes one row of a column that must have one.
    pub(super) fn some(&mut self) -> Result<R::Value, ChunkError> {
        self.next()?.ok_or(ChunkError::RowCounts(self.column))
    }

    /// Checks that the column has no row left.
    pub(super) fn finish(&mut self) -> Result<(), ChunkError> {
        match self.run()? {
            Some(_) => Err(ChunkError::RowCounts(self.column)),
            None => Ok(()),
        }
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
    Repetition(T),
    Literal(T),
}

/// Runs of repeated values (length > 0) and literals (< 0).
#[derive(Debug)]
pub(super) struct Rle<'a, T> {
    column: Column,
    bytes: Bytes<'a>,
    rows: Rows,
    before: Before<T>,
    literals_left: u64,
}

impl<'a, T: Item<'a>> Rle<'a, T> {
    /// Begins at the first run of `bytes`.
    pub(super) fn new(column: Column, bytes: Bytes<'a>, rows_max: u64) -> Self {
        let rows = Rows::new(column, rows_max);
        Self { column, bytes, rows, before: Before::Nothing, literals_left: 0 }
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
}

impl<'a, T: Item<'a>> Runs for Rle<'a, T> {
    type Value = T;

    fn next_run(&mut self) -> Result<Option<(u64, T)>, ChunkError> {
        if self.literals_left > 0 {
            return Ok(Some((1, self.literal()?)));
        }
        if self.bytes.is_empty() {
            return Ok(None);
        }
        let header = self.bytes.signed()?;
        if header == 0 {
            return Err(ChunkError::Null(self.column));
        }
        // Not `abs`: the smallest header has no positive counterpart, and automerge panics on it.
        let rows = header.unsigned_abs();
        self.rows.add(rows)?;
        if header > 0 {
            return Ok(Some((rows, self.repetition(rows)?)));
        }
        if matches!(self.before, Before::Literal(_)) {
            return Err(ChunkError::UnmergedRuns(self.column));
        }
        self.literals_left = rows;
        Ok(Some((1, self.literal()?)))
    }

    fn after(value: T, _: u64) -> T {
        value
    }
}

/// Counters at even distances from each other, all in 0..2³¹.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The first of them.
    pub(crate) first: i64,
    /// What lies between one and the next.
    pub(crate) step: i64,
}

impl Line {
    /// Returns the counter `rows` rows after the first.
    pub(crate) fn at(self, rows: u64) -> i64 {
        // Both the line's ends are counters, so that nothing between them overflows.
        self.first + self.step * rows as i64
    }
}

/// Counters written as differences from the one before.
#[derive(Debug)]
pub(super) struct Delta<'a> {
    column: Column,
    runs: Rle<'a, i64>,
    last: i64,
}

impl<'a> Delta<'a> {
    /// Begins at the first run of `bytes`.
    pub(super) fn new(column: Column, bytes: Bytes<'a>, rows_max: u64) -> Self {
        Self { column, runs: Rle::new(column, bytes, rows_max), last: 0 }
    }
}

impl Runs for Delta<'_> {
    type Value = Line;

    fn next_run(&mut self) -> Result<Option<(u64, Line)>, ChunkError> {
        let Some((rows, step)) = self.runs.next_run()? else {
            return Ok(None);
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
        Ok(Some((rows, Line { first, step })))
    }

    fn after(line: Line, rows: u64) -> Line {
        Line { first: line.at(rows), ..line }
    }
}
