//! Weights of an ONNX file in the precision of the file.

use half::f16;

/// Weights of one tensor, in row-major order and in the precision of the file: they are converted one by one, so that a large
/// network in half precision is never in memory in single precision.
#[derive(Debug, Clone, PartialEq)]
pub struct OnnxWeights(Values);

#[derive(Debug, Clone, PartialEq)]
enum Values {
    /// Numbers in single precision.
    Floats(Vec<f32>),
    /// Little-endian numbers in single precision.
    Single(Vec<u8>),
    /// Little-endian numbers in half precision.
    Half(Vec<u8>),
}

impl OnnxWeights {
    /// Returns weights from little-endian bytes in single precision.
    pub(super) fn single(bytes: Vec<u8>) -> Self {
        Self(Values::Single(bytes))
    }

    /// Returns weights from little-endian bytes in half precision.
    pub(super) fn half(bytes: Vec<u8>) -> Self {
        Self(Values::Half(bytes))
    }

    /// Returns the number of weights.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Values::Floats(values) => values.len(),
            Values::Single(bytes) => bytes.len() / size_of::<f32>(),
            Values::Half(bytes) => bytes.len() / size_of::<f16>(),
        }
    }

    /// Whether there are no weights.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the weight at `index` in single precision, or `None` after the last one.
    #[must_use]
    #[inline]
    pub fn get(&self, index: usize) -> Option<f32> {
        match &self.0 {
            Values::Floats(values) => values.get(index).copied(),
            Values::Single(bytes) => bytes.as_chunks().0.get(index).map(|bytes| f32::from_le_bytes(*bytes)),
            Values::Half(bytes) => {
                bytes.as_chunks().0.get(index).map(|bytes| f16::from_le_bytes(*bytes).to_f32_const())
            }
        }
    }

    /// Returns all weights in single precision. Allocates, except for values that were read in it.
    #[must_use]
    pub fn into_floats(self) -> Vec<f32> {
        match self.0 {
            Values::Floats(values) => values,
            Values::Single(bytes) => bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
            Values::Half(bytes) => {
                bytes.as_chunks().0.iter().map(|bytes| f16::from_le_bytes(*bytes).to_f32()).collect()
            }
        }
    }
}

impl From<Vec<f32>> for OnnxWeights {
    fn from(values: Vec<f32>) -> Self {
        Self(Values::Floats(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_every_precision_are_read() {
        let expected = [1.0, -0.5, 0.25];
        let single = OnnxWeights::single(expected.iter().flat_map(|value: &f32| value.to_le_bytes()).collect());
        let half = OnnxWeights::half(expected.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect());
        for weights in [single, half, OnnxWeights::from(expected.to_vec())] {
            assert_eq!((weights.len(), weights.is_empty()), (3, false));
            let by_index: Vec<Option<f32>> = (0..4).map(|index| weights.get(index)).collect();
            assert_eq!(by_index, [Some(1.0), Some(-0.5), Some(0.25), None]);
            assert_eq!(weights.into_floats(), expected);
        }
    }
}
