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
use crate::onnx_graph::Net;
use crate::tensor::Tensor;

pub(crate) use conv::{Padding, Window};
pub(crate) use view::View;

/// A value while importing.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Its numbers are known.
    Known(Arc<Tensor>),
    /// It depends on the input.
    Live(View),
    /// A value that waits to be convolved with holes: TensorFlow cuts it into blocks before, and puts them together after.
    Blocks { view: View, block: Vec<usize>, pads: Vec<[usize; 2]> },
    /// It is on a branch that is not taken.
    Dead,
    /// It could not be made. That matters only if it is needed.
    Failed(ImportError),
    /// An optional input that is not given.
    Absent,
}

/// Why an operation could not be made, before it is known where.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Not known, or not in this form.
    Unknown,
    /// What was expected and what came.
    Wrong(String),
    /// Something larger.
    Import(ImportError),
}

impl From<ImportError> for Fault {
    fn from(error: ImportError) -> Self {
        Self::Import(error)
    }
}

pub(crate) fn wrong<T>(why: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Wrong(why.into()))
}

pub(crate) type Made = Result<Value, Fault>;

/// The longest list by which anything is cut, put together or shaped.
pub(crate) const MOST_SIDES: usize = 4_096;

/// The network in the making.
#[derive(Debug, Default)]
pub(crate) struct Build {
    pub(crate) net: Net,
}

impl Value {
    /// Its shape.
    pub(crate) fn shape(&self) -> Result<Vec<usize>, Fault> {
        match self {
            Self::Known(tensor) => Ok(tensor.shape.clone()),
            Self::Live(view) => Ok(view.shape()),
            Self::Absent => wrong("expected a value, got none"),
            _ => Err(Fault::Unknown),
        }
    }

    /// Its numbers.
    pub(crate) fn known(&self) -> Result<&Arc<Tensor>, Fault> {
        match self {
            Self::Known(tensor) => Ok(tensor),
            Self::Absent => wrong("expected a value, got none"),
            _ => wrong("expected numbers that are known beforehand, got some that depend on the input"),
        }
    }

    /// Its numbers, whole ones.
    pub(crate) fn integers(&self) -> Result<Vec<i64>, Fault> {
        let tensor = self.known()?;
        if tensor.data.len() > MOST_SIDES {
            return wrong(format!("expected a list of at most {MOST_SIDES} numbers, got {}", tensor.data.len()));
        }
        Ok(tensor.to_integers())
    }

    /// Its numbers, as the sides of a shape.
    pub(crate) fn sides(&self) -> Result<Vec<usize>, Fault> {
        let numbers = self.integers()?;
        match numbers.iter().map(|&side| usize::try_from(side).ok()).collect() {
            Some(sides) => Ok(sides),
            None => wrong(format!("expected a shape, got {numbers:?}")),
        }
    }

    /// Its only number.
    pub(crate) fn float(&self) -> Result<f32, Fault> {
        let tensor = self.known()?;
        match tensor.data.len() {
            1 => Ok(tensor.to_floats()[0]),
            got => wrong(format!("expected one number, got {got}")),
        }
    }

    /// Its only number, a whole one.
    pub(crate) fn integer(&self) -> Result<i64, Fault> {
        match *self.integers()? {
            [number] => Ok(number),
            ref numbers => wrong(format!("expected one number, got {}", numbers.len())),
        }
    }
}

/// An axis, counted from the end if negative.
pub(crate) fn axis(axis: i64, rank: usize) -> Result<usize, Fault> {
    let counted = if axis < 0 { axis.checked_add_unsigned(rank as u64) } else { Some(axis) };
    match counted.and_then(|axis| usize::try_from(axis).ok()).filter(|&axis| axis < rank) {
        Some(axis) => Ok(axis),
        None => wrong(format!("expected an axis of {rank}, got {axis}")),
    }
}

/// Several axes, each once, in ascending order.
pub(crate) fn axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, Fault> {
    let mut found = axes.iter().map(|&one| axis(one, rank)).collect::<Result<Vec<_>, _>>()?;
    found.sort_unstable();
    found.dedup();
    Ok(found)
}
