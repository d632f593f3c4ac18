//! Rhythm descriptors against the reference: detection functions, beats of both trackers, loudness of the beats, and
//! every leaf.

use std::fs;

use earmark_descriptors::rhythm::beats_loudness::BeatMeter;
use earmark_descriptors::rhythm::danceability::{BlockDeviations, exponents};
use earmark_descriptors::rhythm::onset_rate::{OnsetFunctions, onset_frames};
use earmark_descriptors::rhythm::{
    AudioSpan, BeatMethod, DegaraOptions, DetectionFunction, Rhythm, RhythmOptions, beats_degara,
};
use earmark_descriptors::{Pool, PoolWriter, Statistics, Value};
use earmark_tests::reference::folder;
use ndarray::{Array1, Array2};
use ndarray_npy::NpzReader;
use serde_json::Value as Json;

use super::{json, mono};

/// Clips with results of every stage.
const STAGED: [&str; 4] = ["synth30", "solo_piano", "metal_growl", "pop_vocal_mp3"];
/// Clips with results for every leaf only.
const OTHERS: [&str; 2] = ["choir_ambient", "rock_female_vocal"];
/// Name of each detection function in the results.
const FUNCTIONS: [(DetectionFunction, &str); 5] = [
    (DetectionFunction::Complex, "complex"),
    (DetectionFunction::RmsRise, "rms"),
    (DetectionFunction::MelFlux, "melflux"),
    (DetectionFunction::BeatEmphasis, "beat_emphasis"),
    (DetectionFunction::InformationGain, "infogain"),
];

/// Largest difference of a detection function, relative to its maximum.
const FUNCTION_TOLERANCE: f64 = 2e-4;
/// Largest difference of an exponent of the danceability, relative to the largest exponent.
const EXPONENT_TOLERANCE: f64 = 1e-3;
/// Largest difference of a time in seconds: rounding to single precision.
const TIME_TOLERANCE_S: f64 = 5e-6;

/// Samples to analyze and the gain to describe them with.
struct Signal {
    samples: Vec<f32>,
    gain: f64,
}

impl Signal {
    /// Reads a clip as the mean of its channels. The reference clips after the gain: a clip that this changes has gain
    /// and clipping applied.
    fn read(name: &str) -> Self {
        let folder = folder().unwrap();
        let replay_gain = if STAGED.contains(&name) {
            json(&folder.join(format!("extractor/stages/{name}.json")))["replay_gain"].clone()
        } else {
            let leaves = json(&folder.join(format!("extractor/{name}.json")));
            leaves["metadata"]["audio_properties"]["replay_gain"].clone()
        };
        let gain = 10_f64.powf((replay_gain.as_f64().unwrap() + 6.0) / 20.0);
        let synthetic = folder.join(format!("extractor/{name}.wav"));
        let recorded = folder.join(format!("audio/{name}.flac"));
        let samples = mono(if synthetic.is_file() { &synthetic } else { &recorded });
        let gained = |sample: f32| f64::from(sample) * gain;
        if samples.iter().all(|&sample| gained(sample).abs() <= 1.0) {
            return Self { samples, gain };
        }
        let clipped = samples.iter().map(|&sample| gained(sample).clamp(-1.0, 1.0) as f32).collect();
        Self { samples: clipped, gain: 1.0 }
    }

    fn analyzed(&self, method: BeatMethod) -> Rhythm {
        let options = RhythmOptions { method, compat: true, ..Default::default() };
        let mut rhythm = Rhythm::new(&options, &|_| true).unwrap();
        self.samples.chunks(1000).for_each(|block| rhythm.push(block));
        rhythm.finish();
        rhythm
    }

    fn audio(&self) -> AudioSpan<'_> {
        AudioSpan { start: 0, samples: &self.samples }
    }
}

/// Results of every stage for a clip.
struct Stages {
    name: &'static str,
    arrays: NpzReader<fs::File>,
}

impl Stages {
    fn open(name: &'static str) -> Self {
        let path = folder().unwrap().join(format!("extractor/stages/{name}.npz"));
        Self { name, arrays: NpzReader::new(fs::File::open(path).unwrap()).unwrap() }
    }

    fn row(&mut self, stage: &str) -> Vec<f64> {
        let array: Array1<f32> = self.arrays.by_name(stage).unwrap();
        array.iter().map(|&value| f64::from(value)).collect()
    }

    /// Compares values; `relative` makes the tolerance one of the largest expected value.
    fn compare(&mut self, stage: &str, got: &[f64], tolerance: f64, relative: bool) {
        let expected = self.row(stage);
        assert_eq!(got.len(), expected.len(), "{} {stage}", self.name);
        let scale = if relative { largest(&expected) } else { 1.0 };
        let worst = difference(got, &expected) / scale;
        assert!(worst <= tolerance, "{} {stage}: deviation {worst:e}, tolerance {tolerance:e}", self.name);
    }
}

fn largest(values: &[f64]) -> f64 {
    values.iter().fold(f64::MIN_POSITIVE, |largest, value| largest.max(value.abs()))
}

fn difference(got: &[f64], expected: &[f64]) -> f64 {
    got.iter().zip(expected).fold(0.0, |worst, (a, b)| worst.max((a - b).abs()))
}

fn gained(values: &[f32], gain: f64) -> Vec<f64> {
    values.iter().map(|&value| gain * f64::from(value)).collect()
}

