//! Tests of the group as a whole, on a melody of synthetic notes.

use super::*;
use crate::{Pool, PoolWriter, Statistics, Value};

const RATE: usize = 44_100;

/// Returns a cadence in C major in a tuning, in chords of half a second: C F G C.
fn cadence(seconds: usize, tuning_hz: f64) -> Vec<f32> {
    let chords = [[3, 7, 10], [8, 12, 15], [10, 14, 17], [3, 7, 10]];
    let sample = |i: usize| {
        let notes = chords[2 * i / RATE % 4];
        let note = |semitone: i32| {
            let hz = tuning_hz * (f64::from(semitone) / 12.0 - 1.0).exp2();
            let angle = std::f64::consts::TAU * hz * i as f64 / RATE as f64;
            0.1 * angle.sin() + 0.05 * (2.0 * angle).sin() + 0.02 * (3.0 * angle).sin()
        };
        notes.map(note).iter().sum::<f64>() as f32
    };
    (0..seconds * RATE).map(sample).collect()
}

fn tonal() -> Tonal {
    Tonal::new(FrameOptions::TONAL, &|_| true).unwrap()
}

fn described(tonal: &mut Tonal, window: Option<Range<u64>>, gain: f64) -> Pool {
    let (mut pool, statistics) = (Pool::default(), Statistics::default());
    tonal.describe(window, gain, &mut PoolWriter::new(&mut pool, &statistics, &|_| true));
    pool
}

#[test]
fn cadence_has_its_key_chords_and_tuning() {
    let mut tonal = tonal();
    tonal.push(&cadence(8, tuning_hz(14)));
    tonal.finish();
    let pool = described(&mut tonal, None, 1.0);
    for profile in KeyProfile::LAYOUT {
        let [tonic, scale, strength] = key_names(profile);
        assert_eq!((pool.text(&tonic), pool.text(&scale)), (Some("C"), Some("major")), "{}", profile.name());
        assert!(pool.number(&strength).unwrap() > 0.6);
    }
    assert_eq!(pool.text("tonal.chords_scale"), Some("major"));
    // The third harmonic lies 2 cents above the tempered scale.
    let tuning = pool.number("tonal.tuning_frequency").unwrap();
    assert!((tuning_hz(13)..=tuning_hz(17)).contains(&tuning), "{tuning} Hz");
    assert_eq!(pool.vector("tonal.thpcp").unwrap()[0], 1.0);
    assert!((pool.vector("tonal.chords_histogram").unwrap().iter().sum::<f64>() - 100.0).abs() < 1e-9);
    assert!(pool.number("tonal.tuning_equal_tempered_deviation").unwrap() < 0.15);
    // 59 leaves, as in the layout of the reference.
    assert_eq!(pool.len(), 59);
    assert!(pool.iter().all(|(_, value)| *value != Value::Null));
    let summary = tonal.summary(None, 1.0, KeyProfile::Edma).unwrap();
    assert_eq!(summary.key.to_string(), "C major");
    assert!(summary.chroma[0] > 0.5 && summary.chroma[1] < 0.2, "{summary:?}");
    assert_eq!(summary.chord.unwrap().scale, Scale::Major);
    assert_eq!(tonal.key(None, 1.0, KeyProfile::Diatonic), None);
}

#[test]
fn live_stream_equals_offline_once_it_is_finished() {
    let samples = cadence(6, tuning_hz(20));
    let mut offline = tonal();
    offline.push(&samples);
    offline.finish();
    let expected = described(&mut offline, None, 0.7);
    let mut live = tonal();
    for round in 0..2 {
        for (i, block) in samples.chunks(997).enumerate() {
            live.push(block);
            if i % 50 == 0 {
                // Another gain, so that other peaks exceed the threshold.
                described(&mut live, Some(0..(i * 500) as u64), 1e-4 * (i + 1) as f64);
                live.summary(None, 1.0, KeyProfile::Edma);
            }
        }
        live.finish();
        assert_eq!(described(&mut live, None, 0.7), expected, "round {round}");
        assert_eq!(described(&mut live, None, 0.7), expected, "round {round}, from the cache");
        live.reset();
    }
}

#[test]
fn gain_before_the_analysis_and_after_it_are_the_same() {
    // A power of 2 changes no mantissa. The gain makes peaks pass the threshold.
    let quiet: Vec<f32> = cadence(3, 440.0).iter().map(|sample| sample * 1e-4).collect();
    let loud: Vec<f32> = quiet.iter().map(|sample| sample * 8.0).collect();
    let pools = [(quiet, 8.0), (loud, 1.0)].map(|(samples, gain)| {
        let mut tonal = tonal();
        tonal.push(&samples);
        tonal.finish();
        described(&mut tonal, None, 1.0);
        described(&mut tonal, None, gain)
    });
    assert_eq!(pools[0], pools[1]);
}

