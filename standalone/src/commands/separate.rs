//! Command `earmark separate`: writes the stems of files; files are processed in parallel.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use earmark_files::find;
use earmark_files::separate::{
    FileSeparator, NamePattern, NameValues, NamedInput, SeparatedFile, StemDestination, name_inputs,
};
use earmark_files::tag::FileProgress;
use earmark_models::Registry;

use super::batch::{Batch, numbered};
use super::models::NO_FOLDER_MESSAGE;
use super::print::{self, error_line};
use crate::args::{LevelMode, SeparateOptions};
use crate::interrupt;

/// Separates the files. Returns exit code 0, 1 if any file failed, 2 for options that contradict each other, 130 after
/// Ctrl-C, or 141 if the reader of the output has ended.
pub(crate) fn run(options: &SeparateOptions) -> ExitCode {
    interrupt::install_handler();
    let prepared = separator(options).and_then(|separator| {
        let pattern =
            NamePattern::new(&options.name, separator.stems.len()).map_err(|error| format!("--name: {error}"))?;
        let search = find::audio_files(&options.list.paths(&options.paths)?);
        let inputs = name_inputs(&search.files, &pattern, separator.model.id());
        if writes_to_stdout(options) && (separator.stems.len() != 1 || inputs.len() != 1 || options.json) {
            return Err(format!(
                "standard output takes one stem of one file, without `--json` (got {} stems of {} files): choose a stem \
                 with `--stems`",
                separator.stems.len(),
                inputs.len()
            ));
        }
        let batch = Batch::new(writes_to_stdout(options)).with_errors_of(&options.list)?;
        Ok((separator, pattern, inputs, search.unreadable, batch))
    });
    let (separator, pattern, inputs, unreadable, batch) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            error_line!("earmark: {message}");
            return ExitCode::from(2);
        }
    };
    for input in inputs.iter().filter(|input| input.renamed) {
        error_line!("{}: another input has the same name: its stems are named `{}`", input.path.display(), input.name);
    }
    batch.report_unreadable(&unreadable);
    let files: Vec<PathBuf> = inputs.iter().map(|input| input.path.clone()).collect();
    let destinations: Vec<StemDestination> =
        inputs.iter().map(|input| destination(options, &separator, &pattern, input)).collect();
    let work = move |index: usize, path: &Path, progress: &dyn FileProgress| {
        separator.separate(path, &destinations[index], progress)
    };
    batch.run(numbered(&files), options.jobs.get(), work, |_, path, outcome| match outcome {
        Ok(file) => report(&batch, path, file, options),
        Err(error) => Ok(batch.report(path, &error)),
    });
    batch.exit_code()
}

fn writes_to_stdout(options: &SeparateOptions) -> bool {
    options.out == Path::new("-")
}

fn separator(options: &SeparateOptions) -> Result<FileSeparator, String> {
    let format = options.stem_format()?;
    let model = match &options.model {
        None => earmark_separate::two_stems(),
        Some(id) => {
            let folder = Registry::global().folder().ok_or(NO_FOLDER_MESSAGE)?;
            earmark_separate::user_models::load(folder, id)
        }
    };
    let model = model.map_err(|error| error.to_string())?;
    let mut separator = FileSeparator::new(model);
    if !options.stems.is_empty() {
        let names = separator.model.stems();
        let index = |stem: &String| {
            let position = names.iter().position(|name| name == stem);
            position.ok_or_else(|| format!("--stems: unknown stem (expected {}, got {stem})", names.join(", ")))
        };
        let mut stems = options.stems.iter().map(index).collect::<Result<Vec<_>, _>>()?;
        stems.sort_unstable();
        stems.dedup();
        separator.stems = stems;
    }
    Ok(FileSeparator {
        exact: options.exact,
        eco: options.eco,
        level: options.level == LevelMode::Auto,
        extension: options.above_11k.map(Into::into),
        downmix: options.downmix,
        format,
        fit: options.fit,
        overwrite: options.force,
        decoder: options.decoder.choice(),
        ..separator
    })
}

fn destination(
    options: &SeparateOptions,
    separator: &FileSeparator,
    pattern: &NamePattern,
    input: &NamedInput,
) -> StemDestination {
    if writes_to_stdout(options) {
        return StemDestination::StandardOutput;
    }
    let ext = separator.format.extension();
    let values = NameValues { name: &input.name, ext, folder: &input.folder, model: separator.model.id() };
    let names = separator.stems.iter().map(|&stem| &separator.model.stems()[stem]);
    StemDestination::Files(names.map(|stem| options.out.join(pattern.path(&values, stem))).collect())
}

/// Reports one result. Returns false if audio is missing.
fn report(batch: &Batch, path: &Path, file: SeparatedFile, options: &SeparateOptions) -> io::Result<bool> {
    let name = path.display();
    if file.sanitized_samples > 0 {
        error_line!("{name}: {} samples that are NaN or infinite count as silence", file.sanitized_samples);
    }
    if file.fit_factor < 1.0 {
        error_line!("{name}: all stems are scaled by {:.2} dB", 20.0 * file.fit_factor.log10());
    }
    for stem in file.stems.iter().filter(|stem| stem.clipped > 0) {
        let over = 20.0 * stem.peak.log10();
        let (clipped, stem) = (stem.clipped, &stem.stem);
        error_line!(
            "{name}: {clipped} samples of {stem} were clipped, {over:.1} dB over full scale: `--fit` or `--bits 32f` keeps them"
        );
    }
    if options.json {
        print::output(&(serde_json::to_string(&file)? + "\n").into_bytes())?;
    } else if !writes_to_stdout(options) {
        file.stems.iter().try_for_each(|stem| print::path(&stem.path))?;
    }
    // The separator counts NaN samples itself.
    let issues = earmark_capture::decode::DecodeIssues { sanitized: 0, ..file.issues };
    Ok(batch.report_issues(path, &issues, file.duration_s, file.sample_rate_hz))
}
