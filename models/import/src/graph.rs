//! The graph of a model file, independent of its format.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ImportError;
use crate::protobuf::ProtobufError;
use crate::tensor::Tensor;

/// An attribute of a node.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Attribute {
    /// Integers, booleans and element types.
    Int(i64),
    Float(f32),
    Text(String),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Texts(Vec<String>),
    Tensor(Arc<Tensor>),
    Shape(Shape),
    /// Name of a function.
    Function(String),
    /// A value of a type that no supported operation uses.
    Other,
}

/// A declared shape: an open dimension is `None`, and the whole is `None` if the rank is open.
pub(crate) type Shape = Option<Vec<Option<usize>>>;

/// A reference to an output of a node: index of the node, index of the output.
pub(crate) type TensorRef = (usize, usize);

/// An operation. Its inputs are names while the file is read, and [`TensorRef`]s in a [`Graph`].
#[derive(Debug, Clone)]
pub(crate) struct Node<Input> {
    pub(crate) name: String,
    pub(crate) op: String,
    pub(crate) inputs: Vec<Input>,
    pub(crate) attributes: Arc<HashMap<String, Attribute>>,
}

/// Maximum number of outputs of a node. A SavedModel restores all its variables with one node.
pub(crate) const MAX_SLOTS: usize = 65_536;

/// A complete graph. An input is `None` if it is optional and omitted, as ONNX allows.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node<Option<TensorRef>>>,
    /// The values by name.
    pub(crate) names: HashMap<String, TensorRef>,
}

impl Attribute {
    /// Returns the number of elements that a copy contains.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Ints(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Texts(texts) => texts.iter().map(String::len).sum(),
            Self::Text(text) => text.len(),
            _ => 1,
        }
    }
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

    pub(crate) fn floats(&self, name: &str) -> Option<&[f32]> {
        if let Some(Attribute::Floats(values)) = self.attributes.get(name) { Some(values) } else { None }
    }

    pub(crate) fn texts(&self, name: &str) -> Option<&[String]> {
        if let Some(Attribute::Texts(values)) = self.attributes.get(name) { Some(values) } else { None }
    }

    pub(crate) fn tensor(&self, name: &str) -> Option<&Arc<Tensor>> {
        if let Some(Attribute::Tensor(value)) = self.attributes.get(name) { Some(value) } else { None }
    }

    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.int(name).is_some_and(|value| value != 0)
    }
}

impl Graph {
    /// Returns the value of this name. In TensorFlow `node` and `node:0` are the same; the second output is `node:1`.
    pub(crate) fn find(&self, name: &str) -> Option<TensorRef> {
        if let Some(&link) = self.names.get(name) {
            return Some(link);
        }
        let (node, slot) = name.rsplit_once(':')?;
        let (node, slot) = (self.names.get(node)?.0, slot.parse().ok()?);
        (slot < MAX_SLOTS).then_some((node, slot))
    }
}

/// Returns a conversion to [`ImportError::Malformed`] that names the malformed element.
pub(crate) fn malformed(what: impl Into<String>) -> impl FnOnce(ProtobufError) -> ImportError {
    move |ProtobufError| ImportError::Malformed(format!("malformed {}", what.into()))
}
