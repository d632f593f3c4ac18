//! R20: agreement with the reference at each stage: features, activations, embeddings, tempo.
//!
//! The fixtures are compared on every machine, real music if the reference data is present.

#[cfg(feature = "tempocnn")]
mod tempo;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use earmark_dsp::{FrontEnd, LastPatchMode};
use earmark_models::{Prediction, PredictionValue, Registry};
use earmark_tests::listen::{Setup, features, worst_difference};
use earmark_tests::reference::{fixtures, folder};
use earmark_tests::{arrays, signal};

/// Returns the largest difference of a feature from the reference.
const fn feature_tolerance(front_end: FrontEnd) -> f32 {
    match front_end {
        FrontEnd::MusiCnn => 5e-5,
        FrontEnd::Vggish => 5e-4,
        // Relative to the largest value.
        FrontEnd::TempoCnn => 1e-5,
        // In normalised units; 2.5 of them are one decade.
        FrontEnd::Maest => 2e-3,
        FrontEnd::FsdSinet => 3e-3,
        // In dB.
        FrontEnd::OpenL3Mel128 | FrontEnd::OpenL3Mel256 => 0.05,
        FrontEnd::Crepe => 0.0,
        FrontEnd::LogMel128 | FrontEnd::Described(_) => 2e-3,
    }
}
const ACTIVATION_TOLERANCE: f32 = 1e-4;
const EMBEDDING_TOLERANCE: f32 = 1e-3;

/// Samples of a clip at 16 kHz and, if present, 11.025 kHz, and the folder of the reference's results.
struct Clip {
    name: String,
    samples: [Option<Vec<f32>>; 2],
    goldens: PathBuf,
}

impl Clip {
    /// Returns every clip of the reference data.
    fn all() -> Vec<Self> {
        let folder = folder().unwrap();
        let mut goldens: Vec<_> = fs::read_dir(folder.join("goldens")).unwrap().map(|e| e.unwrap().path()).collect();
        goldens.sort();
        let clip = |goldens: PathBuf| {
            let name = goldens.file_name().unwrap().to_string_lossy().into_owned();
            let read = |kind: &str| {
                let path = folder.join(format!("audio/{name}.{kind}.wav"));
                path.is_file().then(|| arrays::mono_wav(&path).unwrap().0)
            };
            let mut samples = [read("16k"), read("11k")];
            if name == "silence" {
                samples[0] = Some(vec![0.0; 160_000]);
            }
            Self { name, samples, goldens }
        };
        goldens.into_iter().filter(|path| path.is_dir()).map(clip).collect()
    }

    fn at(&self, front_end: FrontEnd) -> Option<&[f32]> {
        self.samples[usize::from(front_end == FrontEnd::TempoCnn)].as_deref()
    }

    fn golden(&self, name: &str) -> Option<PathBuf> {
        Some(self.goldens.join(format!("{name}.npy"))).filter(|path| path.is_file())
    }
}

/// Largest difference so far, and its place.
#[derive(Default)]
struct Worst {
    difference: f32,
    place: String,
    compared: usize,
}

impl Worst {
    fn see(&mut self, difference: f32, place: &str) {
        self.compared += 1;
        if difference > self.difference {
            (self.difference, self.place) = (difference, place.to_owned());
        }
    }

    fn check(self, what: &str, tolerance: f32, at_least: usize) {
        let Self { difference, place, compared } = self;
        println!("{what}: worst {difference:.1e} of {compared} arrays ({place}), tolerance {tolerance:.0e}");
        assert!(difference <= tolerance, "{what}: {difference:e} in {place}, tolerance {tolerance:e}");
        assert!(compared >= at_least, "{what}: expected at least {at_least} arrays, got {compared}");
    }
}

fn tag_rows(predictions: &[Prediction]) -> (Vec<f32>, Vec<f32>) {
    let (mut values, mut embeddings) = (Vec::new(), Vec::new());
    for prediction in predictions {
        match &prediction.outcome {
            PredictionValue::Tags { values: tags, embedding } => {
                values.extend(tags);
                embeddings.extend(embedding.iter().flatten());
            }
            other => panic!("expected tags, got {other:?}"),
        }
    }
    (values, embeddings)
}

