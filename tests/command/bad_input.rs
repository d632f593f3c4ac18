//! Bad input: one line that names the file and the cause, exit code 1, and the rest of the batch goes on.

use std::fs;
use std::path::Path;

use super::program::earmark;
use super::wav::{float_wav, music};

/// Reads JSON that has the report of one file.
fn only_report(json: &str) -> serde_json::Value {
    let reports: Vec<serde_json::Value> = serde_json::from_str(json).unwrap();
    assert_eq!(reports.len(), 1, "{json}");
    reports.into_iter().next().unwrap()
}

/// Runs `tag` on one path with a light model, as JSON.
fn tag(path: &Path) -> (i32, String, String) {
    earmark(["tag", path.to_str().unwrap(), "--model", "msd-vgg", "--format", "json"])
}

fn refused(path: &Path, cause: &str) {
    let (code, out, err) = tag(path);
    println!("$ earmark tag {}\n{err}(exit code {code})", path.file_name().unwrap().to_string_lossy());
    assert_eq!(code, 1, "{err}");
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(err.starts_with(path.to_str().unwrap()) && err.contains(cause), "expected `{cause}` in: {err}");
    assert_eq!(out, "[]\n");
}

/// A WAV of 16-bit samples at 16 kHz with a given header.
fn raw_wav(rate_hz: u32, channels: u16, promised_bytes: u32, samples: &[i16]) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((36 + promised_bytes).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend(1_u16.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend(rate_hz.to_le_bytes());
    bytes.extend((rate_hz * u32::from(channels) * 2).to_le_bytes());
    bytes.extend((channels * 2).to_le_bytes());
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend(promised_bytes.to_le_bytes());
    samples.iter().for_each(|sample| bytes.extend(sample.to_le_bytes()));
    bytes
}

fn pcm(seconds: f64) -> Vec<i16> {
    music(16_000, seconds).iter().map(|sample| (sample * 30_000.0) as i16).collect()
}

#[test]
fn file_without_audio_is_rejected_with_name_and_cause() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    refused(&at("missing.flac"), "no such file");
    fs::write(at("empty.wav"), "").unwrap();
    refused(&at("empty.wav"), "the file is empty");
    fs::write(at("poem.mp3"), "Shall I compare thee to a summer's day?\n".repeat(400)).unwrap();
    refused(&at("poem.mp3"), "not a supported audio file");
    fs::write(at("rate.wav"), raw_wav(0, 1, 32_000, &[0; 16_000])).unwrap();
    refused(&at("rate.wav"), "0");
    fs::write(at("channels.wav"), raw_wav(16_000, 0, 32_000, &[0; 16_000])).unwrap();
    refused(&at("channels.wav"), "expected");
    fs::write(at("headeronly.wav"), raw_wav(16_000, 1, 0, &[])).unwrap();
    refused(&at("headeronly.wav"), "no sample");
    fs::write(at("cut.wav"), &raw_wav(16_000, 1, 32_000, &[])[..30]).unwrap();
    refused(&at("cut.wav"), "expected");
    fs::create_dir(at("bare")).unwrap();
    refused(&at("bare"), "no audio files in this folder");
}

#[test]
fn truncated_file_is_analyzed_to_its_end_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("truncated.wav");
    fs::write(&path, raw_wav(16_000, 1, 2 * 16_000 * 10, &pcm(4.0))).unwrap();
    let (code, out, err) = tag(&path);
    println!("$ earmark tag truncated.wav\n{err}(exit code {code})");
    assert_eq!(code, 1);
    assert!(err.contains("truncated.wav: truncated: expected 10.000 s, got 4.000 s"), "{err}");
    let report = only_report(&out);
    assert_eq!(report["duration_s"], 4.0);
    assert_eq!(report["models"][0]["predictions"].as_array().unwrap().len(), 1);

    let (code, out, err) = earmark(["embed", path.to_str().unwrap(), "--model", "msd-vgg", "--format", "json"]);
    assert_eq!((code, out.lines().count()), (1, 1), "{err}");
    assert!(err.contains("truncated.wav: truncated: expected 10.000 s, got 4.000 s"), "{err}");
}

#[test]
fn short_file_is_reported_with_actual_and_required_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.wav");
    float_wav(&path, 44_100, 1, &[0.5]);
    let (code, out, err) = tag(&path);
    assert_eq!((code, &*err), (0, ""));
    let report = only_report(&out);
    let model = &report["models"][0];
    assert_eq!(model["predictions"], serde_json::json!([]));
    assert_eq!(model["mean"], serde_json::Value::Null);
    assert!((model["need_s"].as_f64().unwrap() - 2.96).abs() < 1e-3);
    assert!((model["have_s"].as_f64().unwrap() - 1.0 / 44_100.0).abs() < 1e-9);
}

#[test]
fn non_finite_samples_are_counted_and_the_rest_is_analyzed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nan.wav");
    let mut samples = music(16_000, 4.0);
    samples[100..150].fill(f32::NAN);
    samples[20_000] = f32::INFINITY;
    float_wav(&path, 16_000, 1, &samples);
    let (code, out, err) = tag(&path);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("nan.wav: 51 invalid samples"), "{err}");
    let report = only_report(&out);
    let values = report["models"][0]["predictions"][0]["values"].as_array().unwrap();
    assert!(values.iter().all(serde_json::Value::is_f64));
}

#[test]
fn eight_channels_are_analyzed_as_their_mean() {
    let folder = tempfile::tempdir().unwrap();
    let (one, eight) = (folder.path().join("1.wav"), folder.path().join("8.wav"));
    float_wav(&one, 16_000, 1, &music(16_000, 4.0));
    float_wav(&eight, 16_000, 8, &music(16_000, 4.0));
    let report = |path| {
        let (code, out, err) = tag(path);
        assert_eq!((code, &*err), (0, ""));
        only_report(&out)
    };
    let (one, eight) = (report(&one), report(&eight));
    assert_eq!(eight["channels"], 8);
    // The sum of eight equal samples is rounded on the way, so the last digits differ.
    let values = |report: &serde_json::Value| -> Vec<f64> {
        let values = report["models"][0]["predictions"][0]["values"].as_array().unwrap();
        values.iter().map(|value| value.as_f64().unwrap()).collect()
    };
    for (one, eight) in values(&one).into_iter().zip(values(&eight)) {
        assert!((one - eight).abs() <= 1e-5, "{one} and {eight} differ by more than 1e-5");
    }
}

#[test]
fn batch_continues_after_a_bad_file() {
    let folder = tempfile::tempdir().unwrap();
    let (bad, good) = (folder.path().join("bad.wav"), folder.path().join("good.wav"));
    fs::write(&bad, "nothing of the kind").unwrap();
    float_wav(&good, 16_000, 1, &music(16_000, 3.5));
    let (bad, good) = (bad.to_str().unwrap(), good.to_str().unwrap());
    let (code, out, err) = earmark(["tag", bad, good, "missing.mp3", "--model", "msd-vgg", "--format", "json"]);
    assert_eq!(code, 1);
    assert_eq!(err.lines().count(), 2, "{err}");
    let reports: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(reports.as_array().unwrap().len(), 1);
    assert_eq!(reports[0]["path"], good);
}

#[test]
fn unknown_model_is_rejected_with_the_known_ones() {
    let (code, out, err) = earmark(["tag", "song.wav", "--model", "musicnn"]);
    assert_eq!((code, &*out), (1, ""));
    assert!(err.contains("got `musicnn`") && err.contains("msd-musicnn, mtt-musicnn"), "{err}");
    assert_eq!(err.lines().count(), 1);
}
