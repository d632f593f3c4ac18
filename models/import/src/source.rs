//! A file, what it offers, and what becomes of it.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::ImportError;
use crate::convert::{BOOL, ConvertRequest, OpSet, are_floats, convert};
use crate::fuse::fuse;
use crate::graph::{Attribute, Graph, Node, Shape, TensorRef};
use crate::limits::Limits;
use crate::onnx;
use crate::protobuf::{FieldValue, Fields};
use crate::tensorflow;

/// The largest file that is read, in bytes: room for what a network of a hundred million weights needs.
const MAX_FILE_BYTES: usize = 512 << 20;
/// The name of the input in the files that are made.
pub const INPUT: &str = "input";

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A frozen TensorFlow graph.
    TensorFlow,
    /// A TensorFlow SavedModel with its weights inside.
    SavedModel,
    /// ONNX.
    Onnx,
}

/// A value by which a graph meets the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name, as [`Source::to_onnx`] takes it.
    pub name: String,
    /// Its sides, `None` where they are open; `None` as a whole when the file does not say.
    pub shape: Option<Vec<Option<usize>>>,
}

/// A model file that was read: its graph, with functions written out where they are called.
#[derive(Debug)]
pub struct Source {
    format: Format,
    op_set: OpSet,
    graph: Graph,
    inputs: Vec<TensorInfo>,
    outputs: Vec<TensorInfo>,
    limits: Limits,
}

/// The content of a file, or of the file `saved_model.pb` of a folder, within the bounds of [`Source::read`].
///
/// # Errors
/// [`ImportError::Io`], and [`ImportError::TooLarge`] above 512 MiB.
pub fn read_model_file(path: &Path) -> Result<Vec<u8>, ImportError> {
    let file = if path.is_dir() { path.join("saved_model.pb") } else { path.to_owned() };
    let failed = |error: std::io::Error| ImportError::Io { path: file.display().to_string(), why: error.to_string() };
    // A pipe or a device has no end.
    if !fs::metadata(&file).map_err(failed)?.is_file() {
        return Err(ImportError::Io { path: file.display().to_string(), why: "it is not a file".into() });
    }
    let mut bytes = Vec::new();
    File::open(&file).and_then(|file| file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ImportError::TooLarge { what: "bytes of the file", limit: MAX_FILE_BYTES, got: bytes.len() });
    }
    Ok(bytes)
}

impl Source {
    /// Reads a file, or the file `saved_model.pb` of a folder. What the file is, its content says, not its name.
    ///
    /// # Errors
    /// [`ImportError::Io`], [`ImportError::TooLarge`] above 512 MiB, and those of [`Source::from_bytes`].
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        Self::from_bytes(&read_model_file(path)?)
    }

    /// Reads a file's content.
    ///
    /// # Errors
    /// [`ImportError::Format`] when it is none that is known, [`ImportError::Malformed`] when it is damaged,
    /// [`ImportError::ExternalData`] when weights lie in other files, [`ImportError::Cycle`] when a function calls itself, and
    /// [`ImportError::TooLarge`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ImportError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(ImportError::TooLarge { what: "bytes of the file", limit: MAX_FILE_BYTES, got: bytes.len() });
        }
        let format = format(bytes).ok_or(ImportError::Format)?;
        let (graph, op_set, named) = match format {
            Format::TensorFlow => (tensorflow::graph_def(bytes)?, OpSet::TensorFlow, None),
            Format::SavedModel => (tensorflow::saved_model(bytes)?, OpSet::TensorFlow, None),
            Format::Onnx => {
                let (graph, version, outputs) = onnx::read(bytes)?;
                (graph, OpSet::Onnx(version), Some(outputs))
            }
        };
        let consumed = consumed_nodes(&graph);
        let inputs = inputs(&graph, &consumed);
        let info = |name| TensorInfo { name, shape: None };
        let outputs =
            named.unwrap_or_else(|| dangling_outputs(&graph, &consumed, &inputs)).into_iter().map(info).collect();
        Ok(Self { format, op_set, graph, inputs, outputs, limits: Limits::of(bytes.len()) })
    }

    /// The file's format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What can be put in: the graph's placeholders that something takes, except for flags such as the one that says
    /// whether the network is being trained, which count as off.
    #[must_use]
    pub fn inputs(&self) -> &[TensorInfo] {
        &self.inputs
    }

    /// What comes out: the outputs that an ONNX file names, and in TensorFlow whatever nothing takes.
    #[must_use]
    pub fn outputs(&self) -> &[TensorInfo] {
        &self.outputs
    }

    /// Whether there is a value of that name: `node`, or `node:1` for the second of several.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.graph.find(name).is_some_and(|(node, slot)| {
            slot < output_count(&self.graph.nodes[node]) || self.graph.names.contains_key(name)
        })
    }

    /// The network between a value and others as an ONNX file (version 13 of its operations, f32, fixed shapes) whose
    /// input is named [`INPUT`]. `input` is the name of a value and the shape that it is to have, with its batch, which
    /// may be another than the file's; `outputs` are names in the file, each with the name that it is to have.
    ///
    /// # Errors
    /// [`ImportError::UnknownTensor`] and [`ImportError::Input`] when the file has no such values,
    /// [`ImportError::UnknownOp`] and [`ImportError::Op`] when something between them is not known here, and
    /// [`ImportError::Cycle`] or [`ImportError::TooLarge`] of files made to harm.
    pub fn to_onnx(&self, input: (&str, &[usize]), outputs: &[(&str, &str)]) -> Result<Vec<u8>, ImportError> {
        let find = |name: &str| self.graph.find(name).ok_or_else(|| ImportError::UnknownTensor(name.to_owned()));
        let (name, shape) = input;
        let link = find(name)?;
        let batch = self.check(name, &declared_shape(&self.graph, link.0), shape)?;
        let mut links = Vec::new();
        for (place, (theirs, ours)) in outputs.iter().enumerate() {
            if *ours == INPUT || ours.is_empty() || outputs[..place].iter().any(|(_, other)| other == ours) {
                return Err(ImportError::UnknownTensor((*ours).to_owned()));
            }
            links.push((find(theirs)?, *ours));
        }
        let request = ConvertRequest { input: link, shape, batch, outputs: &links, limits: &self.limits };
        let (net, id, outputs) = convert(&self.graph, self.op_set, &request)?;
        if !are_floats(&net, &outputs) {
            return Err(ImportError::Malformed("an output that is not of floating-point numbers".into()));
        }
        // The input goes with the outputs, so that it is found again.
        let (net, mut places) = fuse(&net, &[&outputs[..], &[id]].concat(), &self.limits)?;
        let id = places.pop().unwrap_or(id);
        let named: Vec<_> = places.into_iter().zip(links.iter().map(|link| link.1)).collect();
        Ok(onnx::write::write(&net, (id, INPUT), &named))
    }

    /// The file's own batch, if it is fixed to another than the one that is asked for.
    fn check(&self, name: &str, declared: &Shape, shape: &[usize]) -> Result<Option<usize>, ImportError> {
        let fits = |declared: &Vec<Option<usize>>| {
            let mut dims = declared.iter().zip(shape).skip(1);
            declared.len() == shape.len()
                && dims.all(|(declared, dim)| declared.is_none_or(|declared| declared == *dim))
        };
        let usable = crate::tensor::count(shape)? > 0;
        if !usable || !declared.as_ref().is_none_or(fits) {
            let dim = |dim: &Option<usize>| dim.map_or_else(|| "?".to_owned(), |dim| dim.to_string());
            let dims = |dims: &Vec<Option<usize>>| dims.iter().map(dim).collect::<Vec<_>>().join(", ");
            let expected = format!("[{}]", declared.as_ref().map(dims).unwrap_or_default());
            return Err(ImportError::Input { name: name.to_owned(), expected, got: shape.to_vec() });
        }
        let batch = declared.as_ref().and_then(|declared| *declared.first()?);
        Ok(batch.filter(|&batch| batch > 1 && shape.first() == Some(&1)))
    }
}

