//! A model file in memory: its format, inputs and outputs, and the conversion to ONNX.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::ImportError;
use crate::convert::{BOOL, ConvertRequest, OpSet, are_floats, convert, is_keep_probability};
use crate::files::Folder;
use crate::fuse::fuse;
use crate::graph::{Attribute, Graph, Node, Shape, TensorRef};
use crate::limits::Limits;
use crate::onnx;
use crate::protobuf::{FieldValue, Fields};
use crate::tensor::{Data, ElementType, Tensor};
use crate::tensorflow::{self, LOOP, SavedSignature, TEXT};

/// Maximum size of a file in bytes: enough for a network of a hundred million weights.
const MAX_FILE_BYTES: usize = 512 << 20;
/// Name of the input in a converted file.
pub const INPUT: &str = "input";
/// Maximum number of elements of an input that is set to a constant.
const MAX_CONSTANT_ELEMENTS: usize = 1 << 16;

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

/// An input or output of a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Name, as passed to [`Source::to_onnx`].
    pub name: String,
    /// Dimensions, `None` for an open dimension; `None` as a whole if the file declares no shape.
    pub shape: Option<Vec<Option<usize>>>,
}

/// An input that carries a state from one run to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateInput<'a> {
    /// Name in the file.
    pub theirs: &'a str,
    /// Shape.
    pub shape: &'a [usize],
    /// Name in the converted file.
    pub ours: &'a str,
}

/// Inputs of a network other than its features.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct SideInputs<'a> {
    /// Inputs that carry a state.
    pub states: &'a [StateInput<'a>],
    /// Inputs that are set to a number.
    pub constants: &'a [(&'a str, f64)],
}

/// A model file in memory: its graph with all functions inlined.
#[derive(Debug)]
pub struct Source {
    format: Format,
    op_set: OpSet,
    graph: Graph,
    inputs: Vec<TensorInfo>,
    outputs: Vec<TensorInfo>,
    limits: Limits,
}

