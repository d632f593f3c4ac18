//! Ranges of values: which values may be infinite or NaN, and which are never negative.

use crate::tensor::{Data, Tensor};

/// The sign of all elements of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sign {
    Any,
    /// At least 0.
    NotNegative,
    /// Above 0.
    Positive,
}

/// Properties that all elements of a value have if the input of the network is finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) sign: Sign,
    /// Whether no element is infinite or NaN, except for numbers that exceed the range of f32.
    pub(crate) is_finite: bool,
}

impl Range {
    /// The range of the input and of integers.
    pub(crate) const INPUT: Self = Self { sign: Sign::Any, is_finite: true };

    /// Returns the range of a constant.
    pub(crate) fn of(constant: &Tensor) -> Self {
        let Data::F32(values) = &constant.data else { return Self::INPUT };
        let lowest = values.iter().fold(f32::INFINITY, |lowest, &value| lowest.min(value));
        let sign = match lowest {
            _ if lowest > 0.0 => Sign::Positive,
            _ if lowest >= 0.0 => Sign::NotNegative,
            _ => Sign::Any,
        };
        Self { sign, is_finite: values.iter().all(|value| value.is_finite()) }
    }
}
