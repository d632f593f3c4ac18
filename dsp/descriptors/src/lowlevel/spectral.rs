//! Descriptors of one spectrum that are a few sums or a search.

use crate::lanes::{extremes, sum};
use crate::math::round_half_up;

/// Share of the power below the roll-off frequency.
const ROLLOFF_SHARE: f64 = 0.85;
/// Bands of the four energies in Hz: low, middle low, middle high, high.
const ENERGY_BANDS_HZ: [(f64, f64); 4] = [(20.0, 150.0), (150.0, 800.0), (800.0, 4000.0), (4000.0, 20_000.0)];

/// Returns the first bin at which the cumulated power reaches 85 % of `total` (Essentia's RollOff).
pub(super) fn rolloff_bin(power: &[f32], total: f64) -> usize {
    const BLOCK: usize = 32;
    let threshold = ROLLOFF_SHARE * total;
    let mut below = 0.0;
    for (block, values) in power.chunks(BLOCK).enumerate() {
        let with_block = below + sum(values);
        if with_block >= threshold {
            for (i, &value) in values.iter().enumerate() {
                below += f64::from(value);
                if below >= threshold {
                    return block * BLOCK + i;
                }
            }
        }
        below = with_block;
    }
    power.len().saturating_sub(1)
}

/// Returns the largest magnitude over the decimal logarithm of the ratio of the bins at which the peak falls below half
/// of it (Essentia's StrongPeak); 0 for a flat spectrum or a peak that reaches bin 0.
pub(super) fn strong_peak(magnitudes: &[f32]) -> f64 {
    let (max, min) = extremes(magnitudes);
    let Some(top) = magnitudes.iter().position(|&magnitude| magnitude == max) else { return 0.0 };
    if max == min {
        return 0.0;
    }
    let below = |&magnitude: &f32| magnitude < max / 2.0;
    let Some(left) = magnitudes[..top].iter().rposition(below) else { return 0.0 };
    let right = magnitudes[top..].iter().position(below).map_or(magnitudes.len(), |offset| top + offset);
    f64::from(max) / (right as f64 / (left + 1) as f64).log10()
}

/// Returns the power in the four bands low, middle low, middle high and high; both end bins of a band count
/// (Essentia's EnergyBand).
pub(super) fn energy_bands(power: &[f32], bin_hz: f64) -> [f64; 4] {
    ENERGY_BANDS_HZ.map(|(low, high)| {
        let end = (round_half_up(high / bin_hz) as usize + 1).min(power.len());
        let start = (round_half_up(low / bin_hz) as usize).min(end);
        sum(&power[start..end])
    })
}

/// Returns the number of changes between positive and not positive samples (Essentia's ZeroCrossingRate, times the
/// length of the frame).
pub(super) fn zero_crossings(frame: &[f32]) -> u32 {
    let next = frame.get(1..).unwrap_or_default();
    // A chunk keeps the count in a narrow integer, which makes short vector lanes.
    let crossings = |(a, b): (&[f32], &[f32])| -> u32 {
        a.iter().zip(b).fold(0_u32, |count, (&a, &b)| count.wrapping_add(u32::from((a > 0.0) != (b > 0.0))))
    };
    frame.chunks(256).zip(next.chunks(256)).map(crossings).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rolloff_is_the_first_bin_that_reaches_the_share() {
        let flat = [1.0; 100];
        assert_eq!(rolloff_bin(&flat, 100.0), 84);
        assert_eq!(rolloff_bin(&[0.0; 100], 0.0), 0);
        assert_eq!(rolloff_bin(&[0.0, 0.0, 5.0], 5.0), 2);
        assert_eq!(rolloff_bin(&[], 0.0), 0);
    }

    #[test]
    fn strong_peak_needs_width_and_a_left_edge() {
        // Half of the peak is reached from bin 3 to bin 5: 4 / log10(6 / 3).
        let expected = 4.0 / 2_f64.log10();
        assert!((strong_peak(&[0.0, 1.0, 1.0, 3.0, 4.0, 2.0, 1.0]) - expected).abs() < 1e-12);
        assert_eq!(strong_peak(&[4.0, 3.0, 1.0]), 0.0);
        assert_eq!(strong_peak(&[1.0; 9]), 0.0);
        assert_eq!(strong_peak(&[]), 0.0);
        // The peak reaches the last bin.
        assert!((strong_peak(&[0.0, 0.0, 3.0, 4.0]) - 4.0 / 2_f64.log10()).abs() < 1e-12);
    }

    #[test]
    fn energy_bands_count_both_ends() {
        let bands = energy_bands(&[1.0; 1025], 22_050.0 / 1024.0);
        assert_eq!(bands, [7.0, 31.0, 150.0, 744.0]);
        assert_eq!(energy_bands(&[1.0; 4], 7350.0), [1.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn crossings_of_short_signals() {
        assert_eq!(zero_crossings(&[1.0, -1.0, 0.0, 2.0]), 2);
        assert_eq!((zero_crossings(&[]), zero_crossings(&[1.0])), (0, 0));
        let alternating: Vec<f32> = (0..1000).map(|i| if i % 2 == 0 { 1.0 } else { -1.0 }).collect();
        assert_eq!(zero_crossings(&alternating), 999);
    }
}
