//! Small model files, encoded field by field.

use crate::Format;
use crate::protobuf::Message;

/// Returns one file of each format, with typical operations and an input `x` of 8 frames and 6 bands.
pub(super) fn files() -> Vec<(Format, Vec<u8>)> {
    let mut saved = Message::default();
    saved.integer(1, 1).message(2, |meta| _ = meta.bytes(2, &tensorflow()));
    vec![(Format::TensorFlow, tensorflow()), (Format::SavedModel, saved.0), (Format::Onnx, onnx())]
}

pub(super) fn message(fill: impl FnOnce(&mut Message)) -> Vec<u8> {
    let mut message = Message::default();
    fill(&mut message);
    message.0
}

/// Encodes a TensorFlow graph of these nodes.
pub(super) fn graph(nodes: &[Vec<u8>]) -> Vec<u8> {
    message(|graph| nodes.iter().for_each(|node| _ = graph.bytes(1, node)))
}

/// Encodes a node; `attributes` are entries of its map.
pub(super) fn node(name: &str, op: &str, inputs: &[&str], attributes: &[Vec<u8>]) -> Vec<u8> {
    message(|node| {
        node.text(1, name).text(2, op);
        inputs.iter().for_each(|input| _ = node.text(3, input));
        attributes.iter().for_each(|attribute| _ = node.bytes(5, attribute));
    })
}

fn attribute(name: &str, fill: impl FnOnce(&mut Message)) -> Vec<u8> {
    message(|entry| _ = entry.text(1, name).message(2, fill))
}

pub(super) fn shape(name: &str, dims: &[i64]) -> Vec<u8> {
    attribute(name, |value| _ = value.bytes(7, &shape_of(dims)))
}

fn shape_of(dims: &[i64]) -> Vec<u8> {
    message(|shape| dims.iter().for_each(|&dim| _ = shape.message(2, |field| _ = field.integer(1, dim))))
}

pub(super) fn tensor(name: &str, dims: &[i64], numbers: &[f32]) -> Vec<u8> {
    attribute(name, |value| {
        value.message(8, |tensor| {
            tensor.integer(1, 1).bytes(2, &shape_of(dims));
            numbers.iter().for_each(|&number| _ = tensor.float(5, number));
        });
    })
}

pub(super) fn integers(name: &str, dims: &[i64], numbers: &[i64]) -> Vec<u8> {
    attribute(name, |value| {
        value.message(8, |tensor| {
            tensor.integer(1, 3).bytes(2, &shape_of(dims));
            numbers.iter().for_each(|&number| _ = tensor.integer(7, number));
        });
    })
}

pub(super) fn function(name: &str, target: &str) -> Vec<u8> {
    attribute(name, |value| _ = value.message(10, |function| _ = function.text(1, target)))
}

fn number(name: &str, field: u64, number: i64) -> Vec<u8> {
    attribute(name, |value| _ = value.integer(field, number))
}

fn text(name: &str, text: &str) -> Vec<u8> {
    attribute(name, |value| _ = value.text(2, text))
}

fn list(name: &str, numbers: &[i64]) -> Vec<u8> {
    attribute(name, |value| {
        value.message(1, |list| numbers.iter().for_each(|&number| _ = list.integer(3, number)));
    })
}

/// Encodes a library with one function of one argument and one result.
pub(super) fn library(name: &str, argument: &str, result: &str, returns: &str, body: &[Vec<u8>]) -> Vec<u8> {
    message(|graph| {
        graph.message(2, |library| {
            library.message(1, |function| {
                function.message(1, |signature| {
                    signature.text(1, name);
                    signature.message(2, |field| _ = field.text(1, argument));
                    signature.message(3, |field| _ = field.text(1, result));
                });
                body.iter().for_each(|node| _ = function.bytes(3, node));
                function.message(4, |entry| _ = entry.text(1, result).text(2, returns));
            });
        });
    })
}

