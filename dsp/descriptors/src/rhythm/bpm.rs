//! Tempo from beats: mean tempo and histogram of the intervals (Essentia's RhythmDescriptors and
//! BpmHistogramDescriptors).

use std::collections::BTreeMap;

use crate::math::round_half_up;

/// Number of bins of the histogram: bin `i` holds the intervals of `i` BPM.
pub const HISTOGRAM_BINS: usize = 250;
/// Distance in BPM from the mode within which an interval counts in the mean.
const MODE_RANGE_BPM: f64 = 5.0;
/// Number of bins on each side of a peak that belong to its weight.
const PEAK_WIDTH: usize = 1;
/// Number of bins on each side of a peak that belong to its surroundings.
const SURROUNDING_WIDTH: usize = 4;

/// Returns the tempo in BPM: the mean over the intervals within 5 BPM of the commonest tempo, which is found in steps
/// of 2 BPM. 0 with fewer than two beats; `beats` are in seconds, ascending.
#[must_use]
pub fn bpm(beats: &[f64]) -> f64 {
    let tempos: Vec<f64> = intervals(beats).map(|interval| 60.0 / interval).collect();
    let mut counts = BTreeMap::<u64, usize>::new();
    for tempo in &tempos {
        *counts.entry(round_half_up(tempo / 2.0) as u64).or_default() += 1;
    }
    // The first of the largest bins.
    let Some((&bin, _)) = counts.iter().rev().max_by_key(|&(_, &count)| count) else {
        return 0.0;
    };
    let mode = 2.0 * bin as f64;
    let (sum, count) = tempos
        .iter()
        .filter(|&&tempo| (tempo - mode).abs() < MODE_RANGE_BPM)
        .fold((0.0, 0), |(sum, count), tempo| (sum + tempo, count + 1));
    if count == 0 { mode } else { sum / f64::from(count) }
}

/// Peak of a [`BpmHistogram`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct BpmPeak {
    /// Tempo in BPM, 0 if there is no peak.
    pub bpm: f64,
    /// Share of the intervals within 1 BPM of the peak, from 0 to 1.
    pub weight: f64,
    /// Share of the intervals within 4 BPM of the peak that are not within 1 BPM, from 0 to 1.
    pub spread: f64,
}

/// Histogram of the intervals between beats.
#[derive(Debug, Clone, PartialEq)]
pub struct BpmHistogram {
    /// Share of the intervals per BPM, [`HISTOGRAM_BINS`] values that sum to 1, or to 0 without intervals. The last bin
    /// holds faster tempos up to 250 BPM.
    pub bins: Vec<f64>,
    /// Highest peak, then the highest peak more than 4 BPM from it.
    pub peaks: [BpmPeak; 2],
}

impl BpmHistogram {
    /// Computes the histogram of beats in seconds, ascending. Intervals below 60/250 s are dropped.
    #[must_use]
    pub fn new(beats: &[f64]) -> Self {
        let mut bins = vec![0.0; HISTOGRAM_BINS];
        let mut total = 0.0;
        for interval in intervals(beats).filter(|&interval| interval >= 60.0 / HISTOGRAM_BINS as f64) {
            bins[(round_half_up(60.0 / interval) as usize).min(HISTOGRAM_BINS - 1)] += 1.0;
            total += 1.0;
        }
        if total > 0.0 {
            bins.iter_mut().for_each(|bin| *bin /= total);
        }
        let mut rest = bins.clone();
        let peaks = [take_peak(&mut rest), take_peak(&mut rest)];
        Self { bins, peaks }
    }
}

/// Returns the highest peak of the bins and sets its surroundings to 0.
fn take_peak(bins: &mut [f64]) -> BpmPeak {
    let first_largest = |best: usize, bin: usize| if bins[bin] > bins[best] { bin } else { best };
    let peak = (0..bins.len()).fold(0, first_largest);
    let around = |width: usize| peak.saturating_sub(width)..(peak + width + 1).min(bins.len());
    let sum = |width: usize| bins[around(width)].iter().sum::<f64>();
    let (weight, surroundings) = (sum(PEAK_WIDTH), sum(SURROUNDING_WIDTH));
    let spread = if surroundings > 0.0 { 1.0 - weight / surroundings } else { 0.0 };
    let bpm = if weight > 0.0 { peak as f64 } else { 0.0 };
    let zeroed = around(SURROUNDING_WIDTH);
    bins[zeroed].fill(0.0);
    BpmPeak { bpm, weight, spread }
}

/// Returns the positive intervals between beats.
fn intervals(beats: &[f64]) -> impl Iterator<Item = f64> {
    beats.windows(2).map(|pair| pair[1] - pair[0]).filter(|&interval| interval > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beats(intervals: &[f64]) -> Vec<f64> {
        let mut time = 0.0;
        let rest = intervals.iter().map(|interval| {
            time += interval;
            time
        });
        std::iter::once(0.0).chain(rest).collect()
    }

    #[test]
    fn bpm_is_the_mean_near_the_mode() {
        let tempo = bpm(&beats(&[0.5, 0.5, 0.5, 60.0 / 123.0, 1.0]));
        assert!((tempo - (3.0 * 120.0 + 123.0) / 4.0).abs() < 1e-9, "{tempo}");
        assert_eq!((bpm(&[]), bpm(&[1.0])), (0.0, 0.0));
        // The slower of two equally common tempos.
        assert!((bpm(&beats(&[0.5, 1.0])) - 60.0).abs() < 1e-9);
    }

    #[test]
    fn histogram_peaks_have_weight_and_spread() {
        let tempos = [120.0, 120.0, 120.0, 121.0, 124.0, 60.0, 60.0, 300.0];
        let histogram = BpmHistogram::new(&beats(&tempos.map(|tempo| 60.0 / tempo)));
        let [first, second] = histogram.peaks;
        assert!((histogram.bins[120] - 3.0 / 7.0).abs() < 1e-12, "{first:?}");
        assert_eq!((first.bpm, second.bpm), (120.0, 60.0));
        assert!((first.weight - 4.0 / 7.0).abs() < 1e-12 && (first.spread - 0.2).abs() < 1e-12, "{first:?}");
        assert!((second.weight - 2.0 / 7.0).abs() < 1e-12 && second.spread.abs() < 1e-12, "{second:?}");
    }

    #[test]
    fn no_intervals_are_all_zero() {
        let histogram = BpmHistogram::new(&[3.0]);
        assert_eq!(histogram.bins.iter().sum::<f64>(), 0.0);
        assert_eq!(histogram.peaks, [BpmPeak::default(); 2]);
    }
}
