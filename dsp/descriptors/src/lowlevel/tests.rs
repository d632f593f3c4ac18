use super::*;
use crate::aggregate::Statistics;
use crate::equal_loudness::EqualLoudness;
use crate::options::SilentFrames;
use crate::pool::{Pool, Value};

fn signal(len: usize) -> Vec<f32> {
    (0..len)
        .map(|i| {
            let t = i as f32 / 44_100.0;
            let noise = crate::random::split_mix(i as u64) as f32 / u64::MAX as f32 - 0.5;
            0.3 * (t * 1400.0).sin() + 0.2 * (t * 6000.0 * (1.0 + 0.2 * t)).sin() + 0.02 * noise
        })
        .collect()
}

fn analyzed(options: FrameOptions, signal: &[f32], block: usize) -> LowLevel {
    let mut lowlevel = LowLevel::new(options, &|_| true).unwrap();
    let mut filter = EqualLoudness::new();
    let mut filtered = vec![0.0; block];
    for part in signal.chunks(block) {
        filter.process(part, &mut filtered);
        lowlevel.push(part, &filtered[..part.len()]);
    }
    lowlevel.finish();
    lowlevel
}

fn described(lowlevel: &LowLevel, window: Option<Range<u64>>, gain: f64) -> Pool {
    let (mut pool, statistics) = (Pool::default(), Statistics::default());
    lowlevel.describe(window, gain, &mut PoolWriter::new(&mut pool, &statistics, &|_| true));
    pool
}

#[test]
fn any_block_size_gives_the_same_values() {
    let signal = signal(20_000);
    let expected = described(&analyzed(FrameOptions::LOWLEVEL, &signal, 20_000), None, 0.7);
    for block in [1, 777, 4096] {
        let mut lowlevel = analyzed(FrameOptions::LOWLEVEL, &signal, block);
        assert_eq!(described(&lowlevel, None, 0.7), expected, "blocks of {block}");
        lowlevel.reset();
        assert!(described(&lowlevel, None, 0.7).is_empty());
    }
}

#[test]
fn gain_of_the_description_equals_gain_of_the_signal() {
    let signal = signal(30_000);
    let gain = 0.35;
    let louder: Vec<f32> = signal.iter().map(|sample| sample * gain).collect();
    let at_end = described(&analyzed(FrameOptions::LOWLEVEL, &signal, 30_000), None, f64::from(gain));
    let before = described(&analyzed(FrameOptions::LOWLEVEL, &louder, 30_000), None, 1.0);
    assert_eq!(at_end.len(), before.len());
    for (name, value) in at_end.iter() {
        if name.contains("icov") {
            continue;
        }
        let numbers = |value: &Value| match value {
            Value::Number(number) => vec![*number],
            Value::Vector(vector) => vector.clone(),
            Value::Matrix(rows) => rows.concat(),
            other => panic!("{name}: {other:?}"),
        };
        let (got, expected) = (numbers(value), numbers(before.get(name).unwrap()));
        let scale = expected.iter().fold(1e-12, |scale: f64, value| scale.max(value.abs()));
        for (got, expected) in got.iter().zip(&expected) {
            assert!((got - expected).abs() <= 1e-3 * scale, "{name}: {got}, expected {expected}");
        }
    }
}

#[test]
fn short_silent_and_impossible_signals_have_finite_values() {
    let huge = vec![f32::MAX; 5000];
    let bad: Vec<f32> = (0..5000).map(|i| [f32::NAN, f32::INFINITY, 0.1][i % 3]).collect();
    for silent in [SilentFrames::Noise, SilentFrames::Keep, SilentFrames::Drop] {
        for (frame_len, hop, zero_padding) in [(2048, 1024, 0), (64, 100, 0), (1024, 512, 1024)] {
            let options = FrameOptions { frame_len, hop, zero_padding, silent, ..FrameOptions::LOWLEVEL };
            for signal in [&[][..], &[0.5], &[0.5; 100], &[1.0; 5000], &[0.0; 5000], &huge, &bad, &[1e-30; 5000]] {
                let lowlevel = analyzed(options, signal, 5000);
                for gain in [1.0, 100.0] {
                    let pool = described(&lowlevel, None, gain);
                    let null = pool.iter().find(|(name, value)| **value == Value::Null && !name.ends_with("icov"));
                    assert_eq!(null, None, "{options:?}, {} samples", signal.len());
                }
            }
        }
    }
}

#[test]
fn digital_silence_has_the_descriptors_of_noise() {
    let mut silence = signal(10_000);
    silence.extend([0.0; 40_000]);
    let lowlevel = analyzed(FrameOptions::LOWLEVEL, &silence, 1000);
    let pool = described(&lowlevel, Some(20_000..50_000), 0.5);
    // White noise: half of the samples cross zero, and the centroid after the filter-free noise is half of Nyquist.
    let number = |name: &str| pool.number(&format!("lowlevel.{name}")).unwrap();
    assert!((number("zerocrossingrate.mean") - 0.5).abs() < 0.05);
    assert!((number("spectral_centroid.mean") - 11_025.0).abs() < 800.0);
    assert!(number("spectral_energy.max") < 1e-18 && number("spectral_energy.min") > 0.0);
    assert_eq!(pool, described(&lowlevel, Some(20_000..50_000), 5.0));
    // The step into silence is a flux of the music.
    let step = described(&lowlevel, Some(9_000..14_000), 0.5);
    assert!(step.number("lowlevel.spectral_flux.max").unwrap() > 1e-3);
}

#[test]
fn only_wanted_stages_are_computed() {
    let options = FrameOptions::LOWLEVEL;
    let lowlevel = LowLevel::new(options, &|name| name == "lowlevel.spectral_flux").unwrap();
    assert!(lowlevel.plain.is_some() && !lowlevel.needs_equal_loudness());
    let lowlevel = LowLevel::new(options, &|name| name == "lowlevel.dissonance").unwrap();
    assert!(lowlevel.plain.is_none() && lowlevel.needs_equal_loudness());
    assert!(LowLevel::new(FrameOptions { hop: 0, ..options }, &|_| true).is_err());
}

#[test]
fn selection_gives_the_same_values_as_the_whole() {
    let signal = signal(9_000);
    let all = described(&analyzed(FrameOptions::LOWLEVEL, &signal, 9_000), None, 0.5);
    let names: Vec<&str> = all.iter().filter_map(|(name, _)| name.rsplit_once('.').map(|(name, _)| name)).collect();
    for &only in names.iter().step_by(10) {
        let mut lowlevel = LowLevel::new(FrameOptions::LOWLEVEL, &|name| name == only).unwrap();
        let mut filtered = vec![0.0; signal.len()];
        EqualLoudness::new().process(&signal, &mut filtered);
        lowlevel.push(&signal, &filtered);
        lowlevel.finish();
        let (mut pool, statistics) = (Pool::default(), Statistics::default());
        lowlevel.describe(None, 0.5, &mut PoolWriter::new(&mut pool, &statistics, &|name| name == only));
        assert!(!pool.is_empty(), "{only}");
        for (name, value) in pool.iter() {
            assert_eq!(Some(value), all.get(name), "{name}");
        }
    }
}
