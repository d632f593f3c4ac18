//! Sums over slices in several lanes, which the compiler turns into vector instructions.
//!
//! The instructions of the machine are chosen while the program runs. The number of lanes is fixed, so that every machine
//! adds in the same order and has the same values.

use earmark_dsp::Complex;
use pulp::Arch;

/// Number of lanes in single precision.
const LANES: usize = 16;
/// Number of lanes in double precision.
const WIDE_LANES: usize = 8;

/// Returns the sum of the products of two slices of equal length. For use within a dispatch.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let len = a.len().min(b.len());
    let (a, b) = (a[..len].chunks_exact(LANES), b[..len].chunks_exact(LANES));
    let tail: f32 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    tail + sums.iter().sum::<f32>()
}

/// Returns the sum of the squares of a slice, in double precision.
pub(crate) fn sum_of_squares(values: &[f32]) -> f64 {
    Arch::new().dispatch(
        #[inline(always)]
        || sum_of_squares_lanes(values),
    )
}

#[inline(always)]
fn sum_of_squares_lanes(values: &[f32]) -> f64 {
    let chunks = values.chunks_exact(WIDE_LANES);
    let square = |value: f32| f64::from(value) * f64::from(value);
    let tail: f64 = chunks.remainder().iter().map(|&value| square(value)).sum();
    let mut sums = [0.0; WIDE_LANES];
    for chunk in chunks {
        for lane in 0..WIDE_LANES {
            sums[lane] += square(chunk[lane]);
        }
    }
    tail + sums.iter().sum::<f64>()
}

/// Returns the sum of a slice, in double precision.
pub(crate) fn sum(values: &[f32]) -> f64 {
    let chunks = values.chunks_exact(WIDE_LANES);
    let tail: f64 = chunks.remainder().iter().map(|&value| f64::from(value)).sum();
    let mut sums = [0.0; WIDE_LANES];
    for chunk in chunks {
        for lane in 0..WIDE_LANES {
            sums[lane] += f64::from(chunk[lane]);
        }
    }
    tail + sums.iter().sum::<f64>()
}

/// Returns the sum of a slice, and the sum of the values times their indices, in double precision.
pub(crate) fn sum_and_ramp(values: &[f32]) -> (f64, f64) {
    Arch::new().dispatch(
        #[inline(always)]
        || sum_and_ramp_lanes(values),
    )
}

#[inline(always)]
fn sum_and_ramp_lanes(values: &[f32]) -> (f64, f64) {
    let chunks = values.chunks_exact(WIDE_LANES);
    let start = values.len() - chunks.remainder().len();
    let (mut total, mut ramp) = (0.0, 0.0);
    for (i, &value) in chunks.remainder().iter().enumerate() {
        total += f64::from(value);
        ramp += f64::from(value) * (start + i) as f64;
    }
    let (mut totals, mut ramps) = ([0.0; WIDE_LANES], [0.0; WIDE_LANES]);
    let mut index: [f64; WIDE_LANES] = std::array::from_fn(|lane| lane as f64);
    for chunk in chunks {
        for lane in 0..WIDE_LANES {
            let value = f64::from(chunk[lane]);
            totals[lane] += value;
            ramps[lane] += value * index[lane];
            index[lane] += WIDE_LANES as f64;
        }
    }
    (total + totals.iter().sum::<f64>(), ramp + ramps.iter().sum::<f64>())
}

/// Returns the central moments of order 2, 3 and 4 around `centre`, not divided, with the values as weights of their
/// indices.
pub(crate) fn central_sums(values: &[f32], centre: f64) -> [f64; 3] {
    Arch::new().dispatch(
        #[inline(always)]
        || central_sums_lanes(values, centre),
    )
}

#[inline(always)]
fn central_sums_lanes(values: &[f32], centre: f64) -> [f64; 3] {
    let chunks = values.chunks_exact(WIDE_LANES);
    let start = values.len() - chunks.remainder().len();
    let mut out = [0.0; 3];
    for (i, &value) in chunks.remainder().iter().enumerate() {
        let d = (start + i) as f64 - centre;
        let second = f64::from(value) * d * d;
        out[0] += second;
        out[1] += second * d;
        out[2] += second * d * d;
    }
    let mut sums = [[0.0; WIDE_LANES]; 3];
    let mut offset: [f64; WIDE_LANES] = std::array::from_fn(|lane| lane as f64 - centre);
    for chunk in chunks {
        for lane in 0..WIDE_LANES {
            let d = offset[lane];
            let second = f64::from(chunk[lane]) * d * d;
            sums[0][lane] += second;
            sums[1][lane] += second * d;
            sums[2][lane] += second * d * d;
            offset[lane] += WIDE_LANES as f64;
        }
    }
    for (out, sums) in out.iter_mut().zip(&sums) {
        *out += sums.iter().sum::<f64>();
    }
    out
}

/// Returns the square of the distance between two spectra (Essentia's Flux with the L2 norm, before the root).
pub(crate) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    Arch::new().dispatch(
        #[inline(always)]
        || squared_distance_lanes(a, b),
    )
}

#[inline(always)]
fn squared_distance_lanes(a: &[f32], b: &[f32]) -> f64 {
    let len = a.len().min(b.len());
    let (a, b) = (a[..len].chunks_exact(LANES), b[..len].chunks_exact(LANES));
    let tail: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| (a - b) * (a - b)).sum();
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a.zip(b) {
        for lane in 0..LANES {
            let difference = a[lane] - b[lane];
            sums[lane] += difference * difference;
        }
    }
    f64::from(tail) + sums.iter().map(|&sum| f64::from(sum)).sum::<f64>()
}

