//! Command `earmark classify`: writes the classes of files; files are processed in parallel.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use earmark_files::classify::{ClassesWriter, ClassifiedFile, FileClassifier, LoadedClassifier};
use earmark_files::error::FileError;
use earmark_files::find;
use earmark_files::ordered::run_ordered;
use earmark_models::Registry;

use super::file_reports::{report_issues, without_panic_messages};
use super::progress::FilesProgress;
use crate::args::ClassifyOptions;
use crate::interrupt;

/// Classifies the files. Returns exit code 0, 1 if any file or classifier failed, or 130 after Ctrl-C.
pub(crate) fn run(options: &ClassifyOptions) -> ExitCode {
    interrupt::install_handler();
    let classifier = match LoadedClassifier::load_all(Registry::global(), &options.models) {
        Ok(classifiers) => FileClassifier::new(classifiers),
        Err(error) => {
            eprintln!("earmark: {error}");
            return ExitCode::from(1);
        }
    };
    let files = find::tracks(&options.paths);
    let progress = FilesProgress::new(files.len());
    let mut output = ClassesWriter::new(io::stdout(), options.format.into(), files.len());
    let mut succeeded = true;
    without_panic_messages(|| {
        let work = |path: &PathBuf| {
            if interrupt::is_requested() { Err(FileError::Cancelled) } else { classifier.classify(path, &progress) }
        };
        run_ordered(&files, options.jobs.get(), work, |path, outcome| {
            progress.suspend(|| succeeded &= write(path, outcome, &mut output));
        });
    });
    progress.finish();
    if let Err(error) = output.finish() {
        eprintln!("earmark: cannot write the result: {error}");
        succeeded = false;
    }
    if interrupt::is_requested() { ExitCode::from(interrupt::EXIT_CODE) } else { ExitCode::from(u8::from(!succeeded)) }
}

/// Writes one result. Returns false if it is an error or has one, cannot be written, or audio is missing.
fn write(path: &Path, outcome: Result<ClassifiedFile, FileError>, output: &mut ClassesWriter<io::Stdout>) -> bool {
    let name = path.display();
    match outcome {
        Ok(file) => {
            let whole = report_issues(path, &file.issues, file.duration_s, file.sample_rate_hz);
            let mut succeeded = whole;
            for result in &file.results {
                if let Err(error) = &result.outcome {
                    eprintln!("{name}: {}: {error}", result.model);
                    succeeded = false;
                }
            }
            let written = output.write(path, &file);
            if let Err(error) = &written {
                eprintln!("{name}: cannot write the result: {error}");
            }
            succeeded && written.is_ok()
        }
        Err(FileError::Cancelled) => false,
        Err(error) => {
            eprintln!("{name}: {error}");
            false
        }
    }
}
