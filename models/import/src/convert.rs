//! Conversion of a graph to ONNX operations: each node that the outputs depend on, once, in topological order.

mod cell;
mod loop_parts;
mod recurrence;
mod unroll;

use std::sync::Arc;

use crate::ImportError;
use crate::build::{GraphBuilder, OpError, Value, View};
use crate::graph::{Attribute, Graph, Node, TensorRef};
use crate::limits::{Limits, MAX_CONVERTED_NODES};
use crate::onnx_graph::{Id, OnnxGraph};
use crate::tensor::{Data, ElementType, Tensor};
use crate::tensorflow::{LOOP, LOOP_VARIABLE};
use crate::{onnx, tensorflow};

use self::loop_parts::variable_count;

/// The operation set of a graph.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OpSet {
    TensorFlow,
    /// ONNX, with the version of the operation set.
    Onnx(i64),
}

/// The requested inputs, their shapes, and the requested outputs.
pub(crate) struct ConvertRequest<'a> {
    pub(crate) input: TensorRef,
    pub(crate) shape: &'a [usize],
    /// The fixed batch of the file, if it is not 1.
    pub(crate) batch: Option<usize>,
    /// Further inputs that remain inputs, with their shapes.
    pub(crate) states: &'a [(TensorRef, &'a [usize])],
    /// Further inputs that become constants.
    pub(crate) constants: &'a [(TensorRef, Arc<Tensor>)],
    pub(crate) outputs: &'a [(TensorRef, &'a str)],
    /// The limits of the conversion.
    pub(crate) limits: &'a Limits,
}

/// Converts a graph and returns the network, its inputs (the features, then the states) and its outputs.
pub(crate) fn convert(
    graph: &Graph,
    op_set: OpSet,
    request: &ConvertRequest<'_>,
) -> Result<(OnnxGraph, Vec<Id>, Vec<Id>), ImportError> {
    let mut convert = Convert {
        graph,
        op_set,
        request,
        build: GraphBuilder { net: OnnxGraph::within(request.limits) },
        converted: vec![None; graph.nodes.len()],
        nodes: 0,
        depth: 0,
    };
    convert.build.net.name = Arc::from("input");
    let mut inputs = vec![convert.build.net.input(request.shape)];
    for ((node, _), shape) in request.states {
        convert.build.net.name = Arc::from(&*graph.nodes[*node].name);
        let id = convert.build.net.input(shape);
        convert.converted[*node] = Some(vec![Value::Dynamic(View::plain(id, shape))]);
        inputs.push(id);
    }
    for ((node, _), tensor) in request.constants {
        convert.converted[*node] = Some(vec![Value::Constant(Arc::clone(tensor))]);
    }
    let mut outputs = Vec::new();
    for ((node, slot), _) in request.outputs {
        convert.convert_node(*node)?;
        let name = || graph.nodes[*node].name.clone();
        let view = match convert.value((*node, *slot)) {
            Value::Dynamic(view) => view,
            Value::Failed(error) => return Err(error),
            _ => {
                let why = "expected an output that depends on the input, got one that does not".into();
                return Err(ImportError::Op { op: graph.nodes[*node].op.clone(), node: name(), why });
            }
        };
        let in_place = |fault| with_node(fault, &graph.nodes[*node].op, &graph.nodes[*node].name);
        outputs.push(convert.build.transpose_all(&view).map_err(in_place)?);
    }
    Ok((convert.build.net, inputs, outputs))
}

struct Convert<'a> {
    graph: &'a Graph,
    op_set: OpSet,
    request: &'a ConvertRequest<'a>,
    build: GraphBuilder,
    converted: Vec<Option<Vec<Value>>>,
    /// Number of converted nodes, constants excepted.
    nodes: usize,
    /// Number of loops around the node that is converted.
    depth: usize,
}

