//! Streams in blocks of any size, windows, and streams that go on.

use earmark_descriptors::{AudioRetention, Extractor, Pool, Profile, Selection, Stretch, Value};
use earmark_dsp::SampleRate;
use earmark_tests::signal;

use super::extracted;

fn stereo(seconds: f64) -> Vec<f32> {
    let mono = signal::tune(44_100.0, seconds);
    let noise = signal::noise(mono.len(), 0.02, 7);
    mono.iter().zip(&noise).flat_map(|(&sample, &noise)| [0.6 * sample + noise, 0.5 * sample - noise]).collect()
}

/// Asserts that two pools have the same bits.
fn assert_same(a: &Pool, b: &Pool) {
    let differing: Vec<&str> =
        a.iter().filter(|(name, value)| b.get(name) != Some(value)).map(|(name, _)| name).collect();
    assert!(differing.is_empty() && a.len() == b.len(), "{differing:?}");
}

#[test]
fn blocks_of_any_size_give_the_same_bits() {
    let samples = stereo(7.3);
    let profile = Profile::default();
    for rate in [SampleRate::HZ_44100, SampleRate::HZ_48000] {
        let whole = extracted(&samples, rate, 2, &profile, samples.len());
        for block in [64, 1000] {
            assert_same(&whole, &extracted(&samples, rate, 2, &profile, block));
        }
    }
}

/// A stream that is described while it goes on, then finished, is the file bit for bit. Only the loudness of beats
/// differs when a live stream keeps less audio than the piece is long.
#[test]
fn since_start_after_the_end_equals_the_file_bit_for_bit() {
    let samples = stereo(12.0);
    let file = extracted(&samples, SampleRate::HZ_44100, 2, &Profile::default(), 4096);
    let mut live = Extractor::builder(SampleRate::HZ_44100, 2).audio(AudioRetention::Last(30)).build().unwrap();
    for (i, part) in samples.chunks(2 * 512).enumerate() {
        live.push(part);
        if i % 86 == 85 {
            live.describe(Stretch::SinceStart);
            live.describe(Stretch::Last(5.0));
        }
    }
    assert_same(&file, &live.finish());
}

#[test]
fn window_of_a_stream_holds_what_a_file_of_the_window_holds() {
    let samples = stereo(20.0);
    let mut live = Extractor::builder(SampleRate::HZ_44100, 2).build().unwrap();
    live.push(&samples);
    let window = live.describe(Stretch::Last(10.0));
    let file = extracted(&samples[samples.len() / 2..], SampleRate::HZ_44100, 2, &Profile::default(), 4096);
    // Frames at the ends of a file hold zeros, those of a window hold audio.
    for (name, tolerance) in [
        ("lowlevel.spectral_centroid.mean", 0.02),
        ("lowlevel.loudness_ebu128.integrated", 0.01),
        ("lowlevel.melbands.mean", 0.05),
        ("metadata.audio_properties.replay_gain", 0.02),
        ("rhythm.onset_rate", 0.1),
        ("tonal.tuning_frequency", 0.001),
    ] {
        let value = |pool: &Pool| match pool.get(name).unwrap() {
            Value::Vector(vector) => vector[3],
            other => super::numbers(other)[0],
        };
        let (window, file) = (value(&window), value(&file));
        assert!((window - file).abs() <= tolerance * file.abs(), "{name}: {window} in the window, {file} in the file");
    }
}

#[test]
fn no_state_is_left_for_the_next_stream() {
    let samples = stereo(5.0);
    let mut extractor = Extractor::builder(SampleRate::HZ_44100, 2).build().unwrap();
    extractor.push(&signal::noise(44_100 * 3, 0.9, 3));
    extractor.finish();
    extractor.push(&samples);
    assert_same(&extractor.finish(), &extracted(&samples, SampleRate::HZ_44100, 2, &Profile::default(), 4096));
}

