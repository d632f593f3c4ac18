//! Tests of the descriptor stage with a synthetic tune, and of its requests in the stream analyzer.

use std::f64::consts::TAU;

use earmark_dsp::{Analyze, MarkKind, tap};
use earmark_models::Registry;

use super::super::{AnalysisEvent, StreamAnalyzer};
use super::*;
use crate::analysis_context::AnalysisContext;
use crate::descriptors::Reliability;
use crate::settings::SharedSettings;

const RATE: SampleRate = SampleRate::HZ_44100;

/// Returns seconds of a tune in A minor: the chords Am, Dm, Em and Am of 2 s each, struck twice a second.
fn tune(seconds: f64) -> Vec<f32> {
    let chords_hz =
        [[220.0, 261.63, 329.63], [146.83, 220.0, 349.23], [164.81, 246.94, 392.0], [220.0, 261.63, 329.63]];
    let sample = |i: usize| {
        let t = RATE.seconds(i as u64);
        let stroke = (-5.0 * (t * 2.0).fract()).exp();
        let tones = chords_hz[(t / 2.0) as usize % 4].iter().flat_map(|hz| (1..4).map(move |k| (hz, f64::from(k))));
        tones.map(|(hz, k)| (TAU * hz * k * t).sin() / k * 0.1 * stroke).sum::<f64>() as f32
    };
    (0..(seconds * RATE.hz()) as usize).map(sample).collect()
}

fn position(start_s: f64, generation: u64) -> StreamPosition {
    StreamPosition { start_s, generation, skip: false }
}

/// Pushes samples in blocks, and returns the descriptions.
fn push(stage: &mut DescriptorStage, samples: &[f32], first: StreamPosition, block: usize) -> Vec<LiveDescriptors> {
    let mut all = Vec::new();
    for (i, part) in samples.chunks(block).enumerate() {
        let start_s = first.start_s + RATE.seconds((i * block) as u64);
        stage.push(part, StreamPosition { start_s, ..first }, &mut |live| all.push(live)).unwrap();
    }
    all
}

#[test]
fn tune_has_its_key_tempo_and_loudness_once_a_second() {
    let mut stage = DescriptorStage::new(RATE);
    let all = push(&mut stage, &tune(31.0), position(100.0, 7), 4096);
    let ends: Vec<f64> = all.iter().map(|live| live.end_s).collect();
    assert_eq!(ends, (101..=131).map(f64::from).collect::<Vec<_>>());
    assert!(all.iter().all(|live| live.generation == 7 && !live.silent));
    let last = all.last().unwrap();
    assert_eq!((last.window_s, last.since_start_s, last.centroid_hz.len()), (30.0, 31.0, 31));
    let key = last.key.unwrap();
    assert_eq!((key.name().as_str(), key.reliable), ("A minor", true));
    // The chords of the last 2 s: from 28 s on Em, from 30 s on Am.
    assert_eq!(last.chord.map(|chord| chord.name()).as_deref(), Some("Am"));
    assert_eq!(all[20].chord.map(|chord| chord.name()).as_deref(), Some("Em"));
    assert_eq!(last.chroma.iter().copied().fold(0.0, f32::max), 1.0);
    let bpm = last.bpm.unwrap();
    assert!(bpm.is_reliable() && [60.0, 120.0].iter().any(|expected| (bpm.value - expected).abs() < 2.0), "{bpm:?}");
    let tuning = last.tuning_hz.unwrap();
    assert!((tuning.value - 440.0).abs() < 2.0, "{tuning:?}");
    let loudness = last.loudness;
    for value in [loudness.momentary, loudness.short_term, loudness.integrated] {
        assert!((-40.0..-10.0).contains(&value.unwrap().value), "{loudness:?}");
    }
    assert!(loudness.range.is_some_and(|range| range.value < 5.0), "{loudness:?}");
    assert_eq!(last.danceability.map(|value| value.reliability), Some(Reliability::Marked));
    assert!(last.onset_rate.is_some() && last.dissonance.is_some() && last.dynamic_complexity.is_some());
    assert!(last.centroid_hz.iter().all(|hz| (100.0..4000.0).contains(hz)), "{:?}", last.centroid_hz);
    // After 12 s the same are marked or missing.
    let early = &all[11];
    assert!(early.key.is_some_and(|key| !key.reliable) && early.bpm.is_some_and(|bpm| !bpm.is_reliable()));
    assert_eq!((early.tuning_hz, early.dynamic_complexity, early.danceability), (None, None, None));
    // The stream since its start is described every 10 s.
    let lengths = all.iter().map(|live| {
        live.since_start.as_ref().and_then(|pool| pool.number("metadata.audio_properties.analysis.length"))
    });
    let lengths: Vec<_> = lengths.collect();
    assert_eq!((lengths[9], lengths[10], lengths[30]), (None, Some(10.5), Some(30.5)));
}

#[test]
fn blocks_of_any_size_give_the_same_descriptors() {
    let samples = tune(3.3);
    let whole = push(&mut DescriptorStage::new(RATE), &samples, position(0.0, 0), samples.len());
    assert_eq!(whole.len(), 3);
    for block in [577, 4096] {
        let parts = push(&mut DescriptorStage::new(RATE), &samples, position(0.0, 0), block);
        assert_eq!(parts.len(), whole.len());
        for (part, whole) in parts.iter().zip(&whole) {
            assert!((part.end_s - whole.end_s).abs() < 1e-9);
            assert_eq!(LiveDescriptors { end_s: whole.end_s, ..part.clone() }, *whole, "blocks of {block}");
        }
    }
}

