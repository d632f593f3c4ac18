//! Command `earmark extract`: writes the descriptors of files; files are processed in parallel.

use std::path::Path;
use std::process::ExitCode;

use earmark_descriptors::Selection;
use earmark_files::extract::{
    ExtractFormat, ExtractOutput, ExtractSettings, FileExtractor, OutputError, ProfileFormat,
};
use earmark_files::find::{self, FileSearch};
use earmark_files::tag::FileProgress;

use super::batch::Batch;
use super::print::error_line;
use crate::args::ExtractOptions;
use crate::interrupt;

/// Extracts the descriptors. Returns exit code 0, 1 if any file failed, 2 for options that contradict each other or a
/// profile with an error, 130 after Ctrl-C, or 141 if the reader of the output has ended.
pub(crate) fn run(options: &ExtractOptions) -> ExitCode {
    interrupt::install_handler();
    let prepared = extractor(options).and_then(|extractor| {
        let search = find::audio_files(&options.list.paths(&options.paths)?);
        let output = open(options, &extractor, &search).map_err(|error| error.to_string())?;
        let batch = Batch::new(output.is_stream()).with_errors_of(&options.list)?;
        Ok((extractor, search, output, batch))
    });
    let (extractor, search, mut output, batch) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            error_line!("earmark: {message}");
            return ExitCode::from(2);
        }
    };
    let files = batch.files(search).into_iter().enumerate();
    let files = files.filter(|(index, _)| !(options.skip_existing && output.exists(*index))).collect();
    let work = move |_, path: &Path, progress: &dyn FileProgress| extractor.extract(path, progress);
    batch.run(files, options.jobs.get(), work, |index, path, outcome| match outcome {
        Ok(file) => {
            let whole = batch.report_issues(path, &file.issues, file.duration_s, file.sample_rate_hz);
            output.write(index, path, &file)?;
            Ok(whole)
        }
        Err(error) => Ok(batch.report(path, &error)),
    });
    if batch.is_stopped() {
        batch.finish_partial(output.finish_partial());
    } else {
        batch.finish(output.finish());
    }
    batch.exit_code()
}

fn extractor(options: &ExtractOptions) -> Result<FileExtractor, String> {
    let mut settings = match &options.profile {
        Some(path) => ExtractSettings::read(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => ExtractSettings::default(),
    };
    settings.profile.essentia_compatible |= options.compat;
    let selection = Selection::new(&options.only).map_err(|error| error.to_string())?;
    Ok(FileExtractor { settings, selection, window_s: options.window, decoder: options.decoder.choice() })
}

fn open(
    options: &ExtractOptions,
    extractor: &FileExtractor,
    search: &FileSearch,
) -> Result<ExtractOutput, OutputError> {
    let of_profile = match extractor.settings.format {
        ProfileFormat::Json => ExtractFormat::Json,
        ProfileFormat::Yaml => ExtractFormat::Yaml,
    };
    let format = options.format.map_or(of_profile, Into::into);
    if options.window.is_some() && !format.is_stream() {
        return Err(OutputError::Windows);
    }
    ExtractOutput::open(format, extractor, options.out.as_deref(), &search.folders, &search.files)
}
