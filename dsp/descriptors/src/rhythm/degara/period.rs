//! Beat periods: autocorrelation, comb filter, and the most probable path of periods.

use std::f64::consts::TAU;
use std::ops::RangeInclusive;

use earmark_dsp::{Complex, InverseSpectrum, Spectrum, Window};

use super::local_mean::subtract_local_mean;
use super::options::DegaraOptions;
use crate::math::round_half_up;

/// Duration of a frame of the detection function in seconds; the hop is a quarter.
const FRAME_S: f64 = 5.944_308_390_022_676;
/// Frame lengths, in values, that are analyzed.
const FRAME_LENS: RangeInclusive<usize> = 16..=65_536;
/// Half width in seconds of the local mean that is subtracted from the detection function.
const MEAN_S: f64 = 0.1;
/// Half width in lags of the local mean that is subtracted from the comb filter's output.
const COMB_MEAN_LAGS: usize = 8;
/// Tempo in BPM with the highest prior.
const PREFERRED_TEMPO: f64 = 120.0;
/// Number of teeth of the comb.
const TEETH: usize = 4;
/// Shortest lag of the comb, counted from 0.
const MIN_COMB_LAG: usize = 3;
/// Values per second for which the width and range of the transitions are given.
const TRANSITION_RATE_HZ: f64 = 44_100.0 / 512.0;
/// Standard deviation of a transition in lags.
const TRANSITION_LAGS: f64 = 8.0;
/// Lags between which transitions are possible.
const TRANSITION_RANGE: [f64; 2] = [28.0, 108.0];
/// Weight below which a transition is impossible.
const MIN_WEIGHT: f64 = 1e-12;
/// Amplitude of the noise relative to the largest observation, which decides between equal periods.
const NOISE: f64 = 1e-4;

/// Beat period of each step of the detection function.
pub(super) struct Periods {
    /// Periods in values of the detection function, one per step.
    pub lags: Vec<usize>,
    /// Length of a step in seconds.
    pub step_s: f64,
}

/// Returns the periods of a detection function, or `None` if it is empty or its rate is out of range.
pub(super) fn periods(function: &[f64], rate_hz: f64, options: DegaraOptions) -> Option<Periods> {
    let frame_len = round_half_up(FRAME_S * rate_hz) as usize;
    if function.is_empty() || !FRAME_LENS.contains(&frame_len) {
        return None;
    }
    let lags = frame_len / 4;
    let prior = prior(lags, rate_hz);
    let mut observations = observations(function, frame_len, rate_hz, &prior, options)?;
    let noise = NOISE * observations.iter().copied().fold(0.0, f64::max);
    observations.iter_mut().zip(0..).for_each(|(value, index)| *value += noise * crate::rhythm::numeric::noise(index));
    let lags = path(&observations, &prior, rate_hz).into_iter().map(|lag| lag + 1).collect();
    Some(Periods { lags, step_s: FRAME_S / 4.0 })
}

/// Returns the prior of each lag: a Rayleigh distribution, normalized.
fn prior(lags: usize, rate_hz: f64) -> Vec<f64> {
    let square = round_half_up(60.0 * rate_hz / PREFERRED_TEMPO).max(1.0).powi(2);
    let weight = |tau: f64| tau / square * (-0.5 * tau * tau / square).exp();
    let mut weights: Vec<f64> = (1..=lags).map(|lag| weight(lag as f64)).collect();
    normalize(&mut weights);
    weights
}

/// Divides the values by their sum unless it is 0.
fn normalize(values: &mut [f64]) {
    let sum: f64 = values.iter().sum();
    if sum > 0.0 {
        values.iter_mut().for_each(|value| *value /= sum);
    }
}

/// Returns the strength of each lag in each frame, frame-major.
fn observations(
    function: &[f64],
    frame_len: usize,
    rate_hz: f64,
    prior: &[f64],
    options: DegaraOptions,
) -> Option<Vec<f64>> {
    let lags = prior.len();
    let hop = lags;
    let mut scratch = Vec::new();
    let mut onsets = function.to_vec();
    subtract_local_mean(&mut onsets, (MEAN_S * rate_hz) as usize, &mut scratch);
    let mut correlation = Autocorrelation::new(frame_len)?;
    let lag_of =
        |tempo: f64, round: fn(f64) -> f64| (round(60.0 / tempo * rate_hz) - 1.0).clamp(0.0, (lags - 1) as f64);
    let (first, last) =
        (lag_of(options.max_tempo, f64::floor) as usize + 1, lag_of(options.min_tempo, f64::ceil) as usize);
    let frames = onsets.len().saturating_sub(frame_len).div_ceil(hop) + 1;
    let mut observations = vec![0.0; frames * lags];
    for (frame, out) in observations.chunks_exact_mut(lags).enumerate() {
        let start = frame * hop;
        comb(correlation.unbiased(&onsets[start..(start + frame_len).min(onsets.len())]), prior, out);
        subtract_local_mean(out, COMB_MEAN_LAGS, &mut scratch);
        out[..first].fill(0.0);
        out[last + 1..].fill(0.0);
        normalize(out);
    }
    Some(observations)
}

/// Writes the sum of the autocorrelation around four multiples of each lag, weighted with the prior.
fn comb(correlation: &[f64], prior: &[f64], out: &mut [f64]) {
    out.fill(0.0);
    let end = (correlation.len() - 3) / 4;
    for lag in MIN_COMB_LAG..end {
        let tooth = |tooth: usize| {
            let middle = (lag + 1) * tooth - 1;
            correlation[middle + 1 - tooth..middle + tooth].iter().sum::<f64>() / (2 * tooth - 1) as f64
        };
        out[lag] = prior[lag] * (1..=TEETH).map(tooth).sum::<f64>();
    }
}

