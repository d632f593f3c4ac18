//! Compatibility with files of an earlier version: each of them is read, and the current output has the same keys and
//! values (`fixtures/before/README.md`).

mod state;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use earmark_models::user_models::ENV_VAR;
use earmark_tests::reference::root;
use serde_json::{Map, Value};

use crate::command::program;

/// Largest difference of two numbers, relative to the larger one if that is above 1. The networks are summed in another order
/// since then; that the results are those of the reference is tested in `parity`.
const TOLERANCE: f64 = 5e-6;

/// Keys whose values depend on the clock.
const TIME_KEYS: [&str; 2] = ["at", "age_s"];

/// Keys that objects have since then: the decoder of a file, facts about it, the origin of its results, and the assumptions
/// about an added model.
const ADDED_KEYS: [&str; 4] = ["decoder", "file", "provenance", "assumed"];

/// Columns that the table of `tag` has since then, behind the others.
const ADDED_COLUMNS: [&str; 2] = ["status", "path_bytes"];

/// Keys of lines of `listen` that have another name now, with that name.
const RENAMED_KEYS: [(&str, &str); 5] = [
    ("lit", "active"),
    ("way_out", "hint"),
    ("missed", "unwritten_predictions"),
    ("scrubbed", "sanitized_samples"),
    ("starts", "stream_starts"),
];

/// Returns the path of a file of the earlier version.
fn fixture(name: &str) -> PathBuf {
    root().join("tests/fixtures/before").join(name)
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs the current program in the folder in which the earlier one ran, with the models that the earlier one added.
fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(program::path());
    command.args(arguments).env(ENV_VAR, fixture("models")).current_dir(root()).output().unwrap()
}

fn succeed(arguments: &[&str]) -> String {
    let Output { status, stdout, stderr } = run(arguments);
    assert!(status.success(), "{arguments:?}: {status}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("expected JSON, got {error} in {text}"))
}

fn is_near(before: f64, now: f64) -> bool {
    (before - now).abs() <= TOLERANCE * before.abs().max(now.abs()).max(1.0)
}

/// Returns the places at which two values differ in keys, or in values by more than [`TOLERANCE`].
fn differences(before: &Value, now: &Value, place: &str) -> Vec<String> {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => {
            let is_known = |key: &&String| before.contains_key(*key) || !ADDED_KEYS.contains(&key.as_str());
            let keys = [before.keys().collect::<Vec<_>>(), now.keys().filter(is_known).collect()];
            if keys[0] != keys[1] {
                return vec![format!("{place}: expected the keys {:?}, got {:?}", keys[0], keys[1])];
            }
            let values = before.iter().filter(|(key, _)| !TIME_KEYS.contains(&key.as_str()));
            values.flat_map(|(key, value)| differences(value, &now[key], &format!("{place}.{key}"))).collect()
        }
        (Value::Array(before), Value::Array(now)) if before.len() == now.len() => {
            let pairs = before.iter().zip(now).enumerate();
            pairs.flat_map(|(index, (before, now))| differences(before, now, &format!("{place}[{index}]"))).collect()
        }
        (Value::Array(before), Value::Array(now)) => {
            vec![format!("{place}: expected {} values, got {}", before.len(), now.len())]
        }
        (Value::Number(a), Value::Number(b)) if is_near(a.as_f64().unwrap(), b.as_f64().unwrap()) => Vec::new(),
        (before, now) if before == now => Vec::new(),
        (before, now) => vec![format!("{place}: expected {before}, got {now}")],
    }
}

fn assert_same(before: &Value, now: &Value) {
    let differences = differences(before, now, "");
    let first: Vec<_> = differences.iter().take(10).collect();
    assert!(differences.is_empty(), "{} differences beyond {TOLERANCE:e}: {first:#?}", differences.len());
}

/// Removes the values of a line that changed when a tempo was known after 2 s: the number of predictions, and the begin of
/// the scene that waits for a tempo.
fn remove_early_tempo(line: &mut Map<String, Value>) {
    match (line.get("event").and_then(Value::as_str), line.get("name").and_then(Value::as_str)) {
        (Some("end"), _) => drop(line.remove("predictions")),
        (Some("scene"), Some("fast")) => drop(line.remove("source_s")),
        _ => {}
    }
}

