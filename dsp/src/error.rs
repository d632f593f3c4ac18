//! What can go wrong in the signal path; every message says what was expected and what came.

use thiserror::Error;

/// An error of the signal path. All of them are found while setting up, none while running.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DspError {
    /// The rate is not one that audio has; ask the device or the file again.
    #[error("sample rate: expected {min} to {max} Hz, got {got}")]
    SampleRate {
        /// Lowest rate taken, in Hz.
        min: f64,
        /// Highest rate taken, in Hz.
        max: f64,
        /// What was asked for, in Hz.
        got: f64,
    },
    /// A size that must be positive (or in a range) is not; correct the setting.
    #[error("{what}: expected {expected}, got {got}")]
    Size {
        /// Which size.
        what: &'static str,
        /// What would have been right.
        expected: String,
        /// What came.
        got: usize,
    },
    /// A mel bank that its spectrum cannot fill; widen the bands or lengthen the frame.
    #[error("mel bank: {why}")]
    MelBank {
        /// Which band, and why.
        why: String,
    },
    /// The resampling library refused the ratio.
    #[error("resampling {from_hz} Hz to {to_hz} Hz: {why}")]
    Resample {
        /// Rate of the input, in Hz.
        from_hz: f64,
        /// Rate of the output, in Hz.
        to_hz: f64,
        /// The library's words.
        why: String,
    },
}
