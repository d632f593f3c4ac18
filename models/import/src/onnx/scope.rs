//! Reading of the graph of an ONNX file: local functions and the branches of `If` become part of the one graph.
//!
//! A branch refers to values of the graph around it; a function does not. Both have their own names, so that names are
//! resolved by scope.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::function::LocalFunction;
use super::node::{self, ELEMENT_TYPE, RawNode};
use super::tensor;
use crate::ImportError;
use crate::files::Folder;
use crate::graph::{Attribute, Graph, Node, TensorRef, malformed};
use crate::limits::Limits;
use crate::protobuf::FieldValue;

/// TensorFlow's names of the operations for an input and for a constant.
const INPUT: &str = "Placeholder";
const CONSTANT: &str = "Const";
/// Name of the operation that forwards the results of a call.
const RESULTS: &str = "IdentityN";

/// Maximum depth of functions and branches within each other.
const MAX_DEPTH: usize = 16;

/// The names of one graph, branch or call.
#[derive(Debug, Default)]
struct Scope {
    depth: usize,
    /// The scope around a branch.
    parent: Option<usize>,
    values: HashMap<String, TensorRef>,
    /// The arguments of a call, by the name in the function: name and scope of the caller; `None` if not given.
    arguments: HashMap<String, Option<(String, usize)>>,
    /// The attributes of a call.
    attributes: HashMap<String, Attribute>,
    /// Version of the operation set, if it is not the version of the file.
    version: Option<i64>,
    /// Whether the scope is within a branch.
    in_branch: bool,
}

/// The inputs of a node as names, each with its scope.
type NamedInputs = Vec<(String, usize)>;

/// A reader of the graph of a file.
pub(super) struct GraphReader<'a, 'b> {
    functions: HashMap<[&'a str; 3], Rc<LocalFunction<'a>>>,
    version: i64,
    limits: Limits,
    folder: &'b mut Folder,
    graph: Graph,
    scopes: Vec<Scope>,
    links: Vec<(usize, NamedInputs)>,
}

impl<'a, 'b> GraphReader<'a, 'b> {
    pub(super) fn new(functions: Vec<LocalFunction<'a>>, version: i64, limits: Limits, folder: &'b mut Folder) -> Self {
        let functions = functions.into_iter().map(|function| (function.key, Rc::new(function))).collect();
        let (graph, scopes, links) = (Graph::default(), vec![Scope::default()], Vec::new());
        Self { functions, version, limits, folder, graph, scopes, links }
    }

    /// Reads the main graph, and returns it with the names of its outputs.
    pub(super) fn read(mut self, wire: FieldValue<'a>) -> Result<(Graph, Vec<String>), ImportError> {
        let outputs = self.graph(wire, 0)?;
        let links = std::mem::take(&mut self.links);
        for (index, inputs) in links {
            for (input, scope) in inputs {
                let link = self.resolve(&input, scope);
                let node = &mut self.graph.nodes[index];
                let Some(link) = link else {
                    let why = format!("node `{}` has input `{input}`, which does not exist", node.name);
                    return Err(ImportError::Malformed(why));
                };
                node.inputs.push(link);
            }
            self.mark_element_type(index);
        }
        self.graph.names = std::mem::take(&mut self.scopes[0].values);
        Ok((self.graph, outputs))
    }

