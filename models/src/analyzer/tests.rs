//! Tests of the analyzer.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::*;
use crate::{Card, Engine, EngineError, Kind, OutputSpec, PredictionValue, Registry};

/// Engine of a model with one class that fails on loud patches.
struct QuietOnly([OutputSpec; 1]);

impl Engine for QuietOnly {
    fn input(&self) -> &[usize] {
        &[1, 10, 96]
    }

    fn outputs(&self) -> &[OutputSpec] {
        &self.0
    }

    fn run(&self, input: &[f32], outputs: &mut [Vec<f32>]) -> Result<(), EngineError> {
        if input.iter().any(|&band| band > 1.0) {
            return Err(EngineError::Run("too loud".into()));
        }
        outputs[0] = vec![0.5];
        Ok(())
    }
}

fn quiet_model() -> Arc<Model> {
    let card = Card::builder("quiet-only", Kind::Tags, FrontEnd::MusiCnn).patch_frames(10).labels(["quiet"]);
    let outputs = [OutputSpec { name: "activations".into(), width: 1 }];
    Arc::new(Model::new(card.build().unwrap(), Arc::new(QuietOnly(outputs))).unwrap())
}

fn quiet_only() -> Analyzer {
    Analyzer::builder(SampleRate::HZ_16000).model(quiet_model()).gate(None).build().unwrap()
}

#[test]
fn debug_text_of_a_program_names_models_without_weights() {
    #[derive(Debug)]
    struct Program {
        _registry: &'static Registry,
        _builder: AnalyzerBuilder,
        _analyzer: Analyzer,
        _network: crate::Network,
    }
    let (registry, model) = (Registry::global(), quiet_model());
    let builder = || Analyzer::builder(SampleRate::HZ_16000).model_with_hop(Arc::clone(&model), 62);
    let (_analyzer, _network) = (builder().build().unwrap(), model.network());
    let text = format!("{:?}", Program { _registry: registry, _builder: builder(), _analyzer, _network });
    for part in ["models: [(\"quiet-only\", 62)]", "models: [\"quiet-only\"]", "input: [1, 10, 96]", "load_count"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.len() < 1_500, "{text}");
    let text = format!("{model:?}");
    assert!(text.starts_with("Model { id: \"quiet-only\", base: None"), "{text}");
}

#[test]
fn iterator_has_the_predictions_of_the_callback() {
    let quiet: Vec<f32> = (0..16_000).map(|i| 1e-3 * (i as f32 * 0.11).sin()).collect();
    let (mut by_callback, mut by_iterator) = (quiet_only(), quiet_only());
    let (mut expected, mut got) = (Vec::new(), Vec::new());
    for samples in quiet.chunks(1_000) {
        by_callback.push(samples, &mut |prediction| expected.push(prediction)).unwrap();
        got.extend(by_iterator.predictions(samples).map(Result::unwrap));
    }
    by_callback.flush(&mut |prediction| expected.push(prediction)).unwrap();
    got.extend(by_iterator.last_predictions().map(Result::unwrap));
    assert!(expected.len() >= 5, "{expected:?}");
    assert_eq!(got, expected);
}

#[test]
fn iterator_ends_with_the_error_of_a_network() {
    let mut samples = vec![0.0; 4_000];
    samples.extend((0..4_000).map(|i| (i as f32 * 0.11).sin()));
    let results: Vec<_> = quiet_only().predictions(&samples).collect();
    assert!(results.len() >= 2, "{results:?}");
    let (last, before) = results.split_last().unwrap();
    assert!(matches!(last, Err(ModelError::Engine { .. })) && before.iter().all(Result::is_ok), "{results:?}");
}

#[test]
fn frame_callback_receives_each_frame_once() {
    let model = Registry::global().load("msd-musicnn").unwrap();
    let mut analyzer = Analyzer::builder(SampleRate::HZ_16000).model(model).build().unwrap();
    let seen = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&seen);
    analyzer.set_frame_callback(Some(Box::new(move |front_end, frame| {
        assert_eq!((front_end, frame.bands().len()), (FrontEnd::MusiCnn, 96));
        counted.fetch_add(1, Relaxed);
    })));
    let second = vec![0.1; 16_000];
    second.chunks(100).for_each(|samples| analyzer.push(samples, &mut |_| {}).unwrap());
    let expected = (16_000 - 256) / 256 + 1;
    assert!(seen.load(Relaxed).abs_diff(expected) <= 1, "{} frames, {expected} expected", seen.load(Relaxed));
    analyzer.set_frame_callback(None);
    analyzer.push(&second, &mut |_| {}).unwrap();
    assert!(seen.load(Relaxed) <= expected + 1);
}

