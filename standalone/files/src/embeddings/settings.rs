//! Settings that decide the values of embeddings.

use serde::{Deserialize, Serialize};

/// Settings that decide the values of embeddings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct EmbeddingSettings {
    /// Id of the model.
    pub model: String,
    /// Hop between patches, in frames.
    pub hop_frames: usize,
    /// Whether silent patches are skipped.
    pub gate: bool,
    /// Whether there is only the mean over all patches.
    pub mean: bool,
}