#[test]
fn seek_gap_and_generation_reset_the_descriptors() {
    let samples = tune(4.0);
    let mut stage = DescriptorStage::new(RATE);
    let first = push(&mut stage, &samples, position(0.0, 0), 4096);
    for (generation, discontinue) in [(1, false), (1, true)] {
        if discontinue {
            stage.discontinue();
        }
        let next = push(&mut stage, &samples, position(500.0, generation), 4096);
        assert_eq!(next.len(), 4);
        for (next, first) in next.iter().zip(&first) {
            assert_eq!((next.end_s, next.generation), (first.end_s + 500.0, generation));
            let expected = LiveDescriptors { end_s: next.end_s, generation, ..first.clone() };
            assert_eq!(*next, expected, "nothing is left of the audio before");
        }
    }
}

#[test]
fn long_stream_restarts_and_keeps_the_history_of_the_centroid() {
    let mut stage = DescriptorStage { max_steps: 4, ..DescriptorStage::new(RATE) };
    let all = push(&mut stage, &tune(5.0), position(0.0, 0), 4096);
    let lengths: Vec<f64> = all.iter().map(|live| live.since_start_s).collect();
    assert_eq!(lengths, [1.0, 2.0, 1.0, 2.0, 1.0]);
    for (live, end_s) in all.iter().zip(1..) {
        assert!((live.end_s - f64::from(end_s)).abs() < 1e-6, "{} s, expected {end_s} s", live.end_s);
    }
    assert_eq!(all[4].centroid_hz.len(), 5);
}

#[test]
fn descriptions_are_left_out_while_the_worker_lags() {
    let mut stage = DescriptorStage::new(RATE);
    let lagging = StreamPosition { skip: true, ..position(0.0, 0) };
    assert!(push(&mut stage, &tune(2.2), lagging, 4096).is_empty());
    let all = push(&mut stage, &tune(1.0), position(2.2, 0), 4096);
    assert_eq!((all.len(), all[0].window_s, all[0].centroid_hz[..2].to_vec()), (1, 3.0, vec![0.0, 0.0]));
}

#[test]
fn silence_has_loudness_only() {
    let all = push(&mut DescriptorStage::new(RATE), &[0.0; 4 * 44_100], position(0.0, 0), 4096);
    let last = all.last().unwrap();
    assert!(last.silent && last.loudness.momentary.is_some_and(|value| value.value < -100.0));
    assert_eq!((last.key, last.chord, last.dissonance, last.chroma), (None, None, None, [0.0; 12]));
    assert_eq!(last.centroid_hz.to_vec(), [0.0; 4]);
}

/// Returns a stream analyzer with a fast tag model and no tempo model, and its context.
fn analyzer() -> (StreamAnalyzer, Arc<AnalysisContext>) {
    let settings = SharedSettings::new(Registry::global());
    assert!(settings.set_tags("msd-vgg") && settings.set_tempo(None));
    let context = Arc::new(AnalysisContext::new(Arc::new(settings)));
    let (tap, _) = tap(RATE, 16, 16);
    (StreamAnalyzer::new(Arc::clone(&context), Arc::default(), tap.stats(), RATE), context)
}

/// Pushes samples, and returns the descriptions and whether the descriptors ended.
fn analyze(analyzer: &mut StreamAnalyzer, samples: &[f32]) -> (Vec<Arc<LiveDescriptors>>, bool) {
    let (mut all, mut ended) = (Vec::new(), false);
    let mut out = |event| match event {
        AnalysisEvent::Described(live) => all.push(live),
        AnalysisEvent::DescriptorsEnded { error } => {
            assert_eq!(error, None);
            ended = true;
        }
        _ => {}
    };
    samples.chunks(4096).for_each(|part| Analyze::push(analyzer, part, &mut out).unwrap());
    (all, ended)
}

#[test]
fn nothing_is_computed_before_descriptors_are_requested_and_after() {
    let (mut analyzer, context) = analyzer();
    let samples = tune(2.5);
    assert_eq!(analyze(&mut analyzer, &samples), (Vec::new(), false));
    assert!(!analyzer.descriptors.is_running());
    context.settings().state().change(|state| state.descriptors = true);
    let (all, ended) = analyze(&mut analyzer, &samples);
    assert_eq!((all.len(), ended, all[1].since_start_s), (2, false, 2.0), "they begin with the request");
    assert!((all[1].end_s - 4.5).abs() < 1e-3, "{}", all[1].end_s);
    context.settings().state().change(|state| state.descriptors = false);
    assert_eq!(analyze(&mut analyzer, &samples), (Vec::new(), true));
    assert!(!analyzer.descriptors.is_running());
    // A poll of a window requests them, too.
    let mut poll = || {
        context.descriptors.poll();
        analyze(&mut analyzer, &samples[..4096]);
        analyzer.descriptors.is_running()
    };
    // A request lasts a second, which a busy machine may take for one block.
    assert!((0..50).any(|_| poll()));
}

#[test]
fn marks_of_the_stream_reset_the_descriptors() {
    let (mut analyzer, context) = analyzer();
    context.settings().state().change(|state| state.descriptors = true);
    let samples = tune(2.5);
    analyze(&mut analyzer, &samples);
    for (kind, end_s) in [
        (MarkKind::Seek { to_s: 50.0 }, 51.0),
        (MarkKind::Gap { lost: 44_100 }, 54.5),
        (MarkKind::End, 57.0),
        (MarkKind::Reset, 1.0),
    ] {
        analyzer.mark(kind, &mut |_| {}).unwrap();
        let (all, _) = analyze(&mut analyzer, &samples);
        assert_eq!((all.len(), all[0].since_start_s), (2, 1.0), "{kind:?}");
        assert!((all[0].end_s - end_s).abs() < 1e-3, "{kind:?}: {}", all[0].end_s);
        assert_eq!(all[0].generation, analyzer.generation, "{kind:?}");
    }
}
