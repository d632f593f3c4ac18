//! Machine-readable output formats, and audio formats.

use earmark_tests::arrays;
use earmark_tests::reference::fixtures;
use serde_json::Value;

use super::program::earmark;
use super::wav::{float_wav, music};

/// Writes music followed by silence, so that tag and tempo models both have predictions and silent patches.
fn piece() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tune.wav");
    let mut samples = music(16_000, 12.5);
    samples.resize(16_000 * 40, 0.0);
    float_wav(&path, 16_000, 2, &samples);
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

/// Reads JSON that has the report of one file.
fn only_report(json: &str) -> Value {
    let reports: Vec<Value> = serde_json::from_str(json).unwrap();
    assert_eq!(reports.len(), 1, "{json}");
    reports.into_iter().next().unwrap()
}

/// Returns the JSON of `earmark tag` for a fixture; nothing may be printed on standard error.
fn heard(name: &str) -> Value {
    let path = fixtures().join(name);
    let (code, out, err) = earmark(["tag", path.to_str().unwrap(), "--model", "msd-musicnn", "--format", "json"]);
    assert_eq!((code, &*err), (0, ""), "{name}");
    only_report(&out)
}

fn mean(report: &Value) -> Vec<f64> {
    report["models"][0]["mean"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// Lossy encoders change no tag of the tune by much.
#[test]
fn common_formats_are_decoded() {
    let wav = heard("tune.16000.wav");
    for (name, tolerance) in [("tune.flac", 0.0), ("tune.mp3", 0.02), ("tune.ogg", 0.02), ("tune.m4a", 0.02)] {
        let report = heard(name);
        assert_eq!((&report["sample_rate_hz"], &report["channels"]), (&16_000.0.into(), &1.into()), "{name}");
        // The encoder delay of AAC is not removed: no header that is read contains its length.
        let longer = report["duration_s"].as_f64().unwrap() - 7.0;
        assert!((0.0..=if name == "tune.m4a" { 0.15 } else { 0.0 }).contains(&longer), "{name}: {longer} s longer");
        let differences = mean(&report).into_iter().zip(mean(&wav)).map(|(got, wav)| (got - wav).abs());
        let difference = differences.sum::<f64>() / 50.0;
        assert!(difference <= tolerance, "{name}: tags differ by {difference} on average, tolerance {tolerance}");
    }
}

/// Opus is decoded as by libopus, and has the length of the original.
#[test]
fn opus_matches_the_reference_decoder() {
    let opus = heard("tune.opus");
    assert_eq!((&opus["sample_rate_hz"], &opus["channels"]), (&48_000.0.into(), &1.into()));
    assert_eq!(opus["duration_s"], heard("tune.16000.wav")["duration_s"]);
    let expected = arrays::row(&fixtures().join("opus.msd_musicnn.mean.npy")).unwrap();
    for (tag, (got, expected)) in mean(&opus).into_iter().zip(expected).enumerate() {
        assert!((got - f64::from(expected)).abs() <= 1e-3, "tag {tag}: {got}, expected {expected}, tolerance 1e-3");
    }
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn json_has_the_documented_shape() {
    let (_folder, path) = piece();
    let (code, out, err) = earmark(["tag", &path, "--format", "json"]);
    assert_eq!((code, &*err), (0, ""));
    let report = only_report(&out);
    assert_eq!(report["schema"], "earmark/1");
    assert_eq!(report["path"], *path);
    assert_eq!(
        (&report["duration_s"], &report["sample_rate_hz"], &report["channels"]),
        (&40.0.into(), &16_000.0.into(), &2.into())
    );
    assert_eq!(report["decoder"], "builtin");
    let before = ["channels", "decoder", "duration_s", "models", "path", "sample_rate_hz", "schema"];
    assert_eq!(
        keys(&report),
        ["channels", "decoder", "duration_s", "file", "models", "path", "provenance", "sample_rate_hz", "schema"]
    );
    // The earlier shape is an object for one file, without the keys that were added.
    let (code, out, err) = earmark(["tag", &path, "--format", "json", "--json-shape", "earmark/1"]);
    assert_eq!((code, &*err), (0, ""));
    let plain: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(keys(&plain), before);
    assert!(before.iter().all(|key| plain[key] == report[key]), "the same values");

    let tags = &report["models"][0];
    assert_eq!(keys(tags), ["id", "kind", "labels", "mean", "predictions"]);
    assert_eq!((&tags["id"], &tags["kind"]), (&"msd-musicnn".into(), &"tags".into()));
    assert_eq!(tags["labels"].as_array().unwrap().len(), 50);
    let predictions = tags["predictions"].as_array().unwrap();
    assert_eq!(predictions.len(), 1 + (2501 - 187) / 93);
    assert_eq!(keys(&predictions[0]), ["end_s", "start_s", "values"]);
    assert_eq!(predictions[0]["values"].as_array().unwrap().len(), 50);
    let last = predictions.last().unwrap();
    assert_eq!((&last["silent"], &last["values"]), (&true.into(), &Value::Null));
    // The mean is taken over the patches that are not silent.
    let heard: Vec<f64> = predictions.iter().filter_map(|p| p["values"][0].as_f64()).collect();
    let mean = heard.iter().sum::<f64>() / heard.len() as f64;
    assert!((tags["mean"][0].as_f64().unwrap() - mean).abs() < 1e-6);

    if cfg!(feature = "tempocnn") {
        let tempo = &report["models"][1];
        assert_eq!(keys(tempo), ["alternatives", "bpm", "confidence", "id", "kind", "predictions"]);
        let predictions = tempo["predictions"].as_array().unwrap();
        assert_eq!(keys(&predictions[0]), ["bpm", "confidence", "end_s", "silent", "start_s"]);
        assert_eq!(predictions[0]["bpm"], tempo["bpm"]);
        let last = predictions.last().unwrap();
        assert_eq!((&last["silent"], &last["bpm"], &last["confidence"]), (&true.into(), &Value::Null, &Value::Null));
        for alternative in tempo["alternatives"].as_array().unwrap() {
            assert_eq!(keys(alternative), ["bpm", "confidence"]);
        }
    }
}

#[test]
fn without_the_gate_silence_is_predicted_too() {
    let (_folder, path) = piece();
    let (code, out, _) = earmark(["tag", &path, "--model", "msd-vgg", "--format", "json", "--no-gate"]);
    assert_eq!(code, 0);
    let report = only_report(&out);
    assert!(report["models"][0]["predictions"].as_array().unwrap().iter().all(|p| p["values"].is_array()));
}

#[test]
fn several_files_are_an_array_or_a_line_each() {
    let (_folder, path) = piece();
    let run = |format| earmark(["tag", &path, &path, "--model", "msd-vgg", "--hop-frames", "300", "--format", format]);
    let (code, json, _) = run("json");
    assert_eq!(code, 0);
    let (code, lines, _) = run("jsonl");
    assert_eq!(code, 0);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(serde_json::from_str::<Vec<Value>>(&json).unwrap(), lines);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["models"][0]["predictions"].as_array().unwrap().len(), 1 + (2501 - 187) / 300);
}

#[test]
fn csv_has_one_value_a_line() {
    let (_folder, path) = piece();
    let (code, out, _) = earmark(["tag", &path, "--model", "msd-vgg", "--format", "csv", "--top", "2"]);
    assert_eq!(code, 0);
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines[0], "path,model,start_s,end_s,label,value,confidence,status,path_bytes");
    assert_eq!(lines.len(), 3, "{out}");
    assert!(lines[1].starts_with(&format!("{path},msd-vgg,0.000,40.000,")), "{out}");
    let (_, out, _) = earmark(["tag", &path, "--model", "msd-vgg", "--format", "csv", "--top", "1", "--timeline"]);
    assert_eq!(out.lines().count(), 1 + 1 + (2501 - 187) / 93);
    assert!(out.lines().last().unwrap().ends_with(",,,,silent,"), "{out}");
}

#[test]
fn csv_has_the_state_of_a_short_or_silent_file_in_a_column_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, samples: &[f32]| {
        let path = folder.path().join(name);
        float_wav(&path, 16_000, 1, samples);
        path.to_str().unwrap().to_owned()
    };
    let (short, silent) = (write("short.wav", &music(16_000, 1.0)), write("silent.wav", &vec![0.0; 80_000]));
    let (code, out, err) = earmark(["tag", &short, &silent, "--model", "msd-vgg", "--format", "csv"]);
    assert_eq!((code, &*err), (0, ""));
    let rows: Vec<_> = out.lines().skip(1).map(|row| row.split_once(",msd-vgg,").unwrap().1).collect();
    assert_eq!(rows, ["0.000,1.000,,,,too_short,", "0.000,5.000,,,,silent,"]);
}
