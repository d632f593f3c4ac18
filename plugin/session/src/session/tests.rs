//! Tests of sessions with real models, driven as a host drives them.

mod phases;
mod repaints;
mod transport;

use std::fs;
use std::sync::Weak;

use earmark_models::report::{Collector, FileReport, LabelSeries, ModelOutput as Reported};
use earmark_models::{Analyzer, Gate, Prediction, PredictionValue, Registry};

use super::*;
use crate::latest_results::AnalysisStatus;
use crate::report;
use crate::settings::SharedSettings;
use crate::settings_source::{ModelSelection, SettingsSource};
use crate::state::{AddedModel, ReportHop, SharedState};

const RATE_HZ: f64 = 48_000.0;
const LONG: Duration = Duration::from_secs(120);

/// Returns settings with a fast tag model and no tempo model.
fn settings(gate: bool) -> Arc<SharedSettings> {
    let settings = SharedSettings::new(Registry::global());
    assert!(settings.set_tags("msd-vgg") && settings.set_tempo(None));
    settings.set_gate(gate);
    Arc::new(settings)
}

fn instance(settings: &Arc<SharedSettings>) -> Arc<Instance> {
    Arc::new(Instance::new(Arc::clone(settings) as Arc<dyn SettingsSource>))
}

fn config() -> SessionConfig {
    SessionConfig { rate: SampleRate::new(RATE_HZ).unwrap(), channels: 2, max_block: 1024 }
}

fn session(instance: &Arc<Instance>, pool: &Arc<WorkerPool>, mode: Mode) -> Session {
    let mut session = Session::new(instance, pool, config()).unwrap();
    session.activate(mode);
    session.reset();
    session
}

/// Returns `seconds` of a synthetic signal with pitch, attacks and noise.
fn music(seconds: f64) -> Vec<f32> {
    let mut noise = 0x2545_f491_u32;
    (0..(seconds * RATE_HZ) as usize)
        .map(|i| {
            let t = i as f64 / RATE_HZ;
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            let beat = (-8.0 * (t * 2.0).fract()).exp();
            let tone = (t * 2.0 * std::f64::consts::PI * 220.0 * (1.0 + (t / 2.0).floor() % 5.0 / 4.0)).sin();
            (0.4 * tone * beat + 0.05 * beat * (f64::from(noise) / f64::from(u32::MAX) - 0.5)) as f32
        })
        .collect()
}

fn stopped() -> Transport {
    Transport::default()
}

fn play(session: &mut Session, samples: &[f32], block: usize) {
    for block in samples.chunks(block) {
        session.process(&[block, block], &stopped());
    }
}

fn timeline(instance: &Instance) -> Vec<Prediction> {
    instance.timeline.read(|entries| entries.since(0).map(|(_, entry)| entry.prediction.clone()).collect())
}

/// Returns the predictions of an analyzer without a session, in the form of the timeline.
fn reference(model: &str, hop_frames: Option<usize>, gate: bool, samples: &[f32]) -> Vec<Prediction> {
    let model = Registry::global().load(model).unwrap();
    let hop_frames = hop_frames.unwrap_or(model.card().hop_frames);
    let builder = Analyzer::builder(config().rate).gate(gate.then(Gate::default));
    let mut analyzer = builder.model_with_hop(model, hop_frames).build().unwrap();
    let mut predictions = Vec::new();
    analyzer.push(samples, &mut |prediction| predictions.push(prediction)).unwrap();
    analyzer.flush(&mut |prediction| predictions.push(prediction)).unwrap();
    predictions.iter_mut().for_each(strip);
    predictions
}

fn strip(prediction: &mut Prediction) {
    prediction.generation = 0;
    prediction.outcome.drop_embedding();
}

