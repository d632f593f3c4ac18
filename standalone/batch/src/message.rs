//! Messages between a run and its worker process: lines of JSON; replies with rows are followed by the bytes of the rows.

use earmark_files::error_record::ErrorRecord;
use earmark_files::path_text::PathText;
use earmark_files::provenance::Provenance;
use serde::{Deserialize, Serialize};

use crate::file_status::FileStatus;
use crate::recipe::BatchRecipe;

/// Message to a worker process.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Request {
    /// Load the models of a recipe; the first message.
    Load(Box<BatchRecipe>),
    /// Analyze a file.
    Analyze {
        /// Path in the rows.
        name: PathText,
        /// Path on this machine.
        path: PathText,
    },
}

/// Message of a worker process.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reply {
    /// The models are loaded; the schema of the rows follows, in `len` bytes.
    Ready { origin: Box<Provenance>, len: usize },
    /// The models cannot be loaded.
    Failed { error: String },
    /// The file was opened; its declared length in seconds.
    Opened { length_s: Option<f64> },
    /// The file was analyzed; its rows follow, in `len` bytes.
    Rows { len: usize, status: FileStatus, audio_s: f64, record: Option<ErrorRecord> },
}

impl Reply {
    /// Returns the number of bytes that follow.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Ready { len, .. } | Self::Rows { len, .. } => *len,
            Self::Failed { .. } | Self::Opened { .. } => 0,
        }
    }
}
