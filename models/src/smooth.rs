//! Averages of values over time with a time constant, independent of the rate of predictions.

/// Exponential average of the values of one model over one stream.
#[derive(Debug, Clone)]
pub struct Smoother {
    time_constant_s: f64,
    last_s: Option<f64>,
    values: Vec<f32>,
}

impl Smoother {
    /// Default time constant in seconds.
    pub const DEFAULT_TIME_CONSTANT_S: f64 = 2.0;

    /// Creates averages of `values` values, all 0. The time constant in seconds is the time after which the average
    /// reaches 63 % of a step; 0 disables averaging. Allocates: call while activating.
    #[must_use]
    pub fn new(values: usize, time_constant_s: f64) -> Self {
        Self { time_constant_s, last_s: None, values: vec![0.0; values] }
    }

    /// Sets the time constant in seconds from the next values on; the averages stay. Real-time safe.
    pub fn set_time_constant_s(&mut self, time_constant_s: f64) {
        self.time_constant_s = time_constant_s;
    }

    /// Adds the values predicted at `at_s` (source time in seconds). The first values, and those after a jump back, set
    /// the averages. Surplus values are ignored. Real-time safe.
    pub fn push(&mut self, values: &[f32], at_s: f64) {
        let weight = match self.last_s {
            Some(last_s) if at_s >= last_s && self.time_constant_s > 0.0 => {
                1.0 - (-(at_s - last_s) / self.time_constant_s).exp()
            }
            _ => 1.0,
        };
        self.last_s = Some(at_s);
        for (value, &new) in self.values.iter_mut().zip(values) {
            *value += weight as f32 * (new - *value);
        }
    }

    /// Adds silence at `at_s` (source time in seconds): all averages decay towards 0. Real-time safe.
    pub fn push_silence(&mut self, at_s: f64) {
        let weight =
            self.last_s.map_or(1.0, |last_s| (-(at_s - last_s).max(0.0) / self.time_constant_s.max(1e-9)).exp());
        self.last_s = Some(at_s);
        for value in &mut self.values {
            *value *= weight as f32;
        }
    }

    /// Returns the averages, 0 to 1.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Discards all state, as for a new stream. Real-time safe.
    pub fn reset(&mut self) {
        self.last_s = None;
        self.values.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn step_response_follows_the_time_constant_at_any_rate() {
        for rate in [1.0, 10.0, 62.5] {
            let mut smoother = Smoother::new(1, 2.0);
            smoother.push(&[0.0], 0.0);
            for step in 1..=(2.0 * rate) as usize {
                smoother.push(&[1.0], step as f64 / rate);
            }
            let got = smoother.values()[0];
            assert!((got - 0.632_12).abs() <= 1e-3, "{rate} Hz: {got}, tolerance 1e-3");
        }
    }

    #[test]
    fn silence_decays_and_reset_clears() {
        let mut smoother = Smoother::new(2, Smoother::DEFAULT_TIME_CONSTANT_S);
        smoother.push(&[0.8, 0.1], 1.0);
        smoother.push_silence(3.0);
        assert!((smoother.values()[0] - 0.8 * 0.367_88).abs() <= 1e-4, "{:?}", smoother.values());
        smoother.push_silence(30.0);
        smoother.set_time_constant_s(0.0);
        smoother.push(&[0.4, 0.1], 31.0);
        assert_eq!(smoother.values(), [0.4, 0.1], "without averaging");
        // The first values after a reset, and those after a jump back, set the averages.
        smoother.push(&[0.6, 0.6], 2.0);
        assert_eq!(smoother.values(), [0.6, 0.6]);
        smoother.reset();
        assert_eq!(smoother.values(), [0.0, 0.0]);
    }
}
