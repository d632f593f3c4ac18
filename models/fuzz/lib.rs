//! Shared code of the fuzz targets: conversion of a network of any format, once per output.

use earmark_import::Source;

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
    }
}
