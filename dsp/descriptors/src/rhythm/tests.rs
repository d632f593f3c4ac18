use super::numeric::noise;
use super::*;
use crate::{Pool, Statistics};

/// Clicks of 5 ms at 120 BPM in quiet noise.
fn clicks(seconds: usize) -> Vec<f32> {
    let sample = |i: u64| {
        let noise = noise(i) as f32 - 0.5;
        if i % 22_050 < 220 { noise } else { 0.001 * noise }
    };
    (0..seconds as u64 * 44_100).map(sample).collect()
}

fn analyzed(options: &RhythmOptions, samples: &[f32], block: usize) -> Rhythm {
    let mut rhythm = Rhythm::new(options, &|_| true).unwrap();
    samples.chunks(block).for_each(|part| rhythm.push(part));
    rhythm.finish();
    rhythm
}

fn described(rhythm: &mut Rhythm, window: Option<Range<u64>>, audio: Option<&[f32]>) -> Pool {
    let (mut pool, statistics) = (Pool::default(), Statistics::default());
    let audio = audio.map(|samples| AudioSpan { start: 0, samples });
    rhythm.describe(window, 0.5, audio, &mut PoolWriter::new(&mut pool, &statistics, &|_| true));
    pool
}

#[test]
fn clicks_have_their_tempo_with_both_trackers() {
    let samples = clicks(12);
    for method in [BeatMethod::Degara, BeatMethod::Multifeature] {
        let mut rhythm = analyzed(&RhythmOptions { method, ..Default::default() }, &samples, 4096);
        let pool = described(&mut rhythm, None, Some(&samples));
        let number = |name: &str| pool.number(&format!("rhythm.{name}")).unwrap();
        assert!((number("bpm") - 120.0).abs() < 1.0, "{method:?}: {}", number("bpm"));
        assert!((20.0..=25.0).contains(&number("beats_count")), "{method:?}: {}", number("beats_count"));
        assert!((number("onset_rate") - 2.0).abs() < 0.2, "{method:?}: {}", number("onset_rate"));
        assert!(number("beats_loudness.mean") > 0.0);
        assert_eq!(pool.vector("rhythm.beats_loudness_band_ratio.mean").unwrap().len(), 6);
        assert_eq!(pool.vector("rhythm.bpm_histogram").unwrap().len(), 250);
        let confidence = rhythm.beats(None, 1.0).confidence;
        assert_eq!(confidence.is_some(), method == BeatMethod::Multifeature, "{confidence:?}");
    }
}

#[test]
fn blocks_and_reset_do_not_change_the_values() {
    let samples = clicks(7);
    for method in [BeatMethod::Degara, BeatMethod::Multifeature] {
        let options = RhythmOptions { method, ..Default::default() };
        let expected = described(&mut analyzed(&options, &samples, samples.len()), None, Some(&samples));
        let mut rhythm = analyzed(&options, &samples, 333);
        assert_eq!(described(&mut rhythm, None, Some(&samples)), expected);
        rhythm.reset();
        rhythm.push(&samples);
        rhythm.finish();
        assert_eq!(described(&mut rhythm, None, Some(&samples)), expected);
    }
}

#[test]
fn beats_of_a_window_lie_in_it_at_stream_time() {
    let samples = clicks(20);
    let rhythm = analyzed(&RhythmOptions::default(), &samples, 4096);
    let beats = rhythm.beats(Some(8 * 44_100..18 * 44_100), 1.0).times_s;
    assert!((18..=21).contains(&beats.len()), "{beats:?}");
    for beat in &beats[1..] {
        assert!((7.9..18.1).contains(beat));
        assert!((beat * 2.0 - (beat * 2.0).round()).abs() < 0.1, "{beats:?}");
    }
    assert!(rhythm.beats(Some(50 * 44_100..60 * 44_100), 1.0).times_s.is_empty());
}

#[test]
fn short_and_extreme_streams_have_finite_values() {
    for len in [0, 1, 500, 2205, 13_230, 44_100] {
        for value in [0.0, 0.5, 1e30] {
            for method in [BeatMethod::Degara, BeatMethod::Multifeature] {
                let samples: Vec<f32> = (0..len).map(|i| if i % 3 == 0 { value } else { -value }).collect();
                let mut rhythm = analyzed(&RhythmOptions { method, ..Default::default() }, &samples, 4096);
                let pool = described(&mut rhythm, None, Some(&samples));
                assert!(pool.iter().all(|(_, value)| *value != Value::Null), "{len} samples of {value}: {pool:?}");
                assert_eq!(pool.len(), 10 + 20 + 1, "{pool:?}");
            }
        }
    }
}

#[test]
fn compat_changes_the_weight_and_drops_a_single_beat() {
    let samples = clicks(12);
    let weight = |compat: bool| {
        let mut rhythm = analyzed(&RhythmOptions { compat, ..Default::default() }, &samples, 4096);
        described(&mut rhythm, None, None).number("rhythm.bpm_histogram_first_peak_weight").unwrap()
    };
    assert!(weight(false) > 0.9 && weight(true) < 0.1, "{}, {}", weight(false), weight(true));
    let single = (1..60)
        .map(|n| n * 1024)
        .find(|&len| analyzed(&RhythmOptions::default(), &samples[..len], 4096).beats(None, 1.0).times_s.len() == 1);
    let compat = RhythmOptions { compat: true, ..Default::default() };
    let beats = analyzed(&compat, &samples[..single.unwrap()], 4096).beats(None, 1.0);
    assert!(beats.times_s.is_empty());
}

#[test]
fn stages_that_are_not_wanted_write_nothing() {
    let samples = clicks(3);
    let mut rhythm = Rhythm::new(&RhythmOptions::default(), &|name| name == "rhythm.danceability").unwrap();
    rhythm.push(&samples);
    rhythm.finish();
    let pool = described(&mut rhythm, None, Some(&samples));
    assert_eq!(pool.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["rhythm.danceability"]);
    let mut rhythm = Rhythm::new(&RhythmOptions::default(), &|_| true).unwrap();
    rhythm.push(&samples);
    rhythm.finish();
    assert!(described(&mut rhythm, None, None).get("rhythm.beats_loudness.mean").is_none());
}

#[test]
fn tempos_out_of_range_are_refused() {
    for (min_tempo, max_tempo) in [(39, 208), (181, 208), (40, 59), (40, 251), (120, 120)] {
        let options = RhythmOptions { min_tempo, max_tempo, ..Default::default() };
        assert!(Rhythm::new(&options, &|_| true).is_err(), "{min_tempo} to {max_tempo}");
    }
    assert!(Rhythm::new(&RhythmOptions { min_tempo: 100, max_tempo: 101, ..Default::default() }, &|_| true).is_ok());
}

#[test]
fn frames_of_a_window_have_their_centre_in_it() {
    assert_eq!(frames_in(None, 1024, 1024, 9), 0..9);
    assert_eq!(frames_in(Some(&(0..1024)), 1024, 1024, 9), 0..0);
    assert_eq!(frames_in(Some(&(1024..1025)), 1024, 1024, 9), 0..1);
    assert_eq!(frames_in(Some(&(1025..4097)), 1024, 1024, 9), 1..4);
    assert_eq!(frames_in(Some(&(8000..99_999)), 0, 1024, 9), 8..9);
    assert_eq!(frames_in(Some(&(99_999..u64::MAX)), 0, 1024, 9), 9..9);
}
