//! Where offline renders leave their reports, which is how a host's user sees what was heard.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use clack_host::prelude::PluginEntry;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::audio::ProcessHarness;
use super::clap_raw;
use super::test_host::{Host, ID};

/// A folder for the reports of some hosts.
pub(crate) struct ReportDir {
    folder: TempDir,
    seen: BTreeSet<PathBuf>,
}

impl ReportDir {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), seen: BTreeSet::new() }
    }

    /// A host that renders offline and reports here; without models of its own the plugin's default.
    pub(crate) fn host(&self, models: Option<(&str, &str)>) -> Host {
        self.host_of(&clap_raw::entry(), models)
    }

    /// The same with the plugin of another entry.
    pub(crate) fn host_of(&self, entry: &PluginEntry, models: Option<(&str, &str)>) -> Host {
        let mut host = Host::try_new(entry, ID).unwrap();
        let report = json!({"save": true, "folder": self.folder.path(), "hop": "card", "markers": false});
        let models =
            models.map(|(tags, tempo)| [("tags", json!({"string": tags})), ("tempo", json!({"string": tempo}))]);
        host.restore(models.as_ref().map_or(&[][..], |models| &models[..]), &[("report", report)]);
        host.set_offline(true);
        host
    }

    /// Waits until there is a whole report more, for a host that did not.
    pub(crate) fn wait(&self) {
        let begun = Instant::now();
        let is_whole = |path: &PathBuf| {
            !self.seen.contains(path) && serde_json::from_slice::<Value>(&fs::read(path).unwrap()).is_ok()
        };
        let all = || fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        while !all().any(|path| is_whole(&path)) {
            assert!(begun.elapsed() < Duration::from_secs(60), "expected a report, got none");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// The reports that have come since the last time, in order, without their names.
    pub(crate) fn take(&mut self) -> Vec<Value> {
        let all = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut new: Vec<PathBuf> = all.filter(|path| !self.seen.contains(path)).collect();
        // Names of one second differ in a number at the end, which is not always of as many digits.
        let place = |path: &PathBuf| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let (second, number) = name.split_at("earmark-20261124-165500".len());
            (second.to_owned(), number.trim_start_matches('-').parse::<u32>().unwrap_or(1))
        };
        new.sort_by_key(place);
        self.seen.extend(new.iter().cloned());
        new.iter()
            .map(|path| {
                let mut report: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
                report.as_object_mut().unwrap().remove("path");
                report
            })
            .collect()
    }

    /// The one report that has come since the last time.
    pub(crate) fn take_one(&mut self) -> Value {
        let mut reports = self.take();
        assert_eq!(reports.len(), 1, "reports of one render");
        reports.remove(0)
    }
}

/// Plays everything in blocks of so many frames, a slice for each channel.
pub(crate) fn render(rack: &mut ProcessHarness, channels: &[Vec<f32>], block: usize) {
    let frames = channels[0].len();
    for begin in (0..frames).step_by(block) {
        let end = frames.min(begin + block);
        let block: Vec<&[f32]> = channels.iter().map(|channel| &channel[begin..end]).collect();
        rack.play(&block);
    }
}

/// The predictions of the model at an index.
pub(crate) fn predictions(report: &Value, model: usize) -> &Vec<Value> {
    report["models"][model]["predictions"].as_array().expect("predictions")
}

/// The largest difference of numbers in two reports that are otherwise the same.
pub(crate) fn worst_difference(a: &Value, b: &Value, about: &str) -> f64 {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => (a.as_f64().unwrap() - b.as_f64().unwrap()).abs(),
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{about}: how many");
            a.iter().zip(b).map(|(a, b)| worst_difference(a, b, about)).fold(0.0, f64::max)
        }
        (Value::Object(a), Value::Object(b)) => {
            assert!(a.keys().eq(b.keys()), "{about}: what is said");
            a.iter().map(|(key, a)| worst_difference(a, &b[key], &format!("{about}/{key}"))).fold(0.0, f64::max)
        }
        _ => {
            assert_eq!(a, b, "{about}");
            0.0
        }
    }
}

#[test]
fn reports_that_differ_are_told_apart() {
    let report = json!({"id": "m", "predictions": [{"end_s": 3.0, "values": [0.25, 0.5]}], "mean": null});
    assert_eq!(worst_difference(&report, &report, ""), 0.0);
    let mut near = report.clone();
    near["predictions"][0]["values"][1] = json!(0.500_002);
    assert!((worst_difference(&report, &near, "") - 2e-6).abs() < 1e-12);
    for other in [
        json!({"id": "n", "predictions": [{"end_s": 3.0, "values": [0.25, 0.5]}], "mean": null}),
        json!({"id": "m", "predictions": [], "mean": null}),
        json!({"id": "m", "predictions": [{"end_s": 3.0, "values": [0.25, 0.5]}], "mean": 0.5}),
        json!({"id": "m", "predictions": [{"end_s": 3.0, "values": [0.25, 0.5]}]}),
    ] {
        let compared = std::panic::catch_unwind(|| worst_difference(&report, &other, ""));
        assert!(compared.is_err(), "{other}");
    }
}
