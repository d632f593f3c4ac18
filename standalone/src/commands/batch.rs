//! Run of a command over many files: in parallel, with results in order, until Ctrl-C or an output that cannot be written.

use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use earmark_capture::decode::DecodeIssues;
use earmark_files::error::FileError;
use earmark_files::error_record::ErrorRecord;
#[cfg(feature = "write-tags")]
use earmark_files::error_record::ErrorStage;
use earmark_files::find::{FileSearch, UnreadableEntry, is_pipe};
use earmark_files::ordered::{StopSignal, run_ordered};
use earmark_files::tag::FileProgress;
#[cfg(feature = "write-tags")]
use earmark_files::write_tags::WriteTagsError;

use super::error_log::ErrorLog;
use super::file_reports::{report_issues, without_panic_messages};
use super::print::error_line;
use super::progress::FilesProgress;
use super::run_state::{RunState, ends_all_output};
use crate::args::FileListOptions;

/// Time that a file gets to end after Ctrl-C: a block of the slowest model, on a busy machine.
const FILE_STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Time that a pipe gets: its writer may be silent without end.
const PIPE_STOP_TIMEOUT: Duration = Duration::from_millis(300);

/// Returns the number of files to process in parallel (default: one per core).
pub(super) fn job_count(jobs: Option<NonZeroUsize>) -> usize {
    jobs.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from)
}

/// Returns the number of threads for the networks of one file, so that `jobs` threads run while there are fewer files.
pub(super) fn threads_per_file(jobs: usize, files: usize) -> usize {
    (jobs / files.max(1)).max(1)
}

/// Run of a command over files.
#[derive(Debug)]
pub(super) struct Batch {
    state: Arc<RunState>,
    /// Whether all results go to one stream, so that an error of it ends the run.
    is_stream: bool,
    /// File of the failures.
    errors: Option<ErrorLog>,
}

impl Batch {
    /// Creates a run. With `is_stream`, all results go to one file or to standard output.
    pub(super) fn new(is_stream: bool) -> Self {
        Self { state: Arc::default(), is_stream, errors: None }
    }

    /// Sets that failures are also written to the file that `list` names.
    ///
    /// # Errors
    /// A message if that file cannot be written.
    pub(super) fn with_errors_of(self, list: &FileListOptions) -> Result<Self, String> {
        let errors = list.errors.as_deref().map(ErrorLog::create).transpose()?;
        Ok(Self { errors, ..self })
    }

    /// Whether no further file shall be analyzed.
    pub(super) fn is_stopped(&self) -> bool {
        self.state.is_stopped()
    }

    /// Whether the output cannot be written any more.
    pub(super) fn is_output_lost(&self) -> bool {
        self.state.is_output_lost()
    }

    /// Counts a failure: the exit code is 1.
    pub(super) fn fail(&self) {
        self.state.fail();
    }

    /// Reports the entries of folders that cannot be read, which count as failed files, and returns the files.
    pub(super) fn files(&self, search: FileSearch) -> Vec<PathBuf> {
        self.report_unreadable(&search.unreadable);
        search.files
    }

    /// Reports entries of folders that cannot be read, which count as failed files.
    pub(super) fn report_unreadable(&self, entries: &[UnreadableEntry]) {
        for entry in entries {
            error_line!("{entry}");
            self.log(|| Some(ErrorRecord::of_entry(entry)));
            self.fail();
        }
    }

    /// Reports the defects of a decoded file on standard error. Returns false if audio is missing.
    pub(super) fn report_issues(&self, path: &Path, issues: &DecodeIssues, duration_s: f64, rate_hz: f64) -> bool {
        self.log(|| ErrorRecord::of_issues(path, issues, duration_s, rate_hz));
        report_issues(path, issues, duration_s, rate_hz)
    }

    /// Reports that tags of a file could not be written.
    #[cfg(feature = "write-tags")]
    pub(super) fn report_unwritten(&self, path: &Path, error: &WriteTagsError) {
        self.log(|| Some(ErrorRecord::of_message(path, ErrorStage::Write, error.to_string())));
        error_line!("{}: {error}", path.display());
    }

    fn log(&self, record: impl FnOnce() -> Option<ErrorRecord>) {
        if let Some(errors) = &self.errors
            && let Some(record) = record()
        {
            errors.write(&record);
        }
    }

