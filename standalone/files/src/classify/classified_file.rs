//! Classes of one track.

use earmark_capture::decode::{DecodeIssues, DecoderBackend};
use earmark_gaia::{Classification, ClassifyError};

use crate::analyzed_file::AnalyzedFile;
use crate::provenance::Provenance;

/// Result of one classifier.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifierResult {
    /// Id of the classifier.
    pub model: String,
    /// Name of what is classified, such as `mood_sad`.
    pub class_name: String,
    /// Labels, in the order of the probabilities.
    pub labels: Vec<String>,
    /// Classes, or why the classifier cannot be used on this track.
    pub outcome: Result<Classification, ClassifyError>,
}

/// Classes of one track.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifiedFile {
    /// Whether the file has descriptors instead of audio.
    pub from_descriptors: bool,
    /// Decoder of the audio; `None` for a file with descriptors.
    pub decoder: Option<DecoderBackend>,
    /// Whether the whole track is silent: silence has no class.
    pub silent: bool,
    /// Results, in the order of the classifiers; empty for silence.
    pub results: Vec<ClassifierResult>,
    /// Defects of the audio file.
    pub issues: DecodeIssues,
    /// Facts about the audio file; `None` for a file with descriptors and for samples in memory.
    pub file: Option<AnalyzedFile>,
    /// Program, classifiers and settings.
    pub provenance: Provenance,
    /// Duration in seconds; 0 for a file with descriptors.
    pub duration_s: f64,
    /// Sample rate of the audio file in Hz; 0 for a file with descriptors.
    pub sample_rate_hz: f64,
}
