//! Frame-wise descriptors of the signal without equal loudness.

mod column;
mod describe;

use earmark_dsp::{DspError, Spectrum};

use self::column::{ERB_BANDS, FINE_MEL_BANDS, MEL_BANDS};
use super::analyzer::{FrameAnalyzer, MAX_POWER};
use super::complexity::ComplexityPeaks;
use super::salience::Salience;
use super::shape::{Moments, crest, flatness_db};
use super::spectral::{energy_bands, rolloff_bin, strong_peak, zero_crossings};
use crate::SAMPLE_RATE_HZ;
use crate::filter_bank::FilterBank;
use crate::lanes::{power_and_magnitude, squared_distance, sum_and_ramp, sum_of_squares};
use crate::options::FrameOptions;
use crate::random::split_mix;

/// Highest frequency of the 40 mel bands in Hz.
const MEL_MAX_HZ: f64 = 11_000.0;
/// Range of the ERB bands in Hz.
const ERB_RANGE_HZ: (f64, f64) = (40.0, SAMPLE_RATE_HZ / 2.0);
/// Mean square without gain below which zeros of a frame count with the signs of noise.
const QUIET_POWER: f64 = 1e-7;

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
        power_and_magnitude(self.spectrum.complex(frame), &mut self.power, &mut self.magnitudes);
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
