//! Sessions with real models, driven as a host drives them.

use std::fs;
use std::sync::Weak;

use earmark_models::report::{Collector, FileReport, Labelled, ModelOutput as Reported};
use earmark_models::{Analyzer, Gate, Prediction, PredictionValue, Registry};

use super::*;
use crate::latest_results::AnalysisStatus;
use crate::report;
use crate::settings::SharedSettings;
use crate::settings_source::{ModelSelection, SettingsSource};
use crate::state::{AddedModel, ReportHop, StateCell};

const RATE_HZ: f64 = 48_000.0;
const LONG: Duration = Duration::from_secs(120);

/// A quick model for tags, and no tempo.
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
    SessionConfig { rate: SampleRate::new(RATE_HZ).unwrap(), channels: 2, most_block: 1024 }
}

fn session(instance: &Arc<Instance>, pool: &Arc<Pool>, mode: Mode) -> Session {
    let mut session = Session::new(instance, pool, config()).unwrap();
    session.activate(mode);
    session.reset();
    session
}

/// Something with pitch, attack and noise, of so many seconds.
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

/// What an analyzer says by itself about a file, without what the time line leaves out.
fn alone(model: &str, hop_frames: Option<usize>, gate: bool, samples: &[f32]) -> Vec<Prediction> {
    let model = Registry::global().load(model).unwrap();
    let hop_frames = hop_frames.unwrap_or(model.card().hop_frames);
    let builder = Analyzer::builder(config().rate).gate(gate.then(Gate::default));
    let mut analyzer = builder.model_every(model, hop_frames).build().unwrap();
    let mut heard = Vec::new();
    analyzer.push(samples, &mut |prediction| heard.push(prediction)).unwrap();
    analyzer.flush(&mut |prediction| heard.push(prediction)).unwrap();
    heard.iter_mut().for_each(plain);
    heard
}

fn plain(prediction: &mut Prediction) {
    prediction.generation = 0;
    prediction.outcome.drop_embedding();
}

fn without_generations(mut heard: Vec<Prediction>) -> Vec<Prediction> {
    heard.iter_mut().for_each(plain);
    heard
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
fn an_offline_render_hears_what_an_analyzer_hears_bit_for_bit() {
    let pool = Arc::new(Pool::new(1));
    let samples = music(9.3);
    for (block, hop, gate) in [
        (1024, ReportHop::Card, true),
        (64, ReportHop::Card, false),
        (1021, ReportHop::Frames(40), true),
        (300_000, ReportHop::Card, true),
    ] {
        let instance = instance(&settings(gate));
        instance.state().change(|state| state.report.hop = hop);
        let mut session = Session::new(&instance, &pool, SessionConfig { most_block: block, ..config() }).unwrap();
        session.activate(Mode::Offline);
        session.reset();
        play(&mut session, &samples, block);
        session.deactivate();
        let hop_frames = if let ReportHop::Frames(frames) = hop { Some(usize::from(frames)) } else { None };
        let expected = alone("msd-vgg", hop_frames, gate, &samples);
        assert!(expected.len() >= 2);
        assert_eq!(without_generations(timeline(&instance)), expected, "blocks of {block}, hop {hop:?}, gate {gate}");
        let report = instance.snapshot().unwrap();
        assert_eq!((report.counters.dropped, report.given_up, report.offline), (0, 0, true));
    }
}

#[test]
fn a_report_is_what_the_command_line_would_write() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Arc::new(Pool::new(1));
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
    // A second take, ended by a reset, and one of nothing, which is none.
    session.activate(Mode::Offline);
    session.reset();
    play(&mut session, &samples[..(5.0 * RATE_HZ) as usize], 512);
    session.reset();
    session.deactivate();
    let written: Vec<_> = instance.written().into_iter().map(|(_, outcome)| outcome.unwrap()).collect();
    assert_eq!(written.len(), 2, "{written:?}");
    for (path, samples) in written.iter().zip([&samples[..], &samples[..(5.0 * RATE_HZ) as usize]]) {
        let duration_s = samples.len() as f64 / RATE_HZ;
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut expected = FileReport::new(name, duration_s, RATE_HZ, 2);
        let ids = [Some("msd-vgg"), instance.settings().selection().tempo];
        for id in ids.into_iter().flatten() {
            let mut collector = Collector::new(Registry::global().load(id).unwrap().card());
            alone(id, None, true, samples).into_iter().for_each(|prediction| collector.take(prediction));
            expected.models.push(collector.finish(duration_s));
        }
        let Reported::Tags(Labelled { predictions, .. }) = &expected.models[0].heard else { panic!("expected tags") };
        assert!(!predictions.is_empty());
        let mut text = Vec::new();
        report::write(&expected, &mut text).unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), String::from_utf8(text).unwrap());
    }
}