/// Reads the content of a model file, or of `saved_model.pb` in a folder. Blocks.
///
/// # Errors
/// [`ImportError::Io`]; [`ImportError::TooLarge`] above 512 MiB.
pub fn read_model_file(path: &Path) -> Result<Vec<u8>, ImportError> {
    let file = if path.is_dir() { path.join("saved_model.pb") } else { path.to_owned() };
    let failed = |error: std::io::Error| ImportError::Io { path: file.display().to_string(), why: error.to_string() };
    // Reading a pipe or a device may never end.
    if !fs::metadata(&file).map_err(failed)?.is_file() {
        return Err(ImportError::Io { path: file.display().to_string(), why: "expected a regular file".into() });
    }
    let mut bytes = Vec::new();
    File::open(&file).and_then(|file| file.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() > MAX_FILE_BYTES {
        return Err(ImportError::TooLarge { what: "bytes", limit: MAX_FILE_BYTES, got: bytes.len() });
    }
    Ok(bytes)
}

impl Source {
    /// Reads a model file, or `saved_model.pb` in a folder. The format is detected from the content. Blocks.
    ///
    /// # Errors
    /// [`ImportError::Io`]; [`ImportError::TooLarge`] above 512 MiB; the errors of [`Source::from_bytes`].
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        Self::from_model_file(&read_model_file(path)?, path)
    }

    /// Decodes the content of the model file `path`. Weights that it stores in other files are read from the folder of
    /// the file: the folder `variables` of a SavedModel, the data files of ONNX. No other file is read. Blocks.
    ///
    /// # Errors
    /// The errors of [`Source::from_bytes`]; [`ImportError::ExternalFile`] if a file with weights cannot be used.
    pub fn from_model_file(bytes: &[u8], path: &Path) -> Result<Self, ImportError> {
        let folder = if path.is_dir() { Some(path) } else { path.parent() };
        Self::decode(bytes, folder.map_or_else(Folder::default, Folder::new))
    }

    /// Decodes the content of a model file that contains all its weights.
    ///
    /// # Errors
    /// [`ImportError::Format`] if the format is unknown, [`ImportError::Malformed`] if the file is truncated or
    /// inconsistent, [`ImportError::ExternalData`] if weights are stored in other files, [`ImportError::Cycle`] if a
    /// function calls itself, [`ImportError::TooLarge`] if a limit is exceeded.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ImportError> {
        Self::decode(bytes, Folder::default())
    }

    fn decode(bytes: &[u8], mut folder: Folder) -> Result<Self, ImportError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(ImportError::TooLarge { what: "bytes", limit: MAX_FILE_BYTES, got: bytes.len() });
        }
        let format = format(bytes).ok_or(ImportError::Format)?;
        let mut limits = Limits::of(bytes.len());
        let mut signature = SavedSignature::default();
        let (graph, op_set, named) = match format {
            Format::TensorFlow => (tensorflow::graph_def(bytes)?, OpSet::TensorFlow, None),
            Format::SavedModel => {
                let (graph, declared, bytes_read) = tensorflow::saved_model(bytes, &folder)?;
                signature = declared;
                limits.add_bytes(bytes_read);
                (graph, OpSet::TensorFlow, None)
            }
            Format::Onnx => {
                let (graph, version, outputs) = onnx::read(bytes, &mut folder)?;
                (graph, OpSet::Onnx(version), Some(outputs))
            }
        };
        let consumed = consumed_nodes(&graph);
        let mut inputs = inputs(&graph, &consumed);
        if signature.inputs.iter().any(|name| inputs.iter().any(|input| input.name == *name)) {
            inputs.retain(|input| signature.inputs.contains(&input.name));
        }
        let info = |name| TensorInfo { name, shape: None };
        let outputs = named.unwrap_or_else(|| {
            let mut outputs = signature.outputs;
            outputs.retain(|name| graph.find(name).is_some());
            let more = dangling_outputs(&graph, &consumed, &inputs).into_iter().filter(|name| !outputs.contains(name));
            let more: Vec<_> = more.collect();
            outputs.extend(more);
            outputs
        });
        let outputs = outputs.into_iter().map(info).collect();
        limits.add_bytes(folder.bytes_read());
        Ok(Self { format, op_set, graph, inputs, outputs, limits })
    }

    /// Returns the format of the file.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Returns the inputs: the placeholders of the graph that some node consumes, except boolean flags such as a
    /// training flag, which are set to `false`, and `keep_prob`, which is set to 1.
    #[must_use]
    pub fn inputs(&self) -> &[TensorInfo] {
        &self.inputs
    }

    /// Returns the outputs: in ONNX the declared outputs, in TensorFlow the nodes that no other node consumes.
    #[must_use]
    pub fn outputs(&self) -> &[TensorInfo] {
        &self.outputs
    }

    /// Whether the graph has a value of this name: `node`, or `node:1` for the second output of a node.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.graph.find(name).is_some_and(|(node, slot)| {
            slot < output_count(&self.graph.nodes[node]) || self.graph.names.contains_key(name)
        })
    }

    /// Checks that no `If` depends on an input, when the inputs `constants` are constant.
    ///
    /// # Errors
    /// [`ImportError::ControlFlow`] with the names of the inputs.
    pub fn check_branches(&self, constants: &[&str]) -> Result<(), ImportError> {
        let is_open = |input: &&TensorInfo| !constants.contains(&&*input.name);
        let inputs: Vec<TensorInfo> = self.inputs.iter().filter(is_open).cloned().collect();
        check_branches(&self.graph, &inputs)
    }

    /// Converts the network between a value and some outputs to an ONNX file (operation set 13, f32, fixed shapes)
    /// whose input is named [`INPUT`].
    ///
    /// `input` is the name of a value and its requested shape including the batch, which may differ from the batch of
    /// the file. `outputs` are pairs: a name in the file, and the name in the result.
    ///
    /// # Errors
    /// [`ImportError::UnknownTensor`] and [`ImportError::Input`] if the file has no such values,
    /// [`ImportError::UnknownOp`] and [`ImportError::Op`] if an operation between them is not supported,
    /// [`ImportError::Cycle`] and [`ImportError::TooLarge`] for malicious files.
    pub fn to_onnx(&self, input: (&str, &[usize]), outputs: &[(&str, &str)]) -> Result<Vec<u8>, ImportError> {
        self.to_onnx_with(input, &SideInputs::default(), outputs)
    }

    /// Converts the network as [`Source::to_onnx`] does, with further inputs: constants and states.
    ///
    /// # Errors
    /// As [`Source::to_onnx`], and [`ImportError::ControlFlow`] if an `If` depends on an input.
    pub fn to_onnx_with(
        &self,
        input: (&str, &[usize]),
        side: &SideInputs<'_>,
        outputs: &[(&str, &str)],
    ) -> Result<Vec<u8>, ImportError> {
        let find = |name: &str| self.graph.find(name).ok_or_else(|| ImportError::UnknownTensor(name.to_owned()));
        let (name, shape) = input;
        let link = find(name)?;
        let constant_names: Vec<&str> = side.constants.iter().map(|constant| constant.0).collect();
        self.check_branches(&constant_names)?;
        let batch = self.check(name, &declared_shape(&self.graph, link.0), shape)?;
        let state_names = side.states.iter().map(|state| state.ours);
        let taken: Vec<&str> = std::iter::once(INPUT).chain(state_names).collect();
        let mut links = Vec::new();
        for (place, (theirs, ours)) in outputs.iter().enumerate() {
            if taken.contains(ours) || ours.is_empty() || outputs[..place].iter().any(|(_, other)| other == ours) {
                return Err(ImportError::UnknownTensor((*ours).to_owned()));
            }
            links.push((find(theirs)?, *ours));
        }
        let mut states = Vec::new();
        for state in side.states {
            let at = find(state.theirs)?;
            let declared = declared_shape(&self.graph, at.0);
            if crate::tensor::count(state.shape)? == 0 || !fits(&declared, state.shape, 0) {
                return Err(shape_error(state.theirs, declared.as_deref(), state.shape));
            }
            states.push((at, state.shape));
        }
        let constants = side
            .constants
            .iter()
            .map(|&(name, value)| find(name).and_then(|at| Ok((at, filled(&self.graph, at, value)?))))
            .collect::<Result<Vec<_>, _>>()?;
        let (limits, states, constants) = (&self.limits, &states[..], &constants[..]);
        let request = ConvertRequest { input: link, shape, batch, states, constants, outputs: &links, limits };
        let (net, inputs, outputs) = convert(&self.graph, self.op_set, &request)?;
        if !are_floats(&net, &outputs) {
            return Err(ImportError::Malformed("expected outputs with elements of type f32".into()));
        }
        // The inputs are passed with the outputs, to get their new ids.
        let (net, mut places) = fuse(&net, &[&outputs[..], &inputs].concat(), &self.limits)?;
        let inputs: Vec<_> = places.split_off(outputs.len()).into_iter().zip(taken).collect();
        let named: Vec<_> = places.into_iter().zip(links.iter().map(|link| link.1)).collect();
        Ok(onnx::write::write(&net, &inputs, &named))
    }

    /// Checks the requested shape, and returns the fixed batch of the file if it differs from a requested batch of 1.
    fn check(&self, name: &str, declared: &Shape, shape: &[usize]) -> Result<Option<usize>, ImportError> {
        let usable = crate::tensor::count(shape)? > 0;
        // The batch may differ.
        if !usable || !fits(declared, shape, 1) {
            return Err(shape_error(name, declared.as_deref(), shape));
        }
        let batch = declared.as_ref().and_then(|declared| *declared.first()?);
        Ok(batch.filter(|&batch| batch > 1 && shape.first() == Some(&1)))
    }
}

