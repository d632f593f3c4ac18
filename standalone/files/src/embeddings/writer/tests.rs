//! Tests of the writer of embeddings.

use earmark_capture::decode::{DecodeIssues, DecoderChoice};
use serde_json::Value;

use super::*;
use crate::embeddings::{INDEX_NAME, read_mean};
use crate::provenance::ModelProvenance;

/// Returns the settings and one patch of a file.
fn embeddings(path: &Path, value: f32) -> FileEmbeddings {
    FileEmbeddings {
        path: path.into(),
        file: None,
        model: "m".into(),
        width: 1,
        spans: vec![(0.0, 3.0)],
        values: vec![value],
        duration_s: 3.0,
        sample_rate_hz: 16_000.0,
        issues: DecodeIssues::default(),
    }
}

fn settings(mean: bool) -> EmbeddingSettings {
    EmbeddingSettings { model: "m".into(), hop_frames: 93, gate: true, mean }
}

/// Returns the origin of embeddings of a model with this hash.
fn origin(sha256: &str) -> Provenance {
    let (id, sha256) = ("m".to_owned(), sha256.to_owned());
    let model = ModelProvenance { id, sha256, hop_frames: 93, hop_s: 1.488, base: None };
    Provenance { models: vec![model], ..Provenance::new(None, DecoderChoice::Auto) }
}

fn open(format: EmbeddingsFormat, out: &Path, mean: bool, sha256: &str) -> Result<EmbeddingsWriter, FileError> {
    let target = EmbeddingsTarget { format, out: Some(out), width: 1, is_continued: true };
    EmbeddingsWriter::new(target, settings(mean), origin(sha256))
}

fn run(out: &Path, mean: bool, files: &[(&Path, f32)]) {
    let mut writer = open(EmbeddingsFormat::Npy, out, mean, "1").unwrap();
    for (path, value) in files {
        writer.write(path.file_name().map(Path::new).unwrap(), &embeddings(path, *value)).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn array_of_another_file_or_setting_is_not_overwritten_and_that_of_the_same_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b, out) = (folder.path().join("a/x.wav"), folder.path().join("b/x.wav"), folder.path().join("out"));
    for file in [&a, &b] {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
    }
    let first = |name: &str| read_mean(&out.join(name)).unwrap()[0];
    run(&out, false, &[(&a, 1.0)]);
    run(&out, false, &[(&b, 2.0), (&a, 3.0)]);
    assert_eq!((first("x.wav.npy"), first("x.wav.1.npy")), (3.0, 2.0));
    run(&out, true, &[(&b, 4.0)]);
    assert_eq!((first("x.wav.1.npy"), first("x.wav.2.npy")), (2.0, 4.0));
    run(&out, false, &[(Path::new("-"), 5.0), (Path::new("-"), 6.0)]);
    assert_eq!((first("-.npy"), first("-.1.npy")), (5.0, 6.0));

    let index = fs::read_to_string(out.join(INDEX_NAME)).unwrap();
    let lines: Vec<Value> = index.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let arrays: Vec<_> = lines.iter().map(|line| line["array"].as_str().unwrap()).collect();
    assert_eq!(arrays, ["x.wav.npy", "x.wav.1.npy", "x.wav.2.npy", "-.npy", "-.1.npy"]);
    assert_eq!(lines[1]["path"], b.to_str().unwrap());
    assert_eq!((&lines[0]["shape"], &lines[0]["provenance"]["models"][0]["sha256"]), (&[1, 1].into(), &"1".into()));
    let writer = open(EmbeddingsFormat::Npy, &out, true, "1").unwrap();
    assert!(writer.contains(&b) && !writer.contains(&a) && !writer.contains(Path::new("-")));
    // Another model under the same id, and another format.
    for (format, sha256) in [
        (EmbeddingsFormat::Npy, "2"),
        #[cfg(feature = "npz")]
        (EmbeddingsFormat::Npz, "1"),
    ] {
        assert!(!open(format, &out, true, sha256).unwrap().contains(&b), "{format:?}");
    }
}

#[test]
fn lines_of_an_earlier_run_are_continued() {
    let folder = tempfile::tempdir().unwrap();
    let (a, out) = (Path::new("a.wav"), folder.path().join("all.jsonl"));
    for file in ["a.wav", "b.wav"] {
        let mut writer = open(EmbeddingsFormat::Json, &out, false, "1").unwrap();
        assert_eq!(writer.contains(a), file == "b.wav");
        writer.write(a, &embeddings(Path::new(file), 0.1)).unwrap();
        writer.finish().unwrap();
    }
    let lines = fs::read_to_string(&out).unwrap();
    let ends: Vec<_> = lines.lines().map(|line| line.rsplit(',').next().unwrap()).collect();
    assert_eq!(ends, ["\"values\":[0.1]}]}"; 2], "{lines}");
    let error = open(EmbeddingsFormat::Json, &out, false, "2").err().unwrap().to_string();
    assert!(error.contains("other settings (expected models [{"), "{error}");
}

#[test]
fn array_without_an_index_is_not_overwritten_and_a_cut_line_is_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let (a, out) = (folder.path().join("x.wav"), folder.path().join("out"));
    fs::create_dir(&out).unwrap();
    fs::write(&a, "").unwrap();
    fs::write(out.join("x.wav.npy"), "of an earlier version").unwrap();
    run(&out, false, &[(&a, 1.0)]);
    assert_eq!(fs::read_to_string(out.join("x.wav.npy")).unwrap(), "of an earlier version");
    let index = fs::read_to_string(out.join(INDEX_NAME)).unwrap();
    fs::write(out.join(INDEX_NAME), index.clone() + &index[..index.len() / 2]).unwrap();
    run(&out, true, &[(&a, 2.0)]);
    run(&out, true, &[(&a, 3.0)]);
    assert_eq!(read_mean(&out.join("x.wav.2.npy")).unwrap(), [3.0]);
    assert_eq!(fs::read_dir(&out).unwrap().count(), 4);
}

#[test]
fn index_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(INDEX_NAME), "{\"title\": \"songs\"}\n").unwrap();
    let error = open(EmbeddingsFormat::Npy, folder.path(), false, "1").err().unwrap().to_string();
    assert!(error.contains("line 1 is none of ours (expected JSON with the schema `earmark-arrays/1`)"), "{error}");
}
