//! Words of the errors of what is not supported, and the values of flags.

use super::small::{function, graph, integers, library, message, node, shape, tensor};
use crate::protobuf::Message;
use crate::{ImportError, Source};

/// Encodes an ONNX file of these nodes, with the inputs `input` and `sr`.
fn onnx(fill: impl FnOnce(&mut Message)) -> Vec<u8> {
    let graph = message(|graph| {
        fill(graph);
        for name in ["input", "sr"] {
            graph.message(11, |input| _ = input.text(1, name));
        }
        graph.message(12, |output| _ = output.text(1, "output"));
    });
    message(|model| _ = model.bytes(7, &graph).message(8, |set| _ = set.integer(2, 13)))
}

/// Encodes a branch that forwards a value of the graph around it.
fn branch(name: &str, value: &str) -> Vec<u8> {
    let graph = message(|graph| {
        graph.message(1, |node| _ = node.text(1, value).text(2, "z").text(4, "Relu"));
        graph.message(12, |output| _ = output.text(1, "z"));
    });
    message(|attribute| _ = attribute.text(1, name).bytes(6, &graph).integer(20, 5))
}

#[test]
fn branch_that_depends_on_an_input_is_rejected_with_all_inputs() {
    let file = onnx(|graph| {
        graph.message(1, |node| _ = node.text(1, "sr").text(2, "flag").text(4, "Not"));
        graph.message(1, |node| {
            node.text(1, "flag").text(2, "output").text(4, "If");
            node.bytes(5, &branch("then_branch", "input")).bytes(5, &branch("else_branch", "input"));
        });
    });
    let source = Source::from_bytes(&file).unwrap();
    assert!(source.check_branches(&["sr"]).is_ok());
    let error = source.check_branches(&[]).unwrap_err().to_string();
    assert!(error.contains("inputs input, sr; `If` not supported"), "{error}");
}

#[test]
fn sparse_constant_is_rejected_as_unsupported() {
    let file = onnx(|graph| {
        graph.message(15, |sparse| _ = sparse.message(1, |values| _ = values.text(8, "w")));
    });
    let error = Source::from_bytes(&file).unwrap_err().to_string();
    assert!(error.contains("`w`") && error.contains("not supported"), "{error}");
}

#[test]
fn local_function_that_calls_itself_is_rejected() {
    let call = |node: &mut Message| _ = node.text(1, "a").text(2, "b").text(4, "again").text(7, "own");
    let mut file = onnx(|graph| {
        graph.message(1, |node| _ = node.text(1, "input").text(2, "output").text(4, "again").text(7, "own"));
    });
    file.extend(message(|model| {
        model.message(25, |function| {
            function.text(1, "again").text(4, "a").text(5, "b").text(10, "own").message(7, call);
        });
    }));
    assert!(matches!(Source::from_bytes(&file), Err(ImportError::Cycle(_))));
}

/// Encodes a dropout that keeps the values at which a random number is at least `rate`.
fn dropout(rate: &str, more: &[Vec<u8>]) -> Vec<u8> {
    let mut nodes = vec![
        node("x", "Placeholder", &[], &[shape("shape", &[1, 4])]),
        node("dims", "Const", &[], &[integers("value", &[2], &[1, 4])]),
        node("noise", "RandomUniform", &["dims"], &[]),
        node("zero", "Const", &[], &[tensor("value", &[], &[0.0])]),
        node("half", "Const", &[], &[tensor("value", &[], &[0.5])]),
        node("one", "Const", &[], &[tensor("value", &[], &[1.0])]),
        node("kept", "GreaterEqual", &["noise", rate], &[]),
        node("y", "SelectV2", &["kept", "x", "zero"], &[]),
    ];
    nodes.extend_from_slice(more);
    graph(&nodes)
}

#[test]
fn dropout_converts_only_if_it_keeps_all_values() {
    let convert = |file: &[u8]| {
        let source = Source::from_bytes(file).unwrap();
        assert_eq!(source.inputs().len(), 1, "{:?}", source.inputs());
        source.to_onnx(("x", &[1, 4]), &[("y", "y")])
    };
    assert!(convert(&dropout("zero", &[])).is_ok());
    let keep = [node("keep_prob", "Placeholder", &[], &[]), node("rate", "Sub", &["one", "keep_prob"], &[])];
    assert!(convert(&dropout("rate", &keep)).is_ok());
    let error = convert(&dropout("half", &[])).unwrap_err().to_string();
    assert!(error.contains("inference mode"), "{error}");
}

/// Encodes a loop whose body adds the counter to a value, until the counter is `steps`.
fn counted(steps: i64) -> Vec<u8> {
    let with = |name: &str, target: &str| function(name, target);
    let main = graph(&[
        node("x", "Placeholder", &[], &[shape("shape", &[1, 4])]),
        node("start", "Const", &[], &[tensor("value", &[], &[0.0])]),
        node("loop", "While", &["start", "x"], &[with("cond", "goes_on"), with("body", "step")]),
        node("y", "Identity", &["loop:1"], &[]),
    ]);
    let goes_on = [
        node("steps", "Const", &[], &[tensor("value", &[], &[steps as f32])]),
        node("less", "Less", &["a", "steps:output:0"], &[]),
    ];
    let step = [
        node("one", "Const", &[], &[tensor("value", &[], &[1.0])]),
        node("next", "AddV2", &["a", "one:output:0"], &[]),
        node("relu", "Relu", &["b"], &[]),
        node("sum", "AddV2", &["relu:activations:0", "next:z:0"], &[]),
    ];
    let pair = |name: &str, results: &[(&str, &str)], body: &[Vec<u8>]| {
        message(|graph| {
            graph.message(2, |library| {
                library.message(1, |function| {
                    function.message(1, |signature| {
                        signature.text(1, name);
                        ["a", "b"]
                            .iter()
                            .for_each(|argument| _ = signature.message(2, |field| _ = field.text(1, argument)));
                        results
                            .iter()
                            .for_each(|(result, _)| _ = signature.message(3, |field| _ = field.text(1, result)));
                    });
                    body.iter().for_each(|node| _ = function.bytes(3, node));
                    results.iter().for_each(|(result, value)| {
                        _ = function.message(4, |entry| _ = entry.text(1, result).text(2, value));
                    });
                });
            });
        })
    };
    let condition = library("unused", "a", "b", "a", &[]);
    let goes_on = pair("goes_on", &[("r", "less:z:0")], &goes_on);
    let step = pair("step", &[("r", "next:z:0"), ("s", "sum:z:0")], &step);
    [main, condition, goes_on, step].concat()
}

#[test]
fn loop_of_a_few_steps_converts_and_a_long_one_is_rejected() {
    let convert = |steps| Source::from_bytes(&counted(steps)).unwrap().to_onnx(("x", &[1, 4]), &[("y", "y")]);
    assert!(convert(5).is_ok());
    let error = convert(100_000).unwrap_err().to_string();
    assert!(error.contains("loop of a few steps"), "{error}");
}
