//! Tests of the parallel analyzer.

use std::sync::Arc;

use earmark_dsp::{FrontEnd, LastPatchMode, SampleRate};

use crate::{
    Analyzer, AnalyzerBuilder, Card, Engine, EngineError, Kind, Model, ModelError, OutputSpec, Prediction,
    PredictionValue, Registry,
};

/// Number of samples of a block, which is no multiple of a hop.
const BLOCK: usize = 10_000;

/// Noise with a beat at 16 kHz, silent from 10 s to 32 s.
fn music(seconds: usize) -> Vec<f32> {
    let mut state = 7_u32;
    let noise = move |at: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let loudness = if (160_000..512_000).contains(&at) { 0.0 } else { 1.0 / (1.0 + (at % 8_000) as f32 / 500.0) };
        ((state >> 8) as f32 / 8_388_608.0 - 1.0) * loudness
    };
    (0..seconds * 16_000).map(noise).collect()
}

fn serial(builder: AnalyzerBuilder, samples: &[f32]) -> Result<Vec<Prediction>, ModelError> {
    let (mut analyzer, mut found) = (builder.build().unwrap(), Vec::new());
    let mut result = Ok(());
    for block in samples.chunks(BLOCK) {
        result = result.and(analyzer.push(block, &mut |prediction| found.push(prediction)));
    }
    result.and(analyzer.flush(&mut |prediction| found.push(prediction))).map(|()| found)
}

fn parallel(builder: AnalyzerBuilder, threads: usize, samples: &[f32]) -> Result<Vec<Prediction>, ModelError> {
    let (mut analyzer, mut found) = (builder.build_parallel(threads).unwrap(), Vec::new());
    let mut result = Ok(());
    for block in samples.chunks(BLOCK) {
        result = result.and(analyzer.push(block, &mut |prediction| found.push(prediction)));
    }
    result.and(analyzer.finish(&mut |prediction| found.push(prediction))).map(|()| found)
}

/// Returns each prediction of a model as its times and the bits of its values.
fn bits(predictions: &[Prediction], model: &str) -> Vec<(u64, u64, Vec<u32>)> {
    let of_model = predictions.iter().filter(|prediction| &*prediction.model == model);
    let values = |value: &PredictionValue| -> Vec<u32> {
        match value {
            PredictionValue::Tags { values, embedding } => {
                values.iter().chain(embedding.iter().flatten()).map(|value| value.to_bits()).collect()
            }
            PredictionValue::Tempo { probabilities, .. } => probabilities.iter().map(|value| value.to_bits()).collect(),
            PredictionValue::Silent => Vec::new(),
            other => panic!("unexpected prediction {other:?}"),
        }
    };
    of_model.map(|found| (found.start_s.to_bits(), found.end_s.to_bits(), values(&found.outcome))).collect()
}

#[test]
fn predictions_are_those_of_one_thread_bit_for_bit_at_any_hop() {
    let registry = Registry::global();
    for (id, seconds, hops) in [
        ("msd-musicnn", 130, [93, 187, 400].as_slice()),
        ("msd-musicnn", 44, &[6, 1]),
        ("mtt-vgg", 70, &[93, 24]),
        ("tempocnn-deeptemp-k8", 100, &[32, 128]),
    ] {
        let (model, samples) = (registry.load(id).unwrap(), music(seconds));
        for &hop in hops {
            let builder = || Analyzer::builder(SampleRate::HZ_16000).model_with_hop(Arc::clone(&model), hop);
            let expected = bits(&serial(builder(), &samples).unwrap(), id);
            assert!(expected.iter().any(|(.., values)| values.is_empty()), "{id}, hop {hop}: no silent patch");
            for threads in [1, 3] {
                let found = bits(&parallel(builder(), threads, &samples).unwrap(), id);
                assert_eq!(found.len(), expected.len(), "{id}, hop {hop}, {threads} threads");
                let different = found.iter().zip(&expected).position(|(found, expected)| found != expected);
                assert_eq!(different, None, "{id}, hop {hop}, {threads} threads");
            }
        }
    }
}

#[test]
fn several_models_and_a_repeated_last_patch_are_the_same_too() {
    let registry = Registry::global();
    let samples = &music(50)[..783_001];
    let ids = ["msd-musicnn", "mtt-musicnn", "tempocnn-deeptemp-k8"];
    for mode in [LastPatchMode::Discard, LastPatchMode::Repeat] {
        let builder = || {
            let empty = Analyzer::builder(SampleRate::HZ_16000).last_patch_mode(mode).gate(None);
            ids.iter().fold(empty, |builder, id| builder.model(registry.load(id).unwrap()))
        };
        let (expected, found) = (serial(builder(), samples).unwrap(), parallel(builder(), 2, samples).unwrap());
        for id in ids {
            assert!(!bits(&expected, id).is_empty());
            assert_eq!(bits(&found, id), bits(&expected, id), "{id}, {mode:?}");
        }
    }
    let builder = || Analyzer::builder(SampleRate::HZ_16000).model(registry.load("msd-musicnn").unwrap());
    assert_eq!(parallel(builder(), 2, &[]).unwrap(), [], "an empty stream has no predictions");
}

/// Engine that fails or panics on loud patches.
struct Sensitive {
    outputs: [OutputSpec; 1],
    panics: bool,
}

impl Engine for Sensitive {
    fn input(&self) -> &[usize] {
        &[1, 10, 96]
    }

    fn outputs(&self) -> &[OutputSpec] {
        &self.outputs
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        let is_loud = input.iter().any(|&band| band > 1.0);
        assert!(!(is_loud && self.panics), "too loud to run");
        outputs[0] = vec![0.5];
        if is_loud { Err(EngineError::Run("too loud".into())) } else { Ok(()) }
    }
}

#[test]
fn errors_and_panics_of_a_network_reach_the_caller() {
    let builder = |panics| {
        let card = Card::builder("sensitive", Kind::Tags, FrontEnd::MusiCnn).patch_frames(10).labels(["quiet"]);
        let outputs = [OutputSpec { name: "activations".into(), width: 1 }];
        let model = Model::new(card.build().unwrap(), Arc::new(Sensitive { outputs, panics })).unwrap();
        Analyzer::builder(SampleRate::HZ_16000).model_with_hop(Arc::new(model), 1).gate(None)
    };
    let error = parallel(builder(false), 2, &music(5)).unwrap_err();
    assert!(error.to_string().ends_with("too loud"), "{error}");
    let samples = music(5);
    let panic = std::panic::catch_unwind(|| parallel(builder(true), 2, &samples)).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"too loud to run"));
}
