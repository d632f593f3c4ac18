//! Frame-wise descriptors of the signal without equal loudness.

use earmark_dsp::{DspError, Spectrum};

use super::FrameAnalyzer;
use super::bands::FilterBank;
use super::complexity::{ComplexityPeaks, complexity};
use super::lanes::{sum_and_ramp, sum_of_squares};
use super::record::FrameView;
use super::salience::Salience;
use super::shape::{Moments, crest, flatness_db};
use super::spectral::{energy_bands, rolloff_bin, squared_distance, strong_peak, zero_crossings};
use super::{MAX_POWER, cepstrum};
use crate::SAMPLE_RATE_HZ;
use crate::aggregate::PoolWriter;
use crate::options::FrameOptions;
use crate::silence::split_mix;

const MEL_BANDS: usize = 40;
const FINE_MEL_BANDS: usize = 128;
const ERB_BANDS: usize = 40;
const BARK_BANDS: usize = 27;
/// Highest frequency of the 40 mel bands in Hz.
const MEL_MAX_HZ: f64 = 11_000.0;
/// Range of the ERB bands in Hz.
const ERB_RANGE_HZ: (f64, f64) = (40.0, SAMPLE_RATE_HZ / 2.0);
/// Mean square without gain below which zeros of a frame count with the signs of noise.
const QUIET_POWER: f64 = 1e-7;

/// Columns of a frame in the record.
mod column {
    use super::{BARK_BANDS, ERB_BANDS, FINE_MEL_BANDS, MEL_BANDS};

    pub(super) const MEAN_SQUARE: usize = 0;
    pub(super) const CROSSINGS: usize = 1;
    /// Zero crossings with noise in place of zeros.
    pub(super) const NOISY_CROSSINGS: usize = 2;
    pub(super) const DECREASE: usize = 3;
    pub(super) const ROLLOFF: usize = 4;
    pub(super) const ENERGY: usize = 5;
    pub(super) const ENERGY_BANDS: usize = 6;
    pub(super) const HFC: usize = 10;
    pub(super) const FLUX: usize = 11;
    pub(super) const STRONG_PEAK: usize = 12;
    pub(super) const SALIENCE: usize = 13;
    /// Spread, skewness, kurtosis, crest and flatness of a set of bands.
    pub(super) const BARK_SHAPE: usize = 14;
    pub(super) const ERB_SHAPE: usize = 19;
    pub(super) const MEL_SHAPE: usize = 24;
    pub(super) const BARK: usize = 29;
    pub(super) const ERB: usize = BARK + BARK_BANDS;
    pub(super) const MEL: usize = ERB + ERB_BANDS;
    pub(super) const FINE_MEL: usize = MEL + MEL_BANDS;
    pub(super) const WIDTH: usize = FINE_MEL + FINE_MEL_BANDS;
}

/// Set of bands with descriptors of its shape.
struct BandSet {
    bank: FilterBank,
    /// First column of the bands, and of their shape if it is wanted.
    bands: usize,
    shape: Option<usize>,
}

impl BandSet {
    /// Writes the bands of a power spectrum and their shape to the values of a frame.
    fn analyze(&self, power: &[f32], values: &mut [f32]) {
        let count = self.bank.bands();
        self.bank.apply(power, &mut values[self.bands..self.bands + count]);
        let Some(shape) = self.shape else { return };
        let bands = &values[self.bands..self.bands + count];
        let Moments { spread, skewness, kurtosis } = Moments::new(bands, 1.0);
        let numbers = [spread, skewness, kurtosis, crest(bands), flatness_db(bands)];
        for (value, number) in values[shape..].iter_mut().zip(numbers) {
            *value = number as f32;
        }
    }
}

/// Stages that a wanted descriptor needs.
#[derive(Debug, Clone, Copy, Default)]
struct Stages {
    crossings: bool,
    spectrum: bool,
    sums: bool,
    rolloff: bool,
    energy_bands: bool,
    flux: bool,
    strong_peak: bool,
    complexity: bool,
}

/// Analyzer of frames of the signal without equal loudness.
pub(super) struct PlainAnalyzer {
    stages: Stages,
    spectrum: Spectrum<f32>,
    power: Vec<f32>,
    magnitudes: Vec<f32>,
    previous: Vec<f32>,
    sets: Vec<BandSet>,
    complexity: ComplexityPeaks,
    salience: Option<Salience>,
    bin_hz: f64,
    /// Sum of the squared distances of the bins from the middle of the spectrum, in Hz².
    squared_ramp: f64,
    frame_len: usize,
}