/// Groups JSON lines by event, model and scene, in order: the order between two models depends on their speed.
fn lines(text: &str) -> Value {
    let mut kinds: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in text.lines().map(json) {
        let scene = if line["event"] == "scene" { line["name"].as_str() } else { None };
        let [event, model] = ["event", "model"].map(|key| line[key].as_str().unwrap_or_default());
        let kind = format!("{event} {}", scene.unwrap_or(model));
        kinds.entry(kind).or_default().push(line);
    }
    serde_json::to_value(kinds).unwrap()
}

/// Returns the lines of `listen` of the earlier version, as [`lines`] does, with their current keys. Lines of the input
/// have a schema since then.
fn renamed_lines(text: &str) -> Value {
    let renamed = |line: &str| {
        let Value::Object(mut line) = json(line) else { panic!("expected an object, got {line}") };
        for (before, now) in RENAMED_KEYS {
            if let Some(value) = line.remove(before) {
                line.insert(now.to_owned(), value);
            }
        }
        if line.get("event").is_some_and(|event| event == "input") {
            line.insert("schema".to_owned(), "earmark-listen/2".into());
        }
        remove_early_tempo(&mut line);
        Value::Object(line).to_string()
    };
    lines(&text.lines().map(renamed).collect::<Vec<_>>().join("\n"))
}

/// Returns the cells of a table, with numbers parsed and wall-clock times left empty.
fn table(text: &str) -> Value {
    let clock: Vec<bool> = text.lines().next().unwrap().split(',').map(|column| TIME_KEYS.contains(&column)).collect();
    let cell = |(column, cell): (usize, &str)| match cell.parse::<f64>() {
        Ok(_) if clock[column] => Value::Null,
        Ok(number) => number.into(),
        Err(_) => cell.into(),
    };
    text.lines().map(|line| line.split(',').enumerate().map(cell).collect::<Value>()).collect()
}

/// Returns the arguments with which the earlier program tagged its files, in a format.
#[cfg(feature = "tempocnn")]
fn tag(format: &str) -> String {
    let files = ["tests/fixtures/tune.flac", "tests/fixtures/tune.11025.wav"];
    let models = ["msd-musicnn", "tempocnn-deepsquare-k8", "before-feeling", "before-voice"];
    let mut arguments = vec!["tag"];
    arguments.extend(files.into_iter().chain(models.into_iter().flat_map(|model| ["--model", model])));
    arguments.extend(["--format", format]);
    succeed(&arguments)
}

