//! Tests of levels and onsets: values of known signals, times, blocks of any size, resets.

use std::f64::consts::TAU;

use super::*;
use crate::{Onset, OnsetBand};

fn rate(hz: f64) -> SampleRate {
    SampleRate::new(hz).unwrap()
}

/// Returns the frames and onsets of a signal in blocks of `block` samples.
fn analyzed(rate_hz: f64, samples: &[f32], block: usize) -> (Vec<LevelFrame>, Vec<Onset>) {
    let mut analyzer = LevelAnalyzer::new(rate(rate_hz)).unwrap();
    pushed(&mut analyzer, samples, block)
}

fn pushed(analyzer: &mut LevelAnalyzer, samples: &[f32], block: usize) -> (Vec<LevelFrame>, Vec<Onset>) {
    let (mut frames, mut onsets) = (Vec::new(), Vec::new());
    for samples in samples.chunks(block) {
        analyzer.push(samples, &mut |event| match event {
            LevelEvent::Frame(frame) => frames.push(frame),
            LevelEvent::Onset(onset) => onsets.push(onset),
        });
    }
    (frames, onsets)
}

fn tone(rate_hz: f64, hz: f64, seconds: f64) -> Vec<f32> {
    let count = (rate_hz * seconds) as usize;
    (0..count).map(|i| 0.5 * (TAU * hz * i as f64 / rate_hz).sin() as f32).collect()
}

/// Adds a decaying tone that begins at `at_s`.
fn add_hit(samples: &mut [f32], rate_hz: f64, at_s: f64, hz: f64, decay_s: f64) {
    let start = (at_s * rate_hz).round() as usize;
    for (i, sample) in samples[start..].iter_mut().enumerate() {
        let t = i as f64 / rate_hz;
        *sample += (0.6 * (TAU * hz * t).sin() * (-t / decay_s).exp()) as f32;
    }
}

/// Returns hits in all three ranges, with their ranges and times in seconds.
fn hits(rate_hz: f64) -> (Vec<f32>, Vec<(OnsetBand, f64)>) {
    let mut samples = vec![0.0; (8.0 * rate_hz) as usize];
    let mut expected = Vec::new();
    for i in 0..24 {
        let at_s = 0.5 + 0.301 * f64::from(i);
        let (band, hz, decay_s) = match i % 3 {
            0 => (OnsetBand::Kick, 60.0, 0.06),
            1 => (OnsetBand::Snare, 2000.0, 0.05),
            _ => (OnsetBand::Hat, 9000.0, 0.03),
        };
        add_hit(&mut samples, rate_hz, at_s, hz, decay_s);
        expected.push((band, at_s));
    }
    (samples, expected)
}

#[test]
fn tone_has_its_level_band_and_centroid() {
    for (hz, band) in [(100.0, 0), (1000.0, 1), (10_000.0, 2)] {
        let (frames, onsets) = analyzed(48_000.0, &tone(48_000.0, hz, 1.0), 480);
        assert_eq!(frames.len(), 50);
        let LevelFrame { end_s, rms, peak, low, mid, high, centroid_hz } = frames[40];
        assert!((end_s - 0.82).abs() < 1e-9, "{end_s}");
        assert!((rms - 0.353_55).abs() < 1e-4 && (peak - 0.5).abs() < 1e-3, "{hz} Hz: rms {rms}, peak {peak}");
        let bands = [low, mid, high];
        assert!((bands[band] - rms).abs() < 0.02, "{hz} Hz: {bands:?}");
        let others: f32 = bands.iter().sum::<f32>() - bands[band];
        assert!(others < 0.02, "{hz} Hz: {bands:?}");
        assert!((f64::from(centroid_hz) - hz).abs() < 0.1 * hz + 30.0, "{hz} Hz: centroid {centroid_hz} Hz");
        assert!(onsets.is_empty(), "{hz} Hz: {onsets:?}");
    }
}

