//! Parts that `earmark tag` has with and without `--watch`.

use std::io;
use std::path::Path;
use std::sync::Arc;

use earmark_files::error::FileError;
use earmark_files::tag::{FileProgress, TaggedFile, Tagger};
use earmark_files::tag_output::{EarlierOutput, TagOutput};

use super::batch::{Batch, job_count, threads_per_file};
use crate::args::TagOptions;

/// Run of `earmark tag`.
pub(super) struct TagRun {
    pub(super) batch: Batch,
    tagger: Arc<Tagger>,
    /// Number of files to process in parallel, or of threads for fewer files.
    pub(super) jobs: usize,
}

impl TagRun {
    /// Creates a run with these options.
    ///
    /// # Errors
    /// A message if the file of errors cannot be written.
    pub(super) fn new(tagger: Tagger, options: &TagOptions) -> Result<Self, String> {
        let batch = Batch::new(true).with_errors_of(&options.list)?;
        Ok(Self { batch, tagger: Arc::new(tagger), jobs: job_count(options.jobs) })
    }

    /// Returns the work on one of `files` files.
    pub(super) fn work(
        &self,
        files: usize,
    ) -> impl Fn(usize, &Path, &dyn FileProgress) -> Result<TaggedFile, FileError> + Send + Sync + 'static {
        let tagger = Tagger { threads: threads_per_file(self.jobs, files), ..Tagger::clone(&self.tagger) };
        move |_, path, progress| tagger.tag(path, progress)
    }

    /// Opens the output of the reports of `files` files.
    ///
    /// # Errors
    /// If it cannot be opened, or has results after which the run cannot continue.
    pub(super) fn output(&self, options: &TagOptions, files: usize) -> Result<TagOutput, FileError> {
        let earlier = match (options.skip_existing, options.watch) {
            (true, _) => EarlierOutput::Continue,
            (false, true) => EarlierOutput::Append,
            (false, false) => EarlierOutput::Replace,
        };
        let out = options.out.as_deref();
        TagOutput::open(options.format.into(), out, options.report(), earlier, &self.tagger, files)
    }

    /// Writes one report. Returns false if audio is missing.
    pub(super) fn write(&self, path: &Path, file: &TaggedFile, output: &mut TagOutput) -> io::Result<bool> {
        let report = &file.report;
        let whole = self.batch.report_issues(path, &file.issues, report.duration_s, report.sample_rate_hz);
        output.write(file)?;
        Ok(whole)
    }
}
