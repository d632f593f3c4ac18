//! Folder of the reports that offline renders write.

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

/// Temporary folder for the reports of hosts.
pub(crate) struct ReportDir {
    folder: TempDir,
    seen: BTreeSet<PathBuf>,
}

impl ReportDir {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), seen: BTreeSet::new() }
    }

    /// Returns a host that renders offline and reports into this folder, with the given models or the plugin's default.
    pub(crate) fn host(&self, models: Option<(&str, &str)>) -> Host {
        self.host_of(&clap_raw::entry(), models)
    }

    /// Returns such a host with the plugin of another entry.
    pub(crate) fn host_of(&self, entry: &PluginEntry, models: Option<(&str, &str)>) -> Host {
        let mut host = Host::try_new(entry, ID).unwrap();
        let report = json!({"save": true, "folder": self.folder.path(), "hop": "card", "markers": false});
        let models =
            models.map(|(tags, tempo)| [("tags", json!({"string": tags})), ("tempo", json!({"string": tempo}))]);
        host.restore(models.as_ref().map_or(&[][..], |models| &models[..]), &[("report", report)]);
        host.set_offline(true);
        host
    }

    /// Waits until one more report is complete, for a render that did not wait for the worker.
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

    /// Returns the reports since the last call, in order, without their file names.
    pub(crate) fn take(&mut self) -> Vec<Value> {
        let all = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        let mut new: Vec<PathBuf> = all.filter(|path| !self.seen.contains(path)).collect();
        // File names of the same second differ in a number at the end, with a varying number of digits.
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

    /// Returns the one report since the last call.
    pub(crate) fn take_one(&mut self) -> Value {
        let mut reports = self.take();
        assert_eq!(reports.len(), 1, "reports of one render");
        reports.remove(0)
    }
}

/// Processes all samples in blocks of `block` frames, one vector per channel.
pub(crate) fn render(harness: &mut ProcessHarness, channels: &[Vec<f32>], block: usize) {
    let frames = channels[0].len();
    for begin in (0..frames).step_by(block) {
        let end = frames.min(begin + block);
        let block: Vec<&[f32]> = channels.iter().map(|channel| &channel[begin..end]).collect();
        harness.play(&block);
    }
}

/// Returns the predictions of the model at an index.
pub(crate) fn predictions(report: &Value, model: usize) -> &Vec<Value> {
    report["models"][model]["predictions"].as_array().expect("predictions")
}

/// Returns the largest difference of numbers in two reports; everything else must be equal.
pub(crate) fn worst_difference(a: &Value, b: &Value, about: &str) -> f64 {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => (a.as_f64().unwrap() - b.as_f64().unwrap()).abs(),
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{about}: how many");
            a.iter().zip(b).map(|(a, b)| worst_difference(a, b, about)).fold(0.0, f64::max)
        }
        (Value::Object(a), Value::Object(b)) => {
            // A segment of a stream has no decoder.
            let [of_a, of_b] = [a, b].map(|object| object.keys().filter(|key| *key != "decoder"));
            assert!(of_a.eq(of_b), "{about}: {a:?} has other keys than {b:?}");
            a.iter()
                .filter(|(key, _)| *key != "decoder")
                .map(|(key, a)| worst_difference(a, &b[key], &format!("{about}/{key}")))
                .fold(0.0, f64::max)
        }
        _ => {
            assert_eq!(a, b, "{about}");
            0.0
        }
    }
}

#[test]
fn different_reports_are_distinguished() {
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
