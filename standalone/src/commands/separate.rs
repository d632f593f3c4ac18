//! Command `earmark separate`: writes the stems of files; files are processed in parallel.

use std::path::Path;
use std::process::ExitCode;

use earmark_files::error::FileError;
use earmark_files::find;
use earmark_files::ordered::run_ordered;
use earmark_files::separate::{
    FileSeparator, NamePattern, NameValues, NamedInput, SeparatedFile, StemDestination, name_inputs,
};
use earmark_models::Registry;

use super::file_reports::{report_issues, without_panic_messages};
use super::models::NO_FOLDER_MESSAGE;
use super::progress::FilesProgress;
use crate::args::{LevelMode, SeparateOptions};
use crate::interrupt;

/// Separates the files. Returns exit code 0, 1 if any file failed, 2 for options that contradict each other, or 130 after
/// Ctrl-C.
pub(crate) fn run(options: &SeparateOptions) -> ExitCode {
    interrupt::install_handler();
    let prepared = separator(options).and_then(|separator| {
        let pattern =
            NamePattern::new(&options.name, separator.stems.len()).map_err(|error| format!("--name: {error}"))?;
        let inputs = name_inputs(&find::audio_files(&options.paths), &pattern, separator.model.id());
        if writes_to_stdout(options) && (separator.stems.len() != 1 || inputs.len() != 1 || options.json) {
            return Err(format!(
                "standard output takes one stem of one file, without `--json` (got {} stems of {} files): choose a stem \
                 with `--stems`",
                separator.stems.len(),
                inputs.len()
            ));
        }
        Ok((separator, pattern, inputs))
    });
    let (separator, pattern, inputs) = match prepared {
        Ok(prepared) => prepared,
        Err(message) => {
            eprintln!("earmark: {message}");
            return ExitCode::from(2);
        }
    };
    for input in inputs.iter().filter(|input| input.renamed) {
        eprintln!("{}: another input has the same name: its stems are named `{}`", input.path.display(), input.name);
    }
    let progress = FilesProgress::new(inputs.len());
    let mut succeeded = true;
    without_panic_messages(|| {
        let work = |input: &NamedInput| {
            if interrupt::is_requested() {
                return Err(FileError::Cancelled);
            }
            separator.separate(&input.path, &destination(options, &separator, &pattern, input), &progress)
        };
        run_ordered(&inputs, options.jobs.get(), work, |input, outcome| {
            progress.suspend(|| succeeded &= report(&input.path, outcome, options));
        });
    });
    progress.finish();
    if interrupt::is_requested() { ExitCode::from(interrupt::EXIT_CODE) } else { ExitCode::from(u8::from(!succeeded)) }
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

/// Reports one result. Returns false if it is an error or audio is missing.
fn report(path: &Path, outcome: Result<SeparatedFile, FileError>, options: &SeparateOptions) -> bool {
    let name = path.display();
    let file = match outcome {
        Ok(file) => file,
        Err(FileError::Cancelled) => return false,
        Err(error) => {
            eprintln!("{name}: {error}");
            return false;
        }
    };
    if file.sanitized_samples > 0 {
        eprintln!("{name}: {} samples that are NaN or infinite count as silence", file.sanitized_samples);
    }
    if file.fit_factor < 1.0 {
        eprintln!("{name}: all stems are scaled by {:.2} dB", 20.0 * file.fit_factor.log10());
    }
    for stem in file.stems.iter().filter(|stem| stem.clipped > 0) {
        let over = 20.0 * stem.peak.log10();
        let (clipped, stem) = (stem.clipped, &stem.stem);
        eprintln!(
            "{name}: {clipped} samples of {stem} were clipped, {over:.1} dB over full scale: `--fit` or `--bits 32f` keeps them"
        );
    }
    if options.json {
        match serde_json::to_string(&file) {
            Ok(line) => println!("{line}"),
            Err(error) => eprintln!("{name}: cannot write the result: {error}"),
        }
    } else if !writes_to_stdout(options) {
        for stem in &file.stems {
            println!("{}", stem.path.display());
        }
    }
    // The separator counts NaN samples itself.
    let issues = earmark_capture::decode::DecodeIssues { sanitized: 0, ..file.issues };
    report_issues(path, &issues, file.duration_s, file.sample_rate_hz)
}
