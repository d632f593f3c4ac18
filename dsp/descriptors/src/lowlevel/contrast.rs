//! Peaks, valleys and means of octave-like bands: spectral contrast.

use crate::SAMPLE_RATE_HZ;
use crate::math::round_half_up;

/// Number of bands.
pub(super) const CONTRAST_BANDS: usize = 6;
/// Lowest and highest frequency in Hz.
const RANGE_HZ: (f64, f64) = (20.0, 11_000.0);
/// Share of the bins that is spread over the bands on a logarithmic axis; the rest is spread evenly.
const LOGARITHMIC_SHARE: f64 = 0.85;
/// Share of the bins of a band that counts as its peak and as its valley.
const NEIGHBOUR_SHARE: f64 = 0.4;
/// Offset of peak, valley and mean.
const OFFSET: f64 = 1e-30;

/// Mean of the strongest and of the weakest bins of a band and of all its bins, without gain.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct BandLevels {
    /// Mean magnitude of the strongest 40 % of the bins.
    pub(super) peak: f32,
    /// Mean magnitude of the weakest 40 % of the bins.
    pub(super) valley: f32,
    /// Mean magnitude.
    pub(super) mean: f32,
}

impl BandLevels {
    /// Returns the contrast coefficient at a gain (Essentia's SpectralContrast): about -1 and less.
    pub(super) fn coefficient(self, gain: f64) -> f64 {
        let [peak, valley, mean] = self.with_gain(gain);
        let coefficient = -(peak / valley).powf(1.0 / mean.ln());
        if coefficient.is_finite() { coefficient } else { 0.0 }
    }

    /// Returns the natural logarithm of the valley at a gain.
    pub(super) fn log_valley(self, gain: f64) -> f64 {
        self.with_gain(gain)[1].ln()
    }

    fn with_gain(self, gain: f64) -> [f64; 3] {
        [self.peak, self.valley, self.mean].map(|level| f64::from(level) * gain + OFFSET)
    }
}

/// Spectral contrast of magnitude spectra of one size.
#[derive(Debug, Clone)]
pub(super) struct Contrast {
    bands: [std::ops::Range<usize>; CONTRAST_BANDS],
    scratch: Vec<u32>,
}

impl Contrast {
    /// Creates the bands for spectra of `bins` bins. Allocates.
    pub(super) fn new(bins: usize) -> Self {
        let bin_hz = SAMPLE_RATE_HZ / (2 * (bins.max(2) - 1)) as f64;
        let total = round_half_up(RANGE_HZ.1 / bin_hz);
        let even = round_half_up((1.0 - LOGARITHMIC_SHARE) * total / CONTRAST_BANDS as f64);
        let top_hz = round_half_up(LOGARITHMIC_SHARE * total) * bin_hz;
        let ratio = (top_hz / RANGE_HZ.0).max(1.0).powf(1.0 / CONTRAST_BANDS as f64);
        let (mut hz, mut last) = (RANGE_HZ.0, round_half_up(RANGE_HZ.0 / bin_hz));
        let mut start = (last as usize).min(bins);
        let bands = std::array::from_fn(|_| {
            hz *= ratio;
            let len = round_half_up(hz / bin_hz - last + even).max(0.0) as usize;
            last = round_half_up(hz / bin_hz);
            let band = start..(start + len).min(bins);
            start = band.end;
            band
        });
        Self { bands, scratch: Vec::with_capacity(bins) }
    }

    /// Returns the levels of the bands, from low to high. Real-time safe.
    pub(super) fn levels(&mut self, magnitudes: &[f32]) -> [BandLevels; CONTRAST_BANDS] {
        let scratch = &mut self.scratch;
        self.bands.each_ref().map(|band| {
            let bins = magnitudes.get(band.clone()).unwrap_or_default();
            scratch.clear();
            // The bits of numbers that are not negative have the order of the numbers.
            scratch.extend(bins.iter().map(|magnitude| magnitude.abs().to_bits()));
            levels(scratch)
        })
    }
}

/// Returns the levels of a band from the bits of its magnitudes, which are reordered.
fn levels(bits: &mut [u32]) -> BandLevels {
    let len = bits.len();
    if len == 0 {
        return BandLevels::default();
    }
    let sum = |bits: &[u32]| bits.iter().map(|&bits| f64::from(f32::from_bits(bits))).sum::<f64>();
    let mean = sum(bits) / len as f64;
    let count = (round_half_up(NEIGHBOUR_SHARE * len as f64) as usize).clamp(1, len);
    bits.select_nth_unstable(count - 1);
    let valley = sum(&bits[..count]) / count as f64;
    // The strongest bins are among those that are not in the valley.
    let first = (len - count).max(count - 1);
    let above = &mut bits[count - 1..];
    if first >= count && first - (count - 1) < above.len() {
        above.select_nth_unstable(first - (count - 1));
    }
    let peak = sum(&bits[len - count..]) / count as f64;
    BandLevels { peak: peak as f32, valley: valley as f32, mean: mean as f32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_at_the_default_size_cover_the_range() {
        let contrast = Contrast::new(1025);
        assert_eq!(contrast.bands[0].start, 1);
        assert!(contrast.bands.windows(2).all(|pair| pair[0].end == pair[1].start && !pair[0].is_empty()));
        assert!((contrast.bands[5].end as i64 - 511).abs() < 5, "{:?}", contrast.bands);
    }

    #[test]
    fn levels_are_means_of_the_ends_of_the_sorted_band() {
        for len in 1..60_usize {
            let values: Vec<f32> = (0..len).map(|i| ((i * 37) % 61) as f32).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f32::total_cmp);
            let count = ((0.4 * len as f64 + 0.5).floor() as usize).max(1);
            let mean = |part: &[f32]| part.iter().sum::<f32>() / part.len() as f32;
            let got = levels(&mut values.iter().map(|value| value.to_bits()).collect::<Vec<_>>());
            for (got, expected) in [
                (got.valley, mean(&sorted[..count])),
                (got.peak, mean(&sorted[len - count..])),
                (got.mean, mean(&sorted)),
            ] {
                assert!((got - expected).abs() < 1e-4, "{len}: {got}, expected {expected}");
            }
        }
    }

    #[test]
    fn coefficient_is_finite_for_silence_and_unit_mean() {
        assert!((BandLevels::default().coefficient(1.0) + 1.0).abs() < 1e-12);
        assert_eq!(BandLevels { peak: 2.0, valley: 0.5, mean: 1.0 }.coefficient(1.0), 0.0);
        let levels = BandLevels { peak: 0.2, valley: 0.1, mean: 0.15 };
        assert!((levels.coefficient(2.0) + 2_f64.powf(1.0 / 0.3_f64.ln())).abs() < 1e-6);
        assert!((levels.log_valley(2.0) - 0.2_f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn short_spectra_make_bands_without_panic() {
        for bins in [2, 33, 65] {
            let levels = Contrast::new(bins).levels(&vec![1.0; bins]);
            assert!(levels.iter().all(|levels| levels.coefficient(1.0).is_finite()));
        }
    }
}
