//! Sensory dissonance of the peaks of a spectrum (Plomp and Levelt).

use pulp::Arch;

use crate::peaks::{Peak, PeakOrder, PeakPicker};

/// Largest number of peaks.
const MAX_PEAKS: usize = 100;
/// Highest frequency of a peak in Hz.
const MAX_HZ: f64 = 5000.0;
/// Frequency in Hz up to which a peak has no dissonance of its own.
const MIN_HZ: f32 = 50.0;
/// Distance in critical bandwidths, and in Bark, from which on two peaks are consonant.
const REACH: f32 = 1.18;
/// Number of pairs that are computed at once.
const LANES: usize = 8;

/// Dissonance of magnitude spectra (Essentia's SpectralPeaks and Dissonance).
#[derive(Debug, Clone)]
pub(super) struct Dissonance {
    picker: PeakPicker,
    peaks: Vec<Peak>,
    /// Frequencies in Hz, then frequencies that are out of reach.
    hz: Vec<f32>,
    /// Loudness of each peak, then zeros.
    loudness: Vec<f32>,
    /// Bark number of each peak.
    bark: Vec<f32>,
    /// Dissonance of each peak with all others, times the loudness of all peaks.
    sums: Vec<f32>,
}

impl Dissonance {
    /// Creates the computation for spectra whose bins are `bin_hz` wide. Allocates.
    pub(super) fn new(bin_hz: f64) -> Self {
        let order = PeakOrder::Frequency;
        let picker = PeakPicker { bin_hz, min_hz: 0.0, max_hz: MAX_HZ, threshold: 0.0, max_peaks: MAX_PEAKS, order };
        let padded = || vec![0.0; MAX_PEAKS + LANES];
        Self {
            picker,
            peaks: Vec::with_capacity(MAX_PEAKS),
            hz: padded(),
            loudness: padded(),
            bark: padded(),
            sums: padded(),
        }
    }

    /// Returns the dissonance: 0 (consonant) to 0.5. Real-time safe.
    pub(super) fn of(&mut self, magnitudes: &[f32]) -> f32 {
        let mut peaks = std::mem::take(&mut self.peaks);
        self.picker.pick(magnitudes, &mut peaks);
        let dissonance = Arch::new().dispatch(
            #[inline(always)]
            || self.of_peaks(&peaks),
        );
        self.peaks = peaks;
        dissonance
    }

    /// Returns the dissonance of at most 100 peaks in ascending frequency.
    #[inline(always)]
    fn of_peaks(&mut self, peaks: &[Peak]) -> f32 {
        let count = peaks.len().min(MAX_PEAKS);
        let Self { hz, loudness, bark, sums, .. } = self;
        for (i, peak) in peaks[..count].iter().enumerate() {
            hz[i] = peak.hz;
            loudness[i] = peak.magnitude;
        }
        hz[count..].fill(f32::MAX);
        loudness[count..].fill(0.0);
        sums.fill(0.0);
        for (loudness, &hz) in loudness[..count].iter_mut().zip(&*hz) {
            *loudness *= squared_a_weight(hz);
        }
        for (bark, &hz) in bark[..count].iter_mut().zip(&*hz) {
            *bark = bark_of(hz);
        }
        let total: f32 = loudness.iter().sum();
        if total.is_nan() || total <= 0.0 {
            return 0.0;
        }
        let (mut reached, mut counted) = (0, 0);
        for low in 0..count {
            let (low_hz, low_loudness) = (hz[low], loudness[low]);
            // The narrower critical bandwidth of two peaks is that of the lower one.
            let bandwidth = critical_bandwidth(bark[low]);
            while reached < count && hz[reached] - low_hz <= REACH * bandwidth {
                reached += 1;
            }
            // The sum of a peak ends 1.18 Bark above it; that of the upper peak always contains the lower one, except
            // below 50 Hz.
            let limit_hz = hz_of(bark[low] + REACH);
            while counted < count && hz[counted] < limit_hz {
                counted += 1;
            }
            let limit_hz = if counted == count { f32::MAX } else { limit_hz };
            let per_bandwidth = 1.0 / bandwidth;
            let mut own = [0.0_f32; LANES];
            let mut start = low + 1;
            while start < reached {
                let range = start..start + LANES;
                let upper = hz[range.clone()].iter().zip(&loudness[range.clone()]).zip(&bark[range.clone()]);
                for ((own, sum), ((&hz, &loudness), &bark)) in own.iter_mut().zip(&mut sums[range]).zip(upper) {
                    let pair = roughness((hz - low_hz) * per_bandwidth) * (loudness + low_loudness);
                    *own += if hz < limit_hz { pair } else { 0.0 };
                    let starts = low_hz >= MIN_HZ || low_hz >= hz_of(bark - REACH);
                    *sum += if starts { pair } else { 0.0 };
                }
                start += LANES;
            }
            sums[low] += own.iter().sum::<f32>();
        }
        let of_peak =
            |((&sum, &loudness), &hz): ((&f32, &f32), &f32)| if hz > MIN_HZ { sum.min(loudness) } else { 0.0 };
        let dissonance: f32 = sums[..count].iter().zip(&*loudness).zip(&*hz).map(of_peak).sum();
        0.5 * dissonance / total
    }
}

