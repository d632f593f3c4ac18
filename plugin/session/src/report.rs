//! Report of an offline render: the JSON that `earmark tag` writes about the same audio, in a chosen folder.
//!
//! Predictions are collected during the render. The report is written at the end of the take, on the worker thread.

mod file_name;
mod markers;

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use earmark_dsp::SampleRate;
use earmark_models::report::{Collector, FileReport};
use earmark_models::{Card, Prediction, Registry};

pub use self::file_name::{create_dated_file, utc_timestamp};
pub use self::markers::{beats_csv, labels_txt};
use crate::state::{ReportConfig, State};
use crate::timeline::TimelineEntry;
use crate::transport::BarBeat;

/// Collector of the predictions of an offline render, and writer of its report.
pub(crate) struct ReportRecorder {
    rate: SampleRate,
    channels: usize,
    cards: Vec<Arc<Card>>,
    take: Option<ReportTake>,
}

/// Predictions of the current take.
struct ReportTake {
    config: ReportConfig,
    collectors: Vec<Collector>,
    positions: PositionLog,
}

/// Host position at the start of each prediction, in order, by model id. Recorded when the prediction is made, because
/// the same source time may be another position after a seek.
type PositionLog = HashMap<Arc<str>, Vec<Option<BarBeat>>>;

impl ReportRecorder {
    /// Creates a recorder for a stream at `rate` with `channels` channels.
    pub(crate) fn new(rate: SampleRate, channels: usize) -> Self {
        Self { rate, channels, cards: Vec::new(), take: None }
    }

    /// Begins a take. `state` is the saved state in an offline render and none otherwise; a report is collected if the
    /// state enables reports.
    pub(crate) fn begin(&mut self, state: Option<Arc<State>>) {
        let config = state.map(|state| state.report.clone()).filter(|config| config.save);
        self.take = config.map(|config| ReportTake {
            config,
            collectors: self.cards.iter().map(|card| Collector::new(card)).collect(),
            positions: PositionLog::default(),
        });
    }

    /// Sets the models whose predictions follow.
    pub(crate) fn set_models(&mut self, cards: &[Arc<Card>]) {
        self.cards = cards.to_vec();
        if let Some(take) = &mut self.take {
            for card in cards {
                // A model that is selected again in the same take continues its list of predictions.
                if !take.collectors.iter().any(|collector| collector.id() == card.id) {
                    take.collectors.push(Collector::new(card));
                }
            }
        }
    }

    /// Adds a prediction that starts at host position `begin`.
    pub(crate) fn push(&mut self, prediction: &Prediction, begin: Option<BarBeat>) {
        let Some(take) = &mut self.take else { return };
        if let Some(collector) = take.collectors.iter_mut().find(|collector| collector.id() == &*prediction.model) {
            collector.push(prediction.clone());
            take.positions.entry(Arc::clone(&prediction.model)).or_default().push(begin);
        }
    }

    /// Ends the take after `samples` samples. Writes the report if one was collected, and returns its path or the
    /// error.
    pub(crate) fn end(&mut self, samples: u64) -> Option<Result<PathBuf, String>> {
        let take = self.take.take()?;
        let duration_s = self.rate.seconds(samples);
        let mut report = FileReport::new(String::new(), duration_s, self.rate.hz(), self.channels);
        report.models = take.collectors.into_iter().map(|collector| collector.finish(duration_s)).collect();
        Some(save(report, &take.config, &take.positions).map_err(|error| error.to_string()))
    }
}

/// Writes a report, and its sidecar files if enabled, to the folder of `config`. Sets the path of the report to the
/// file stem.
fn save(mut report: FileReport, config: &ReportConfig, positions: &PositionLog) -> io::Result<PathBuf> {
    let folder = &config.folder;
    if !folder.is_absolute() {
        let got = folder.display();
        return Err(io::Error::other(format!(
            "cannot write report: folder is not absolute (expected the full path of a folder, got `{got}`)"
        )));
    }
    let context = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot write report to {}: {error}", folder.display()))
    };
    fs::create_dir_all(folder).map_err(context)?;
    let (path, mut file) = create_dated_file(folder, "json", SystemTime::now()).map_err(context)?;
    report.path = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    write(&report, &mut file).map_err(context)?;
    if config.markers {
        write_sidecars(&report, &path, positions).map_err(context)?;
    }
    Ok(path)
}

