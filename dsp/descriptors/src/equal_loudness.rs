//! Equal-loudness filter of Replay Gain, as in Essentia's EqualLoudness at 44.1 kHz.
//!
//! A filter of order 10 that approximates the inverse of the equal-loudness contours, then a high-pass of order 2.

/// Numerator of the filter of order 10.
const CONTOUR_B: [f64; 11] = [
    0.05418656406430,
    -0.02911007808948,
    -0.00848709379851,
    -0.00851165645469,
    -0.00834990904936,
    0.02245293253339,
    -0.02596338512915,
    0.01624864962975,
    -0.00240879051584,
    0.00674613682247,
    -0.00187763777362,
];
/// Denominator of the filter of order 10, without the leading 1.
const CONTOUR_A: [f64; 10] = [
    -3.47845948550071,
    6.36317777566148,
    -8.54751527471874,
    9.47693601807280,
    -8.81498681370155,
    6.85401540936998,
    -4.39470996079559,
    2.19611684890774,
    -0.75104302451432,
    0.13149317958808,
];
/// Numerator of the high-pass.
const HIGH_PASS_B: [f64; 3] = [0.98500175787242, -1.97000351574484, 0.98500175787242];
/// Denominator of the high-pass, without the leading 1.
const HIGH_PASS_A: [f64; 2] = [-1.96977855582618, 0.97022847566350];
/// State below which the filter counts as settled and is set to 0, which avoids slow denormal numbers.
const SETTLED: f64 = 1e-60;

/// Streaming equal-loudness filter for 44.1 kHz, in double precision (transposed direct form II).
#[derive(Debug, Clone, Default)]
pub struct EqualLoudness {
    contour: [f64; 11],
    high_pass: [f64; 2],
}

impl EqualLoudness {
    /// Creates a filter at rest.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Filters `input` into `output`; the shorter of the two bounds the number of samples. Samples that are NaN or
    /// infinite count as 0. Any block size gives the same result. Real-time safe.
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) {
        // Local copies of the state stay in registers.
        let mut z = self.contour;
        let [mut z0, mut z1] = self.high_pass;
        for (out, &sample) in output.iter_mut().zip(input) {
            let x = if sample.is_finite() { f64::from(sample) } else { 0.0 };
            let y = CONTOUR_B[0] * x + z[0];
            // The last element of the state stays 0. The terms without `y`, which comes last, are added first.
            for i in 0..10 {
                z[i] = (CONTOUR_B[i + 1] * x + z[i + 1]) - CONTOUR_A[i] * y;
            }
            let passed = HIGH_PASS_B[0] * y + z0;
            z0 = HIGH_PASS_B[1] * y - HIGH_PASS_A[0] * passed + z1;
            z1 = HIGH_PASS_B[2] * y - HIGH_PASS_A[1] * passed;
            if z0.abs() < SETTLED {
                (z0, z1) = settle(&mut z, z0, z1);
            }
            *out = passed as f32;
        }
        (self.contour, self.high_pass) = (z, [z0, z1]);
    }

    /// Sets the filter to rest.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Sets the state to 0 if all of it is negligible; returns the state of the high-pass.
#[cold]
fn settle(contour: &mut [f64; 11], z0: f64, z1: f64) -> (f64, f64) {
    let negligible = |z: &f64| z.abs() < SETTLED;
    if contour.iter().all(negligible) && negligible(&z1) {
        contour.fill(0.0);
        return (0.0, 0.0);
    }
    (z0, z1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sine_has_the_gain_of_the_transfer_function() {
        let gain = |b: &[f64], a: &[f64], w: f64| {
            let at = |terms: &mut dyn Iterator<Item = f64>| {
                terms
                    .enumerate()
                    .fold((0.0, 0.0), |(re, im), (k, c)| (re + c * (w * k as f64).cos(), im - c * (w * k as f64).sin()))
            };
            let (n, d) = (at(&mut b.iter().copied()), at(&mut std::iter::once(1.0).chain(a.iter().copied())));
            n.0.hypot(n.1) / d.0.hypot(d.1)
        };
        for hz in [60.0, 1000.0, 3500.0, 12_000.0] {
            let w = std::f64::consts::TAU * hz / crate::SAMPLE_RATE_HZ;
            let sine: Vec<f32> = (0..44_100).map(|i| (w * f64::from(i)).sin() as f32).collect();
            let mut out = vec![0.0; sine.len()];
            EqualLoudness::new().process(&sine, &mut out);
            let power = out[22_050..].iter().map(|&y| f64::from(y).powi(2)).sum::<f64>() / 22_050.0;
            let expected = gain(&CONTOUR_B, &CONTOUR_A, w) * gain(&HIGH_PASS_B, &HIGH_PASS_A, w);
            assert!(((2.0 * power).sqrt() / expected - 1.0).abs() < 1e-3, "{hz} Hz: {power}, expected {expected}");
        }
    }

    #[test]
    fn any_block_size_gives_the_same_samples_and_bad_samples_do_not_stay() {
        let mut signal: Vec<f32> =
            (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / 1e7 - 0.8).collect();
        signal[100] = f32::NAN;
        signal[200] = f32::INFINITY;
        let filtered = |block: usize| {
            let (mut filter, mut out) = (EqualLoudness::new(), vec![0.0; signal.len()]);
            for (input, output) in signal.chunks(block).zip(out.chunks_mut(block)) {
                filter.process(input, output);
            }
            out
        };
        assert_eq!(filtered(1), filtered(5000));
        assert_eq!(filtered(333), filtered(5000));
        assert!(filtered(64).iter().all(|y| y.is_finite()));
    }

    #[test]
    fn filter_settles_in_digital_silence() {
        let mut filter = EqualLoudness::new();
        let mut out = vec![0.0; 44_100];
        filter.process(&[1.0; 100], &mut out);
        filter.process(&vec![0.0; 44_100], &mut out);
        assert_eq!((filter.contour, filter.high_pass), ([0.0; 11], [0.0; 2]));
    }
}
