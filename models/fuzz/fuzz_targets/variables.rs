//! The index of the variables of a SavedModel with any content gives a network or an error.

#![no_main]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use earmark_import::Source;
use earmark_models_fuzz::converted;
use libfuzzer_sys::fuzz_target;

const GRAPH: &[u8] = include_bytes!("../../../tests/fixtures/imported-keras/saved/saved_model.pb");
const WEIGHTS: &[u8] =
    include_bytes!("../../../tests/fixtures/imported-keras/saved/variables/variables.data-00000-of-00001");

/// A SavedModel without its index.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("earmark-fuzz-variables-{}", std::process::id()));
    fs::create_dir_all(folder.join("variables")).expect("a folder for the SavedModel");
    fs::write(folder.join("saved_model.pb"), GRAPH).expect("the graph");
    fs::write(folder.join("variables/variables.data-00000-of-00001"), WEIGHTS).expect("the weights");
    folder
});

fuzz_target!(|bytes: &[u8]| {
    fs::write(FOLDER.join("variables/variables.index"), bytes).expect("the index");
    if let Ok(source) = Source::from_model_file(GRAPH, &FOLDER) {
        converted(&source, |_, _| {});
    }
});
