//! Unusual input: silence, short streams, constant, opposite and damaged signals, any rate and number of channels.

use earmark_descriptors::{DESCRIPTORS, Downmix, Extractor, Pool, Profile, Value};
use earmark_dsp::SampleRate;
use earmark_tests::signal;

use super::{extracted, numbers};

fn described(samples: &[f32], channels: usize) -> Pool {
    extracted(samples, SampleRate::HZ_44100, channels, &Profile::default(), 4096)
}

/// Asserts that no number is NaN or infinite.
fn assert_finite(pool: &Pool, what: &str) {
    for (name, value) in pool.iter() {
        assert!(numbers(value).iter().all(|number| number.is_finite()), "{what}: {name}: {value:?}");
    }
}

#[test]
fn silence_has_loudness_and_duration_only() {
    for (what, samples) in [("zeros", vec![0.0; 441_000]), ("whisper", signal::noise(441_000, 1e-6, 1))] {
        let pool = described(&samples, 1);
        assert!(pool.condition.silent, "{what}");
        assert_finite(&pool, what);
        assert_eq!(pool.number("metadata.audio_properties.length"), Some(10.0), "{what}");
        assert_eq!(pool.number("lowlevel.loudness_ebu128.integrated"), Some(-70.0), "{what}");
        for name in ["lowlevel.mfcc.mean", "rhythm.bpm", "tonal.key_edma.key", "lowlevel.average_loudness"] {
            assert_eq!(pool.get(name), Some(&Value::Null), "{what}: {name}");
        }
    }
}

#[test]
fn short_streams_have_every_descriptor_and_say_what_they_are_too_short_for() {
    for samples in [1, 2, 100, 2205, 13_230, 22_050, 44_100, 88_200] {
        let pool = described(&signal::tune(44_100.0, 3.0)[1000..1000 + samples], 1);
        assert_finite(&pool, &format!("{samples} samples"));
        let short = &pool.condition.too_short_for;
        assert!(short.contains(&"rhythm.bpm".to_owned()), "{samples}: {short:?}");
        assert_eq!(short.contains(&"rhythm.danceability".to_owned()), samples < 29_988, "{samples}: {short:?}");
        if pool.condition.silent {
            continue;
        }
        for name in DESCRIPTORS {
            let found = pool.iter().any(|(leaf, _)| leaf == name || leaf.starts_with(&format!("{name}.")));
            assert!(found, "{samples} samples: {name} is missing");
        }
    }
    let pool = described(&[], 1);
    assert_finite(&pool, "no samples");
}

#[test]
fn constant_tone_and_noise_signals_have_finite_values() {
    let tone: Vec<f32> = (0..132_300).map(|i| (f64::from(i) * 0.0627).sin() as f32).collect();
    let impulse = |i: usize| if i == 60_000 { 1.0 } else { 0.0 };
    let cases = [
        ("constant", vec![0.5; 132_300]),
        ("tone", tone),
        ("noise", signal::noise(132_300, 1.0, 5)),
        ("impulse", (0..132_300).map(impulse).collect()),
        ("huge", signal::noise(132_300, 9e5, 5)),
        ("half silent", [signal::tune(44_100.0, 1.5), vec![0.0; 66_150]].concat()),
    ];
    for (what, samples) in cases {
        assert_finite(&described(&samples, 1), what);
    }
}

#[test]
fn channels_of_opposite_phase_are_silent_in_the_mix_and_sound_on_the_left() {
    let samples: Vec<f32> = signal::tune(44_100.0, 4.0).into_iter().flat_map(|sample| [sample, -sample]).collect();
    assert!(described(&samples, 2).condition.silent);
    let builder = Extractor::builder(SampleRate::HZ_44100, 2).downmix(Downmix::Left);
    let mut extractor = builder.build().unwrap();
    extractor.push(&samples);
    let pool = extractor.finish();
    assert!(!pool.condition.silent);
    assert_eq!(pool.text("metadata.audio_properties.analysis.downmix"), Some("left"));
}

#[test]
fn invalid_samples_count_as_zero_and_are_counted() {
    let mut samples = signal::tune(44_100.0, 4.0);
    for (i, value) in [(5_000, f32::NAN), (6_000, f32::INFINITY), (7_000, f32::NEG_INFINITY)] {
        samples[i] = value;
    }
    let pool = described(&samples, 1);
    assert_finite(&pool, "invalid samples");
    assert_eq!(pool.condition.sanitized_samples, 3);
    [5_000, 6_000, 7_000].into_iter().for_each(|i| samples[i] = 0.0);
    assert_eq!(described(&samples, 1).get("lowlevel.mfcc.mean"), pool.get("lowlevel.mfcc.mean"));
}

#[test]
fn any_rate_and_number_of_channels_is_analyzed() {
    for (rate_hz, channels) in [(8_000.0, 1), (768_000.0, 1), (44_100.0, 8), (96_000.0, 6), (1_000.0, 2)] {
        let mono = signal::tune(rate_hz, 3.0);
        let samples: Vec<f32> = mono.iter().flat_map(|&sample| std::iter::repeat_n(sample, channels)).collect();
        let rate = SampleRate::new(rate_hz).unwrap();
        let pool = extracted(&samples, rate, channels, &Profile::default(), 4096);
        assert_finite(&pool, &format!("{rate_hz} Hz, {channels} channels"));
        assert!(!pool.condition.silent);
        assert!((pool.number("metadata.audio_properties.analysis.length").unwrap() - 3.0).abs() < 1e-3);
        assert_eq!(pool.number("metadata.audio_properties.number_channels"), Some(channels as f64));
    }
    assert!(Extractor::builder(SampleRate::HZ_44100, 0).build().is_err());
}