/// Returns the square of the A-weighting of a frequency.
#[inline(always)]
fn squared_a_weight(hz: f32) -> f32 {
    let square = hz * hz;
    let high = 12_200.0 * 12_200.0;
    let gain = 1.25893 * high * (square / (square + 20.6 * 20.6)) * (square / (square + high));
    gain * gain / ((square + 107.7 * 107.7) * (square + 737.9 * 737.9))
}

/// Returns the Bark number of a frequency (Traunmüller).
#[inline(always)]
fn bark_of(hz: f32) -> f32 {
    let bark = 26.81 * hz / (1960.0 + hz) - 0.53;
    let bark = if bark < 2.0 { bark + 0.15 * (2.0 - bark) } else { bark };
    if bark > 20.1 { bark + 0.22 * (bark - 20.1) } else { bark }
}

/// Returns the frequency of a Bark number.
#[inline(always)]
fn hz_of(bark: f32) -> f32 {
    let bark = if bark < 2.0 { (bark - 0.3) / 0.85 } else { bark };
    let bark = if bark > 20.1 { (bark - 4.422) / 1.22 } else { bark };
    1960.0 * (bark + 0.53) / (26.28 - bark)
}

/// Returns the critical bandwidth in Hz at a Bark number.
#[inline(always)]
fn critical_bandwidth(bark: f32) -> f32 {
    52_548.0 / (bark * bark - 52.56 * bark + 690.39)
}

/// Returns the dissonance of two pure tones at a distance in critical bandwidths: a polynomial fitted to the curve of
/// Plomp and Levelt, 0 to 1.
#[inline(always)]
fn roughness(distance: f32) -> f32 {
    let x = distance;
    let consonance =
        ((((-6.589_779 * x + 28.582_242) * x - 47.367_4) * x + 35.706_8) * x - 10.365_263) * x + 1.000_266_1;
    let consonance = if consonance < 1.0 { consonance } else { 1.0 };
    let roughness = if consonance > 0.0 { 1.0 - consonance } else { 1.0 };
    if (0.0..=REACH).contains(&x) { roughness } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dissonance straight from the definition, pair by pair in double precision.
    fn by_definition(peaks: &[(f64, f64)]) -> f64 {
        let bark = |hz: f64| {
            let z = 26.81 * hz / (1960.0 + hz) - 0.53;
            if z < 2.0 { z + 0.15 * (2.0 - z) } else { z }
        };
        let hz = |z: f64| {
            let z = if z < 2.0 { (z - 0.3) / 0.85 } else { z };
            1960.0 * (z + 0.53) / (26.28 - z)
        };
        let weight = |hz: f64| {
            let s = hz * hz;
            let gain = 1.25893 * 12_200_f64.powi(2) * s * s / ((s + 20.6 * 20.6) * (s + 12_200_f64.powi(2)));
            gain / ((s + 107.7 * 107.7) * (s + 737.9 * 737.9)).sqrt()
        };
        let width = |hz: f64| 52_548.0 / (bark(hz).powi(2) - 52.56 * bark(hz) + 690.39);
        let consonance = |x: f64| {
            let p = -6.58977878 * x.powi(5) + 28.58224226 * x.powi(4) - 47.36739986 * x.powi(3)
                + 35.70679761 * x.powi(2)
                - 10.36526344 * x
                + 1.00026609;
            if x > 1.18 { 1.0 } else { p.clamp(0.0, 1.0) }
        };
        let loudness: Vec<f64> = peaks.iter().map(|&(hz, magnitude)| magnitude * weight(hz).powi(2)).collect();
        let total: f64 = loudness.iter().sum();
        let mut sum = 0.0;
        for (i, &(at, _)) in peaks.iter().enumerate().filter(|(_, peak)| peak.0 > 50.0) {
            let (start, end) = (hz(bark(at) - 1.18), hz(bark(at) + 1.18));
            let partners = peaks.iter().zip(&loudness).skip_while(|((hz, _), _)| *hz < start && *hz < 50.0);
            let one: f64 = partners
                .take_while(|((hz, _), _)| *hz < end)
                .map(|(&(hz, _), l)| (1.0 - consonance((hz - at).abs() / width(at).min(width(hz)))) * (l + loudness[i]))
                .sum();
            sum += (one / total).min(loudness[i] / total);
        }
        sum / 2.0
    }

    #[test]
    fn pairs_at_once_match_the_definition() {
        let mut dissonance = Dissonance::new(21.5);
        for seed in 0..40_u64 {
            let random = |i: u64| crate::random::split_mix(seed * 1000 + i) as f64 / u64::MAX as f64;
            let mut hz = 10.0 + 30.0 * random(0);
            let mut peaks = Vec::new();
            for i in 0..=(seed * 5 / 2).min(99) {
                peaks.push((hz, random(2 * i + 1).powi(3)));
                hz += 15.0 + 60.0 * random(2 * i + 2);
            }
            let singles: Vec<Peak> = peaks
                .iter()
                .map(|&(hz, magnitude)| Peak { hz: hz as f32, magnitude: magnitude as f32, height: magnitude as f32 })
                .collect();
            let (got, expected) = (f64::from(dissonance.of_peaks(&singles)), by_definition(&peaks));
            assert!((got - expected).abs() < 2e-6, "seed {seed}: {got}, expected {expected}");
        }
    }

    #[test]
    fn spectra_without_peaks_are_consonant() {
        let mut dissonance = Dissonance::new(22_050.0 / 1024.0);
        for spectrum in [&[][..], &[0.0; 1025], &[1.0; 1025]] {
            assert_eq!(dissonance.of(spectrum), 0.0);
        }
    }
}