/// Returns the largest difference of two predictions of tags.
fn difference(one: &Prediction, other: &Prediction) -> f32 {
    let (PredictionValue::Tags { values: a, .. }, PredictionValue::Tags { values: b, .. }) =
        (&one.outcome, &other.outcome)
    else {
        panic!("expected tags, got {one:?}, {other:?}")
    };
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

fn without_generations(mut predictions: Vec<Prediction>) -> Vec<Prediction> {
    predictions.iter_mut().for_each(strip);
    predictions
}

#[test]
fn ring_holds_ten_seconds_within_its_bounds_and_four_blocks() {
    for (rate_hz, max_block, expected) in [
        (1_000.0, 64, MIN_RING_SAMPLES),
        (48_000.0, 1024, 480_000),
        (768_000.0, 1024, MAX_RING_SAMPLES),
        (48_000.0, 1 << 20, 4 << 20),
    ] {
        assert_eq!(ring_len(rate_hz, max_block), expected, "{rate_hz} Hz, blocks of {max_block}");
    }
}

#[test]
fn offline_render_equals_the_analyzer_bit_for_bit() {
    let pool = Arc::new(WorkerPool::new(1));
    let samples = music(9.3);
    for (block, hop, gate) in [
        (1024, ReportHop::Card, true),
        (64, ReportHop::Card, false),
        (1021, ReportHop::Frames(40), true),
        (300_000, ReportHop::Card, true),
    ] {
        let instance = instance(&settings(gate));
        instance.state().change(|state| state.report.hop = hop);
        let mut session = Session::new(&instance, &pool, SessionConfig { max_block: block, ..config() }).unwrap();
        session.activate(Mode::Offline);
        session.reset();
        play(&mut session, &samples, block);
        session.deactivate();
        let hop_frames = if let ReportHop::Frames(frames) = hop { Some(usize::from(frames)) } else { None };
        let expected = reference("msd-vgg", hop_frames, gate, &samples);
        assert!(expected.len() >= 2);
        assert_eq!(without_generations(timeline(&instance)), expected, "blocks of {block}, hop {hop:?}, gate {gate}");
        let snapshot = instance.snapshot().unwrap();
        assert_eq!((snapshot.counters.dropped, snapshot.render_timeouts, snapshot.offline), (0, 0, true));
    }
}

#[test]
fn report_equals_that_of_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Arc::new(WorkerPool::new(1));
    let settings = settings(true);
    assert_eq!(settings.set_tempo(Some("tempocnn-deeptemp-k8")), cfg!(feature = "tempocnn"));
    let instance = instance(&settings);
    instance.state().change(|state| {
        state.report.save = true;
        state.report.folder = folder.path().into();
    });
    let samples = music(14.0);
    let mut session = session(&instance, &pool, Mode::Offline);
    play(&mut session, &samples, 512);
    session.deactivate();
    // A second take that a reset ends, and an empty one, which gets no report.
    session.activate(Mode::Offline);
    session.reset();
    play(&mut session, &samples[..(5.0 * RATE_HZ) as usize], 512);
    session.reset();
    session.deactivate();
    let written: Vec<_> = instance.recent_reports().into_iter().map(|(_, outcome)| outcome.unwrap()).collect();
    assert_eq!(written.len(), 2, "{written:?}");
    for (path, samples) in written.iter().zip([&samples[..], &samples[..(5.0 * RATE_HZ) as usize]]) {
        let duration_s = samples.len() as f64 / RATE_HZ;
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut expected = FileReport::new(name, duration_s, RATE_HZ, 2);
        let ids = [Some("msd-vgg"), instance.settings().selection().tempo];
        for id in ids.into_iter().flatten() {
            let mut collector = Collector::new(Registry::global().load(id).unwrap().card());
            reference(id, None, true, samples).into_iter().for_each(|prediction| collector.push(prediction));
            expected.models.push(collector.finish(duration_s));
        }
        let Reported::Tags(LabelSeries { predictions, .. }) = &expected.models[0].output else {
            panic!("expected tags")
        };
        assert!(!predictions.is_empty());
        let mut text = Vec::new();
        report::write(&expected, &mut text).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), String::from_utf8(text).unwrap());
    }
}