#[test]
fn window_holds_the_frames_whose_centre_lies_in_it() {
    let mut tonal = tonal();
    tonal.push(&cadence(2, 440.0));
    tonal.finish();
    let hop = FrameOptions::TONAL.hop as u64;
    for (window, expected) in [
        (0..1, vec![0]),
        (1..hop + 1, vec![1]),
        (hop..3 * hop, vec![1, 2]),
        (hop + 1..hop + 2, vec![]),
        (40 * hop..u64::MAX, vec![40, 41, 42, 43, 44]),
    ] {
        let mut frames = Vec::new();
        tonal.for_each_frame(Some(window.clone()), 1.0, |frame| frames.push(frame.index));
        assert_eq!(frames, expected, "{window:?}");
        assert_eq!(described(&mut tonal, Some(window), 1.0).is_empty(), expected.is_empty());
    }
}

#[test]
fn chords_of_a_window_are_those_of_its_piece() {
    // A window of whole hops over a stationary chord.
    let samples: Vec<f32> = cadence(8, 440.0);
    let hop = FrameOptions::TONAL.hop;
    let mut whole = tonal();
    whole.push(&samples);
    whole.finish();
    let mut of = |window: Option<Range<u64>>| {
        let mut chords = Vec::new();
        whole.for_each_frame(window, 1.0, |frame| chords.push((frame.index, frame.chord.unwrap())));
        chords
    };
    let (all, part) = (of(None), of(Some(30 * hop as u64..120 * hop as u64)));
    assert_eq!(part.len(), 90);
    for (place, (index, chord)) in part.iter().enumerate() {
        // Inside, windows of 2 s are not cut.
        if (21..69).contains(&place) {
            assert_eq!(*chord, all[*index].1, "frame {index}");
        }
    }
    assert!(part.iter().any(|(index, chord)| *chord != all[*index].1));
}

#[test]
fn any_length_and_any_value_is_described_without_null() {
    for samples in [0, 1, 100, 2048, 2049, 4096, 20_000] {
        for value in [0.0, 1.0, -1e-12, 1e30, f32::MAX, f32::NAN] {
            let mut tonal = tonal();
            tonal.push(&vec![value; samples]);
            for finished in [false, true] {
                if finished {
                    tonal.finish();
                }
                for gain in [1.0, 0.0, f64::NAN, 1e300, 1e-300] {
                    let pool = described(&mut tonal, None, gain);
                    assert_eq!(pool.is_empty(), tonal.is_empty());
                    for (name, value) in pool.iter() {
                        assert_ne!(value, &Value::Null, "{name} of {samples} samples");
                    }
                }
            }
            assert_eq!(tonal.is_empty(), samples == 0);
        }
    }
}

#[test]
fn silent_frames_have_profiles_of_zeros_or_are_dropped() {
    let mut samples = cadence(2, 440.0);
    samples.resize(samples.len() + 2 * RATE, 0.0);
    let count = |silent: SilentFrames| {
        let mut tonal = Tonal::new(FrameOptions { silent, ..FrameOptions::TONAL }, &|_| true).unwrap();
        tonal.push(&samples);
        tonal.finish();
        let (mut frames, mut zeros) = (0, 0);
        tonal.for_each_frame(None, 1.0, |frame| {
            frames += 1;
            zeros += usize::from(frame.hpcp.iter().chain(frame.chord_hpcp).all(|value| *value == 0.0));
        });
        (frames, zeros)
    };
    let kept = count(SilentFrames::Noise);
    assert_eq!(kept, count(SilentFrames::Keep));
    assert!(kept.1 > 40, "{kept:?}");
    assert_eq!(count(SilentFrames::Drop), (kept.0 - kept.1, 0));
}

#[test]
fn stage_that_is_not_wanted_is_not_computed() {
    let stages = |name: &'static str| {
        let mut tonal = Tonal::new(FrameOptions::TONAL, &|wanted| wanted == name).unwrap();
        tonal.push(&cadence(1, 440.0));
        let mut lens = Vec::new();
        tonal.for_each_frame(Some(0..1), 1.0, |frame| {
            lens = vec![frame.hpcp.len(), frame.chord_hpcp.len(), frame.high_resolution_hpcp.len()];
        });
        let (mut pool, statistics) = (Pool::default(), Statistics::default());
        tonal.describe(None, 1.0, &mut PoolWriter::new(&mut pool, &statistics, &|wanted| wanted == name));
        assert!(!pool.is_empty() && pool.iter().all(|(leaf, _)| leaf.starts_with(name)), "{name}: {pool:?}");
        lens
    };
    assert_eq!(stages("tonal.tuning_frequency"), [0, 0, 0]);
    assert_eq!(stages("tonal.key_edma.key"), [36, 0, 0]);
    assert_eq!(stages("tonal.hpcp_entropy"), [36, 36, 0]);
    assert_eq!(stages("tonal.chords_histogram"), [36, 36, 0]);
    assert_eq!(stages("tonal.tuning_diatonic_strength"), [0, 0, 120]);
}

#[test]
fn impossible_frames_are_refused() {
    assert!(Tonal::new(FrameOptions { hop: 0, ..FrameOptions::TONAL }, &|_| true).is_err());
    let short = FrameOptions { frame_len: 64, hop: 100_000, ..FrameOptions::TONAL };
    let mut tonal = Tonal::new(short, &|_| true).unwrap();
    tonal.push(&cadence(5, 440.0));
    tonal.finish();
    assert!(!described(&mut tonal, None, 1.0).is_empty());
}
