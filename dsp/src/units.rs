//! Numbers that carry their clock: a rate in Hz, an index of a feature frame.

use crate::DspError;

/// A sampling rate in Hz: finite and between [`SampleRate::MIN_HZ`] and [`SampleRate::MAX_HZ`], fractions allowed.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct SampleRate(f64);

impl SampleRate {
    /// The lowest rate taken, in Hz.
    pub const MIN_HZ: f64 = 1_000.0;
    /// The highest rate taken, in Hz.
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

    /// A rate of `hz`.
    ///
    /// # Errors
    /// [`DspError::SampleRate`] when `hz` is not a number or out of range.
    pub fn new(hz: f64) -> Result<Self, DspError> {
        if (Self::MIN_HZ..=Self::MAX_HZ).contains(&hz) {
            Ok(Self(hz))
        } else {
            Err(DspError::SampleRate { min: Self::MIN_HZ, max: Self::MAX_HZ, got: hz })
        }
    }

    /// The rate in Hz.
    #[must_use]
    pub const fn hz(self) -> f64 {
        self.0
    }

    /// The rate as a whole number of Hz, if it is one.
    #[must_use]
    pub fn whole_hz(self) -> Option<u32> {
        (self.0.fract() == 0.0).then_some(self.0 as u32)
    }

    /// How long `samples` last at this rate, in seconds.
    #[must_use]
    pub fn seconds(self, samples: u64) -> f64 {
        samples as f64 / self.0
    }
}

/// The index of a feature frame since the stream began (or was last reset): frame 0 is centred on sample 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FrameIndex(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_of_real_devices_are_taken_and_nonsense_is_refused() {
        for hz in [1_000.0, 1_234.567_8, 8_000.0, 44_100.0, 45_678.901, 768_000.0] {
            assert_eq!(SampleRate::new(hz).map(SampleRate::hz), Ok(hz));
        }
        for hz in [0.0, -1.0, 999.9, 768_000.1, 1e9, f64::NAN, f64::INFINITY] {
            assert!(SampleRate::new(hz).is_err(), "{hz} Hz was taken");
        }
        assert_eq!(SampleRate::new(44_100.0).map(SampleRate::whole_hz), Ok(Some(44_100)));
        assert_eq!(SampleRate::new(44_100.5).map(SampleRate::whole_hz), Ok(None));
    }
}
