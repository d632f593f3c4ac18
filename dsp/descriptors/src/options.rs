//! Framing options of a group of descriptors, with the defaults of Essentia's MusicExtractor.

use earmark_dsp::{DspError, Window};

/// Treatment of frames whose mean square is below 1e-10 (Essentia's `silentFrames`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SilentFrames {
    /// Noise of amplitude 1e-10 is added. The noise is seeded: the same stream has the same values.
    #[default]
    Noise,
    /// Silent frames are analyzed as they are.
    Keep,
    /// Silent frames are left out.
    Drop,
}

/// Framing of a group of descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameOptions {
    /// Length of a frame in samples (at least 2).
    pub frame_len: usize,
    /// Distance between frames in samples (at least 1).
    pub hop: usize,
    /// Number of zeros after the samples of a frame (default 0).
    pub zero_padding: usize,
    /// Window function (default Blackman-Harris, 62 dB); the weights are scaled so that they sum to 2.
    pub window: Window,
    /// Treatment of silent frames (default noise).
    pub silent: SilentFrames,
}

impl FrameOptions {
    /// Framing of the low-level descriptors: frames of 2048 samples, 1024 samples apart.
    pub const LOWLEVEL: Self = Self {
        frame_len: 2048,
        hop: 1024,
        zero_padding: 0,
        window: Window::BlackmanHarris62,
        silent: SilentFrames::Noise,
    };
    /// Framing of the tonal descriptors: frames of 4096 samples, 2048 samples apart.
    pub const TONAL: Self = Self { frame_len: 4096, hop: 2048, ..Self::LOWLEVEL };

    /// Returns the length of the FFT in samples.
    #[must_use]
    pub fn fft_len(&self) -> usize {
        self.frame_len.saturating_add(self.zero_padding)
    }

    /// Returns the number of bins of the spectrum of a frame.
    #[must_use]
    pub fn bins(&self) -> usize {
        self.fft_len() / 2 + 1
    }

    /// Checks that frames can be analyzed.
    ///
    /// # Errors
    /// [`DspError::Size`] if the frame is shorter than [`FrameOptions::MIN_FRAME_LEN`] samples, its FFT is longer than
    /// [`FrameOptions::MAX_FFT_LEN`] or odd, or the hop is 0.
    pub fn check(&self) -> Result<(), DspError> {
        let size = |what, expected: String, got| Err(DspError::Size { what, expected, got });
        if self.frame_len < Self::MIN_FRAME_LEN {
            return size("frame length", format!("at least {} samples", Self::MIN_FRAME_LEN), self.frame_len);
        }
        let fft_len = self.fft_len();
        if fft_len > Self::MAX_FFT_LEN || !fft_len.is_multiple_of(2) {
            let expected = format!("an even number up to {} samples", Self::MAX_FFT_LEN);
            return size("frame length with zero padding", expected, fft_len);
        }
        if self.hop == 0 {
            return size("frame hop", "at least 1 sample".into(), self.hop);
        }
        Ok(())
    }

    /// Shortest frame in samples.
    pub const MIN_FRAME_LEN: usize = 64;
    /// Longest FFT in samples.
    pub const MAX_FFT_LEN: usize = 1 << 20;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_framing_is_valid_and_impossible_framing_is_refused() {
        assert!(FrameOptions::LOWLEVEL.check().is_ok() && FrameOptions::TONAL.check().is_ok());
        assert_eq!((FrameOptions::LOWLEVEL.bins(), FrameOptions::TONAL.bins()), (1025, 2049));
        for (frame_len, hop, zero_padding) in [(0, 1, 0), (63, 1, 0), (64, 0, 0), (64, 1, 1), (64, 1, usize::MAX)] {
            let options = FrameOptions { frame_len, hop, zero_padding, ..FrameOptions::LOWLEVEL };
            assert!(options.check().is_err(), "{options:?}");
        }
    }
}
