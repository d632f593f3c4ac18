//! Limits of the parameters of a described front end.

use crate::{DspError, SampleRate};

/// Longest accepted frame, in samples: 30 s at 48 kHz.
pub(super) const MAX_FRAME_LEN: usize = 48_000 * 30;
/// Maximum number of values of a frame.
pub(super) const MAX_WIDTH: usize = MAX_FRAME_LEN;
/// Maximum product of frame length and bins of a constant-Q transform, which stores its kernels.
pub(super) const MAX_KERNEL_VALUES: usize = 1 << 24;

pub(super) fn out_of_range(what: &'static str, low: usize, high: usize, got: usize) -> DspError {
    DspError::Size { what, expected: format!("{low} to {high}"), got }
}

pub(super) fn size(what: &'static str, got: usize, low: usize, high: usize) -> Result<(), DspError> {
    if (low..=high).contains(&got) { Ok(()) } else { Err(out_of_range(what, low, high, got)) }
}

pub(super) fn number(what: &'static str, got: f32) -> Result<(), DspError> {
    if got.is_finite() { Ok(()) } else { Err(parameter(what, "a finite number", got)) }
}

pub(super) fn parameter(what: &'static str, expected: impl Into<String>, got: f32) -> DspError {
    DspError::Parameter { what, expected: expected.into(), got }
}

pub(super) fn range(low_hz: f32, high_hz: f32, rate: SampleRate) -> Result<(), DspError> {
    let nyquist = (rate.hz() / 2.0) as f32;
    if !(0.0..nyquist).contains(&low_hz) {
        return Err(parameter("lowest frequency", format!("0 to {nyquist} Hz"), low_hz));
    }
    if !(high_hz > low_hz && high_hz <= nyquist) {
        return Err(parameter("highest frequency", format!("above {low_hz}, at most {nyquist} Hz"), high_hz));
    }
    Ok(())
}
