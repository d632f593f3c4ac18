//! Music extractor: agreement with the reference leaf by leaf, streams and windows, and unusual input.

mod conditions;
mod leaves;
mod lowlevel;
mod rhythm;
mod streams;
mod tonal;

use std::fs;
use std::path::Path;

use earmark_descriptors::{Extractor, Pool, Profile, Value};
use earmark_dsp::SampleRate;
use serde_json::Value as Json;

use crate::host::clip::Clip;

/// Returns interleaved samples of a file, with its rate and number of channels.
fn decoded(path: &Path) -> (Vec<f32>, SampleRate, usize) {
    let clip = Clip::read(path);
    let channels = clip.channels.len();
    let frame = |i: usize| clip.channels.iter().map(move |channel| channel[i]);
    ((0..clip.frames()).flat_map(frame).collect(), SampleRate::new(clip.rate_hz).unwrap(), channels)
}

/// Returns the mean of the channels of a file.
fn mono(path: &Path) -> Vec<f32> {
    let clip = Clip::read(path);
    let count = clip.channels.len() as f32;
    (0..clip.frames()).map(|i| clip.channels.iter().map(|channel| channel[i]).sum::<f32>() / count).collect()
}

/// Reads a JSON file.
fn json(path: &Path) -> Json {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Returns the descriptors of samples that arrive in blocks of `block` frames.
fn extracted(samples: &[f32], rate: SampleRate, channels: usize, profile: &Profile, block: usize) -> Pool {
    let mut extractor = Extractor::builder(rate, channels).profile(profile.clone()).build().unwrap();
    samples.chunks(block * channels).for_each(|part| extractor.push(part));
    extractor.finish()
}

/// Returns the numbers of a value, row by row.
fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Number(number) => vec![*number],
        Value::Vector(vector) => vector.clone(),
        Value::Matrix(rows) => rows.concat(),
        Value::Text(_) | Value::Texts(_) | Value::Null => Vec::new(),
    }
}
