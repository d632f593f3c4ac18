//! Tests of sessions whose host loops and jumps, and of moods in real time.

use super::*;
use crate::latest_prediction::ModelValue;

/// Plays as a host that loops from 2 to 2 + `seconds` s, for `rounds` rounds after the first 2 s.
fn play_loop(session: &mut Session, samples: &[f32], seconds: f64, rounds: usize, reports_range: bool) {
    let (block, start) = (480, (2.0 * RATE_HZ) as usize);
    let end = start + (seconds * RATE_HZ) as usize;
    let first = (0..end).step_by(block);
    for at in first.chain((1..rounds).flat_map(|_| (start..end).step_by(block))) {
        let transport = Transport {
            playing: true,
            position_s: Some(at as f64 / RATE_HZ),
            loop_range_s: reports_range.then_some((start as f64 / RATE_HZ, end as f64 / RATE_HZ)),
            ..Transport::default()
        };
        session.process(&[&samples[at..at + block], &samples[at..at + block]], &transport);
    }
}

#[test]
fn short_loop_is_analyzed_as_continuous_sound() {
    let pool = Arc::new(WorkerPool::new(1));
    let samples = music(5.0);
    for (seconds, reports_range) in [(1.0, true), (2.0, false)] {
        let instance = instance(&settings(true));
        let mut session = session(&instance, &pool, Mode::Offline);
        play_loop(&mut session, &samples, seconds, 8, reports_range);
        let snapshot = instance.snapshot().unwrap();
        assert!(snapshot.transport.looped);
        let tags = snapshot.view.tags.expect("tags of a loop shorter than a patch");
        assert!(!tags.stale && snapshot.source_s - tags.end_s < 1.5, "{} of {}", tags.end_s, snapshot.source_s);
        let (looped, plain): (Vec<_>, Vec<_>) = instance.timeline.read(|entries| {
            entries.since(0).map(|(_, entry)| (entry.looped, entry.prediction.end_s)).partition(|(looped, _)| *looped)
        });
        assert!(looped.len() >= 4, "{looped:?}");
        // A host that does not report its loop is recognized at the second pass.
        let start_s = if reports_range { 2.0 + seconds } else { 2.0 + 2.0 * seconds };
        assert!(plain.iter().all(|(_, end_s)| *end_s <= start_s + 1e-6), "{plain:?}");
    }
}

#[test]
fn moods_are_derived_in_real_time() {
    let pool = Arc::new(WorkerPool::new(1));
    let settings = settings(true);
    settings.set_moods(true);
    let instance = instance(&settings);
    let mut session = session(&instance, &pool, Mode::Realtime);
    for part in music(5.0).chunks(RATE_HZ as usize / 4) {
        play(&mut session, part, 480);
        assert!(session.wait_idle(LONG));
    }
    let view = instance.snapshot().unwrap().view;
    let [moods] = &view.added_models[..] else { panic!("expected moods, got {:?}", view.added_models) };
    let ModelValue::Labels(values) = &moods.value else { panic!("expected labels, got {:?}", moods.value) };
    assert_eq!(moods.card.derived_from.as_deref(), Some("msd-vgg"));
    assert_eq!(values.smoothed.len(), moods.card.labels.len());
    assert!(values.latest.iter().all(|value| (0.0..=1.0).contains(value)) && values.latest.iter().any(|v| *v > 0.05));
    let count = |id: &str| timeline(&instance).iter().filter(|prediction| &*prediction.model == id).count();
    assert_eq!(count("moods-msd-vgg"), count("msd-vgg"), "one for each prediction of tags");
    settings.set_moods(false);
    play(&mut session, &music(0.1), 480);
    assert!(session.wait_idle(LONG));
    assert!(instance.snapshot().unwrap().view.added_models.is_empty());
}

#[test]
fn seek_keeps_the_results_as_stale_and_sends_nothing() {
    let pool = Arc::new(WorkerPool::new(1));
    let instance = instance(&settings(true));
    let mut session = session(&instance, &pool, Mode::Offline);
    let samples = music(8.0);
    let at = |position_s: f64| Transport { playing: true, position_s: Some(position_s), ..Transport::default() };
    let mut play = |from_s: f64, blocks: usize| {
        for block in 0..blocks {
            let part = &samples[block * 480..(block + 1) * 480];
            session.process(&[part, part], &at(from_s + block as f64 * 0.01));
        }
        instance.snapshot().unwrap().view
    };
    let before = play(0.0, 450).tags.unwrap();
    let after = play(60.0, 10);
    let tags = after.tags.clone().unwrap();
    assert!(tags.stale && tags.value == before.value, "the last tags stay");
    assert!(after.midi.mappings.iter().all(Option::is_none), "{:?}", after.midi);
    let new = play(60.1, 450).tags.unwrap();
    assert!(!new.stale && new.start_s >= 60.0);
}