#[test]
fn descriptors_are_published_and_on_their_timeline_until_a_reset() {
    let pool = Arc::new(WorkerPool::new(1));
    let instance = instance(&settings(true));
    instance.state().change(|state| state.descriptors = true);
    let mut session = session(&instance, &pool, Mode::Offline);
    play(&mut session, &music(4.5), 1024);
    let ends: Vec<f64> = instance.descriptors.read(|timeline| timeline.since(0).map(|(_, live)| live.end_s).collect());
    assert_eq!(ends.len(), 4);
    // The resampler holds back up to 70 ms.
    assert!(ends.iter().zip(1..).all(|(end_s, second)| (end_s - f64::from(second)).abs() < 0.08), "{ends:?}");
    let latest = instance.snapshot().unwrap().view.descriptors.unwrap();
    assert_eq!(latest.end_s, ends[3]);
    assert!(!latest.silent && latest.key.is_some() && latest.loudness.short_term.is_some());
    session.reset();
    assert_eq!(instance.snapshot().unwrap().view.descriptors, None);
}

#[test]
fn exported_timeline_has_all_predictions() {
    let pool = Arc::new(WorkerPool::new(1));
    let instance = instance(&settings(true));
    let mut session = session(&instance, &pool, Mode::Offline);
    let samples = music(5.0);
    play(&mut session, &samples, 512);
    session.deactivate();
    let exported = instance.timeline.read(|entries| {
        report::of_timeline(Registry::global(), "now".into(), RATE_HZ, 2, entries.since(0).map(|(_, entry)| entry))
    });
    let predictions = reference("msd-vgg", None, true, &samples);
    let duration_s = predictions.last().unwrap().end_s;
    let mut expected = FileReport::new("now".into(), duration_s, RATE_HZ, 2);
    let mut collector = Collector::new(Registry::global().load("msd-vgg").unwrap().card());
    predictions.into_iter().for_each(|prediction| collector.push(prediction));
    expected.models.push(collector.finish(duration_s));
    assert_eq!(exported, expected);
}

#[test]
fn only_offline_renders_are_reported_and_only_if_enabled() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Arc::new(WorkerPool::new(1));
    let instance = instance(&settings(true));
    instance.state().change(|state| state.report.folder = folder.path().into());
    let mut session = session(&instance, &pool, Mode::Offline);
    play(&mut session, &music(0.5), 512);
    session.deactivate();
    instance.state().change(|state| state.report.save = true);
    session.activate(Mode::Realtime);
    session.reset();
    play(&mut session, &music(0.5), 512);
    session.deactivate();
    assert!(session.wait_idle(LONG));
    // Some hosts change the mode while active: samples in the ring do not belong to the render.
    session.activate(Mode::Realtime);
    session.reset();
    play(&mut session, &music(0.5), 512);
    session.activate(Mode::Offline);
    session.reset();
    play(&mut session, &music(0.25), 512);
    session.activate(Mode::Realtime);
    session.deactivate();
    assert!(session.wait_idle(LONG));
    let written: Vec<_> = instance.recent_reports().into_iter().map(|(_, outcome)| outcome.unwrap()).collect();
    assert_eq!(written.len(), 1, "{written:?}");
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(&written[0]).unwrap()).unwrap();
    assert_eq!(json["duration_s"].as_f64(), Some(0.25));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn unverified_offline_flag_blocks_if_the_host_is_fast() {
    let pool = Arc::new(WorkerPool::new(1));
    let instance = instance(&settings(true));
    let mut session = session(&instance, &pool, Mode::UnverifiedOffline);
    // More than the ring holds, and much faster than real time if nothing waits.
    let samples = music(24.0);
    play(&mut session, &samples, 4800);
    session.deactivate();
    assert_eq!(instance.snapshot().unwrap().counters.dropped, 0);
    assert_eq!(without_generations(timeline(&instance)), reference("msd-vgg", None, true, &samples));
}

