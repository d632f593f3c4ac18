//! Command `earmark separate`.

use std::fs;
use std::path::{Path, PathBuf};

use earmark_tests::reference::fixtures;
use earmark_tests::signal::noise;
use serde_json::Value;

use super::program::{Outcome, earmark, earmark_with_input, earmark_with_models, path as program};
use super::wav::{float_wav, music};

/// Folder with a short stereo file.
struct Song {
    folder: tempfile::TempDir,
}

impl Song {
    fn new() -> Self {
        let song = Self { folder: tempfile::tempdir().unwrap() };
        float_wav(&song.path("song.wav"), 48_000, 2, &music(48_000, 1.5));
        song
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn separate(&self, inputs: &[&str], options: &[&str]) -> Outcome {
        let inputs: Vec<String> = inputs.iter().map(|input| self.text(input)).collect();
        let out = self.text("out");
        let arguments = ["separate", "--out", &out].into_iter().chain(options.iter().copied());
        earmark(arguments.chain(inputs.iter().map(String::as_str)))
    }

    /// Returns the paths of all files below the output folder.
    fn written(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![self.path("out")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.path("out")).unwrap();
                    files.push(name.to_str().unwrap().replace('\\', "/"));
                }
            }
        }
        files.sort();
        files
    }
}

fn wav(path: &Path) -> (hound::WavSpec, Vec<f32>) {
    let mut reader = hound::WavReader::open(path).unwrap();
    let samples = match reader.spec().sample_format {
        hound::SampleFormat::Float => reader.samples::<f32>().map(Result::unwrap).collect(),
        hound::SampleFormat::Int => {
            let scale = 2.0_f32.powi(i32::from(reader.spec().bits_per_sample) - 1);
            reader.samples::<i32>().map(|sample| sample.unwrap() as f32 / scale).collect()
        }
    };
    (reader.spec(), samples)
}

