//! Tonal descriptors against the reference: peaks, tuning, profiles and chords frame by frame, and every leaf.

use std::fs;

use earmark_descriptors::tonal::{Tonal, TuningHistogram, tuning_hz};
use earmark_descriptors::{FrameOptions, Pool, PoolWriter, Statistics, Value};
use earmark_tests::reference::folder;
use ndarray::{Array1, Array2, Array3};
use ndarray_npy::NpzReader;
use serde_json::Value as Json;

use super::{json, mono};

/// Clips with results frame by frame.
const STAGED: [&str; 4] = ["synth30", "solo_piano", "metal_growl", "pop_vocal_mp3"];
/// Clips with results for every leaf only.
const OTHERS: [&str; 2] = ["choir_ambient", "rock_female_vocal"];

/// Largest difference of a profile value (0 to 1) from the reference.
const PROFILE_TOLERANCE: f32 = 5e-4;
/// Largest difference of a chord's strength (-1 to 1).
const STRENGTH_TOLERANCE: f32 = 1e-5;
/// Largest difference of the frequency of a peak in Hz; a bin is 10.8 Hz wide.
const PEAK_HZ_TOLERANCE: f32 = 0.1;
/// Largest relative difference of the magnitude of a peak.
const PEAK_MAGNITUDE_TOLERANCE: f32 = 1e-4;

/// Returns the analyzed clip and the gain to describe it with.
///
/// The reference clips after the gain. A clip that this changes is analyzed after gain and clipping.
fn analyzed(name: &str) -> (Tonal, f64) {
    let folder = folder().unwrap();
    let (audio, replay_gain) = if STAGED.contains(&name) {
        let replay_gain = json(&folder.join(format!("extractor/stages/{name}.json")))["replay_gain"].as_f64().unwrap();
        let synthetic = folder.join(format!("extractor/{name}.wav"));
        (Some(synthetic).filter(|path| path.is_file()), replay_gain)
    } else {
        let leaves = json(&folder.join(format!("extractor/{name}.json")));
        (None, leaves["metadata"]["audio_properties"]["replay_gain"].as_f64().unwrap())
    };
    let mut samples = mono(&audio.unwrap_or_else(|| folder.join(format!("audio/{name}.flac"))));
    let mut gain = 10_f64.powf((replay_gain + 6.0) / 20.0);
    let gained = |sample: f32| f64::from(sample) * gain;
    if samples.iter().any(|&sample| gained(sample).abs() > 1.0) {
        samples = samples.iter().map(|&sample| gained(sample).clamp(-1.0, 1.0) as f32).collect();
        gain = 1.0;
    }
    let mut tonal = Tonal::new(FrameOptions::TONAL, &|_| true).unwrap();
    samples.chunks(1000).for_each(|block| tonal.push(block));
    tonal.finish();
    (tonal, gain)
}

