//! The network that comes out: operations of ONNX over values whose shapes are all known.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ImportError;
use crate::limits::{Limits, MAX_NODES};
use crate::tensor::{Data, ElementType, Tensor, count};

/// A value of the network.
pub(crate) type Id = usize;

/// What is known of a value.
#[derive(Debug, Clone)]
pub(crate) struct ValueInfo {
    /// The name of the node that it comes from.
    pub(crate) name: Arc<str>,
    pub(crate) shape: Vec<usize>,
    pub(crate) kind: ElementType,
    pub(crate) constant: Option<Arc<Tensor>>,
}

/// An attribute of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum OnnxAttribute {
    Int(i64),
    Ints(Vec<i64>),
    /// The bits of an f32, so that operations can be compared.
    Float(u32),
    Text(&'static str),
}

/// An operation with what it takes; each gives one value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Operation {
    pub(crate) op: &'static str,
    pub(crate) inputs: Vec<Id>,
    pub(crate) attributes: Vec<(&'static str, OnnxAttribute)>,
}

/// The longest list of whole numbers that is looked for among those that are there.
const MAX_CONST_ELEMENTS: usize = 64;
/// The most operations that a network may have: some nodes become several.
const MAX_OPERATIONS: usize = 4 * MAX_NODES;

/// Operations in an order in which they can be run. What is the same is there once.
#[derive(Debug, Default)]
pub(crate) struct OnnxGraph {
    pub(crate) values: Vec<ValueInfo>,
    pub(crate) operations: Vec<(Operation, Id)>,
    produced_by: HashMap<Id, usize>,
    existing: HashMap<Operation, Id>,
    small_constants: HashMap<(Vec<usize>, Vec<i64>), Id>,
    /// What new values are named after.
    pub(crate) name: Arc<str>,
    limits: Limits,
}

impl OnnxGraph {
    /// An empty one.
    pub(crate) fn within(limits: &Limits) -> Self {
        Self { limits: limits.clone(), ..Self::default() }
    }

    pub(crate) fn shape(&self, id: Id) -> &[usize] {
        &self.values[id].shape
    }

    /// A value without an operation: the input.
    pub(crate) fn input(&mut self, shape: &[usize]) -> Id {
        self.value(shape.to_vec(), ElementType::F32, None)
    }

    fn value(&mut self, shape: Vec<usize>, kind: ElementType, constant: Option<Arc<Tensor>>) -> Id {
        self.values.push(ValueInfo { name: Arc::clone(&self.name), shape, kind, constant });
        self.values.len() - 1
    }

    /// A constant.
    pub(crate) fn constant(&mut self, tensor: &Arc<Tensor>) -> Id {
        let Some(numbers) = (if let Data::I64(numbers) = &tensor.data { Some(numbers) } else { None })
            .filter(|numbers| numbers.len() <= MAX_CONST_ELEMENTS)
        else {
            return self.value(tensor.shape.clone(), tensor.data.kind(), Some(Arc::clone(tensor)));
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

    /// An operation's value: of the same operation on the same values, the same.
    pub(crate) fn emit(
        &mut self,
        op: &'static str,
        inputs: Vec<Id>,
        attributes: Vec<(&'static str, OnnxAttribute)>,
        shape: Vec<usize>,
        kind: ElementType,
    ) -> Result<Id, ImportError> {
        if count(&shape)? == 0 {
            return Err(ImportError::Malformed(format!("a value of shape {shape:?}, which is empty")));
        }
        let operation = Operation { op, inputs, attributes };
        if let Some(&id) = self.existing.get(&operation) {
            return Ok(id);
        }
        if self.values.len() > MAX_OPERATIONS {
            let got = self.values.len();
            return Err(ImportError::TooLarge { what: "values of the network", limit: MAX_OPERATIONS, got });
        }
        let id = self.value(shape, kind, None);
        self.produced_by.insert(id, self.operations.len());
        self.existing.insert(operation.clone(), id);
        self.operations.push((operation, id));
        Ok(id)
    }

    /// What makes a value.
    pub(crate) fn producer(&self, id: Id) -> Option<&Operation> {
        Some(&self.operations[*self.produced_by.get(&id)?].0)
    }

    /// Counts numbers that are about to be made.
    pub(crate) fn charge(&mut self, numbers: usize) -> Result<(), ImportError> {
        self.limits.numbers(numbers)
    }
}
