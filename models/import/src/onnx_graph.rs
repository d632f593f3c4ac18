//! The converted network: ONNX operations on values of fixed shapes.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ImportError;
use crate::limits::{Limits, MAX_NODES};
use crate::tensor::{Data, ElementType, Tensor, count};

/// The index of a value in the network.
pub(crate) type Id = usize;

/// Name, shape and element type of a value, and its elements if it is constant.
#[derive(Debug, Clone)]
pub(crate) struct ValueInfo {
    /// Name of the node that the value comes from.
    pub(crate) name: Arc<str>,
    pub(crate) shape: Vec<usize>,
    pub(crate) element_type: ElementType,
    pub(crate) constant: Option<Arc<Tensor>>,
}

/// An attribute of an ONNX operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum OnnxAttribute {
    Int(i64),
    Ints(Vec<i64>),
    /// The bits of an f32, so that operations can be compared and hashed.
    Float(u32),
    Text(&'static str),
}

/// An operation with its inputs and attributes. Each has one output.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Operation {
    pub(crate) op: &'static str,
    pub(crate) inputs: Vec<Id>,
    pub(crate) attributes: Vec<(&'static str, OnnxAttribute)>,
}

/// Maximum number of elements of an integer constant that is deduplicated.
const MAX_CONST_ELEMENTS: usize = 64;
/// Maximum number of values of a network; a node may become several operations.
const MAX_OPERATIONS: usize = 4 * MAX_NODES;

/// Operations in topological order, without duplicates.
#[derive(Debug, Default)]
pub(crate) struct OnnxGraph {
    pub(crate) values: Vec<ValueInfo>,
    pub(crate) operations: Vec<(Operation, Id)>,
    produced_by: HashMap<Id, usize>,
    existing: HashMap<Operation, Id>,
    small_constants: HashMap<(Vec<usize>, Vec<i64>), Id>,
    /// Name of the node that new values belong to.
    pub(crate) name: Arc<str>,
    limits: Limits,
}

impl OnnxGraph {
    /// Returns an empty network with these limits.
    pub(crate) fn within(limits: &Limits) -> Self {
        Self { limits: limits.clone(), ..Self::default() }
    }

    pub(crate) fn shape(&self, id: Id) -> &[usize] {
        &self.values[id].shape
    }

    /// Adds the input.
    pub(crate) fn input(&mut self, shape: &[usize]) -> Id {
        self.value(shape.to_vec(), ElementType::F32, None)
    }

    fn value(&mut self, shape: Vec<usize>, element_type: ElementType, constant: Option<Arc<Tensor>>) -> Id {
        self.values.push(ValueInfo { name: Arc::clone(&self.name), shape, element_type, constant });
        self.values.len() - 1
    }

    /// Adds a constant, or returns an equal one.
    pub(crate) fn constant(&mut self, tensor: &Arc<Tensor>) -> Id {
        let Some(numbers) = (if let Data::I64(numbers) = &tensor.data { Some(numbers) } else { None })
            .filter(|numbers| numbers.len() <= MAX_CONST_ELEMENTS)
        else {
            return self.value(tensor.shape.clone(), tensor.data.element_type(), Some(Arc::clone(tensor)));
        };
        let key = (tensor.shape.clone(), numbers.clone());
        if let Some(&id) = self.small_constants.get(&key) {
            return id;
        }
        let id = self.value(tensor.shape.clone(), ElementType::I64, Some(Arc::clone(tensor)));
        self.small_constants.insert(key, id);
        id
    }

    pub(crate) fn integers(&mut self, numbers: Vec<i64>) -> Id {
        self.constant(&Tensor::integers(numbers))
    }

    /// Adds an operation and returns its value; an equal operation on the same inputs is reused.
    pub(crate) fn emit(
        &mut self,
        op: &'static str,
        inputs: Vec<Id>,
        attributes: Vec<(&'static str, OnnxAttribute)>,
        shape: Vec<usize>,
        element_type: ElementType,
    ) -> Result<Id, ImportError> {
        if count(&shape)? == 0 {
            return Err(ImportError::Malformed(format!("expected a shape that is not empty, got {shape:?}")));
        }
        let operation = Operation { op, inputs, attributes };
        if let Some(&id) = self.existing.get(&operation) {
            return Ok(id);
        }
        if self.values.len() > MAX_OPERATIONS {
            let got = self.values.len();
            return Err(ImportError::TooLarge { what: "values in the network", limit: MAX_OPERATIONS, got });
        }
        let id = self.value(shape, element_type, None);
        self.produced_by.insert(id, self.operations.len());
        self.existing.insert(operation.clone(), id);
        self.operations.push((operation, id));
        Ok(id)
    }

    /// Returns the operation that produces a value.
    pub(crate) fn producer(&self, id: Id) -> Option<&Operation> {
        Some(&self.operations[*self.produced_by.get(&id)?].0)
    }

    /// Counts elements against the limits before they are computed.
    pub(crate) fn charge(&mut self, numbers: usize) -> Result<(), ImportError> {
        self.limits.numbers(numbers)
    }
}
