//! A file, what it offers, and what becomes of it.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use crate::ImportError;
use crate::convert::{BOOL, Dialect, Wanted, are_floats, convert};
use crate::graph::{Attribute, Graph, Link, Node, Shape};
use crate::limits::Limits;
use crate::onnx;
use crate::tensorflow;
use crate::fuse::tidy;
use crate::protobuf::{Fields, Wire};

/// The largest file that is read, in bytes: room for what a network of a hundred million weights needs.
const LARGEST: usize = 512 << 20;
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
pub struct Port {
    /// Its name, as [`Source::to_onnx`] takes it.
    pub name: String,
    /// Its sides, `None` where they are open; `None` as a whole when the file does not say.
    pub shape: Option<Vec<Option<usize>>>,
}

/// A model file that was read: its graph, with functions written out where they are called.
#[derive(Debug)]
pub struct Source {
    format: Format,
    dialect: Dialect,
    graph: Graph,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    limits: Limits,
}

/// The content of a file, or of the file `saved_model.pb` of a folder, within the bounds of [`Source::read`].
///
/// # Errors
/// [`ImportError::Io`], and [`ImportError::TooLarge`] above 512 MiB.
pub fn content(path: &Path) -> Result<Vec<u8>, ImportError> {
    let file = if path.is_dir() { path.join("saved_model.pb") } else { path.to_owned() };
    let failed = |error: std::io::Error| ImportError::Io { path: file.display().to_string(), why: error.to_string() };
    // A pipe or a device has no end.
    if !fs::metadata(&file).map_err(failed)?.is_file() {
        return Err(ImportError::Io { path: file.display().to_string(), why: "it is not a file".into() });
    }
    let mut bytes = Vec::new();
    File::open(&file).and_then(|file| file.take(LARGEST as u64 + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() > LARGEST {
        return Err(ImportError::TooLarge { what: "bytes of the file", limit: LARGEST, got: bytes.len() });
    }
    Ok(bytes)
}

impl Source {
    /// Reads a file, or the file `saved_model.pb` of a folder. What the file is, its content says, not its name.
    ///
    /// # Errors
    /// [`ImportError::Io`], [`ImportError::TooLarge`] above 512 MiB, and those of [`Source::from_bytes`].
    pub fn read(path: &Path) -> Result<Self, ImportError> {
        Self::from_bytes(&content(path)?)
    }

    /// Reads a file's content.
    ///
    /// # Errors
    /// [`ImportError::Format`] when it is none that is known, [`ImportError::Malformed`] when it is damaged,
    /// [`ImportError::Outside`] when weights lie in other files, [`ImportError::Loop`] when a function calls itself, and
    /// [`ImportError::TooLarge`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ImportError> {
        if bytes.len() > LARGEST {
            return Err(ImportError::TooLarge { what: "bytes of the file", limit: LARGEST, got: bytes.len() });
        }
        let format = format(bytes).ok_or(ImportError::Format)?;
        let (graph, dialect, named) = match format {
            Format::TensorFlow => (tensorflow::graph_def(bytes)?, Dialect::TensorFlow, None),
            Format::SavedModel => (tensorflow::saved_model(bytes)?, Dialect::TensorFlow, None),
            Format::Onnx => {
                let (graph, version, outputs) = onnx::read(bytes)?;
                (graph, Dialect::Onnx(version), Some(outputs))
            }
        };
        let taken = taken(&graph);
        let inputs = inputs(&graph, &taken);
        let port = |name| Port { name, shape: None };
        let outputs = named.unwrap_or_else(|| loose_ends(&graph, &taken, &inputs)).into_iter().map(port).collect();
        Ok(Self { format, dialect, graph, inputs, outputs, limits: Limits::of(bytes.len()) })
    }

    /// The file's format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What can be put in: the graph's placeholders that something takes, except for flags such as the one that says
    /// whether the network is being trained, which count as off.
    #[must_use]
    pub fn inputs(&self) -> &[Port] {
        &self.inputs
    }

    /// What comes out: the outputs that an ONNX file names, and in TensorFlow whatever nothing takes.
    #[must_use]
    pub fn outputs(&self) -> &[Port] {
        &self.outputs
    }

    /// Whether there is a value of that name: `node`, or `node:1` for the second of several.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.graph
            .find(name)
            .is_some_and(|(node, slot)| slot < gives(&self.graph.nodes[node]) || self.graph.names.contains_key(name))
    }

    /// The network between a value and others as an ONNX file (version 13 of its operations, f32, fixed shapes) whose
    /// input is named [`INPUT`]. `input` is the name of a value and the shape that it is to have, with its batch, which
    /// may be another than the file's; `outputs` are names in the file, each with the name that it is to have.
    ///
    /// # Errors
    /// [`ImportError::NoTensor`] and [`ImportError::Input`] when the file has no such values,
    /// [`ImportError::UnknownOp`] and [`ImportError::Op`] when something between them is not known here, and
    /// [`ImportError::Loop`] or [`ImportError::TooLarge`] of files made to harm.
    pub fn to_onnx(&self, input: (&str, &[usize]), outputs: &[(&str, &str)]) -> Result<Vec<u8>, ImportError> {
        let find = |name: &str| self.graph.find(name).ok_or_else(|| ImportError::NoTensor(name.to_owned()));
        let (name, shape) = input;
        let link = find(name)?;
        let batch = self.check(name, &stated(&self.graph, link.0), shape)?;
        let mut links = Vec::new();
        for (place, (theirs, ours)) in outputs.iter().enumerate() {
            if *ours == INPUT || ours.is_empty() || outputs[..place].iter().any(|(_, other)| other == ours) {
                return Err(ImportError::NoTensor((*ours).to_owned()));
            }
            links.push((find(theirs)?, *ours));
        }
        let wanted = Wanted { input: link, shape, batch, outputs: &links, limits: &self.limits };
        let (net, id, outputs) = convert(&self.graph, self.dialect, &wanted)?;
        if !are_floats(&net, &outputs) {
            return Err(ImportError::Malformed("an output that is not of floating-point numbers".into()));
        }
        // The input goes with the outputs, so that it is found again.
        let (net, mut places) = tidy(&net, &[&outputs[..], &[id]].concat(), &self.limits)?;
        let id = places.pop().unwrap_or(id);
        let named: Vec<_> = places.into_iter().zip(links.iter().map(|link| link.1)).collect();
        Ok(onnx::write::write(&net, (id, INPUT), &named))
    }

    /// The file's own batch, if it is fixed to another than the one that is asked for.
    fn check(&self, name: &str, stated: &Shape, shape: &[usize]) -> Result<Option<usize>, ImportError> {
        let fits = |stated: &Vec<Option<usize>>| {
            let mut sides = stated.iter().zip(shape).skip(1);
            stated.len() == shape.len() && sides.all(|(stated, side)| stated.is_none_or(|stated| stated == *side))
        };
        let usable = crate::tensor::count(shape)? > 0;
        if !usable || !stated.as_ref().is_none_or(fits) {
            let side = |side: &Option<usize>| side.map_or_else(|| "?".to_owned(), |side| side.to_string());
            let sides = |sides: &Vec<Option<usize>>| sides.iter().map(side).collect::<Vec<_>>().join(", ");
            let expected = format!("[{}]", stated.as_ref().map(sides).unwrap_or_default());
            return Err(ImportError::Input { name: name.to_owned(), expected, got: shape.to_vec() });
        }
        let batch = stated.as_ref().and_then(|stated| *stated.first()?);
        Ok(batch.filter(|&batch| batch > 1 && shape.first() == Some(&1)))
    }
}

