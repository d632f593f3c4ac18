//! Parameters of a described front end, and their check.

use super::bank::Bank;
use super::compression::Compression;
use super::constant_q::ConstantQ;
use super::limits::{MAX_FRAME_LEN, MAX_WIDTH, number, out_of_range, size};
use crate::{DspError, SampleRate, Window};

/// Quantity of a spectrum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Magnitude of a bin.
    Magnitude,
    /// Squared magnitude of a bin.
    Power,
}

/// Features computed from a windowed spectrum: bins or bands, compressed, then optionally a cepstrum or a difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SpectralFeatures {
    /// Window function.
    pub window: Window,
    /// Number of samples of the window.
    pub window_len: usize,
    /// Number of samples after zero padding.
    pub fft_len: usize,
    /// Quantity of each bin.
    pub quantity: Quantity,
    /// Filter bank over the bins.
    pub bank: Bank,
    /// Compression of each bin or band.
    pub compression: Compression,
    /// Number of cepstral coefficients (orthonormal discrete cosine transform of the compressed bands); none for the
    /// bands themselves.
    pub coefficients: Option<usize>,
    /// Number of frames back to the frame that is subtracted. The positive part of the difference follows the bands.
    pub difference_frames: Option<usize>,
}

/// Features of a described front end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DescribedFeatures {
    /// The samples of the frame.
    Samples {
        /// Number of samples.
        len: usize,
    },
    /// Spectrum, bands or cepstrum.
    Spectral(SpectralFeatures),
    /// Constant-Q transform.
    ConstantQ(ConstantQ),
}

/// Parameters of a [`DescribedFrontEnd`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FrontEndDescription {
    /// Sample rate.
    pub rate: SampleRate,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// Number of zeros before sample 0 in the first frame; none centres the frame on sample 0.
    pub lead: Option<usize>,
    /// Features of a frame.
    pub features: DescribedFeatures,
    /// Number added to each value.
    pub add: f32,
    /// Factor of each value after the addition.
    pub multiply: f32,
}

/// Front end with checked parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DescribedFrontEnd {
    description: FrontEndDescription,
    /// Samples in a frame, with those of the frame that is subtracted.
    len: usize,
    lead: usize,
    /// Values in a frame of features.
    width: usize,
}

impl DescribedFrontEnd {
    /// Checks a description. Allocates.
    ///
    /// # Errors
    /// [`DspError::Size`], [`DspError::MelBank`] or [`DspError::Parameter`] with the parameter that is out of range.
    pub fn new(description: FrontEndDescription) -> Result<Self, DspError> {
        let FrontEndDescription { rate, hop, lead, features, add, multiply } = description;
        size("hop", hop, 1, MAX_FRAME_LEN)?;
        number("add", add)?;
        number("multiply", multiply)?;
        let (len, past, width) = match features {
            DescribedFeatures::Samples { len } => {
                size("frame length", len, 1, MAX_FRAME_LEN)?;
                (len, 0, len)
            }
            DescribedFeatures::Spectral(spectral) => {
                spectral.check(rate)?;
                let lag = spectral.difference_frames.unwrap_or(0);
                let past = lag.checked_mul(hop).filter(|&past| past <= MAX_FRAME_LEN - spectral.window_len);
                let past = past.ok_or_else(|| out_of_range("difference in frames", 1, MAX_FRAME_LEN / hop, lag))?;
                (spectral.window_len, past, spectral.width(rate)?)
            }
            DescribedFeatures::ConstantQ(constant_q) => {
                constant_q.check(rate)?;
                (constant_q.frame_len(rate), 0, constant_q.bins)
            }
        };
        size("values in a frame", width, 1, MAX_WIDTH)?;
        let lead = lead.unwrap_or(len / 2);
        size("zeros before the first sample", lead, 0, len.saturating_sub(1))?;
        Ok(Self { description, len: len + past, lead: lead + past, width })
    }

    /// Returns the parameters.
    #[must_use]
    pub const fn description(&self) -> &FrontEndDescription {
        &self.description
    }

    /// Returns the number of samples in a frame, with those of an earlier frame that is subtracted.
    #[must_use]
    pub const fn frame_len(&self) -> usize {
        self.len
    }

    /// Returns the number of zeros before sample 0 in the first frame.
    #[must_use]
    pub const fn lead(&self) -> usize {
        self.lead
    }

    /// Returns the number of values in a frame of features.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }
}

impl SpectralFeatures {
    fn check(&self, rate: SampleRate) -> Result<(), DspError> {
        size("window length", self.window_len, 2, MAX_FRAME_LEN)?;
        size("FFT length", self.fft_len, self.window_len, MAX_FRAME_LEN)?;
        self.bank.check(rate)?;
        self.compression.check()?;
        if let Some(frames) = self.difference_frames {
            size("difference in frames", frames, 1, MAX_FRAME_LEN)?;
        }
        if let Some(coefficients) = self.coefficients {
            size("cepstral coefficients", coefficients, 1, self.bank.filters(self.fft_len, rate)?.width())?;
        }
        Ok(())
    }

    /// Returns the number of values in a frame.
    fn width(&self, rate: SampleRate) -> Result<usize, DspError> {
        let bands = match self.coefficients {
            Some(coefficients) => coefficients,
            None => self.bank.filters(self.fft_len, rate)?.width(),
        };
        Ok(bands * if self.difference_frames.is_some() { 2 } else { 1 })
    }
}
