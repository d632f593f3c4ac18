//! Reading of frozen TensorFlow graphs, as a bare `GraphDef` or in a SavedModel.

mod bundle;
mod entry;
mod function;
mod inline;
mod loops;
pub(crate) mod ops;
mod signature;
mod tensor;
mod variables;

pub(crate) use loops::{LOOP, LOOP_VARIABLE};
pub(crate) use signature::SavedSignature;
pub(crate) use tensor::{TEXT, half};
pub(crate) use variables::VARIABLES;

use std::collections::HashMap;
use std::sync::Arc;

use self::entry::read_entry;
use self::function::Function;
use self::tensor::read_shape;
use crate::ImportError;
use crate::files::Folder;
use crate::graph::{Attribute, Graph, Node, malformed};
use crate::limits::Limits;
use crate::protobuf::{FieldValue, Fields, ProtobufError};

/// The nodes and functions of a file before inlining, and the limits of the file.
#[derive(Debug, Default)]
struct File {
    nodes: Vec<Node<String>>,
    functions: HashMap<String, Function>,
    limits: Limits,
}

/// Reads the graph of a SavedModel, its signature, and the number of bytes of the variables, which are read from the
/// subfolder `variables` of `folder`.
pub(crate) fn saved_model(bytes: &[u8], folder: &Folder) -> Result<(Graph, SavedSignature, usize), ImportError> {
    let why = "graph of a SavedModel";
    let (mut graph, mut signature) = (None, SavedSignature::default());
    for field in Fields(bytes) {
        if let (2, meta_graph) = field.map_err(malformed(why))? {
            // The first graph is the one for inference.
            if graph.is_some() {
                break;
            }
            for field in meta_graph.fields().map_err(malformed(why))? {
                match field.map_err(malformed(why))? {
                    (2, definition) => graph = Some(definition.bytes().map_err(malformed(why))?),
                    (5, entry) => signature.read(entry).map_err(malformed("signature of a SavedModel"))?,
                    _ => {}
                }
            }
        }
    }
    let graph = graph.ok_or_else(|| ImportError::Malformed("expected a SavedModel with a graph".into()))?;
    let mut graph = graph_def(graph)?;
    let bytes_read = variables::load(&mut graph, folder)?;
    Ok((graph, signature, bytes_read))
}

/// Reads a bare graph.
pub(crate) fn graph_def(bytes: &[u8]) -> Result<Graph, ImportError> {
    let mut file = File { limits: Limits::of(bytes.len()), ..File::default() };
    for field in Fields(bytes) {
        match field.map_err(malformed("graph"))? {
            (1, node) => {
                let node = file.node(node)?;
                file.nodes.push(node);
            }
            (2, library) => {
                for field in library.fields().map_err(malformed("function library"))? {
                    if let (1, function) = field.map_err(malformed("function library"))? {
                        file.function(function)?;
                    }
                }
            }
            _ => {}
        }
    }
    let nodes = inline::inline(file.nodes, &file.functions, &mut file.limits)?;
    link(nodes)
}

/// Resolves the names of inputs.
fn link(nodes: Vec<Node<String>>) -> Result<Graph, ImportError> {
    let mut graph = Graph::default();
    for (index, node) in nodes.iter().enumerate() {
        if graph.names.insert(node.name.clone(), (index, 0)).is_some() {
            return Err(ImportError::Malformed(format!("expected unique names, got `{}` twice", node.name)));
        }
    }
    for node in nodes {
        let find = |input: &String| {
            let missing =
                || ImportError::Malformed(format!("node `{}` has input `{input}`, which does not exist", node.name));
            graph.find(input).map(Some).ok_or_else(missing)
        };
        let inputs = node.inputs.iter().map(find).collect::<Result<_, _>>()?;
        graph.nodes.push(Node { name: node.name, op: node.op, inputs, attributes: node.attributes });
    }
    loops::rewrite(&mut graph);
    Ok(graph)
}

impl File {
    fn node(&mut self, wire: FieldValue<'_>) -> Result<Node<String>, ImportError> {
        self.limits.node()?;
        read_node(wire, &mut self.limits).map_err(malformed("node"))?
    }