/// How many values a node gives, of those that are known here.
fn gives(node: &Node<Option<Link>>) -> usize {
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
            (1, Wire::Bytes(_)) => return Some(Format::TensorFlow),
            (7, Wire::Bytes(_)) => return Some(Format::Onnx),
            // An ONNX file has its writer's name there, before its graph.
            (2, Wire::Bytes(_)) => found = found.or(Some(Format::SavedModel)),
            _ => {}
        }
    }
    found
}

/// Which nodes something takes.
fn taken(graph: &Graph) -> Vec<bool> {
    let mut taken = vec![false; graph.nodes.len()];
    graph.nodes.iter().flat_map(|node| &node.inputs).flatten().for_each(|link| taken[link.0] = true);
    taken
}

/// The shape that a file states for what goes in there.
fn stated(graph: &Graph, node: usize) -> Shape {
    if let Some(Attribute::Shape(shape)) = graph.nodes[node].attributes.get("shape") { shape.clone() } else { None }
}

fn inputs(graph: &Graph, taken: &[bool]) -> Vec<Port> {
    let is_input = |(at, node): &(usize, &crate::graph::Node<_>)| {
        // Of TensorFlow's types only single precision; ONNX states none here.
        taken[*at] && node.op == "Placeholder" && node.int("dtype").is_none_or(|kind| kind != BOOL && kind != TEXT)
    };
    let port = |(at, node): (usize, &crate::graph::Node<_>)| Port { name: node.name.clone(), shape: stated(graph, at) };
    graph.nodes.iter().enumerate().filter(is_input).map(port).collect()
}

/// The number of texts among TensorFlow's types.
const TEXT: i64 = 7;

/// What nothing takes, of all that depends on an input.
fn loose_ends(graph: &Graph, taken: &[bool], inputs: &[Port]) -> Vec<String> {
    let mut takers = vec![Vec::new(); graph.nodes.len()];
    for (at, node) in graph.nodes.iter().enumerate() {
        node.inputs.iter().flatten().for_each(|link| takers[link.0].push(at));
    }
    let mut depends = vec![false; graph.nodes.len()];
    let mut waiting: Vec<_> = inputs.iter().filter_map(|port| graph.find(&port.name)).map(|link| link.0).collect();
    while let Some(at) = waiting.pop() {
        // A shape does not depend on what is put in, which has one that is fixed.
        if !depends[at] && !matches!(&*graph.nodes[at].op, "Shape" | "ShapeN" | "Rank" | "Size") {
            depends[at] = true;
            waiting.append(&mut takers[at]);
        }
    }
    let ends = graph.nodes.iter().enumerate().filter(|(at, node)| depends[*at] && !taken[*at] && node.op != "Assert");
    ends.map(|(_, node)| node.name.clone()).collect()
}