fn flat(path: &Path) -> Vec<f32> {
    arrays::row(path).unwrap()
}

#[test(needs(Reference))]
fn features_match_the_reference() {
    let clips = Clip::all();
    for (front_end, golden, at_least) in [
        (FrontEnd::MusiCnn, "mel_musicnn", 10),
        (FrontEnd::Vggish, "mel_vggish", 2),
        (FrontEnd::TempoCnn, "mel_tempo", 9),
    ] {
        let mut worst = Worst::default();
        for clip in &clips {
            let (Some(samples), Some(golden)) = (clip.at(front_end), clip.golden(golden)) else { continue };
            let golden = flat(&golden);
            let got = features(front_end, front_end.rate().hz(), [samples]).unwrap();
            let largest = golden.iter().fold(0.0_f32, |largest, value| largest.max(value.abs()));
            let scale = if front_end == FrontEnd::TempoCnn { largest } else { 1.0 };
            worst.see(worst_difference(&got, &golden) / scale, &clip.name);
        }
        worst.check(&format!("{} features", front_end.name()), feature_tolerance(front_end), at_least);
    }
}

#[test(needs(Reference))]
fn tags_and_embeddings_match_the_reference() {
    let clips = Clip::all();
    for id in ["msd-musicnn", "mtt-musicnn", "msd-vgg", "mtt-vgg"] {
        let model = Registry::global().load(id).unwrap();
        let (mut activations, mut embeddings) = (Worst::default(), Worst::default());
        for clip in &clips {
            let name = id.replace('-', "_");
            for (kind, hop, last_patch_mode) in [
                ("hop93", 93, LastPatchMode::Discard),
                ("hop187", 187, LastPatchMode::Discard),
                ("hop93.repeat", 93, LastPatchMode::Repeat),
            ] {
                let Some(golden) = clip.golden(&format!("{name}.activations.{kind}")) else { continue };
                let models = vec![(Arc::clone(&model), hop)];
                let setup = Setup { rate_hz: 16_000.0, models, gate: None, last_patch_mode };
                let (got, got_embeddings) = tag_rows(&setup.predict([clip.at(FrontEnd::MusiCnn).unwrap()]).unwrap());
                let place = format!("{}, {kind}", clip.name);
                activations.see(worst_difference(&got, &flat(&golden)), &place);
                if let Some(golden) = clip.golden(&format!("{name}.embeddings.{kind}")) {
                    embeddings.see(worst_difference(&got_embeddings, &flat(&golden)), &place);
                }
            }
        }
        activations.check(&format!("{id} activations"), ACTIVATION_TOLERANCE, 10);
        if id.ends_with("musicnn") {
            embeddings.check(&format!("{id} embeddings"), EMBEDDING_TOLERANCE, 20);
        }
    }
}