    /// Reports the error of a file on standard error. Returns false: the file counts as failed. An error of the output that
    /// concerns all files ends the run.
    pub(super) fn report(&self, path: &Path, error: &FileError) -> bool {
        if !matches!(error, FileError::Cancelled) {
            self.log(|| Some(ErrorRecord::of_error(path, error)));
        }
        match (error, error.output_error()) {
            (FileError::Cancelled, _) => {}
            (_, Some(error)) if self.is_stream || ends_all_output(error) => self.state.lose_output(error),
            _ => error_line!("{}: {error}", path.display()),
        }
        false
    }

    /// Runs `work` on files in parallel, `jobs` at a time, and passes each result to `take` in the order of the files. Both get
    /// the number of the file, which comes with its path. `take` returns false for a file that failed, and an error if the
    /// result cannot be written. Blocks.
    pub(super) fn run<R: Send + 'static>(
        &self,
        files: Vec<(usize, PathBuf)>,
        jobs: usize,
        work: impl Fn(usize, &Path, &dyn FileProgress) -> Result<R, FileError> + Send + Sync + 'static,
        mut take: impl FnMut(usize, &Path, Result<R, FileError>) -> io::Result<bool>,
    ) {
        if files.is_empty() {
            return;
        }
        let progress = FilesProgress::new(files.iter().map(|(_, path)| path.as_path()));
        let items = files.into_iter().enumerate().map(|(place, (number, path))| BatchItem { place, number, path });
        let (state, bars) = (Arc::clone(&self.state), progress.clone());
        let work = move |item: &BatchItem| {
            let bar = bars.file(item.place, Arc::clone(&state));
            if state.is_stopped() { Err(FileError::Cancelled) } else { work(item.number, &item.path, &bar) }
        };
        without_panic_messages(|| {
            run_ordered(items.collect(), jobs, &*self.state, work, |item, result| {
                progress.suspend(|| match take(item.number, &item.path, result) {
                    Ok(true) => {}
                    Ok(false) => self.fail(),
                    Err(error) if self.is_stream || ends_all_output(&error) => self.state.lose_output(&error),
                    Err(error) => {
                        self.log(|| Some(ErrorRecord::of_output(&item.path, &error)));
                        error_line!("{}: cannot write the result: {error}", item.path.display());
                        self.fail();
                    }
                });
                if self.state.is_output_lost() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
        });
        progress.finish();
    }

    /// Takes the result of completing the output.
    pub(super) fn finish(&self, finished: io::Result<()>) {
        if let Err(error) = finished {
            self.state.lose_output(&error);
        }
    }

    /// Takes the result of closing the output of a run that ended early: names the files that have the results so far.
    pub(super) fn finish_partial(&self, parts: io::Result<Vec<PathBuf>>) {
        match parts.as_deref() {
            Ok([]) => {}
            Ok([part]) => error_line!("earmark: the run ended early; the results so far are in {}", part.display()),
            Ok([first, .., last]) => {
                let (first, last, count) = (first.display(), last.display(), parts.iter().flatten().count());
                error_line!("earmark: the run ended early; the results so far are in {count} files, {first} to {last}");
            }
            Err(error) => self.state.lose_output(error),
        }
    }

    /// Returns the exit code: 0, 1 if a file failed, 130 after Ctrl-C, or 141 if the reader of the output has ended.
    pub(super) fn exit_code(&self) -> ExitCode {
        self.state.exit_code()
    }
}

/// File of a run.
struct BatchItem {
    /// Place in the run, from 0.
    place: usize,
    /// Number that the caller gave it.
    number: usize,
    path: PathBuf,
}

impl StopSignal<BatchItem> for RunState {
    fn is_stopped(&self) -> bool {
        self.is_stopped()
    }

    fn stop_timeout(&self, item: &BatchItem) -> Duration {
        if is_pipe(&item.path) { PIPE_STOP_TIMEOUT } else { FILE_STOP_TIMEOUT }
    }
}

/// Numbers files in their order.
pub(super) fn numbered(files: &[PathBuf]) -> Vec<(usize, PathBuf)> {
    files.iter().cloned().enumerate().collect()
}