#[test]
fn offline_flag_is_ignored_at_real_time_speed() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Arc::new(WorkerPool::new(1));
    let instance = instance(&settings(true));
    instance.state().change(|state| {
        state.report.save = true;
        state.report.folder = folder.path().into();
    });
    let mut session = session(&instance, &pool, Mode::UnverifiedOffline);
    let samples = music(5.0);
    for block in samples.chunks(4800) {
        session.process(&[block], &stopped());
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(!instance.snapshot().unwrap().offline);
    session.deactivate();
    assert!(session.wait_idle(LONG));
    assert_eq!(instance.recent_reports(), [], "real time gets no report");
    // The update rate applies, reduced by load shedding.
    let view = instance.snapshot().unwrap().view;
    let rate_hz = view.tags.unwrap().rate_hz * view.decimation as f64;
    assert!((rate_hz - 62.5 / 6.0).abs() < 1e-9, "{rate_hz} Hz");
    // The next activation is checked again.
    session.activate(Mode::Offline);
    session.reset();
    play(&mut session, &samples[..4800], 480);
    session.deactivate();
    assert_eq!(instance.recent_reports().len(), 1);
}

#[test]
fn missing_tempo_model_is_reported_and_tags_run() {
    let pool = Arc::new(WorkerPool::new(1));
    // A session that another build saved may select the model.
    struct WithTempo(Arc<SharedSettings>);
    impl SettingsSource for WithTempo {
        fn selection(&self) -> ModelSelection {
            ModelSelection { tempo: Some("tempocnn-fcn"), ..self.0.selection() }
        }

        fn rate_hz(&self) -> f32 {
            self.0.rate_hz()
        }

        fn smoothing_s(&self) -> f32 {
            self.0.smoothing_s()
        }

        fn gate(&self) -> bool {
            self.0.gate()
        }

        fn frozen(&self) -> bool {
            self.0.frozen()
        }

        fn registry(&self) -> &'static Registry {
            Registry::global()
        }
        fn state(&self) -> &SharedState {
            self.0.state()
        }
    }
    let instance = Arc::new(Instance::new(Arc::new(WithTempo(settings(true)))));
    let mut session = session(&instance, &pool, Mode::Offline);
    play(&mut session, &music(3.6), 480);
    let view = instance.snapshot().unwrap().view;
    assert!(view.tags.is_some());
    assert_eq!(!view.unavailable.is_empty(), !cfg!(feature = "tempocnn"), "{:?}", view.unavailable);
    assert!(view.unavailable.iter().all(|message| message.contains("tempocnn-fcn")));
}

#[test]
fn change_of_model_continues_at_the_source_time_in_a_new_generation() {
    let pool = Arc::new(WorkerPool::new(1));
    let settings = settings(true);
    let instance = instance(&settings);
    let mut session = session(&instance, &pool, Mode::Offline);
    let samples = music(10.0);
    let (first, second) = samples.split_at((5.0 * RATE_HZ) as usize);
    play(&mut session, first, 480);
    let before = instance.snapshot().unwrap().view;
    assert_eq!(before.selection, Some(settings.selection()));
    assert!(before.is_current(&*settings));
    let tags = before.tags.unwrap();
    assert_eq!(&*tags.card.id, "msd-vgg");
    assert!(before.midi.mappings[0].is_some());

    // The worker is not notified, as when a state is loaded.
    assert!(settings.set_tags("mtt-vgg"));
    assert!(!instance.snapshot().unwrap().view.is_current(&*settings), "the results are those of the old model");
    play(&mut session, &second[..480], 480);
    let between = instance.snapshot().unwrap().view;
    assert!(between.is_current(&*settings) && between.midi.mappings[0].is_none());
    let tags = between.tags.unwrap();
    assert!(tags.stale && &*tags.card.id == "msd-vgg", "shown as old until the new model predicts");
    play(&mut session, &second[480..], 480);
    session.deactivate();

    let predictions = timeline(&instance);
    let (old, new): (Vec<_>, Vec<_>) = predictions.iter().partition(|p| &*p.model == "msd-vgg");
    assert_eq!(predictions.len(), old.len() + new.len());
    // The frames go on, so the new model starts with the next one.
    assert!((new[0].start_s - 5.0).abs() < 0.05 && (new[0].end_s - new[0].start_s - 3.0).abs() < 0.1, "{:?}", new[0]);
    let expected = reference("mtt-vgg", None, true, second);
    assert_eq!(new.len(), expected.len());
    let worst = new.iter().zip(&expected).map(|(new, expected)| difference(new, expected)).fold(0.0, f32::max);
    assert!(worst < 0.05, "the patches differ by less than a frame, the values by {worst}");
}

