//! Long runs: parts of `cargo xtask prove`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use earmark_tests::load::Load;
use earmark_tests::signal::tune;

use super::running::Running;
use super::virtual_sound_card::VirtualSoundCard;

/// The hop of `--rate 1` with the model below, in seconds: 63 frames of 256 samples at 16 kHz.
const HOP_S: f64 = 63.0 * 256.0 / 16_000.0;

/// More than the length of the chunks, 0.14 s, in which the resampler of the descriptors works at 16 kHz.
const CHUNK_S: f64 = 0.15;

/// Writes an hour of music, 16 bits at 16 kHz.
fn hour(path: &Path, seconds: usize) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let piece: Vec<i16> = tune(16_000.0, 30.0).iter().map(|sample| (sample * 30_000.0) as i16).collect();
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for at in 0..seconds * 16_000 {
        writer.write_sample(piece[at % piece.len()]).unwrap();
    }
    writer.finalize().unwrap();
}

#[test]
#[ignore = "minutes of computing"]
fn memory_and_lag_stay_constant_for_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let (music, log) = (folder.path().join("hour.wav"), folder.path().join("heard.jsonl"));
    hour(&music, 3600);
    let arguments = [
        "listen",
        "--file",
        music.to_str().unwrap(),
        "--speed",
        "max",
        "--rate",
        "1",
        "--model",
        "msd-vgg",
        "--web",
        "127.0.0.1:0",
        "--osc",
        "127.0.0.1:9",
        "--log",
        log.to_str().unwrap(),
        "--log-size",
        "1",
    ];
    let program = Running::start(&arguments, |_| {});
    // Memory after a sixth of the time, when all models have run, and at the end.
    let at = |source_s: f64| {
        let is = |line: &serde_json::Value| {
            line["event"] == "tags" && line["end_s"].as_f64().is_some_and(|end_s| end_s >= source_s)
        };
        program.wait(0, 3600, "source time to go by", is);
        program.memory_kib()
    };
    let (early_s, late_s) = (600.0, 3590.0);
    let (early, late) = (at(early_s), at(late_s));
    let (_, end) = program.wait(0, 60, "the end", |line| line["event"] == "end");
    let lines = program.lines();
    // Expected ends: that of the first prediction, and one hop later each.
    let tags = lines.iter().filter(|line| line.json["event"] == "tags");
    let ends: Vec<f64> = tags.filter_map(|line| line.json["end_s"].as_f64()).collect();
    let drift =
        ends.iter().enumerate().map(|(i, end_s)| (end_s - ends[0] - i as f64 * HOP_S).abs()).fold(0.0, f64::max);
    let slope = (late as f64 - early as f64) / 1024.0 / ((late_s - early_s) / 3600.0);
    let kept =
        std::fs::metadata(&log).unwrap().len() + std::fs::metadata(folder.path().join("heard.jsonl.1")).unwrap().len();
    println!(
        "live_app: an hour: {} predictions, memory {:.1} MiB after ten minutes and {:.1} MiB at the end ({slope:+.2} MiB an \
         hour), worst timestamp {drift:.1e} s off, log {kept} bytes",
        ends.len(),
        early as f64 / 1024.0,
        late as f64 / 1024.0
    );
    assert_eq!(ends.len() as u64, end.json["predictions"].as_u64().unwrap());
    assert!((3565..=3571).contains(&ends.len()), "{} predictions", ends.len());
    assert!(drift < 2e-6, "{drift} s off");
    assert!(slope < 1.0, "{slope} MiB an hour");
    assert!(kept <= 1024 * 1024, "{kept} bytes");
    assert_eq!(end.json["unwritten_predictions"], 0);
}

