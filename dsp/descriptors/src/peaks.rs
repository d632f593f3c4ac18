//! Peaks of a spectrum with parabolic interpolation, as in Essentia's SpectralPeaks.

/// Order in which peaks are returned; [`PeakPicker::max_peaks`] keeps the first ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeakOrder {
    /// Ascending frequency.
    Frequency,
    /// Descending magnitude; equal magnitudes in ascending frequency.
    Magnitude,
}

/// Peak of a spectrum.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Peak {
    /// Interpolated frequency in Hz.
    pub hz: f32,
    /// Interpolated magnitude.
    pub magnitude: f32,
    /// Magnitude of the peak's bin, not interpolated: the value that a threshold is compared with.
    pub height: f32,
}

/// Peak picker for spectra of one size.
#[derive(Debug, Clone)]
pub struct PeakPicker {
    /// Width of a bin in Hz.
    pub bin_hz: f64,
    /// Lowest frequency in Hz: the search starts at the first bin that is not below.
    pub min_hz: f64,
    /// Highest frequency in Hz.
    pub max_hz: f64,
    /// Magnitude that the bin of a peak exceeds.
    pub threshold: f32,
    /// Maximum number of peaks.
    pub max_peaks: usize,
    /// Order of the result.
    pub order: PeakOrder,
}

impl PeakPicker {
    /// Replaces the content of `peaks` with the peaks of `spectrum`. Allocates only while `peaks` grows.
    pub fn pick(&self, spectrum: &[f32], peaks: &mut Vec<Peak>) {
        peaks.clear();
        self.scan(spectrum, peaks);
        if self.order == PeakOrder::Magnitude {
            let order = |a: &Peak, b: &Peak| b.magnitude.total_cmp(&a.magnitude).then(a.hz.total_cmp(&b.hz));
            if peaks.len() > self.max_peaks {
                peaks.select_nth_unstable_by(self.max_peaks, order);
                peaks.truncate(self.max_peaks);
            }
            peaks.sort_unstable_by(order);
        }
        peaks.truncate(self.max_peaks);
    }

    fn scan(&self, a: &[f32], peaks: &mut Vec<Peak>) {
        let n = a.len();
        let enough = |peaks: &Vec<Peak>| self.order == PeakOrder::Frequency && peaks.len() >= self.max_peaks;
        let mut i = (self.min_hz / self.bin_hz).ceil().max(0.0) as usize;
        if i + 1 >= n {
            return;
        }
        // A maximum in the first bin counts if the spectrum descends from it.
        if a[i] > a[i + 1] && a[i] > self.threshold {
            peaks.push(self.peak(i as f64, a[i], a[i]));
        }
        while !enough(peaks) {
            let start = i;
            while i + 1 < n - 1 && a[i] >= a[i + 1] {
                i += 1;
            }
            while i + 1 < n - 1 && a[i] < a[i + 1] {
                i += 1;
            }
            let mut plateau_end = i;
            while plateau_end + 1 < n - 1 && a[plateau_end] == a[plateau_end + 1] {
                plateau_end += 1;
            }
            let end = plateau_end;
            if end + 1 < n - 1 && a[end + 1] < a[end] && a[end] > self.threshold {
                let (bin, magnitude) =
                    if end == i { interpolate(a, i) } else { ((i + end) as f64 * 0.5, f64::from(a[i])) };
                if bin * self.bin_hz > self.max_hz {
                    break;
                }
                peaks.push(self.peak(bin, magnitude as f32, a[end]));
            }
            // Every bin is above or below its neighbour, or equal, unless one of them is not a number.
            i = end.max(start + 1);
            if i + 1 >= n - 1 {
                // The last bin but one can still be a maximum.
                if i == n - 2 && i > 0 && a[i - 1] < a[i] && a[i] > a[i + 1] && a[i] > self.threshold {
                    let (bin, magnitude) = interpolate(a, i);
                    peaks.push(self.peak(bin, magnitude as f32, a[i]));
                }
                break;
            }
        }
        let last = self.max_hz / self.bin_hz;
        if last > (n - 2) as f64 && last <= (n - 1) as f64 && a[n - 1] > a[n - 2] && a[n - 1] > self.threshold {
            peaks.push(self.peak((n - 1) as f64, a[n - 1], a[n - 1]));
        }
    }

    fn peak(&self, bin: f64, magnitude: f32, height: f32) -> Peak {
        Peak { hz: (bin * self.bin_hz) as f32, magnitude, height }
    }
}

/// Returns position and height of the parabola through bin `i` and its neighbours.
fn interpolate(a: &[f32], i: usize) -> (f64, f64) {
    let (left, middle, right) = (f64::from(a[i - 1]), f64::from(a[i]), f64::from(a[i + 1]));
    let offset = 0.5 * (left - right) / (left - 2.0 * middle + right);
    (i as f64 + offset, middle - 0.25 * (left - right) * offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker(order: PeakOrder, max_peaks: usize) -> PeakPicker {
        PeakPicker { bin_hz: 1.0, min_hz: 0.0, max_hz: 100.0, threshold: 0.0, max_peaks, order }
    }

    fn picked(spectrum: &[f32], picker: &PeakPicker) -> Vec<(f32, f32)> {
        let mut peaks = Vec::new();
        picker.pick(spectrum, &mut peaks);
        peaks.iter().map(|peak| (peak.hz, peak.magnitude)).collect()
    }

    #[test]
    fn parabola_plateau_and_first_bin_are_found() {
        let spectrum = [3.0, 1.0, 2.0, 1.0, 0.0, 4.0, 4.0, 0.0, 0.0];
        assert_eq!(picked(&spectrum, &picker(PeakOrder::Frequency, 9)), [(0.0, 3.0), (2.0, 2.0), (5.5, 4.0)]);
        assert_eq!(picked(&spectrum, &picker(PeakOrder::Magnitude, 2)), [(5.5, 4.0), (0.0, 3.0)]);
        let high = PeakPicker { min_hz: 1.0, threshold: 2.5, ..picker(PeakOrder::Frequency, 9) };
        assert_eq!(picked(&spectrum, &high), [(5.5, 4.0)]);
        let (position, height) = interpolate(&[1.0, 3.0, 2.0], 1);
        assert!((position - 1.0 - 1.0 / 6.0).abs() < 1e-12 && (height - 3.0 - 1.0 / 24.0).abs() < 1e-12);
    }

    #[test]
    fn short_and_flat_spectra_have_no_peaks() {
        for spectrum in [&[][..], &[1.0], &[1.0, 1.0], &[1.0; 50]] {
            assert_eq!(picked(spectrum, &picker(PeakOrder::Frequency, 9)), []);
        }
    }

    #[test]
    fn bins_that_are_not_numbers_end_no_scan() {
        let gap = [0.0, 1.0, f32::NAN, f32::NAN, 1.0, 3.0, 1.0, 0.0, 0.0];
        assert_eq!(picked(&gap, &picker(PeakOrder::Frequency, 9)), [(5.0, 3.0)]);
        assert_eq!(picked(&[f32::NAN; 9], &picker(PeakOrder::Magnitude, 9)), []);
    }

    #[test]
    fn height_is_that_of_the_bin() {
        let mut peaks = Vec::new();
        picker(PeakOrder::Frequency, 9).pick(&[0.0, 1.0, 3.0, 2.0, 0.0, 0.0], &mut peaks);
        assert!(peaks[0].height == 3.0 && peaks[0].magnitude > 3.0, "{peaks:?}");
    }
}