#[test]
fn stems_have_rate_and_length_of_the_file_and_add_up_to_it() {
    let song = Song::new();
    let (code, out, err) = song.separate(&["song.wav"], &["--json"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert_eq!(song.written(), ["song/accompaniment.wav", "song/vocals.wav"]);
    let (spec, mix) = wav(&song.path("song.wav"));
    let [vocals, accompaniment] =
        ["vocals", "accompaniment"].map(|stem| wav(&song.path("out/song").join(format!("{stem}.wav"))));
    assert_eq!((vocals.0, accompaniment.0), (spec, spec));
    for ((sample, vocals), accompaniment) in mix.iter().zip(&vocals.1).zip(&accompaniment.1) {
        assert!((vocals + accompaniment - sample).abs() <= 2e-7);
    }
    assert_eq!(vocals.1.len(), mix.len());
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["schema"], "earmark/1");
    assert_eq!(report["model"], "spleeter-2stems");
    assert_eq!((&report["duration_s"], &report["channels"]), (&1.5.into(), &2.into()));
    assert_eq!(report["sha256"][0].as_str().unwrap().len(), 64);
    assert_eq!(report["stems"][1]["stem"], "accompaniment");
    assert!(report["stems"][1]["peak"].as_f64().unwrap() > 0.01);
}

#[test]
fn existing_stems_are_left_without_force() {
    let song = Song::new();
    fs::create_dir_all(song.path("out/song")).unwrap();
    fs::write(song.path("out/song/vocals.wav"), "mine").unwrap();
    let (code, out, err) = song.separate(&["song.wav"], &[]);
    assert!(code == 1 && out.is_empty() && err.contains("exists: `--force` overwrites it"), "{err}");
    assert_eq!(fs::read(song.path("out/song/vocals.wav")).unwrap(), b"mine");
    assert_eq!(song.written(), ["song/vocals.wav"]);
    let (code, out, _) = song.separate(&["song.wav"], &["--force"]);
    assert_eq!((code, out.lines().count()), (0, 2));
    assert!(fs::metadata(song.path("out/song/vocals.wav")).unwrap().len() > 1_000);
}

#[test]
fn files_of_the_same_name_get_a_number() {
    let song = Song::new();
    fs::create_dir(song.path("b")).unwrap();
    float_wav(&song.path("b/song.wav"), 44_100, 1, &music(44_100, 0.2));
    let (code, _, err) = song.separate(&["song.wav", "b/song.wav"], &["--stems", "vocals", "--jobs", "2"]);
    assert!(code == 0 && err.contains("another input has the same name: its stems are named `song (2)`"), "{err}");
    assert_eq!(song.written(), ["song (2)/vocals.wav", "song/vocals.wav"]);
    // A mono file stays mono.
    assert_eq!(wav(&song.path("out/song (2)/vocals.wav")).0.channels, 1);
}

#[test]
fn shortest_empty_and_multichannel_files_are_separated_or_explained() {
    let song = Song::new();
    float_wav(&song.path("one.wav"), 44_100, 1, &[0.5]);
    float_wav(&song.path("surround.wav"), 44_100, 6, &music(44_100, 0.2));
    fs::write(song.path("empty.wav"), "").unwrap();
    let inputs = ["one.wav", "surround.wav", "empty.wav"];
    let (code, _, err) = song.separate(&inputs, &["--name", "{stem}/{name}.{ext}"]);
    assert_eq!(code, 1);
    assert!(err.contains("surround.wav: cannot separate 6 channels (expected 1 or 2): `--downmix`"), "{err}");
    assert!(err.contains("empty.wav: "), "{err}");
    assert_eq!(song.written(), ["accompaniment/one.wav", "vocals/one.wav"]);
    assert_eq!(wav(&song.path("out/accompaniment/one.wav")).1.len(), 1);
    let (code, _, err) = song.separate(&["surround.wav"], &["--downmix"]);
    assert_eq!((code, &*err), (0, ""));
    assert_eq!(wav(&song.path("out/surround/vocals.wav")).0.channels, 1);
}

#[test]
fn clipped_samples_are_counted_and_fit_scales_all_stems() {
    let song = Song::new();
    let loud: Vec<f32> = noise(30_000, 1.6, 4);
    float_wav(&song.path("loud.wav"), 44_100, 2, &loud);
    let (code, _, err) = song.separate(&["loud.wav"], &["--bits", "16"]);
    assert!(code == 0 && err.contains("samples of accompaniment were clipped"), "{err}");
    let (code, out, err) = song.separate(&["loud.wav"], &["--format", "flac", "--fit", "--json"]);
    assert!(code == 0 && err.contains("all stems are scaled by -"), "{err}");
    let report: Value = serde_json::from_str(&out).unwrap();
    assert!(report["fit_factor"].as_f64().unwrap() < 0.9, "{out}");
    for stem in report["stems"].as_array().unwrap() {
        assert!(stem["peak"].as_f64().unwrap() <= 1.0 && stem["clipped"].as_u64().unwrap() <= 1, "{stem}");
    }
    let expected = ["accompaniment.flac", "accompaniment.wav", "vocals.flac", "vocals.wav"];
    assert_eq!(song.written(), expected.map(|name| format!("loud/{name}")));
    // The FLAC is the scaled stem.
    let (code, out, err) = song.separate(&["out/loud/vocals.flac"], &["--exact", "--json"]);
    assert_eq!((code, &*err), (0, ""), "{out}");
}

#[test]
fn standard_output_takes_one_stem() {
    let song = Song::new();
    let input = fs::read(song.path("song.wav")).unwrap();
    let outcome = std::process::Command::new(program())
        .args(["separate", "-o", "-", "--stems", "vocals", "--bits", "16", &song.text("song.wav")])
        .output()
        .unwrap();
    assert!(outcome.status.success(), "{}", String::from_utf8_lossy(&outcome.stderr));
    assert_eq!(&outcome.stdout[..4], b"RIFF");
    assert_eq!(outcome.stdout.len(), 44 + 72_000 * 2 * 2);
    let (code, _, err) = song.separate(&["song.wav"], &["--out", "-"]);
    assert!(code == 2 && err.contains("--out"), "an option is given once: {err}");
    let (code, _, err) = earmark_with_input(["separate", "-o", "-", "-"], &input);
    assert!(code == 2 && err.contains("standard output takes one stem of one file"), "{err}");
    let out = song.text("piped");
    let (code, _, err) = earmark_with_input(["separate", "-o", &out, "-"], &input);
    assert_eq!((code, &*err), (0, ""));
    assert_eq!(wav(&song.path("piped/stdin/vocals.wav")).1.len(), 144_000);
}

#[test]
fn wrong_options_are_explained() {
    let song = Song::new();
    for (options, message) in [
        (&["--stems", "drums"][..], "unknown stem (expected vocals, accompaniment, got drums)"),
        (&["--name", "{title}"], "unknown key `{title}`"),
        (&["--name", "{name}.wav"], "needs the key {stem}"),
        (&["--format", "flac", "--bits", "32f"], "FLAC has no floating-point samples"),
    ] {
        let (code, _, err) = song.separate(&["song.wav"], options);
        assert!(code == 2 && err.contains(message), "{options:?}: {err}");
    }
    fs::write(song.path("file"), "").unwrap();
    let file = song.text("file");
    let (code, _, err) = earmark(["separate", "--out", &file, &song.text("song.wav")]);
    assert!(code == 1 && err.contains("cannot open"), "{err}");
    assert!(song.written().is_empty());
}

/// An interrupted run leaves no part of a stem.
#[test]
#[cfg(unix)]
fn interrupted_run_leaves_no_stem() {
    let song = Song::new();
    float_wav(&song.path("long.wav"), 44_100, 2, &noise(44_100 * 200, 0.3, 1));
    let out = song.path("out");
    let mut child = std::process::Command::new(program())
        .args(["separate", "--out", out.to_str().unwrap(), &song.text("long.wav")])
        .spawn()
        .unwrap();
    while !out.join("long/vocals.wav.part").exists() {
        assert!(child.try_wait().unwrap().is_none(), "the program runs");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let interrupted = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(song.written().is_empty(), "{:?}", song.written());
}

/// A network of four stems with random weights is added, separates, and is removed.
#[test]
fn added_model_separates_four_stems() {
    let song = Song::new();
    let models = song.path("models");
    let run = |arguments: &[&str]| earmark_with_models(arguments.iter().copied(), &models);
    let network = fixtures().join("stems/four.onnx");
    let (code, out, err) = run(&["models", "add", network.to_str().unwrap()]);
    assert_eq!((code, &*out, &*err), (0, "added four\n", ""));
    let (_, list, _) = run(&["models"]);
    assert!(list.lines().last().unwrap().starts_with("four "), "{list}");
    let (_, list, _) = run(&["models", "list", "--json"]);
    let list: Value = serde_json::from_str(&list).unwrap();
    assert_eq!(list["models"].as_array().unwrap().last().unwrap()["labels"][1], "drums");
    let out = song.text("out");
    let (code, _, err) =
        run(&["separate", "--model", "four", "--stems", "drums,other", "-o", &out, &song.text("song.wav")]);
    assert_eq!((code, &*err), (0, ""));
    assert_eq!(song.written(), ["song/drums.wav", "song/other.wav"]);
    let (code, _, err) = run(&["separate", "--model", "four", "--eco", &song.text("song.wav")]);
    assert!(code == 1 && err.contains("invalid eco mode"), "{err}");
    assert_eq!(run(&["models", "remove", "four"]).1, "removed four\n");
    let (code, _, err) = run(&["separate", "--model", "four", &song.text("song.wav")]);
    assert!(code == 2 && err.contains("invalid model of stems"), "{err}");
}