    fn function(&mut self, wire: FieldValue<'_>) -> Result<(), ImportError> {
        let (mut name, mut function) = (String::new(), Function::default());
        for field in wire.fields().map_err(malformed("function"))? {
            match field.map_err(malformed("function"))? {
                (1, signature) => {
                    read_signature(signature, &mut name, &mut function).map_err(malformed("signature"))?
                }
                (3, node) => {
                    let node = self.node(node)?;
                    function.node_indices.insert(node.name.clone(), function.body.len());
                    function.body.push(node);
                }
                (4, entry) => {
                    let (result, value) = read_entry(entry).map_err(malformed("results of a function"))?;
                    let value = value.and_then(FieldValue::text).map_err(malformed("results of a function"))?;
                    function.returns.insert(result.to_owned(), value.to_owned());
                }
                _ => {}
            }
        }
        self.functions.insert(name, function);
        Ok(())
    }
}

/// Reads a node. The outer error is one of the message, the inner one of a constant in the message.
fn read_node(wire: FieldValue<'_>, limits: &mut Limits) -> Result<Result<Node<String>, ImportError>, ProtobufError> {
    let (mut name, mut op, mut inputs, mut attributes) = (String::new(), String::new(), Vec::new(), HashMap::new());
    for field in wire.fields()? {
        match field? {
            (1, text) => text.text()?.clone_into(&mut name),
            (2, text) => text.text()?.clone_into(&mut op),
            // Control inputs affect the order of execution only.
            (3, input) if input.text()?.starts_with('^') => {}
            (3, input) => inputs.push(input.text()?.to_owned()),
            (5, entry) => {
                let (name, value) = read_entry(entry)?;
                match read_attribute(value?, limits)? {
                    Ok(value) => attributes.insert(name.to_owned(), value),
                    Err(error) => return Ok(Err(error)),
                };
            }
            _ => {}
        }
        if let Err(error) = limits.parts(1) {
            return Ok(Err(error));
        }
    }
    Ok(Ok(Node { name, op, inputs, attributes: Arc::new(attributes) }))
}

fn read_signature(wire: FieldValue<'_>, name: &mut String, function: &mut Function) -> Result<(), ProtobufError> {
    let argument = |wire: FieldValue<'_>| -> Result<String, ProtobufError> {
        let mut name = "";
        for field in wire.fields()? {
            if let (1, text) = field? {
                name = text.text()?;
            }
        }
        Ok(name.to_owned())
    };
    for field in wire.fields()? {
        match field? {
            (1, text) => text.text()?.clone_into(name),
            (2, wire) => {
                let place = function.arguments.len();
                function.arguments.insert(argument(wire)?, place);
            }
            (3, wire) => function.results.push(argument(wire)?),
            _ => {}
        }
    }
    Ok(())
}

fn read_attribute(wire: FieldValue<'_>, limits: &mut Limits) -> Result<Result<Attribute, ImportError>, ProtobufError> {
    let mut attribute = Attribute::Other;
    for field in wire.fields()? {
        attribute = match field? {
            (1, list) => read_list(list)?,
            (2, text) => text.text().map_or(Attribute::Other, |text| Attribute::Text(text.to_owned())),
            (3 | 5 | 6, number) => Attribute::Int(number.integer()?),
            (4, number) => Attribute::Float(number.float()?),
            (7, shape) => Attribute::Shape(read_shape(shape)?),
            (8, wire) => match tensor::read(wire, limits)? {
                Ok(Some(tensor)) => Attribute::Tensor(tensor),
                Ok(None) => tensor::texts(wire)?.map_or(Attribute::Other, Attribute::Texts),
                Err(error) => return Ok(Err(error)),
            },
            (10, function) => {
                let mut name = String::new();
                for field in function.fields()? {
                    if let (1, text) = field? {
                        text.text()?.clone_into(&mut name);
                    }
                }
                Attribute::Function(name)
            }
            _ => continue,
        };
    }
    Ok(Ok(attribute))
}

fn read_list(wire: FieldValue<'_>) -> Result<Attribute, ProtobufError> {
    let mut integers = Vec::new();
    for field in wire.fields()? {
        if let (3 | 5 | 6, numbers) = field? {
            numbers.integers(&mut integers)?;
        }
    }
    Ok(Attribute::Ints(integers))
}
