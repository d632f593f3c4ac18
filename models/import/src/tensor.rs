//! Constant tensors.

use std::sync::Arc;

use crate::ImportError;

/// The elements of a constant. Narrower and wider types of a file are converted to one of these.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    F32(Vec<f32>),
    I64(Vec<i64>),
    Bool(Vec<bool>),
}

/// The element type of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ElementType {
    F32,
    I64,
    Bool,
}

/// A tensor in row-major order. The number of elements matches the shape.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tensor {
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Data,
}

/// Maximum number of elements of a tensor of the network.
pub(crate) const MAX_ELEMENTS: usize = 1 << 26;

/// Returns the number of elements of a shape; an error above [`MAX_ELEMENTS`].
pub(crate) fn count(shape: &[usize]) -> Result<usize, ImportError> {
    let product = shape.iter().try_fold(1_usize, |product, &dim| product.checked_mul(dim));
    // Each dimension is limited as well, because a zero makes the product small.
    let largest = shape.iter().copied().max().unwrap_or(0);
    let got = product.unwrap_or(usize::MAX).max(largest);
    if got > MAX_ELEMENTS || shape.len() > 16 {
        return Err(ImportError::TooLarge { what: "elements in a tensor", limit: MAX_ELEMENTS, got });
    }
    Ok(product.unwrap_or(0))
}

impl Data {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::I64(values) => values.len(),
            Self::Bool(values) => values.len(),
        }
    }

    pub(crate) fn element_type(&self) -> ElementType {
        match self {
            Self::F32(_) => ElementType::F32,
            Self::I64(_) => ElementType::I64,
            Self::Bool(_) => ElementType::Bool,
        }
    }

    /// Returns the elements at these indices.
    pub(crate) fn pick(&self, places: impl Iterator<Item = usize>) -> Self {
        fn of<T: Copy + Default>(values: &[T], places: impl Iterator<Item = usize>) -> Vec<T> {
            places.map(|place| values.get(place).copied().unwrap_or_default()).collect()
        }
        match self {
            Self::F32(values) => Self::F32(of(values, places)),
            Self::I64(values) => Self::I64(of(values, places)),
            Self::Bool(values) => Self::Bool(of(values, places)),
        }
    }

    /// Converts the elements to another type.
    pub(crate) fn cast(&self, element_type: ElementType) -> Self {
        match (self, element_type) {
            (Self::F32(values), ElementType::I64) => Self::I64(values.iter().map(|&value| value as i64).collect()),
            (Self::F32(values), ElementType::Bool) => Self::Bool(values.iter().map(|&value| value != 0.0).collect()),
            (Self::I64(values), ElementType::F32) => Self::F32(values.iter().map(|&value| value as f32).collect()),
            (Self::I64(values), ElementType::Bool) => Self::Bool(values.iter().map(|&value| value != 0).collect()),
            (Self::Bool(values), ElementType::F32) => {
                Self::F32(values.iter().map(|&value| f32::from(u8::from(value))).collect())
            }
            (Self::Bool(values), ElementType::I64) => Self::I64(values.iter().map(|&value| i64::from(value)).collect()),
            _ => self.clone(),
        }
    }
}

impl Tensor {
    /// Returns a tensor; an error if the number of elements does not match the shape.
    pub(crate) fn new(shape: Vec<usize>, data: Data) -> Result<Arc<Self>, ImportError> {
        let (expected, got) = (count(&shape)?, data.len());
        if expected != got {
            return Err(ImportError::Malformed(format!(
                "constant of shape {shape:?}: expected {expected} elements, got {got}"
            )));
        }
        Ok(Arc::new(Self { shape, data }))
    }

    pub(crate) fn integers(values: Vec<i64>) -> Arc<Self> {
        Arc::new(Self { shape: vec![values.len()], data: Data::I64(values) })
    }

    pub(crate) fn scalar(data: Data) -> Arc<Self> {
        Arc::new(Self { shape: Vec::new(), data })
    }

    pub(crate) fn float(value: f32) -> Arc<Self> {
        Self::scalar(Data::F32(vec![value]))
    }

    /// Returns the elements as integers.
    pub(crate) fn to_integers(&self) -> Vec<i64> {
        if let Data::I64(values) = self.data.cast(ElementType::I64) { values } else { Vec::new() }
    }

    /// Returns the elements as f32.
    pub(crate) fn to_floats(&self) -> Vec<f32> {
        if let Data::F32(values) = self.data.cast(ElementType::F32) { values } else { Vec::new() }
    }
}

/// Returns the strides of a shape in row-major order, in elements.
pub(crate) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1_usize; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis].saturating_mul(shape[axis]);
    }
    strides
}

/// Returns, for each element of the broadcast of `shape` to `to`, the index in the original. The shapes must match.
pub(crate) fn broadcast_indices(shape: &[usize], to: &[usize]) -> impl Iterator<Item = usize> {
    let own = strides(shape);
    let missing = to.len() - shape.len();
    let steps: Vec<_> = strides(to)
        .into_iter()
        .zip(to)
        .enumerate()
        .map(|(axis, (stride, &dim))| {
            let step = axis.checked_sub(missing).map_or(0, |axis| if shape[axis] == 1 { 0 } else { own[axis] });
            (stride.max(1), dim.max(1), step)
        })
        .collect();
    let total: usize = to.iter().product();
    (0..total).map(move |place| steps.iter().map(|(stride, dim, step)| place / stride % dim * step).sum())
}
