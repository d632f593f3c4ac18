//! Tests of the stream analyzer with samples and marks, without a worker thread.

use std::fs;

use earmark_dsp::{TapEvent, tap};
use earmark_gaia::{
    AddField, Chain, DescriptorLayout, DescriptorSet, FixLength, SvmPredict, TrackValue, Transform, Variant,
};
use earmark_models::user_models::{CARD, HISTORY};
use earmark_models::{PredictionValue, Registry, sha256};

use super::*;
use crate::levels::LevelEntry;
use crate::settings::SharedSettings;
use crate::settings_source::SettingsSource;

const RATE: SampleRate = SampleRate::HZ_16000;

/// Returns a stream analyzer with a fast tag model and no tempo model.
fn analyzer() -> StreamAnalyzer {
    let settings = SharedSettings::new(Registry::global());
    assert!(settings.set_tags("msd-vgg") && settings.set_tempo(None));
    let (tap, _) = tap(RATE, 16, 16);
    StreamAnalyzer::new(Arc::new(AnalysisContext::new(Arc::new(settings))), Arc::default(), tap.stats(), RATE)
}

fn push(analyzer: &mut StreamAnalyzer, seconds: usize) -> Vec<AnalysisEvent> {
    let mut events = Vec::new();
    let samples: Vec<f32> = (0..16_000 * seconds).map(|i| (i as f32 * 0.07).sin() * 0.3).collect();
    Analyze::push(analyzer, &samples, &mut |event| events.push(event)).unwrap();
    events
}

fn mark(analyzer: &mut StreamAnalyzer, kind: MarkKind) -> Vec<AnalysisEvent> {
    let mut events = Vec::new();
    analyzer.mark(kind, &mut |event| events.push(event)).unwrap();
    events
}

/// Returns generation and source time of each prediction.
fn predicted(events: &[AnalysisEvent]) -> Vec<(u64, f64)> {
    let prediction = |event: &AnalysisEvent| match event {
        AnalysisEvent::Predicted(prediction) => Some((prediction.generation, prediction.start_s)),
        _ => None,
    };
    events.iter().filter_map(prediction).collect()
}

/// Returns the names of the events, without repetitions.
fn names(events: &[AnalysisEvent]) -> Vec<&'static str> {
    let name = |event: &AnalysisEvent| match event {
        AnalysisEvent::TakeStarted { .. } => "began",
        AnalysisEvent::ConfigApplied { restarted: true, .. } => "restarted",
        AnalysisEvent::ConfigApplied { .. } => "set",
        AnalysisEvent::Progress(_) => "progress",
        AnalysisEvent::Predicted(_) => "predicted",
        AnalysisEvent::Tempo(_) => "tempo",
        AnalysisEvent::Described(_) | AnalysisEvent::DescriptorsEnded { .. } => "described",
        AnalysisEvent::Paused(_) => "paused",
        AnalysisEvent::Leveled(_) | AnalysisEvent::LevelsEnded { .. } => "leveled",
        AnalysisEvent::Skipped(_) => "skipped",
        AnalysisEvent::Discontinuity { .. } => "broke",
        AnalysisEvent::Failed(_) | AnalysisEvent::ClassifierFailed(_) => "failed",
        AnalysisEvent::TakeEnded { .. } => "ended",
    };
    let of_models = events.iter().filter(|event| !matches!(event, AnalysisEvent::Tempo(_)));
    let mut names: Vec<&str> = of_models.map(name).collect();
    names.dedup();
    names
}

#[test]
fn take_lasts_from_its_first_samples_to_its_end() {
    let mut analyzer = analyzer();
    assert_eq!(names(&mark(&mut analyzer, MarkKind::Reset)), ["broke"], "a reset loads no model");
    assert!(analyzer.active.is_none());
    assert_eq!(names(&push(&mut analyzer, 1)), ["began", "restarted", "progress"]);
    assert_eq!(names(&push(&mut analyzer, 3)), ["predicted", "progress"]);
    let gap = mark(&mut analyzer, MarkKind::Gap { lost: 8_000 });
    assert_eq!(names(&gap), ["broke"]);
    let ended = mark(&mut analyzer, MarkKind::End);
    let samples = ended
        .iter()
        .find_map(|event| if let AnalysisEvent::TakeEnded { samples } = event { Some(*samples) } else { None });
    assert_eq!(samples, Some(4 * 16_000 + 8_000), "dropped samples count");
    assert!(mark(&mut analyzer, MarkKind::End).iter().all(|event| !matches!(event, AnalysisEvent::TakeEnded { .. })));
    assert_eq!(names(&push(&mut analyzer, 1)), ["began", "progress"]);
    assert_eq!(names(&mark(&mut analyzer, MarkKind::Reset)), ["ended", "broke"], "a reset without an end");
}

