//! Command `earmark extract`.

use std::fs;
use std::path::Path;

use earmark_descriptors::DESCRIPTORS;
use earmark_tests::reference::folder;
use earmark_tests::requirements::python;
use serde_json::Value;

use super::program::{earmark, earmark_with_input};
use super::wav::{float_wav, music};

fn tune(folder: &Path, name: &str, seconds: f64) -> String {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    float_wav(&path, 44_100, 2, &music(44_100, seconds));
    path.to_str().unwrap().to_owned()
}

/// Writes a tune whose channels cancel each other in the mix.
fn opposite_tune(folder: &Path) -> String {
    let path = folder.join("opposite.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for sample in music(44_100, 3.0) {
        writer.write_sample(sample).unwrap();
        writer.write_sample(-sample).unwrap();
    }
    writer.finalize().unwrap();
    path.to_str().unwrap().to_owned()
}

fn extracted<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Value {
    let (code, out, err) = earmark(["extract"].into_iter().chain(arguments));
    assert_eq!((code, &*err), (0, ""), "{out}");
    serde_json::from_str(&out).unwrap()
}

/// Returns the value of a dotted name.
fn at<'a>(tree: &'a Value, name: &str) -> &'a Value {
    name.split('.').fold(tree, |node, part| &node[part])
}

#[test]
fn one_file_is_the_layout_itself_on_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = tune(folder.path(), "tune.wav", 7.0);
    let tree = extracted([&*path]);
    let groups: Vec<&String> = tree.as_object().unwrap().keys().collect();
    assert_eq!(groups, ["lowlevel", "metadata", "rhythm", "tonal"]);
    for name in DESCRIPTORS {
        assert!(!at(&tree, name).is_null(), "{name}");
    }
    assert_eq!(at(&tree, "lowlevel.mfcc.icov").as_array().unwrap().len(), 13);
    assert_eq!(at(&tree, "metadata.tags.file_name"), "tune.wav");
    assert_eq!(at(&tree, "metadata.audio_properties.codec"), "pcm_f32le");
    assert_eq!(at(&tree, "metadata.audio_properties.bit_rate").as_f64(), Some(44_100.0 * 64.0));
    let input = fs::read(&path).unwrap();
    let (code, out, _) = earmark_with_input(["extract", "-", "--only", "lowlevel"], &input);
    assert_eq!(code, 0);
    let piped: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(at(&piped, "lowlevel.mfcc"), at(&tree, "lowlevel.mfcc"));
}

#[test]
fn formats_have_the_same_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = tune(folder.path(), "tune.wav", 4.0);
    let json = extracted([&*path, "--only", "rhythm,lowlevel.mfcc.mean"]);
    let line = extracted([&*path, "--only", "rhythm,lowlevel.mfcc.mean", "--format", "jsonl"]);
    assert_eq!((&line["path"], &line["duration_s"]), (&Value::from(&*path), &4.0.into()));
    assert_eq!((&line["rhythm"], &line["lowlevel"]), (&json["rhythm"], &json["lowlevel"]));
    let (code, yaml, err) = earmark(["extract", &path, "--only", "rhythm.bpm,tonal.key_edma", "--format", "yaml"]);
    assert_eq!((code, &*err), (0, ""));
    assert!(yaml.contains("rhythm:\n") && yaml.contains("key_edma:\n"), "{yaml}");
    let out = folder.path().join("table.parquet");
    let arguments = ["extract", &path, "--format", "parquet", "--out", out.to_str().unwrap()];
    assert_eq!(earmark(arguments), (0, String::new(), String::new()));
    assert!(fs::read(out).unwrap().starts_with(b"PAR1"));
}

