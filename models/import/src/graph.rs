//! What was read, whatever format it had: nodes that take values of other nodes.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ImportError;
use crate::protobuf::ProtobufError;
use crate::tensor::Tensor;

/// An attribute of a node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Attribute {
    /// Whole numbers, booleans and element types.
    Int(i64),
    Float(f32),
    Text(String),
    Ints(Vec<i64>),
    Tensor(Arc<Tensor>),
    Shape(Shape),
    /// Name of a function.
    Function(String),
    /// Something of which nothing that is known here makes use.
    Other,
}

/// A shape as a file states it: sides that it leaves open are `None`, and so is the whole when even the rank is open.
pub(crate) type Shape = Option<Vec<Option<usize>>>;

/// One output of a node.
pub(crate) type TensorRef = (usize, usize);

/// An operation, its inputs as whatever they are known by: names while reading, links in a [`Graph`].
#[derive(Debug, Clone)]
pub(crate) struct Node<Input> {
    pub(crate) name: String,
    pub(crate) op: String,
    pub(crate) inputs: Vec<Input>,
    pub(crate) attributes: Arc<HashMap<String, Attribute>>,
}

/// A whole graph; ONNX leaves optional inputs out, hence the `Option`.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node<Option<TensorRef>>>,
    /// Every name by which a value can be asked for.
    pub(crate) names: HashMap<String, TensorRef>,
}

impl<Input> Node<Input> {
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        if let Some(Attribute::Int(value)) = self.attributes.get(name) { Some(*value) } else { None }
    }

    pub(crate) fn float(&self, name: &str) -> Option<f32> {
        if let Some(Attribute::Float(value)) = self.attributes.get(name) { Some(*value) } else { None }
    }

    pub(crate) fn ints(&self, name: &str) -> Option<&[i64]> {
        if let Some(Attribute::Ints(values)) = self.attributes.get(name) { Some(values) } else { None }
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        if let Some(Attribute::Text(value)) = self.attributes.get(name) { Some(value) } else { None }
    }

    pub(crate) fn tensor(&self, name: &str) -> Option<&Arc<Tensor>> {
        if let Some(Attribute::Tensor(value)) = self.attributes.get(name) { Some(value) } else { None }
    }

    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.int(name).is_some_and(|value| value != 0)
    }
}

impl Graph {
    /// The value of that name. In TensorFlow `node` and `node:0` are one; a further output is `node:1`.
    pub(crate) fn find(&self, name: &str) -> Option<TensorRef> {
        if let Some(&link) = self.names.get(name) {
            return Some(link);
        }
        let (node, slot) = name.rsplit_once(':')?;
        let (node, slot) = (self.names.get(node)?.0, slot.parse().ok()?);
        (slot < 64).then_some((node, slot))
    }
}

/// With the place where a message is damaged.
pub(crate) fn malformed(what: impl Into<String>) -> impl FnOnce(ProtobufError) -> ImportError {
    move |ProtobufError| ImportError::Malformed(what.into())
}