#[test]
fn what_is_exported_from_the_time_line_is_what_was_heard() {
    let pool = Arc::new(Pool::new(1));
    let instance = instance(&settings(true));
    let mut session = session(&instance, &pool, Mode::Offline);
    let samples = music(5.0);
    play(&mut session, &samples, 512);
    session.deactivate();
    let exported = instance.timeline.read(|entries| {
        report::of_timeline(Registry::global(), "now".into(), RATE_HZ, 2, entries.since(0).map(|(_, entry)| entry))
    });
    let predictions = alone("msd-vgg", None, true, &samples);
    let duration_s = predictions.last().unwrap().end_s;
    let mut expected = FileReport::new("now".into(), duration_s, RATE_HZ, 2);
    let mut collector = Collector::new(Registry::global().load("msd-vgg").unwrap().card());
    predictions.into_iter().for_each(|prediction| collector.take(prediction));
    expected.models.push(collector.finish(duration_s));
    assert_eq!(exported, expected);
}

#[test]
fn playing_is_not_reported_and_an_offline_render_only_if_wished() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Arc::new(Pool::new(1));
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
    assert!(session.settle(LONG));
    // Switched while active, as some hosts do: what is still in the ring is not taken for the render.
    session.activate(Mode::Realtime);
    session.reset();
    play(&mut session, &music(0.5), 512);
    session.activate(Mode::Offline);
    session.reset();
    play(&mut session, &music(0.25), 512);
    session.activate(Mode::Realtime);
    session.deactivate();
    assert!(session.settle(LONG));
    let written: Vec<_> = instance.written().into_iter().map(|(_, outcome)| outcome.unwrap()).collect();
    assert_eq!(written.len(), 1, "{written:?}");
    let json: serde_json::Value = serde_json::from_str(&fs::read_to_string(&written[0]).unwrap()).unwrap();
    assert_eq!(json["duration_s"].as_f64(), Some(0.25));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_host_that_is_fast_is_believed_to_render() {
    let pool = Arc::new(Pool::new(1));
    let instance = instance(&settings(true));
    let mut session = session(&instance, &pool, Mode::UnverifiedOffline);
    // More than the ring holds, and much faster than real time if nothing waits.
    let samples = music(24.0);
    play(&mut session, &samples, 4800);
    session.deactivate();
    assert_eq!(instance.snapshot().unwrap().counters.dropped, 0);
    assert_eq!(without_generations(timeline(&instance)), alone("msd-vgg", None, true, &samples));
}

#[test]
fn a_host_that_only_claims_to_render_is_played_to() {
    let folder = tempfile::tempdir().unwrap();
    let pool = Arc::new(Pool::new(1));
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
    assert!(session.settle(LONG));
    assert_eq!(instance.written(), [], "what was played is no render");
    // As often as while playing, but for what a busy machine is spared.
    let view = instance.snapshot().unwrap().view;
    let rate_hz = view.tags.unwrap().rate_hz * view.thinned as f64;
    assert!((rate_hz - 62.5 / 6.0).abs() < 1e-9, "{rate_hz} Hz");
    // The next activation is judged anew.
    session.activate(Mode::Offline);
    session.reset();
    play(&mut session, &samples[..4800], 480);
    session.deactivate();
    assert_eq!(instance.written().len(), 1);
}

