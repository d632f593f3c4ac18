//! The converted network: ONNX operations on values of fixed shapes.

mod not_a_number;
mod range;

use std::collections::HashMap;
use std::sync::Arc;

use crate::ImportError;
use crate::limits::{Limits, MAX_OPERATIONS};
use crate::tensor::{Data, ElementType, Tensor, count};

use self::range::Range;

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
    range: Range,
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

/// An optional input that is not given.
pub(crate) const ABSENT: Id = usize::MAX;
/// Attribute with the index of the only output of an operation that is used; it is not written as an attribute.
pub(crate) const OUTPUT_SLOT: &str = "output slot";

impl Operation {
    /// Returns the inputs that are given.
    pub(crate) fn given(&self) -> impl Iterator<Item = Id> {
        self.inputs.iter().copied().filter(|&input| input != ABSENT)
    }
}

/// Maximum number of elements of an integer constant that is deduplicated.
const MAX_CONST_ELEMENTS: usize = 64;

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
        let range = constant.as_deref().map_or(Range::INPUT, Range::of);
        self.values.push(ValueInfo { name: Arc::clone(&self.name), shape, element_type, constant, range });
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

    /// Adds an operation and returns its value, which is NaN where an input is. An equal operation on the same inputs is
    /// reused.
    pub(crate) fn emit(
        &mut self,
        op: &'static str,
        inputs: Vec<Id>,
        attributes: Vec<(&'static str, OnnxAttribute)>,
        shape: Vec<usize>,
        element_type: ElementType,
    ) -> Result<Id, ImportError> {
        let operation = Operation { op, inputs: inputs.clone(), attributes: attributes.clone() };
        let id = self.add(op, inputs, attributes, shape, element_type)?;
        self.keep_nan(&operation, id)
    }

    /// Adds an operation as it is; see [`OnnxGraph::emit`].
    pub(crate) fn add(
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
        if self.operations.len() >= MAX_OPERATIONS {
            let got = self.operations.len() + 1;
            return Err(ImportError::TooLarge { what: "operations in the network", limit: MAX_OPERATIONS, got });
        }
        let id = self.value(shape, element_type, None);
        self.values[id].range = self.range(&operation);
        self.produced_by.insert(id, self.operations.len());
        self.existing.insert(operation.clone(), id);
        self.operations.push((operation, id));
        Ok(id)
    }

    /// Returns the operation that produces a value.
    pub(crate) fn producer(&self, id: Id) -> Option<&Operation> {
        Some(&self.operations[*self.produced_by.get(&id)?].0)
    }

    /// Whether both values are one value in different shapes.
    pub(crate) fn is_reshaped(&self, one: Id, other: Id) -> bool {
        self.unshaped(one) == self.unshaped(other)
    }

    fn unshaped(&self, mut id: Id) -> Id {
        while let Some(Operation { op: "Reshape" | "Squeeze" | "Unsqueeze", inputs, .. }) = self.producer(id) {
            id = inputs[0];
        }
        id
    }

    /// Counts elements against the limits before they are computed.
    pub(crate) fn charge(&mut self, numbers: usize) -> Result<(), ImportError> {
        self.limits.numbers(numbers)
    }
}
