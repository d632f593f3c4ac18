//! Detection functions of a stream for the beat trackers, kept un-gained.

use std::ops::Range;

use earmark_dsp::{Framer, Spectrum, Window};

use super::beat_emphasis::{self, BANDS as ERB_BANDS};
use super::deviation::{PhasePrediction, SpectralDeviation, energy};
use super::information_gain::InformationGain;
use crate::filter_bank::FilterBank;
use crate::{DescriptorError, SAMPLE_RATE_HZ};

/// Length of a frame in samples.
pub(super) const FRAME_LEN: usize = 2048;
/// Distance in samples of the frames of the functions "complex", "rms" and "mel flux".
pub(super) const HOP: usize = 1024;
/// Distance in samples of the frames of the functions "beat emphasis" and "information gain".
pub(super) const FINE_HOP: usize = 512;

/// Number of mel bands.
const MEL_BANDS: usize = 40;
/// Upper edge of the highest mel band in Hz.
const MEL_MAX_HZ: f64 = 4000.0;
/// Level in dB below which a mel band is raised to it; 20 dB per decade of power.
const LEVEL_FLOOR_DB: f32 = -200.0;

/// Values of the functions "complex", "rms" and "mel flux": frames of 2048 samples from sample 0, 1024 samples apart, with
/// a Hann window. The first two are proportional to the gain of the stream.
pub(super) struct BeatFunctions {
    framer: Framer,
    spectrum: Spectrum<f32>,
    deviation: SpectralDeviation,
    complex: Vec<f32>,
    /// Present if the multifeature tracker needs it.
    rms_and_mel: Option<RmsAndMel>,
}

/// Values per frame for the functions "rms" and "mel flux".
struct RmsAndMel {
    bank: FilterBank,
    power: Vec<f32>,
    bands: Vec<f32>,
    rms: Vec<f32>,
    /// Level of each band in dB, frame-major, without the floor.
    levels: Vec<f32>,
}

impl BeatFunctions {
    /// Creates an analysis at sample 0; `multifeature` adds the functions "rms" and "mel flux".
    pub(super) fn new(multifeature: bool) -> Result<Self, DescriptorError> {
        let spectrum = spectrum()?;
        let deviation = SpectralDeviation::new(PhasePrediction::Steady, spectrum.bins());
        let rms_and_mel = multifeature.then(|| RmsAndMel::new(spectrum.bins()));
        Ok(Self { framer: Framer::from_zero(FRAME_LEN, HOP)?, spectrum, deviation, complex: Vec::new(), rms_and_mel })
    }

    /// Adds samples.
    pub(super) fn push(&mut self, samples: &[f32]) {
        let Self { framer, spectrum, deviation, complex, rms_and_mel } = self;
        framer.push(samples, |frame| add(frame, spectrum, deviation, complex, rms_and_mel));
    }

    /// Ends the stream: adds the frame that is padded with zeros.
    pub(super) fn finish(&mut self) {
        let Self { framer, spectrum, deviation, complex, rms_and_mel } = self;
        framer.flush(|frame| add(frame, spectrum, deviation, complex, rms_and_mel));
    }

    /// Discards all frames: the next sample is sample 0.
    pub(super) fn reset(&mut self) {
        self.framer.reset();
        self.deviation.reset();
        self.complex.clear();
        if let Some(values) = &mut self.rms_and_mel {
            values.rms.clear();
            values.levels.clear();
        }
    }

    /// Returns the complex deviation of each frame.
    pub(super) fn complex(&self) -> &[f32] {
        &self.complex
    }

    /// Returns the rise of the root mean square of the spectrum from frame to frame, 0 for the first of `frames`.
    pub(super) fn rms_rise(&self, frames: Range<usize>) -> Vec<f32> {
        let Some(values) = &self.rms_and_mel else {
            return Vec::new();
        };
        let rms = &values.rms[frames];
        let rises = rms.windows(2).map(|pair| (pair[1] - pair[0]).max(0.0));
        rms.first().map(|_| 0.0).into_iter().chain(rises).collect()
    }

    /// Returns the sum of the rises in dB of the mel bands from frame to frame, 0 for the first of `frames`; the stream
    /// is multiplied by `gain`, which decides which bands are at the floor.
    pub(super) fn mel_flux(&self, frames: Range<usize>, gain: f64) -> Vec<f32> {
        let Some(values) = &self.rms_and_mel else {
            return Vec::new();
        };
        let gain_db = (40.0 * gain.log10()) as f32;
        let gained = |level: f32| (level + gain_db).max(LEVEL_FLOOR_DB);
        let levels = &values.levels[frames.start * MEL_BANDS..frames.end * MEL_BANDS];
        let (rows, _) = levels.as_chunks::<MEL_BANDS>();
        let rise = |before: &[f32; MEL_BANDS], after: &[f32; MEL_BANDS]| -> f32 {
            before.iter().zip(after).map(|(&before, &after)| (gained(after) - gained(before)).max(0.0)).sum()
        };
        rows.first().map(|_| 0.0).into_iter().chain(rows.windows(2).map(|pair| rise(&pair[0], &pair[1]))).collect()
    }
}

