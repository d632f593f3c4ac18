//! Shared code of the fuzz targets: conversion of a network of any format, once per output.

use earmark_import::{SideInputs, Source, StateInput};

/// Converts the network of a file once per output, and calls `give` with the shape of its input and each converted
/// network. Open dimensions are 1.
pub fn converted(source: &Source, mut give: impl FnMut(&[usize], &[u8])) {
    let Some(input) = source.inputs().first() else { return };
    let sides = input.shape.iter().flatten().map(|side| side.unwrap_or(1));
    let shape: Vec<_> = sides.enumerate().map(|(axis, side)| if axis == 0 { 1 } else { side }).collect();
    for output in source.outputs() {
        if let Ok(onnx) = source.to_onnx((&input.name, &shape), &[(&output.name, "activations")]) {
            give(&shape, &onnx);
        }
        // The other inputs as a constant, and as a state that is the output.
        let [_, others @ ..] = source.inputs() else { continue };
        let constants: Vec<_> = others.iter().map(|other| (&*other.name, 1.0)).collect();
        let constant = SideInputs { states: &[], constants: &constants };
        let _ = source.to_onnx_with((&input.name, &shape), &constant, &[(&output.name, "activations")]);
        let states: Vec<_> = others
            .iter()
            .map(|other| StateInput { theirs: &other.name, shape: &shape, ours: "state_0" })
            .take(1)
            .collect();
        let constants = constants.get(1..).unwrap_or_default();
        let carried = SideInputs { states: &states, constants };
        let outputs = [(&*output.name, "activations"), (&*output.name, "state_0_next")];
        let _ = source.to_onnx_with((&input.name, &shape), &carried, &outputs);
    }
}
