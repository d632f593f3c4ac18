//! Linear ramp of a gain.

/// Gain that moves to its target in a fixed number of samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ramp {
    value: f32,
    target: f32,
    step: f32,
    left: u32,
    length: u32,
}

impl Ramp {
    /// Creates a ramp that stands at `value` and takes `length` samples to a new target.
    pub(crate) fn new(value: f32, length: u32) -> Self {
        Self { value, target: value, step: 0.0, left: 0, length: length.max(1) }
    }

    /// Starts to move to `target`, unless this is the target already. Real-time safe.
    pub(crate) fn set(&mut self, target: f32) {
        if target != self.target {
            self.target = target;
            self.left = self.length;
            self.step = (target - self.value) / self.length as f32;
        }
    }

    /// Stands at `value` at once. Real-time safe.
    pub(crate) fn jump(&mut self, value: f32) {
        *self = Self::new(value, self.length);
    }

    /// Returns the gain of the next sample; exactly the target at the end of the ramp. Real-time safe.
    pub(crate) fn next(&mut self) -> f32 {
        if self.left > 0 {
            self.left -= 1;
            self.value = if self.left == 0 { self.target } else { self.value + self.step };
        }
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ramp_ends_exactly_at_its_target() {
        let mut ramp = Ramp::new(1.0, 882);
        assert_eq!(ramp.next(), 1.0);
        ramp.set(0.1);
        let values: Vec<f32> = (0..882).map(|_| ramp.next()).collect();
        assert!(values.windows(2).all(|pair| pair[1] < pair[0] && pair[0] - pair[1] < 0.0011));
        assert_eq!((values[881], ramp.next()), (0.1, 0.1));
        ramp.jump(0.5);
        assert_eq!(ramp.next(), 0.5);
    }
}