/// How many values a node gives, of those that are known here.
fn output_count(node: &Node<Option<TensorRef>>) -> usize {
    let count = match &*node.op {
        "IdentityN" | "ShapeN" => return node.inputs.len(),
        "Split" | "SplitV" => node.int("num_split"),
        "Unpack" => node.int("num"),
        "Switch" | "RefSwitch" => Some(2),
        _ => None,
    };
    count.and_then(|count| usize::try_from(count).ok()).unwrap_or(1)
}

/// What the first fields of a file say that it is.
fn format(bytes: &[u8]) -> Option<Format> {
    let mut found = None;
    for field in Fields(bytes) {
        match field.ok()? {
            (1, FieldValue::Bytes(_)) => return Some(Format::TensorFlow),
            (7, FieldValue::Bytes(_)) => return Some(Format::Onnx),
            // An ONNX file has its writer's name there, before its graph.
            (2, FieldValue::Bytes(_)) => found = found.or(Some(Format::SavedModel)),
            _ => {}
        }
    }
    found
}

/// Which nodes something takes.
fn consumed_nodes(graph: &Graph) -> Vec<bool> {
    let mut consumed = vec![false; graph.nodes.len()];
    graph.nodes.iter().flat_map(|node| &node.inputs).flatten().for_each(|link| consumed[link.0] = true);
    consumed
}

/// The shape that a file states for what goes in there.
fn declared_shape(graph: &Graph, node: usize) -> Shape {
    if let Some(Attribute::Shape(shape)) = graph.nodes[node].attributes.get("shape") { shape.clone() } else { None }
}

fn inputs(graph: &Graph, consumed: &[bool]) -> Vec<TensorInfo> {
    let is_input = |(at, node): &(usize, &crate::graph::Node<_>)| {
        // Of TensorFlow's types only single precision; ONNX states none here.
        consumed[*at] && node.op == "Placeholder" && node.int("dtype").is_none_or(|kind| kind != BOOL && kind != TEXT)
    };
    let info = |(at, node): (usize, &crate::graph::Node<_>)| TensorInfo {
        name: node.name.clone(),
        shape: declared_shape(graph, at),
    };
    graph.nodes.iter().enumerate().filter(is_input).map(info).collect()
}

/// The number of texts among TensorFlow's types.
const TEXT: i64 = 7;

/// What nothing takes, of all that depends on an input.
fn dangling_outputs(graph: &Graph, consumed: &[bool], inputs: &[TensorInfo]) -> Vec<String> {
    let mut consumers = vec![Vec::new(); graph.nodes.len()];
    for (at, node) in graph.nodes.iter().enumerate() {
        node.inputs.iter().flatten().for_each(|link| consumers[link.0].push(at));
    }
    let mut depends = vec![false; graph.nodes.len()];
    let mut waiting: Vec<_> = inputs.iter().filter_map(|info| graph.find(&info.name)).map(|link| link.0).collect();
    while let Some(at) = waiting.pop() {
        // A shape does not depend on what is put in, which has one that is fixed.
        if !depends[at] && !matches!(&*graph.nodes[at].op, "Shape" | "ShapeN" | "Rank" | "Size") {
            depends[at] = true;
            waiting.append(&mut consumers[at]);
        }
    }
    let ends =
        graph.nodes.iter().enumerate().filter(|(at, node)| depends[*at] && !consumed[*at] && node.op != "Assert");
    ends.map(|(_, node)| node.name.clone()).collect()
}