#[test]
fn a_tempo_model_that_is_not_built_in_is_missed_and_tags_are_heard() {
    let pool = Arc::new(Pool::new(1));
    // As a host's session of another build may ask for it.
    struct TempoOverride(Arc<SharedSettings>);
    impl SettingsSource for TempoOverride {
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
        fn state(&self) -> &StateCell {
            self.0.state()
        }
    }
    let instance = Arc::new(Instance::new(Arc::new(TempoOverride(settings(true)))));
    let mut session = session(&instance, &pool, Mode::Offline);
    play(&mut session, &music(3.6), 480);
    let view = instance.snapshot().unwrap().view;
    assert!(view.tags.is_some());
    assert_eq!(!view.missing.is_empty(), !cfg!(feature = "tempocnn"), "{:?}", view.missing);
    assert!(view.missing.iter().all(|words| words.contains("tempocnn-fcn")));
}

#[test]
fn another_model_is_heard_from_where_the_music_is_and_the_old_one_is_not_taken_for_it() {
    let pool = Arc::new(Pool::new(1));
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
    assert!(before.midi.followed[0].is_some());

    // As a state that is loaded does it: nobody is told.
    assert!(settings.set_tags("mtt-vgg"));
    assert!(!instance.snapshot().unwrap().view.is_current(&*settings), "what is shown is of the old model");
    play(&mut session, &second[..480], 480);
    let between = instance.snapshot().unwrap().view;
    assert!(between.is_current(&*settings) && between.tags.is_none() && between.midi.followed[0].is_none());
    assert!(between.generation > before.generation);
    let generation = between.generation;
    play(&mut session, &second[480..], 480);
    session.deactivate();

    let heard = timeline(&instance);
    let (old, new): (Vec<_>, Vec<_>) = heard.iter().partition(|p| &*p.model == "msd-vgg");
    assert_eq!(heard.len(), old.len() + new.len());
    assert!(heard.is_sorted_by_key(|p| p.generation) && old.last().unwrap().generation < new[0].generation);
    assert_eq!(new[0].generation, generation, "as the view said");
    assert!((new[0].start_s - 5.0).abs() < 1e-9, "{}", new[0].start_s);
    let mut expected = alone("mtt-vgg", None, true, second);
    expected.iter_mut().for_each(|p| (p.start_s, p.end_s) = (p.start_s + 5.0, p.end_s + 5.0));
    let values = |heard: &[&Prediction]| heard.iter().map(|p| p.outcome.clone()).collect::<Vec<_>>();
    assert_eq!(values(&new), values(&expected.iter().collect::<Vec<_>>()));
}

#[test]
fn streaming_is_heard_while_playing_and_never_in_a_render() {
    let (pool, samples) = (Arc::new(Pool::new(1)), music(5.0));
    let settings = settings(true);
    assert!(settings.set_tags("msd-musicnn"));
    settings.set_rate_hz(2.0);
    settings.state().change(|state| state.report.hop = ReportHop::Rate);
    let heard = |mode: Mode, streaming: bool| {
        settings.state().set_streaming(streaming);
        let instance = instance(&settings);
        let mut session = session(&instance, &pool, mode);
        for quarter in samples.chunks(RATE_HZ as usize / 4) {
            play(&mut session, quarter, 480);
            assert!(session.settle(LONG));
        }
        timeline(&instance)
    };
    let (exact, streaming, render) =
        (heard(Mode::Realtime, false), heard(Mode::Realtime, true), heard(Mode::Offline, true));
    // The first patch has nothing before it, and one in the same place may have been thinned out.
    let worst = |others: &[Prediction]| {
        let differences = exact[1..].iter().filter_map(|one| {
            let other = others.iter().find(|other| other.start_s == one.start_s)?;
            let (PredictionValue::Tags { values: a, .. }, PredictionValue::Tags { values: b, .. }) =
                (&one.outcome, &other.outcome)
            else {
                panic!("expected tags, got {one:?}, {other:?}")
            };
            Some(a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max))
        });
        let differences: Vec<f32> = differences.collect();
        assert!(!differences.is_empty());
        differences.into_iter().fold(0.0, f32::max)
    };
    assert!((1e-4..0.3).contains(&worst(&streaming)), "{}", worst(&streaming));
    assert!(worst(&render) < 1e-6, "{}", worst(&render));
}

