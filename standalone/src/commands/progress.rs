//! Progress bar over all files, in bytes, shown on a terminal only.

use std::cell::Cell;
use std::fmt::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use earmark_files::tag::FileProgress;
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::run_state::RunState;

/// Time from which on the remaining time is estimated: before that, models are loaded.
const MIN_ESTIMATE_TIME: Duration = Duration::from_secs(2);

/// Progress bar over all files, hidden if standard error is not a terminal. The numbers of files and bytes are known before
/// the first file.
#[derive(Debug, Clone)]
pub(super) struct FilesProgress {
    bar: ProgressBar,
    files: u64,
    files_done: Arc<AtomicU64>,
    /// Bytes of all files, by index; 0 for pipes.
    lens: Arc<[u64]>,
}

impl FilesProgress {
    /// Creates a bar over these files. Blocks.
    pub(super) fn new<'a>(files: impl Iterator<Item = &'a Path>) -> Self {
        let target = ProgressDrawTarget::stderr();
        // On a slow share, the sizes of many files take long: they are read only if they are shown.
        let is_shown = !target.is_hidden();
        let file = |path: &Path| path.metadata().ok().filter(|file| is_shown && file.is_file());
        Self::with_lens(files.map(|path| file(path).map_or(0, |file| file.len())).collect(), target)
    }

    fn with_lens(lens: Arc<[u64]>, target: ProgressDrawTarget) -> Self {
        let bytes: u64 = lens.iter().sum();
        let bar = ProgressBar::with_draw_target(Some(bytes), target);
        let template = if bytes > 0 {
            "{bar:30} {percent:>3} %  {prefix}  {bytes} of {total_bytes}  {elapsed_precise}{left}"
        } else {
            "{spinner} {prefix}  {elapsed_precise}"
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("left", |state: &ProgressState, text: &mut dyn Write| {
                let _ = remaining_time(state.pos(), state.len().unwrap_or(0), state.elapsed(), text);
            }));
        }
        let progress = Self { bar, files: lens.len() as u64, files_done: Arc::default(), lens };
        progress.show_files(0);
        progress.bar.enable_steady_tick(Duration::from_millis(250));
        progress
    }

    /// Returns the observer of the file with this index, which `stop` cancels. The file counts as done when the observer is
    /// dropped.
    pub(super) fn file(&self, index: usize, stop: Arc<RunState>) -> FileBar {
        let len = self.lens.get(index).copied().unwrap_or(0);
        let (length_s, analyzed_s, shown) = (Cell::new(None), Cell::new(0.0), Cell::new(0));
        FileBar { progress: self.clone(), stop, len, length_s, analyzed_s, shown }
    }

    /// Hides the bar while `write` runs.
    pub(super) fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        if self.bar.is_hidden() { write() } else { self.bar.suspend(write) }
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn show_files(&self, done: u64) {
        let unit = if self.files == 1 { "file" } else { "files" };
        self.bar.set_prefix(format!("{done} of {} {unit}", self.files));
    }
}

/// Observer of one file.
pub(super) struct FileBar {
    progress: FilesProgress,
    stop: Arc<RunState>,
    len: u64,
    /// Declared length in seconds.
    length_s: Cell<Option<f64>>,
    analyzed_s: Cell<f64>,
    /// Bytes that the bar shows of this file.
    shown: Cell<u64>,
}

impl FileBar {
    /// Moves the bar to this number of bytes of the file.
    fn show(&self, bytes: u64) {
        let bytes = bytes.min(self.len).max(self.shown.get());
        self.progress.bar.inc(bytes - self.shown.replace(bytes));
    }
}

impl FileProgress for FileBar {
    fn opened(&self, length_s: Option<f64>) {
        self.length_s.set(length_s.filter(|length_s| *length_s > 0.0));
    }

    fn advanced(&self, seconds: f64) {
        self.analyzed_s.set(self.analyzed_s.get() + seconds);
        if let Some(length_s) = self.length_s.get() {
            self.show((self.analyzed_s.get() / length_s * self.len as f64) as u64);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.stop.is_stopped()
    }
}

impl Drop for FileBar {
    fn drop(&mut self) {
        self.show(self.len);
        let done = self.progress.files_done.fetch_add(1, Relaxed) + 1;
        self.progress.show_files(done);
    }
}

/// Writes the estimate of the remaining time, from the mean speed so far; nothing while that is not known.
fn remaining_time(done: u64, all: u64, elapsed: Duration, text: &mut dyn Write) -> fmt::Result {
    if done == 0 || done >= all || elapsed < MIN_ESTIMATE_TIME {
        return Ok(());
    }
    let left = elapsed.as_secs_f64() * (all - done) as f64 / done as f64;
    write!(text, ", {} left", HumanDuration(Duration::from_secs_f64(left.ceil())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn progress(lens: &[u64]) -> FilesProgress {
        FilesProgress::with_lens(lens.into(), ProgressDrawTarget::hidden())
    }

    #[test]
    fn all_bytes_and_files_are_known_before_the_first_file() {
        let progress = progress(&[1000, 3000, 0]);
        assert_eq!((progress.bar.length(), progress.bar.position()), (Some(4000), 0));
        assert_eq!(progress.bar.prefix(), "0 of 3 files");
        let file = progress.file(1, Arc::default());
        file.opened(Some(10.0));
        assert_eq!((progress.bar.length(), progress.bar.position()), (Some(4000), 0));
        file.advanced(5.0);
        assert_eq!(progress.bar.position(), 1500);
        // The declared length was wrong, or the file is analyzed twice.
        file.advanced(50.0);
        assert_eq!(progress.bar.position(), 3000);
        drop(file);
        assert_eq!((progress.bar.position(), &*progress.bar.prefix()), (3000, "1 of 3 files"));
        // A file that fails, or whose length is not known, counts when it is done.
        let file = progress.file(0, Arc::default());
        file.opened(None);
        file.advanced(1.0);
        assert_eq!(progress.bar.position(), 3000);
        drop(file);
        drop(progress.file(2, Arc::default()));
        assert_eq!((progress.bar.position(), &*progress.bar.prefix()), (4000, "3 of 3 files"));
    }

    #[test]
    fn remaining_time_is_proportional_to_the_bytes_and_absent_at_the_start() {
        let left = |done, seconds| {
            let mut text = String::new();
            remaining_time(done, 1000, Duration::from_secs(seconds), &mut text).unwrap();
            text
        };
        assert_eq!(left(0, 60), "");
        assert_eq!(left(500, 1), "");
        assert_eq!(left(250, 10), ", 30 seconds left");
        assert_eq!(left(1000, 10), "");
    }
}
