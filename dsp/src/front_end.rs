//! Exact feature specifications: rate, frame, spectrum, bank and compression that a network was trained on.

mod chunk;
mod extractor;
mod log_mel;
mod spec;

pub use extractor::FeatureExtractor;

use crate::{FrameIndex, SampleRate};
use spec::{Features, FrontEndSpec};

/// An exact feature specification. Every network names one; networks that name the same one share its frames.
///
/// Networks that are not named here need no specification of their own: Discogs-EffNet takes patches of 128 frames of
/// [`Self::MusiCnn`], YAMNet patches of 96 frames of [`Self::Vggish`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FrontEnd {
    /// 96 bands, 0 to 8000 Hz, of the power spectrum, as `log10(1 + 10000 x)`; 16 kHz, frame 512, hop 256.
    MusiCnn,
    /// 64 bands, 125 to 7500 Hz, of the magnitude spectrum, as `ln(x + 0.01)`; 16 kHz, frame 400, hop 160.
    Vggish,
    /// 40 bands, 20 to 5000 Hz, of the magnitude spectrum, uncompressed; 11.025 kHz, frame 1024, hop 512.
    TempoCnn,
    /// Those of [`Self::MusiCnn`], less their mean and divided by twice their deviation over MAEST's training data.
    Maest,
    /// 96 bands, 50 to 10500 Hz, of the power spectrum, as `log10(x)` from -30 on; 22.05 kHz, frame 660, hop 220.
    ///
    /// Of whole files, Essentia takes off the mean and divides by the peak (and 0.005) first. A stream that is still
    /// to come has neither: here samples are taken as they are, as by Essentia's streaming networks.
    FsdSinet,
    /// 199 spectra of a second, 128 bands each, 0 to 24000 Hz, of the magnitude spectrum, in dB below the loudest of
    /// the second (0 to -80); 48 kHz, frame 48000, hop 4800.
    ///
    /// Within the second, spectra are of 2048 samples, 242 apart. A patch is one frame; Essentia's users move on by a
    /// second, which is 10 frames.
    OpenL3Mel128,
    /// Those of [`Self::OpenL3Mel128`], with 256 bands each.
    OpenL3Mel256,
    /// The samples themselves; 16 kHz, frame 1024, hop 160 (10 ms). A patch is one frame, which is standardised.
    Crepe,
    /// 128 bands, 0 to 22050 Hz, of the magnitude spectrum, as `ln(x)` from 1e-30 on; 44.1 kHz, frame 1024, hop 1024.
    ///
    /// Essentia's bands as they are when nothing is set but their number: what the tests of its `TensorflowPredict`
    /// give to `vgg4`.
    LogMel128,
}

impl FrontEnd {
    /// All front ends.
    pub const ALL: [Self; 9] = [
        Self::MusiCnn,
        Self::Vggish,
        Self::TempoCnn,
        Self::Maest,
        Self::FsdSinet,
        Self::OpenL3Mel128,
        Self::OpenL3Mel256,
        Self::Crepe,
        Self::LogMel128,
    ];

