//! R9 and R10: silence, noise, quiet music, and non-finite samples.

use cpu_time::ThreadTime;
use earmark_dsp::{FeatureStream, FrontEnd, SampleRate, TapEvent, downmix, tap};
use earmark_models::{Gate, Prediction, PredictionValue, Registry};
use earmark_tests::listen::Setup;
use earmark_tests::signal::{noise, tune};

const RATE_HZ: f64 = 44_100.0;

/// Returns a light tag model, and a tempo model if there is one, behind the default gate.
fn setup() -> Setup {
    let load = |id: &str| Registry::global().load(id).unwrap();
    let mut models = vec![(load("msd-vgg"), 93)];
    if cfg!(feature = "tempocnn") {
        models.push((load("tempocnn-deeptemp-k8"), 128));
    }
    Setup { models, gate: Some(Gate::default()), ..Setup::plain(RATE_HZ, load("msd-vgg")) }
}

/// Returns the predictions for blocks that pass through the downmix, as those of a host or a file do.
fn predict(setup: &Setup, blocks: impl IntoIterator<Item = Vec<f32>>) -> Vec<Prediction> {
    let mut analyzer = setup.analyzer().unwrap();
    let mut heard = Vec::new();
    for block in blocks {
        let mut mono = vec![0.0; block.len()];
        downmix::planar(&[&block], &mut mono);
        analyzer.push(&mono, &mut |prediction| heard.push(prediction)).unwrap();
    }
    analyzer.flush(&mut |prediction| heard.push(prediction)).unwrap();
    heard
}

fn is_finite(prediction: &Prediction) -> bool {
    let finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
    match &prediction.outcome {
        PredictionValue::Silent => true,
        PredictionValue::Tags { values, embedding } => finite(values) && embedding.as_deref().is_none_or(finite),
        PredictionValue::Tempo { local, probabilities } => local.bpm >= 30.0 && finite(probabilities),
        other => panic!("unknown outcome {other:?}"),
    }
}

#[test]
fn silence_gives_silent_predictions_only() {
    let second = vec![0.0; RATE_HZ as usize];
    let heard = predict(&setup(), (0..600).map(|_| second.clone()));
    let expected = if cfg!(feature = "tempocnn") { 402 + 99 } else { 402 };
    assert_eq!(heard.len(), expected);
    assert!(heard.iter().all(|prediction| prediction.outcome == PredictionValue::Silent));
    let last = heard.iter().map(|prediction| prediction.end_s).fold(0.0, f64::max);
    assert!((598.0..=600.0).contains(&last), "the last prediction ends at {last}");
}

#[test]
fn signal_below_gate_is_silent_and_quiet_music_is_not() {
    let music = tune(RATE_HZ, 13.0);
    let rms = (music.iter().map(|s| f64::from(s * s)).sum::<f64>() / music.len() as f64).sqrt();
    for (name, level_dbfs, silent) in [("hiss", -90.0, true), ("music", -90.0, true), ("music", -50.0, false)] {
        let gain = (10.0_f64.powf(level_dbfs / 20.0) / rms) as f32;
        let block = match name {
            "hiss" => noise(music.len(), 3.0_f32.sqrt() * 10.0_f32.powf(level_dbfs as f32 / 20.0), 3),
            _ => music.iter().map(|sample| sample * gain).collect(),
        };
        let heard = predict(&setup(), [block]);
        assert!(!heard.is_empty());
        for prediction in heard {
            assert_eq!(
                prediction.outcome == PredictionValue::Silent,
                silent,
                "{name} at {level_dbfs} dBFS: {prediction:?}"
            );
        }
    }
}

