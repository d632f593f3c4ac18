//! Command `earmark tag`: writes the reports of files and folders, in order; files are processed in parallel.

use std::path::PathBuf;
use std::process::ExitCode;

use earmark_files::find;
use earmark_files::tag::{Tagger, load_models};
use earmark_files::tag_output::TagFormat;
use earmark_models::{Gate, Registry};

use super::print::error_line;
use super::tag_run::TagRun;
use super::watch;
#[cfg(feature = "write-tags")]
use super::write_tags;
use crate::args::{Format, TagOptions};
use crate::interrupt;

/// Tags the files. Returns exit code 0, 1 if any file failed, 2 for options that contradict each other, 130 after Ctrl-C, or
/// 141 if the reader of the output has ended.
pub(crate) fn run(options: &TagOptions) -> ExitCode {
    interrupt::install_handler();
    if let Err(message) = check(options) {
        error_line!("earmark: {message}");
        return ExitCode::from(2);
    }
    #[cfg(feature = "write-tags")]
    if let Some(journal) = &options.write.restore {
        return write_tags::restore(journal, options.write.dry_run);
    }
    match prepare(options) {
        #[cfg(feature = "write-tags")]
        Ok(run) if write_tags::is_requested(options) => write_tags::run(options, &run).unwrap_or_else(failed),
        Ok(run) if options.watch => watch::run(options, &run),
        Ok(run) => tag(options, &run).unwrap_or_else(failed),
        Err(message) => failed(message),
    }
}

fn failed(message: String) -> ExitCode {
    error_line!("earmark: {message}");
    ExitCode::from(1)
}

/// Checks that the options do not contradict each other.
fn check(options: &TagOptions) -> Result<(), String> {
    if options.timeline && options.format == Format::CsvWide {
        return Err(
            "a wide table has one row per file (expected --format csv or parquet with --timeline, got csv-wide)".into(),
        );
    }
    if options.skip_existing && !TagFormat::from(options.format).can_continue() {
        return Err(
            "cannot continue this format (expected --format jsonl, csv, csv-wide or parquet with --skip-existing)"
                .into(),
        );
    }
    if options.watch && options.list.is_used() {
        return Err("cannot watch a list of files (expected folders as arguments, got --files-from)".into());
    }
    #[cfg(feature = "write-tags")]
    write_tags::check(options)?;
    Ok(())
}

fn prepare(options: &TagOptions) -> Result<TagRun, String> {
    #[cfg(feature = "write-tags")]
    let ids = write_tags::models(options);
    #[cfg(not(feature = "write-tags"))]
    let ids = options.models.clone();
    let models = load_models(Registry::global(), &ids).map_err(|error| error.to_string())?;
    let tagger = Tagger {
        hop: options.hop(),
        gate: (!options.no_gate).then(Gate::default),
        decoder: options.decoder.choice(),
        digest: options.audio_hash,
        ..Tagger::new(models)
    };
    TagRun::new(tagger, options)
}

fn tag(options: &TagOptions, run: &TagRun) -> Result<ExitCode, String> {
    let batch = &run.batch;
    let files = batch.files(find::audio_files(&options.list.paths(&options.paths)?));
    let mut output = run.output(options, files.len()).map_err(|error| error.to_string())?;
    let files: Vec<(usize, PathBuf)> =
        files.into_iter().enumerate().filter(|(_, path)| !output.contains(path)).collect();
    let work = run.work(files.len());
    batch.run(files, run.jobs, work, |_, path, outcome| match outcome {
        Ok(file) => run.write(path, &file, &mut output),
        Err(error) => Ok(batch.report(path, &error)),
    });
    if batch.is_stopped() && !batch.is_output_lost() {
        batch.finish_partial(output.finish_partial());
    } else if !batch.is_output_lost() {
        batch.finish(output.finish());
    }
    Ok(batch.exit_code())
}
