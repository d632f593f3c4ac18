//! Beat emphasis: onsets of the ERB bands in which the beat is strongest (Essentia's OnsetDetectionGlobal
//! "beat_emphasis").

use super::degara::Autocorrelation;
use crate::filter_bank::FilterBank;
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

/// Returns the ERB bands over spectra of `bins` bins.
pub(super) fn bank(bins: usize) -> FilterBank {
    let [min_hz, max_hz] = RANGE_HZ;
    FilterBank::erb(BANDS, min_hz, max_hz, bins)
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
