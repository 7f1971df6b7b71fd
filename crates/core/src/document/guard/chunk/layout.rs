//! Which columns a change has and where their bytes are.
//!
//! Does not look into the columns. Invariant: the columns of a [`Layout`] are known, uncompressed
//! and together exactly the bytes that their table announced.

use super::ChunkError;
use super::bytes::Bytes;
use std::fmt;

/// The columns that our changes' operations have, in the order in which they are written.
///
/// automerge has four more: for elements of lists and texts, and for marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    /// Actor of the object's id.
    ObjectActor,
    /// Counter of the object's id.
    ObjectCounter,
    /// A name in a map.
    KeyName,
    /// Whether the operation makes an element after the one that its key names.
    Insert,
    /// What the operation does.
    Action,
    /// Type and length of the value.
    ValueMeta,
    /// Bytes of the values.
    ValueRaw,
    /// Number of predecessors.
    PredCount,
    /// Actor of each predecessor's id.
    PredActor,
    /// Counter of each predecessor's id.
    PredCounter,
}

/// Specification of each column: `id << 4 | type`, ascending.
const SPECS: [(u64, Column); 10] = [
    (0x01, Column::ObjectActor),
    (0x02, Column::ObjectCounter),
    (0x15, Column::KeyName),
    (0x34, Column::Insert),
    (0x42, Column::Action),
    (0x56, Column::ValueMeta),
    (0x57, Column::ValueRaw),
    (0x70, Column::PredCount),
    (0x71, Column::PredActor),
    (0x73, Column::PredCounter),
];

/// The bit of a specification that says that the column is deflated.
const DEFLATED: u64 = 0x08;

impl Column {
    /// Returns the uncompressed column that `spec` stands for.
    fn from_spec(spec: u64) -> Result<Self, ChunkError> {
        let known = |spec| SPECS.iter().find(|known| known.0 == spec);
        if let Some((_, column)) = known(spec) {
            return Ok(*column);
        }
        // Inflating has no limit in automerge, and change chunks have no compressed columns.
        match known(spec & !DEFLATED) {
            Some((_, column)) => Err(ChunkError::CompressedColumn(*column)),
            // automerge keeps columns that it does not know out of the operations and drops them
            // when it writes the change again, under another hash. It also sorts by the low byte
            // only. Those that it knows, and this does not, are of operations that we never make.
            None => Err(ChunkError::UnknownColumn { spec }),
        }
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ObjectActor => "object actor",
            Self::ObjectCounter => "object counter",
            Self::KeyName => "key name",
            Self::Insert => "insert",
            Self::Action => "action",
            Self::ValueMeta => "value metadata",
            Self::ValueRaw => "value",
            Self::PredCount => "predecessor count",
            Self::PredActor => "predecessor actor",
            Self::PredCounter => "predecessor counter",
        })
    }
}

/// The bytes of each column; empty where a column is absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout<'a> {
    columns: [&'a [u8]; SPECS.len()],
}

impl<'a> Layout<'a> {
    /// Reads the table of columns and the bytes that it announces.
    pub(super) fn read(data: &mut Bytes<'a>) -> Result<Self, ChunkError> {
        let mut table: Vec<(Column, u64)> = Vec::new();
        // Needs no limit: what is strictly ascending and known ends after ten.
        for _ in 0..data.unsigned()? {
            let column = Column::from_spec(data.unsigned()?)?;
            let bytes = data.unsigned()?;
            if table.last().is_some_and(|(last, _)| *last >= column) {
                return Err(ChunkError::ColumnsOrder(column));
            }
            if bytes == 0 {
                return Err(ChunkError::EmptyColumn(column));
            }
            table.push((column, bytes));
        }
        let mut layout = Self::default();
        for (column, bytes) in table {
            // automerge adds these lengths up with saturation and truncates them to a pointer.
            let bytes = usize::try_from(bytes).map_err(|_| ChunkError::ColumnsBeyondEnd)?;
            layout.columns[column as usize] =
                data.take(bytes).map_err(|_| ChunkError::ColumnsBeyondEnd)?;
        }
        Ok(layout)
    }

    /// Returns the bytes of `column`.
    pub(super) fn bytes(&self, column: Column) -> Bytes<'a> {
        Bytes::new(self.columns[column as usize])
    }
}
