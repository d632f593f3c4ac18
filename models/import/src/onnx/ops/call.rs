//! A call of an operation.

use crate::build::{OpError, Value};
use crate::graph::{Node, TensorRef};

/// A node with the values that it takes, in a file of that version of the operations.
pub(crate) struct Call<'a> {
    pub(crate) node: &'a Node<Option<TensorRef>>,
    pub(crate) inputs: &'a [Value],
    /// The batch that the file was made for, if it is fixed to another than 1.
    pub(crate) batch: Option<usize>,
    pub(crate) version: i64,
}

impl Call<'_> {
    pub(super) fn input(&self, at: usize) -> &Value {
        self.inputs.get(at).unwrap_or(&Value::Absent)
    }

    pub(super) fn is_given(&self, at: usize) -> bool {
        !matches!(self.input(at), Value::Absent)
    }

    /// Whole numbers that older versions have as an attribute and newer ones as an input.
    pub(super) fn list(&self, name: &str, at: usize) -> Result<Option<Vec<i64>>, OpError> {
        if self.is_given(at) {
            return self.input(at).integers().map(Some);
        }
        Ok(self.node.ints(name).map(<[i64]>::to_vec))
    }
}
