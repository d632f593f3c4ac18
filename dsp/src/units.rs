//! Numbers with a unit: a sample rate in Hz, the index of a feature frame.

use std::fmt;

use crate::DspError;

/// Sample rate in Hz: finite, from [`SampleRate::MIN_HZ`] to [`SampleRate::MAX_HZ`], fractions allowed.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "f64", into = "f64"))]
pub struct SampleRate(f64);

impl SampleRate {
    /// Lowest accepted rate, in Hz.
    pub const MIN_HZ: f64 = 1_000.0;
    /// Highest accepted rate, in Hz.
    pub const MAX_HZ: f64 = 768_000.0;
    /// 11.025 kHz, the rate of TempoCNN.
    pub const HZ_11025: Self = Self(11_025.0);
    /// 16 kHz, the rate of MusiCNN, MAEST, VGGish and CREPE.
    pub const HZ_16000: Self = Self(16_000.0);
    /// 22.05 kHz, the rate of FSD-SINet.
    pub const HZ_22050: Self = Self(22_050.0);
    /// 44.1 kHz, the rate of compact discs.
    pub const HZ_44100: Self = Self(44_100.0);
    /// 48 kHz, the rate of OpenL3.
    pub const HZ_48000: Self = Self(48_000.0);

    /// Returns the rate of `hz` Hz.
    ///
    /// # Errors
    /// [`DspError::SampleRate`] if `hz` is NaN or out of range.
    pub fn new(hz: f64) -> Result<Self, DspError> {
        if (Self::MIN_HZ..=Self::MAX_HZ).contains(&hz) {
            Ok(Self(hz))
        } else {
            Err(DspError::SampleRate { min: Self::MIN_HZ, max: Self::MAX_HZ, got: hz })
        }
    }

    /// Returns the rate in Hz.
    #[must_use]
    pub const fn hz(self) -> f64 {
        self.0
    }

    /// Returns the rate if it is a whole number of Hz.
    #[must_use]
    pub fn whole_hz(self) -> Option<u32> {
        (self.0.fract() == 0.0).then_some(self.0 as u32)
    }

    /// Returns the duration of `samples` samples at this rate, in seconds.
    #[must_use]
    pub fn seconds(self, samples: u64) -> f64 {
        samples as f64 / self.0
    }
}

/// Accepts a rate in Hz, as devices and file headers have it.
impl TryFrom<u32> for SampleRate {
    type Error = DspError;

    fn try_from(hz: u32) -> Result<Self, DspError> {
        Self::new(f64::from(hz))
    }
}

/// Accepts a rate in Hz, as [`SampleRate::new`] does.
impl TryFrom<f64> for SampleRate {
    type Error = DspError;

    fn try_from(hz: f64) -> Result<Self, DspError> {
        Self::new(hz)
    }
}

/// Returns the rate in Hz.
impl From<SampleRate> for f64 {
    fn from(rate: SampleRate) -> Self {
        rate.hz()
    }
}

/// Writes the rate with its unit: `44100 Hz`.
impl fmt::Display for SampleRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} Hz", self.0)
    }
}

/// Index of a feature frame since the stream started or was last reset: frame 0 is centred on sample 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FrameIndex(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_in_range_is_accepted_and_out_of_range_is_rejected() {
        for hz in [1_000.0, 1_234.567_8, 8_000.0, 44_100.0, 45_678.901, 768_000.0] {
            assert_eq!(SampleRate::new(hz).map(SampleRate::hz), Ok(hz));
        }
        for hz in [0.0, -1.0, 999.9, 768_000.1, 1e9, f64::NAN, f64::INFINITY] {
            assert!(SampleRate::new(hz).is_err(), "{hz} Hz was accepted");
        }
        assert_eq!(SampleRate::new(44_100.0).map(SampleRate::whole_hz), Ok(Some(44_100)));
        assert_eq!(SampleRate::new(44_100.5).map(SampleRate::whole_hz), Ok(None));
    }

    #[test]
    fn rate_converts_from_whole_hz_and_to_text() {
        assert_eq!(SampleRate::try_from(44_100_u32), Ok(SampleRate::HZ_44100));
        assert_eq!(SampleRate::try_from(22_050.0), Ok(SampleRate::HZ_22050));
        assert!(matches!(SampleRate::try_from(0_u32), Err(DspError::SampleRate { got: 0.0, .. })));
        assert_eq!(f64::from(SampleRate::HZ_48000), 48_000.0);
        assert_eq!(SampleRate::HZ_11025.to_string(), "11025 Hz");
        assert_eq!(SampleRate::new(1_234.5).unwrap().to_string(), "1234.5 Hz");
    }
}
