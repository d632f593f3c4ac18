//! Progress of `earmark batch run`: a bar on a terminal, otherwise one line a minute.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use earmark_batch::{RunObserver, RunRecord, RunSummary};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

use super::print::error_line;
use crate::interrupt;

/// Interval between two lines without a terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(60);

/// Progress of a run.
pub(super) struct BatchProgress {
    started: Instant,
    bar: ProgressBar,
    state: Mutex<LineState>,
}

struct LineState {
    shards: usize,
    files: u64,
    last_line: Instant,
}

impl BatchProgress {
    /// Creates the progress of a run that begins now.
    pub(super) fn new() -> Self {
        // Hidden if standard error is not a terminal.
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template("{bar:30} {pos} of {len} files, {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let now = Instant::now();
        Self { started: now, bar, state: Mutex::new(LineState { shards: 0, files: 0, last_line: now }) }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Returns the counts of a run that is complete.
    pub(super) fn summary(&self, summary: &RunSummary) -> String {
        let RunSummary { skipped, record, .. } = summary;
        let RunRecord { shards, files, bad, damaged, .. } = record;
        let speed = self.speed(record);
        format!(
            "{files} files in {shards} shards, {bad} bad, {damaged} damaged, {speed}; {skipped} shards were done before"
        )
    }

    fn speed(&self, record: &RunRecord) -> String {
        let seconds = self.started.elapsed().as_secs_f64().max(1e-3);
        format!("{:.2} h of audio at {:.0} x real time", record.audio_s / 3600.0, record.audio_s / seconds)
    }
}

impl RunObserver for BatchProgress {
    fn is_stopped(&self) -> bool {
        interrupt::is_requested()
    }

    fn begun(&self, shards: usize, files: u64) {
        self.bar.set_length(files);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        (state.shards, state.files) = (shards, files);
    }

    fn advanced(&self, record: &RunRecord) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed_s = self.started.elapsed().as_secs_f64();
        let left = left_s(record.files, state.files, elapsed_s);
        let left = left.map(|left_s| format!(", about {} left", duration(left_s))).unwrap_or_default();
        let text = format!("{}, {} bad{left}", self.speed(record), record.bad);
        self.bar.set_position(record.files);
        self.bar.set_message(text.clone());
        if self.bar.is_hidden() && state.last_line.elapsed() >= LINE_INTERVAL {
            state.last_line = Instant::now();
            let (files, shards) = (record.files, record.shards);
            error_line!("{files} of {} files, {shards} of {} shards, {text}", state.files, state.shards);
        }
    }
}

/// Returns the estimated time to the end in seconds; `None` before the first file.
fn left_s(done: u64, all: u64, elapsed_s: f64) -> Option<f64> {
    (done > 0 && done < all).then(|| elapsed_s * (all - done) as f64 / done as f64)
}

/// Returns a time in words.
pub(super) fn duration(seconds: f64) -> String {
    HumanDuration(Duration::try_from_secs_f64(seconds.ceil()).unwrap_or(Duration::MAX)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remaining_time_is_proportional_to_the_files() {
        assert_eq!(left_s(0, 10, 5.0), None);
        assert_eq!(left_s(10, 10, 5.0), None);
        assert_eq!(left_s(2, 10, 5.0).map(duration), Some("20 seconds".into()));
    }
}