#[test]
fn streaming_context_applies_in_real_time_and_never_in_a_render() {
    let (pool, samples) = (Arc::new(WorkerPool::new(1)), music(5.0));
    let settings = settings(true);
    assert!(settings.set_tags("msd-musicnn"));
    settings.set_rate_hz(2.0);
    settings.state().change(|state| state.report.hop = ReportHop::Rate);
    let predictions = |mode: Mode, streaming: bool| {
        settings.state().set_streaming(streaming);
        let instance = instance(&settings);
        let mut session = session(&instance, &pool, mode);
        for quarter in samples.chunks(RATE_HZ as usize / 4) {
            play(&mut session, quarter, 480);
            assert!(session.wait_idle(LONG));
        }
        timeline(&instance)
    };
    let (exact, streaming, render) =
        (predictions(Mode::Realtime, false), predictions(Mode::Realtime, true), predictions(Mode::Offline, true));
    // The first patch has no left context, and load shedding may have skipped a patch at the same position.
    let worst = |others: &[Prediction]| {
        let differences = exact[1..].iter().filter_map(|one| {
            let other = others.iter().find(|other| other.start_s == one.start_s)?;
            Some(difference(one, other))
        });
        let differences: Vec<f32> = differences.collect();
        assert!(!differences.is_empty());
        differences.into_iter().fold(0.0, f32::max)
    };
    assert!((1e-4..0.3).contains(&worst(&streaming)), "{}", worst(&streaming));
    assert!(worst(&render) < 1e-6, "{}", worst(&render));
}

#[test]
fn rate_and_gate_change_without_a_restart() {
    let pool = Arc::new(WorkerPool::new(1));
    let instance = instance(&settings(false));
    instance.state().change(|state| state.report.hop = ReportHop::Frames(100));
    let mut session = session(&instance, &pool, Mode::Offline);
    let samples = music(8.0);
    play(&mut session, &samples[..(4.0 * RATE_HZ) as usize], 480);
    let before = timeline(&instance).len();
    assert!(before > 0);
    instance.state().change(|state| state.report.hop = ReportHop::Frames(10));
    play(&mut session, &samples[(4.0 * RATE_HZ) as usize..], 480);
    session.deactivate();
    let predictions = timeline(&instance);
    assert!(predictions.iter().all(|p| p.generation == predictions[0].generation), "no restart");
    let steps: Vec<f64> = predictions[before..].windows(2).map(|pair| pair[1].start_s - pair[0].start_s).collect();
    assert!(steps.len() > 10 && steps.iter().all(|step| (step - steps[0]).abs() < 1e-9), "{steps:?}");
    let view = instance.snapshot().unwrap().view;
    assert_eq!((view.status, view.decimation), (AnalysisStatus::Listening, 1));
}

#[test]
fn timeline_has_the_host_positions() {
    let pool = Arc::new(WorkerPool::new(1));
    let instance = instance(&settings(true));
    let mut session = session(&instance, &pool, Mode::Offline);
    let samples = music(4.0);
    let mut transport = stopped();
    transport.playing = true;
    (transport.tempo_bpm, transport.numerator, transport.denominator) = (Some(120.0), Some(4), Some(4));
    // Plays the same four seconds at 60 s of the song and, after a seek, at 10 s.
    for begin_s in [60.0, 10.0] {
        for (i, block) in samples.chunks(480).enumerate() {
            let at_s = begin_s + (i * 480) as f64 / RATE_HZ;
            transport.position_s = Some(at_s);
            transport.beats = Some(at_s * 2.0);
            session.process(&[block], &transport);
        }
    }
    session.deactivate();
    let entries: Vec<_> = instance.timeline.read(|entries| entries.since(0).map(|(_, entry)| entry.clone()).collect());
    let starts: Vec<f64> = entries.iter().map(|entry| entry.prediction.start_s).collect();
    let expected = reference("msd-vgg", None, true, &samples);
    assert_eq!(starts, [60.0, 10.0]);
    for entry in &entries {
        assert_eq!(entry.prediction.outcome, expected[0].outcome);
        let Prediction { start_s, end_s, .. } = entry.prediction;
        for (place, at_s) in [(entry.begin, start_s), (entry.end, end_s)] {
            let place = place.unwrap();
            let beats = (place.bar - 1) as f64 * 4.0 + place.beat - 1.0;
            assert!((beats - at_s * 2.0).abs() < 1e-6, "{place:?} at {at_s}");
        }
    }
}