/// Writes a report in the format of `earmark tag --format json`.
///
/// # Errors
/// I/O errors of `out`.
pub fn write(report: &FileReport, out: &mut impl Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(report)? + "\n";
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Returns a report of the entries of a timeline. Its duration is the end of the last prediction; predictions of
/// models that are not in `registry` are dropped.
#[must_use]
pub fn of_timeline<'a>(
    registry: &'static Registry,
    name: String,
    rate_hz: f64,
    channels: usize,
    entries: impl IntoIterator<Item = &'a TimelineEntry>,
) -> FileReport {
    let mut collectors: Vec<Collector> = Vec::new();
    let mut duration_s = 0.0_f64;
    for TimelineEntry { prediction, .. } in entries {
        let id = &*prediction.model;
        duration_s = duration_s.max(prediction.end_s);
        if let Some(collector) = collectors.iter_mut().find(|collector| collector.id() == id) {
            collector.push(prediction.clone());
        } else if let Some(card) = registry.card(id) {
            let mut collector = Collector::new(card);
            collector.push(prediction.clone());
            collectors.push(collector);
        }
    }
    let mut report = FileReport::new(name, duration_s, rate_hz, channels);
    report.models = collectors.into_iter().map(|collector| collector.finish(duration_s)).collect();
    report
}

/// Returns the entries of a timeline as a CSV table, with the host's bars and beats at the time of each prediction.
#[must_use]
pub fn timeline_csv<'a>(report: &FileReport, entries: impl IntoIterator<Item = &'a TimelineEntry>) -> String {
    let mut positions = PositionLog::new();
    for TimelineEntry { prediction, begin, .. } in entries {
        positions.entry(Arc::clone(&prediction.model)).or_default().push(*begin);
    }
    positions_csv(report, &positions)
}

fn positions_csv(report: &FileReport, positions: &PositionLog) -> String {
    beats_csv(report, |model, index| *positions.get(model)?.get(index)?)
}

/// Writes the label track and the CSV table next to the report at `path`.
fn write_sidecars(report: &FileReport, path: &Path, positions: &PositionLog) -> io::Result<()> {
    fs::write(path.with_extension("txt"), labels_txt(report))?;
    fs::write(path.with_extension("csv"), positions_csv(report, positions))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> FileReport {
        FileReport::new(String::new(), 1.5, 48_000.0, 2)
    }

    #[test]
    fn every_report_gets_a_new_file_name() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("not there yet");
        let config = ReportConfig { save: true, folder: below.clone(), markers: true, ..ReportConfig::default() };
        let first = save(report(), &config, &PositionLog::default()).unwrap();
        let second = save(report(), &config, &PositionLog::default()).unwrap();
        assert_ne!(first, second);
        assert_eq!(fs::read_dir(&below).unwrap().count(), 6, "each with labels and table");
        let text = fs::read_to_string(&first).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["schema"], "earmark/1");
        assert_eq!(json["path"], first.file_stem().unwrap().to_str().unwrap());
        assert_eq!((json["duration_s"].as_f64(), json["channels"].as_u64()), (Some(1.5), Some(2)));
    }

    #[test]
    fn unwritable_folder_is_named_in_the_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for (folder, expected) in [(PathBuf::new(), "full path"), ("some/where".into(), "some/where"), (file, "file")] {
            let config = ReportConfig { save: true, folder, ..ReportConfig::default() };
            let error = save(report(), &config, &PositionLog::default()).unwrap_err().to_string();
            assert!(error.starts_with("cannot write report") && error.contains(expected), "{error}");
        }
    }
}
