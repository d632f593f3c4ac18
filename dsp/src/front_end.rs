//! The exact feature recipes: which rate, frame, spectrum, bank and compression a network was trained on.

use crate::{DspError, FrameIndex, MelBank, MelScale, MelSpec, SampleRate, Slopes, Spectrum};

/// An exact feature recipe. Every network names one; networks that name the same one share its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FrontEnd {
    /// 96 bands, 0 to 8000 Hz, of the power spectrum, as `log10(1 + 10000 x)`; 16 kHz, frame 512, hop 256.
    MusiCnn,
    /// 64 bands, 125 to 7500 Hz, of the magnitude spectrum, as `ln(x + 0.01)`; 16 kHz, frame 400, hop 160.
    Vggish,
    /// 40 bands, 20 to 5000 Hz, of the magnitude spectrum, uncompressed; 11.025 kHz, frame 1024, hop 512.
    TempoCnn,
}

impl FrontEnd {
    /// All recipes.
    pub const ALL: [Self; 3] = [Self::MusiCnn, Self::Vggish, Self::TempoCnn];

    /// The recipe of that [name](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|recipe| recipe.name() == name)
    }

    /// The name used in cards and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MusiCnn => "musicnn",
            Self::Vggish => "vggish",
            Self::TempoCnn => "tempocnn",
        }
    }

    /// The rate its samples must have.
    #[must_use]
    pub const fn rate(self) -> SampleRate {
        match self {
            Self::MusiCnn | Self::Vggish => SampleRate::HZ_16000,
            Self::TempoCnn => SampleRate::HZ_11025,
        }
    }

    /// Samples in a frame.
    #[must_use]
    pub const fn frame_len(self) -> usize {
        match self {
            Self::MusiCnn => 512,
            Self::Vggish => 400,
            Self::TempoCnn => 1024,
        }
    }

    /// Samples from one frame to the next.
    #[must_use]
    pub const fn hop(self) -> usize {
        match self {
            Self::MusiCnn => 256,
            Self::Vggish => 160,
            Self::TempoCnn => 512,
        }
    }

    /// Values in a frame of features.
    #[must_use]
    pub const fn bands(self) -> usize {
        match self {
            Self::MusiCnn => 96,
            Self::Vggish => 64,
            Self::TempoCnn => 40,
        }
    }

    /// The stretch of the stream, in seconds, that `frames` frames from `first` on hear.
    ///
    /// The start is negative for the first frame, which is centred on sample 0.
    #[must_use]
    pub fn span(self, first: FrameIndex, frames: usize) -> (f64, f64) {
        let half = self.frame_len().div_ceil(2) as f64;
        let hop = self.hop() as f64;
        let start = first.0 as f64 * hop - half;
        let length = frames.saturating_sub(1) as f64 * hop + self.frame_len() as f64;
        (start / self.rate().hz(), (start + length) / self.rate().hz())
    }

    /// How many samples at [`FrontEnd::rate`] give at least `frames` frames, the last ones being zero-padded at the end.
    #[must_use]
    pub const fn samples_for(self, frames: usize) -> u64 {
        // frames = ceil(n / hop) + 1, solved for the least n; the first two frames come with the first sample.
        match frames {
            0 => 0,
            1 | 2 => 1,
            _ => (frames as u64 - 2) * self.hop() as u64 + 1,
        }
    }

    const fn fft_len(self) -> usize {
        match self {
            Self::MusiCnn | Self::Vggish => 512,
            Self::TempoCnn => 1024,
        }
    }

    fn mel(self) -> MelSpec {
        let (range_hz, scale, slopes) = match self {
            Self::MusiCnn => (0.0..=8000.0, MelScale::Slaney, Slopes::HertzUnitArea),
            Self::Vggish => (125.0..=7500.0, MelScale::Htk, Slopes::HtkUnitHeight),
            Self::TempoCnn => (20.0..=5000.0, MelScale::Slaney, Slopes::HertzUnitArea),
        };
        MelSpec { bands: self.bands(), range_hz, scale, slopes }
    }
}

/// Turns frames of samples into frames of features by one [`FrontEnd`].
pub struct FeatureExtractor {
    recipe: FrontEnd,
    spectrum: Spectrum,
    bank: MelBank,
    bins: Vec<f32>,
}

