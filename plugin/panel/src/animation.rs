//! Values that move smoothly to a target.

/// Time in seconds after which half of the distance to the target is left.
const HALF_LIFE_S: f32 = 0.09;

/// A value that approaches a target exponentially.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Eased {
    value: f32,
    target: f32,
}

impl Eased {
    /// Returns a value that is at its target.
    pub(crate) fn at(value: f32) -> Self {
        Self { value, target: value }
    }

    /// Advances by `seconds` towards `target`; returns whether the value still moves. A distance of at most `close`
    /// counts as reached.
    pub(crate) fn towards(&mut self, target: f32, seconds: f32, close: f32) -> bool {
        self.target = target;
        self.value += (target - self.value) * (1.0 - 0.5_f32.powf(seconds / HALF_LIFE_S));
        if (self.target - self.value).abs() <= close {
            self.value = target;
        }
        self.value != self.target
    }

    pub(crate) fn value(self) -> f32 {
        self.value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_approaches_its_target_without_overshoot_and_stops() {
        let mut eased = Eased::at(0.0);
        let mut last = 0.0;
        let mut frames = 0;
        while eased.towards(1.0, 1.0 / 30.0, 0.005) {
            assert!(eased.value() > last && eased.value() < 1.0);
            last = eased.value();
            frames += 1;
        }
        assert_eq!(eased.value(), 1.0);
        assert!((10..40).contains(&frames), "{frames} frames");
        assert!(!eased.towards(1.0, 1.0 / 30.0, 0.005));
    }
}
