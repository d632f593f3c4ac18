//! Compression of spectra: an optional logarithm of a scaled value.

use super::limits::{number, parameter};
use crate::DspError;

/// Logarithm of a compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logarithm {
    /// None: the scaled value itself.
    None,
    /// Natural logarithm.
    Natural,
    /// Logarithm to base 10.
    Decimal,
    /// 10 times the logarithm to base 10: decibels of a power.
    Decibels,
}

/// Compression `log(max(factor * value + offset, floor))`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Compression {
    /// Logarithm.
    pub logarithm: Logarithm,
    /// Factor of a value.
    pub factor: f32,
    /// Number added to the product.
    pub offset: f32,
    /// Least argument of the logarithm.
    pub floor: f32,
}

impl Compression {
    /// No compression.
    pub const NONE: Self = Self { logarithm: Logarithm::None, factor: 1.0, offset: 0.0, floor: 0.0 };

    /// Returns the compressed value.
    pub(super) fn apply(self, value: f32) -> f32 {
        let Self { logarithm, factor, offset, floor } = self;
        let scaled = (f64::from(value) * f64::from(factor) + f64::from(offset)).max(f64::from(floor));
        let compressed = match logarithm {
            Logarithm::None => scaled,
            Logarithm::Natural => scaled.ln(),
            Logarithm::Decimal => scaled.log10(),
            Logarithm::Decibels => 10.0 * scaled.log10(),
        };
        compressed as f32
    }

    /// Checks that no value of a spectrum gives an infinite result.
    pub(super) fn check(self) -> Result<(), DspError> {
        let Self { logarithm, factor, offset, floor } = self;
        number("offset", offset)?;
        number("floor", floor)?;
        if !(factor.is_finite() && factor > 0.0) {
            return Err(parameter("factor", "a number above 0", factor));
        }
        if logarithm != Logarithm::None && floor <= 0.0 && offset <= 0.0 {
            return Err(parameter(
                "floor",
                "a number above 0, or an offset above 0, because silence has no logarithm",
                floor,
            ));
        }
        Ok(())
    }
}
