//! Front-end specifications as plain data, one below the other, so that they can be compared.
//!
//! They are what Essentia feeds its networks; for OpenL3, of which it has the network alone, what its users feed it.

use crate::{MelScale, MelSpec, SampleRate, Slopes, Window};

/// Parameters by which frames of samples become frames of features.
pub(super) struct FrontEndSpec {
    pub(super) name: &'static str,
    pub(super) rate: SampleRate,
    /// Samples from one frame to the next.
    pub(super) hop: usize,
    pub(super) features: Features,
}

/// What is made of the samples of a frame.
pub(super) enum Features {
    /// Nothing: `len` of them are the features.
    Samples { len: usize },
    /// One mel spectrum.
    Mel(Mel),
    /// Of `len` samples, `spectra` mel spectra in decibels, `hop` samples apart and the first of them centred on the first
    /// sample; beyond the frame there are zeros.
    Chunk { len: usize, spectra: usize, hop: usize, mel: Mel },
}

/// A mel spectrum, compressed.
pub(super) struct Mel {
    /// Samples it is made of.
    pub(super) len: usize,
    /// To how many they are padded with zeros.
    pub(super) fft_len: usize,
    pub(super) window: Window,
    pub(super) of: Of,
    pub(super) bank: MelSpec,
    /// What becomes of the sum in each band.
    pub(super) compress: fn(f32) -> f32,
}

/// What of the spectrum is summed in a band.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Magnitudes,
    Powers,
}

pub(super) const MUSICNN: FrontEndSpec =
    FrontEndSpec { name: "musicnn", rate: SampleRate::HZ_16000, hop: 256, features: Features::Mel(MUSICNN_MEL) };

const MUSICNN_MEL: Mel = Mel {
    len: 512,
    fft_len: 512,
    window: Window::HannSymmetric,
    of: Of::Powers,
    bank: MelSpec { bands: 96, range_hz: 0.0..=8000.0, scale: MelScale::Slaney, slopes: Slopes::HertzUnitArea },
    compress: musicnn_log,
};

/// The sum is formed in single precision, as in the reference.
fn musicnn_log(energy: f32) -> f32 {
    (1.0 + 10_000.0 * energy).log10()
}

pub(super) const MAEST: FrontEndSpec = FrontEndSpec {
    name: "maest",
    features: Features::Mel(Mel {
        // Mean and twice the deviation of the spectra that it was trained on.
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
    features: Features::Mel(Mel {
        len: 400,
        fft_len: 512,
        window: Window::HannSymmetric,
        of: Of::Magnitudes,
        bank: MelSpec { bands: 64, range_hz: 125.0..=7500.0, scale: MelScale::Htk, slopes: Slopes::HtkUnitHeight },
        compress: |sum| (sum + 0.01).ln(),
    }),
};

pub(super) const TEMPOCNN: FrontEndSpec = FrontEndSpec {
    name: "tempocnn",
    rate: SampleRate::HZ_11025,
    hop: 512,
    features: Features::Mel(Mel {
        len: 1024,
        fft_len: 1024,
        window: Window::HannSymmetric,
        of: Of::Magnitudes,
        bank: MelSpec { bands: 40, range_hz: 20.0..=5000.0, scale: MelScale::Slaney, slopes: Slopes::HertzUnitArea },
        compress: |sum| sum,
    }),
};

pub(super) const FSD_SINET: FrontEndSpec = FrontEndSpec {
    name: "fsd-sinet",
    rate: SampleRate::HZ_22050,
    hop: 220,
    features: Features::Mel(Mel {
        len: 660,
        fft_len: 2048,
        window: Window::HammingPeriodic,
        of: Of::Powers,
        bank: MelSpec {
            bands: 96,
            range_hz: 50.0..=10_500.0,
            scale: MelScale::Slaney,
            slopes: Slopes::HertzUnitHeight,
        },
        compress: |energy| energy.max(1e-30).log10(),
    }),
};

pub(super) const OPENL3_MEL128: FrontEndSpec = openl3("openl3-mel128", 128);
pub(super) const OPENL3_MEL256: FrontEndSpec = openl3("openl3-mel256", 256);

/// Frames are a second long. Networks are given one a second by the reference; a tenth of it divides that, and is as
/// often as anybody looks.
const fn openl3(name: &'static str, bands: usize) -> FrontEndSpec {
    FrontEndSpec {
        name,
        rate: SampleRate::HZ_48000,
        hop: 4_800,
        features: Features::Chunk {
            len: 48_000,
            // Those that hold at least half a window of the frame.
            spectra: 199,
            hop: 242,
            mel: Mel {
                len: 2048,
                fft_len: 2048,
                window: Window::HannSymmetric,
                of: Of::Magnitudes,
                bank: MelSpec {
                    bands,
                    range_hz: 0.0..=24_000.0,
                    scale: MelScale::Slaney,
                    slopes: Slopes::HertzUnitArea,
                },
                compress: |sum| 10.0 * sum.max(1e-10).log10(),
            },
        },
    }
}

pub(super) const CREPE: FrontEndSpec =
    FrontEndSpec { name: "crepe", rate: SampleRate::HZ_16000, hop: 160, features: Features::Samples { len: 1024 } };

pub(super) const LOG_MEL128: FrontEndSpec = FrontEndSpec {
    name: "log-mel128",
    rate: SampleRate::HZ_44100,
    hop: 1024,
    features: Features::Mel(Mel {
        len: 1024,
        fft_len: 2048,
        window: Window::HannSymmetric,
        of: Of::Magnitudes,
        bank: MelSpec { bands: 128, range_hz: 0.0..=22_050.0, scale: MelScale::Htk, slopes: Slopes::HtkUnitSum },
        // The reference scales its window to a sum of 2; ours, of 1024 samples, sums to 1023 / 2.
        compress: |sum| (sum * (4.0 / 1023.0)).max(1e-30).ln(),
    }),
};
