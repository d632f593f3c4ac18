//! ONNX file of a linear classifier with a softmax.

use prost::Message;

/// Version of the operation set, and version of the file format.
const OPERATIONS: i64 = 13;
const FORMAT: i64 = 8;
/// Numbers of 32-bit floats and of integer attributes in the file format.
const FLOAT: i32 = 1;
const INTEGER: i32 = 2;

#[derive(Clone, PartialEq, Message)]
struct Model {
    #[prost(int64, tag = "1")]
    format: i64,
    #[prost(string, tag = "2")]
    producer: String,
    #[prost(message, optional, tag = "7")]
    graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    operations: Vec<OperationSet>,
}

#[derive(Clone, PartialEq, Message)]
struct OperationSet {
    #[prost(string, tag = "1")]
    domain: String,
    #[prost(int64, tag = "2")]
    version: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Graph {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<Node>,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "5")]
    constants: Vec<Constant>,
    #[prost(message, repeated, tag = "11")]
    inputs: Vec<Value>,
    #[prost(message, repeated, tag = "12")]
    outputs: Vec<Value>,
}

#[derive(Clone, PartialEq, Message)]
struct Node {
    #[prost(string, repeated, tag = "1")]
    inputs: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    outputs: Vec<String>,
    #[prost(string, tag = "3")]
    name: String,
    #[prost(string, tag = "4")]
    operation: String,
    #[prost(message, repeated, tag = "5")]
    attributes: Vec<Attribute>,
}

#[derive(Clone, PartialEq, Message)]
struct Attribute {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(int64, tag = "3")]
    integer: i64,
    #[prost(int32, tag = "20")]
    kind: i32,
}

#[derive(Clone, PartialEq, Message)]
struct Constant {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    shape: Vec<i64>,
    #[prost(int32, tag = "2")]
    kind: i32,
    #[prost(string, tag = "8")]
    name: String,
    #[prost(bytes = "vec", tag = "9")]
    bytes: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    kind: Option<ValueKind>,
}

#[derive(Clone, PartialEq, Message)]
struct ValueKind {
    #[prost(message, optional, tag = "1")]
    tensor: Option<TensorKind>,
}

#[derive(Clone, PartialEq, Message)]
struct TensorKind {
    #[prost(int32, tag = "1")]
    element: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "1")]
    sides: Vec<Side>,
}

#[derive(Clone, PartialEq, Message)]
struct Side {
    #[prost(int64, tag = "1")]
    len: i64,
}

/// Returns the file: `activations = softmax(input · weights + biases)`. `weights` are stored by input, then class.
pub(crate) fn softmax_classifier(weights: &[f32], biases: &[f32]) -> Vec<u8> {
    let classes = biases.len();
    let width = weights.len() / classes.max(1);
    let softmax = Attribute { name: "axis".into(), integer: -1, kind: INTEGER };
    let graph = Graph {
        nodes: vec![
            node("MatMul", &["input", "weights"], "product", Vec::new()),
            node("Add", &["product", "biases"], "scores", Vec::new()),
            node("Softmax", &["scores"], "probabilities", vec![softmax]),
            node("Identity", &["probabilities"], "activations", Vec::new()),
        ],
        name: "head".into(),
        constants: vec![constant("weights", &[width, classes], weights), constant("biases", &[classes], biases)],
        inputs: vec![value("input", &[1, width])],
        outputs: vec![value("activations", &[1, classes])],
    };
    let operations = vec![OperationSet { domain: String::new(), version: OPERATIONS }];
    Model { format: FORMAT, producer: "earmark".into(), graph: Some(graph), operations }.encode_to_vec()
}

fn node(operation: &str, inputs: &[&str], output: &str, attributes: Vec<Attribute>) -> Node {
    let inputs = inputs.iter().map(ToString::to_string).collect();
    Node { inputs, outputs: vec![output.into()], name: output.into(), operation: operation.into(), attributes }
}

fn constant(name: &str, shape: &[usize], numbers: &[f32]) -> Constant {
    let shape = shape.iter().map(|side| *side as i64).collect();
    Constant { shape, kind: FLOAT, name: name.into(), bytes: numbers.iter().flat_map(|n| n.to_le_bytes()).collect() }
}

fn value(name: &str, shape: &[usize]) -> Value {
    let sides = shape.iter().map(|side| Side { len: *side as i64 }).collect();
    let tensor = TensorKind { element: FLOAT, shape: Some(Shape { sides }) };
    Value { name: name.into(), kind: Some(ValueKind { tensor: Some(tensor) }) }
}
