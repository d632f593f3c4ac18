//! Described front ends: features equal those of librosa and madmom, at any block size.
//!
//! The expected values were written by `tests/imported/make_front_ends.py`.

use std::fs;

use earmark_dsp::FrontEnd;
use earmark_models::Card;
use earmark_tests::arrays;
use earmark_tests::listen::features;
use earmark_tests::reference::fixtures;
use serde_json::Value;

/// A front end, and expected frames by index.
struct Case {
    name: String,
    /// The table `front_end` of a card.
    table: String,
    front_end: FrontEnd,
    /// Greatest difference.
    tolerance: f32,
    frames: Vec<(usize, Vec<f32>)>,
}

fn read_front_end(table: &str) -> FrontEnd {
    Card::front_end_from_toml(table).unwrap()
}

/// Returns the samples of the fixture, its rate and the cases.
fn cases() -> (Vec<f32>, f64, Vec<Case>) {
    let text = fs::read_to_string(fixtures().join("front-ends.json")).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let (samples, rate_hz) = arrays::mono_wav(&fixtures().join(document["file"].as_str().unwrap())).unwrap();
    let case = |case: &Value| {
        // Texts and numbers are written alike in JSON and TOML.
        let keys = case["front_end"].as_object().unwrap().iter();
        let table =
            format!("[front_end]\n{}", keys.map(|(key, value)| format!("{key} = {value}\n")).collect::<String>());
        let numbers = |values: &Value| -> Vec<f32> {
            values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
        };
        let frames = case["frames"].as_object().unwrap().iter();
        Case {
            name: case["name"].as_str().unwrap().to_owned(),
            front_end: read_front_end(&table),
            table,
            tolerance: case["tolerance"].as_f64().unwrap() as f32,
            frames: frames.map(|(index, values)| (index.parse().unwrap(), numbers(values))).collect(),
        }
    };
    let cases = document["cases"].as_array().unwrap().iter().map(case).collect();
    (samples, f64::from(rate_hz), cases)
}

/// Returns the greatest difference from the expected frames.
fn worst(case: &Case, features: &[f32]) -> f32 {
    let width = case.front_end.bands();
    let difference = |(index, expected): &(usize, Vec<f32>)| {
        assert_eq!(expected.len(), width, "{}", case.name);
        let got = &features[index * width..(index + 1) * width];
        got.iter().zip(expected).map(|(got, expected)| (got - expected).abs()).fold(0.0, f32::max)
    };
    case.frames.iter().map(difference).fold(0.0, f32::max)
}

#[test]
fn described_features_match_those_of_other_libraries() {
    let (samples, rate_hz, cases) = cases();
    for case in &cases {
        let worst = worst(case, &features(case.front_end, rate_hz, [&samples[..]]).unwrap());
        println!("{}: worst difference {worst:e}, tolerance {:e}", case.name, case.tolerance);
        assert!(worst <= case.tolerance, "{}: {worst} above {}", case.name, case.tolerance);
    }
}

#[test]
fn one_changed_parameter_exceeds_the_tolerance() {
    let (samples, rate_hz, cases) = cases();
    let changes = [
        ("\"slaney\"", "\"htk\""),
        ("\"htk\"", "\"slaney\""),
        ("\"hamming\"", "\"hann\""),
        ("low_hz = 6", "low_hz = 7"),
        ("\"sum\"", "\"none\""),
    ];
    for case in &cases {
        let (from, to) = changes.iter().find(|(from, _)| case.table.contains(from)).unwrap();
        let front_end = read_front_end(&case.table.replace(from, to));
        let worst = worst(case, &features(front_end, rate_hz, [&samples[..]]).unwrap());
        assert!(worst > case.tolerance, "{} with {to}: {worst} within {}", case.name, case.tolerance);
    }
}

#[test]
fn described_features_are_bit_identical_for_any_block_size() {
    let (samples, rate_hz, cases) = cases();
    for case in &cases {
        let whole = features(case.front_end, rate_hz, [&samples[..]]).unwrap();
        for size in [1, 137, 512, 4096] {
            let got = features(case.front_end, rate_hz, samples.chunks(size)).unwrap();
            let is_equal = got.iter().map(|value| value.to_bits()).eq(whole.iter().map(|value| value.to_bits()));
            assert!(is_equal, "{} in blocks of {size}", case.name);
        }
    }
}
