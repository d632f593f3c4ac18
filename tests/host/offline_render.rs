//! R15: the report of an offline render equals the output of `earmark tag` for the same audio.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use earmark_tests::reference::{fixtures, folder};
use serde_json::Value;

use crate::command::program::earmark;

use super::clip::Clip;
use super::report_dir::{ReportDir, predictions, render, worst_difference};

/// Largest difference between the two.
const TOLERANCE: f64 = 1e-6;

/// Returns the output of the command line for some files, by path.
fn told(paths: &[&Path]) -> BTreeMap<PathBuf, Value> {
    let mut arguments = vec!["tag", "--format", "jsonl"];
    arguments.extend(paths.iter().map(|path| path.to_str().unwrap()));
    let (code, out, err) = earmark(arguments);
    assert_eq!(code, 0, "{err}");
    let read = |line: &str| {
        let mut report: Value = serde_json::from_str(line).unwrap();
        let keys = report.as_object_mut().unwrap();
        // A stream has no file, and its report states no origin.
        assert!(keys.remove("file").is_some() && keys.remove("provenance").is_some());
        let path = keys.remove("path").unwrap();
        (PathBuf::from(path.as_str().unwrap()), report)
    };
    out.lines().map(read).collect()
}

/// Renders a file in a host in blocks of `block` frames and returns the plugin's report.
fn bounced(clip: &Clip, block: usize) -> Value {
    let mut report_dir = ReportDir::new();
    let mut host = report_dir.host(None);
    host.set_channels(clip.channels.len());
    host.with_audio(clip.rate_hz, block, |harness| render(harness, &clip.channels, block));
    report_dir.take_one()
}

/// Returns the largest difference between plugin and command line, and the number of predictions.
fn compare(path: &Path, told: &Value) -> (f64, usize) {
    let clip = Clip::read(path);
    let name = path.file_name().unwrap().to_str().unwrap();
    let one = bounced(&clip, 512);
    let worst = worst_difference(&one, told, name);
    let count = (0..one["models"].as_array().unwrap().len()).map(|model| predictions(&one, model).len()).sum();
    println!("{name}: {} Hz, {} frames, {count} predictions, worst {worst:.1e}", clip.rate_hz, clip.frames());
    assert!(worst <= TOLERANCE, "{name}: expected at most {TOLERANCE:.0e}, got {worst:e}");
    (worst, count)
}

#[test]
fn render_report_matches_the_command_line() {
    let path = fixtures().join("tune.16000.wav");
    let told = &told(&[&path])[&path];
    let (_, count) = compare(&path, told);
    assert!(count >= 3, "expected a few predictions, got {count}");
}

#[test]
fn render_report_is_independent_of_block_size() {
    let path = fixtures().join("tune.16000.wav");
    let clip = Clip::read(&path);
    let one = bounced(&clip, 64);
    assert!(predictions(&one, 0).len() >= 3);
    for block in [64, 1021, 65_536] {
        assert_eq!(bounced(&clip, block), one, "blocks of {block}");
    }
}

#[test]
fn stereo_render_report_with_tempo_matches_the_command_line() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("stereo.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    let music = earmark_tests::signal::tune(48_000.0, 13.0);
    for (i, sample) in music.iter().enumerate() {
        writer.write_sample(*sample).unwrap();
        // The right channel is delayed and softer.
        writer.write_sample(0.7 * music[i.saturating_sub(480)]).unwrap();
    }
    writer.finalize().unwrap();
    let told = &told(&[&path])[&path];
    compare(&path, told);
    assert!(!cfg!(feature = "tempocnn") || !predictions(told, 1).is_empty(), "expected a tempo");
}

#[test(needs(Reference))]
fn render_reports_of_reference_clips_match_the_command_line() {
    let folder = folder().unwrap();
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder.join("audio")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ["wav", "flac", "mp3"].iter().any(|e| ending == *e)));
    paths.sort();
    assert!(!paths.is_empty(), "expected clips in {}", folder.display());
    let told = told(&paths.iter().map(PathBuf::as_path).collect::<Vec<_>>());
    let compared: Vec<(f64, usize)> = paths.iter().map(|path| compare(path, &told[path])).collect();
    let worst = compared.iter().map(|(worst, _)| *worst).fold(0.0, f64::max);
    let count: usize = compared.iter().map(|(_, count)| count).sum();
    println!("{} clips, {count} predictions, worst difference {worst:.1e}", compared.len());
}
