//! Commands `earmark train`, `retrain` and `classify`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use earmark_tests::requirements::python;
use serde_json::Value;

use super::program::{Outcome, earmark, earmark_with_models};
use super::wav::{float_wav, music};

/// Tracks per class.
const TRACKS: usize = 6;
/// Length of a track in seconds.
const TRACK_S: f64 = 5.0;

/// Folders of two classes: `noise`, and `tune`.
struct Examples {
    folder: tempfile::TempDir,
}

impl Examples {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (class, is_tune) in [("noise", false), ("tune", true)] {
            let class = folder.path().join("tracks").join(class);
            fs::create_dir_all(&class).unwrap();
            for track in 0..TRACKS {
                let path = class.join(format!("{}-{track}.wav", if is_tune { "t" } else { "n" }));
                float_wav(&path, 44_100, 1, &samples(is_tune, track));
            }
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn train(&self, more: &[&str]) -> Outcome {
        let (tracks, out) = (self.path("tracks"), self.path("out"));
        let arguments = ["train", "sound", "--from-folders", &tracks, "--out", &out, "--grid", "fast"];
        earmark_with_models(arguments.into_iter().chain(more.iter().copied()), &self.folder.path().join("models"))
    }

    fn one_of(&self, class: &str) -> String {
        let folder = self.folder.path().join("tracks").join(class);
        let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files[0].to_str().unwrap().to_owned()
    }
}

fn samples(is_tune: bool, track: usize) -> Vec<f32> {
    let mut state = 1 + track as u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let level = 0.2 + 0.1 * track as f32;
    let tune = music(44_100, TRACK_S);
    tune.iter().map(|sample| level * if is_tune { sample + 0.01 * noise() } else { 0.5 * noise() }).collect()
}

/// Returns the class of each file of a JSON output.
fn classes(out: &str, name: &str) -> Vec<String> {
    let files: Value = serde_json::from_str(out).unwrap();
    let files = files.as_array().cloned().unwrap_or_else(|| vec![files]);
    files.iter().map(|file| file["highlevel"][name]["value"].as_str().unwrap_or_default().to_owned()).collect()
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn folders_become_a_classifier_that_classifies_audio_and_descriptors() {
    let examples = Examples::new();
    let (code, out, err) = examples.train(&["--add"]);
    assert_eq!(code, 0, "{out}{err}");
    println!("{out}");
    for expected in
        ["accuracy     100.0 % of 12 tracks", "baseline     50.0 %", "folds        plain", "added        sound"]
    {
        assert!(out.contains(expected), "{expected}: {out}");
    }
    let written = files(&examples.folder.path().join("out"));
    for name in ["sound.history", "sound.param", "sound.project.yaml", "sound.report.csv", "sound.results.html"] {
        assert!(written.iter().any(|file| file == name), "{name}: {written:?}");
    }

    let (noise, tune) = (examples.one_of("noise"), examples.one_of("tune"));
    let descriptors = examples.path("out/sound.descriptors/t-0.json");
    let history = examples.path("out/sound.history");
    let arguments = ["classify", &noise, &tune, &descriptors, "--model", &history, "--format", "json"];
    let (code, out, err) = earmark(arguments);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert_eq!(classes(&out, "sound"), ["noise", "tune", "tune"]);
    let probability = serde_json::from_str::<Value>(&out).unwrap()[0]["highlevel"]["sound"]["probability"].as_f64();
    assert!(probability.is_some_and(|probability| (0.5..=1.0).contains(&probability)), "{out}");

    // The added model is found by its id, and by default.
    let models = examples.folder.path().join("models");
    for model in [&["--model", "sound"][..], &[]] {
        let arguments = ["classify", &tune, "--format", "json"].into_iter().chain(model.iter().copied());
        let (code, out, err) = earmark_with_models(arguments, &models);
        assert_eq!((code, &*err, classes(&out, "sound")), (0, "", vec!["tune".to_owned()]), "{out}");
    }
    let (code, out, _) = earmark_with_models(["models"], &models);
    assert!(code == 0 && out.lines().any(|line| line.starts_with("sound") && line.contains("descriptors")), "{out}");
    let (code, _, err) = earmark_with_models(["tag", &tune, "--model", "sound"], &models);
    assert!(code == 1 && err.contains("earmark classify"), "{err}");

    // The same parameters give the same model.
    let again = examples.path("out/again.history");
    let (project, param) = (examples.path("out/sound.project.yaml"), examples.path("out/sound.param"));
    let (code, out, err) = earmark(["retrain", "--project", &project, "--param", &param, "--output", &again]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(fs::read(&again).unwrap() == fs::read(&history).unwrap(), "the model differs");

    // A second training takes all points from the first one.
    let report = fs::read(examples.path("out/sound.report.csv")).unwrap();
    let (code, out, err) = examples.train(&[]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(err.matches("18 points were finished before").count(), 4, "18 for each preprocessing: {err}");
    assert!(report == fs::read(examples.path("out/sound.report.csv")).unwrap(), "the report differs");
}

/// Prints the class of each file of a folder of tables.
const CLASSES: &str = r#"
import json, sys, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
print(json.dumps(dict(zip(table["path"].to_pylist(), table["sound.value"].to_pylist()))))
"#;

#[test(needs(PyArrow))]
fn library_is_classified_in_shards() {
    let examples = Examples::new();
    let (code, out, err) = examples.train(&["--add"]);
    assert_eq!(code, 0, "{out}{err}");
    let (tracks, results, models) = (examples.path("tracks"), examples.path("results"), examples.path("models"));
    let batch = |arguments: &[&str]| {
        let (code, out, err) = earmark_with_models([&["batch"], arguments].concat(), Path::new(&models));
        assert_eq!((code, &*err), (0, ""), "{arguments:?}: {out}");
        out
    };
    batch(&["plan", &tracks, "--out", &results, "--classify", "--model", "sound", "--tracks-per-shard", "5"]);
    batch(&["run", &results, "--jobs", "2"]);
    let report: Value = serde_json::from_str(&batch(&["verify", &results, "--json"])).unwrap();
    assert_eq!(report["files"], 2 * TRACKS, "{report}");
    let output = Command::new(python()).args(["-c", CLASSES, &examples.path("results/data")]).output().unwrap();
    let classes: BTreeMap<String, String> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(classes.len(), 2 * TRACKS);
    // The tracks are in folders named by their class.
    for (path, class) in classes {
        assert_eq!(path.split('/').next(), Some(&*class), "{path}");
    }
}

#[test]
fn folders_become_a_head_on_an_embedding() {
    let examples = Examples::new();
    let (code, out, err) = examples.train(&["--features", "embedding:msd-musicnn", "--add"]);
    assert_eq!(code, 0, "{out}{err}");
    println!("{out}");
    assert!(out.contains("accuracy     100.0 %") && out.contains("added        sound-msd-musicnn"), "{out}");
    let arguments = ["tag", &examples.one_of("noise"), "--model", "sound-msd-musicnn", "--format", "json"];
    let (code, out, err) = earmark_with_models(arguments, &examples.folder.path().join("models"));
    assert_eq!((code, &*err), (0, ""), "{out}");
    let report = &serde_json::from_str::<Value>(&out).unwrap()[0];
    let mean = report["models"][0]["mean"].as_array().unwrap();
    assert!(mean[0].as_f64() > mean[1].as_f64(), "{report}");
}

#[test]
fn dry_run_counts_and_writes_nothing() {
    let examples = Examples::new();
    let (code, out, err) = examples.train(&["--dry-run"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.contains("6  noise") && out.contains("6  tune") && out.contains("72 points"), "{out}");
    assert!(!examples.folder.path().join("out").exists());

    let groups = examples.path("groups.json");
    let of_track =
        |name: &str, track: usize| format!("\"{name}-{track}\": \"{}\"", track / if name == "n" { 1 } else { 2 });
    let tracks = ["n", "t"].into_iter().flat_map(|name| (0..TRACKS).map(move |track| (name, track)));
    let entries: Vec<String> = tracks.map(|(name, track)| of_track(name, track)).collect();
    fs::write(&groups, format!("{{{}}}", entries.join(","))).unwrap();
    let (code, out, err) = examples.train(&["--dry-run", "--group-by", &groups]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert!(out.contains("6  noise, groups: 6") && out.contains("6  tune, groups: 3"), "{out}");
}

#[test]
fn invalid_training_is_refused_with_expected_and_got() {
    let examples = Examples::new();
    for (arguments, expected) in [
        (&["--folds", "9"][..], "expected at least 9, got 6"),
        (&["--group-by", "artist"], "no such tag"),
        (&["--features", "embedding:msd-musicn"], "got `msd-musicn`"),
        (&["--learner", "logistic"], "expected --features embedding:<model>, got descriptors"),
        (&["--features", "mfcc"], "expected descriptors or embedding:<model>, got mfcc"),
    ] {
        let (code, out, err) = examples.train(arguments);
        assert!(code != 0 && err.contains(expected), "{arguments:?}: {out}{err}");
        assert!(!examples.folder.path().join("out/sound.history").exists());
    }
}

#[test]
fn invalid_classifier_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let track = path("a.wav");
    float_wav(&folder.path().join("a.wav"), 44_100, 1, &music(44_100, 1.0));
    fs::write(path("damaged.history"), b"not a history").unwrap();
    for (model, expected) in [
        (path("damaged.history"), "cannot read classifier"),
        (path("missing.history"), "cannot read"),
        ("msd-musicnn".to_owned(), "expected a classifier of descriptors, got a network"),
        ("nothing".to_owned(), "got `nothing`"),
    ] {
        let (code, out, err) = earmark(["classify", &track, "--model", &model]);
        assert!(code == 1 && out.is_empty() && err.contains(expected), "{model}: {err}");
    }
    let (code, _, err) = earmark(["classify", &track]);
    assert!(code == 1 && err.contains("an added classifier, got none"), "{err}");
}
