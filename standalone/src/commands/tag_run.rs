//! Parts that `earmark tag` has with and without `--watch`.

use std::io;
use std::path::Path;
use std::sync::Arc;

use earmark_files::error::FileError;
use earmark_files::report::ReportWriter;
use earmark_files::tag::{FileProgress, TaggedFile, Tagger};

use super::batch::{Batch, job_count};
use super::file_reports::report_issues;
use crate::args::TagOptions;

/// Run of `earmark tag`.
pub(super) struct TagRun {
    pub(super) batch: Batch,
    tagger: Arc<Tagger>,
    /// Number of files to process in parallel.
    pub(super) jobs: usize,
}

impl TagRun {
    /// Creates a run with these options.
    pub(super) fn new(tagger: Tagger, options: &TagOptions) -> Self {
        Self { batch: Batch::new(true), tagger: Arc::new(tagger), jobs: job_count(options.jobs) }
    }

    /// Returns the work on one file.
    pub(super) fn work(
        &self,
    ) -> impl Fn(usize, &Path, &dyn FileProgress) -> Result<TaggedFile, FileError> + Send + Sync + 'static {
        let tagger = Arc::clone(&self.tagger);
        move |_, path, progress| tagger.tag(path, progress)
    }
}

/// Creates the writer of the reports of `files` files on standard output.
pub(super) fn writer(options: &TagOptions, files: usize) -> ReportWriter<io::Stdout> {
    let top = options.top.map(usize::from);
    ReportWriter::new(io::stdout(), options.format.into(), top, options.timeline, files)
}

/// Writes one report. Returns false if audio is missing.
pub(super) fn write(path: &Path, file: &TaggedFile, output: &mut ReportWriter<io::Stdout>) -> io::Result<bool> {
    let TaggedFile { report, issues } = file;
    let whole = report_issues(path, issues, report.duration_s, report.sample_rate_hz);
    output.write(report)?;
    Ok(whole)
}