    const fn spec(self) -> &'static FrontEndSpec {
        match self {
            Self::MusiCnn => &spec::MUSICNN,
            Self::Vggish => &spec::VGGISH,
            Self::TempoCnn => &spec::TEMPOCNN,
            Self::Maest => &spec::MAEST,
            Self::FsdSinet => &spec::FSD_SINET,
            Self::OpenL3Mel128 => &spec::OPENL3_MEL128,
            Self::OpenL3Mel256 => &spec::OPENL3_MEL256,
            Self::Crepe => &spec::CREPE,
            Self::LogMel128 => &spec::LOG_MEL128,
        }
    }

    /// Returns the front end of that [name](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|front_end| front_end.name() == name)
    }

    /// The name used in cards and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.spec().name
    }

    /// The rate its samples must have.
    #[must_use]
    pub const fn rate(self) -> SampleRate {
        self.spec().rate
    }

    /// Samples in a frame.
    #[must_use]
    pub const fn frame_len(self) -> usize {
        match &self.spec().features {
            Features::Samples { len } | Features::Chunk { len, .. } => *len,
            Features::Mel(mel) => mel.len,
        }
    }

    /// Samples from one frame to the next.
    #[must_use]
    pub const fn hop(self) -> usize {
        self.spec().hop
    }

    /// Values in a frame of features: all [rows](Self::rows) of it.
    #[must_use]
    pub const fn bands(self) -> usize {
        match &self.spec().features {
            Features::Samples { len } => *len,
            Features::Mel(mel) => mel.bank.bands,
            Features::Chunk { spectra, mel, .. } => *spectra * mel.bank.bands,
        }
    }

    /// Spectra in a frame of features, one after the other in time: 199 for OpenL3, 1 for all others.
    #[must_use]
    pub const fn rows(self) -> usize {
        match &self.spec().features {
            Features::Samples { .. } | Features::Mel(_) => 1,
            Features::Chunk { spectra, .. } => *spectra,
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
        // frames = ceil((n + reach) / hop), as frames are cut, solved for the least n.
        let Some(before) = frames.checked_sub(1) else { return 0 };
        let (hop, half) = (self.hop(), self.frame_len().div_ceil(2));
        let reach = if hop < half { hop } else { half };
        (before * hop).saturating_sub(reach) as u64 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_spans_are_those_of_the_reference() {
        assert_eq!(FrontEnd::MusiCnn.samples_for(187), 47_361);
        assert_eq!(FrontEnd::Vggish.samples_for(96), 15_041);
        assert_eq!(FrontEnd::TempoCnn.samples_for(256), 130_049);
        assert_eq!(FrontEnd::MusiCnn.span(FrameIndex(0), 187), (-0.016, 2.992));
        assert_eq!(FrontEnd::MusiCnn.span(FrameIndex(93), 187), (93.0 * 0.016 - 0.016, 93.0 * 0.016 + 2.992));
        assert_eq!(FrontEnd::Vggish.span(FrameIndex(0), 96), (-0.0125, 0.9625));
        assert_eq!(FrontEnd::FsdSinet.samples_for(101), 21_781);
        assert_eq!(FrontEnd::OpenL3Mel128.samples_for(1), 1);
        assert_eq!(FrontEnd::OpenL3Mel256.span(FrameIndex(0), 1), (-0.5, 0.5));
        assert_eq!(FrontEnd::OpenL3Mel256.span(FrameIndex(10), 1), (0.5, 1.5));
        assert_eq!(FrontEnd::Crepe.span(FrameIndex(1), 1), (-0.022, 0.042));
        assert_eq!(FrontEnd::Maest.samples_for(626), 159_745);
        assert_eq!(FrontEnd::LogMel128.samples_for(128), 129_537);
    }

    #[test]
    fn frames_have_the_shape_of_the_reference() {
        let table = [
            ("musicnn", 16_000.0, [1, 96]),
            ("vggish", 16_000.0, [1, 64]),
            ("tempocnn", 11_025.0, [1, 40]),
            ("maest", 16_000.0, [1, 96]),
            ("fsd-sinet", 22_050.0, [1, 96]),
            ("openl3-mel128", 48_000.0, [199, 128]),
            ("openl3-mel256", 48_000.0, [199, 256]),
            ("crepe", 16_000.0, [1, 1024]),
            ("log-mel128", 44_100.0, [1, 128]),
        ];
        assert_eq!(table.map(|(name, ..)| FrontEnd::from_name(name)), FrontEnd::ALL.map(Some));
        for (front_end, (name, rate_hz, [rows, columns])) in FrontEnd::ALL.into_iter().zip(table) {
            let got = (front_end.rate().hz(), front_end.rows(), front_end.bands());
            assert_eq!(got, (rate_hz, rows, rows * columns), "{name}");
        }
        assert_eq!(FrontEnd::from_name("openl3"), None);
    }
}
