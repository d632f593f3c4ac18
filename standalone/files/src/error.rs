//! Errors of one file.

use std::io;

use earmark_capture::decode::DecodeError;
#[cfg(feature = "descriptors")]
use earmark_descriptors::DescriptorError;
use earmark_models::ModelError;
use thiserror::Error;

use crate::array_index_error::ArrayIndexError;
use crate::earlier_results::EarlierResultsError;

/// Error of the analysis of one file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FileError {
    /// The file cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The model cannot analyze the file.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The descriptors cannot be computed with this profile.
    #[cfg(feature = "descriptors")]
    #[error(transparent)]
    Descriptors(#[from] DescriptorError),
    /// The file with descriptors cannot be read.
    #[cfg(feature = "descriptors")]
    #[error(transparent)]
    DescriptorFile(#[from] earmark_gaia::DescriptorFileError),
    /// The file has no MusicBrainz recording id, and the profile requires one.
    #[error("no MusicBrainz recording id in the tags (the profile sets requireMbid)")]
    NoRecordingId,
    /// The file cannot be separated into stems.
    #[cfg(feature = "separation")]
    #[error(transparent)]
    Separate(#[from] earmark_separate::SeparateError),
    /// The file has more channels than a separation takes.
    #[cfg(feature = "separation")]
    #[error("cannot separate {got} channels (expected 1 or 2): `--downmix` separates their mono mix")]
    TooManyChannels {
        /// Number of channels of the file.
        got: usize,
    },
    /// A stem exists and is not overwritten.
    #[cfg(feature = "separation")]
    #[error("{} exists: `--force` overwrites it", .path.display())]
    Exists {
        /// Path of the stem.
        path: std::path::PathBuf,
    },
    /// The stem does not fit into a WAV file.
    #[cfg(feature = "separation")]
    #[error("the stem is too long for a WAV file (expected at most 4 GiB): `--format flac` has no such limit")]
    WavTooLong,
    /// A folder has no audio file.
    #[error("no audio files in this folder")]
    EmptyFolder,
    /// The decoder panicked; its message.
    #[error("cannot decode the file: the decoder panicked: {0}")]
    Panic(String),
    /// The caller cancelled the analysis.
    #[error("interrupted")]
    Cancelled,
    /// The file is shorter than one patch.
    #[error("too short: need {need_s:.1} s, have {have_s:.1}")]
    TooShort {
        /// Length of a patch, in seconds.
        need_s: f64,
        /// Length of the file, in seconds.
        have_s: f64,
    },
    /// The whole file is silent; silence has no embedding.
    #[error("the whole file is silent: silence has no embedding")]
    Silent,
    /// The model has no embedding.
    #[error("expected a model that outputs an embedding ({}), got `{got}`", .known.join(", "))]
    NoEmbedding {
        /// Id of the model.
        got: String,
        /// Ids of the models that output an embedding.
        known: Vec<String>,
    },
    /// The destination of the results cannot be opened.
    #[error("cannot open {name}: {error}")]
    Open {
        /// Path of the destination, or "standard output".
        name: String,
        /// Message of the system.
        error: io::Error,
    },
    /// The index of a folder of arrays cannot be used.
    #[error(transparent)]
    ArrayIndex(#[from] ArrayIndexError),
    /// The output file has results after which this run cannot continue.
    #[error(transparent)]
    EarlierResults(#[from] EarlierResultsError),
    /// The result cannot be written.
    #[error("cannot write the result: {0}")]
    Write(#[from] io::Error),
}

impl FileError {
    /// Returns the error of the system because of which a result cannot be written, if that is the cause.
    #[must_use]
    pub fn output_error(&self) -> Option<&io::Error> {
        match self {
            Self::Write(error) | Self::Open { error, .. } => Some(error),
            _ => None,
        }
    }
}

/// Runs `work` on one file. A panic, which a damaged file can cause in a decoder, is returned as [`FileError::Panic`].
///
/// # Errors
/// Those of `work`, and [`FileError::Panic`].
pub fn catch_panic<T>(work: impl FnOnce() -> Result<T, FileError>) -> Result<T, FileError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().map(ToString::to_string);
        let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
        Err(FileError::Panic(text.unwrap_or_default()))
    })
}
