//! Command `earmark extract`: writes the descriptors of files; files are processed in parallel.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use earmark_descriptors::Selection;
use earmark_files::error::FileError;
use earmark_files::extract::{
    ExtractFormat, ExtractOutput, ExtractSettings, ExtractedFile, FileExtractor, OutputError, ProfileFormat,
};
use earmark_files::find;
use earmark_files::ordered::run_ordered;

use super::file_reports::{report_issues, without_panic_messages};
use super::progress::FilesProgress;
use crate::args::ExtractOptions;
use crate::interrupt;

/// Extracts the descriptors. Returns exit code 0, 1 if any file failed, 2 for options that contradict each other or a
/// profile with an error, or 130 after Ctrl-C.
pub(crate) fn run(options: &ExtractOptions) -> ExitCode {
    interrupt::install_handler();
    let files = find::audio_files(&options.paths);
    let prepared = extractor(options).and_then(|extractor| {
        let output = open(options, &extractor, &files).map_err(|error| error.to_string())?;
        Ok((extractor, output))
    });
    let (extractor, mut output) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            eprintln!("earmark: {message}");
            return ExitCode::from(2);
        }
    };
    let jobs: Vec<(usize, &PathBuf)> =
        files.iter().enumerate().filter(|(index, _)| !(options.skip_existing && output.exists(*index))).collect();
    let progress = FilesProgress::new(jobs.len());
    let mut succeeded = true;
    without_panic_messages(|| {
        let work = |(_, path): &(usize, &PathBuf)| {
            if interrupt::is_requested() { Err(FileError::Cancelled) } else { extractor.extract(path, &progress) }
        };
        run_ordered(&jobs, options.jobs.get(), work, |(index, path), outcome| {
            progress.suspend(|| succeeded &= write(*index, path, outcome, &mut output));
        });
    });
    progress.finish();
    if let Err(error) = output.finish() {
        eprintln!("earmark: cannot write the result: {error}");
        succeeded = false;
    }
    if interrupt::is_requested() { ExitCode::from(interrupt::EXIT_CODE) } else { ExitCode::from(u8::from(!succeeded)) }
}

fn extractor(options: &ExtractOptions) -> Result<FileExtractor, String> {
    let mut settings = match &options.profile {
        Some(path) => ExtractSettings::read(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => ExtractSettings::default(),
    };
    settings.profile.essentia_compatible |= options.compat;
    let selection = Selection::new(&options.only).map_err(|error| error.to_string())?;
    Ok(FileExtractor { settings, selection, window_s: options.window })
}

fn open(options: &ExtractOptions, extractor: &FileExtractor, files: &[PathBuf]) -> Result<ExtractOutput, OutputError> {
    let of_profile = match extractor.settings.format {
        ProfileFormat::Json => ExtractFormat::Json,
        ProfileFormat::Yaml => ExtractFormat::Yaml,
    };
    let format = options.format.map_or(of_profile, Into::into);
    if options.window.is_some() && !format.is_stream() {
        return Err(OutputError::Windows);
    }
    ExtractOutput::open(format, extractor, options.out.as_deref(), &options.paths, files)
}

/// Writes one result. Returns false if it is an error, cannot be written, or audio is missing.
fn write(index: usize, path: &Path, outcome: Result<ExtractedFile, FileError>, output: &mut ExtractOutput) -> bool {
    let name = path.display();
    match outcome {
        Ok(file) => {
            let whole = report_issues(path, &file.issues, file.duration_s, file.sample_rate_hz);
            let written = output.write(index, path, &file);
            if let Err(error) = &written {
                eprintln!("{name}: cannot write the result: {error}");
            }
            whole && written.is_ok()
        }
        Err(FileError::Cancelled) => false,
        Err(error) => {
            eprintln!("{name}: {error}");
            false
        }
    }
}
