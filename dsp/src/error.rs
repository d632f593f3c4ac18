//! Errors of the signal path; every message states the expected and the actual value.

use thiserror::Error;

/// Error of the signal path. Errors occur in constructors and setters, never while samples are processed.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Error)]
pub enum DspError {
    /// The sample rate is out of range; read it from the device or the file again.
    #[error("cannot use sample rate: out of range (expected {min} to {max} Hz, got {got} Hz)")]
    SampleRate {
        /// Lowest accepted rate, in Hz.
        min: f64,
        /// Highest accepted rate, in Hz.
        max: f64,
        /// Requested rate, in Hz.
        got: f64,
    },
    /// A size is 0 or out of range; correct the setting.
    #[error("cannot use {what}: out of range (expected {expected}, got {got})")]
    Size {
        /// Name of the size.
        what: &'static str,
        /// Accepted range.
        expected: String,
        /// Requested size.
        got: usize,
    },
    /// A parameter of a described front end is out of range; correct the description.
    #[error("cannot use {what}: out of range (expected {expected}, got {got})")]
    Parameter {
        /// Name of the parameter.
        what: &'static str,
        /// Accepted range.
        expected: String,
        /// Value in the description.
        got: f32,
    },
    /// No item has this name; use one of the known names.
    #[error("cannot use {what}: unknown name (expected one of {expected}, got `{got}`)")]
    Name {
        /// Kind of the item.
        what: &'static str,
        /// Known names.
        expected: String,
        /// Requested name.
        got: String,
    },
    /// A band of a mel bank has no bin of the spectrum; widen the bands or lengthen the frame.
    #[error("cannot build mel bank: {why}")]
    MelBank {
        /// Band and cause.
        why: String,
    },
    /// The resampling library rejected the ratio.
    #[error("cannot resample {from_hz} Hz to {to_hz} Hz: {why}")]
    Resample {
        /// Rate of the input, in Hz.
        from_hz: f64,
        /// Rate of the output, in Hz.
        to_hz: f64,
        /// Error message of the library.
        why: String,
    },
}
