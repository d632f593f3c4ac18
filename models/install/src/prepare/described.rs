//! Tests of networks with a described card: states, rows, constants, and chains of heads, from the file to predictions.

use std::fs;
use std::path::Path;

use earmark_dsp::SampleRate;
use earmark_models::{Analyzer, Prediction, PredictionValue, Registry, sha256};

use super::*;
use crate::network_builder::{FLOAT, NetworkBuilder};
use crate::save;

/// Number of the element type i64 in ONNX.
const INTEGER: u64 = 7;

const SAMPLES: &str = "front_end = { features = \"samples\", sample_rate = 16000, len = 4, hop = 4, lead = 0 }\n\
                       patch_frames = 1\nhop_frames = 1\nlayout = \"frames-bands\"\nnormalisation = \"none\"\n";

/// Writes a network and its card, and prepares it.
fn prepared(files: &Path, registry: &Registry, id: &str, onnx: &[u8], keys: &str) -> Result<PreparedModel, String> {
    let (network, card) = (files.join(format!("{id}.onnx")), files.join(format!("{id}.toml")));
    // Keys of the card itself go before its tables.
    let texts = ["name", "licence", "source", "citation", "description"].map(|key| format!("{key} = \"\"\n")).concat();
    fs::write(&network, onnx).unwrap();
    fs::write(card, format!("id = \"{id}\"\nsha256 = \"{}\"\n{texts}{keys}", sha256(onnx))).unwrap();
    prepare(&network, registry).map_err(|error| error.to_string())
}

