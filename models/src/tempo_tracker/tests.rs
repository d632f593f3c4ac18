//! Tempo and beats of made streams.

use std::sync::Arc;

use earmark_dsp::{MarkKind, SampleRate};

use super::*;
use crate::{Analyzer, PredictionValue, Registry};

const RATE_HZ: f64 = 44_100.0;

/// Returns decaying tones at `bpm` for `seconds`, with the first beat at 0.25 s.
fn clicks(bpm: f64, seconds: f64) -> Vec<f32> {
    let period = 60.0 / bpm;
    let sample = |index: usize| {
        let at_s = index as f64 / RATE_HZ - 0.25;
        let since_s = if at_s < 0.0 { f64::INFINITY } else { at_s.rem_euclid(period) };
        let tone = (since_s.min(1.0) * 2.0 * std::f64::consts::PI * 880.0).sin();
        (0.6 * tone * (-since_s / 0.02).exp()) as f32
    };
    (0..(seconds * RATE_HZ) as usize).map(sample).collect()
}

fn tracker(model: Option<&str>) -> TempoTracker {
    let model = model.map(|id| Registry::global().load(id).unwrap());
    TempoTracker::new(SampleRate::HZ_44100, model.as_ref(), Some(Gate::default())).unwrap()
}

fn run(tracker: &mut TempoTracker, samples: &[f32], block: usize) -> Vec<TempoEvent> {
    let mut found = Vec::new();
    samples.chunks(block).for_each(|block| tracker.push(block, &mut |event| found.push(event)).unwrap());
    found
}

fn updates(events: &[TempoEvent]) -> Vec<&TempoUpdate> {
    events.iter().filter_map(|event| if let TempoEvent::Tempo(update) = event { Some(update) } else { None }).collect()
}

fn beats(events: &[TempoEvent]) -> Vec<BeatEvent> {
    events.iter().filter_map(|event| if let TempoEvent::Beat(beat) = event { Some(*beat) } else { None }).collect()
}

#[cfg(feature = "tempocnn")]
const MODEL: Option<&str> = Some("tempocnn-deepsquare-k8");

#[cfg(feature = "tempocnn")]
#[test]
fn clicks_lock_within_four_seconds_with_decimals_and_beats_in_place() {
    let events = run(&mut tracker(MODEL), &clicks(123.4, 10.0), 512);
    let all = updates(&events);
    assert!(all.iter().all(|update| update.bpm.is_some() || update.status == TempoStatus::Listening));
    assert!(all.iter().filter(|update| update.end_s < 1.9).all(|update| update.bpm.is_none()), "{:?}", all[0]);
    let locked = all.iter().find(|update| update.status == TempoStatus::Locked).unwrap();
    assert!(locked.end_s <= 4.0 && locked.analyzed_s <= 4.0, "{locked:?}");
    let last = all.last().unwrap();
    assert!((last.bpm.unwrap() / 123.4 - 1.0).abs() < 1e-3 && last.confidence > 0.8, "{last:?}");
    let beats = beats(&events);
    assert!(beats.len() >= 12 && beats.windows(2).all(|pair| pair[1].number == pair[0].number + 1), "{beats:?}");
    for beat in &beats[4..] {
        let position = (beat.at_s - 0.25) * 123.4 / 60.0;
        let off_s = (position - position.round()) * 60.0 / 123.4;
        assert!(off_s.abs() < 0.02, "{off_s} s off: {beat:?}");
    }
}

#[cfg(feature = "tempocnn")]
#[test]
fn blocks_of_any_size_give_the_same_events() {
    let samples = clicks(96.0, 5.0);
    let expected = run(&mut tracker(MODEL), &samples, 8192);
    let without_end = |events: &[TempoEvent]| -> Vec<TempoEvent> {
        // The end of an update is never after the audio that has arrived.
        let event = |event: &TempoEvent| match event.clone() {
            TempoEvent::Tempo(update) => TempoEvent::Tempo(TempoUpdate { end_s: 0.0, ..update }),
            beat => beat,
        };
        events.iter().map(event).collect()
    };
    assert!(expected.len() > 15);
    for block in [64, 997] {
        let found = run(&mut tracker(MODEL), &samples, block);
        let count = found.len().min(expected.len());
        assert!(expected.len() - count <= 1, "blocks of {block}: {count} of {}", expected.len());
        assert_eq!(without_end(&found[..count]), without_end(&expected[..count]), "blocks of {block}");
    }
}

#[cfg(feature = "tempocnn")]
#[test]
fn class_of_a_whole_patch_is_the_one_of_the_analyzer() {
    let samples = clicks(100.0, 14.0);
    let model = Registry::global().load("tempocnn-deepsquare-k8").unwrap();
    let mut analyzer = Analyzer::builder(SampleRate::HZ_44100).model_with_hop(Arc::clone(&model), 1).build().unwrap();
    let expected: Vec<_> = analyzer.predictions(&samples).map(Result::unwrap).collect();
    let events = run(&mut tracker(MODEL), &samples, 512);
    let mut compared = 0;
    for update in updates(&events).into_iter().filter(|update| update.analyzed_s > 11.8) {
        let Some(same) = expected.iter().find(|one| (one.end_s - update.end_s).abs() < 1e-6) else { continue };
        let PredictionValue::Tempo { local, .. } = same.outcome else { panic!("{same:?}") };
        assert_eq!(update.class, Some(local), "at {} s", update.end_s);
        compared += 1;
    }
    assert!(compared >= 3, "{compared} compared");
}

#[test]
fn onsets_alone_are_likely_and_never_locked() {
    let events = run(&mut tracker(None), &clicks(120.0, 10.0), 512);
    let all = updates(&events);
    assert!(all.iter().all(|update| matches!(update.status, TempoStatus::Listening | TempoStatus::Likely)));
    let last = all.last().unwrap();
    assert_eq!((last.status, &*last.model, last.class), (TempoStatus::Likely, TempoTracker::ONSETS_ONLY, None));
    assert!((last.bpm.unwrap() / 120.0 - 1.0).abs() < 0.02, "{last:?}");
}

#[test]
fn silence_has_no_tempo_and_a_seek_moves_the_times() {
    let mut tracker = tracker(None);
    let events = run(&mut tracker, &vec![0.0; 5 * 44_100], 512);
    let all = updates(&events);
    assert!(all.iter().all(|update| update.bpm.is_none() && update.status == TempoStatus::Listening), "{all:?}");
    assert!(all.last().unwrap().silent);
    tracker.mark(MarkKind::Seek { to_s: 100.0 });
    let events = run(&mut tracker, &clicks(120.0, 6.0), 512);
    let all = updates(&events);
    assert!(all.iter().all(|update| update.start_s >= 100.0 && update.end_s > 100.0 && update.generation == 1));
    let beats = beats(&events);
    assert!(!beats.is_empty() && beats.iter().all(|beat| beat.at_s > 100.0 && beat.generation == 1), "{beats:?}");
}

#[test]
fn locked_tempo_of_the_performer_holds_whatever_the_analysis_finds() {
    let mut tracker = tracker(None);
    tracker.set_preferences(TempoPreferences { locked_bpm: Some(128.0), ..TempoPreferences::default() });
    let events = run(&mut tracker, &clicks(90.0, 6.0), 512);
    let all = updates(&events);
    assert!(all.iter().all(|update| update.bpm == Some(128.0) && update.status == TempoStatus::Locked), "{all:?}");
}
