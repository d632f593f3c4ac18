//! Progress bar over all files, in seconds of audio, shown on a terminal only.

use std::time::Duration;

use earmark_files::tag::FileProgress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::interrupt;

/// Progress bar over all files, hidden if standard error is not a terminal. Ctrl-C cancels the analysis.
pub(super) struct FilesProgress(ProgressBar);

impl FilesProgress {
    /// Creates a bar over `files` files.
    pub(super) fn new(files: usize) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
        let template = "{bar:30} {percent:>3} %  {elapsed_precise}, {eta} left  {prefix}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(if files == 1 { "1 file".to_owned() } else { format!("{files} files") });
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }

    /// Hides the bar while `write` runs.
    pub(super) fn suspend(&self, write: impl FnOnce()) {
        if self.0.is_hidden() { write() } else { self.0.suspend(write) }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl FileProgress for FilesProgress {
    fn opened(&self, length_s: Option<f64>) {
        self.0.inc_length(milliseconds(length_s.unwrap_or(0.0)));
    }

    fn advanced(&self, seconds: f64) {
        self.0.inc(milliseconds(seconds));
    }

    fn is_cancelled(&self) -> bool {
        interrupt::is_requested()
    }
}

fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}