/// Whether a requested shape has the declared dimensions from `first` on; an open one accepts any size.
fn fits(declared: &Shape, shape: &[usize], first: usize) -> bool {
    declared.as_ref().is_none_or(|declared| {
        let mut dims = declared.iter().zip(shape).skip(first);
        declared.len() == shape.len() && dims.all(|(declared, dim)| declared.is_none_or(|declared| declared == *dim))
    })
}

/// Returns the error for a requested shape that differs from the declared one.
fn shape_error(name: &str, declared: Option<&[Option<usize>]>, got: &[usize]) -> ImportError {
    let dim = |dim: &Option<usize>| dim.map_or_else(|| "?".to_owned(), |dim| dim.to_string());
    let expected = declared.map(|dims| dims.iter().map(dim).collect::<Vec<_>>().join(", ")).unwrap_or_default();
    ImportError::Input { name: name.to_owned(), expected: format!("[{expected}]"), got: got.to_vec() }
}

/// Returns a tensor of one number in the shape (open dimensions become 1) and with the type of a placeholder.
fn filled(graph: &Graph, (node, _): TensorRef, value: f64) -> Result<Arc<Tensor>, ImportError> {
    let shape: Vec<usize> = declared_shape(graph, node).iter().flatten().map(|dim| dim.unwrap_or(1)).collect();
    let got = crate::tensor::count(&shape)?;
    if got > MAX_CONSTANT_ELEMENTS {
        let what = "elements in an input that is set to a constant";
        return Err(ImportError::TooLarge { what, limit: MAX_CONSTANT_ELEMENTS, got });
    }
    let node = &graph.nodes[node];
    // Numbers of the element types: of ONNX, and of TensorFlow.
    let element_type = match (node.int(onnx::ELEMENT_TYPE), node.int("dtype")) {
        (Some(9), _) | (None, Some(BOOL)) => ElementType::Bool,
        (Some(1 | 10 | 11 | 16), _) | (None, None | Some(1 | 2 | 14 | 19)) => ElementType::F32,
        _ => ElementType::I64,
    };
    let data = match element_type {
        ElementType::I64 => Data::I64(vec![value as i64; got]),
        _ => Data::F32(vec![value as f32; got]).cast(element_type),
    };
    Tensor::new(shape, data)
}

/// Returns the number of outputs of a node, for the operations with several outputs that are supported.
fn output_count(node: &Node<Option<TensorRef>>) -> usize {
    let count = match &*node.op {
        "IdentityN" | "ShapeN" => return node.inputs.len(),
        LOOP | "If" => return node.inputs.len().saturating_sub(1) / 2,
        "Split" | "SplitV" => node.int("num_split"),
        "Unpack" => node.int("num"),
        "Switch" | "RefSwitch" => Some(2),
        _ => None,
    };
    count.and_then(|count| usize::try_from(count).ok()).unwrap_or(1)
}

