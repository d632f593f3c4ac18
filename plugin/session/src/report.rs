//! The report of an offline render: what `earmark tag` would write about the same audio, into a folder of one's choice.
//!
//! It is kept while the render goes on and written when the take ends, on the worker's thread.

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
use earmark_models::{Model, Prediction, Registry};

pub use self::file_name::{create_dated_file, utc_timestamp};
pub use self::markers::{beats_csv, labels_txt};
use crate::state::{ReportChoice, State};
use crate::timeline::TimelineEntry;
use crate::transport::BarBeat;

/// Collects a render's predictions, and writes them.
pub(crate) struct ReportRecorder {
    rate: SampleRate,
    channels: usize,
    models: Vec<Arc<Model>>,
    take: Option<Take>,
}

/// A render that is to be reported.
struct Take {
    choice: ReportChoice,
    collectors: Vec<Collector>,
    places: Places,
}

/// Where the host's song was at the beginning of every prediction, in order, for each model. Noted when it is made: after
/// a jump the same source time may be another place.
type Places = HashMap<Arc<str>, Vec<Option<BarBeat>>>;

impl ReportRecorder {
    /// For a stream at `rate` with so many channels.
    pub(crate) fn new(rate: SampleRate, channels: usize) -> Self {
        Self { rate, channels, models: Vec::new(), take: None }
    }

    /// A take begins; with a state if it is an offline render, which is reported if the state says so.
    pub(crate) fn begin(&mut self, state: Option<Arc<State>>) {
        let choice = state.map(|state| state.report.clone()).filter(|choice| choice.save);
        self.take = choice.map(|choice| Take {
            choice,
            collectors: self.models.iter().map(|model| Collector::new(model.card())).collect(),
            places: Places::default(),
        });
    }

    /// From here on these models listen.
    pub(crate) fn listen(&mut self, models: &[Arc<Model>]) {
        self.models = models.to_vec();
        if let Some(take) = &mut self.take {
            for model in models {
                // A model that comes back in the same take goes on where it was.
                if !take.collectors.iter().any(|collector| collector.id() == model.card().id) {
                    take.collectors.push(Collector::new(model.card()));
                }
            }
        }
    }

    /// Adds a prediction that begins at that place in the host's song.
    pub(crate) fn take(&mut self, prediction: &Prediction, begin: Option<BarBeat>) {
        let Some(take) = &mut self.take else { return };
        if let Some(collector) = take.collectors.iter_mut().find(|collector| collector.id() == &*prediction.model) {
            collector.take(prediction.clone());
            take.places.entry(Arc::clone(&prediction.model)).or_default().push(begin);
        }
    }

    /// The take is over after so many samples: writes the report if there is to be one, and says where it is or why not.
    pub(crate) fn end(&mut self, samples: u64) -> Option<Result<PathBuf, String>> {
        let take = self.take.take()?;
        let duration_s = self.rate.seconds(samples);
        let mut report = FileReport::new(String::new(), duration_s, self.rate.hz(), self.channels);
        report.models = take.collectors.into_iter().map(|collector| collector.finish(duration_s)).collect();
        Some(save(report, &take.choice, &take.places).map_err(|error| error.to_string()))
    }
}

/// Writes a report, and what goes beside it, into the folder of `choice`. The report's path becomes the file's name.
fn save(mut report: FileReport, choice: &ReportChoice, places: &Places) -> io::Result<PathBuf> {
    let folder = &choice.folder;
    if !folder.is_absolute() {
        let got = folder.display();
        return Err(io::Error::other(format!("report: expected the full path of a folder, got `{got}`")));
    }
    let about = |error: io::Error| io::Error::new(error.kind(), format!("report: {}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(about)?;
    let (path, mut file) = create_dated_file(folder, "json", SystemTime::now()).map_err(about)?;
    report.path = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let written =
        write(&report, &mut file).and_then(|()| if choice.markers { beside(&report, &path, places) } else { Ok(()) });
    written.map_err(about)?;
    Ok(path)
}

/// Writes a report as `earmark tag --format json` does.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &FileReport, out: &mut impl Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(report)? + "\n";
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// A report on what a time line holds, for an export while the music plays on. It lasts until the end of the last
/// prediction; models that `registry` does not have are left out.
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
            collector.take(prediction.clone());
        } else if let Some(card) = registry.card(id) {
            let mut collector = Collector::new(card);
            collector.take(prediction.clone());
            collectors.push(collector);
        }
    }
    let mut report = FileReport::new(name, duration_s, rate_hz, channels);
    report.models = collectors.into_iter().map(|collector| collector.finish(duration_s)).collect();
    report
}

/// The table of what a time line holds, with bars and beats as the host told them then.
#[must_use]
pub fn timeline_csv<'a>(report: &FileReport, entries: impl IntoIterator<Item = &'a TimelineEntry>) -> String {
    let mut places = Places::new();
    for TimelineEntry { prediction, begin, .. } in entries {
        places.entry(Arc::clone(&prediction.model)).or_default().push(*begin);
    }
    placed_csv(report, &places)
}

fn placed_csv(report: &FileReport, places: &Places) -> String {
    beats_csv(report, |model, index| *places.get(model)?.get(index)?)
}

fn beside(report: &FileReport, path: &Path, places: &Places) -> io::Result<()> {
    fs::write(path.with_extension("txt"), labels_txt(report))?;
    fs::write(path.with_extension("csv"), placed_csv(report, places))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> FileReport {
        FileReport::new(String::new(), 1.5, 48_000.0, 2)
    }

    #[test]
    fn a_report_is_written_under_a_name_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("not there yet");
        let choice = ReportChoice { save: true, folder: below.clone(), markers: true, ..ReportChoice::default() };
        let first = save(report(), &choice, &Places::default()).unwrap();
        let second = save(report(), &choice, &Places::default()).unwrap();
        assert_ne!(first, second);
        assert_eq!(fs::read_dir(&below).unwrap().count(), 6, "each with labels and table");
        let text = fs::read_to_string(&first).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["schema"], "earmark/1");
        assert_eq!(json["path"], first.file_stem().unwrap().to_str().unwrap());
        assert_eq!((json["duration_s"].as_f64(), json["channels"].as_u64()), (Some(1.5), Some(2)));
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        for (choice, expected) in [(PathBuf::new(), "full path"), ("some/where".into(), "some/where"), (file, "file")] {
            let choice = ReportChoice { save: true, folder: choice, ..ReportChoice::default() };
            let error = save(report(), &choice, &Places::default()).unwrap_err().to_string();
            assert!(error.starts_with("report: ") && error.contains(expected), "{error}");
        }
    }
}