#[test]
fn extreme_signals_give_finite_predictions() {
    let samples = (13.0 * RATE_HZ) as usize;
    let square = |peak: f32| (0..samples).map(|i| if i / 50 % 2 == 0 { peak } else { -peak }).collect::<Vec<_>>();
    let cases: [(&str, Vec<f32>, bool); 7] = [
        ("direct current", vec![0.5; samples], false),
        ("a full-scale square", square(1.0), false),
        ("+60 dBFS", noise(samples, 1000.0, 5), false),
        ("the loudest that is let through", square(1e6), false),
        ("denormals", vec![1e-40; samples], true),
        ("negative zeros", vec![-0.0; samples], true),
        ("not a number", vec![f32::NAN; samples], true),
    ];
    for (name, samples, silent) in cases {
        let heard = predict(&setup(), [samples]);
        assert!(!heard.is_empty(), "{name}");
        for prediction in heard {
            assert!(is_finite(&prediction), "{name}: {prediction:?}");
            assert_eq!(prediction.outcome == PredictionValue::Silent, silent, "{name}: {prediction:?}");
        }
    }
}

#[test]
fn denormals_cost_no_more_than_music() {
    let rate = SampleRate::new(RATE_HZ).unwrap();
    let samples = (20.0 * RATE_HZ) as usize;
    // In practice denormals come from decaying tails.
    let tail: Vec<f32> = (0..samples).map(|i| 1e-37 * 0.999_9_f32.powi(i as i32)).collect();
    let cost = |samples: &[f32]| {
        let mut mono = vec![0.0; samples.len()];
        // Front ends of whole seconds use the same parts and would outweigh the others.
        let front_ends = FrontEnd::ALL.into_iter().filter(|front_end| front_end.rows() == 1);
        let mut streams: Vec<_> = front_ends.map(|front_end| FeatureStream::new(front_end, rate).unwrap()).collect();
        let begun = ThreadTime::now();
        downmix::planar(&[samples], &mut mono);
        for stream in &mut streams {
            stream.push(&mono, |mut frame| assert!(frame.level.is_finite() && !frame.bands().is_empty()));
        }
        begun.elapsed().as_secs_f64()
    };
    let signals = [tune(RATE_HZ, 20.0), vec![1e-40; samples], tail];
    // The signals are measured alternately and the minimum counts, because the speed of the machine varies.
    let mut least = [f64::INFINITY; 3];
    for _ in 0..5 {
        least.iter_mut().zip(&signals).for_each(|(least, samples)| *least = least.min(cost(samples)));
    }
    let [music, constant, decaying] = least;
    for (name, cost) in [("constant", constant), ("decaying", decaying)] {
        let ratio = cost / music;
        println!("{name} denormals: {ratio:.2} times the thread time of music");
        assert!(ratio <= 1.2, "{name} denormals cost {ratio:.2} times what music costs, at most 1.2 wanted");
    }
}

#[test]
fn non_finite_samples_are_counted_and_analyzed_as_silence() {
    let rate = SampleRate::new(RATE_HZ).unwrap();
    let clean = tune(RATE_HZ, 8.0);
    let bad = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX];
    let places: Vec<usize> = (0..200).map(|i| 30_000 + 173 * i).collect();
    let (mut dirty, mut zeroed) = (clean.clone(), clean.clone());
    for (i, &place) in places.iter().enumerate() {
        dirty[place] = bad[i % bad.len()];
        zeroed[place] = 0.0;
    }
    let setup = setup();
    let mut analyzer = setup.analyzer().unwrap();
    let mut heard = Vec::new();
    let (mut tap, mut reader) = tap(rate, 1 << 16, 8);
    for block in dirty.chunks(480) {
        tap.push_mono(block);
        while let Some(TapEvent::Samples(samples)) = reader.poll(usize::MAX) {
            analyzer.push(samples, &mut |prediction| heard.push(prediction)).unwrap();
        }
    }
    analyzer.flush(&mut |prediction| heard.push(prediction)).unwrap();
    assert_eq!(tap.counters().sanitized, places.len() as u64);
    assert_eq!(heard, predict(&setup, [zeroed]), "as if they had been zeros");
    // Patches that begin behind the last non-finite sample are unchanged.
    let last_s = (places[places.len() - 1] + 1) as f64 / RATE_HZ;
    let undisturbed = predict(&setup, [clean]);
    let behind: Vec<_> = heard.iter().zip(&undisturbed).filter(|(prediction, _)| prediction.start_s > last_s).collect();
    assert!(!behind.is_empty());
    for (got, expected) in behind {
        assert_eq!(got, expected, "a patch behind the last bad sample");
    }
}
