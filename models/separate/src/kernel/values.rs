//! Weights in memory: half precision where that loses nothing.

/// Weights in half precision if all of them are represented exactly, else in single precision.
///
/// Half precision halves the memory traffic of layers whose weights do not stay in the cache between runs.
#[derive(Debug)]
pub(super) enum Values {
    /// Single precision.
    Single(Vec<f32>),
    /// Half precision.
    Half {
        /// IEEE half-precision numbers without subnormal numbers.
        bits: Vec<u16>,
        /// Factor of the numbers: a power of two, divided by 2^112 less than the weights need.
        factor: f32,
    },
}

/// Ratio of the exponent biases of single and half precision.
const REBIAS: f32 = f32::from_bits((127 + 112) << 23);

impl Values {
    /// Returns the weights in half precision, or unchanged if one is not represented exactly. Allocates.
    pub(super) fn half(values: impl ExactSizeIterator<Item = f32> + Clone) -> Self {
        let most = values.clone().fold(0.0f32, |most, value| most.max(value.abs()));
        if !(f32::MIN_POSITIVE..1e30).contains(&most) {
            return Self::Single(values.collect());
        }
        // The largest weight becomes a number in 2^15..2^16, so that subnormal halves of a model file become normal.
        let exponent = (most.to_bits() >> 23) as i32 - 127;
        let scale = 2f32.powi(15 - exponent);
        // One allocation of the final size: a growing vector would hold twice as much.
        let mut bits = Vec::with_capacity(values.len());
        bits.extend(values.clone().map_while(|value| narrow(value * scale)));
        if bits.len() < values.len() {
            return Self::Single(values.collect());
        }
        Self::Half { bits, factor: REBIAS / scale }
    }

    /// Returns `len` weights from `start` on, written to `panel` if they are in half precision.
    #[inline(always)]
    pub(super) fn get<'a>(&'a self, start: usize, len: usize, panel: &'a mut [f32]) -> &'a [f32] {
        match self {
            Self::Single(values) => &values[start..][..len],
            Self::Half { bits, factor } => {
                let panel = &mut panel[..len];
                for (out, bits) in panel.iter_mut().zip(&bits[start..][..len]) {
                    *out = widen(*bits, *factor);
                }
                panel
            }
        }
    }
}

/// Returns a number in half precision if that represents it exactly and is no subnormal number.
fn narrow(value: f32) -> Option<u16> {
    let bits = value.to_bits();
    let (sign, magnitude) = ((bits >> 16) as u16 & 0x8000, bits & 0x7fff_ffff);
    if magnitude == 0 {
        return Some(sign);
    }
    let exponent = (magnitude >> 23).checked_sub(112)?;
    let exact = magnitude.trailing_zeros() >= 13 && (1..31).contains(&exponent);
    exact.then_some(sign | ((magnitude >> 13) - (112 << 10)) as u16)
}

/// Returns a half-precision number times `factor / 2^112`.
#[inline(always)]
fn widen(bits: u16, factor: f32) -> f32 {
    // The sign is spread over the upper bits, of which the mask keeps one.
    let bits = ((i32::from(bits as i16) << 13) as u32) & 0x8fff_e000;
    f32::from_bits(bits) * factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_representable_values_are_exact() {
        let values: Vec<f32> = (0..2048)
            .flat_map(|step| [step as f32 / 16_777_216.0, step as f32 / -4096.0, -(step as f32) / 1024.0])
            .collect();
        let half = Values::half(values.iter().copied());
        assert!(matches!(half, Values::Half { .. }));
        let mut panel = vec![f32::NAN; values.len()];
        assert_eq!(half.get(0, values.len(), &mut panel), values);
        assert_eq!(half.get(5, 7, &mut panel), &values[5..12]);
    }

    #[test]
    fn half_other_values_stay_in_single_precision() {
        for values in [vec![0.1, 1.0], vec![1.0, 1e-9], vec![f32::INFINITY], vec![f32::NAN, 1.0], vec![0.0], vec![]] {
            assert!(matches!(Values::half(values.iter().copied()), Values::Single(_)), "{values:?}");
        }
    }
}
