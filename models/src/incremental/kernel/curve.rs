//! Curves of activations.

use pulp::Simd;

/// Curve of an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActivationCurve {
    /// `max(x, 0)`.
    Relu,
    /// `x` from 0 on, `exp(x) - 1` below.
    Elu,
}

impl ActivationCurve {
    /// Returns the curve at `x`.
    #[inline(always)]
    pub(super) fn apply<S: Simd>(self, simd: S, x: S::f32s) -> S::f32s {
        let zero = simd.splat_f32s(0.0);
        let positive = simd.max_f32s(x, zero);
        match self {
            Self::Relu => positive,
            Self::Elu => simd.add_f32s(positive, exp_m1(simd, simd.min_f32s(x, zero))),
        }
    }
}

/// Returns `exp(x) - 1` for `x` from minus infinity to 0.
#[inline(always)]
fn exp_m1<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // exp(x) - 1 = 2^n * (exp(r) - 1) + (2^n - 1), |r| <= ln(2) / 2. The sum with 1.5 * 2^23 rounds x / ln(2) to a whole
    // number n, which is then in the low bits.
    let x = simd.max_f32s(x, simd.splat_f32s(-87.0));
    let shifted = simd.mul_add_e_f32s(x, simd.splat_f32s(std::f32::consts::LOG2_E), simd.splat_f32s(12_582_912.0));
    let n = simd.sub_f32s(shifted, simd.splat_f32s(12_582_912.0));
    // ln(2) in two parts, of which the first has few bits.
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(-0.693_359_4), x);
    let r = simd.mul_add_e_f32s(n, simd.splat_f32s(2.121_944_4e-4), r);
    let mut p = simd.splat_f32s(1.987_569_1e-4);
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = simd.mul_add_e_f32s(p, r, simd.splat_f32s(coefficient));
    }
    let exp_r_m1 = simd.mul_add_e_f32s(simd.mul_f32s(p, r), r, r);
    let exponent = simd.add_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(127));
    let power = simd.transmute_f32s_u32s(simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23)));
    simd.mul_add_e_f32s(exp_r_m1, power, simd.sub_f32s(power, simd.splat_f32s(1.0)))
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    /// Curve at all values.
    struct All<'a>(ActivationCurve, &'a mut [f32]);

    impl WithSimd for All<'_> {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            for x in S::as_mut_simd_f32s(self.1).0 {
                *x = self.0.apply(simd, *x);
            }
        }
    }

    #[test]
    fn curves_are_accurate_at_all_magnitudes() {
        // A whole number of vectors of any width.
        let small = (-160..160).map(|step| step as f32 * 1e-5);
        let values: Vec<f32> = (-12_000..12_000)
            .map(|step| step as f32 * 0.01)
            .chain(small)
            .chain([-1e30, 1e30, -0.0, 1e-30].repeat(4))
            .collect();
        assert_eq!(values.len() % 16, 0);
        for arch in [Arch::new(), Arch::Scalar] {
            for curve in [ActivationCurve::Relu, ActivationCurve::Elu] {
                let mut got = values.clone();
                arch.dispatch(All(curve, &mut got));
                for (x, got) in values.iter().zip(got) {
                    let negative = if curve == ActivationCurve::Elu { f64::from(*x).exp_m1() } else { 0.0 };
                    let expected = if *x > 0.0 { f64::from(*x) } else { negative };
                    let worst = 3e-7 * expected.abs();
                    assert!((f64::from(got) - expected).abs() <= worst, "{x}: {got} instead of {expected}");
                }
            }
        }
    }
}
