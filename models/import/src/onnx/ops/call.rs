//! A node with its evaluated inputs.

use crate::build::{OpError, Value};
use crate::graph::{Node, TensorRef};

/// A node with its evaluated inputs, and the version of the operation set.
pub(crate) struct Call<'a> {
    pub(crate) node: &'a Node<Option<TensorRef>>,
    pub(crate) inputs: &'a [Value],
    /// The fixed batch of the file, if it is not 1.
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

    /// Returns a list of integers that is an attribute in older versions and an input in newer ones.
    pub(super) fn list(&self, name: &str, at: usize) -> Result<Option<Vec<i64>>, OpError> {
        if self.is_given(at) {
            return self.input(at).integers().map(Some);
        }
        Ok(self.node.ints(name).map(<[i64]>::to_vec))
    }
}