/// Returns the predictions of a tempo model and of `tags` for noise with beats. The tag model is replaced after
/// `first_s` seconds.
#[cfg(feature = "tempocnn")]
fn with_other_tags(tags: [&str; 2], first_s: usize, seconds: usize) -> Vec<Prediction> {
    let rate = SampleRate::HZ_16000;
    let registry = Registry::global();
    let analyzer = |tags: &str| {
        let builder = Analyzer::builder(rate).model(registry.load(tags).unwrap());
        builder.model(registry.load("tempocnn-deeptemp-k8").unwrap()).build().unwrap()
    };
    let samples: Vec<f32> =
        (0..seconds * 16_000).map(|i| (i as f32 * 0.11).sin() * (-((i % 8_000) as f32) / 900.0).exp()).collect();
    let (first, second) = samples.split_at(first_s * 16_000);
    let mut found = Vec::new();
    let mut running = analyzer(tags[0]);
    running.push(first, &mut |p| found.push(p)).unwrap();
    let mut next = analyzer(tags[1]);
    next.continue_from(running);
    next.push(second, &mut |p| found.push(p)).unwrap();
    assert_eq!(next.progress().count(), 2);
    found
}

#[cfg(feature = "tempocnn")]
#[test]
fn other_models_go_on_when_one_is_replaced() {
    let (kept, replaced) = (with_other_tags(["msd-vgg"; 2], 7, 16), with_other_tags(["msd-vgg", "mtt-vgg"], 7, 16));
    let tempo = |found: &[Prediction]| -> Vec<Prediction> {
        found.iter().filter(|p| p.model.starts_with("tempocnn")).cloned().collect()
    };
    assert!(!tempo(&kept).is_empty());
    assert_eq!(tempo(&kept), tempo(&replaced), "the tempo has the audio from before the change");
    let of = |id: &str| replaced.iter().filter(|p| &*p.model == id).collect::<Vec<_>>();
    let (old, new) = (of("msd-vgg"), of("mtt-vgg"));
    assert!(old.iter().all(|p| p.end_s <= 7.0) && new.iter().all(|p| p.start_s >= 6.97), "{old:?} {new:?}");
    let from_start: Vec<_> = kept.iter().filter(|p| &*p.model == "msd-vgg").collect();
    assert!(from_start.len() > old.len() + new.len(), "a model that stays does not start again");
    assert!(replaced.iter().all(|p| p.generation == 0));
}

#[test]
fn hop_and_gate_can_change_while_running() {
    let model = Registry::global().load("msd-vgg").unwrap();
    let rate = SampleRate::HZ_16000;
    let mut analyzer = Analyzer::builder(rate).model_with_hop(Arc::clone(&model), 90).build().unwrap();
    let mut found = Vec::new();
    let silence = vec![0.0; 8 * 16_000];
    let third = silence.len() / 3;
    analyzer.push(&silence[..2 * third], &mut |p| found.push(p)).unwrap();
    let before = found.len();
    assert!(before >= 2, "{before} predictions in {} s", 2 * third / 16_000);
    assert!(found.iter().all(|p| p.outcome == PredictionValue::Silent));
    analyzer.set_hop_frames("msd-vgg", 30).unwrap();
    analyzer.set_hop_frames("unknown", 7).unwrap();
    assert!(analyzer.set_hop_frames("msd-vgg", 0).is_err());
    analyzer.set_gate(None);
    analyzer.push(&silence[2 * third..], &mut |p| found.push(p)).unwrap();
    let after = &found[before..];
    assert!(after.len() >= 2 && after.iter().all(|p| matches!(p.outcome, PredictionValue::Tags { .. })), "{after:?}");
    let front_end = model.card().front_end;
    let hop_s = |frames: usize| (frames * front_end.hop()) as f64 / front_end.rate().hz();
    let step_s = after[1].start_s - after[0].start_s;
    assert!((step_s - hop_s(30)).abs() < 1e-9, "expected {}, got {step_s}", hop_s(30));
}

#[cfg(feature = "musicnn")]
#[test]
fn early_predictions_have_the_values_of_whole_patches_and_end_sooner() {
    let samples: Vec<f32> = (0..5 * 16_000).map(|i| (i as f32 * (0.05 + 1e-7 * i as f32)).sin() * 0.3).collect();
    for (id, seconds_saved) in [("msd-vgg", 26.0 * 256.0 / 16_000.0), ("msd-musicnn", 0.0)] {
        let model = Registry::global().load(id).unwrap();
        let run = |early: bool, block: usize| {
            let builder = Analyzer::builder(SampleRate::HZ_16000).model_with_hop(Arc::clone(&model), 6).early(early);
            let mut analyzer = builder.build().unwrap();
            let required_s = analyzer.progress().next().unwrap().required_s;
            let blocks = samples.chunks(block);
            let found: Vec<_> = blocks.flat_map(|block| analyzer.predictions(block)).map(Result::unwrap).collect();
            (required_s, found)
        };
        let ((early_s, early), (whole_s, whole)) = (run(true, 480), run(false, 480));
        assert!((whole_s - early_s - seconds_saved).abs() < 1e-9, "{id}: {early_s} and {whole_s}");
        assert_eq!(early, run(true, 7_001).1, "{id}: other blocks");
        let more = (seconds_saved * 16_000.0 / 256.0 / 6.0) as usize;
        assert!((whole.len() + more..=whole.len() + more + 1).contains(&early.len()), "{id}: {}", early.len());
        for (early, whole) in early.iter().zip(&whole) {
            assert_eq!((early.start_s, &early.outcome), (whole.start_s, &whole.outcome), "{id}");
            assert!((whole.end_s - early.end_s - seconds_saved).abs() < 1e-9, "{id}: {} s", early.end_s);
        }
    }
}
