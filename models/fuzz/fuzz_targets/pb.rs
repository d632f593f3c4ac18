//! TensorFlow graphs and SavedModels with any content give a network or an error.

#![no_main]

use earmark_import::{Format, Source};
use earmark_models_fuzz::converted;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(source) = Source::from_bytes(bytes)
        && source.format() != Format::Onnx
    {
        converted(&source, |_, _| {});
    }
});