#[test]
fn selected_descriptors_equal_those_of_a_whole_analysis() {
    let samples = stereo(6.0);
    let all = extracted(&samples, SampleRate::HZ_44100, 2, &Profile::default(), 4096);
    for names in [
        &["rhythm.danceability"][..],
        &["lowlevel.mfcc.mean", "tonal.key_edma"],
        &["lowlevel.spectral_contrast_coeffs"],
        &["tonal"],
        &["lowlevel.loudness_ebu128"],
    ] {
        let builder = Extractor::builder(SampleRate::HZ_44100, 2).only(Selection::new(names).unwrap());
        let mut extractor = builder.build().unwrap();
        extractor.push(&samples);
        let some = extractor.finish();
        assert!(!some.is_empty());
        for (name, value) in some.iter() {
            assert_eq!(all.get(name), Some(value), "{name}");
            assert!(names.iter().any(|selected| name.starts_with(selected)), "{name} was not selected");
        }
    }
}

/// A piece that its replay gain drives beyond full scale is limited, as the reference does, by a second pass.
#[test]
fn piece_that_clips_is_analyzed_with_its_limited_signal() {
    let mut samples = signal::tune(44_100.0, 8.0);
    samples.iter_mut().for_each(|sample| *sample *= 0.05);
    samples[200_000] = 1.0;
    let pool = extracted(&samples, SampleRate::HZ_44100, 1, &Profile::default(), 4096);
    assert!(pool.condition.clips);
    let gain = 10f64.powf((pool.number("metadata.audio_properties.replay_gain").unwrap() + 6.0) / 20.0);
    assert!(gain > 1.0, "{gain}");
    let unlimited = {
        let builder = Extractor::builder(SampleRate::HZ_44100, 1).audio(AudioRetention::None);
        let mut extractor = builder.build().unwrap();
        extractor.push(&samples);
        extractor.finish()
    };
    let max = |pool: &Pool| pool.number("lowlevel.spectral_energy.max").unwrap();
    assert!(max(&unlimited) > 0.0 && max(&pool) <= max(&unlimited), "{} {}", max(&pool), max(&unlimited));
    let mut extractor = Extractor::builder(SampleRate::HZ_44100, 1).build().unwrap();
    extractor.push(&samples);
    let (statistics, frames) = extractor.finish_with_frames();
    assert_same(&statistics, &pool);
    let loudest = frames.vector("lowlevel.spectral_energy").unwrap().iter().copied().fold(0.0, f64::max);
    assert_eq!(loudest, max(&pool));
    assert_eq!(frames.get("metadata.audio_properties.replay_gain"), pool.get("metadata.audio_properties.replay_gain"));
}

/// The end of a stream includes what the resampler holds back and the frames that are padded with zeros.
#[test]
fn stretch_since_zero_after_the_end_is_the_whole_stream() {
    let samples = stereo(7.0);
    for rate in [SampleRate::HZ_44100, SampleRate::HZ_48000] {
        let mut extractor = Extractor::builder(rate, 2).build().unwrap();
        extractor.push(&samples);
        let before_s = extractor.analyzed_s();
        extractor.end();
        let seconds = rate.seconds(samples.len() as u64 / 2);
        assert!((extractor.analyzed_s() - seconds).abs() <= 1.0 / 44_100.0, "{} s", extractor.analyzed_s());
        assert_eq!(before_s < seconds - 0.01, rate != SampleRate::HZ_44100, "{before_s} s before the end");
        let whole = extractor.describe(Stretch::SinceStart);
        assert_same(&extractor.describe(Stretch::Since(0.0)), &whole);
        assert!(extractor.describe(Stretch::Since(5.0)).number("lowlevel.spectral_rms.mean").is_some());
        extractor.push(&samples);
        extractor.end();
        assert_same(&extractor.finish(), &whole);
        extractor.push(&samples);
        assert_same(&extractor.finish(), &whole);
    }
}
