//! Peaks that count for the spectral complexity.

/// Lowest and highest frequency of a peak in Hz.
const RANGE_HZ: (f64, f64) = (100.0, 5000.0);
/// Magnitude that a peak exceeds, with the gain applied.
const THRESHOLD: f32 = 0.005;
/// Largest number of peaks.
const MAX_PEAKS: usize = 100;

/// Search for the peaks of Essentia's SpectralComplexity. The heights of all peaks are kept, because the gain decides
/// which of them exceed the threshold.
#[derive(Debug, Clone)]
pub(super) struct ComplexityPeaks {
    first_bin: usize,
    last_position: f64,
}

impl ComplexityPeaks {
    /// Creates the search for spectra whose bins are `bin_hz` wide.
    pub(super) fn new(bin_hz: f64) -> Self {
        Self { first_bin: (RANGE_HZ.0 / bin_hz).ceil() as usize, last_position: RANGE_HZ.1 / bin_hz }
    }

    /// Appends the heights of the peaks between 100 and 5000 Hz: the magnitudes at their bins, not interpolated.
    pub(super) fn append_heights(&self, a: &[f32], heights: &mut Vec<f32>) {
        let first = self.first_bin;
        // The last two bins are ends, not peaks.
        let end = a.len().saturating_sub(2).min(self.last_position as usize + 2);
        if first >= end {
            return;
        }
        if a[first] > a[first + 1] {
            heights.push(a[first]);
        }
        let mut i = first + 1;
        while i < end {
            if a[i - 1] < a[i] && a[i] >= a[i + 1] {
                let plateau = a[i..].iter().position(|&value| value != a[i]).map_or(a.len(), |offset| i + offset);
                if plateau < a.len() - 1 && a[plateau] < a[i] {
                    let position = if plateau == i + 1 {
                        let (left, middle, right) = (f64::from(a[i - 1]), f64::from(a[i]), f64::from(a[i + 1]));
                        i as f64 + 0.5 * (left - right) / (left - 2.0 * middle + right)
                    } else {
                        0.5 * (i + plateau - 1) as f64
                    };
                    if position > self.last_position {
                        return;
                    }
                    heights.push(a[i]);
                }
                i = plateau;
            } else {
                i += 1;
            }
        }
    }
}

/// Returns the number of peaks above the threshold at the gain `gain`, at most 100.
pub(super) fn complexity(heights: &[f32], gain: f64) -> f64 {
    let count = heights.iter().filter(|&&height| (f64::from(height) * gain) as f32 > THRESHOLD).count();
    count.min(MAX_PEAKS) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peaks::{PeakOrder, PeakPicker};

    #[test]
    fn peaks_are_those_of_the_peak_picker() {
        let bin_hz = 22_050.0 / 1024.0;
        let finder = ComplexityPeaks::new(bin_hz);
        for seed in 0..50 {
            // Few levels, so that plateaus and equal neighbours occur.
            let hash = |i: u64| crate::random::split_mix(seed * 10_000 + i) % (3 + seed % 40);
            let spectrum: Vec<f32> = (0..1025).map(|i| hash(i) as f32 / 1000.0).collect();
            let mut heights = Vec::new();
            finder.append_heights(&spectrum, &mut heights);
            for gain in [0.3_f32, 1.0, 2.0] {
                let picker = PeakPicker {
                    bin_hz,
                    min_hz: 100.0,
                    max_hz: 5000.0,
                    threshold: THRESHOLD,
                    max_peaks: MAX_PEAKS,
                    order: PeakOrder::Magnitude,
                };
                let mut peaks = Vec::new();
                picker.pick(&spectrum.iter().map(|value| value * gain).collect::<Vec<_>>(), &mut peaks);
                assert_eq!(complexity(&heights, f64::from(gain)), peaks.len() as f64, "seed {seed}, gain {gain}");
            }
        }
    }

    #[test]
    fn short_and_flat_spectra_have_no_peaks() {
        for spectrum in [&[][..], &[1.0; 5], &[0.5; 1025]] {
            let mut heights = Vec::new();
            ComplexityPeaks::new(20.0).append_heights(spectrum, &mut heights);
            assert!(heights.is_empty());
        }
    }
}
