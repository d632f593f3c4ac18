//! Shape of a mapping: ranges and curve.

/// Curve from the range of the values to that of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in super::super) enum Curve {
    /// Straight line.
    #[default]
    Linear,
    /// Square: fine at the low end.
    Square,
    /// Square root: fine at the high end.
    Root,
    /// Logarithm of the value, as for levels and frequencies. The range of the values is above 0.
    Log,
}

/// Names of the curves.
pub(in super::super) const CURVES: [(&str, Curve); 4] =
    [("linear", Curve::Linear), ("square", Curve::Square), ("root", Curve::Root), ("log", Curve::Log)];

/// Ranges and curve of a mapping.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    /// Values that become the ends of the output. The first may be the larger one.
    pub(super) input: (f32, f32),
    /// Ends of the output.
    pub(super) output: (f32, f32),
    pub(super) curve: Curve,
}

impl Curve {
    /// Parses the name of a curve; an error is a message.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let found = CURVES.iter().find(|(name, _)| *name == text);
        let names = CURVES.map(|(name, _)| name).join(", ");
        found.map(|&(_, curve)| curve).ok_or(format!("expected one of {names}, got `{text}`"))
    }
}

impl Shape {
    /// Returns the share of a value in the range, 0 to 1, on the curve.
    pub(super) fn share(&self, value: f32) -> f32 {
        let (from, to) = self.input;
        let share = match self.curve {
            // Below 0 a logarithm does not exist; 0 is below every range.
            Curve::Log => (value.max(f32::MIN_POSITIVE) / from).ln() / (to / from).ln(),
            Curve::Linear | Curve::Square | Curve::Root => (value - from) / (to - from),
        };
        let share = share.clamp(0.0, 1.0);
        match self.curve {
            Curve::Square => share * share,
            Curve::Root => share.sqrt(),
            Curve::Linear | Curve::Log => share,
        }
    }

    /// Returns the output of a share.
    pub(super) fn output(&self, share: f32) -> f32 {
        let (from, to) = self.output;
        from + (to - from) * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_shares_on_every_curve_and_stay_within() {
        for (curve, input, value, expected) in [
            (Curve::Linear, (0.0, 0.5), 0.25, 0.5),
            (Curve::Linear, (0.0, 0.5), 7.0, 1.0),
            (Curve::Linear, (-60.0, 0.0), -15.0, 0.75),
            (Curve::Linear, (1.0, 0.0), 0.25, 0.75),
            (Curve::Square, (0.0, 1.0), 0.5, 0.25),
            (Curve::Root, (0.0, 1.0), 0.25, 0.5),
            (Curve::Log, (20.0, 20_000.0), 632.456, 0.5),
            (Curve::Log, (0.001, 1.0), 0.0, 0.0),
            (Curve::Log, (1.0, 0.001), 0.031_623, 0.5),
        ] {
            let shape = Shape { input, output: (0.0, 1.0), curve };
            assert!((shape.share(value) - expected).abs() < 1e-5, "{shape:?} of {value}: {}", shape.share(value));
        }
        let shape = Shape { input: (0.0, 1.0), output: (10.0, -10.0), curve: Curve::Linear };
        assert_eq!([0.0, 0.25, 1.0].map(|share| shape.output(share)), [10.0, 5.0, -10.0]);
    }

    #[test]
    fn curves_are_parsed_by_their_names() {
        assert_eq!(Curve::parse("log"), Ok(Curve::Log));
        assert_eq!(Curve::parse("loud").unwrap_err(), "expected one of linear, square, root, log, got `loud`");
    }
}
