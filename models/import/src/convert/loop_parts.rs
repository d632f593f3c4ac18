//! The parts of a loop, and the outcome of its condition.

use crate::ImportError;
use crate::build::Value;
use crate::graph::{Node, TensorRef};

/// The parts of a loop.
pub(super) struct LoopParts {
    pub(super) variables: Vec<usize>,
    pub(super) condition: TensorRef,
    pub(super) next: Vec<TensorRef>,
    /// The nodes whose values differ from step to step.
    pub(super) body: Vec<usize>,
    /// The values that the body takes from outside of the loop.
    pub(super) outer: Vec<TensorRef>,
}

/// The outcome of the condition of a step.
pub(super) enum Condition {
    GoesOn,
    Ends,
    /// The number of steps is unknown.
    Failed(Value),
}

/// Returns the number of variables of a loop, the first of its inputs.
pub(super) fn variable_count(node: &Node<Option<TensorRef>>) -> usize {
    node.inputs.len().saturating_sub(1) / 2
}

/// Returns the error of a loop as a value.
pub(super) fn failed(node: &Node<Option<TensorRef>>, why: &str) -> Value {
    Value::Failed(ImportError::Op { op: node.op.clone(), node: node.name.clone(), why: why.to_owned() })
}