#[test(needs(Reference))]
fn tonal_frames_match_the_reference() {
    for name in STAGED {
        let stages = folder().unwrap().join("extractor/stages");
        let mut arrays = NpzReader::new(fs::File::open(stages.join(format!("{name}.npz"))).unwrap()).unwrap();
        let hpcp: Array2<f32> = arrays.by_name("hpcp_key").unwrap();
        let chord_hpcp: Array2<f32> = arrays.by_name("hpcp_chord").unwrap();
        let high_resolution: Array1<f32> = arrays.by_name("hpcp_highres_mean").unwrap();
        let strengths: Array1<f32> = arrays.by_name("chords_strength").unwrap();
        let tuning: Array1<f32> = arrays.by_name("tuning_running").unwrap();
        let peaks: Array3<f32> = arrays.by_name("peaks60_every50_from10").unwrap();
        let chords = json(&stages.join(format!("{name}.json")))["chords"].clone();
        let (mut tonal, gain) = analyzed(name);
        assert_eq!(tonal.len(), hpcp.nrows(), "{name}");
        let mut histogram = TuningHistogram::default();
        let mut mean = vec![0.0; high_resolution.len()];
        tonal.for_each_frame(None, gain, |frame| {
            let index = frame.index;
            let close = |got: &[f32], expected: ndarray::ArrayView1<'_, f32>, what: &str| {
                for (bin, (got, expected)) in got.iter().zip(expected).enumerate() {
                    let difference = (got - expected).abs();
                    assert!(difference < PROFILE_TOLERANCE, "{name} {what} {index} {bin}: {got}, expected {expected}");
                }
            };
            close(frame.hpcp, hpcp.row(index), "hpcp");
            close(frame.chord_hpcp, chord_hpcp.row(index), "chord hpcp");
            mean.iter_mut().zip(frame.high_resolution_hpcp).for_each(|(sum, value)| *sum += f64::from(*value));
            let chord = frame.chord.unwrap();
            assert_eq!(chord.to_string(), chords[index].as_str().unwrap(), "{name} chord {index}");
            assert!((chord.strength - strengths[index]).abs() < STRENGTH_TOLERANCE, "{name} {index}: {chord:?}");
            histogram.add(frame.tuning);
            let hz = tuning_hz(histogram.cents()) as f32;
            assert!((hz - tuning[index]).abs() < 1e-3, "{name} tuning {index}: {hz}, expected {}", tuning[index]);
            if index % 50 == 10 && index / 50 < peaks.shape()[0] {
                let expected = peaks.index_axis(ndarray::Axis(0), index / 50);
                let got = frame.peaks.iter().filter(|peak| f64::from(peak.height) * gain > 1e-5);
                let got: Vec<[f32; 2]> = got.map(|peak| [peak.hz, (f64::from(peak.magnitude) * gain) as f32]).collect();
                assert_eq!(got.len(), expected.row(1).iter().filter(|magnitude| **magnitude > 0.0).count());
                for (place, [hz, magnitude]) in got.into_iter().enumerate() {
                    let (expected_hz, expected) = (expected[[0, place]], expected[[1, place]]);
                    let close = (hz - expected_hz).abs() < PEAK_HZ_TOLERANCE
                        && (magnitude / expected - 1.0).abs() < PEAK_MAGNITUDE_TOLERANCE;
                    assert!(
                        close,
                        "{name} {index} {place}: {magnitude} at {hz} Hz, expected {expected} at {expected_hz}"
                    );
                }
            }
        });
        for (bin, (sum, &expected)) in mean.iter().zip(&high_resolution).enumerate() {
            let got = (sum / hpcp.nrows() as f64) as f32;
            assert!((got - expected).abs() < PROFILE_TOLERANCE, "{name} bin {bin}: {got}, expected {expected}");
        }
    }
}

#[test(needs(Reference))]
fn tonal_leaves_are_within_the_tolerances_of_the_reference() {
    let extractor = folder().unwrap().join("extractor");
    let table = fs::read_to_string(extractor.join("leaves.tsv")).unwrap();
    for name in STAGED.iter().chain(&OTHERS) {
        let (mut tonal, gain) = analyzed(name);
        let (mut pool, statistics) = (Pool::default(), Statistics::default());
        tonal.describe(None, gain, &mut PoolWriter::new(&mut pool, &statistics, &|_| true));
        let own = extractor.join(format!("{name}.json"));
        let is_own = own.is_file();
        let leaves = json(&if is_own { own } else { extractor.join("musicextractor_layout.json") });
        let mut compared = 0;
        for line in table.lines().filter(|line| line.starts_with("tonal.")) {
            let columns: Vec<&str> = line.split('\t').collect();
            let (leaf, tolerance) = (columns[0], columns[8].trim().parse().unwrap_or(0.0));
            let expected = if is_own {
                leaf.split('.').fold(&leaves, |node, part| &node[part])
            } else {
                &leaves["stats"][leaf]["value"]
            };
            let deviation = deviation(pool.get(leaf).unwrap(), expected);
            assert!(deviation <= tolerance, "{name} {leaf}: deviation {deviation:e}, tolerance {tolerance:e}");
            compared += 1;
        }
        assert_eq!((compared, pool.len()), (59, 59), "{name}");
    }
}

/// Returns the largest difference, divided by the largest expected value; infinite for different texts.
fn deviation(got: &Value, expected: &Json) -> f64 {
    let numbers = |json: &Json| -> Vec<f64> {
        json.as_array().map_or_else(
            || vec![json.as_f64().unwrap()],
            |values| values.iter().map(|value| value.as_f64().unwrap()).collect(),
        )
    };
    let got = match got {
        Value::Text(text) => return if Some(text.as_str()) == expected.as_str() { 0.0 } else { f64::INFINITY },
        Value::Number(number) => vec![*number],
        Value::Vector(vector) => vector.clone(),
        other => panic!("{other:?}"),
    };
    let expected = numbers(expected);
    assert_eq!(got.len(), expected.len());
    let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let difference = got.iter().zip(&expected).fold(0.0, |worst: f64, (a, b)| worst.max((a - b).abs()));
    if difference == 0.0 { 0.0 } else { difference / largest.max(f64::MIN_POSITIVE) }
}
