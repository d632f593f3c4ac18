//! Builds an ONNX graph operation by operation, from TensorFlow or ONNX nodes.
//!
//! Constant values are folded at once; all others become ONNX operations. Transposing is free: a [`View`] maps the axes
//! that an operation expects to the stored axes of a value, and the stored order stays as the last operation left it.
//! Channels that a file stores last are therefore stored first in the result, the faster order for the engine, and a
//! `Transpose` is emitted only if an operation requires it.

mod activations;
mod arrange;
mod axes;
mod conv;
mod einsum;
mod elementwise;
pub(crate) mod fold;
mod join;
mod matrix;
mod normalize;
mod recurrent;
mod reduce;
mod resize;
mod sequence;
pub(crate) mod slice;
mod view;

use std::sync::Arc;

use crate::ImportError;
use crate::onnx_graph::OnnxGraph;
use crate::tensor::Tensor;

pub(crate) use axes::PadMode;
pub(crate) use conv::{Padding, Window};
pub(crate) use recurrent::{Direction, Recurrent};
pub(crate) use resize::{AxisSize, Coordinates, Interpolation, Resize, Rounding};
pub(crate) use view::View;

/// A value during the import.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// A constant.
    Constant(Arc<Tensor>),
    /// A value that depends on the input.
    Dynamic(View),
    /// The input of a dilated convolution, between TensorFlow's `SpaceToBatchND` and `BatchToSpaceND`.
    Blocks { view: View, block: Vec<usize>, pads: Vec<[usize; 2]> },
    /// A list of tensors; elements that were not written are absent.
    List(Arc<Vec<Value>>),
    /// A list of the rows of a tensor.
    Rows(Arc<Value>),
    /// Random numbers from `low` to below `high`.
    Uniform { shape: Vec<usize>, low: f32, high: f32 },
    /// A value on a branch that is not taken.
    Unreachable,
    /// A value that could not be built; an error only if an output depends on it.
    Failed(ImportError),
    /// An optional input that is not given.
    Absent,
}

/// An error of one operation, without the name of its node.
#[derive(Debug)]
pub(crate) enum OpError {
    /// The operation, or this form of it, is not supported.
    Unknown,
    /// The inputs or attributes are invalid: the expected and the actual value.
    Invalid(String),
    /// An error that is not specific to one operation.
    Import(ImportError),
}

impl From<ImportError> for OpError {
    fn from(error: ImportError) -> Self {
        Self::Import(error)
    }
}

pub(crate) fn op_error<T>(why: impl Into<String>) -> Result<T, OpError> {
    Err(OpError::Invalid(why.into()))
}

pub(crate) type BuildResult = Result<Value, OpError>;

/// Maximum length of a list of indices, axes or dimensions.
pub(crate) const MAX_LIST_LEN: usize = 4_096;

/// A builder of an [`OnnxGraph`].
#[derive(Debug, Default)]
pub(crate) struct GraphBuilder {
    pub(crate) net: OnnxGraph,
}

impl Value {
    /// Whether both are the same value, not an equal one.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Constant(one), Self::Constant(other)) => Arc::ptr_eq(one, other),
            (Self::Dynamic(one), Self::Dynamic(other)) => one == other,
            (Self::Rows(one), Self::Rows(other)) => Arc::ptr_eq(one, other),
            (Self::List(one), Self::List(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// Returns the shape.
    pub(crate) fn shape(&self) -> Result<Vec<usize>, OpError> {
        match self {
            Self::Constant(tensor) => Ok(tensor.shape.clone()),
            Self::Dynamic(view) => Ok(view.shape()),
            Self::Uniform { shape, .. } => Ok(shape.clone()),
            Self::Absent => op_error("expected a value, got none"),
            _ => Err(OpError::Unknown),
        }
    }

    /// Returns the constant; an error for a value that depends on the input.
    pub(crate) fn constant(&self) -> Result<&Arc<Tensor>, OpError> {
        match self {
            Self::Constant(tensor) => Ok(tensor),
            Self::Absent => op_error("expected a value, got none"),
            _ => op_error("expected a constant, got a value that depends on the input"),
        }
    }

    /// Returns the elements of a constant as integers.
    pub(crate) fn integers(&self) -> Result<Vec<i64>, OpError> {
        let tensor = self.constant()?;
        if tensor.data.len() > MAX_LIST_LEN {
            return op_error(format!("expected a list of at most {MAX_LIST_LEN} elements, got {}", tensor.data.len()));
        }
        Ok(tensor.to_integers())
    }

    /// Returns the elements of a constant as dimensions of a shape.
    pub(crate) fn dims(&self) -> Result<Vec<usize>, OpError> {
        let numbers = self.integers()?;
        match numbers.iter().map(|&dim| usize::try_from(dim).ok()).collect() {
            Some(dims) => Ok(dims),
            None => op_error(format!("expected a shape, got {numbers:?}")),
        }
    }

    /// Returns the single element of a constant.
    pub(crate) fn float(&self) -> Result<f32, OpError> {
        let tensor = self.constant()?;
        match tensor.data.len() {
            1 => Ok(tensor.to_floats()[0]),
            got => op_error(format!("expected one number, got {got}")),
        }
    }

    /// Returns the single element of a constant as an integer.
    pub(crate) fn integer(&self) -> Result<i64, OpError> {
        match *self.integers()? {
            [number] => Ok(number),
            ref numbers => op_error(format!("expected one number, got {}", numbers.len())),
        }
    }
}

/// Returns the index of an axis; negative numbers count from the end.
pub(crate) fn axis(axis: i64, rank: usize) -> Result<usize, OpError> {
    let counted = if axis < 0 { axis.checked_add_unsigned(rank as u64) } else { Some(axis) };
    match counted.and_then(|axis| usize::try_from(axis).ok()).filter(|&axis| axis < rank) {
        Some(axis) => Ok(axis),
        None => op_error(format!("expected an axis of a tensor of rank {rank}, got {axis}")),
    }
}

/// Returns the indices of several axes in ascending order, without duplicates.
pub(crate) fn axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, OpError> {
    let mut found = axes.iter().map(|&one| axis(one, rank)).collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
