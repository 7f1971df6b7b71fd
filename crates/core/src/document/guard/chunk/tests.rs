//! The guard's first class against automerge's own chunks and against hostile ones.

mod accepted;
mod hostile;
mod refused;

use super::ChunkLimits;

/// Limits that no honest chunk of these tests reaches.
const WIDE: ChunkLimits = ChunkLimits {
    bytes_max: 1 << 20,
    ops_max: 100_000,
    preds_max: 100_000,
    deps_max: 64,
    actors_max: 64,
    message_bytes_max: 256,
};
