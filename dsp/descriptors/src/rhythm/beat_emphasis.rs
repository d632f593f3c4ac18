//! Beat emphasis: onsets of the ERB bands in which the beat is strongest (Essentia's OnsetDetectionGlobal
//! "beat_emphasis").

use std::f64::consts::TAU;

use earmark_dsp::Complex;

use super::degara::Autocorrelation;
use crate::SAMPLE_RATE_HZ;
use crate::math::round_half_up;

/// Number of ERB bands.
pub(super) const BANDS: usize = 40;
/// Frequencies in Hz between which the bands lie.
const RANGE_HZ: [f64; 2] = [80.0, 22_050.0];
/// Number of frames after a frame that belong to its local mean.
const AHEAD: usize = 16;
/// Number of lags of the autocorrelation, 5.94 s of frames.
const LAGS: usize = 512;
/// Lag with the highest prior.
const PREFERRED_LAG: f64 = 43.0;
/// Periods that are compared, in frames.
const PERIODS: std::ops::Range<usize> = 3..(LAGS - 3) / 4 - 1;
/// Band whose weight is the threshold. The reference intends the 60 % quantile, but sorts an empty list.
const THRESHOLD_BAND: usize = 24;

/// Bank of squared gammatone filters on the ERB scale.
pub(super) struct ErbBank {
    bins: usize,
    /// Weights, band-major.
    weights: Vec<f32>,
}

impl ErbBank {
    /// Creates the bank for spectra of `bins` bins up to 22050 Hz.
    pub(super) fn new(bins: usize) -> Self {
        /// Quality and least bandwidth in Hz of the filters of the ear (Glasberg and Moore).
        const EAR: [f64; 2] = [9.264_49, 24.7];
        let corner = EAR[0] * EAR[1];
        let [low, high] = RANGE_HZ;
        let ratio = ((low + corner) / (high + corner)).ln() / BANDS as f64;
        let centre = |band: usize| (ratio * (BANDS - band) as f64).exp() * (high + corner) - corner;
        let weights = (0..BANDS)
            .flat_map(|band| {
                let hz = centre(band);
                let filter = Gammatone::new(hz, hz / EAR[0] + EAR[1]);
                (0..bins).map(move |bin| filter.weight(0.5 * bin as f64 / (bins - 1).max(1) as f64) as f32)
            })
            .collect();
        Self { bins, weights }
    }

    /// Appends the weighted sum of each band to `out`.
    pub(super) fn push(&self, spectrum: &[f32], out: &mut Vec<f32>) {
        const LANES: usize = 8;
        let (parts, rest) = spectrum.as_chunks::<LANES>();
        for weights in self.weights.chunks_exact(self.bins.max(1)) {
            let mut sums = [0.0_f32; LANES];
            let (weight_parts, weight_rest) = weights.as_chunks::<LANES>();
            for (values, weights) in parts.iter().zip(weight_parts) {
                for lane in 0..LANES {
                    sums[lane] += values[lane] * weights[lane];
                }
            }
            let rest: f32 = rest.iter().zip(weight_rest).map(|(value, weight)| value * weight).sum();
            out.push(super::finite(sums.iter().sum::<f32>() + rest));
        }
    }
}

/// Gammatone filter of fourth order in four sections, after Slaney.
struct Gammatone {
    zeros: [f64; 4],
    pole: Complex<f64>,
    gain: f64,
}

impl Gammatone {
    fn new(centre_hz: f64, bandwidth_hz: f64) -> Self {
        let period = 1.0 / SAMPLE_RATE_HZ;
        let angle = TAU * centre_hz * period;
        let decay = (-1.019 * TAU * bandwidth_hz * period).exp();
        let (sin, cos) = angle.sin_cos();
        let roots = [3.0 + 2.0_f64.powf(1.5), 3.0 - 2.0_f64.powf(1.5)].map(f64::sqrt);
        let shifts = [roots[0], -roots[0], roots[1], -roots[1]];
        let zeros = shifts.map(|shift| decay * (cos + shift * sin));
        let (once, twice) = (Complex::from_polar(1.0, angle), Complex::from_polar(1.0, 2.0 * angle));
        let numerator: Complex<f64> =
            shifts.iter().map(|shift| (-twice + once * (decay * (cos + shift * sin))) * (2.0 * period)).product();
        let denominator = -twice * 2.0 - 2.0 * decay * decay + (twice + 1.0) * (2.0 * decay);
        Self { zeros, pole: Complex::from_polar(decay, angle), gain: numerator.norm() / denominator.norm().powi(4) }
    }

    /// Returns the squared response at a frequency in cycles per sample.
    fn weight(&self, cycles: f64) -> f64 {
        let point = Complex::from_polar(1.0, TAU * cycles);
        let zeros: f64 = self.zeros.iter().map(|zero| (point - zero).norm()).product();
        zeros / (self.gain * (self.pole - point).norm().powi(8)) * SAMPLE_RATE_HZ.powi(-4)
    }
}

