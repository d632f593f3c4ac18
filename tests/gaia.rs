//! Gaia's classifiers: real history files, decisions of LIBSVM, and released models on clips.

mod clips;
mod files;
mod machines;

use std::fs;
use std::path::{Path, PathBuf};

use earmark_tests::reference::fixtures;
use serde_json::Value as Json;

/// Returns the history files of the reference data.
fn histories(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ["essentia_2.0.1_models", "gaia_unittest"]
        .iter()
        .flat_map(|group| fs::read_dir(folder.join("history").join(group)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "history" || extension == "hist"))
        .collect();
    files.sort();
    files
}

/// Returns a fixture of numbers that C LIBSVM computed (`tests/gaia/prepare.py`).
fn fixture(name: &str) -> Json {
    serde_json::from_slice(&fs::read(fixtures().join("gaia").join(name)).unwrap()).unwrap()
}

/// Returns floats that are stored as hexadecimal digits.
fn exact(values: &Json) -> Vec<f64> {
    let bits = |value: &Json| u64::from_str_radix(value.as_str().unwrap(), 16).unwrap();
    values.as_array().unwrap().iter().map(|value| f64::from_bits(bits(value))).collect()
}

/// Returns numbers.
fn numbers(values: &Json) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Returns the largest difference of two lists of equal length.
fn worst_difference(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs()))
}
