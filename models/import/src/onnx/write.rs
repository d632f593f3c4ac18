//! Writing of a network as an ONNX file.

use std::collections::HashSet;

use crate::onnx_graph::{Id, OUTPUT_SLOT, OnnxAttribute, OnnxGraph, Operation};
use crate::protobuf::Message;
use crate::tensor::{Data, Tensor};

/// Version of the operation set, and version of the file format.
const OPERATIONS: i64 = 13;
const FORMAT: i64 = 8;
/// Numbers of the element types in the file format.
const FLOAT: i64 = 1;
const INTEGER: i64 = 7;
const BOOLEAN: i64 = 9;

/// Writes the network with these inputs and outputs, under new names. Operations that no output depends on are
/// omitted.
pub(crate) fn write(net: &OnnxGraph, inputs: &[(Id, &str)], outputs: &[(Id, &str)]) -> Vec<u8> {
    let needed = crate::fuse::needed(net, &outputs.iter().map(|output| output.0).collect::<Vec<_>>());
    let names = names(net, inputs, outputs);
    let mut graph = Message::default();
    for (operation, id) in net.operations.iter().filter(|(_, id)| needed[*id]) {
        graph.message(1, |node| {
            let name = |&input: &Id| names.get(input).map_or("", String::as_str);
            operation.inputs.iter().for_each(|input| _ = node.text(1, name(input)));
            write_outputs(node, operation, &names[*id]);
            node.text(3, &names[*id]).text(4, operation.op);
            operation
                .attributes
                .iter()
                .filter(|(name, _)| *name != OUTPUT_SLOT)
                .for_each(|(name, attribute)| _ = node.message(5, |field| write_attribute(field, name, attribute)));
        });
    }
    for (id, name) in outputs {
        graph.message(1, |node| _ = node.text(1, &names[*id]).text(2, name).text(3, name).text(4, "Identity"));
    }
    graph.text(2, "imported");
    for (id, info) in net.values.iter().enumerate().filter(|(id, _)| needed[*id]) {
        if let Some(constant) = &info.constant {
            graph.message(5, |field| write_tensor(field, &names[id], constant));
        }
    }
    for (id, name) in inputs {
        graph.message(11, |field| write_value_info(field, name, net.shape(*id)));
    }
    for (id, name) in outputs {
        graph.message(12, |field| write_value_info(field, name, net.shape(*id)));
    }
    let mut model = Message::default();
    model
        .integer(1, FORMAT)
        .text(2, "earmark")
        .bytes(7, &graph.0)
        .message(8, |set| _ = set.text(1, "").integer(2, OPERATIONS));
    model.0
}

/// Writes the output of an operation; the outputs before it have no name.
fn write_outputs(node: &mut Message, operation: &Operation, name: &str) {
    let slot = operation.attributes.iter().find_map(|(name, value)| match value {
        OnnxAttribute::Int(slot) if *name == OUTPUT_SLOT => Some(*slot),
        _ => None,
    });
    (0..slot.unwrap_or(0)).for_each(|_| _ = node.text(2, ""));
    node.text(2, name);
    if operation.op == "TopK" {
        // Its second output is not optional.
        node.text(2, &format!("{name} indices"));
    }
}

/// Returns a unique name for each value: the name of its node, with a number if a node has several values.
fn names(net: &OnnxGraph, inputs: &[(Id, &str)], outputs: &[(Id, &str)]) -> Vec<String> {
    let mut taken: HashSet<String> = inputs.iter().chain(outputs).map(|value| value.1.to_owned()).collect();
    let name = |(id, info): (usize, &crate::onnx_graph::ValueInfo)| {
        if let Some((_, name)) = inputs.iter().find(|input| input.0 == id) {
            return (*name).to_owned();
        }
        let mut name = info.name.to_string();
        if !taken.insert(name.clone()) {
            name = format!("{name}.{id}");
            while !taken.insert(name.clone()) {
                name.push('.');
            }
        }
        name
    };
    net.values.iter().enumerate().map(name).collect()
}

fn write_attribute(field: &mut Message, name: &str, attribute: &OnnxAttribute) {
    field.text(1, name);
    match attribute {
        OnnxAttribute::Float(bits) => field.float(2, f32::from_bits(*bits)).integer(20, 1),
        OnnxAttribute::Int(number) => field.integer(3, *number).integer(20, 2),
        OnnxAttribute::Text(text) => field.text(4, text).integer(20, 3),
        OnnxAttribute::Ints(numbers) => {
            numbers.iter().for_each(|&number| _ = field.integer(8, number));
            field.integer(20, 7)
        }
    };
}

fn write_tensor(field: &mut Message, name: &str, tensor: &Tensor) {
    tensor.shape.iter().for_each(|&dim| _ = field.integer(1, dim as i64));
    let (kind, raw): (_, Vec<u8>) = match &tensor.data {
        Data::F32(numbers) => (FLOAT, numbers.iter().flat_map(|number| number.to_le_bytes()).collect()),
        Data::I64(numbers) => (INTEGER, numbers.iter().flat_map(|number| number.to_le_bytes()).collect()),
        Data::Bool(numbers) => (BOOLEAN, numbers.iter().map(|&number| u8::from(number)).collect()),
    };
    field.integer(2, kind).text(8, name).bytes(9, &raw);
}

fn write_value_info(field: &mut Message, name: &str, shape: &[usize]) {
    field.text(1, name).message(2, |kind| {
        _ = kind.message(1, |tensor| {
            tensor.integer(1, FLOAT).message(2, |dims| {
                shape.iter().for_each(|&dim| _ = dims.message(1, |field| _ = field.integer(1, dim as i64)));
            });
        });
    });
}