impl Convert<'_> {
    /// Converts a node and all nodes that it depends on. Iterative, because a file may nest deeper than the stack
    /// allows.
    fn convert_node(&mut self, node: usize) -> Result<(), ImportError> {
        let mut path = vec![(node, 0)];
        let mut on_path = vec![false; self.graph.nodes.len()];
        while let Some((node, next)) = path.last_mut() {
            let at = *node;
            if self.converted[at].is_some() {
                path.pop();
                continue;
            }
            on_path[at] = true;
            let node = &self.graph.nodes[at];
            // The body of a loop is converted for each step.
            let count = if node.op == LOOP { variable_count(node) } else { node.inputs.len() };
            let inputs = &node.inputs[..count];
            if at != self.request.input.0 && *next < inputs.len() {
                let input = inputs[*next];
                *next += 1;
                if let Some((before, _)) = input.filter(|(before, _)| self.converted[*before].is_none()) {
                    if on_path[before] {
                        return Err(ImportError::Cycle(self.graph.nodes[before].name.clone()));
                    }
                    path.push((before, 0));
                }
                continue;
            }
            self.converted[at] = Some(self.evaluate(at)?);
            on_path[at] = false;
            path.pop();
        }
        Ok(())
    }

    /// Returns an output of a converted node.
    fn value(&self, (node, slot): TensorRef) -> Value {
        let converted = self.converted[node].as_deref().unwrap_or(&[]);
        match (converted, converted.get(slot)) {
            // A failed or unreachable node has one value for all its outputs.
            ([value @ (Value::Unreachable | Value::Failed(_))], _) | (_, Some(value)) => value.clone(),
            _ => {
                let (node, why) =
                    (&self.graph.nodes[node], format!("expected one of {} outputs, got index {slot}", converted.len()));
                Value::Failed(ImportError::Op { op: node.op.clone(), node: node.name.clone(), why })
            }
        }
    }

    fn evaluate(&mut self, at: usize) -> Result<Vec<Value>, ImportError> {
        let node = &self.graph.nodes[at];
        self.build.net.name = Arc::from(&*node.name);
        if at == self.request.input.0 {
            let view = View::plain(0, self.request.shape);
            let mut values = vec![Value::Unreachable; self.request.input.1];
            values.push(Value::Dynamic(view));
            return Ok(values);
        }
        if node.op == LOOP {
            self.count_node(at)?;
            return self.unroll(at);
        }
        let inputs: Vec<_> = node
            .inputs
            .iter()
            .map(|tensor_ref| tensor_ref.map_or(Value::Absent, |tensor_ref| self.value(tensor_ref)))
            .collect();
        self.count_node(at)?;
        match &*node.op {
            "Placeholder" => return Ok(vec![self.placeholder(at)]),
            "If" => return Ok(branch(node, &inputs)),
            // Each result is a value of its own: another one may be an error.
            LOOP_VARIABLE | "IdentityN" => return Ok(inputs),
            // The value of the branch that is taken.
            "Merge" | "RefMerge" => {
                let taken = |value: &&Value| !matches!(value, Value::Unreachable | Value::Failed(_));
                let failed = |value: &&Value| matches!(value, Value::Failed(_));
                let value = inputs.iter().find(taken).or_else(|| inputs.iter().find(failed));
                return Ok(vec![value.cloned().unwrap_or(Value::Unreachable)]);
            }
            _ => {}
        }
        if inputs.iter().any(|value| matches!(value, Value::Unreachable)) {
            return Ok(vec![Value::Unreachable]);
        }
        if let Some(failed) = inputs.iter().find(|value| matches!(value, Value::Failed(_))) {
            return Ok(vec![failed.clone()]);
        }
        let batch = self.request.batch;
        let converted = match self.op_set {
            OpSet::TensorFlow => {
                tensorflow::ops::make(&mut self.build, &tensorflow::ops::Call { node, inputs: &inputs, batch })
            }
            OpSet::Onnx(version) => {
                // A local function may use another version.
                let version = node.int("version of operations").unwrap_or(version);
                onnx::ops::make(&mut self.build, &onnx::ops::Call { node, inputs: &inputs, batch, version })
            }
        };
        match converted.map_err(|fault| with_node(fault, &node.op, &node.name)) {
            Ok(values) => Ok(values),
            // A limit is exceeded for the whole file.
            Err(error @ ImportError::TooLarge { .. }) => Err(error),
            Err(error) => Ok(vec![Value::Failed(error)]),
        }
    }

    fn count_node(&mut self, at: usize) -> Result<(), ImportError> {
        // The steps of a loop are limited by the operations that they add.
        let is_counted = self.depth == 0 && !matches!(&*self.graph.nodes[at].op, "Const" | "Constant");
        self.nodes += usize::from(is_counted);
        if self.nodes <= MAX_CONVERTED_NODES {
            return Ok(());
        }
        let is_counted = |node: &&Node<_>| !matches!(&*node.op, "Const" | "Constant" | "Placeholder");
        let got = self.graph.nodes.iter().filter(is_counted).count();
        Err(ImportError::TooLarge { what: "nodes", limit: MAX_CONVERTED_NODES, got })
    }

    /// Returns the value of a placeholder other than the input: `false` for a boolean, such as a training flag;
    /// otherwise an error.
    fn placeholder(&self, at: usize) -> Value {
        let node = &self.graph.nodes[at];
        if node.int("dtype") == Some(BOOL) {
            return Value::Constant(Tensor::scalar(Data::Bool(vec![false])));
        }
        if is_keep_probability(node) {
            return Value::Constant(Tensor::float(1.0));
        }
        let why = "expected one input, got a second one".into();
        Value::Failed(ImportError::Op { op: node.op.clone(), node: node.name.clone(), why })
    }
}

