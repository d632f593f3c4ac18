//! Scale of a meter or a plot.

/// Linear or logarithmic scale between two limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MeterScale {
    pub(super) low: f32,
    pub(super) high: f32,
    pub(super) logarithmic: bool,
}

impl MeterScale {
    /// Returns a linear scale.
    pub(super) const fn linear(low: f32, high: f32) -> Self {
        Self { low, high, logarithmic: false }
    }

    /// Returns a logarithmic scale. Both limits are positive.
    pub(super) const fn logarithmic(low: f32, high: f32) -> Self {
        Self { low, high, logarithmic: true }
    }

    /// Returns the position of a value on the scale, 0 to 1. NaN is at 0.
    pub(super) fn share(self, value: f32) -> f32 {
        let place = if self.logarithmic {
            (value.max(f32::MIN_POSITIVE) / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_scale_clamps_every_value() {
        let lufs = MeterScale::linear(-60.0, 0.0);
        for (value, expected) in [
            (-60.0, 0.0),
            (-30.0, 0.5),
            (-15.0, 0.75),
            (0.0, 1.0),
            (3.0, 1.0),
            (-300.0, 0.0),
            (f32::NEG_INFINITY, 0.0),
            (f32::INFINITY, 1.0),
            (f32::NAN, 0.0),
        ] {
            assert_eq!(lufs.share(value), expected, "{value}");
        }
    }

    #[test]
    fn logarithmic_scale_has_equal_octaves() {
        let hz = MeterScale::logarithmic(125.0, 8_000.0);
        for (octave, value) in [125.0, 250.0, 500.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0].into_iter().enumerate() {
            assert!((hz.share(value) - octave as f32 / 6.0).abs() < 1e-6, "{value}");
        }
        for (value, expected) in [(0.0, 0.0), (-5.0, 0.0), (20_000.0, 1.0), (f32::NAN, 0.0)] {
            assert_eq!(hz.share(value), expected, "{value}");
        }
    }
}
