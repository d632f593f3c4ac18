//! Reading of the nodes and attributes of an ONNX file.

use std::collections::HashMap;

use super::tensor;
use crate::ImportError;
use crate::files::Folder;
use crate::graph::{Attribute, Shape, malformed};
use crate::limits::Limits;
use crate::protobuf::{FieldValue, ProtobufError};

/// A node as the file stores it.
#[derive(Debug, Default)]
pub(super) struct RawNode<'a> {
    pub(super) name: &'a str,
    pub(super) op: &'a str,
    pub(super) domain: &'a str,
    pub(super) overload: &'a str,
    pub(super) inputs: Vec<&'a str>,
    pub(super) outputs: Vec<&'a str>,
    pub(super) attributes: HashMap<String, Attribute>,
    /// Graphs in attributes, such as the branches of an `If`.
    pub(super) graphs: Vec<(&'a str, FieldValue<'a>)>,
}

impl RawNode<'_> {
    /// Returns the name of the operation, with the domain unless it is the standard one.
    pub(super) fn full_op(&self) -> String {
        match self.domain {
            "" | "ai.onnx" => self.op.to_owned(),
            domain => format!("{domain}.{}", self.op),
        }
    }
}

/// Reads a node. An attribute that refers to one of the function around it gets the value in `arguments`.
pub(super) fn read<'a>(
    wire: FieldValue<'a>,
    count: usize,
    arguments: &HashMap<String, Attribute>,
    limits: &mut Limits,
    folder: &mut Folder,
) -> Result<RawNode<'a>, ImportError> {
    let place = || malformed(format!("node {count}"));
    let mut node = RawNode::default();
    for field in wire.fields().map_err(place())? {
        limits.parts(1)?;
        let (number, value) = field.map_err(place())?;
        match number {
            1 => node.inputs.push(value.text().map_err(place())?),
            2 => node.outputs.push(value.text().map_err(place())?),
            3 => node.name = value.text().map_err(place())?,
            4 => node.op = value.text().map_err(place())?,
            7 => node.domain = value.text().map_err(place())?,
            8 => node.overload = value.text().map_err(place())?,
            5 => {
                let attribute = attribute(value, folder, place())?;
                let value = match attribute.refers_to {
                    "" => Some(attribute.value),
                    name => {
                        let value = arguments.get(name);
                        limits.numbers(value.map_or(0, Attribute::len))?;
                        value.cloned()
                    }
                };
                if let Some(graph) = attribute.graph {
                    node.graphs.push((attribute.name, graph));
                } else if let Some(value) = value {
                    node.attributes.insert(attribute.name.to_owned(), value);
                }
                if let Some(kind) = attribute.element_type {
                    node.attributes.insert(ELEMENT_TYPE.to_owned(), Attribute::Int(kind));
                }
            }
            _ => {}
        }
    }
    if node.name.is_empty() {
        node.name = node.outputs.iter().find(|output| !output.is_empty()).copied().unwrap_or_default();
    }
    Ok(node)
}

/// Name of the attribute with the element type of a constant or an input, as ONNX numbers it.
pub(crate) const ELEMENT_TYPE: &str = "element type";

/// An attribute as the file stores it.
pub(super) struct RawAttribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: Attribute,
    graph: Option<FieldValue<'a>>,
    /// Name of an attribute of the function around the node, whose value is used; empty if there is none.
    refers_to: &'a str,
    element_type: Option<i64>,
}

/// Reads an attribute.
pub(super) fn attribute<'a>(
    wire: FieldValue<'a>,
    folder: &mut Folder,
    place: impl FnOnce(ProtobufError) -> ImportError,
) -> Result<RawAttribute<'a>, ImportError> {
    let (mut constant, mut sparse) = (None, false);
    let mut read = || -> Result<RawAttribute<'a>, ProtobufError> {
        let mut found =
            RawAttribute { name: "", value: Attribute::Other, graph: None, refers_to: "", element_type: None };
        let (mut ints, mut floats, mut texts) = (Vec::new(), Vec::new(), Vec::new());
        for field in wire.fields()? {
            match field? {
                (1, text) => found.name = text.text()?,
                (2, number) => found.value = Attribute::Float(number.float()?),
                (3, number) => found.value = Attribute::Int(number.integer()?),
                (4, text) => {
                    found.value = text.text().map_or(Attribute::Other, |text| Attribute::Text(text.to_owned()));
                }
                (5, tensor) => constant = Some(tensor),
                (6, graph) => found.graph = Some(graph),
                (7, list) => list.floats(&mut floats)?,
                (8, list) => list.integers(&mut ints)?,
                (9, text) => texts.push(text.text().unwrap_or_default().to_owned()),
                (21, name) => found.refers_to = name.text()?,
                (22, _) => sparse = true,
                // An empty list is identified by its type only.
                (20, kind) if kind == FieldValue::Number(7) && found.value == Attribute::Other => {
                    found.value = Attribute::Ints(Vec::new());
                }
                _ => {}
            }
        }
        if !ints.is_empty() {
            found.value = Attribute::Ints(ints);
        } else if !floats.is_empty() {
            found.value = Attribute::Floats(floats);
        } else if !texts.is_empty() {
            found.value = Attribute::Texts(texts);
        }
        Ok(found)
    };
    let mut found = read().map_err(place)?;
    if sparse {
        return Err(ImportError::Sparse(found.name.to_owned()));
    }
    if let Some(wire) = constant {
        let constant = tensor::read(wire, folder)?;
        found.value = constant.tensor.map_or(Attribute::Other, Attribute::Tensor);
        found.element_type = Some(constant.element_type);
    }
    Ok(found)
}

/// Reads the name, shape and element type of an input or output.
pub(super) fn value_info(wire: FieldValue<'_>) -> Result<(String, Shape, i64), ProtobufError> {
    let (mut name, mut shape, mut element_type) = (String::new(), None, 0);
    for field in wire.fields()? {
        match field? {
            (1, text) => text.text()?.clone_into(&mut name),
            (2, kind) => {
                for field in kind.fields()? {
                    let (1, tensor) = field? else { continue };
                    for field in tensor.fields()? {
                        match field? {
                            (1, number) => element_type = number.integer()?,
                            (2, wire) => shape = Some(dims(wire)?),
                            _ => {}
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok((name, shape, element_type))
}

fn dims(wire: FieldValue<'_>) -> Result<Vec<Option<usize>>, ProtobufError> {
    let mut dims = Vec::new();
    for field in wire.fields()? {
        let (1, dimension) = field? else { continue };
        let mut dim = None;
        for field in dimension.fields()? {
            if let (1, number) = field? {
                // Some exporters write an open dimension as 0 or -1.
                dim = usize::try_from(number.integer()?).ok().filter(|&dim| dim > 0);
            }
        }
        dims.push(dim);
    }
    Ok(dims)
}
