//! ONNX files in the engine: each converted network is loaded and runs once, or is rejected.

#![no_main]

use earmark_import::{Format, Source};
use earmark_models::engine_from_onnx;
use earmark_models_fuzz::converted;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::from_bytes(bytes) else { return };
    if source.format() != Format::Onnx {
        return;
    }
    converted(&source, |shape, onnx| {
        if let Ok(engine) = engine_from_onnx(onnx, shape, &["activations"]) {
            let _ = engine.run(&vec![0.5; shape.iter().product()], &mut [Vec::new()]);
        }
    });
});
