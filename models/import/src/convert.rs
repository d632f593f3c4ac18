//! Conversion of a graph to ONNX operations: each node that the outputs depend on, once, in topological order.

use std::sync::Arc;

use crate::ImportError;
use crate::build::{GraphBuilder, OpError, Value, View};
use crate::graph::{Graph, TensorRef};
use crate::limits::Limits;
use crate::onnx_graph::{Id, OnnxGraph};
use crate::tensor::{Data, ElementType, Tensor};
use crate::{onnx, tensorflow};

/// The operation set of a graph.
#[derive(Debug, Clone, Copy)]
pub(crate) enum OpSet {
    TensorFlow,
    /// ONNX, with the version of the operation set.
    Onnx(i64),
}

/// The requested input, its shape, and the requested outputs.
pub(crate) struct ConvertRequest<'a> {
    pub(crate) input: TensorRef,
    pub(crate) shape: &'a [usize],
    /// The fixed batch of the file, if it is not 1.
    pub(crate) batch: Option<usize>,
    pub(crate) outputs: &'a [(TensorRef, &'a str)],
    /// The limits of the conversion.
    pub(crate) limits: &'a Limits,
}

/// Converts a graph and returns the network, its input and its outputs.
pub(crate) fn convert(
    graph: &Graph,
    op_set: OpSet,
    request: &ConvertRequest<'_>,
) -> Result<(OnnxGraph, Id, Vec<Id>), ImportError> {
    let mut convert = Convert {
        graph,
        op_set,
        request,
        build: GraphBuilder { net: OnnxGraph::within(request.limits) },
        converted: vec![None; graph.nodes.len()],
    };
    convert.build.net.name = Arc::from("input");
    let input = convert.build.net.input(request.shape);
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
    Ok((convert.build.net, input, outputs))
}

struct Convert<'a> {
    graph: &'a Graph,
    op_set: OpSet,
    request: &'a ConvertRequest<'a>,
    build: GraphBuilder,
    converted: Vec<Option<Vec<Value>>>,
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
            let inputs = &self.graph.nodes[at].inputs;
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
        let inputs: Vec<_> = node
            .inputs
            .iter()
            .map(|tensor_ref| tensor_ref.map_or(Value::Absent, |tensor_ref| self.value(tensor_ref)))
            .collect();
        match &*node.op {
            "Placeholder" => return Ok(vec![self.placeholder(at)]),
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

    /// Returns the value of a placeholder other than the input: `false` for a boolean, such as a training flag;
    /// otherwise an error.
    fn placeholder(&self, at: usize) -> Value {
        let node = &self.graph.nodes[at];
        if node.int("dtype") == Some(BOOL) {
            return Value::Constant(Tensor::scalar(Data::Bool(vec![false])));
        }
        let why = "expected one input, got a second one".into();
        Value::Failed(ImportError::Op { op: node.op.clone(), node: node.name.clone(), why })
    }
}

/// Number of the boolean type in TensorFlow's `DataType`.
pub(crate) const BOOL: i64 = 10;

fn with_node(fault: OpError, op: &str, node: &str) -> ImportError {
    let (op, node) = (op.to_owned(), node.to_owned());
    match fault {
        OpError::Unknown if matches!(&*op, "VarHandleOp" | "VariableV2" | "Variable") => {
            ImportError::ExternalData(node)
        }
        OpError::Unknown => ImportError::UnknownOp { op, node },
        OpError::Invalid(why) | OpError::Import(ImportError::Malformed(why)) => ImportError::Op { op, node, why },
        OpError::Import(error) => error,
    }
}

/// Whether all outputs have elements of type f32.
pub(crate) fn are_floats(net: &OnnxGraph, outputs: &[Id]) -> bool {
    outputs.iter().all(|&output| net.values[output].element_type == ElementType::F32)
}