impl PlainAnalyzer {
    /// Creates the analyzer with the stages that the wanted descriptors need, `None` if there are no such descriptors.
    pub(super) fn new(options: &FrameOptions, wanted: &dyn Fn(&str) -> bool) -> Result<Option<Self>, DspError> {
        let any = |names: &[&str]| names.iter().any(|name| wanted(&format!("lowlevel.{name}")));
        let shape = |set: &str| any(&SHAPES.map(|shape| format!("{set}_{shape}")).each_ref().map(String::as_str));
        let bins = options.bins();
        let bin_hz = SAMPLE_RATE_HZ / options.fft_len() as f64;
        let mut sets = Vec::new();
        let mut add = |names: &[&str], shape: Option<usize>, bands: usize, bank: &dyn Fn() -> FilterBank| {
            if any(names) || shape.is_some() {
                sets.push(BandSet { bank: bank(), bands, shape });
            }
        };
        let wants_shape = |set: &str, column: usize| shape(set).then_some(column);
        add(&["barkbands"], wants_shape("barkbands", column::BARK_SHAPE), column::BARK, &|| FilterBank::bark(bins));
        add(&["erbbands", "gfcc"], wants_shape("erbbands", column::ERB_SHAPE), column::ERB, &|| {
            FilterBank::erb(ERB_BANDS, ERB_RANGE_HZ.0, ERB_RANGE_HZ.1, bins)
        });
        add(&["melbands", "mfcc"], wants_shape("melbands", column::MEL_SHAPE), column::MEL, &|| {
            FilterBank::mel(MEL_BANDS, MEL_MAX_HZ, bins)
        });
        add(&["melbands128"], None, column::FINE_MEL, &|| FilterBank::mel(FINE_MEL_BANDS, SAMPLE_RATE_HZ / 2.0, bins));
        let salience = if any(&["pitch_salience"]) { Some(Salience::new(bins)?) } else { None };
        let mut stages = Stages {
            crossings: any(&["zerocrossingrate"]),
            spectrum: false,
            sums: any(&["spectral_decrease", "spectral_rolloff", "spectral_energy", "spectral_rms", "hfc"]),
            rolloff: any(&["spectral_rolloff"]),
            energy_bands: any(&ENERGY_BAND_NAMES),
            flux: any(&["spectral_flux"]),
            strong_peak: any(&["spectral_strongpeak"]),
            complexity: any(&["spectral_complexity"]),
        };
        stages.spectrum = stages.sums
            || stages.energy_bands
            || stages.flux
            || stages.strong_peak
            || stages.complexity
            || salience.is_some()
            || !sets.is_empty();
        if !stages.spectrum && !stages.crossings && !any(&SILENCE_RATES.map(|rate| rate.0)) {
            return Ok(None);
        }
        let middle = (bins - 1) as f64 / 2.0;
        Ok(Some(Self {
            stages,
            spectrum: Spectrum::with_weights(&options.window.normalized(options.frame_len), options.fft_len())?,
            power: vec![0.0; bins],
            magnitudes: vec![0.0; bins],
            previous: vec![0.0; bins],
            sets,
            complexity: ComplexityPeaks::new(bin_hz),
            salience,
            bin_hz,
            squared_ramp: (0..bins).map(|bin| ((bin as f64 - middle) * bin_hz).powi(2)).sum(),
            frame_len: options.frame_len,
        }))
    }

