//! Quantiles of the normal distribution, by Wichura's rational approximations (Applied Statistics algorithm 241).

/// Numerator and denominator, highest power first.
type Rational = [[f64; 8]; 2];

/// Approximation for probabilities from 0.075 to 0.925.
const CENTRE: Rational = [
    [
        2_509.080_928_730_122_7,
        33_430.575_583_588_13,
        67_265.770_927_008_7,
        45_921.953_931_549_87,
        13_731.693_765_509_46,
        1_971.590_950_306_551_3,
        133.141_667_891_784_38,
        3.387_132_872_796_366_5,
    ],
    [
        5_226.495_278_852_545,
        28_729.085_735_721_943,
        39_307.895_800_092_71,
        21_213.794_301_586_597,
        5_394.196_021_424_751,
        687.187_007_492_057_9,
        42.313_330_701_600_91,
        1.0,
    ],
];
/// Approximation for probabilities down to exp(-25).
const TAIL: Rational = [
    [
        7.745_450_142_783_414e-4,
        0.022_723_844_989_269_184,
        0.241_780_725_177_450_6,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        0.015_198_666_563_616_457,
        0.148_103_976_427_480_08,
        0.689_767_334_985_1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
];

fn evaluate([numerator, denominator]: &Rational, x: f64) -> f64 {
    let polynomial = |coefficients: &[f64; 8]| coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient);
    polynomial(numerator) / polynomial(denominator)
}

/// Returns the quantile of a probability, to about 1e-15 from exp(-25) to 1 - exp(-25); smaller tails lose accuracy.
fn normal_quantile(probability: f64) -> f64 {
    let q = probability - 0.5;
    if q.abs() <= 0.425 {
        return q * evaluate(&CENTRE, 0.180_625 - q * q);
    }
    let tail = if q < 0.0 { probability } else { 1.0 - probability };
    let value = evaluate(&TAIL, (-tail.ln()).sqrt() - 1.6);
    if q < 0.0 { -value } else { value }
}

/// Returns the inverse error function of `2 * probability - 1`.
pub(super) fn erfinv_of_probability(probability: f64) -> f64 {
    normal_quantile(probability) * std::f64::consts::FRAC_1_SQRT_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_agree_with_published_values() {
        let cases = [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (0.9, 1.281_551_565_544_600_5),
            (0.01, -2.326_347_874_040_841),
            (1e-4, -3.719_016_485_455_68),
            (1e-9, -5.997_807_015_007_687),
        ];
        for (probability, expected) in cases {
            let got = normal_quantile(probability);
            assert!((got - expected).abs() <= 4e-15 * f64::max(1.0, expected.abs()), "{probability}: {got}");
        }
        assert!((erfinv_of_probability(0.75) - 0.476_936_276_204_469_9).abs() < 1e-15);
    }
}