/// Returns the detection function of frames of [`BANDS`] squared deviations, frame-major.
///
/// Each band is divided by its standard deviation, the mean of the frame and the 16 after it is subtracted, and the
/// bands are weighted with the strength of their strongest period.
pub(super) fn beat_emphasis(bands: &[f32]) -> Vec<f64> {
    let frames = bands.len() / BANDS;
    let Some(mut correlation) = Autocorrelation::new(frames + AHEAD).filter(|_| frames > 0) else {
        return Vec::new();
    };
    let prior = prior();
    let mut onsets: Vec<Vec<f64>> = (0..BANDS).map(|band| rises(bands, band)).collect();
    let strengths: Vec<f64> =
        onsets.iter().map(|onsets| strongest_period(correlation.unbiased(onsets), &prior)).collect();
    let maximum = strengths.iter().copied().fold(0.0, f64::max);
    let scale = if maximum > 0.0 { 1.0 / maximum } else { 1.0 };
    let mut sum = vec![0.0; frames];
    for (onsets, &strength) in onsets.iter_mut().zip(&strengths) {
        if strength >= strengths[THRESHOLD_BAND] {
            sum.iter_mut().zip(onsets).for_each(|(sum, onset)| *sum += strength * scale * *onset);
        }
    }
    sum
}

/// Returns the values of one band above their local mean, followed by 16 times the last value of the band.
fn rises(bands: &[f32], band: usize) -> Vec<f64> {
    let mut values: Vec<f64> = bands.iter().skip(band).step_by(BANDS).map(|&value| f64::from(value)).collect();
    let frames = values.len();
    let mean = values.iter().sum::<f64>() / frames as f64;
    let deviation = (values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / frames as f64).sqrt();
    if deviation > 0.0 {
        values.iter_mut().for_each(|value| *value /= deviation);
    }
    let last = values[frames - 1];
    values.extend([last; AHEAD]);
    for frame in 0..frames {
        // The frames from `frame` on are not changed yet.
        let mean = values[frame..=frame + AHEAD].iter().sum::<f64>() / (AHEAD + 1) as f64;
        values[frame] = (values[frame] - mean).max(0.0);
    }
    values
}

/// Returns the prior of each lag: a Rayleigh distribution, not normalized.
fn prior() -> Vec<f64> {
    let square = round_half_up(PREFERRED_LAG * 512.0 / LAGS as f64).powi(2);
    (1..=LAGS).map(|lag| lag as f64).map(|lag| lag / square * (-0.5 * lag * lag / square).exp()).collect()
}

/// Returns the largest sum of the autocorrelation around four multiples of a period.
fn strongest_period(correlation: &[f64], prior: &[f64]) -> f64 {
    let at = |lag: usize| correlation.get(lag).copied().unwrap_or(0.0);
    let tooth = |period: usize, tooth: usize| {
        let middle = period * tooth;
        (middle + 1 - tooth..middle + tooth).map(at).sum::<f64>() / (2 * tooth - 1) as f64
    };
    let strength = |period: usize| prior[period] * (1..=4).map(|n| tooth(period, n)).sum::<f64>();
    PERIODS.map(strength).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_have_the_height_of_the_reference_at_their_centre() {
        for (hz, bandwidth_hz) in [(100.0, 35.5), (1000.0, 132.6), (10_000.0, 1104.1)] {
            let filter = Gammatone::new(hz, bandwidth_hz);
            let angle = TAU * hz / SAMPLE_RATE_HZ;
            let decay = (-1.019 * TAU * bandwidth_hz / SAMPLE_RATE_HZ).exp();
            // The reference has the pole twice, instead of the pole and its conjugate.
            let height = ((Complex::from_polar(1.0, 2.0 * angle) - decay).norm() / (1.0 - decay)).powi(4);
            let weight = filter.weight(hz / SAMPLE_RATE_HZ);
            assert!((weight / height - 1.0).abs() < 1e-9, "{hz} Hz: {weight}, expected {height}");
        }
    }

    #[test]
    fn bands_are_weighted_sums() {
        let bank = ErbBank::new(1025);
        let mut out = Vec::new();
        bank.push(&[1.0; 1025], &mut out);
        assert_eq!(out.len(), BANDS);
        for (got, weights) in out.iter().zip(bank.weights.chunks_exact(1025)) {
            let sum: f64 = weights.iter().map(|&weight| f64::from(weight)).sum();
            assert!((f64::from(*got) - sum).abs() < 1e-5 * sum, "{got}, expected {sum}");
        }
    }

    #[test]
    fn one_frame_and_equal_frames_have_no_onsets() {
        for frames in [1, 2, 30] {
            let function = beat_emphasis(&vec![0.5; frames * BANDS]);
            assert_eq!(function, vec![0.0; frames]);
        }
        assert!(beat_emphasis(&[]).is_empty());
    }

    #[test]
    fn impulses_stay_where_they_are() {
        let mut bands = vec![0.0; 400 * BANDS];
        (20..400).step_by(40).for_each(|frame| bands[frame * BANDS..][..BANDS].fill(1.0));
        let function = beat_emphasis(&bands);
        let least = (20..400).step_by(40).map(|frame| function[frame]).fold(f64::INFINITY, f64::min);
        let other = (0..400).filter(|frame| frame % 40 != 20).map(|frame| function[frame]).fold(0.0, f64::max);
        assert!(least > 1.0 && other == 0.0, "{least}, {other}");
    }
}
