//! Command `earmark classify`: writes the classes of files; files are processed in parallel.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use earmark_files::classify::{ClassesWriter, ClassifiedFile, FileClassifier, LoadedClassifier};
use earmark_files::find;
use earmark_files::tag::FileProgress;
use earmark_models::Registry;

use super::batch::{Batch, numbered};
use super::print::error_line;
use crate::args::ClassifyOptions;
use crate::interrupt;

/// Classifies the files. Returns exit code 0, 1 if any file or classifier failed, 130 after Ctrl-C, or 141 if the
/// reader of the output has ended.
pub(crate) fn run(options: &ClassifyOptions) -> ExitCode {
    interrupt::install_handler();
    let classifier = match LoadedClassifier::load_all(Registry::global(), &options.models) {
        Ok(classifiers) => FileClassifier::new(classifiers).with_decoder(options.decoder.choice()),
        Err(error) => {
            error_line!("earmark: {error}");
            return ExitCode::from(1);
        }
    };
    let prepared = options
        .list
        .paths(&options.paths)
        .and_then(|paths| Ok((paths, Batch::new(true).with_errors_of(&options.list)?)));
    let (paths, batch) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            error_line!("earmark: {message}");
            return ExitCode::from(1);
        }
    };
    let files = batch.files(find::tracks(&paths));
    let mut output = ClassesWriter::new(io::stdout(), options.format.into(), files.len());
    let work = move |_, path: &Path, progress: &dyn FileProgress| classifier.classify(path, progress);
    batch.run(numbered(&files), options.jobs.get(), work, |_, path, outcome| match outcome {
        Ok(file) => write(&batch, path, &file, &mut output),
        Err(error) => Ok(batch.report(path, &error)),
    });
    if !batch.is_output_lost() {
        batch.finish(output.finish());
    }
    batch.exit_code()
}

/// Writes one result. Returns false if audio is missing or a classifier failed.
fn write(
    batch: &Batch,
    path: &Path,
    file: &ClassifiedFile,
    output: &mut ClassesWriter<io::Stdout>,
) -> io::Result<bool> {
    let mut succeeded = batch.report_issues(path, &file.issues, file.duration_s, file.sample_rate_hz);
    for result in &file.results {
        if let Err(error) = &result.outcome {
            error_line!("{}: {}: {error}", path.display(), result.model);
            succeeded = false;
        }
    }
    output.write(path, file)?;
    Ok(succeeded)
}