#[test]
fn rate_and_gate_change_without_losing_what_was_heard() {
    let pool = Arc::new(Pool::new(1));
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
    let heard = timeline(&instance);
    assert!(heard.iter().all(|p| p.generation == heard[0].generation), "nothing began anew");
    let steps: Vec<f64> = heard[before..].windows(2).map(|pair| pair[1].start_s - pair[0].start_s).collect();
    assert!(steps.len() > 10 && steps.iter().all(|step| (step - steps[0]).abs() < 1e-9), "{steps:?}");
    let view = instance.snapshot().unwrap().view;
    assert_eq!((view.status, view.thinned), (AnalysisStatus::Listening, 1));
}

#[test]
fn the_time_line_follows_the_hosts_song() {
    let pool = Arc::new(Pool::new(1));
    let instance = instance(&settings(true));
    let mut session = session(&instance, &pool, Mode::Offline);
    let samples = music(4.0);
    let mut transport = stopped();
    transport.playing = true;
    (transport.tempo_bpm, transport.numerator, transport.denominator) = (Some(120.0), Some(4), Some(4));
    // The same four seconds, at 60 s of the song and then, after a jump, at 10 s.
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
    let alone = alone("msd-vgg", None, true, &samples);
    assert_eq!(starts, [60.0, 10.0]);
    for entry in &entries {
        assert_eq!(entry.prediction.outcome, alone[0].outcome);
        let Prediction { start_s, end_s, .. } = entry.prediction;
        for (place, at_s) in [(entry.begin, start_s), (entry.end, end_s)] {
            let place = place.unwrap();
            let beats = (place.bar - 1) as f64 * 4.0 + place.beat - 1.0;
            assert!((beats - at_s * 2.0).abs() < 1e-6, "{place:?} at {at_s}");
        }
    }
}

#[test]
fn sixteen_sessions_share_the_threads_and_leave_nothing() {
    let pool = Arc::new(Pool::new(2));
    assert_eq!(pool.threads(), 0, "no thread before there is anything to hear");
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
    let expected = alone("msd-vgg", None, true, &samples);
    for (_, instance) in &sessions {
        assert_eq!(without_generations(timeline(instance)), expected, "nobody hears another");
    }
    // Nobody is active: nothing wakes up.
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
fn midi_says_what_the_chosen_model_says_and_nothing_else() {
    let pool = Arc::new(Pool::new(1));
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
fn a_chosen_model_that_is_not_on_this_machine_is_named_and_the_others_listen() {
    let pool = Arc::new(Pool::new(1));
    let settings = settings(true);
    let instance = instance(&settings);
    let absent = AddedModel { id: "mood_sad-elsewhere-1".into(), sha256: "ab".repeat(32), file: "mood_sad.pb".into() };
    instance.state().change(|state| state.more = vec![absent]);
    let mut session = session(&instance, &pool, Mode::Offline);
    play(&mut session, &music(3.6), 480);
    session.deactivate();
    let view = instance.snapshot().unwrap().view;
    assert!(view.tags.is_some());
    let words = view.missing.join(" ");
    for expected in ["`mood_sad-elsewhere-1`", "mood_sad.pb", &"ab".repeat(32), "the others listen"] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
}
