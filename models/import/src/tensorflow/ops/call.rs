//! A node with its evaluated inputs.

use crate::build::Value;
use crate::graph::{Node, TensorRef};

/// A node with its evaluated inputs.
pub(crate) struct Call<'a> {
    pub(crate) node: &'a Node<Option<TensorRef>>,
    pub(crate) inputs: &'a [Value],
    /// The fixed batch of the file, if it is not 1.
    pub(crate) batch: Option<usize>,
}

impl Call<'_> {
    /// Returns an input; [`Value::Absent`] beyond the last.
    pub(crate) fn input(&self, at: usize) -> &Value {
        self.inputs.get(at).unwrap_or(&Value::Absent)
    }

    /// Returns all inputs except the last `count`.
    pub(super) fn all_but(&self, count: usize) -> &[Value] {
        &self.inputs[..self.inputs.len().saturating_sub(count)]
    }
}
