//! Second-order Butterworth high-pass for each channel.

use biquad::{Biquad, Coefficients, DirectForm2Transposed, Hertz, Q_BUTTERWORTH_F32, Type};
use earmark_dsp::SampleRate;

/// Range of the cutoff frequency, in Hz.
pub const CORNERS_HZ: std::ops::RangeInclusive<f32> = 10.0..=1000.0;

/// High-pass of each channel of interleaved frames. `new` allocates; `filter` is real-time safe.
pub(super) struct HighPass {
    rate_hz: f32,
    /// Cutoff frequency in Hz; 0 for no filter.
    corner_hz: f32,
    filters: Box<[DirectForm2Transposed<f32>]>,
}

impl HighPass {
    /// Creates a filter for frames with `channels` channels, initially off. Allocates.
    pub(super) fn new(rate: SampleRate, channels: usize) -> Self {
        // Identity.
        let coefficients = Coefficients { b0: 1.0, b1: 0.0, b2: 0.0, a1: 0.0, a2: 0.0 };
        let filters = vec![DirectForm2Transposed::new(coefficients); channels].into();
        Self { rate_hz: rate.hz() as f32, corner_hz: 0.0, filters }
    }

    /// Filters whole frames with a cutoff frequency in Hz; 0 leaves them bit-identical. Real-time safe.
    pub(super) fn filter(&mut self, frames: &mut [f32], corner_hz: f32) {
        if corner_hz != self.corner_hz {
            self.set(corner_hz);
        }
        if self.corner_hz == 0.0 {
            return;
        }
        for frame in frames.chunks_exact_mut(self.filters.len().max(1)) {
            for (sample, filter) in frame.iter_mut().zip(&mut *self.filters) {
                // A sample that is NaN or infinite would stay in the filter state; the tap counts and replaces it.
                if sample.is_finite() {
                    *sample = filter.run(*sample);
                }
            }
        }
    }

    fn set(&mut self, corner_hz: f32) {
        self.corner_hz = corner_hz;
        let coefficients = Hertz::from_hz(self.rate_hz).and_then(|rate| {
            Coefficients::from_params(Type::HighPass, rate, Hertz::from_hz(corner_hz)?, Q_BUTTERWORTH_F32)
        });
        match coefficients {
            Ok(coefficients) => self.filters.iter_mut().for_each(|filter| {
                filter.update_coefficients(coefficients);
                filter.reset_state();
            }),
            // The cutoff frequency is above the Nyquist frequency.
            Err(_) => self.corner_hz = 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the gain for a tone, in decibels.
    fn gain_db(corner_hz: f32, tone_hz: f32) -> f32 {
        let rate = SampleRate::new(48_000.0).unwrap();
        let tone = |i: usize| (i as f32 * tone_hz / 48_000.0 * std::f32::consts::TAU).sin();
        // The second channel is silent and must stay silent.
        let mut frames: Vec<f32> = (0..48_000).flat_map(|i| [tone(i), 0.0]).collect();
        let mut high_pass = HighPass::new(rate, 2);
        frames.chunks_mut(500).for_each(|block| high_pass.filter(block, corner_hz));
        assert!(frames.iter().skip(1).step_by(2).all(|&sample| sample == 0.0));
        let late = frames[48_000..].iter().step_by(2).map(|sample| sample * sample).sum::<f32>() / 24_000.0;
        10.0 * (late * 2.0).log10()
    }

    #[test]
    fn high_pass_attenuates_below_cutoff_only() {
        assert!((gain_db(80.0, 80.0) + 3.0).abs() < 0.1, "{}", gain_db(80.0, 80.0));
        assert!(gain_db(80.0, 20.0) < -23.0 && gain_db(80.0, 1000.0).abs() < 0.1);
        assert!(gain_db(0.0, 20.0).abs() < 0.01);
    }

    #[test]
    fn high_pass_drops_nan_from_its_state() {
        let mut high_pass = HighPass::new(SampleRate::HZ_16000, 1);
        let mut frames = [0.5, f32::NAN, 0.5, 0.5];
        high_pass.filter(&mut frames, 100.0);
        assert!(frames[1].is_nan() && frames[3].is_finite(), "{frames:?}");
        high_pass.filter(&mut frames[..1], 1e9);
        let before = frames[0];
        high_pass.filter(&mut frames[..1], 1e9);
        assert_eq!(frames[0], before, "no filter above the Nyquist frequency");
    }
}
