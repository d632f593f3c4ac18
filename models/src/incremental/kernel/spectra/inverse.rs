//! Inverse transform of the spectrum of a column, and its maximum over the first places.
//!
//! The value at place `m + 32 t` is `r(m) + Re(e^(2πi (m + 32 t) / 96) c(m))`: `r` is the real transform of the 17 bins
//! whose index is a multiple of 3, and `c` the complex transform of the 32 bins that follow them, the negative
//! frequencies included. So there are no twiddle factors between the transforms, and places that do not exist cost
//! nothing after them. Each lane of a vector is another channel.

use std::f64::consts::PI;

use pulp::Simd;

use super::bins::{LENGTH, Spectrum, THIRD};

/// Complex number of vectors.
type Complex<V> = [V; 2];

/// Factors of the transforms.
#[derive(Debug)]
pub(super) struct Inverse {
    /// `e^(2πi k / 32)`.
    roots: [[f32; 2]; THIRD],
    /// `[place]`: real part, and negated imaginary part, of `e^(2πi place / 96)`.
    rotations: [[f32; 2]; LENGTH],
}

impl Inverse {
    pub(super) fn new() -> Self {
        let root = |index: usize, len: usize| {
            let (sin, cos) = (2.0 * PI * index as f64 / len as f64).sin_cos();
            [cos as f32, sin as f32]
        };
        Self {
            roots: std::array::from_fn(|index| root(index, THIRD)),
            rotations: std::array::from_fn(|place| {
                let [cos, sin] = root(place, LENGTH);
                [cos, -sin]
            }),
        }
    }

    /// Returns the maximum over the first `places` places of a spectrum, `[bin][part][vector]`, for one of its vectors.
    #[inline(always)]
    pub(super) fn most<S: Simd, const VECTORS: usize>(
        &self,
        simd: S,
        spectrum: &Spectrum<S::f32s, VECTORS>,
        vector: usize,
        places: usize,
    ) -> S::f32s {
        let real = self.real::<S, VECTORS>(simd, spectrum, vector);
        let mut inner = [[[simd.splat_f32s(0.0); 2]; 4]; 8];
        for (b, inner) in inner.iter_mut().enumerate() {
            let [first, second] = [bin(spectrum, b, vector), bin(spectrum, b + 8, vector)];
            let [third, fourth] = [bin(spectrum, b + 16, vector), bin(spectrum, b + 24, vector)];
            *inner = self.turn(simd, radix_4(simd, [first, second, third, fourth]), b);
        }
        let mut most = simd.splat_f32s(f32::MIN);
        for first in 0..4 {
            for (m, value) in radix_8(simd, &across(&inner, first)).iter().enumerate() {
                let mut place = first + 4 * m;
                let real = real[place];
                while place < places {
                    let [cos, negative_sin] = self.rotations[place];
                    let sum = simd.mul_add_e_f32s(value[0], simd.splat_f32s(cos), real);
                    most = simd.max_f32s(most, simd.mul_add_e_f32s(value[1], simd.splat_f32s(negative_sin), sum));
                    place += THIRD;
                }
            }
        }
        most
    }

    /// Returns the products of the four values with the powers 0 to 3 of root `index`.
    #[inline(always)]
    fn turn<S: Simd>(
        &self,
        simd: S,
        [first, second, third, fourth]: [Complex<S::f32s>; 4],
        index: usize,
    ) -> [Complex<S::f32s>; 4] {
        let second = rotate(simd, second, self.roots[index]);
        let third = rotate(simd, third, self.roots[2 * index]);
        [first, second, third, rotate(simd, fourth, self.roots[3 * index])]
    }

    /// Returns the real transform of length 32 of the bins 0 to 16, as a complex one of length 16.
    #[inline(always)]
    fn real<S: Simd, const VECTORS: usize>(
        &self,
        simd: S,
        spectrum: &Spectrum<S::f32s, VECTORS>,
        vector: usize,
    ) -> [S::f32s; THIRD] {
        let mut packed = [[simd.splat_f32s(0.0); 2]; 16];
        for index in 0..=8 {
            let [re, im] = bin(spectrum, THIRD + index, vector);
            let [other_re, other_im] = bin(spectrum, THIRD + 16 - index, vector);
            let sum = [simd.add_f32s(re, other_re), simd.sub_f32s(im, other_im)];
            let difference = [simd.sub_f32s(re, other_re), simd.add_f32s(im, other_im)];
            let [re, im] = rotate(simd, difference, self.roots[index]);
            packed[index] = [simd.sub_f32s(sum[0], im), simd.add_f32s(sum[1], re)];
            if index > 0 {
                // The conjugate of the difference.
                packed[16 - index] = [simd.add_f32s(sum[0], im), simd.sub_f32s(re, sum[1])];
            }
        }
        let mut inner = [[[simd.splat_f32s(0.0); 2]; 4]; 4];
        for (b, inner) in inner.iter_mut().enumerate() {
            let values = radix_4(simd, [packed[b], packed[4 + b], packed[8 + b], packed[12 + b]]);
            *inner = self.turn(simd, values, 2 * b);
        }
        let mut real = [simd.splat_f32s(0.0); THIRD];
        for first in 0..4 {
            for (m, value) in radix_4(simd, across(&inner, first)).iter().enumerate() {
                let place = 2 * (first + 4 * m);
                (real[place], real[place + 1]) = (value[0], value[1]);
            }
        }
        real
    }
}

