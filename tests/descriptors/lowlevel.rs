//! Low-level descriptors against the reference, frame by frame.

use std::fs::{self, File};
use std::path::Path;

use earmark_descriptors::equal_loudness::EqualLoudness;
use earmark_descriptors::lowlevel::LowLevel;
use earmark_descriptors::{FrameOptions, Pool, PoolWriter, Statistic, Statistics, Value};
use earmark_tests::reference::folder;
use ndarray::ArrayD;
use ndarray_npy::NpzReader;
use serde_json::Value as Json;

use crate::host::clip::Clip;

/// Clips with results frame by frame.
const CLIPS: [&str; 4] = ["synth30", "solo_piano", "metal_growl", "pop_vocal_mp3"];
/// Number of descriptors of each frame.
const DESCRIPTORS: usize = 46;

/// Returns the largest difference of a frame from the reference, relative to the largest value of all frames.
fn tolerance(name: &str) -> f32 {
    match name.trim_start_matches("lowlevel.") {
        // The reference computes the weights of these bands in single precision.
        erb if erb.starts_with("erbbands") => 2e-3,
        "gfcc" | "spectral_entropy" => 1e-4,
        // These depend on the weakest bins, where the equal-loudness filter of the reference rounds to single precision.
        "spectral_contrast_coeffs" | "spectral_contrast_valleys" => 1e-2,
        "spectral_skewness" | "spectral_kurtosis" => 2e-3,
        "spectral_centroid" | "spectral_spread" => 2e-4,
        // One bin.
        "spectral_rolloff" => 5e-3,
        _ => 2e-5,
    }
}

/// Share of the frames of `dissonance` that are compared, from the least difference on, and their tolerance. A weak peak
/// that one side misses changes a frame, most of all where the signal after the filter is silent.
const DISSONANCE: (f32, f32) = (0.85, 3e-3);

/// Returns the clip as the mean of its channels, and the gain to describe it with.
///
/// The reference clips after the gain. A clip that this changes is analyzed after gain and clipping.
fn clip(folder: &Path, name: &str) -> (Vec<f32>, f64) {
    let stages = fs::read(folder.join(format!("extractor/stages/{name}.json"))).unwrap();
    let stages: Json = serde_json::from_slice(&stages).unwrap();
    let gain = 10_f64.powf((stages["replay_gain"].as_f64().unwrap() + 6.0) / 20.0);
    let synthetic = folder.join(format!("extractor/{name}.wav"));
    let path = if synthetic.is_file() { synthetic } else { folder.join(format!("audio/{name}.flac")) };
    let clip = Clip::read(&path);
    let count = clip.channels.len() as f32;
    let mean = |i: usize| clip.channels.iter().map(|channel| channel[i]).sum::<f32>() / count;
    let mono: Vec<f32> = (0..clip.frames()).map(mean).collect();
    let gained = |sample: f32| f64::from(sample) * gain;
    if mono.iter().any(|&sample| gained(sample).abs() > 1.0) {
        return (mono.iter().map(|&sample| gained(sample).clamp(-1.0, 1.0) as f32).collect(), 1.0);
    }
    (mono, gain)
}

/// Returns the analyzed samples.
fn analyzed(mono: &[f32]) -> LowLevel {
    let mut lowlevel = LowLevel::new(FrameOptions::LOWLEVEL, &|_| true).unwrap();
    let mut filter = EqualLoudness::new();
    let mut filtered = [0.0; 1000];
    for block in mono.chunks(filtered.len()) {
        let filtered = &mut filtered[..block.len()];
        filter.process(block, filtered);
        lowlevel.push(block, filtered);
    }
    lowlevel.finish();
    lowlevel
}

/// Returns the values of frame `number`: their mean over a window that holds one frame.
fn frame(lowlevel: &LowLevel, number: usize, gain: f64) -> Pool {
    let mean = vec![Statistic::Mean];
    let statistics = Statistics { lowlevel: mean.clone(), mfcc: mean.clone(), gfcc: mean, ..Statistics::default() };
    let centre = (number * FrameOptions::LOWLEVEL.hop) as u64;
    let mut pool = Pool::default();
    lowlevel.describe(Some(centre..centre + 1), gain, &mut PoolWriter::new(&mut pool, &statistics, &|_| true));
    pool
}

/// Returns the largest difference of a frame from the reference.
fn difference(got: &Value, expected: &[f32]) -> f32 {
    let got = match got {
        Value::Number(number) => vec![*number],
        Value::Vector(vector) => vector.clone(),
        other => panic!("expected numbers, got {other:?}"),
    };
    assert_eq!(got.len(), expected.len());
    got.iter().zip(expected).map(|(&got, &expected)| (got as f32 - expected).abs()).fold(0.0, f32::max)
}

#[test(needs(Reference))]
fn frames_of_every_lowlevel_descriptor_match_the_reference() {
    let folder = folder().unwrap();
    for name in CLIPS {
        let frames = match name {
            "synth30" => folder.join("extractor/musicextractor_frames.npz"),
            _ => folder.join(format!("extractor/stages/frames/{name}.npz")),
        };
        let mut goldens = NpzReader::new(File::open(frames).unwrap()).unwrap();
        let (mono, gain) = clip(&folder, name);
        let lowlevel = analyzed(&mono);
        let count = mono.len().div_ceil(FrameOptions::LOWLEVEL.hop) + 1;
        let pools: Vec<Pool> = (0..count).map(|number| frame(&lowlevel, number, gain)).collect();
        assert!(frame(&lowlevel, count, gain).is_empty(), "{name}: more than {count} frames");
        let descriptors: Vec<&str> = pools[0].iter().map(|(leaf, _)| leaf.trim_end_matches(".mean")).collect();
        assert_eq!(descriptors.len(), DESCRIPTORS);
        for descriptor in descriptors {
            let golden: ArrayD<f32> = goldens.by_name(descriptor).unwrap();
            assert_eq!(golden.shape()[0], count, "{name}: frames of {descriptor}");
            let rows: Vec<Vec<f32>> = golden.outer_iter().map(|row| row.iter().copied().collect()).collect();
            let scale = rows.iter().flatten().fold(f32::MIN_POSITIVE, |scale, value| scale.max(value.abs()));
            let leaf = format!("{descriptor}.mean");
            let differ = |(pool, row): (&Pool, &Vec<f32>)| difference(pool.get(&leaf).unwrap(), row) / scale;
            let mut differences: Vec<f32> = pools.iter().zip(&rows).map(differ).collect();
            differences.sort_by(f32::total_cmp);
            let (share, tolerance) =
                if descriptor == "lowlevel.dissonance" { DISSONANCE } else { (1.0, tolerance(descriptor)) };
            let worst = differences[(share * (count - 1) as f32) as usize];
            assert!(worst <= tolerance, "{name}: {descriptor} differs by {worst} (expected at most {tolerance})");
        }
    }
}