fn spectrum() -> Result<Spectrum<f32>, DescriptorError> {
    Ok(Spectrum::with_weights(&Window::HannSymmetric.normalized(FRAME_LEN), FRAME_LEN)?.zero_phase())
}

fn add(
    frame: &[f32],
    spectrum: &mut Spectrum<f32>,
    deviation: &mut SpectralDeviation,
    complex: &mut Vec<f32>,
    rms_and_mel: &mut Option<RmsAndMel>,
) {
    deviation.push(spectrum.complex(frame));
    complex.push(super::numeric::finite(deviation.sum()));
    if let Some(values) = rms_and_mel {
        values.push(deviation.magnitudes());
    }
}

impl RmsAndMel {
    fn new(bins: usize) -> Self {
        let bank = FilterBank::mel(MEL_BANDS, MEL_MAX_HZ, bins);
        let (power, bands) = (vec![0.0; bins], vec![0.0; MEL_BANDS]);
        Self { bank, power, bands, rms: Vec::new(), levels: Vec::new() }
    }

    fn push(&mut self, magnitudes: &[f32]) {
        self.rms.push(super::numeric::finite(energy(magnitudes).sqrt() / magnitudes.len() as f32));
        for (power, magnitude) in self.power.iter_mut().zip(magnitudes) {
            *power = magnitude * magnitude;
        }
        self.bank.apply(&self.power, &mut self.bands);
        let level = |&band: &f32| super::numeric::finite(20.0 * band.max(f32::MIN_POSITIVE).log10());
        self.levels.extend(self.bands.iter().map(level));
    }
}

/// Values of the functions "beat emphasis" and "information gain": frames of 2048 samples from sample 0, 512 samples
/// apart, with a Hann window.
pub(super) struct FineFunctions {
    framer: Framer,
    values: FineValues,
}

struct FineValues {
    spectrum: Spectrum<f32>,
    deviation: SpectralDeviation,
    erb: FilterBank,
    /// Squared deviation in each ERB band, frame-major.
    erb_bands: Vec<f32>,
    information: InformationGain,
}

impl FineFunctions {
    /// Creates an analysis at sample 0.
    pub(super) fn new() -> Result<Self, DescriptorError> {
        let spectrum = spectrum()?;
        let bins = spectrum.bins();
        let values = FineValues {
            deviation: SpectralDeviation::new(PhasePrediction::Sum, bins),
            erb: beat_emphasis::bank(bins),
            erb_bands: Vec::new(),
            information: InformationGain::new(SAMPLE_RATE_HZ / FRAME_LEN as f64),
            spectrum,
        };
        Ok(Self { framer: Framer::from_zero(FRAME_LEN, FINE_HOP)?, values })
    }

    /// Adds samples.
    pub(super) fn push(&mut self, samples: &[f32]) {
        self.framer.push(samples, |frame| self.values.frame(frame));
    }

    /// Ends the stream: adds the frame that is padded with zeros.
    pub(super) fn finish(&mut self) {
        self.framer.flush(|frame| self.values.frame(frame));
    }

    /// Discards all frames: the next sample is sample 0.
    pub(super) fn reset(&mut self) {
        self.framer.reset();
        self.values.deviation.reset();
        self.values.erb_bands.clear();
        self.values.information.reset();
    }

    /// Returns the number of frames.
    pub(super) fn frames(&self) -> usize {
        self.values.information.frames()
    }

    /// Returns the function "beat emphasis" of `frames`.
    pub(super) fn beat_emphasis(&self, frames: Range<usize>) -> Vec<f64> {
        beat_emphasis::beat_emphasis(&self.values.erb_bands[frames.start * ERB_BANDS..frames.end * ERB_BANDS])
    }

    /// Returns the function "information gain" of `frames`; the stream is multiplied by `gain`.
    pub(super) fn information_gain(&self, frames: Range<usize>, gain: f64) -> Vec<f32> {
        self.values.information.of(frames, gain)
    }
}

impl FineValues {
    fn frame(&mut self, frame: &[f32]) {
        self.deviation.push(self.spectrum.complex(frame));
        let start = self.erb_bands.len();
        self.erb_bands.resize(start + ERB_BANDS, 0.0);
        let bands = &mut self.erb_bands[start..];
        self.erb.apply(self.deviation.squares(), bands);
        bands.iter_mut().for_each(|band| *band = super::numeric::finite(*band));
        self.information.push(self.deviation.magnitudes());
    }
}
