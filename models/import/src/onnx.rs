//! Reading and writing of ONNX files.

pub(crate) mod ops;
mod tensor;
pub(crate) mod write;

use std::collections::HashMap;
use std::sync::Arc;

use crate::ImportError;
use crate::graph::{Attribute, Graph, Node, Shape, malformed};
use crate::limits::Limits;
use crate::protobuf::{FieldValue, Fields, ProtobufError};

/// TensorFlow's names of the operations for an input and for a constant.
const INPUT: &str = "Placeholder";
const CONSTANT: &str = "Const";

/// Reads a file and returns its graph, the version of its operation set, and the names of its outputs.
pub(crate) fn read(bytes: &[u8]) -> Result<(Graph, i64, Vec<String>), ImportError> {
    let (mut body, mut version) = (None, 0);
    for field in Fields(bytes) {
        match field.map_err(malformed("model"))? {
            (7, graph) => body = Some(graph),
            (8, set) => version = version.max(opset(set).map_err(malformed("version of operations"))?),
            _ => {}
        }
    }
    let body = body.ok_or(ImportError::Format)?;
    let (mut graph, mut links, mut outputs) = (Graph::default(), Vec::new(), Vec::new());
    let (mut inputs, mut nodes, mut limits) = (Vec::new(), Vec::new(), Limits::of(bytes.len()));
    for field in body.fields().map_err(malformed("graph"))? {
        limits.node()?;
        match field.map_err(malformed("graph"))? {
            (1, node) => nodes.push(node),
            (5, wire) => {
                let (name, constant) = tensor::read(wire)?;
                let attributes = constant.map(|constant| ("value".to_owned(), Attribute::Tensor(constant)));
                add(&mut graph, name, CONSTANT, attributes.into_iter().collect())?;
            }
            (11, input) => inputs.push(value_info(input).map_err(malformed("input"))?),
            (12, output) => outputs.push(value_info(output).map_err(malformed("output"))?.0),
            _ => {}
        }
    }
    for (name, shape) in inputs {
        // Older files list their constants as inputs, too.
        if !graph.names.contains_key(&name) {
            add(&mut graph, name, INPUT, [("shape".to_owned(), Attribute::Shape(shape))].into())?;
        }
    }
    for (count, wire) in nodes.into_iter().enumerate() {
        let (node, node_outputs) = node(wire, count, &mut limits)?;
        for (slot, output) in node_outputs.into_iter().enumerate().filter(|(_, output)| !output.is_empty()) {
            if graph.names.insert(output.clone(), (graph.nodes.len(), slot)).is_some() {
                return Err(ImportError::Malformed(format!("expected unique outputs, got `{output}` of two nodes")));
            }
        }
        links.push((graph.nodes.len(), node.inputs));
        graph.nodes.push(Node { name: node.name, op: node.op, inputs: Vec::new(), attributes: node.attributes });
    }
    for (index, inputs) in links {
        for input in inputs {
            let link = graph.names.get(&input).copied();
            let node = &mut graph.nodes[index];
            if link.is_none() && !input.is_empty() {
                let why = format!("node `{}` has input `{input}`, which does not exist", node.name);
                return Err(ImportError::Malformed(why));
            }
            node.inputs.push(link);
        }
    }
    Ok((graph, version, outputs))
}

fn add(graph: &mut Graph, name: String, op: &str, attributes: HashMap<String, Attribute>) -> Result<(), ImportError> {
    if graph.names.insert(name.clone(), (graph.nodes.len(), 0)).is_some() {
        return Err(ImportError::Malformed(format!("expected unique names, got `{name}` twice")));
    }
    let attributes = Arc::new(attributes);
    graph.nodes.push(Node { name, op: op.to_owned(), inputs: Vec::new(), attributes });
    Ok(())
}

/// Returns the version of the standard operation set; 0 for other operation sets.
fn opset(wire: FieldValue<'_>) -> Result<i64, ProtobufError> {
    let (mut standard, mut version) = (true, 0);
    for field in wire.fields()? {
        match field? {
            (1, domain) => standard = matches!(domain.text()?, "" | "ai.onnx"),
            (2, number) => version = number.integer()?,
            _ => {}
        }
    }
    Ok(if standard { version } else { 0 })
}

fn node(wire: FieldValue<'_>, count: usize, limits: &mut Limits) -> Result<(Node<String>, Vec<String>), ImportError> {
    let place = || malformed(format!("node {count}"));
    let mut node = Node { name: String::new(), op: String::new(), inputs: Vec::new(), attributes: Arc::default() };
    let (mut node_outputs, mut attributes) = (Vec::new(), HashMap::new());
    let own = |wire: FieldValue<'_>| wire.text().map(str::to_owned).map_err(place());
    for field in wire.fields().map_err(place())? {
        limits.parts(1)?;
        match field.map_err(place())? {
            (1, input) => node.inputs.push(own(input)?),
            (2, output) => node_outputs.push(own(output)?),
            (3, name) => node.name = own(name)?,
            (4, op) => node.op = own(op)?,
            (5, wire) => {
                let (name, value) = attribute(wire, place())?;
                attributes.insert(name, value);
            }
            _ => {}
        }
    }
    node.attributes = Arc::new(attributes);
    if node.name.is_empty() {
        node.name = node_outputs.first().cloned().unwrap_or_default();
    }
    Ok((node, node_outputs))
}

fn attribute(
    wire: FieldValue<'_>,
    place: impl FnOnce(ProtobufError) -> ImportError,
) -> Result<(String, Attribute), ImportError> {
    let mut constant = None;
    let read = || -> Result<(String, Attribute), ProtobufError> {
        let (mut name, mut value, mut ints) = (String::new(), Attribute::Other, Vec::new());
        for field in wire.fields()? {
            match field? {
                (1, text) => text.text()?.clone_into(&mut name),
                (2, number) => value = Attribute::Float(number.float()?),
                (3, number) => value = Attribute::Int(number.integer()?),
                (4, text) => value = text.text().map_or(Attribute::Other, |text| Attribute::Text(text.to_owned())),
                (5, tensor) => constant = Some(tensor),
                (8, list) => list.integers(&mut ints)?,
                // An empty list is identified by its type only.
                (20, kind) if kind == FieldValue::Number(7) && value == Attribute::Other => {
                    value = Attribute::Ints(Vec::new())
                }
                _ => {}
            }
        }
        if !ints.is_empty() {
            value = Attribute::Ints(ints);
        }
        Ok((name, value))
    };
    let mut read = read;
    let (name, mut value) = read().map_err(place)?;
    if let Some(wire) = constant {
        value = tensor::read(wire)?.1.map_or(Attribute::Other, Attribute::Tensor);
    }
    Ok((name, value))
}

/// Reads the name and shape of an input or output.
fn value_info(wire: FieldValue<'_>) -> Result<(String, Shape), ProtobufError> {
    let (mut name, mut shape) = (String::new(), None);
    for field in wire.fields()? {
        match field? {
            (1, text) => text.text()?.clone_into(&mut name),
            (2, kind) => {
                for field in kind.fields()? {
                    let (1, tensor) = field? else { continue };
                    for field in tensor.fields()? {
                        if let (2, wire) = field? {
                            shape = Some(dims(wire)?);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok((name, shape))
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