    /// Writes the descriptors of the spectrum of a frame, which is in `power` and `magnitudes`.
    fn analyze_spectrum(&mut self, values: &mut [f32], extras: &mut Vec<f32>) {
        let (power, magnitudes) = (&self.power, &self.magnitudes);
        if self.stages.sums {
            let (energy, ramp) = sum_and_ramp(power);
            let nyquist = self.bin_hz * (power.len() - 1) as f64;
            values[column::ENERGY] = energy as f32;
            values[column::HFC] = (ramp * self.bin_hz) as f32;
            values[column::DECREASE] = ((ramp * self.bin_hz - energy * nyquist / 2.0) / self.squared_ramp) as f32;
            if self.stages.rolloff {
                values[column::ROLLOFF] = (rolloff_bin(power, energy) as f64 * self.bin_hz) as f32;
            }
        }
        if self.stages.energy_bands {
            for (value, energy) in values[column::ENERGY_BANDS..].iter_mut().zip(energy_bands(power, self.bin_hz)) {
                *value = energy as f32;
            }
        }
        if self.stages.flux {
            values[column::FLUX] = squared_distance(magnitudes, &self.previous).sqrt() as f32;
        }
        if self.stages.strong_peak {
            values[column::STRONG_PEAK] = strong_peak(magnitudes) as f32;
        }
        if self.stages.complexity {
            self.complexity.append_heights(magnitudes, extras);
        }
        if let Some(salience) = &mut self.salience {
            values[column::SALIENCE] = salience.of(magnitudes);
        }
        for set in &self.sets {
            set.analyze(power, values);
        }
    }
}

impl FrameAnalyzer for PlainAnalyzer {
    fn width(&self) -> usize {
        column::WIDTH
    }

    fn analyze(&mut self, number: u64, frame: &[f32], values: &mut [f32], extras: &mut Vec<f32>) {
        let mean_square = sum_of_squares(frame) / frame.len().max(1) as f64;
        if mean_square.is_nan() || mean_square > MAX_POWER {
            // Not a signal: the frame counts as digital silence.
            self.previous.fill(0.0);
            return;
        }
        values[column::MEAN_SQUARE] = mean_square as f32;
        if self.stages.crossings {
            let crossings = zero_crossings(frame) as f32;
            values[column::CROSSINGS] = crossings;
            values[column::NOISY_CROSSINGS] =
                if mean_square < QUIET_POWER { noisy_crossings(frame, number) as f32 } else { crossings };
        }
        if !self.stages.spectrum {
            return;
        }
        let bins = self.spectrum.complex(frame);
        for ((power, magnitude), bin) in self.power.iter_mut().zip(&mut self.magnitudes).zip(bins) {
            *power = bin.norm_sqr();
            *magnitude = power.sqrt();
        }
        self.analyze_spectrum(values, extras);
        std::mem::swap(&mut self.previous, &mut self.magnitudes);
    }

    fn reset(&mut self) {
        self.previous.fill(0.0);
    }
}

/// Returns the number of changes of sign of a frame whose zeros have the signs of seeded noise.
fn noisy_crossings(frame: &[f32], number: u64) -> u32 {
    let seed = split_mix(number);
    let positive = |(i, &sample): (usize, &f32)| {
        if sample == 0.0 { split_mix(seed.wrapping_add(i as u64)) & 1 == 1 } else { sample > 0.0 }
    };
    let signs = frame.iter().enumerate().map(positive);
    let (crossings, _) = signs.fold((0, None), |(count, last): (u32, Option<bool>), sign| {
        (count + u32::from(last.is_some_and(|last| last != sign)), Some(sign))
    });
    crossings
}

/// Descriptors of the shape of a set of bands, in the order of their columns.
const SHAPES: [&str; 5] = ["spread", "skewness", "kurtosis", "crest", "flatness_db"];
const ENERGY_BAND_NAMES: [&str; 4] = [
    "spectral_energyband_low",
    "spectral_energyband_middle_low",
    "spectral_energyband_middle_high",
    "spectral_energyband_high",
];
/// Silence rates, with the mean square below which a frame is silent: 10^(-dB / 20), as in the reference.
const SILENCE_RATES: [(&str, f64); 3] =
    [("silence_rate_20dB", 0.1), ("silence_rate_30dB", 0.031_622_776_601_683_79), ("silence_rate_60dB", 0.001)];

/// Power of the gain by which a descriptor scales.
#[derive(Clone, Copy)]
enum Scale {
    None,
    Linear,
    Square,
}

/// Descriptors that are one column times a power of the gain.
const COLUMNS: [(&str, usize, Scale); 9] = [
    ("spectral_decrease", column::DECREASE, Scale::Square),
    ("spectral_rolloff", column::ROLLOFF, Scale::None),
    ("spectral_energy", column::ENERGY, Scale::Square),
    (ENERGY_BAND_NAMES[0], column::ENERGY_BANDS, Scale::Square),
    (ENERGY_BAND_NAMES[1], column::ENERGY_BANDS + 1, Scale::Square),
    (ENERGY_BAND_NAMES[2], column::ENERGY_BANDS + 2, Scale::Square),
    (ENERGY_BAND_NAMES[3], column::ENERGY_BANDS + 3, Scale::Square),
    ("hfc", column::HFC, Scale::Square),
    ("pitch_salience", column::SALIENCE, Scale::None),
];