/// Whether a placeholder of TensorFlow is the share of the values that a dropout keeps: 1 in inference.
pub(crate) fn is_keep_probability(node: &Node<Option<TensorRef>>) -> bool {
    let name = node.name.rsplit('/').next().unwrap_or_default();
    let is_scalar = match node.attributes.get("shape") {
        Some(Attribute::Shape(Some(dims))) => dims.is_empty(),
        _ => true,
    };
    is_scalar && matches!(name, "keep_prob" | "keep_probability")
}

/// Returns the results of an `If`: of the branch that a constant condition selects.
fn branch(node: &Node<Option<TensorRef>>, inputs: &[Value]) -> Vec<Value> {
    let failed = |why: &str| {
        let (op, node, why) = (node.op.clone(), node.name.clone(), why.to_owned());
        vec![Value::Failed(ImportError::Op { op, node, why })]
    };
    let Some((condition, results)) = inputs.split_first() else { return failed("expected a condition, got none") };
    let first = match condition {
        Value::Constant(tensor) => match tensor.data.cast(ElementType::Bool) {
            Data::Bool(values) if values.len() == 1 => values[0],
            _ => return failed("expected a condition of one element"),
        },
        Value::Failed(_) | Value::Unreachable => return vec![condition.clone()],
        _ => return failed("expected a constant condition, got one that depends on an input"),
    };
    let (one, other) = results.split_at(results.len() / 2);
    if first { one.to_vec() } else { other.to_vec() }
}

/// Number of the boolean type in TensorFlow's `DataType`.
pub(crate) const BOOL: i64 = 10;

fn with_node(fault: OpError, op: &str, node: &str) -> ImportError {
    let (op, node) = (op.to_owned(), node.to_owned());
    match fault {
        OpError::Unknown if tensorflow::VARIABLES.contains(&&*op) => ImportError::ExternalData(node),
        OpError::Unknown => ImportError::UnknownOp { op, node },
        OpError::Invalid(why) | OpError::Import(ImportError::Malformed(why)) => ImportError::Op { op, node, why },
        OpError::Import(error) => error,
    }
}

/// Whether all outputs have elements of type f32.
pub(crate) fn are_floats(net: &OnnxGraph, outputs: &[Id]) -> bool {
    outputs.iter().all(|&output| net.values[output].element_type == ElementType::F32)
}