#[test]
fn silence_has_no_level_no_centroid_and_no_onset() {
    let mut samples = tone(44_100.0, 60.0, 0.3);
    samples.resize(3 * 44_100, 0.0);
    let (frames, onsets) = analyzed(44_100.0, &samples, 1000);
    assert_eq!(frames.len(), 150);
    let LevelFrame { rms, peak, low, mid, high, centroid_hz, .. } = frames[149];
    assert_eq!([rms, peak, low, mid, high, centroid_hz], [0.0; 6]);
    assert!(onsets.is_empty(), "the first 100 ms have no onset: {onsets:?}");
}

#[test]
fn onset_has_its_range_and_time_at_any_rate() {
    for rate_hz in [16_000.0, 22_050.0, 44_100.0, 45_678.901, 48_000.0, 96_000.0, 192_000.0] {
        let (samples, expected) = hits(rate_hz);
        let (_, onsets) = analyzed(rate_hz, &samples, 512);
        // The highest range is above 7.5 kHz, which is beyond the edge of the filters at 16 kHz.
        let expected: Vec<_> = expected.iter().filter(|(band, _)| rate_hz > 20e3 || *band != OnsetBand::Hat).collect();
        let got: Vec<_> = onsets.iter().map(|onset| (onset.band, onset.time_s)).collect();
        assert_eq!(got.len(), expected.len(), "{rate_hz} Hz: {got:?}");
        for ((band, time_s), (expected_band, expected_s)) in got.iter().zip(expected) {
            assert_eq!(band, expected_band, "{rate_hz} Hz, {expected_s} s");
            assert!((time_s - expected_s).abs() < 0.006, "{rate_hz} Hz: {band:?} at {time_s}, expected {expected_s} s");
        }
        assert!(onsets.iter().all(|onset| onset.strength > 0.0 && onset.strength <= 1.0), "{onsets:?}");
    }
}

#[test]
fn quieter_hit_is_weaker_and_a_far_quieter_one_does_not_count() {
    let mut samples = vec![0.0; 2 * 48_000];
    add_hit(&mut samples, 48_000.0, 0.5, 9000.0, 0.03);
    for (at_s, gain) in [(1.0, 0.5), (1.5, 0.05)] {
        let mut hit = vec![0.0; samples.len()];
        add_hit(&mut hit, 48_000.0, at_s, 9000.0, 0.03);
        samples.iter_mut().zip(hit).for_each(|(sample, hit)| *sample += gain * hit);
    }
    let (_, onsets) = analyzed(48_000.0, &samples, 480);
    let strengths: Vec<f32> = onsets.iter().map(|onset| onset.strength).collect();
    assert_eq!(strengths.len(), 2, "{onsets:?}");
    assert!(strengths[0] == 1.0 && (0.4..0.9).contains(&strengths[1]), "{strengths:?}");
}

#[test]
fn blocks_of_any_size_give_the_same_values_at_any_rate() {
    for rate_hz in [1_000.0, 11_025.0, 44_100.0, 45_678.901, 96_000.0] {
        let (samples, _) = hits(f64::max(rate_hz, 4_000.0));
        let samples = &samples[..samples.len().min((3.0 * rate_hz).ceil() as usize)];
        let whole = analyzed(rate_hz, samples, samples.len());
        assert_eq!(whole.0.len(), 150, "{rate_hz} Hz");
        for block in [1, 17, 137, 512, 2027] {
            assert_eq!(analyzed(rate_hz, samples, block), whole, "{rate_hz} Hz in blocks of {block}");
        }
    }
}

#[test]
fn analyzer_is_as_new_after_a_reset() {
    let (samples, _) = hits(48_000.0);
    let mut analyzer = LevelAnalyzer::new(rate(48_000.0)).unwrap();
    let first = pushed(&mut analyzer, &samples, 1001);
    analyzer.reset();
    assert_eq!(pushed(&mut analyzer, &samples, 1001), first);
}

#[test]
fn samples_that_are_no_number_count_as_silence() {
    let (mut samples, _) = hits(48_000.0);
    let mut zeros = samples.clone();
    for (i, bad) in (1000..).step_by(7919).zip([f32::NAN, f32::INFINITY, f32::NEG_INFINITY]) {
        (samples[i], zeros[i]) = (bad, 0.0);
    }
    assert_eq!(analyzed(48_000.0, &samples, 512), analyzed(48_000.0, &zeros, 512));
}