/// Unbiased autocorrelation of frames of one length.
pub(in crate::rhythm) struct Autocorrelation {
    forward: Spectrum<f64>,
    inverse: InverseSpectrum<f64>,
    frame: Vec<f32>,
    divided: Vec<f64>,
}

impl Autocorrelation {
    /// Creates an autocorrelation of frames of `len` values; `None` if the length is below 2.
    pub(in crate::rhythm) fn new(len: usize) -> Option<Self> {
        let fft_len = (2 * len).next_power_of_two();
        let forward = Spectrum::with_weights(&Window::Square.normalized(len), fft_len).ok()?;
        let inverse = InverseSpectrum::new(fft_len).ok()?;
        Some(Self { forward, inverse, frame: Vec::with_capacity(len), divided: vec![0.0; len] })
    }

    /// Returns the correlation at each lag, divided by the number of products; a shorter frame is padded with zeros.
    pub(in crate::rhythm) fn unbiased(&mut self, frame: &[f64]) -> &[f64] {
        self.frame.clear();
        self.frame.extend(frame.iter().map(|&value| value as f32));
        let len = self.divided.len();
        let scale = (len * len) as f64 / 4.0;
        let power = self.forward.complex(&self.frame).iter().map(|bin| Complex::new(bin.norm_sqr() * scale, 0.0));
        let correlation = self.inverse.samples(power);
        for (lag, (divided, &value)) in self.divided.iter_mut().zip(correlation).enumerate() {
            *divided = value / (len - lag) as f64;
        }
        &self.divided
    }
}

/// Returns the most probable lag of each frame, counted from 0 (Viterbi's algorithm).
fn path(observations: &[f64], prior: &[f64], rate_hz: f64) -> Vec<usize> {
    let lags = prior.len();
    let transitions = Transitions::new(lags, rate_hz);
    let mut rows = observations.chunks_exact(lags);
    let mut score: Vec<f64> = rows.next().into_iter().flatten().zip(prior).map(|(a, b)| a * b).collect();
    normalize(&mut score);
    let mut next = vec![0.0; lags];
    let mut previous = Vec::with_capacity(observations.len());
    for row in rows {
        let from = previous.len();
        previous.resize(from + lags, 0);
        next.fill(0.0);
        for lag in transitions.first..transitions.end {
            let (best, value) = transitions.best(&score, lag);
            next[lag] = value * row[lag];
            previous[from + lag] = best;
        }
        normalize(&mut next);
        std::mem::swap(&mut score, &mut next);
    }
    let mut lag = first_largest(score.iter().copied()).0;
    let mut path = vec![lag];
    for row in previous.rchunks_exact(lags) {
        lag = row[lag];
        path.push(lag);
    }
    path.reverse();
    path
}

/// Gaussian weights of the transitions between the lags of one range.
struct Transitions {
    first: usize,
    end: usize,
    reach: usize,
    weights: Vec<f64>,
}

impl Transitions {
    fn new(lags: usize, rate_hz: f64) -> Self {
        let scale = rate_hz / TRANSITION_RATE_HZ;
        let sigma = TRANSITION_LAGS * scale;
        let reach = (4.0 * sigma).ceil() as usize;
        let gauss = |i: usize| (-0.5 * ((i as f64 - reach as f64) / sigma).powi(2)).exp() / (sigma * TAU.sqrt());
        let weights = (0..=2 * reach).map(gauss).map(|weight| if weight < MIN_WEIGHT { 0.0 } else { weight }).collect();
        let [first, last] = TRANSITION_RANGE;
        let end = ((last * scale).ceil() as usize).min(lags);
        let first = ((first * scale).floor() - 1.0).max(0.0) as usize;
        Self { first: first.min(end), end, reach, weights }
    }

    /// Returns the lag before `lag` with the largest product of score and transition, and the product; lag 0 if all are
    /// 0.
    fn best(&self, score: &[f64], lag: usize) -> (usize, f64) {
        let from = self.first.max(lag.saturating_sub(self.reach));
        let to = self.end.min(lag + self.reach + 1);
        let weights = &self.weights[from + self.reach - lag..];
        let (best, value) = first_largest(score[from..to].iter().zip(weights).map(|(score, weight)| score * weight));
        if value > 0.0 { (from + best, value) } else { (0, 0.0) }
    }
}

/// Returns position and value of the first of the largest values, (0, 0) if none is positive.
fn first_largest(values: impl Iterator<Item = f64>) -> (usize, f64) {
    values.enumerate().fold((0, 0.0), |best, (at, value)| if value > best.1 { (at, value) } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autocorrelation_is_the_mean_product() {
        let mut correlation = Autocorrelation::new(5).unwrap();
        let got = correlation.unbiased(&[1.0, 2.0, 0.0, 3.0, 1.0]);
        for (got, expected) in got.iter().zip([15.0 / 5.0, 5.0 / 4.0, 6.0 / 3.0, 5.0 / 2.0, 1.0]) {
            assert!((got - expected).abs() < 1e-9, "{got}, expected {expected}");
        }
        assert!(Autocorrelation::new(1).is_none());
    }

    #[test]
    fn period_of_impulses_is_their_distance() {
        let rate_hz = 44_100.0 / 512.0;
        for distance in [32, 43, 60] {
            let mut function = vec![0.0; 3000];
            (0..3000).step_by(distance).for_each(|onset| function[onset] = 1.0);
            let periods = periods(&function, rate_hz, DegaraOptions::default()).unwrap();
            assert_eq!(periods.lags.len(), (3000_usize - 512).div_ceil(128) + 1);
            assert!(periods.lags.iter().all(|&lag| lag.abs_diff(distance) <= 1), "{distance}: {:?}", periods.lags);
        }
    }
}