impl FeatureExtractor {
    /// Plans the recipe. Allocates: call while activating.
    ///
    /// # Errors
    /// None with the recipes as they are; the signature is that of the parts.
    pub fn new(recipe: FrontEnd) -> Result<Self, DspError> {
        let spectrum = Spectrum::new(recipe.frame_len(), recipe.fft_len())?;
        let nyquist_hz = (recipe.rate().hz() / 2.0) as f32;
        let bank = MelBank::new(&recipe.mel(), spectrum.bins(), nyquist_hz)?;
        Ok(Self { recipe, bins: vec![0.0; spectrum.bins()], spectrum, bank })
    }

    /// Writes the features of one frame: `frame` is [`FrontEnd::frame_len`] samples at [`FrontEnd::rate`],
    /// `out` is [`FrontEnd::bands`] values. Does not allocate.
    pub fn extract(&mut self, frame: &[f32], out: &mut [f32]) {
        self.spectrum.magnitudes(frame, &mut self.bins);
        if self.recipe == FrontEnd::MusiCnn {
            self.bins.iter_mut().for_each(|bin| *bin *= *bin);
        }
        self.bank.apply(&self.bins, out);
        for value in out {
            *value = match self.recipe {
                // The sum is formed in single precision, as in the reference.
                FrontEnd::MusiCnn => (1.0 + 10_000.0 * *value).log10(),
                FrontEnd::Vggish => (*value + 0.01).ln(),
                FrontEnd::TempoCnn => *value,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_has_the_value_of_the_reference() {
        for (recipe, expected) in [(FrontEnd::MusiCnn, 0.0), (FrontEnd::Vggish, -4.605_17), (FrontEnd::TempoCnn, 0.0)] {
            let mut out = vec![9.0; recipe.bands()];
            FeatureExtractor::new(recipe).unwrap().extract(&vec![0.0; recipe.frame_len()], &mut out);
            assert!(out.iter().all(|v| (v - expected).abs() < 1e-6), "{}: {out:?}", recipe.name());
        }
    }

    /// A unit impulse in the middle of a frame has a flat spectrum, so each band shows the sum of its weights.
    #[test]
    fn an_impulse_shows_the_weights() {
        for recipe in FrontEnd::ALL {
            let mut frame = vec![0.0; recipe.frame_len()];
            frame[recipe.frame_len() / 2] = 1.0;
            let mut out = vec![0.0; recipe.bands()];
            FeatureExtractor::new(recipe).unwrap().extract(&frame, &mut out);
            let bank = MelBank::new(&recipe.mel(), recipe.fft_len() / 2 + 1, recipe.rate().hz() as f32 / 2.0).unwrap();
            let mut sums = vec![0.0; recipe.bands()];
            bank.apply(&vec![1.0; recipe.fft_len() / 2 + 1], &mut sums);
            for (value, sum) in out.iter().zip(sums) {
                let expected = match recipe {
                    FrontEnd::MusiCnn => (1.0 + 10_000.0 * sum).log10(),
                    FrontEnd::Vggish => (sum + 0.01).ln(),
                    FrontEnd::TempoCnn => sum,
                };
                assert!((value - expected).abs() < 1e-4, "{}: {value}, expected {expected}", recipe.name());
            }
        }
    }

    #[test]
    fn lengths_and_spans_are_those_of_the_reference() {
        assert_eq!(FrontEnd::MusiCnn.samples_for(187), 47_361);
        assert_eq!(FrontEnd::Vggish.samples_for(96), 15_041);
        assert_eq!(FrontEnd::TempoCnn.samples_for(256), 130_049);
        assert_eq!(FrontEnd::MusiCnn.span(FrameIndex(0), 187), (-0.016, 2.992));
        assert_eq!(FrontEnd::MusiCnn.span(FrameIndex(93), 187), (93.0 * 0.016 - 0.016, 93.0 * 0.016 + 2.992));
        assert_eq!(FrontEnd::Vggish.span(FrameIndex(0), 96), (-0.0125, 0.9625));
        assert_eq!(FrontEnd::from_name("vggish"), Some(FrontEnd::Vggish));
        assert_eq!(FrontEnd::from_name("openl3"), None);
    }
}
