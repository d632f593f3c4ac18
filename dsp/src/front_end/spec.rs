//! Front-end specifications as plain data.
//!
//! They match the features that Essentia computes for its networks. Essentia has no features for OpenL3; that
//! specification matches the features that its users compute.

use super::described::DescribedFrontEnd;
use crate::{FilterShape, MelScale, MelSpec, SampleRate, Window};

/// Specification of a front end: the frames of samples, and the features computed from them.
pub(super) struct FrontEndSpec {
    pub(super) name: &'static str,
    pub(super) rate: SampleRate,
    /// Samples from one frame to the next.
    pub(super) hop: usize,
    pub(super) features: FeatureKind,
}

/// Parameters of a front end: those of a known one, or of a description.
pub(super) enum Parameters {
    Named(&'static FrontEndSpec),
    Described(DescribedFrontEnd),
}

/// Kind of features computed from the samples of a frame.
pub(super) enum FeatureKind {
    /// The `len` samples themselves.
    Samples { len: usize },
    /// One mel spectrum.
    Mel(LogMelSpec),
    /// From `len` samples, `spectra` mel spectra in decibels, `hop` samples apart. The first is centred on the first
    /// sample; the frame is zero-padded on both sides.
    DbSpectrogram { len: usize, spectra: usize, hop: usize, mel: LogMelSpec },
}

/// Specification of a compressed mel spectrum.
pub(super) struct LogMelSpec {
    /// Number of samples of the window.
    pub(super) len: usize,
    /// Number of samples after zero padding.
    pub(super) fft_len: usize,
    pub(super) window: Window,
    pub(super) of: SpectrumKind,
    pub(super) bank: MelSpec,
    /// Compression of the sum in each band.
    pub(super) compress: fn(f32) -> f32,
}

/// Quantity of the spectrum that is summed in a band.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SpectrumKind {
    Magnitudes,
    Powers,
}

pub(super) const MUSICNN: FrontEndSpec =
    FrontEndSpec { name: "musicnn", rate: SampleRate::HZ_16000, hop: 256, features: FeatureKind::Mel(MUSICNN_MEL) };

const MUSICNN_MEL: LogMelSpec = LogMelSpec {
    len: 512,
    fft_len: 512,
    window: Window::HannSymmetric,
    of: SpectrumKind::Powers,
    bank: MelSpec { bands: 96, range_hz: 0.0..=8000.0, scale: MelScale::Slaney, shape: FilterShape::HertzUnitArea },
    compress: musicnn_log,
};

/// Returns MusiCNN's compression of a band. The sum is in single precision, as in the reference.
fn musicnn_log(energy: f32) -> f32 {
    (1.0 + 10_000.0 * energy).log10()
}

pub(super) const MAEST: FrontEndSpec = FrontEndSpec {
    name: "maest",
    features: FeatureKind::Mel(LogMelSpec {
        // Mean, and twice the standard deviation, of the training spectra.
        compress: |energy| {
            ((f64::from(musicnn_log(energy)) - 2.067_556_860_985_54) / (2.0 * 1.268_292_820_667_291)) as f32
        },
        ..MUSICNN_MEL
    }),
    ..MUSICNN
};

pub(super) const VGGISH: FrontEndSpec = FrontEndSpec {
    name: "vggish",
    rate: SampleRate::HZ_16000,
    hop: 160,
    features: FeatureKind::Mel(LogMelSpec {
        len: 400,
        fft_len: 512,
        window: Window::HannSymmetric,
        of: SpectrumKind::Magnitudes,
        bank: MelSpec { bands: 64, range_hz: 125.0..=7500.0, scale: MelScale::Htk, shape: FilterShape::HtkUnitHeight },
        compress: |sum| (sum + 0.01).ln(),
    }),
};

pub(super) const TEMPOCNN: FrontEndSpec = FrontEndSpec {
    name: "tempocnn",
    rate: SampleRate::HZ_11025,
    hop: 512,
    features: FeatureKind::Mel(LogMelSpec {
        len: 1024,
        fft_len: 1024,
        window: Window::HannSymmetric,
        of: SpectrumKind::Magnitudes,
        bank: MelSpec {
            bands: 40,
            range_hz: 20.0..=5000.0,
            scale: MelScale::Slaney,
            shape: FilterShape::HertzUnitArea,
        },
        compress: |sum| sum,
    }),
};

pub(super) const FSD_SINET: FrontEndSpec = FrontEndSpec {
    name: "fsd-sinet",
    rate: SampleRate::HZ_22050,
    hop: 220,
    features: FeatureKind::Mel(LogMelSpec {
        len: 660,
        fft_len: 2048,
        window: Window::HammingPeriodic,
        of: SpectrumKind::Powers,
        bank: MelSpec {
            bands: 96,
            range_hz: 50.0..=10_500.0,
            scale: MelScale::Slaney,
            shape: FilterShape::HertzUnitHeight,
        },
        compress: |energy| energy.max(1e-30).log10(),
    }),
};

pub(super) const OPENL3_MEL128: FrontEndSpec = openl3("openl3-mel128", 128);
pub(super) const OPENL3_MEL256: FrontEndSpec = openl3("openl3-mel256", 256);

/// Returns the specification of an OpenL3 front end. Frames are one second long. The reference uses a hop of one
/// second; a tenth of it divides that hop and is frequent enough for display.
const fn openl3(name: &'static str, bands: usize) -> FrontEndSpec {
    FrontEndSpec {
        name,
        rate: SampleRate::HZ_48000,
        hop: 4_800,
        features: FeatureKind::DbSpectrogram {
            len: 48_000,
            // Spectra of which at least half a window lies in the frame.
            spectra: 199,
            hop: 242,
            mel: LogMelSpec {
                len: 2048,
                fft_len: 2048,
                window: Window::HannSymmetric,
                of: SpectrumKind::Magnitudes,
                bank: MelSpec {
                    bands,
                    range_hz: 0.0..=24_000.0,
                    scale: MelScale::Slaney,
                    shape: FilterShape::HertzUnitArea,
                },
                compress: |sum| 10.0 * sum.max(1e-10).log10(),
            },
        },
    }
}

pub(super) const CREPE: FrontEndSpec =
    FrontEndSpec { name: "crepe", rate: SampleRate::HZ_16000, hop: 160, features: FeatureKind::Samples { len: 1024 } };

pub(super) const LOG_MEL128: FrontEndSpec = FrontEndSpec {
    name: "log-mel128",
    rate: SampleRate::HZ_44100,
    hop: 1024,
    features: FeatureKind::Mel(LogMelSpec {
        len: 1024,
        fft_len: 2048,
        window: Window::HannSymmetric,
        of: SpectrumKind::Magnitudes,
        bank: MelSpec { bands: 128, range_hz: 0.0..=22_050.0, scale: MelScale::Htk, shape: FilterShape::HtkUnitSum },
        // The reference scales its window to a sum of 2; this window of 1024 samples sums to 1023 / 2.
        compress: |sum| (sum * (4.0 / 1023.0)).max(1e-30).ln(),
    }),
};