/// Returns the values at `index` of all rows.
#[inline(always)]
fn across<T: Copy, const ROWS: usize, const LEN: usize>(rows: &[[T; LEN]; ROWS], index: usize) -> [T; ROWS] {
    let mut values = [rows[0][index]; ROWS];
    for (value, row) in values.iter_mut().zip(rows) {
        *value = row[index];
    }
    values
}

/// Returns a bin of one vector of a spectrum.
#[inline(always)]
fn bin<V: Copy, const VECTORS: usize>(spectrum: &Spectrum<V, VECTORS>, index: usize, vector: usize) -> Complex<V> {
    [spectrum[index][0][vector], spectrum[index][1][vector]]
}

#[inline(always)]
fn add<S: Simd>(simd: S, a: Complex<S::f32s>, b: Complex<S::f32s>) -> Complex<S::f32s> {
    [simd.add_f32s(a[0], b[0]), simd.add_f32s(a[1], b[1])]
}

#[inline(always)]
fn sub<S: Simd>(simd: S, a: Complex<S::f32s>, b: Complex<S::f32s>) -> Complex<S::f32s> {
    [simd.sub_f32s(a[0], b[0]), simd.sub_f32s(a[1], b[1])]
}

/// Returns `a + i b` and `a - i b`.
#[inline(always)]
fn add_quarter<S: Simd>(simd: S, a: Complex<S::f32s>, b: Complex<S::f32s>) -> [Complex<S::f32s>; 2] {
    [[simd.sub_f32s(a[0], b[1]), simd.add_f32s(a[1], b[0])], [simd.add_f32s(a[0], b[1]), simd.sub_f32s(a[1], b[0])]]
}

/// Returns the product with a constant.
#[inline(always)]
fn rotate<S: Simd>(simd: S, [re, im]: Complex<S::f32s>, [cos, sin]: [f32; 2]) -> Complex<S::f32s> {
    let (cos, sin, negative_sin) = (simd.splat_f32s(cos), simd.splat_f32s(sin), simd.splat_f32s(-sin));
    [
        simd.mul_add_e_f32s(re, cos, simd.mul_f32s(im, negative_sin)),
        simd.mul_add_e_f32s(re, sin, simd.mul_f32s(im, cos)),
    ]
}

/// Transforms four values with positive exponents.
#[inline(always)]
fn radix_4<S: Simd>(simd: S, [a, b, c, d]: [Complex<S::f32s>; 4]) -> [Complex<S::f32s>; 4] {
    let (even, odd) = (add(simd, a, c), add(simd, b, d));
    let [first, third] = add_quarter(simd, sub(simd, a, c), sub(simd, b, d));
    [add(simd, even, odd), first, sub(simd, even, odd), third]
}

/// Transforms eight values with positive exponents.
#[inline(always)]
fn radix_8<S: Simd>(simd: S, values: &[Complex<S::f32s>; 8]) -> [Complex<S::f32s>; 8] {
    let even = radix_4(simd, [values[0], values[2], values[4], values[6]]);
    let odd = radix_4(simd, [values[1], values[3], values[5], values[7]]);
    let half = simd.splat_f32s(std::f32::consts::FRAC_1_SQRT_2);
    let [re, im] = odd[1];
    let first = [simd.mul_f32s(simd.sub_f32s(re, im), half), simd.mul_f32s(simd.add_f32s(re, im), half)];
    let [re, im] = odd[3];
    // Times i: the product with the third root.
    let third = [simd.mul_f32s(simd.sub_f32s(re, im), half), simd.mul_f32s(simd.add_f32s(re, im), half)];
    let [second, sixth] = add_quarter(simd, even[2], odd[2]);
    let [plus, minus] = add_quarter(simd, even[3], third);
    [
        add(simd, even[0], odd[0]),
        add(simd, even[1], first),
        second,
        plus,
        sub(simd, even[0], odd[0]),
        sub(simd, even[1], first),
        sixth,
        minus,
    ]
}
