//! Errors of the music extractor.

use earmark_dsp::DspError;

/// Error of the music extractor.
#[derive(Debug, thiserror::Error)]
pub enum DescriptorError {
    /// Frames, resampler or spectrum cannot be created.
    #[error(transparent)]
    Dsp(#[from] DspError),
}
