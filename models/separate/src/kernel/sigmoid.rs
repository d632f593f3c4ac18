//! Sigmoid of vectors.

use pulp::Simd;

/// Returns `1 / (1 + exp(-x))` to about 2 units of the last place.
#[inline(always)]
pub(super) fn sigmoid<S: Simd>(simd: S, x: S::f32s) -> S::f32s {
    // exp(y) = 2^n * exp(r), |r| <= ln(2) / 2. The sum with 1.5 * 2^23 rounds y / ln(2) to a whole number n, which is
    // then in the low bits.
    let splat = |value: f32| simd.splat_f32s(value);
    let y = simd.max_f32s(simd.min_f32s(simd.neg_f32s(x), splat(87.0)), splat(-87.0));
    let shifted = simd.mul_add_e_f32s(y, splat(std::f32::consts::LOG2_E), splat(12_582_912.0));
    let n = simd.sub_f32s(shifted, splat(12_582_912.0));
    // ln(2) in two parts, of which the first has few bits.
    let r = simd.mul_add_e_f32s(n, splat(-0.693_359_4), y);
    let r = simd.mul_add_e_f32s(n, splat(2.121_944_4e-4), r);
    let mut p = splat(1.987_569_1e-4);
    for coefficient in [1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        p = simd.mul_add_e_f32s(p, r, splat(coefficient));
    }
    let exp_r = simd.add_f32s(simd.mul_add_e_f32s(simd.mul_f32s(p, r), r, r), splat(1.0));
    let exponent = simd.add_u32s(simd.transmute_u32s_f32s(shifted), simd.splat_u32s(127));
    let power = simd.transmute_f32s_u32s(simd.wrapping_dyn_shl_u32s(exponent, simd.splat_u32s(23)));
    simd.div_f32s(splat(1.0), simd.mul_add_e_f32s(exp_r, power, splat(1.0)))
}

#[cfg(test)]
mod tests {
    use pulp::{Arch, WithSimd};

    use super::*;

    /// Sigmoid of all values.
    struct All<'a>(&'a mut [f32]);

    impl WithSimd for All<'_> {
        type Output = ();

        fn with_simd<S: Simd>(self, simd: S) {
            for x in S::as_mut_simd_f32s(self.0).0 {
                *x = sigmoid(simd, *x);
            }
        }
    }

    #[test]
    fn sigmoid_all_magnitudes_is_accurate() {
        let values: Vec<f32> =
            (-20_000..20_000).map(|step| step as f32 * 0.01).chain([-1e30, 1e30].repeat(8)).collect();
        for arch in [Arch::new(), Arch::Scalar] {
            let mut got = values.clone();
            arch.dispatch(All(&mut got));
            for (x, got) in values.iter().zip(got) {
                let expected = 1.0 / (1.0 + (-f64::from(*x)).exp());
                assert!(
                    (f64::from(got) - expected).abs() <= 3e-7 * expected + 2e-38,
                    "{x}: {got} instead of {expected}"
                );
            }
        }
    }
}
