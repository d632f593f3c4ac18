//! Front ends: the exact rate, frame, spectrum, bank and compression that a network was trained on.

mod db_spectrogram;
mod described;
mod extractor;
mod log_mel;
mod name;
#[cfg(feature = "serde")]
mod serialized;
mod spec;

pub use described::{
    BandNorm, Bank, Compression, ConstantQ, DescribedFeatures, DescribedFrontEnd, FrontEndDescription, Logarithm,
    Quantity, SpectralFeatures,
};
pub use extractor::FeatureExtractor;

use crate::{FrameIndex, SampleRate};
use spec::{FeatureKind, FrontEndSpec, Parameters};

/// Exact feature specification. Every network has one; networks with the same front end share its frames.
///
/// Some networks reuse the front end of another: Discogs-EffNet takes patches of 128 frames of [`Self::MusiCnn`],
/// YAMNet patches of 96 frames of [`Self::Vggish`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FrontEnd {
    /// 96 bands, 0 to 8000 Hz, of the power spectrum, as `log10(1 + 10000 x)`; 16 kHz, frame 512, hop 256.
    MusiCnn,
    /// 64 bands, 125 to 7500 Hz, of the magnitude spectrum, as `ln(x + 0.01)`; 16 kHz, frame 400, hop 160.
    Vggish,
    /// 40 bands, 20 to 5000 Hz, of the magnitude spectrum, uncompressed; 11.025 kHz, frame 1024, hop 512.
    TempoCnn,
    /// The features of [`Self::MusiCnn`], minus their mean and divided by twice their standard deviation over MAEST's
    /// training data.
    Maest,
    /// 96 bands, 50 to 10500 Hz, of the power spectrum, as `log10(x)` (at least -30); 22.05 kHz, frame 660, hop 220.
    ///
    /// For whole files, Essentia first subtracts the mean and divides by the peak (and 0.005). Both are unknown while a
    /// stream runs, so samples are not scaled here, as in Essentia's streaming networks.
    FsdSinet,
    /// 199 magnitude spectra per second, 128 bands each, 0 to 24000 Hz, in dB relative to the maximum of that second
    /// (-80 to 0); 48 kHz, frame 48000, hop 4800.
    ///
    /// Each spectrum covers 2048 samples, and spectra are 242 samples apart. A patch is one frame; users of Essentia
    /// use a hop of one second, which is 10 frames.
    OpenL3Mel128,
    /// The features of [`Self::OpenL3Mel128`], with 256 bands per spectrum.
    OpenL3Mel256,
    /// The samples themselves; 16 kHz, frame 1024, hop 160 (10 ms). A patch is one frame, which is standardized.
    Crepe,
    /// 128 bands, 0 to 22050 Hz, of the magnitude spectrum, as `ln(x)` of at least 1e-30; 44.1 kHz, frame 1024, hop
    /// 1024.
    ///
    /// These are Essentia's bands with default settings except for their number, the input of `vgg4` in the tests of
    /// its `TensorflowPredict`.
    LogMel128,
    /// A front end that is described by its parameters.
    Described(DescribedFrontEnd),
}

impl FrontEnd {
    /// All front ends with a name of their own.
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

    const fn parameters(self) -> Parameters {
        Parameters::Named(match self {
            Self::MusiCnn => &spec::MUSICNN,
            Self::Vggish => &spec::VGGISH,
            Self::TempoCnn => &spec::TEMPOCNN,
            Self::Maest => &spec::MAEST,
            Self::FsdSinet => &spec::FSD_SINET,
            Self::OpenL3Mel128 => &spec::OPENL3_MEL128,
            Self::OpenL3Mel256 => &spec::OPENL3_MEL256,
            Self::Crepe => &spec::CREPE,
            Self::LogMel128 => &spec::LOG_MEL128,
            Self::Described(described) => return Parameters::Described(described),
        })
    }

    /// Returns the front end with that [name](Self::name), one of [`Self::ALL`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|front_end| front_end.name() == name)
    }

    /// Returns the name used in cards and messages; `described` for a front end without a name of its own.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self.parameters() {
            Parameters::Named(spec) => spec.name,
            Parameters::Described(_) => "described",
        }
    }

    /// Returns the required sample rate.
    #[must_use]
    pub const fn rate(self) -> SampleRate {
        match self.parameters() {
            Parameters::Named(spec) => spec.rate,
            Parameters::Described(described) => described.description().rate,
        }
    }

    /// Returns the number of samples per frame.
    #[must_use]
    pub const fn frame_len(self) -> usize {
        match self.parameters() {
            Parameters::Named(spec) => match &spec.features {
                FeatureKind::Samples { len } | FeatureKind::DbSpectrogram { len, .. } => *len,
                FeatureKind::Mel(mel) => mel.len,
            },
            Parameters::Described(described) => described.frame_len(),
        }
    }

    /// Returns the number of zeros before sample 0 in the first frame.
    #[must_use]
    pub const fn lead(self) -> usize {
        match self.parameters() {
            Parameters::Named(_) => self.frame_len().div_ceil(2),
            Parameters::Described(described) => described.lead(),
        }
    }

    /// Returns the number of samples from one frame to the next.
    #[must_use]
    pub const fn hop(self) -> usize {
        match self.parameters() {
            Parameters::Named(spec) => spec.hop,
            Parameters::Described(described) => described.description().hop,
        }
    }

    /// Returns the number of values in a frame of features, over all its [rows](Self::rows).
    #[must_use]
    pub const fn bands(self) -> usize {
        match self.parameters() {
            Parameters::Named(spec) => match &spec.features {
                FeatureKind::Samples { len } => *len,
                FeatureKind::Mel(mel) => mel.bank.bands,
                FeatureKind::DbSpectrogram { spectra, mel, .. } => *spectra * mel.bank.bands,
            },
            Parameters::Described(described) => described.width(),
        }
    }

    /// Returns the number of spectra in a frame of features, in order of time: 199 for OpenL3, 1 for all others.
    #[must_use]
    pub const fn rows(self) -> usize {
        match self.parameters() {
            Parameters::Named(FrontEndSpec { features: FeatureKind::DbSpectrogram { spectra, .. }, .. }) => *spectra,
            Parameters::Named(_) | Parameters::Described(_) => 1,
        }
    }

    /// Returns the start and end, in seconds, of the audio that `frames` frames from `first` on cover.
    ///
    /// The start is negative for the first frame if that is centred on sample 0.
    #[must_use]
    pub fn span(self, first: FrameIndex, frames: usize) -> (f64, f64) {
        let hop = self.hop() as f64;
        let start = first.0 as f64 * hop - self.lead() as f64;
        let length = frames.saturating_sub(1) as f64 * hop + self.frame_len() as f64;
        (start / self.rate().hz(), (start + length) / self.rate().hz())
    }

    /// Returns the least number of samples at [`FrontEnd::rate`] that gives at least `frames` frames. The last frames are
    /// zero-padded at the end, unless the first frame starts with sample 0: then all are whole.
    #[must_use]
    pub const fn samples_for(self, frames: usize) -> u64 {
        let Some(before) = frames.checked_sub(1) else { return 0 };
        let (hop, lead) = (self.hop(), self.lead());
        if lead == 0 {
            return (before * hop + self.frame_len()) as u64;
        }
        // Framer: frames = ceil((n + reach) / hop). Solved for the least n.
        let reach = if hop < lead { hop } else { lead };
        (before * hop).saturating_sub(reach) as u64 + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_spans_match_the_reference() {
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
    fn frame_shapes_match_the_reference() {
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