#[test]
fn generations_grow_with_seeks_and_models_and_source_time_continues() {
    let mut analyzer = analyzer();
    let mut events = push(&mut analyzer, 4);
    events.extend(mark(&mut analyzer, MarkKind::Seek { to_s: 100.0 }));
    events.extend(push(&mut analyzer, 4));
    // Builds a new analyzer in the middle of the stream, as a change of models does.
    analyzer.active = None;
    events.extend(push(&mut analyzer, 4));
    events.extend(mark(&mut analyzer, MarkKind::End));
    events.extend(mark(&mut analyzer, MarkKind::Reset));
    events.extend(push(&mut analyzer, 4));
    // Predictions have the generation that was announced.
    let mut announced = 0;
    for event in &events {
        match event {
            AnalysisEvent::ConfigApplied { generation, .. } | AnalysisEvent::Discontinuity { generation, .. } => {
                announced = *generation
            }
            AnalysisEvent::Predicted(prediction) => assert_eq!(prediction.generation, announced),
            _ => {}
        }
    }
    let predicted = predicted(&events);
    let mut firsts = predicted.clone();
    firsts.dedup_by_key(|(generation, _)| *generation);
    assert!(predicted.is_sorted_by_key(|(generation, _)| *generation), "{predicted:?}");
    let starts: Vec<f64> = firsts.iter().map(|(_, start_s)| *start_s).collect();
    assert_eq!(starts, [0.0, 100.0, 104.0, 0.0]);
}

#[test]
fn lagging_analyzer_skips_to_newest_audio() {
    let settings = SharedSettings::new(Registry::global());
    assert!(settings.set_tags("msd-vgg") && settings.set_tempo(None));
    let context = Arc::new(AnalysisContext::new(Arc::new(settings)));
    let (mut tap, mut reader) = tap(RATE, 10 * 16_000, 16);
    let mut analyzer = StreamAnalyzer::new(context, Arc::default(), tap.stats(), RATE);
    let music: Vec<f32> = (0..9 * 16_000).map(|i| (i as f32 * 0.07).sin() * 0.3).collect();
    tap.push_planar(&[&music]);
    let mut events = Vec::new();
    while let Some(event) = reader.poll(1024) {
        let TapEvent::Samples(samples) = event else { continue };
        Analyze::push(&mut analyzer, samples, &mut |event| events.push(event)).unwrap();
    }
    let skipped: u64 =
        events.iter().map(|event| if let AnalysisEvent::Skipped(count) = event { *count } else { 0 }).sum();
    let starts: Vec<f64> = predicted(&events).iter().map(|(_, start_s)| *start_s).collect();
    // Predictions at 10 Hz over 6 s, except for the last 0.2 s.
    assert!((40..70).contains(&skipped) && (1..5).contains(&starts.len()), "{skipped} skipped, {starts:?}");
    assert!(starts.iter().all(|&start_s| start_s > 5.5), "{starts:?}");
    assert_eq!(analyzer.shedder.decimation(), 1, "a stall is not a slow machine");
}

#[test]
fn reset_after_a_panic_builds_another_analyzer() {
    let mut analyzer = analyzer();
    push(&mut analyzer, 4);
    // Simulates a panic in the middle of a call.
    analyzer.in_push = true;
    assert!(names(&mark(&mut analyzer, MarkKind::Reset)).contains(&"broke"));
    assert!(analyzer.active.is_none());
    let events = push(&mut analyzer, 4);
    assert_eq!(names(&events)[..2], ["began", "restarted"]);
    assert!(!predicted(&events).is_empty());
}

/// Adds the classifier `level`, whose only input is a descriptor of one number, to a folder of models.
fn add_classifier(models: &std::path::Path, descriptor: &str) {
    let mut track = DescriptorSet::default();
    track.insert(descriptor, TrackValue::Real(vec![0.5]));
    let mut chain = Chain::new(DescriptorLayout::common(std::slice::from_ref(&track)));
    let params = || Variant::Map(Vec::new());
    let fixed = FixLength::fit(&track, chain.layout());
    chain.push("fixlength", params(), Transform::FixLength(fixed));
    chain.push("addfield", params(), Transform::AddField(AddField { names: vec![".highlevel.level".into()] }));
    let svm = SvmPredict {
        class_name: ".highlevel.level".into(),
        names: vec![descriptor.into()],
        classes: vec!["high".into(), "low".into()],
        probability: true,
        model:
            b"svm_type c_svc\nkernel_type rbf\ngamma 1\nnr_class 2\ntotal_sv 2\nrho 0\nlabel 0 1\nprobA -3\nprobB 0\n\
                 nr_sv 1 1\nSV\n1 1:1\n-1 1:0\n"
                .to_vec(),
    };
    chain.push("svmtrain", params(), Transform::Svm(Box::new(svm)));
    let history = chain.to_history().to_bytes();
    let labels = vec!["high".to_owned(), "low".to_owned()];
    let mut card = Card::descriptor_classifier("level", labels, 1);
    card.sha256 = sha256(&history);
    fs::create_dir_all(models.join("level")).unwrap();
    fs::write(models.join("level").join(CARD), card.to_toml()).unwrap();
    fs::write(models.join("level").join(HISTORY), history).unwrap();
}

