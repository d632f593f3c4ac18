//! Optional: a steadier view of tags over time, for whoever watches them.
//!
//! Values are averaged with a time constant, whatever the rate of predictions. A tag lights up above one threshold
//! and goes out below another, so that it does not flicker between them.

/// From which value on a tag lights up, and below which it goes out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// It lights up when its value reaches this, 0 to 1.
    pub on: f32,
    /// It goes out when its value falls below this; at most `on`.
    pub off: f32,
}

impl Threshold {
    /// The value from which tags light up, unless something else is wished.
    pub const USUAL: f32 = 0.3;

    /// Lights up at `on`, 0 to 1, and goes out a third below.
    #[must_use]
    pub fn at(on: f32) -> Self {
        Self { on, off: on * (2.0 / 3.0) }
    }
}

impl Default for Threshold {
    fn default() -> Self {
        Self::at(Self::USUAL)
    }
}

/// Smooths the tags of one model over one stream.
#[derive(Debug, Clone)]
pub struct Smoother {
    time_constant_s: f64,
    last_s: Option<f64>,
    values: Vec<f32>,
    thresholds: Vec<Threshold>,
    lit: Vec<bool>,
}

impl Smoother {
    /// The time constant, in seconds, unless something else is wished.
    pub const USUAL_S: f64 = 2.0;

    /// For so many tags, all at 0, with the usual thresholds. After `time_constant_s` seconds a step has come through by
    /// 63 %; 0 does not average. Allocates: call while activating.
    #[must_use]
    pub fn new(tags: usize, time_constant_s: f64) -> Self {
        let thresholds = vec![Threshold::default(); tags];
        Self { time_constant_s, last_s: None, values: vec![0.0; tags], thresholds, lit: vec![false; tags] }
    }

    /// Smooths otherwise from the next values on; what was heard stays. Does not allocate.
    pub fn set_time_constant_s(&mut self, time_constant_s: f64) {
        self.time_constant_s = time_constant_s;
    }

    /// Tags light up at these values from the next ones on; those of tags beyond the last stay. Does not allocate.
    pub fn set_thresholds(&mut self, thresholds: impl IntoIterator<Item = Threshold>) {
        self.thresholds.iter_mut().zip(thresholds).for_each(|(threshold, new)| *threshold = new);
    }

    /// Takes the values predicted at `at_s` (source time, seconds). The first are taken as they are, and so are those
    /// behind a jump back. Values beyond the number of tags are left out. Does not allocate.
    pub fn push(&mut self, values: &[f32], at_s: f64) {
        let weight = match self.last_s {
            Some(last_s) if at_s >= last_s && self.time_constant_s > 0.0 => {
                1.0 - (-(at_s - last_s) / self.time_constant_s).exp()
            }
            _ => 1.0,
        };
        self.last_s = Some(at_s);
        let tags = self.values.iter_mut().zip(&mut self.lit).zip(&self.thresholds);
        for (((value, lit), threshold), &new) in tags.zip(values) {
            *value += weight as f32 * (new - *value);
            *lit = *value >= if *lit { threshold.off } else { threshold.on };
        }
    }

    /// Takes silence: everything fades towards 0. Does not allocate.
    pub fn push_silence(&mut self, at_s: f64) {
        let weight =
            self.last_s.map_or(1.0, |last_s| (-(at_s - last_s).max(0.0) / self.time_constant_s.max(1e-9)).exp());
        self.last_s = Some(at_s);
        for ((value, lit), threshold) in self.values.iter_mut().zip(&mut self.lit).zip(&self.thresholds) {
            *value *= weight as f32;
            *lit &= *value >= threshold.off;
        }
    }

    /// The smoothed values, 0 to 1.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Which tags are lit.
    #[must_use]
    pub fn lit(&self) -> &[bool] {
        &self.lit
    }

    /// Forgets everything, as for a new stream.
    pub fn reset(&mut self) {
        self.last_s = None;
        self.values.fill(0.0);
        self.lit.fill(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_comes_through_with_the_time_constant_at_any_rate() {
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
    fn a_tag_between_the_thresholds_stays_as_it_is() {
        let mut smoother = Smoother::new(2, 0.0);
        smoother.set_thresholds([Threshold { on: 0.5, off: 0.3 }]);
        for (value, lit) in [(0.4, false), (0.5, true), (0.4, true), (0.3, true), (0.29, false), (0.4, false)] {
            smoother.push(&[value, 0.25], 0.0);
            assert_eq!(smoother.lit(), [lit, false], "at {value}");
        }
        smoother.set_thresholds([Threshold::at(0.9), Threshold::at(0.2)]);
        smoother.push(&[0.6, 0.2], 0.0);
        assert_eq!(smoother.lit(), [false, true]);
        smoother.push(&[0.9, 0.13], 0.0);
        assert_eq!(smoother.lit(), [true, false], "a third below");
    }

    #[test]
    fn silence_fades_and_a_reset_forgets() {
        let mut smoother = Smoother::new(2, Smoother::USUAL_S);
        smoother.push(&[0.8, 0.1], 1.0);
        assert_eq!(smoother.lit(), [true, false]);
        smoother.push_silence(3.0);
        assert!((smoother.values()[0] - 0.8 * 0.367_88).abs() <= 1e-4, "{:?}", smoother.values());
        smoother.push_silence(30.0);
        assert_eq!(smoother.lit(), [false, false]);
        smoother.set_time_constant_s(0.0);
        smoother.push(&[0.4, 0.1], 31.0);
        assert_eq!(smoother.values(), [0.4, 0.1], "without averaging");
        // The first values after a reset, or behind a jump back, are taken as they are.
        smoother.push(&[0.6, 0.6], 2.0);
        assert_eq!(smoother.values(), [0.6, 0.6]);
        smoother.reset();
        assert_eq!(smoother.values(), [0.0, 0.0]);
    }
}