/// The columns are those of the layout, also of values that are null in every file and of tags that no file has.
#[test(needs(PyArrow))]
fn table_of_silence_and_music_has_the_columns_of_the_layout() {
    let folder = tempfile::tempdir().unwrap();
    let silent = folder.path().join("a.wav");
    float_wav(&silent, 44_100, 1, &[0.0; 44_100]);
    let profile = folder.path().join("profile.yaml");
    fs::write(&profile, "mergeValues: {metadata: {'my group (1)': {id: 7}}}\n").unwrap();
    let out = folder.path().join("table.parquet");
    let mut columns = Vec::new();
    for files in [vec![silent.to_str().unwrap().to_owned()], vec![tune(folder.path(), "b.wav", 4.0)]] {
        let options = ["--format", "parquet", "--profile", profile.to_str().unwrap(), "--out", out.to_str().unwrap()];
        let arguments = ["extract"].into_iter().chain(files.iter().map(String::as_str)).chain(options);
        assert_eq!(earmark(arguments), (0, String::new(), String::new()));
        let look = "import json, pyarrow.parquet as p, sys; t = p.read_table(sys.argv[1]).to_pylist(); \
                    print(json.dumps([t[0], len(t)]))";
        let output = std::process::Command::new(python()).args(["-c", look]).arg(&out).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let read: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(read[1], 1);
        let row = read[0].as_object().unwrap().clone();
        assert_eq!(row["metadata.my group (1).id"], "7");
        assert_eq!(row["metadata.tags.artist"], Value::Null);
        columns.push(row);
    }
    let names = |row: &serde_json::Map<String, Value>| row.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&columns[0]), names(&columns[1]));
    assert_eq!(columns[0]["lowlevel.mfcc.mean"], Value::Null);
    assert_eq!(columns[1]["lowlevel.mfcc.mean"].as_array().unwrap().len(), 13);
    assert_eq!(columns[1]["lowlevel.mfcc.icov"].as_array().unwrap().len(), 169);
    assert!(columns[1]["tonal.key_edma.key"].is_string());
    // Every name of the layout has a column.
    let tree = extracted([&*tune(folder.path(), "b.wav", 4.0)]);
    for name in columns[1].keys().filter(|name| name.contains('.') && !name.contains("tags.") && !name.contains("my "))
    {
        assert!(!at(&tree, name).is_null(), "{name}");
    }
    assert!(columns[1].len() > 570, "{} columns", columns[1].len());
}

#[test]
fn windows_are_described_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = tune(folder.path(), "tune.wav", 10.0);
    let arguments = ["extract", &path, "--window", "4", "--format", "jsonl", "--only", "lowlevel.spectral_centroid"];
    let (code, out, err) = earmark(arguments);
    assert_eq!((code, &*err), (0, ""));
    let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ends: Vec<f64> = lines.iter().map(|line| line["end_s"].as_f64().unwrap()).collect();
    assert_eq!(ends.len(), 3, "{ends:?}");
    assert!(ends[0] >= 4.0 && ends[0] < 4.2 && (ends[2] - 10.0).abs() < 1e-9, "{ends:?}");
    assert!(lines.windows(2).all(|pair| pair[0]["end_s"] == pair[1]["start_s"]));
}

#[test]
fn frames_are_written_beside_their_statistics_with_the_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let path = tune(folder.path(), "tune.wav", 4.0);
    let profile = folder.path().join("profile.yaml");
    fs::write(&profile, "outputFrames: 1\nindent: 0\nlowlevel: {stats: [mean, skew, kurt]}\ntonal: {stats: last}\n")
        .unwrap();
    let out = folder.path().join("out");
    let arguments = ["extract", &path, "--profile", profile.to_str().unwrap(), "--out", out.to_str().unwrap()];
    assert_eq!(earmark(arguments), (0, String::new(), String::new()));
    let read = |name: &str| -> Value { serde_json::from_slice(&fs::read(out.join(name)).unwrap()).unwrap() };
    let (statistics, frames) = (read("tune.wav.json"), read("tune.wav.json_frames"));
    let values: Vec<f64> = serde_json::from_value(at(&frames, "lowlevel.spectral_rms").clone()).unwrap();
    // One frame each 1024 samples, and the first that is centred on the end or behind it.
    assert_eq!(values.len(), 174);
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let moment = |power| values.iter().map(|value| (value - mean).powi(power)).sum::<f64>() / values.len() as f64;
    let expected = [mean, moment(3) / moment(2).powf(1.5), moment(4) / moment(2).powi(2) - 3.0];
    for (name, expected) in ["mean", "skew", "kurt"].into_iter().zip(expected) {
        let got = at(&statistics, &format!("lowlevel.spectral_rms.{name}")).as_f64().unwrap();
        assert!((got - expected).abs() <= 1e-9 * expected.abs(), "{name}: {got}, expected {expected}");
    }
    let profiles = at(&frames, "tonal.hpcp").as_array().unwrap();
    assert_eq!(Some(at(&statistics, "tonal.hpcp")), profiles.last());
    assert_eq!(at(&frames, "metadata"), at(&statistics, "metadata"));
}