impl PlainAnalyzer {
    /// Writes the descriptors of `frames`; `gain` is that of the piece.
    pub(super) fn describe(&self, frames: &[FrameView<'_>], gain: f64, writer: &mut PoolWriter<'_>) {
        let value = |frame: &FrameView<'_>, column: usize, scale: Scale| {
            let factor = match scale {
                Scale::None => 1.0,
                Scale::Linear => frame.gain,
                Scale::Square => frame.gain * frame.gain,
            };
            f64::from(frame.values[column]) * factor
        };
        for (name, threshold) in SILENCE_RATES {
            let silent = |frame: &FrameView<'_>| {
                f64::from(u8::from(value(frame, column::MEAN_SQUARE, Scale::Square) < threshold))
            };
            writer.frames(&format!("lowlevel.{name}"), frames.iter().map(silent));
        }
        for (name, column, scale) in COLUMNS {
            writer.frames(&format!("lowlevel.{name}"), frames.iter().map(|frame| value(frame, column, scale)));
        }
        let crossings = |frame: &FrameView<'_>| {
            let column = if frame.silent { column::NOISY_CROSSINGS } else { column::CROSSINGS };
            f64::from(frame.values[column]) / self.frame_len as f64
        };
        writer.frames("lowlevel.zerocrossingrate", frames.iter().map(crossings));
        let bins = self.power.len() as f64;
        let rms = |frame: &FrameView<'_>| (value(frame, column::ENERGY, Scale::Square) / bins).sqrt();
        writer.frames("lowlevel.spectral_rms", frames.iter().map(rms));
        // The step from music to digital silence is a flux, too.
        let flux = |frame: &FrameView<'_>| {
            value(frame, column::FLUX, Scale::Linear).max(f64::from(frame.own[column::FLUX]) * gain)
        };
        writer.frames("lowlevel.spectral_flux", frames.iter().map(flux));
        let strong_peak = |frame: &FrameView<'_>| value(frame, column::STRONG_PEAK, Scale::Linear);
        writer.frames("lowlevel.spectral_strongpeak", frames.iter().map(strong_peak));
        let complexity = |frame: &FrameView<'_>| complexity(frame.extras, frame.gain);
        writer.frames("lowlevel.spectral_complexity", frames.iter().map(complexity));
        for (set, first) in
            [("barkbands", column::BARK_SHAPE), ("erbbands", column::ERB_SHAPE), ("melbands", column::MEL_SHAPE)]
        {
            for (i, shape) in SHAPES.into_iter().enumerate() {
                let name = format!("lowlevel.{set}_{shape}");
                writer.frames(&name, frames.iter().map(|frame| value(frame, first + i, Scale::None)));
            }
        }
        for (set, first, bands) in [
            ("barkbands", column::BARK, BARK_BANDS),
            ("erbbands", column::ERB, ERB_BANDS),
            ("melbands", column::MEL, MEL_BANDS),
            ("melbands128", column::FINE_MEL, FINE_MEL_BANDS),
        ] {
            let band = |frame: usize, band: usize| value(&frames[frame], first + band, Scale::Square);
            writer.vectors(&format!("lowlevel.{set}"), bands, frames.len(), band);
        }
        for (name, first, bands) in
            [("lowlevel.gfcc", column::ERB, ERB_BANDS), ("lowlevel.mfcc", column::MEL, MEL_BANDS)]
        {
            if writer.wants(name) {
                let mut cepstrum = cepstrum::Cepstrum::new(bands);
                let of =
                    |frame: &FrameView<'_>| cepstrum.of(&frame.values[first..first + bands], frame.gain * frame.gain);
                let coefficients: Vec<_> = frames.iter().map(of).collect();
                let coefficient = |frame: usize, k: usize| coefficients[frame][k];
                writer.vectors(name, cepstrum::COEFFICIENTS, frames.len(), coefficient);
            }
        }
    }
}
