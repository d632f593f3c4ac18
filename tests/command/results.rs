//! Origin of results, their shapes, and tables as other programs read them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use earmark_tests::arrays;
use earmark_tests::reference::root;
use earmark_tests::requirements::python;
use serde_json::{Value, json};

use super::program::{Outcome, earmark, earmark_with_input};
use super::wav::{float_wav, music};

/// Folder with audio files, which is removed at the end.
struct Folder(tempfile::TempDir);

impl Folder {
    /// Creates a folder with a long, a silent and a short file.
    fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let mut piece = music(16_000, 12.5);
        piece.resize(16_000 * 14, 0.0);
        for (name, samples) in [
            ("a.wav", piece),
            ("b.wav", vec![0.0; 80_000]),
            ("c.wav", music(16_000, 1.0)),
            ("d.wav", music(16_000, 6.0)),
        ] {
            float_wav(&folder.path(name), 16_000, 2, &samples);
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Runs the program on the folder with an output file, and returns the path of that.
    fn run(&self, arguments: &[&str], out: &str) -> PathBuf {
        let (folder, path) = (self.0.path().to_str().unwrap(), self.text(out));
        let (code, printed, err) = earmark([arguments, &[folder, "--out", &path]].concat());
        assert_eq!((code, &*printed, &*err), (0, "", ""), "{arguments:?}");
        path.into()
    }
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the hash of a model as `earmark models` lists it.
fn sha256(model: &str) -> Value {
    let (_, out, _) = earmark(["models", "list", "--json"]);
    let list: Value = serde_json::from_str(&out).unwrap();
    let models = list["models"].as_array().unwrap();
    models.iter().find(|listed| listed["id"] == model).unwrap()["sha256"].clone()
}

fn check_origin(origin: &Value, hop_frames: usize, gate: &Value) {
    let hop_s = hop_frames as f64 * 0.016;
    assert_eq!((&origin["program"], &origin["version"]), (&"earmark".into(), &env!("CARGO_PKG_VERSION").into()));
    assert_eq!(origin["models"][0]["id"], "msd-musicnn");
    assert_eq!(origin["models"][0]["sha256"], sha256("msd-musicnn"));
    assert_eq!(origin["models"][0]["hop_frames"], hop_frames);
    assert!((origin["models"][0]["hop_s"].as_f64().unwrap() - hop_s).abs() < 1e-9, "{origin}");
    assert_eq!((&origin["gate"], &origin["decoder"]), (gate, &"auto".into()));
}

fn check_file(file: &Value, path: &Path, duration_s: f64) {
    let metadata = path.metadata().unwrap();
    let modified = metadata.modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    assert_eq!(file["size_bytes"], metadata.len());
    // The reader of JSON may round the last digit.
    assert!((file["modified_unix_s"].as_f64().unwrap() - modified).abs() < 1e-6, "{}", file["modified_unix_s"]);
    assert_eq!((&file["duration_s"], &file["codec"]), (&duration_s.into(), &"pcm_f32le".into()));
    assert_eq!((&file["sample_rate_hz"], &file["channels"]), (&16_000.0.into(), &2.into()));
    assert_eq!(file["decoder"], "builtin");
}

#[test]
fn json_of_tag_and_embed_states_models_settings_and_files() {
    let folder = Folder::new();
    let (path, text) = (folder.path("d.wav"), folder.text("d.wav"));
    let gate = json!({ "floor_dbfs": -70.0, "share": 0.95 });
    for (arguments, hop_frames, gate) in [
        (vec!["tag", &*text, "--model", "msd-musicnn", "--format", "jsonl"], 93, &gate),
        (vec!["tag", &text, "--model", "msd-musicnn", "--format", "jsonl", "--summary", "--hop", "0.5"], 31, &gate),
        (vec!["embed", &text, "--format", "json", "--hop-frames", "50", "--no-gate"], 50, &Value::Null),
    ] {
        let (code, out, err) = earmark(arguments.iter().copied());
        assert_eq!((code, &*err), (0, ""), "{arguments:?}");
        let [line] = &lines(&out)[..] else { panic!("expected one line, got {out}") };
        check_origin(&line["provenance"], hop_frames, gate);
        check_file(&line["file"], &path, 6.0);
        assert!(line["file"].get("md5_encoded").is_none());
        let with_hash = [&arguments[..], &["--audio-hash"]].concat();
        let hashed = lines(&earmark(with_hash).1);
        assert_eq!(hashed[0]["file"]["md5_encoded"].as_str().map(str::len), Some(32), "{}", hashed[0]["file"]);
    }
    let mean = lines(&earmark(["embed", &text, "--format", "json", "--mean"]).1);
    assert_eq!(mean[0]["provenance"]["options"], json!({ "mean": true }));
}

#[test]
fn hash_of_the_audio_is_that_of_extract_and_does_not_depend_on_tags() {
    let file = root().join("tests/fixtures/tune.flac");
    let (code, out, _) = earmark(["tag", file.to_str().unwrap(), "--format", "jsonl", "--audio-hash"]);
    assert_eq!(code, 0);
    let (_, extracted, _) = earmark(["extract", file.to_str().unwrap(), "--format", "json"]);
    let extracted: Value = serde_json::from_str(&extracted).unwrap();
    let md5 = &extracted["metadata"]["audio_properties"]["md5_encoded"];
    assert!(md5.is_string() && lines(&out)[0]["file"]["md5_encoded"] == *md5, "{md5}");
}

#[test]
fn summary_has_means_and_tempo_without_predictions() {
    let folder = Folder::new();
    let run = |options: &[&str]| {
        let path = folder.text("a.wav");
        let (code, out, err) = earmark([&["tag", &path, "--format", "json"], options].concat());
        assert_eq!((code, &*err), (0, ""));
        serde_json::from_str::<Value>(&out).unwrap()
    };
    let (whole, summary) = (run(&[]), run(&["--summary"]));
    assert_eq!(summary[0]["schema"], "earmark-summary/1");
    for (model, short) in whole[0]["models"].as_array().unwrap().iter().zip(summary[0]["models"].as_array().unwrap()) {
        let mut without = model.clone();
        without.as_object_mut().unwrap().remove("predictions");
        assert_eq!(&without, short);
    }
    assert!(!summary.to_string().contains("start_s"));
    let refused = earmark(["tag", "--summary", "--timeline", "a.wav"]);
    assert_eq!(refused.0, 2, "{}", refused.2);
}

#[test]
fn wide_table_has_a_row_for_each_file_and_a_column_for_each_value() {
    let folder = Folder::new();
    let options = ["tag", "--format", "csv-wide", "--model", "msd-musicnn", "--model", "mtt-vgg"];
    let table = folder.run(&options, "wide.csv");
    let text = fs::read_to_string(table).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|row| row.split(',').collect()).collect();
    let place =
        |name: &str| rows[0].iter().position(|column| *column == name).unwrap_or_else(|| panic!("{name}: {text}"));
    assert_eq!((rows.len(), rows[0].len()), (5, 9 + 51 + 51 + 1));
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{text}");
    let status: Vec<_> = rows[1..].iter().map(|row| row[place("msd-musicnn.status")]).collect();
    assert_eq!(status, ["", "silent", "too_short", ""]);
    let json = lines(&earmark(["tag", &folder.text("d.wav"), "--format", "jsonl", "--model", "msd-musicnn"]).1);
    let mean: Vec<f32> = serde_json::from_value(json[0]["models"][0]["mean"].clone()).unwrap();
    let row: Vec<f32> = rows[4][place("msd-musicnn.rock")..][..50].iter().map(|cell| cell.parse().unwrap()).collect();
    assert_eq!(row, mean);
    let (code, _, err) = earmark(["tag", "--format", "csv-wide", "--timeline", "a.wav"]);
    assert!(code == 2 && err.lines().count() == 1 && err.contains("one row per file"), "{err}");
}

#[test]
fn files_are_read_from_a_list_or_a_pipe() {
    let folder = Folder::new();
    let (a, d) = (folder.text("a.wav"), folder.text("d.wav"));
    let list = folder.text("list.txt");
    fs::write(&list, format!("\u{feff}{a}\r\n\n{d}\n")).unwrap();
    let names = |outcome: Outcome| {
        let (code, out, err) = outcome;
        assert_eq!((code, &*err), (0, ""));
        lines(&out).iter().map(|line| line["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let tag = ["tag", "--model", "msd-vgg", "--format", "jsonl", "--files-from"];
    assert_eq!(names(earmark([&tag[..], &[&list]].concat())), [a.as_str(), &d]);
    let nul = format!("{d}\0{a}\0");
    assert_eq!(names(earmark_with_input([&tag[..], &["-", "-0"]].concat(), nul.as_bytes())), [d.as_str(), &a]);
    let both = earmark_with_input([&tag[..], &["-", &d]].concat(), format!("{a}\n").as_bytes());
    assert_eq!(names(both), [d.as_str(), &a]);
    let embedded = earmark(["embed", "--format", "json", "--files-from", &list]);
    assert_eq!(names(embedded), [a.as_str(), &d]);
    for (arguments, words) in [
        (vec!["tag", "--files-from", "/nowhere/list"], "cannot read the list of files /nowhere/list"),
        (vec!["tag", "--files-from", "-", "-"], "standard input is a list of files"),
        (vec!["extract", "--files-from", "-"], "no files (expected paths in -, got none)"),
    ] {
        let (code, out, err) = earmark(arguments);
        assert!(code > 0 && out.is_empty() && err.contains(words) && err.lines().count() == 1, "{err}");
    }
}

#[test]
fn failures_are_written_as_lines_with_expected_and_got() {
    let folder = Folder::new();
    let errors = folder.text("errors.jsonl");
    fs::write(folder.path("poem.mp3"), "Shall I compare thee to a summer's day?\n".repeat(400)).unwrap();
    let bytes = fs::read(folder.path("d.wav")).unwrap();
    fs::write(folder.path("cut.wav"), &bytes[..bytes.len() / 2]).unwrap();
    let paths = ["poem.mp3", "b.wav", "c.wav", "cut.wav"].map(|name| folder.text(name));
    let paths = [&paths[..], &["/nowhere/x.wav".to_owned()]].concat();
    let run = |command: &[&str]| {
        let arguments = [command, &["--errors", &errors]].concat();
        let (code, _, err) = earmark(arguments.into_iter().chain(paths.iter().map(String::as_str)));
        assert_eq!(code, 1, "{err}");
        let records = lines(&fs::read_to_string(&errors).unwrap());
        let record = |record: &Value| {
            let name = record["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            let text = |key: &str| record[key].as_str().unwrap_or("null").to_owned();
            assert!(record["error"].is_string(), "{record}");
            [name, text("stage"), text("expected"), text("got")].join(" | ")
        };
        records.iter().map(record).collect::<Vec<_>>()
    };
    let audio = "WAV, AIFF, CAF, FLAC, MP3, AAC, MP4, Ogg or Matroska";
    assert_eq!(
        run(&["tag", "--model", "msd-vgg", "--format", "jsonl"]),
        [
            format!("poem.mp3 | decode | {audio} | null"),
            "cut.wav | decode | 6.000 s | 3.000 s".to_owned(),
            "x.wav | open | a file or folder | none".to_owned()
        ]
    );
    assert_eq!(
        run(&["embed", "--format", "json", "--model", "msd-vgg"])[..3],
        [
            format!("poem.mp3 | decode | {audio} | null"),
            "b.wav | analyze | sound | silence".to_owned(),
            "c.wav | analyze | at least 2.960 s | 1.000 s".to_owned(),
        ]
    );
}

#[test]
fn archive_of_arrays_has_times_and_origin() {
    let folder = Folder::new();
    let out = folder.text("arrays");
    let path = folder.text("d.wav");
    let (code, _, err) = earmark(["embed", &path, "--format", "npz", "--out", &out]);
    assert_eq!((code, &*err), (0, ""));
    let (code, _, err) = earmark(["embed", &path, "--out", &out]);
    assert_eq!((code, &*err), (0, ""));
    let archive = Path::new(&out).join("d.wav.npz");
    let array = arrays::table(&Path::new(&out).join("d.wav.npy")).unwrap();
    let mut npz = ndarray_npy::NpzReader::new(fs::File::open(archive).unwrap()).unwrap();
    let values: ndarray::Array2<f32> = npz.by_name("values").unwrap();
    assert_eq!(values, array);
    let starts: ndarray::Array1<f64> = npz.by_name("start_s").unwrap();
    let ends: ndarray::Array1<f64> = npz.by_name("end_s").unwrap();
    let object = &lines(&earmark(["embed", &path, "--format", "json"]).1)[0];
    let patches = object["embeddings"].as_array().unwrap();
    let times = |key: &str| patches.iter().map(|patch| patch[key].as_f64().unwrap()).collect::<Vec<_>>();
    assert_eq!((starts.to_vec(), ends.to_vec()), (times("start_s"), times("end_s")));
    let about: ndarray::Array1<u8> = npz.by_name("about").unwrap();
    let about: Value = serde_json::from_slice(&about.to_vec()).unwrap();
    assert_eq!((&about["provenance"], &about["file"]), (&object["provenance"], &object["file"]));

    let index = lines(&fs::read_to_string(Path::new(&out).join("index.jsonl")).unwrap());
    assert_eq!(index.len(), 2);
    for (line, name) in index.iter().zip(["d.wav.npz", "d.wav.npy"]) {
        assert_eq!((&line["array"], &line["shape"]), (&name.into(), &json!([patches.len(), 200])));
        check_file(&line["file"], &folder.path("d.wav"), 6.0);
        assert_eq!(line["provenance"], object["provenance"]);
    }
}

/// Runs `tables.py` on files, and returns what it printed.
fn read_by_python(paths: &[&Path]) -> Value {
    let script = root().join("tests/command/tables.py");
    let output = Command::new(python()).arg(script).args(paths).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test(needs(PyArrow, DataFrames))]
fn tables_have_the_same_values_in_pandas_polars_duckdb_and_pyarrow() {
    let folder = Folder::new();
    let models = ["--model", "msd-musicnn", "--model", "mtt-vgg"];
    let tag = |options: &[&str], out: &str| folder.run(&[&["tag"], options, &models].concat(), out);
    let json = tag(&["--format", "json"], "all.json");
    let files = tag(&["--format", "parquet"], "files.parquet");
    let patches = tag(&["--format", "parquet", "--timeline"], "patches.parquet");
    let wide = tag(&["--format", "csv-wide"], "wide.csv");
    let long = tag(&["--format", "csv"], "long.csv");
    let out = folder.text("embeddings.parquet");
    let (code, _, err) =
        earmark(["embed", &folder.text("a.wav"), &folder.text("d.wav"), "--format", "parquet", "--out", &out]);
    assert_eq!((code, &*err), (0, ""));
    let read = read_by_python(&[&json, &files, &patches, &wide, &long, Path::new(&out)]);
    println!("{read:#}");
    assert_eq!(read["files"], json!({ "pyarrow": true, "pandas": true, "polars": true, "duckdb": true }));
    assert_eq!(read["patches"], json!({ "pyarrow": true, "pandas": true, "polars": true, "duckdb": true }));
    assert_eq!(read["wide"], json!({ "pandas": true, "polars": true, "duckdb": true }));
    assert_eq!(read["long"], json!({ "pandas": true, "polars": true, "duckdb": true }));
    assert_eq!(read["embeddings"], json!({ "pyarrow": true, "pandas": true, "polars": true, "duckdb": true }));
    for (table, schema) in
        [("files", "earmark-summary/1"), ("patches", "earmark-predictions/1"), ("embeddings", "earmark-embeddings/1")]
    {
        let metadata = &read["metadata"][table];
        assert_eq!(metadata["schema"], schema);
        check_origin(&metadata["provenance"], 93, &json!({ "floor_dbfs": -70.0, "share": 0.95 }));
    }
    assert_eq!(read["list_sizes"], json!({ "files": [50, 50], "patches": [50, 50], "embeddings": [200] }));
}

#[test(needs(Jq))]
fn json_is_read_by_jq() {
    let folder = Folder::new();
    let models = ["--model", "msd-musicnn"];
    let array = folder.run(&[&["tag", "--format", "json", "--summary"], &models[..]].concat(), "all.json");
    let lines = folder.run(&[&["tag", "--format", "jsonl"], &models[..]].concat(), "all.jsonl");
    let jq = |filter: &str, file: &Path| {
        let output = Command::new("jq").args(["-c", filter]).arg(file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(jq("map(.models[0].mean | length)", &array), "[50,0,0,50]");
    assert_eq!(jq("[.[].file.size_bytes] | length", &array), "4");
    assert_eq!(jq("map(.provenance.models[0].sha256) | unique | length", &array), "1");
    assert_eq!(jq(".models[0].predictions | length", &lines), "8\n2\n0\n3");
    assert_eq!(jq("[.[] | .models[0].labels[0]] | unique", &array), "[\"rock\"]");
}