/// Detects the format from the top-level fields of a file.
fn format(bytes: &[u8]) -> Option<Format> {
    let mut found = None;
    for field in Fields(bytes) {
        match field.ok()? {
            (1, FieldValue::Bytes(_)) => return Some(Format::TensorFlow),
            (7, FieldValue::Bytes(_)) => return Some(Format::Onnx),
            // In an ONNX file this field is the name of the exporter, before the graph.
            (2, FieldValue::Bytes(_)) => found = found.or(Some(Format::SavedModel)),
            _ => {}
        }
    }
    found
}

/// Returns, for each node, whether some node consumes it.
fn consumed_nodes(graph: &Graph) -> Vec<bool> {
    let mut consumed = vec![false; graph.nodes.len()];
    graph.nodes.iter().flat_map(|node| &node.inputs).flatten().for_each(|link| consumed[link.0] = true);
    consumed
}

/// Returns the declared shape of a placeholder.
fn declared_shape(graph: &Graph, node: usize) -> Shape {
    if let Some(Attribute::Shape(shape)) = graph.nodes[node].attributes.get("shape") { shape.clone() } else { None }
}

fn inputs(graph: &Graph, consumed: &[bool]) -> Vec<TensorInfo> {
    let is_input = |(at, node): &(usize, &crate::graph::Node<_>)| {
        // In TensorFlow no booleans and strings; ONNX has no `dtype` here.
        consumed[*at]
            && node.op == "Placeholder"
            && !is_keep_probability(node)
            && node.int("dtype").is_none_or(|kind| kind != BOOL && kind != TEXT)
    };
    let info = |(at, node): (usize, &crate::graph::Node<_>)| TensorInfo {
        name: node.name.clone(),
        shape: declared_shape(graph, at),
    };
    graph.nodes.iter().enumerate().filter(is_input).map(info).collect()
}

/// Returns, for each node, whether its values depend on an input.
fn dependent_nodes(graph: &Graph, inputs: &[TensorInfo]) -> Vec<bool> {
    let mut consumers = vec![Vec::new(); graph.nodes.len()];
    for (at, node) in graph.nodes.iter().enumerate() {
        node.inputs.iter().flatten().for_each(|link| consumers[link.0].push(at));
    }
    let mut depends = vec![false; graph.nodes.len()];
    let mut waiting: Vec<_> = inputs.iter().filter_map(|info| graph.find(&info.name)).map(|link| link.0).collect();
    while let Some(at) = waiting.pop() {
        // A shape is constant, because the shape of the input is fixed.
        if !depends[at] && !matches!(&*graph.nodes[at].op, "Shape" | "ShapeN" | "Rank" | "Size") {
            depends[at] = true;
            waiting.append(&mut consumers[at]);
        }
    }
    depends
}

/// Returns the names of the nodes that depend on an input and that no node consumes.
fn dangling_outputs(graph: &Graph, consumed: &[bool], inputs: &[TensorInfo]) -> Vec<String> {
    let depends = dependent_nodes(graph, inputs);
    // A node of a function has a name that begins with the name of the call.
    let is_inner = |name: &str| {
        let calls = name.match_indices('/').filter_map(|(at, _)| graph.names.get(&name[..at]));
        calls.into_iter().any(|call| matches!(&*graph.nodes[call.0].op, "IdentityN" | "If" | LOOP))
    };
    let is_end = |(at, node): &(usize, &Node<_>)| {
        depends[*at] && !consumed[*at] && !matches!(&*node.op, "Assert" | "Exit") && !is_inner(&node.name)
    };
    graph.nodes.iter().enumerate().filter(is_end).map(|(_, node)| node.name.clone()).collect()
}

/// Returns an error if the condition of an `If` depends on an input. The branches within another branch are checked by
/// the conversion, because that branch may not be taken.
fn check_branches(graph: &Graph, inputs: &[TensorInfo]) -> Result<(), ImportError> {
    let is_outer = |node: &&Node<Option<TensorRef>>| node.op == "If" && node.int("in branch") == Some(0);
    let mut conditions = graph.nodes.iter().filter(is_outer).filter_map(|node| *node.inputs.first()?).peekable();
    if conditions.peek().is_none() {
        return Ok(());
    }
    let depends = dependent_nodes(graph, inputs);
    if conditions.any(|(condition, _)| depends[condition]) {
        let inputs = inputs.iter().map(|input| &*input.name).collect::<Vec<_>>().join(", ");
        return Err(ImportError::ControlFlow { op: "If".into(), inputs });
    }
    Ok(())
}