/// Adds the models, and returns the predictions of the last one for these samples.
fn predictions(models: &[(&str, Vec<u8>, String)], samples: &[f32]) -> Vec<Prediction> {
    let (files, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let registry = Registry::with_folder(folder.path().to_owned());
    for (id, onnx, keys) in models {
        let model = prepared(files.path(), &registry, id, onnx, keys).unwrap();
        assert!(save(folder.path(), &model, &registry).unwrap());
        registry.refresh();
    }
    let model = registry.load(models.last().unwrap().0).unwrap();
    let mut analyzer = Analyzer::builder(SampleRate::HZ_16000).gate(None).model(model).build().unwrap();
    let mut found = Vec::new();
    // The second stream equals the first: no state is left.
    for _ in 0..2 {
        for block in samples.chunks(3) {
            analyzer.push(block, &mut |prediction| found.push(prediction)).unwrap();
        }
        analyzer.flush(&mut |prediction| found.push(prediction)).unwrap();
    }
    let second = found.split_off(found.len() / 2);
    let outcomes = |found: &[Prediction]| found.iter().map(|one| one.outcome.clone()).collect::<Vec<_>>();
    assert_eq!(outcomes(&found), outcomes(&second));
    found
}

fn values(prediction: &Prediction) -> &[f32] {
    match &prediction.outcome {
        PredictionValue::Tags { values, .. } | PredictionValue::Values(values) => values,
        other => panic!("{other:?}"),
    }
}

/// A network whose state is the sum of all its inputs.
fn running_sum() -> Vec<u8> {
    NetworkBuilder::default()
        .input("x", FLOAT, &[1, 4])
        .input("before", FLOAT, &[0, 4])
        .input("mode", INTEGER, &[1])
        .node("Add", &["x", "before"], "after")
        .node("Add", &["after", "mode"], "raised")
        .output("raised", &[1, 4])
        .output("after", &[1, 4])
        .build()
}

#[test]
fn state_is_carried_from_patch_to_patch_and_starts_with_zeros() {
    let keys = "kind = \"values\"\nlow = 0.0\nhigh = 100.0\nlabels = [\"a\", \"b\", \"c\", \"d\"]\ninput = [1, 4]\nstates = [[1, 4]]\n"
        .to_owned()
        + SAMPLES
        + "[tensors]\nactivations = \"raised\"\nconstants = { mode = 2 }\nstates = [{ input = \"before\", output = \"after\" }]\n";
    let samples: Vec<f32> = (1..=12).map(|i| i as f32).collect();
    let found = predictions(&[("sum", running_sum(), keys)], &samples);
    let sums: Vec<&[f32]> = found.iter().map(values).collect();
    let expected: [&[f32]; 3] = [&[3.0, 4.0, 5.0, 6.0], &[8.0, 10.0, 12.0, 14.0], &[17.0, 20.0, 23.0, 26.0]];
    assert_eq!(sums, expected);
}

#[test]
fn input_that_is_neither_features_nor_described_is_named() {
    let files = tempfile::tempdir().unwrap();
    let registry = Registry::with_folder(files.path().join("models"));
    let keys = "kind = \"values\"\nlow = 0.0\nhigh = 100.0\nlabels = [\"a\", \"b\", \"c\", \"d\"]\ninput = [1, 4]\n"
        .to_owned()
        + SAMPLES
        + "[tensors]\nactivations = \"raised\"\n";
    let error = prepared(files.path(), &registry, "sum", &running_sum(), &keys).unwrap_err();
    assert!(error.contains("expected one with the features, got x, before, mode"), "{error}");
    let keys = keys.replace("[tensors]", "[tensors]\nconstant = { mode = 2 }");
    let error = prepared(files.path(), &registry, "sum", &running_sum(), &keys).unwrap_err();
    assert!(error.contains("tensors: ") && error.contains("`constant`"), "{error}");
}

/// A network that passes its input.
fn identity(dims: &[usize]) -> Vec<u8> {
    NetworkBuilder::default().input("x", FLOAT, dims).node("Identity", &["x"], "y").output("y", dims).build()
}

#[test]
fn rows_of_a_patch_become_predictions_with_their_own_times() {
    let keys = "kind = \"values\"\nlow = 0.0\nhigh = 1.0\nlabels = [\"a\"]\ninput = [1, 4]\n".to_owned()
        + SAMPLES
        + "output_rows = { count = 4, hop = 1, skip_first = 1 }\n[tensors]\nactivations = \"y\"\n";
    let samples: Vec<f32> = (0..8).map(|i| i as f32 / 10.0).collect();
    let found = predictions(&[("rows", identity(&[1, 4]), keys)], &samples);
    let got: Vec<(f32, f64)> = found.iter().map(|one| (values(one)[0], (one.start_s * 16_000.0).round())).collect();
    assert_eq!(got, [(0.1, 1.0), (0.2, 2.0), (0.3, 3.0), (0.5, 5.0), (0.6, 6.0), (0.7, 7.0)]);
    assert!(found.iter().all(|one| (one.end_s - one.start_s - 1.0 / 16_000.0).abs() < 1e-9), "{found:?}");
}

#[test]
fn chain_of_three_networks_gives_windows_of_embeddings() {
    // Two rows of two samples; then pairs of rows, twice scaled; then single embeddings of four values.
    let first = "kind = \"embedding\"\nembedding = 2\ninput = [1, 4]\n".to_owned()
        + SAMPLES
        + "output_rows = { count = 2, hop = 2 }\n[tensors]\nembeddings = \"y\"\nembeddings_multiply = 2.0\nembeddings_add = 0.5\n";
    let second = "kind = \"embedding\"\nembedding = 4\nhead_of = \"first\"\ninput = [1, 2, 2]\ninput_embeddings = 2\n\
                  hop_embeddings = 1\n[tensors]\nembeddings = \"y\"\n"
        .to_owned();
    let third =
        "kind = \"values\"\nlow = 0.0\nhigh = 9.0\nlabels = [\"a\", \"b\", \"c\", \"d\"]\nhead_of = \"second\"\n\
                 input = [1, 4]\n[tensors]\nactivations = \"y\"\n"
            .to_owned();
    let models = [
        ("first", identity(&[1, 4]), first),
        ("second", identity(&[1, 2, 2]), second),
        ("third", identity(&[1, 4]), third),
    ];
    let samples: Vec<f32> = (0..8).map(|i| i as f32 / 8.0).collect();
    let found = predictions(&models, &samples);
    let scaled = |i: usize| 2.0 * (i as f32 / 8.0) + 0.5;
    let expected: Vec<Vec<f32>> = (0..3).map(|window| (2 * window..2 * window + 4).map(scaled).collect()).collect();
    assert_eq!(found.iter().map(|one| values(one).to_vec()).collect::<Vec<_>>(), expected);
    let starts: Vec<f64> = found.iter().map(|one| (one.start_s * 16_000.0).round()).collect();
    assert_eq!(starts, [0.0, 2.0, 4.0]);
}