/// On every machine: the project's own tune.
#[test]
fn fixtures_match() {
    let fixtures = fixtures();
    let read = |name: &str| flat(&fixtures.join(format!("{name}.npy")));
    let (slow, slow_hz) = arrays::mono_wav(&fixtures.join("tune.11025.wav")).unwrap();
    let (fast, fast_hz) = arrays::mono_wav(&fixtures.join("tune.16000.wav")).unwrap();
    assert_eq!((slow_hz, fast_hz), (11_025, 16_000));
    for (front_end, name) in
        [(FrontEnd::MusiCnn, "mel_musicnn"), (FrontEnd::Vggish, "mel_vggish"), (FrontEnd::TempoCnn, "mel_tempo")]
    {
        let samples = if front_end == FrontEnd::TempoCnn { &slow } else { &fast };
        let got = features(front_end, front_end.rate().hz(), [&samples[..]]).unwrap();
        // Every eighth frame was kept.
        let got: Vec<f32> = got.chunks(front_end.bands()).step_by(8).flatten().copied().collect();
        let mut worst = Worst::default();
        worst.see(worst_difference(&got, &read(name)), name);
        worst.check(name, feature_tolerance(front_end), 1);
    }
    for id in ["msd-musicnn", "mtt-musicnn", "msd-vgg", "mtt-vgg"] {
        let name = id.replace('-', "_");
        let model = Registry::global().load(id).unwrap();
        let (values, embeddings) = tag_rows(&Setup::plain(16_000.0, model).predict([&fast[..]]).unwrap());
        let mut worst = Worst::default();
        worst.see(worst_difference(&values, &read(&format!("{name}.activations"))), id);
        worst.check(id, ACTIVATION_TOLERANCE, 1);
        if id.ends_with("musicnn") {
            let mut worst = Worst::default();
            worst.see(worst_difference(&embeddings, &read(&format!("{name}.embeddings"))), id);
            worst.check(&format!("{id} embeddings"), EMBEDDING_TOLERANCE, 1);
        }
    }
}

/// Front ends without an algorithm or recorded output of the reference, compared with a NumPy implementation on the
/// same tune.
#[test]
fn features_match_the_numpy_implementation() {
    let (samples, _) = arrays::mono_wav(&fixtures().join("tune.16000.wav")).unwrap();
    for (front_end, every_frame, every_row) in [
        (FrontEnd::Maest, 8, 1),
        (FrontEnd::FsdSinet, 8, 1),
        (FrontEnd::OpenL3Mel128, 6, 8),
        (FrontEnd::OpenL3Mel256, 6, 8),
        (FrontEnd::Crepe, 64, 1),
        (FrontEnd::LogMel128, 8, 1),
    ] {
        // The samples are interpreted at the rate of the front end.
        let all = features(front_end, front_end.rate().hz(), [&samples[..]]).unwrap();
        let kept = all.chunks(front_end.bands()).step_by(every_frame);
        let got: Vec<f32> = kept
            .flat_map(|frame| frame.chunks(front_end.bands() / front_end.rows()).step_by(every_row))
            .flatten()
            .copied()
            .collect();
        let name = format!("numpy_{}", front_end.name().replace('-', "_"));
        let mut worst = Worst::default();
        worst.see(worst_difference(&got, &flat(&fixtures().join(format!("{name}.npy")))), &name);
        worst.check(&name, feature_tolerance(front_end), 1);
    }
}

#[test]
fn maest_features_equal_shifted_and_scaled_musicnn_features() {
    let (samples, _) = arrays::mono_wav(&fixtures().join("tune.16000.wav")).unwrap();
    let golden = flat(&fixtures().join("mel_musicnn.npy"));
    let moved: Vec<f32> = golden.iter().map(|value| (value - 2.067_556_9) / 2.536_585_6).collect();
    let got = features(FrontEnd::Maest, 16_000.0, [&samples[..]]).unwrap();
    let got: Vec<f32> = got.chunks(96).step_by(8).flatten().copied().collect();
    let difference = worst_difference(&got, &moved);
    assert!(difference <= 5e-5, "{difference:e}, tolerance 5e-5");
}

/// The comparison fails for a wrong feature.
#[test]
fn wrong_feature_fails_the_comparison() {
    let (samples, _) = arrays::mono_wav(&fixtures().join("tune.16000.wav")).unwrap();
    let golden = flat(&fixtures().join("mel_musicnn.npy"));
    let hiss = signal::noise(samples.len(), 1e-4, 1);
    let disturbed: Vec<f32> = samples.iter().zip(hiss).map(|(sample, hiss)| sample + hiss).collect();
    let got = features(FrontEnd::MusiCnn, 16_000.0, [&disturbed[..]]).unwrap();
    let got: Vec<f32> = got.chunks(96).step_by(8).flatten().copied().collect();
    assert!(worst_difference(&got, &golden) > feature_tolerance(FrontEnd::MusiCnn), "noise at -80 dBFS passes");
}