/// Returns a stream analyzer that runs the classifier `level` beside a tag model.
fn analyzer_with_classifier(models: &std::path::Path) -> StreamAnalyzer {
    let registry: &'static Registry = Box::leak(Box::new(Registry::with_folder(models.to_owned())));
    let settings = SharedSettings::new(registry);
    assert!(settings.set_tags("msd-vgg") && settings.set_tempo(None));
    settings.state().set_added(registry, "level", true);
    let (tap, _) = tap(RATE, 16, 16);
    StreamAnalyzer::new(Arc::new(AnalysisContext::new(Arc::new(settings))), Arc::default(), tap.stats(), RATE)
}

#[test]
fn classifier_predicts_once_per_second_from_the_window_and_sends_no_descriptors() {
    let models = tempfile::tempdir().unwrap();
    add_classifier(models.path(), ".lowlevel.average_loudness");
    let mut analyzer = analyzer_with_classifier(models.path());
    let events = push(&mut analyzer, 5);
    assert!(!names(&events).contains(&"described") && !names(&events).contains(&"failed"), "{:?}", names(&events));
    let classified: Vec<&Prediction> = events
        .iter()
        .filter_map(|event| match event {
            AnalysisEvent::Predicted(prediction) if &*prediction.model == "level" => Some(prediction),
            _ => None,
        })
        .collect();
    // The first second is too short for the average loudness.
    assert_eq!(classified.len(), 4);
    for (second, prediction) in (2..).zip(&classified) {
        // The resampler holds back a little.
        let held_s = f64::from(second) - prediction.end_s;
        assert!(prediction.start_s == 0.0 && (0.0..0.2).contains(&held_s), "{prediction:?}");
        let PredictionValue::Tags { values, .. } = &prediction.outcome else { panic!("{prediction:?}") };
        assert!(values.len() == 2 && (values[0] + values[1] - 1.0).abs() < 1e-6, "{values:?}");
    }
    let cards = events.iter().find_map(|event| match event {
        AnalysisEvent::ConfigApplied { cards, .. } => {
            Some(cards.iter().map(|card| card.id.clone()).collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(cards.unwrap(), ["msd-vgg", "level"]);
}

#[test]
fn classifier_of_an_unknown_descriptor_is_unavailable_and_the_others_run() {
    let models = tempfile::tempdir().unwrap();
    add_classifier(models.path(), ".lowlevel.colour");
    let mut analyzer = analyzer_with_classifier(models.path());
    let events = push(&mut analyzer, 4);
    let unavailable = events.iter().find_map(|event| match event {
        AnalysisEvent::ConfigApplied { unavailable, .. } => Some(unavailable.join(" ")),
        _ => None,
    });
    let message = unavailable.unwrap();
    assert!(message.contains("`level`") && message.contains("not computed (lowlevel.colour)"), "{message}");
    assert!(!predicted(&events).is_empty());
}

/// Returns the source time at the end of each frame of levels.
fn level_ends(events: &[AnalysisEvent]) -> Vec<f64> {
    let end = |event: &AnalysisEvent| match event {
        AnalysisEvent::Leveled(LevelEntry::Levels(levels)) => Some(levels.end_s),
        _ => None,
    };
    events.iter().filter_map(end).collect()
}

#[test]
fn levels_are_sent_with_source_times_while_they_are_on() {
    let mut analyzer = analyzer();
    mark(&mut analyzer, MarkKind::Reset);
    assert!(level_ends(&push(&mut analyzer, 1)).is_empty(), "off by default");
    analyzer.context.settings().state().change(|state| state.levels = true);
    let is_near = |ends: &[f64], from_s: f64| {
        ends.len() == 50 && ends.iter().zip(1..).all(|(end_s, i)| (end_s - from_s - 0.02 * f64::from(i)).abs() < 1e-9)
    };
    let ends = level_ends(&push(&mut analyzer, 1));
    assert!(is_near(&ends, 1.0), "{ends:?}");
    mark(&mut analyzer, MarkKind::Gap { lost: 8_000 });
    let ends = level_ends(&push(&mut analyzer, 1));
    assert!(is_near(&ends, 2.5), "{ends:?}");
    analyzer.context.settings().state().change(|state| state.levels = false);
    let ended = |events: &[AnalysisEvent]| {
        events.iter().filter(|event| matches!(event, AnalysisEvent::LevelsEnded { error: None })).count()
    };
    assert_eq!([ended(&push(&mut analyzer, 1)), ended(&push(&mut analyzer, 1))], [1, 0]);
    analyzer.context.levels.set(true);
    assert_eq!(level_ends(&push(&mut analyzer, 1)).len(), 50, "an output requests them");
}
