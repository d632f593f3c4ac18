//! Frequency weighting of ITU-R BS.1770 and the unit LUFS.

use std::f64::consts::PI;

/// Offset between 10 log10 of a power and its loudness in LUFS.
pub(super) const OFFSET_LU: f64 = -0.691;
/// Power below which a block counts as silent.
const POWER_FLOOR: f64 = 1e-30;
/// Highest frequency of the shelf as a share of the sample rate.
const MAX_EDGE: f64 = 0.45;

/// Coefficients of the weighting filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weighting {
    /// Those of the standard, in double precision.
    #[default]
    Standard,
    /// The product of both sections, rounded to single precision, as Essentia runs it: up to 0.08 LU away.
    Essentia,
}

/// Returns the loudness of a weighted power in LUFS.
pub(super) fn lufs(power: f64) -> f64 {
    10.0 * power.max(POWER_FLOOR).log10() + OFFSET_LU
}

/// Weighting filter: a shelf and a high-pass.
#[derive(Debug, Clone)]
pub(super) enum WeightingFilter {
    /// Two sections of the second order: feedforward, then feedback coefficients.
    Sections([([f64; 3], [f64; 2]); 2]),
    /// One section of the fourth order.
    Product([f64; 5], [f64; 4]),
}

impl WeightingFilter {
    /// Creates the filter for a sample rate in Hz.
    pub(super) fn new(weighting: Weighting, rate_hz: f64) -> Self {
        let sections = [shelf(rate_hz), high_pass(rate_hz)];
        match weighting {
            Weighting::Standard => Self::Sections(sections),
            Weighting::Essentia => {
                let product = |p: [f64; 3], q: [f64; 3]| {
                    let (p, q) = (p.map(|c| c as f32), q.map(|c| c as f32));
                    [
                        p[0] * q[0],
                        p[0] * q[1] + p[1] * q[0],
                        p[0] * q[2] + p[1] * q[1] + p[2] * q[0],
                        p[1] * q[2] + p[2] * q[1],
                        p[2] * q[2],
                    ]
                    .map(f64::from)
                };
                let [(b, a), (d, c)] = sections;
                let [_, feedback @ ..] = product([1.0, a[0], a[1]], [1.0, c[0], c[1]]);
                Self::Product(product(b, d), feedback)
            }
        }
    }

    /// Filters `samples` and adds the square of each output, times `weight`, to `sums` (direct form II, transposed).
    pub(super) fn add_energy(&self, samples: &[f32], state: &mut [f64; 4], weight: f64, sums: &mut [f64]) {
        let mut s = *state;
        match self {
            Self::Sections([(b, a), (d, c)]) => {
                for (&sample, sum) in samples.iter().zip(sums) {
                    let x = f64::from(sample);
                    let y = b[0] * x + s[0];
                    s[0] = b[1] * x - a[0] * y + s[1];
                    s[1] = b[2] * x - a[1] * y;
                    let z = d[0] * y + s[2];
                    s[2] = d[1] * y - c[0] * z + s[3];
                    s[3] = d[2] * y - c[1] * z;
                    *sum += weight * z * z;
                }
            }
            Self::Product(b, a) => {
                for (&sample, sum) in samples.iter().zip(sums) {
                    let x = f64::from(sample);
                    let y = b[0] * x + s[0];
                    s[0] = b[1] * x - a[0] * y + s[1];
                    s[1] = b[2] * x - a[1] * y + s[2];
                    s[2] = b[3] * x - a[2] * y + s[3];
                    s[3] = b[4] * x - a[3] * y;
                    *sum += weight * y * y;
                }
            }
        }
        *state = s;
    }
}

/// Returns the shelf of BS.1770. At a rate that does not reach it, everything passes.
fn shelf(rate_hz: f64) -> ([f64; 3], [f64; 2]) {
    let (frequency_hz, gain_db, quality) = (1_681.974_450_955_533, 3.999_843_853_973_347, 0.707_175_236_955_419_6);
    if frequency_hz > MAX_EDGE * rate_hz {
        return ([1.0, 0.0, 0.0], [0.0, 0.0]);
    }
    let k = (PI * frequency_hz / rate_hz).tan();
    let high = 10f64.powf(gain_db / 20.0);
    let band = high.powf(0.499_666_774_154_541_6);
    let scale = 1.0 + k / quality + k * k;
    let b = [high + band * k / quality + k * k, 2.0 * (k * k - high), high - band * k / quality + k * k];
    (b.map(|value| value / scale), [2.0 * (k * k - 1.0), 1.0 - k / quality + k * k].map(|value| value / scale))
}

/// Returns the high-pass of BS.1770.
fn high_pass(rate_hz: f64) -> ([f64; 3], [f64; 2]) {
    let (frequency_hz, quality) = (38.135_470_876_024_44, 0.500_327_037_323_877_3);
    let k = (PI * frequency_hz / rate_hz).tan();
    let scale = 1.0 + k / quality + k * k;
    ([1.0, -2.0, 1.0], [2.0 * (k * k - 1.0), 1.0 - k / quality + k * k].map(|value| value / scale))
}