#[test]
fn silence_is_a_result_and_opposite_channels_fall_back_to_the_left() {
    let folder = tempfile::tempdir().unwrap();
    let silent = folder.path().join("silent.wav");
    float_wav(&silent, 44_100, 1, &[0.0; 88_200]);
    let tree = extracted([silent.to_str().unwrap()]);
    assert_eq!((&tree["silent"], at(&tree, "rhythm.bpm")), (&true.into(), &Value::Null));
    assert_eq!(at(&tree, "metadata.audio_properties.length"), 2.0);
    let opposite = opposite_tune(folder.path());
    let tree = extracted([&*opposite]);
    assert_eq!(at(&tree, "metadata.audio_properties.analysis.downmix"), "left");
    let centroid = at(&tree, "lowlevel.spectral_centroid.mean").as_f64().unwrap();
    assert!(centroid > 100.0, "{centroid} Hz");
    // Selections have no metadata, and some need no gain: the fallback depends on neither.
    for only in ["lowlevel.spectral_rms", "lowlevel.spectral_centroid", "lowlevel.spectral_centroid,tonal.key_edma"] {
        let selected = extracted([&*opposite, "--only", only]);
        for name in ["lowlevel.spectral_rms", "lowlevel.spectral_centroid", "tonal.key_edma"] {
            let expected = if only.contains(name) { at(&tree, name) } else { &Value::Null };
            assert_eq!(at(&selected, name), expected, "--only {only}: {name}");
        }
        assert!(selected["silent"].is_null(), "--only {only}");
        let selected = extracted([silent.to_str().unwrap(), "--only", only]);
        assert_eq!(selected["silent"], true, "--only {only}");
    }
}

/// Files that are shorter than the filter of the resampler, a window, and both.
#[test]
fn file_shorter_than_a_window_is_one_window() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("short.wav");
    for (rate_hz, count) in [(48_000, 900), (48_000, 1), (44_100, 900), (48_000, 48_000)] {
        float_wav(&path, rate_hz, 2, &music(rate_hz, 1.0)[..count]);
        let (code, out, err) = earmark(["extract", path.to_str().unwrap(), "--window", "5", "--format", "jsonl"]);
        assert_eq!((code, &*err), (0, ""), "{count} samples at {rate_hz} Hz");
        let lines: Vec<Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let [line] = &lines[..] else { panic!("{count} samples at {rate_hz} Hz: {} lines", lines.len()) };
        let seconds = count as f64 / f64::from(rate_hz);
        let end_s = line["end_s"].as_f64().unwrap();
        assert_eq!((&line["start_s"], &line["duration_s"]), (&0.0.into(), &seconds.into()));
        // The last sample at 44.1 kHz may lie up to one sample behind the end.
        assert!((end_s - seconds).abs() <= 1.0 / 44_100.0, "{end_s} s of {seconds} s");
        let bands = at(line, "lowlevel.melbands.mean").as_array().map(Vec::len);
        assert_eq!(bands, if count == 1 { None } else { Some(40) }, "{count} samples at {rate_hz} Hz: {line}");
        assert_eq!(at(line, "metadata.audio_properties.codec"), "pcm_f32le");
    }
}

#[test]
fn mistakes_in_options_and_profiles_are_named_before_any_file_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = tune(folder.path(), "a.wav", 1.0);
    let profile = folder.path().join("profile.yaml");
    fs::write(&profile, "lowlevel: {frameSizes: 1024}\n").unwrap();
    let profile = profile.to_str().unwrap();
    let cases: [(&[&str], &str); 5] = [
        (&[&path, "--only", "rhythm.dancability"], "the nearest is \"rhythm.danceability\""),
        (&[&path, "--profile", profile], "unknown key `lowlevel.frameSizes`; the nearest is `frameSize`"),
        (&[&path, &path], "cannot write 2 results to one output"),
        (&[&path, "--window", "5"], "cannot write windows in this format"),
        (&[&path, "--profile", "/nowhere/profile.yaml"], "/nowhere/profile.yaml"),
    ];
    for (arguments, expected) in cases {
        let (code, out, err) = earmark(["extract"].into_iter().chain(arguments.iter().copied()));
        assert_eq!((code, &*out), (2, ""), "{arguments:?}");
        assert!(err.contains(expected), "{arguments:?}: {err}");
    }
}

