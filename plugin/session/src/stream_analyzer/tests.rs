//! The listener by itself, given samples and marks as a worker gives them.

use earmark_dsp::{TapEvent, tap};
use earmark_models::Registry;

use super::*;
use crate::settings::SharedSettings;

const RATE: SampleRate = SampleRate::HZ_16000;

/// A listener for a quick model, and where its tap counts.
fn listener() -> StreamAnalyzer {
    let settings = SharedSettings::new(Registry::global());
    assert!(settings.set_tags("msd-vgg") && settings.set_tempo(None));
    let (tap, _) = tap(RATE, 16, 16);
    StreamAnalyzer::new(Arc::new(AnalysisContext::new(Arc::new(settings))), Arc::default(), tap.stats(), RATE)
}

fn push(listener: &mut StreamAnalyzer, seconds: usize) -> Vec<AnalysisEvent> {
    let mut heard = Vec::new();
    let samples: Vec<f32> = (0..16_000 * seconds).map(|i| (i as f32 * 0.07).sin() * 0.3).collect();
    Analyze::push(listener, &samples, &mut |event| heard.push(event)).unwrap();
    heard
}

fn mark(listener: &mut StreamAnalyzer, kind: MarkKind) -> Vec<AnalysisEvent> {
    let mut heard = Vec::new();
    listener.mark(kind, &mut |event| heard.push(event)).unwrap();
    heard
}

/// Generations and source times of predictions.
fn predicted(heard: &[AnalysisEvent]) -> Vec<(u64, f64)> {
    let prediction = |event: &AnalysisEvent| match event {
        AnalysisEvent::Predicted(prediction) => Some((prediction.generation, prediction.start_s)),
        _ => None,
    };
    heard.iter().filter_map(prediction).collect()
}

fn words(heard: &[AnalysisEvent]) -> Vec<&'static str> {
    let word = |event: &AnalysisEvent| match event {
        AnalysisEvent::TakeBegan { .. } => "began",
        AnalysisEvent::Set { anew: true, .. } => "anew",
        AnalysisEvent::Set { .. } => "set",
        AnalysisEvent::Progress(_) => "progress",
        AnalysisEvent::Predicted(_) => "predicted",
        AnalysisEvent::Skipped(_) => "skipped",
        AnalysisEvent::Broke { .. } => "broke",
        AnalysisEvent::Failed(_) => "failed",
        AnalysisEvent::TakeEnded { .. } => "ended",
    };
    let mut words: Vec<&str> = heard.iter().map(word).collect();
    words.dedup();
    words
}

#[test]
fn a_take_goes_from_its_first_samples_to_its_end() {
    let mut listener = listener();
    assert_eq!(words(&mark(&mut listener, MarkKind::Reset)), ["broke"], "nothing is loaded for that");
    assert!(listener.ears.is_none());
    assert_eq!(words(&push(&mut listener, 1)), ["began", "anew", "progress"]);
    assert_eq!(words(&push(&mut listener, 3)), ["predicted", "progress"]);
    let gap = mark(&mut listener, MarkKind::Gap { lost: 8_000 });
    assert_eq!(words(&gap), ["broke"]);
    let ended = mark(&mut listener, MarkKind::End);
    let samples = ended
        .iter()
        .find_map(|event| if let AnalysisEvent::TakeEnded { samples } = event { Some(*samples) } else { None });
    assert_eq!(samples, Some(4 * 16_000 + 8_000), "what was lost is part of it");
    assert!(mark(&mut listener, MarkKind::End).iter().all(|event| !matches!(event, AnalysisEvent::TakeEnded { .. })));
    assert_eq!(words(&push(&mut listener, 1)), ["began", "progress"]);
    assert_eq!(words(&mark(&mut listener, MarkKind::Reset)), ["ended", "broke"], "a reset without an end");
}

#[test]
fn generations_grow_with_jumps_and_models_and_source_time_goes_on() {
    let mut listener = listener();
    let mut heard = push(&mut listener, 4);
    heard.extend(mark(&mut listener, MarkKind::Seek { to_s: 100.0 }));
    heard.extend(push(&mut listener, 4));
    // As after another choice: an analyzer is built in the middle of the stream.
    listener.ears = None;
    heard.extend(push(&mut listener, 4));
    heard.extend(mark(&mut listener, MarkKind::End));
    heard.extend(mark(&mut listener, MarkKind::Reset));
    heard.extend(push(&mut listener, 4));
    // What is announced is what predictions then have.
    let mut announced = 0;
    for event in &heard {
        match event {
            AnalysisEvent::Set { generation, .. } | AnalysisEvent::Broke { generation, .. } => announced = *generation,
            AnalysisEvent::Predicted(prediction) => assert_eq!(prediction.generation, announced),
            _ => {}
        }
    }
    let predicted = predicted(&heard);
    let mut firsts = predicted.clone();
    firsts.dedup_by_key(|(generation, _)| *generation);
    assert!(predicted.is_sorted_by_key(|(generation, _)| *generation), "{predicted:?}");
    let starts: Vec<f64> = firsts.iter().map(|(_, start_s)| *start_s).collect();
    assert_eq!(starts, [0.0, 100.0, 104.0, 0.0]);
}

#[test]
fn who_is_far_behind_skips_to_what_is_played_now() {
    let settings = SharedSettings::new(Registry::global());
    assert!(settings.set_tags("msd-vgg") && settings.set_tempo(None));
    let context = Arc::new(AnalysisContext::new(Arc::new(settings)));
    let (mut tap, mut reader) = tap(RATE, 10 * 16_000, 16);
    let mut listener = StreamAnalyzer::new(context, Arc::default(), tap.stats(), RATE);
    let music: Vec<f32> = (0..9 * 16_000).map(|i| (i as f32 * 0.07).sin() * 0.3).collect();
    tap.push_planar(&[&music]);
    let mut heard = Vec::new();
    while let Some(event) = reader.poll(1024) {
        let TapEvent::Samples(samples) = event else { continue };
        Analyze::push(&mut listener, samples, &mut |event| heard.push(event)).unwrap();
    }
    let skipped: u64 =
        heard.iter().map(|event| if let AnalysisEvent::Skipped(count) = event { *count } else { 0 }).sum();
    let starts: Vec<f64> = predicted(&heard).iter().map(|(_, start_s)| *start_s).collect();
    // Ten a second of six seconds, all but the last fifth of a second.
    assert!((40..70).contains(&skipped) && (1..5).contains(&starts.len()), "{skipped} skipped, {starts:?}");
    assert!(starts.iter().all(|&start_s| start_s > 5.5), "{starts:?}");
    assert_eq!(listener.pace.thinned(), 1, "a stall is not a slow machine");
}

#[test]
fn after_a_panic_a_reset_builds_another_analyzer() {
    let mut listener = listener();
    push(&mut listener, 4);
    // As a panic leaves it: in the middle of a call.
    listener.hearing = true;
    assert!(words(&mark(&mut listener, MarkKind::Reset)).contains(&"broke"));
    assert!(listener.ears.is_none());
    let heard = push(&mut listener, 4);
    assert_eq!(words(&heard)[..2], ["began", "anew"]);
    assert!(!predicted(&heard).is_empty());
}
