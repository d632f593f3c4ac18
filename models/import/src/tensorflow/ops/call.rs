//! A call of an operation.

use crate::build::Value;
use crate::graph::{Node, TensorRef};

/// A node with the values that it takes.
pub(crate) struct Call<'a> {
    pub(crate) node: &'a Node<Option<TensorRef>>,
    pub(crate) inputs: &'a [Value],
    /// The batch that the file was made for, if it is fixed to another than 1.
    pub(crate) batch: Option<usize>,
}

impl Call<'_> {
    /// The value that it takes there.
    pub(crate) fn input(&self, at: usize) -> &Value {
        self.inputs.get(at).unwrap_or(&Value::Absent)
    }

    /// All but the last so many.
    pub(super) fn all_but(&self, count: usize) -> &[Value] {
        &self.inputs[..self.inputs.len().saturating_sub(count)]
    }
}