/// 200 files, 10 of them bad, interrupted and run again: every good file has exactly one result, which is complete.
#[test]
#[cfg(unix)]
fn interrupted_batch_is_completed_by_a_second_run() {
    use std::process::{Command, Stdio};

    let folder = tempfile::tempdir().unwrap();
    let music = folder.path().join("music");
    let out = folder.path().join("out");
    for i in 0..200 {
        let path = music.join(format!("{:02}/{i:03}.wav", i % 7));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match i % 20 {
            13 => fs::write(&path, if i % 40 == 13 { &b"no audio"[..] } else { &b"RIFF\0\0\0\0WAVE"[..] }).unwrap(),
            _ => float_wav(&path, 44_100, 1, &super::wav::music(44_100, 1.0 + f64::from(i) / 400.0)),
        }
    }
    let arguments = ["extract", music.to_str().unwrap(), "--out", out.to_str().unwrap(), "--jobs", "2"];
    let mut child = Command::new(super::program::path())
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let results = || -> Vec<std::path::PathBuf> {
        let folders = fs::read_dir(&out).into_iter().flatten().flatten();
        folders.flat_map(|folder| fs::read_dir(folder.path()).unwrap().flatten()).map(|file| file.path()).collect()
    };
    while results().len() < 20 {
        assert_eq!(child.try_wait().unwrap(), None, "the batch ended before it was interrupted");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let first = results();
    assert!(
        first.len() < 190 && first.iter().all(|path| path.extension().unwrap() == "json"),
        "{} results",
        first.len()
    );
    let written: Vec<_> = first.iter().map(|path| (path, fs::metadata(path).unwrap().modified().unwrap())).collect();

    let (code, _, err) = earmark(arguments.into_iter().chain(["--skip-existing"]));
    assert_eq!(code, 1);
    assert_eq!(err.lines().count(), 10, "{err}");
    assert!(
        err.lines().all(|line| line.contains("13.wav: ")
            || line.contains("33.wav: ")
            || line.contains("53.wav: ")
            || line.contains("73.wav: ")
            || line.contains("93.wav: ")),
        "{err}"
    );
    for (path, modified) in written {
        assert_eq!(fs::metadata(path).unwrap().modified().unwrap(), modified, "{} was written again", path.display());
    }
    let all = results();
    assert_eq!(all.len(), 190);
    for path in all {
        let tree: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert!(at(&tree, "lowlevel.mfcc.mean").is_array(), "{}", path.display());
    }
}

/// Metadata that need the file: digest of the encoded stream, codec, bit rate.
#[test(needs(Reference))]
fn metadata_of_files_equal_those_of_the_reference() {
    let folder = folder().unwrap();
    for name in ["metal_growl", "solo_piano", "techno_48k", "pop_vocal_mp3"] {
        let path = folder.join(format!("audio/{name}.flac"));
        let tree = extracted([path.to_str().unwrap(), "--compat"]);
        let expected = fs::read(folder.join(format!("extractor/{name}.json"))).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        for leaf in ["md5_encoded", "codec", "analysis.downmix"] {
            let leaf = format!("metadata.audio_properties.{leaf}");
            assert_eq!(at(&tree, &leaf), at(&expected, &leaf), "{name}: {leaf}");
        }
        for leaf in ["bit_rate", "lossless", "length", "number_channels", "sample_rate", "analysis.sample_rate"] {
            let leaf = format!("metadata.audio_properties.{leaf}");
            let [got, expected] = [&tree, &expected].map(|tree| at(tree, &leaf).as_f64().unwrap());
            assert!((got - expected).abs() < 1e-6, "{name}: {leaf}: {got}, expected {expected}");
        }
    }
    let tree = extracted([folder.join("extractor/synth30.wav").to_str().unwrap(), "--compat"]);
    assert_eq!(at(&tree, "metadata.audio_properties.md5_encoded"), "ee75272596ff8d6b3dfaa73cf6d4f0b3");
    assert_eq!(at(&tree, "metadata.audio_properties.codec"), "pcm_s16le");
    assert_eq!(at(&tree, "metadata.audio_properties.bit_rate").as_f64(), Some(1_411_200.0));
}