/// The frames of up to 20 minutes are kept in memory; after that the extractor starts again.
#[test]
#[ignore = "minutes of computing"]
fn memory_with_descriptors_is_bounded_for_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("hour.wav");
    hour(&music, 3600);
    let arguments =
        ["listen", "--file", music.to_str().unwrap(), "--speed", "max", "--rate", "1", "--model", "msd-vgg"];
    let program = Running::start(&[&arguments[..], &["--descriptors"]].concat(), |_| {});
    // Memory before the first restart and before the third: each time at its largest.
    let [first, third] = [1195.0, 3595.0].map(|source_s| {
        let is = |line: &serde_json::Value| line["event"] == "tags" && line["end_s"].as_f64() >= Some(source_s);
        program.wait(0, 3600, "source time to go by", is);
        program.memory_kib() as f64 / 1024.0
    });
    program.wait(0, 60, "the end", |line| line["event"] == "end");
    let lines = program.lines();
    let described: Vec<f64> = lines
        .iter()
        .filter(|line| line.json["event"] == "descriptors")
        .filter_map(|line| line.json["end_s"].as_f64())
        .collect();
    println!(
        "live_app: an hour with descriptors: {} answers, memory {first:.1} MiB after 20 minutes, {third:.1} MiB after an hour",
        described.len()
    );
    // Answers are left out where the worker lags, and come at the last chunk before each whole second.
    assert!(!described.is_empty() && described.len() <= 3600, "{} answers", described.len());
    let offset_s = |pair: &[f64]| ((pair[1] - pair[0]) - (pair[1] - pair[0]).round()).abs();
    assert!(described.windows(2).all(|pair| pair[1] > pair[0] && offset_s(pair) < CHUNK_S), "{described:?}");
    assert!(third - first < 32.0, "{first} MiB, then {third} MiB");
}

#[test(needs(Jack))]
#[ignore = "ten minutes of real time"]
fn ten_minutes_of_live_audio_under_load_drop_nothing() {
    ten_minutes_under_load(&[]);
}

#[test(needs(Jack))]
#[ignore = "ten minutes of real time"]
fn ten_minutes_of_live_audio_with_descriptors_under_load_drop_nothing() {
    ten_minutes_under_load(&["--descriptors"]);
}

/// Analyzes ten minutes of a virtual sound card while four processes are busy, with added options.
fn ten_minutes_under_load(options: &[&str]) {
    let card = VirtualSoundCard::start(48_000);
    let folder = tempfile::tempdir().unwrap();
    let (clip, samples, _) = super::mono_clip("techno_48k.flac", folder.path());
    let times = 600 * 48_000 / samples.len() + 1;
    let arguments = [&["listen", "--device", "jack:input", "--rate", "5"][..], options].concat();
    let mut program = Running::start(&arguments, |command| card.offer(command));
    let inputs = card.inputs_of(&program);
    let mut feeder = card.feeder(&clip, &inputs, times);
    let load = Load::new(4).unwrap();
    let begun = Instant::now();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            feeder.wait().unwrap();
            over.store(true, Ordering::Release);
        });
        while !over.load(Ordering::Acquire) {
            thread::sleep(Duration::from_millis(100));
            assert!(begun.elapsed() < Duration::from_secs(1200), "the feeder has not come to its end");
        }
    });
    drop(load);
    assert_eq!(program.interrupt(), 130);
    let lines = program.lines();
    let descriptors = lines.iter().filter(|line| line.json["event"] == "descriptors").count();
    let end = &lines.last().unwrap().json;
    println!(
        "live_app: ten minutes with four busy threads beside it {options:?}: {} s of source, {} predictions, \
         {descriptors} descriptions, {} dropped samples, {} gaps, {} updates left out, {} overruns of the sound system",
        end["source_s"], end["predictions"], end["dropped"], end["gaps"], end["skipped"], end["overruns"]
    );
    assert_eq!(descriptors > 0, !options.is_empty());
    assert!(end["source_s"].as_f64().unwrap() > 590.0, "{end}");
    assert_eq!((&end["dropped"], &end["gaps"], &end["stream_starts"]), (&0.into(), &0.into(), &1.into()), "{end}");
}
