//! Report of one separated file.

use std::path::{Path, PathBuf};

use earmark_capture::decode::DecodeIssues;
use serde::{Serialize, Serializer};

use crate::analyzed_file::AnalyzedFile;
use crate::path_text::PathText;
use crate::provenance::Provenance;

/// Result of the separation of one file, as `earmark separate --json` prints it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SeparatedFile {
    /// Version of the layout.
    pub schema: &'static str,
    /// Path of the input.
    #[serde(flatten)]
    pub path: PathText,
    /// Decoder of the input.
    pub decoder: &'static str,
    /// Length in seconds.
    pub duration_s: f64,
    /// Sample rate of the input.
    pub sample_rate_hz: f64,
    /// Number of channels of the input.
    pub channels: usize,
    /// Id of the model.
    pub model: String,
    /// SHA-256 of the networks of the model, in the order of the stems.
    pub sha256: Vec<String>,
    /// Gain before the networks, in dB.
    pub level_gain_db: f64,
    /// Number of samples that were NaN or infinite and count as 0.
    pub sanitized_samples: u64,
    /// Factor of all stems, with which none is clipped; 1 without `--fit`.
    pub fit_factor: f32,
    /// Written stems.
    pub stems: Vec<WrittenStem>,
    /// Facts about the input.
    pub file: AnalyzedFile,
    /// Program and settings.
    pub provenance: Provenance,
    /// Defects of the file.
    #[serde(skip)]
    pub issues: DecodeIssues,
}

/// Written stem.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WrittenStem {
    /// Name of the stem.
    pub stem: String,
    /// Path of the file; `-` for standard output.
    #[serde(flatten, serialize_with = "as_text")]
    pub path: PathBuf,
    /// Largest magnitude of a sample; full scale is 1.
    pub peak: f32,
    /// RMS of all channels; full scale is 1.
    pub rms: f64,
    /// Number of samples beyond full scale that were clipped.
    pub clipped: u64,
}

fn as_text<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    PathText::new(path).serialize(serializer)
}