    /// Reads the content of a graph into a scope, and returns the names of its outputs.
    fn graph(&mut self, wire: FieldValue<'a>, scope: usize) -> Result<Vec<String>, ImportError> {
        let (mut inputs, mut nodes, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
        for field in wire.fields().map_err(malformed("graph"))? {
            self.limits.node()?;
            match field.map_err(malformed("graph"))? {
                (1, node) => nodes.push(node),
                (5, wire) => {
                    let constant = tensor::read(wire, self.folder)?;
                    let value = constant.tensor.map(|tensor| ("value".to_owned(), Attribute::Tensor(tensor)));
                    let kind = (ELEMENT_TYPE.to_owned(), Attribute::Int(constant.element_type));
                    self.add(scope, constant.name, CONSTANT, value.into_iter().chain([kind]).collect())?;
                }
                (11, input) => inputs.push(node::value_info(input).map_err(malformed("input"))?),
                (12, output) => outputs.push(node::value_info(output).map_err(malformed("output"))?.0),
                (15, wire) => return Err(ImportError::Sparse(tensor::sparse_name(wire))),
                _ => {}
            }
        }
        for (name, shape, kind) in inputs {
            // Older files list their constants as inputs, too.
            if !self.scopes[scope].values.contains_key(&name) {
                let kind = (ELEMENT_TYPE.to_owned(), Attribute::Int(kind));
                self.add(scope, name, INPUT, [("shape".to_owned(), Attribute::Shape(shape)), kind].into())?;
            }
        }
        self.nodes(&nodes, scope)?;
        Ok(outputs)
    }

    fn nodes(&mut self, nodes: &[FieldValue<'a>], scope: usize) -> Result<(), ImportError> {
        for (count, &wire) in nodes.iter().enumerate() {
            let attributes = std::mem::take(&mut self.scopes[scope].attributes);
            let raw = node::read(wire, count, &attributes, &mut self.limits, self.folder);
            self.scopes[scope].attributes = attributes;
            self.node(raw?, scope)?;
        }
        Ok(())
    }

    fn node(&mut self, mut raw: RawNode<'a>, scope: usize) -> Result<(), ImportError> {
        let inputs: NamedInputs = raw.inputs.iter().map(|&input| (input.to_owned(), scope)).collect();
        if let Some(function) = self.functions.get(&[raw.domain, raw.op, raw.overload]).map(Rc::clone) {
            let results = self.call(&raw, &function, scope)?;
            let attributes = HashMap::new();
            return self.push(scope, raw.name, RESULTS.into(), attributes, &raw.outputs, results);
        }
        if raw.op == "If" && raw.domain.is_empty() {
            return self.branches(raw, scope, inputs);
        }
        let mut attributes = std::mem::take(&mut raw.attributes);
        if let Some(version) = self.scopes[scope].version {
            attributes.insert("version of operations".into(), Attribute::Int(version));
        }
        self.push(scope, raw.name, raw.full_op(), attributes, &raw.outputs, inputs)
    }

    /// Adds the body of a function for a call, and returns its results.
    fn call(
        &mut self,
        raw: &RawNode<'a>,
        function: &LocalFunction<'a>,
        scope: usize,
    ) -> Result<NamedInputs, ImportError> {
        let depth = self.deeper(scope, raw.name)?;
        let argument = |(index, name): (usize, &&str)| {
            let given = raw.inputs.get(index).filter(|given| !given.is_empty());
            ((*name).to_owned(), given.map(|given| ((*given).to_owned(), scope)))
        };
        let arguments = function.inputs.iter().enumerate().map(argument).collect();
        let mut attributes = HashMap::new();
        self.limits.parts(function.inputs.len() + function.outputs.len() + function.defaults.len())?;
        for &wire in &function.defaults {
            self.limits.bytes(&wire)?;
            let attribute = node::attribute(wire, self.folder, malformed("attribute of a function"))?;
            attributes.insert(attribute.name.to_owned(), attribute.value);
        }
        attributes.extend(raw.attributes.iter().map(|(name, value)| (name.clone(), value.clone())));
        let version = Some(function.version).filter(|&version| version > 0 && version != self.version);
        let in_branch = self.scopes[scope].in_branch;
        self.scopes.push(Scope { depth, arguments, attributes, version, in_branch, ..Scope::default() });
        let inner = self.scopes.len() - 1;
        for wire in &function.nodes {
            self.limits.node()?;
            self.limits.bytes(wire)?;
        }
        self.nodes(&function.nodes, inner)?;
        Ok(function.outputs.iter().map(|&output| (output.to_owned(), inner)).collect())
    }

    /// Adds both branches of an `If`. The inputs of the node are its condition, the results of the first and of the
    /// second branch.
    fn branches(&mut self, raw: RawNode<'a>, scope: usize, mut inputs: NamedInputs) -> Result<(), ImportError> {
        let depth = self.deeper(scope, raw.name)?;
        let attributes = [("in branch".to_owned(), Attribute::Int(self.scopes[scope].in_branch.into()))];
        for name in ["then_branch", "else_branch"] {
            let Some((_, wire)) = raw.graphs.iter().find(|(graph, _)| *graph == name) else {
                return Err(ImportError::Malformed(format!("node `{}` (If) has no `{name}`", raw.name)));
            };
            let version = self.scopes[scope].version;
            self.scopes.push(Scope { depth, parent: Some(scope), version, in_branch: true, ..Scope::default() });
            let inner = self.scopes.len() - 1;
            let outputs = self.graph(*wire, inner)?;
            if outputs.len() < raw.outputs.len() {
                let (expected, got) = (raw.outputs.len(), outputs.len());
                let why = format!("expected {expected} outputs of `{name}`, got {got}");
                return Err(ImportError::Op { op: raw.op.into(), node: raw.name.into(), why });
            }
            inputs.extend(outputs.into_iter().take(raw.outputs.len()).map(|output| (output, inner)));
        }
        self.push(scope, raw.name, raw.op.into(), attributes.into(), &raw.outputs, inputs)
    }

    fn deeper(&self, scope: usize, node: &str) -> Result<usize, ImportError> {
        match self.scopes[scope].depth {
            MAX_DEPTH => Err(ImportError::Cycle(node.to_owned())),
            depth => Ok(depth + 1),
        }
    }

    fn push(
        &mut self,
        scope: usize,
        name: &str,
        op: String,
        attributes: HashMap<String, Attribute>,
        outputs: &[&str],
        inputs: NamedInputs,
    ) -> Result<(), ImportError> {
        let index = self.graph.nodes.len();
        for (slot, output) in outputs.iter().enumerate().filter(|(_, output)| !output.is_empty()) {
            if self.scopes[scope].values.insert((*output).to_owned(), (index, slot)).is_some() {
                return Err(ImportError::Malformed(format!("expected unique outputs, got `{output}` of two nodes")));
            }
        }
        self.links.push((index, inputs));
        self.graph.nodes.push(Node { name: name.to_owned(), op, inputs: Vec::new(), attributes: Arc::new(attributes) });
        Ok(())
    }

    fn add(
        &mut self,
        scope: usize,
        name: String,
        op: &str,
        attributes: HashMap<String, Attribute>,
    ) -> Result<(), ImportError> {
        if self.scopes[scope].values.insert(name.clone(), (self.graph.nodes.len(), 0)).is_some() {
            return Err(ImportError::Malformed(format!("expected unique names, got `{name}` twice")));
        }
        let attributes = Arc::new(attributes);
        self.graph.nodes.push(Node { name, op: op.to_owned(), inputs: Vec::new(), attributes });
        Ok(())
    }

    /// Returns the value of a name; the inner `None` is an input that is not given, the outer one an unknown name.
    fn resolve(&self, name: &str, scope: usize) -> Option<Option<TensorRef>> {
        let (mut name, mut scope) = (name, scope);
        // Each step leads to a scope with a smaller index.
        loop {
            if name.is_empty() {
                return Some(None);
            }
            let inner = &self.scopes[scope];
            if let Some(&value) = inner.values.get(name) {
                return Some(Some(value));
            }
            match (inner.arguments.get(name), inner.parent) {
                (Some(Some((outer, caller))), _) => (name, scope) = (outer, *caller),
                (Some(None), _) => return Some(None),
                (None, Some(parent)) => scope = parent,
                (None, None) => return None,
            }
        }
    }

    /// Gives a quantization the element type of its zero point, which the range of its result depends on.
    fn mark_element_type(&mut self, index: usize) {
        let node = &self.graph.nodes[index];
        let place = match &*node.op {
            "QuantizeLinear" => 2,
            "QLinearConv" | "QLinearMatMul" => 7,
            _ => return,
        };
        let Some(&Some((constant, _))) = node.inputs.get(place) else { return };
        if let Some(kind) = self.graph.nodes[constant].int(ELEMENT_TYPE) {
            let attributes = Arc::make_mut(&mut self.graph.nodes[index].attributes);
            attributes.insert(ELEMENT_TYPE.to_owned(), Attribute::Int(kind));
        }
    }
}
