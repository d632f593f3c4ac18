//! Makes a network, operation by operation, whatever the format that they come from.
//!
//! What is known is computed at once; the rest becomes operations of ONNX. Moving axes is free: a [`View`] only says how
//! the axes that an operation's author means lie in the value, which stays as the last operation left it. So channels
//! that a file keeps last come first here, where the engine is fastest, and a `Transpose` remains only where an operation
//! cannot do without.

mod arrange;
mod axes;
mod conv;
mod elementwise;
pub(crate) mod fold;
mod join;
mod matrix;
mod reduce;
pub(crate) mod slice;
mod view;

use std::sync::Arc;

use crate::ImportError;
use crate::onnx_graph::OnnxGraph;
use crate::tensor::Tensor;

pub(crate) use conv::{Padding, Window};
pub(crate) use view::View;

/// A value while importing.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Its numbers are known.
    Constant(Arc<Tensor>),
    /// It depends on the input.
    Dynamic(View),
    /// A value that waits to be convolved with holes: TensorFlow cuts it into blocks before, and puts them together after.
    Blocks { view: View, block: Vec<usize>, pads: Vec<[usize; 2]> },
    /// It is on a branch that is not taken.
    Unreachable,
    /// It could not be made. That matters only if it is needed.
    Failed(ImportError),
    /// An optional input that is not given.
    Absent,
}

/// Why an operation could not be made, before it is known where.
#[derive(Debug)]
pub(crate) enum OpError {
    /// Not known, or not in this form.
    Unknown,
    /// What was expected and what came.
    Invalid(String),
    /// Something larger.
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

/// The longest list by which anything is cut, put together or shaped.
pub(crate) const MAX_LIST_LEN: usize = 4_096;

/// The network in the making.
#[derive(Debug, Default)]
pub(crate) struct GraphBuilder {
    pub(crate) net: OnnxGraph,
}

impl Value {
    /// Its shape.
    pub(crate) fn shape(&self) -> Result<Vec<usize>, OpError> {
        match self {
            Self::Constant(tensor) => Ok(tensor.shape.clone()),
            Self::Dynamic(view) => Ok(view.shape()),
            Self::Absent => op_error("expected a value, got none"),
            _ => Err(OpError::Unknown),
        }
    }

    /// Its numbers.
    pub(crate) fn constant(&self) -> Result<&Arc<Tensor>, OpError> {
        match self {
            Self::Constant(tensor) => Ok(tensor),
            Self::Absent => op_error("expected a value, got none"),
            _ => op_error("expected numbers that are known beforehand, got some that depend on the input"),
        }
    }

    /// Its numbers, whole ones.
    pub(crate) fn integers(&self) -> Result<Vec<i64>, OpError> {
        let tensor = self.constant()?;
        if tensor.data.len() > MAX_LIST_LEN {
            return op_error(format!("expected a list of at most {MAX_LIST_LEN} numbers, got {}", tensor.data.len()));
        }
        Ok(tensor.to_integers())
    }

    /// Its numbers, as the sides of a shape.
    pub(crate) fn dims(&self) -> Result<Vec<usize>, OpError> {
        let numbers = self.integers()?;
        match numbers.iter().map(|&dim| usize::try_from(dim).ok()).collect() {
            Some(dims) => Ok(dims),
            None => op_error(format!("expected a shape, got {numbers:?}")),
        }
    }

    /// Its only number.
    pub(crate) fn float(&self) -> Result<f32, OpError> {
        let tensor = self.constant()?;
        match tensor.data.len() {
            1 => Ok(tensor.to_floats()[0]),
            got => op_error(format!("expected one number, got {got}")),
        }
    }

    /// Its only number, a whole one.
    pub(crate) fn integer(&self) -> Result<i64, OpError> {
        match *self.integers()? {
            [number] => Ok(number),
            ref numbers => op_error(format!("expected one number, got {}", numbers.len())),
        }
    }
}

/// An axis, counted from the end if negative.
pub(crate) fn axis(axis: i64, rank: usize) -> Result<usize, OpError> {
    let counted = if axis < 0 { axis.checked_add_unsigned(rank as u64) } else { Some(axis) };
    match counted.and_then(|axis| usize::try_from(axis).ok()).filter(|&axis| axis < rank) {
        Some(axis) => Ok(axis),
        None => op_error(format!("expected an axis of {rank}, got {axis}")),
    }
}

/// Several axes, each once, in ascending order.
pub(crate) fn axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, OpError> {
    let mut found = axes.iter().map(|&one| axis(one, rank)).collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