#[test(needs(Reference))]
fn detection_functions_and_their_beats_match_the_reference() {
    for name in STAGED {
        let signal = Signal::read(name);
        let rhythm = signal.analyzed(BeatMethod::Multifeature);
        let mut stages = Stages::open(name);
        for (function, stage) in FUNCTIONS {
            let values = rhythm.detection_function(function, None, signal.gain);
            stages.compare(&format!("odf_{stage}"), &values, FUNCTION_TOLERANCE, true);
            let options = DegaraOptions { upsampling: function.upsampling(), ..Default::default() };
            let beats = beats_degara(&values, function.rate_hz(), options);
            stages.compare(&format!("ticks_{stage}"), &beats, TIME_TOLERANCE_S, false);
        }
        let beats = rhythm.beats(None, signal.gain);
        stages.compare("ticks_multifeature", &beats.times_s, TIME_TOLERANCE_S, false);
        let path = folder().unwrap().join(format!("extractor/stages/{name}.json"));
        let confidence = json(&path)["multifeature"]["confidence_recomputed"].as_f64().unwrap();
        let got = beats.confidence.unwrap();
        assert!((got - confidence).abs() < 1e-6, "{name}: confidence {got}, expected {confidence}");
    }
}

#[test(needs(Reference))]
fn onsets_and_fluctuations_match_the_reference() {
    for name in STAGED {
        let signal = Signal::read(name);
        let mut stages = Stages::open(name);
        let mut onsets = OnsetFunctions::new().unwrap();
        let mut blocks = BlockDeviations::default();
        for block in signal.samples.chunks(1000) {
            onsets.push(block);
            blocks.push(block);
        }
        onsets.finish();
        stages.compare("onset_odf_hfc", &gained(onsets.hfc(), signal.gain), FUNCTION_TOLERANCE, true);
        stages.compare("onset_odf_complex", &gained(onsets.complex(), signal.gain), FUNCTION_TOLERANCE, true);
        let frames = onset_frames(onsets.hfc(), onsets.complex());
        let times: Vec<f64> = frames.into_iter().map(|frame| frame as f64 * 512.0 / 44_100.0).collect();
        stages.compare("onset_times", &times, TIME_TOLERANCE_S, false);
        stages.compare("danceability_dfa", &exponents(blocks.deviations()), EXPONENT_TOLERANCE, true);
    }
}

#[test(needs(Reference))]
fn beats_and_their_loudness_match_the_reference() {
    for name in STAGED {
        let signal = Signal::read(name);
        let mut stages = Stages::open(name);
        let beats = signal.analyzed(BeatMethod::Degara).beats(None, signal.gain).times_s;
        stages.compare("ticks_final_degara", &beats, TIME_TOLERANCE_S, false);
        let mut meter = BeatMeter::new().unwrap();
        let loudness: Vec<_> =
            beats.iter().filter_map(|&beat| meter.measure(signal.audio(), signal.gain, beat)).collect();
        let energies: Vec<f64> = loudness.iter().map(|beat| beat.energy).collect();
        stages.compare("beats_loudness", &energies, 1e-3, true);
        let ratios: Array2<f32> = stages.arrays.by_name("beats_loudness_band_ratio").unwrap();
        for (beat, (got, expected)) in loudness.iter().zip(ratios.rows()).enumerate() {
            let expected: Vec<f64> = expected.iter().map(|&value| f64::from(value)).collect();
            let worst = difference(&got.ratios, &expected);
            assert!(worst < 1e-4, "{name} beat {beat}: {:?}, expected {expected:?}", got.ratios);
        }
    }
}

#[test(needs(Reference))]
fn rhythm_leaves_are_within_the_tolerances_of_the_reference() {
    let extractor = folder().unwrap().join("extractor");
    let table = fs::read_to_string(extractor.join("leaves.tsv")).unwrap();
    for name in STAGED.into_iter().chain(OTHERS) {
        let signal = Signal::read(name);
        let (mut pool, statistics) = (Pool::default(), Statistics::default());
        let mut writer = PoolWriter::new(&mut pool, &statistics, &|_| true);
        signal.analyzed(BeatMethod::Degara).describe(None, signal.gain, Some(signal.audio()), &mut writer);
        let own = extractor.join(format!("{name}.json"));
        let leaves = own.is_file().then(|| json(&own));
        let layout = json(&extractor.join("musicextractor_layout.json"));
        let mut compared = 0;
        for line in table.lines().filter(|line| line.starts_with("rhythm.")) {
            let columns: Vec<&str> = line.split('\t').collect();
            let (leaf, tolerance) = (columns[0], columns[8].trim().parse().unwrap_or(0.0));
            let expected = match &leaves {
                Some(leaves) => leaf.split('.').fold(leaves, |node, part| &node[part]),
                None => &layout["stats"][leaf]["value"],
            };
            let deviation = deviation(pool.get(leaf).unwrap(), expected);
            assert!(deviation <= tolerance, "{name} {leaf}: deviation {deviation:e}, tolerance {tolerance:e}");
            compared += 1;
        }
        assert_eq!((compared, pool.len()), (31, 31), "{name}");
    }
}

/// Returns the largest difference, divided by the largest expected value.
fn deviation(got: &Value, expected: &Json) -> f64 {
    let got = match got {
        Value::Number(number) => vec![*number],
        Value::Vector(vector) => vector.clone(),
        other => panic!("{other:?}"),
    };
    let expected: Vec<f64> = match expected.as_array() {
        Some(values) => values.iter().map(|value| value.as_f64().unwrap()).collect(),
        None => vec![expected.as_f64().unwrap()],
    };
    assert_eq!(got.len(), expected.len());
    difference(&got, &expected) / largest(&expected)
}
