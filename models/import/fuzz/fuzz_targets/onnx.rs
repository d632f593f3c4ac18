//! ONNX files: an answer or an error, whatever is in them.

#![no_main]

use earmark_import::{Format, Source};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes(bytes) else { return };
    if source.format() != Format::Onnx {
        return;
    }
    let Some(input) = source.inputs().first() else { return };
    let sides = input.shape.iter().flatten().map(|side| side.unwrap_or(1));
    let shape: Vec<_> = sides.enumerate().map(|(axis, side)| if axis == 0 { 1 } else { side }).collect();
    for output in source.outputs() {
        let _ = source.to_onnx((&input.name, &shape), &[(&output.name, "activations")]);
    }
});