#[test]
fn differences_in_keys_values_and_lengths_are_found_and_times_are_not() {
    let before = json(r#"{"at": 1.0, "a": [1, {"b": 100.0}], "c": null}"#);
    let same = json(r#"{"at": 2.0, "a": [1.0000001, {"b": 100.00001}], "c": null}"#);
    assert_same(&before, &same);
    for other in [
        r#"{"at": 1.0, "a": [1, {"b": 100.1}], "c": null}"#,
        r#"{"at": 1.0, "a": [1, {"b": 100.0}]}"#,
        r#"{"at": 1.0, "a": [1, {"b": 100.0}], "c": null, "d": 1}"#,
        r#"{"at": 1.0, "a": [1, {"b": 100.0}], "decoder": "builtin"}"#,
        r#"{"at": 1.0, "a": [1], "c": null}"#,
        r#"{"at": 1.0, "a": [1, {"b": "100"}], "c": null}"#,
    ] {
        assert_eq!(differences(&before, &json(other), "").len(), 1, "{other}");
    }
}

#[test]
#[cfg(feature = "tempocnn")]
fn json_of_tag_has_the_same_keys_and_values() {
    let before = json(&text(&fixture("tag.json")));
    let models = before[1]["models"].as_array().unwrap();
    let kinds: Vec<_> = models.iter().map(|model| model["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["tags", "tempo", "values", "classes"], "every kind that these models have");
    assert_same(&before, &json(&tag("json")));
}

#[test]
#[cfg(feature = "tempocnn")]
fn lines_and_table_of_tag_are_the_same() {
    assert_same(&lines(&text(&fixture("tag.jsonl"))), &lines(&tag("jsonl")));
    let before = text(&fixture("tag.csv"));
    assert!(before.lines().count() > 100, "{before}");
    let now = tag("csv");
    let added = format!(",{}", ADDED_COLUMNS.join(","));
    assert!(now.lines().next().is_some_and(|header| header.ends_with(&added)), "{now}");
    // A file that is too short has a status now. It was a row with this text as its label.
    let (short, before): (Vec<_>, Vec<_>) = before.lines().partition(|line| line.contains("too short, needs seconds"));
    let (short_now, now): (Vec<_>, Vec<_>) = now.lines().partition(|line| line.ends_with(",too_short,"));
    assert_eq!(short.len(), short_now.len());
    // Both added columns are empty in all other rows.
    let without: Vec<_> =
        now.iter().map(|line| line.strip_suffix(",,").or(line.strip_suffix(&added)).unwrap_or(line)).collect();
    assert_same(&table(&before.join("\n")), &table(&without.join("\n")));
}

#[test]
fn added_models_are_read_with_their_cards() {
    let before = json(&text(&fixture("models.json")));
    let now = json(&succeed(&["models", "list", "--json"]));
    let added = |list: &Value| -> Vec<Value> {
        let models = list["models"].as_array().unwrap().iter();
        models.filter(|model| model["added"] == true).cloned().collect()
    };
    assert_eq!(added(&before).len(), 2);
    assert_same(&added(&before).into(), &added(&now).into());
    let out = succeed(&["models", "info", "before-voice"]);
    for expected in ["Voice", "instrumental", "msd-musicnn", "before-voice.onnx, sha256 ", "means nothing"] {
        assert!(out.contains(expected), "{expected}: {out}");
    }
}

/// Returns lines of `listen` with the tempo of whole patches alone, which was the only tempo: the class of the network.
#[cfg(feature = "tempocnn")]
fn of_patches(text: &str) -> String {
    let patch = |line: &str| -> Option<String> {
        let mut line = json(line);
        let line = line.as_object_mut()?;
        remove_early_tempo(line);
        let Some(analyzed_s) = line.get("analyzed_s").and_then(Value::as_f64) else {
            return Some(Value::Object(line.clone()).to_string());
        };
        if analyzed_s < 11.8 {
            return None;
        }
        for key in ["bpm", "confidence", "state", "analyzed_s", "next_beat_s", "next_beat", "beat_confidence"] {
            line.remove(key);
        }
        for (now, before) in [("class_bpm", "bpm"), ("class_confidence", "confidence")] {
            if let Some(value) = line.remove(now) {
                line.insert(before.into(), value);
            }
        }
        Some(Value::Object(line.clone()).to_string())
    };
    text.lines().filter_map(patch).map(|line| line + "\n").collect()
}

#[test]
#[cfg(feature = "tempocnn")]
fn options_scenes_and_logs_are_read_and_lines_of_listen_are_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let copied = |name: &str| {
        let to = folder.path().join(name);
        fs::copy(fixture(name), &to).unwrap();
        to
    };
    let (events, log) = (copied("events.jsonl"), copied("log.jsonl"));
    let listen = ["listen", "@tests/fixtures/before/listen.args", "--scenes", "tests/fixtures/before/scenes.toml"];
    let written = ["--events", events.to_str().unwrap(), "--log", log.to_str().unwrap()];
    let out = succeed(&[&listen[..], &written].concat());

    let before = renamed_lines(&text(&fixture("listen.jsonl")));
    for kind in
        ["scene fast", "began msd-musicnn", "ended msd-musicnn", "tags msd-musicnn", "tempo tempocnn-deepsquare-k8"]
    {
        assert!(before.get(kind).is_some(), "expected lines of the kind `{kind}`");
    }
    assert_same(&before, &lines(&of_patches(&out)));

    // New events are appended to existing logs.
    for (name, now) in [("events.jsonl", &events), ("log.jsonl", &log)] {
        let (before, now) = (text(&fixture(name)), text(now));
        let new = now.strip_prefix(&before).unwrap_or_else(|| panic!("{name} begins as it was"));
        assert_same(&renamed_lines(&before), &lines(&of_patches(new)));
    }
    let events = copied("events.csv");
    succeed(&[&listen[..], &["--events", events.to_str().unwrap()]].concat());
    let (before, now) = (text(&fixture("events.csv")), text(&events));
    let new = now.strip_prefix(&before).expect("events.csv begins as it was");
    let header = before.lines().next().unwrap();
    assert!(!new.contains(header), "a table has one header");
    assert_same(&table(&before), &table(&format!("{header}\n{new}")));
}

#[test]
fn scenes_with_midi_are_understood() {
    let scenes = "tests/fixtures/before/show.toml";
    let out = run(&["listen", "--file", "tests/fixtures/tune.flac", "--speed", "max", "--scenes", scenes]);
    let error = String::from_utf8(out.stderr).unwrap();
    // Everything in the file has been read by then.
    assert!(!out.status.success() && error.contains(scenes) && error.contains("--midi"), "{error}");
}
