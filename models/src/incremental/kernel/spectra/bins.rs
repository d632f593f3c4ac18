//! Bins of the spectrum of a frame.

use std::f64::consts::PI;

/// Length of the transforms: the bands of the plane.
pub(super) const LENGTH: usize = 96;
/// A third of the length.
pub(super) const THIRD: usize = LENGTH / 3;
/// Number of stored bins; the others are their conjugates.
pub(super) const BINS: usize = LENGTH / 2 + 1;
/// Real and imaginary part.
pub(super) const PARTS: usize = 2;

/// Spectrum of a column: `[bin][part][vector]`.
pub(super) type Spectrum<V, const VECTORS: usize> = [[[V; VECTORS]; PARTS]; BINS];

/// Returns the frequency of a bin: 32 that are 1 more than a multiple of 3, then the multiples of 3 up to the half. The
/// frequencies above the half are the negative ones.
pub(super) fn frequency(bin: usize) -> usize {
    if bin < THIRD { 3 * bin + 1 } else { 3 * (bin - THIRD) }
}

/// Returns real and imaginary part of the factor of a frequency at a band.
pub(super) fn factor(frequency: usize, band: usize) -> [f64; PARTS] {
    let (sin, cos) = (-2.0 * PI * (frequency * band % LENGTH) as f64 / LENGTH as f64).sin_cos();
    [cos, sin]
}