/// Writes the power and the magnitude of each bin.
pub(crate) fn power_and_magnitude(bins: &[Complex<f32>], power: &mut [f32], magnitudes: &mut [f32]) {
    Arch::new().dispatch(
        #[inline(always)]
        || {
            for ((power, magnitude), bin) in power.iter_mut().zip(magnitudes).zip(bins) {
                *power = bin.re * bin.re + bin.im * bin.im;
                *magnitude = power.sqrt();
            }
        },
    );
}

/// Returns the largest and the smallest value; (0, 0) without values.
pub(crate) fn extremes(values: &[f32]) -> (f32, f32) {
    Arch::new().dispatch(
        #[inline(always)]
        || extremes_lanes(values),
    )
}

#[inline(always)]
fn extremes_lanes(values: &[f32]) -> (f32, f32) {
    let Some(&first) = values.first() else { return (0.0, 0.0) };
    let chunks = values.chunks_exact(LANES);
    let (mut most, mut least) = ([first; LANES], [first; LANES]);
    let greater = |a: f32, b: f32| if a > b { a } else { b };
    let smaller = |a: f32, b: f32| if a < b { a } else { b };
    let (mut max, mut min) = (first, first);
    for &value in chunks.remainder() {
        (max, min) = (greater(max, value), smaller(min, value));
    }
    for chunk in chunks {
        for lane in 0..LANES {
            most[lane] = greater(most[lane], chunk[lane]);
            least[lane] = smaller(least[lane], chunk[lane]);
        }
    }
    (most.into_iter().fold(max, greater), least.into_iter().fold(min, smaller))
}

/// Returns the sum of `value * log2(value)` over a slice of values that are not negative; 0 counts as 0.
pub(crate) fn sum_of_logs(values: &[f32]) -> f64 {
    Arch::new().dispatch(
        #[inline(always)]
        || sum_of_logs_lanes(values),
    )
}

#[inline(always)]
fn sum_of_logs_lanes(values: &[f32]) -> f64 {
    let chunks = values.chunks_exact(LANES);
    let tail: f32 = chunks.remainder().iter().map(|&value| value * log2(value)).sum();
    let mut sums = [0.0_f32; LANES];
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += chunk[lane] * log2(chunk[lane]);
        }
    }
    f64::from(tail) + sums.iter().map(|&sum| f64::from(sum)).sum::<f64>()
}

/// Returns the binary logarithm of a positive normal number within 2e-7, and a finite number for 0.
#[inline(always)]
fn log2(value: f32) -> f32 {
    /// Bits of the square root of one half: the mantissa lies between it and its double.
    const LEAST: i32 = 0x3F35_04F3;
    let bits = value.to_bits() as i32;
    let exponent = bits.wrapping_sub(LEAST) >> 23;
    let mantissa = f32::from_bits(bits.wrapping_sub(exponent.wrapping_shl(23)) as u32);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let series = 1.0 + square * (1.0 / 3.0 + square * (0.2 + square * (1.0 / 7.0 + square * (1.0 / 9.0))));
    exponent as f32 + 2.0 * std::f32::consts::LOG2_E * s * series
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(len: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * i) % 23) as f32 * 0.25).collect()
    }

    #[test]
    fn sums_match_plain_loops_for_every_length() {
        for len in [0, 1, 7, 8, 16, 17, 100] {
            let values = wave(len);
            let wide: Vec<f64> = values.iter().map(|&value| f64::from(value)).collect();
            let indexed = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
                wide.iter().enumerate().map(|(i, &value)| f(i as f64, value)).sum()
            };
            assert_eq!(sum(&values), indexed(&|_, v| v));
            assert_eq!(f64::from(dot(&values, &values)), indexed(&|_, v| v * v));
            assert_eq!(sum_of_squares(&values), indexed(&|_, v| v * v));
            assert_eq!(squared_distance(&values, &vec![1.0; len]), indexed(&|_, v| (v - 1.0) * (v - 1.0)));
            assert_eq!(sum_and_ramp(&values), (indexed(&|_, v| v), indexed(&|i, v| v * i)));
            let expected = [2, 3, 4].map(|order| indexed(&|i, v| v * (i - 5.5).powi(order)));
            for (got, expected) in central_sums(&values, 5.5).into_iter().zip(expected) {
                assert!((got - expected).abs() <= 1e-12 * expected.abs(), "{len}: {got}, expected {expected}");
            }
            let logs = indexed(&|_, v| if v > 0.0 { v * v.log2() } else { 0.0 });
            assert!((sum_of_logs(&values) - logs).abs() <= 1e-5, "{len}");
            let expected =
                (wide.iter().copied().fold(0.0, f64::max) as f32, wide.iter().copied().fold(9.0, f64::min) as f32);
            assert_eq!(extremes(&values), if len == 0 { (0.0, 0.0) } else { expected });
        }
    }

    #[test]
    fn logarithm_is_accurate_and_finite_for_zero() {
        for exponent in -120..120 {
            for mantissa in [1.0, 1.1, 1.4, 1.43, 1.99] {
                let value = mantissa * 2_f32.powi(exponent);
                let expected = f64::from(value).log2();
                assert!((f64::from(log2(value)) - expected).abs() < 2e-7 * expected.abs().max(1.0), "{value}");
            }
        }
        assert!(log2(0.0).is_finite());
    }
}