#[test]
fn sixteen_sessions_share_the_threads_and_leak_nothing() {
    let pool = Arc::new(WorkerPool::new(2));
    assert_eq!(pool.threads(), 0, "no thread before the first stream");
    let samples = music(3.6);
    let mut sessions: Vec<(Session, Arc<Instance>)> = (0..16)
        .map(|_| {
            let instance = instance(&settings(true));
            (session(&instance, &pool, Mode::Offline), instance)
        })
        .collect();
    for block in samples.chunks(1024) {
        for (session, _) in &mut sessions {
            session.process(&[block], &stopped());
        }
    }
    for (session, _) in &mut sessions {
        session.deactivate();
    }
    assert_eq!(pool.threads(), 2);
    let expected = reference("msd-vgg", None, true, &samples);
    for (_, instance) in &sessions {
        assert_eq!(without_generations(timeline(instance)), expected, "sessions are independent");
    }
    // Without an active session no thread wakes up.
    std::thread::sleep(Duration::from_millis(50));
    let before = pool.wakeups();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(pool.wakeups(), before);

    let instances: Vec<Weak<Instance>> = sessions.iter().map(|(_, instance)| Arc::downgrade(instance)).collect();
    let pool_is = Arc::downgrade(&pool);
    drop(pool);
    sessions.truncate(1);
    assert!(pool_is.upgrade().is_some(), "one is left");
    sessions.clear();
    assert!(pool_is.upgrade().is_none(), "the threads went with the last session");
    assert!(instances.iter().all(|instance| instance.upgrade().is_none()));
}

#[test]
fn midi_sends_only_values_of_the_selected_model() {
    let pool = Arc::new(WorkerPool::new(1));
    let settings = settings(false);
    settings.set_smoothing_s(0.0);
    let instance = instance(&settings);
    let mut session = session(&instance, &pool, Mode::Offline);
    let mut events = Vec::new();
    play(&mut session, &music(4.0), 480);
    session.send_midi(Some(0), &mut |event| {
        events.push(event);
        true
    });
    let controllers = events.iter().filter(|event| matches!(event, MidiEvent::Control { .. })).count();
    assert_eq!(controllers, 18, "{events:?}");
    // The old model's values are not sent as the new one's.
    assert!(settings.set_tags("mtt-vgg"));
    session.send_midi(Some(0), &mut |event| panic!("{event:?} of the old model"));
}

#[test]
fn missing_added_model_is_named_and_the_others_run() {
    let pool = Arc::new(WorkerPool::new(1));
    let settings = settings(true);
    let instance = instance(&settings);
    let absent = AddedModel { id: "mood_sad-elsewhere-1".into(), sha256: "ab".repeat(32), file: "mood_sad.pb".into() };
    instance.state().change(|state| state.added_models = vec![absent]);
    let mut session = session(&instance, &pool, Mode::Offline);
    play(&mut session, &music(3.6), 480);
    session.deactivate();
    let view = instance.snapshot().unwrap().view;
    assert!(view.tags.is_some());
    let messages = view.unavailable.join(" ");
    for expected in ["`mood_sad-elsewhere-1`", "mood_sad.pb", &"ab".repeat(32), "the other models run"] {
        assert!(messages.contains(expected), "{expected}: {messages}");
    }
}