fn tensorflow() -> Vec<u8> {
    let constant = |name: &str, value: Vec<u8>| node(name, "Const", &[], &[value]);
    let weights = |dims: &[i64]| {
        let count: i64 = dims.iter().product();
        tensor("value", dims, &(0..count).map(|at| (at % 7) as f32 * 0.1 - 0.3).collect::<Vec<_>>())
    };
    let steps = |name: &str, numbers: &[i64]| list(name, numbers);
    let main = graph(&[
        node("x", "Placeholder", &[], &[shape("shape", &[-1, 8, 6]), number("dtype", 6, 1)]),
        node("training", "Placeholder", &[], &[number("dtype", 6, 10)]),
        node("call", "PartitionedCall", &["x", "^training"], &[function("f", "body")]),
        node("pick", "Switch", &["call", "training"], &[]),
        node("drop", "RandomUniform", &["pick:1"], &[]),
        node("both", "Merge", &["pick", "drop"], &[]),
        constant("flat/shape", integers("value", &[2], &[1, -1])),
        node("flat", "Reshape", &["both", "flat/shape"], &[]),
        constant("kernel", weights(&[24, 5])),
        node("dense", "MatMul", &["flat", "kernel"], &[]),
        constant("bias", tensor("value", &[5], &[0.5])),
        node("logits", "BiasAdd", &["dense", "bias"], &[]),
        node("out", "Softmax", &["logits"], &[]),
    ]);
    let body = [
        constant("last", integers("value", &[], &[-1])),
        node("picture", "ExpandDims", &["a", "last:output:0"], &[]),
        constant("pads", integers("value", &[4, 2], &[0, 0, 1, 1, 0, 0, 0, 0])),
        node("padded", "Pad", &["picture:output:0", "pads:output:0"], &[]),
        constant("kernel", weights(&[3, 3, 1, 4])),
        node(
            "conv",
            "Conv2D",
            &["padded:output:0", "kernel:output:0"],
            &[text("padding", "VALID"), steps("strides", &[1, 1, 1, 1]), text("data_format", "NHWC")],
        ),
        constant("one", weights(&[4])),
        constant("two", tensor("value", &[4], &[])),
        constant("three", tensor("value", &[4], &[1.5])),
        node(
            "norm",
            "FusedBatchNormV3",
            &["conv:output:0", "one:output:0", "two:output:0", "two:output:0", "three:output:0"],
            &[number("is_training", 5, 0)],
        ),
        node("elu", "Elu", &["norm:y:0"], &[]),
        node(
            "pool",
            "MaxPool",
            &["elu:activations:0"],
            &[text("padding", "SAME"), steps("ksize", &[1, 3, 2, 1]), steps("strides", &[1, 3, 2, 1])],
        ),
    ];
    [main, library("body", "a", "b", "pool:output:0", &body)].concat()
}

fn onnx() -> Vec<u8> {
    let ints = |name: &str, numbers: &[i64]| {
        message(|field| {
            field.text(1, name);
            numbers.iter().for_each(|&number| _ = field.integer(8, number));
            field.integer(20, 7);
        })
    };
    let node = |op: &str, inputs: &[&str], output: &str, attributes: &[Vec<u8>]| {
        message(|node| {
            inputs.iter().for_each(|input| _ = node.text(1, input));
            node.text(2, output).text(4, op);
            attributes.iter().for_each(|attribute| _ = node.bytes(5, attribute));
        })
    };
    let weights = |name: &str, dims: &[i64]| {
        let count: i64 = dims.iter().product();
        message(|tensor| {
            dims.iter().for_each(|&dim| _ = tensor.integer(1, dim));
            tensor.integer(2, 1).text(8, name);
            (0..count).for_each(|at| _ = tensor.float(4, (at % 5) as f32 * 0.2 - 0.3));
        })
    };
    let numbers = |name: &str, numbers: &[i64]| {
        message(|tensor| {
            tensor.integer(1, numbers.len() as i64).integer(2, 7).text(8, name);
            numbers.iter().for_each(|&number| _ = tensor.integer(7, number));
        })
    };
    let end = |name: &str, dims: &[i64]| {
        message(|end| {
            end.text(1, name).message(2, |kind| {
                kind.message(1, |tensor| {
                    tensor.integer(1, 1).message(2, |shape| {
                        dims.iter().for_each(|&dim| _ = shape.message(1, |field| _ = field.integer(1, dim)));
                    });
                });
            });
        })
    };
    let graph = message(|graph| {
        for node in [
            node("Unsqueeze", &["x", "axis"], "picture", &[]),
            node("Conv", &["picture", "kernel", ""], "conv", &[ints("pads", &[1, 0, 1, 0])]),
            node("BatchNormalization", &["conv", "four", "four", "four", "var"], "norm", &[]),
            node("Relu", &["norm"], "relu", &[]),
            node("AveragePool", &["relu"], "pool", &[ints("kernel_shape", &[2, 4]), ints("strides", &[2, 4])]),
            node("Transpose", &["pool"], "turned", &[ints("perm", &[0, 2, 3, 1])]),
            node("Flatten", &["turned"], "flat", &[]),
            node("Gemm", &["flat", "dense", "bias"], "logits", &[]),
            node("Sigmoid", &["logits"], "y", &[]),
        ] {
            graph.bytes(1, &node);
        }
        graph.text(2, "small");
        graph.bytes(5, &weights("kernel", &[4, 1, 3, 3])).bytes(5, &weights("four", &[4]));
        graph.bytes(5, &weights("dense", &[16, 3])).bytes(5, &weights("bias", &[3])).bytes(5, &numbers("axis", &[1]));
        graph.message(5, |tensor| {
            _ = tensor.integer(1, 4).integer(2, 1).text(8, "var").bytes(9, &[0, 0, 128, 63].repeat(4))
        });
        graph.bytes(11, &end("x", &[0, 8, 6])).bytes(12, &end("y", &[0, 3]));
    });
    message(|model| _ = model.integer(1, 8).bytes(7, &graph).message(8, |set| _ = set.integer(2, 13)))
}
