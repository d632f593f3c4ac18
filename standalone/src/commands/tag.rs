//! Command `earmark tag`: writes the reports of files and folders, in order; files are processed in parallel.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use earmark_files::error::FileError;
use earmark_files::find;
use earmark_files::folder_watch::{self, FolderWatcher};
use earmark_files::ordered::run_ordered;
use earmark_files::report::ReportWriter;
use earmark_files::tag::{TaggedFile, Tagger, load_models};
use earmark_models::{Gate, Registry};

use super::file_reports::{report_issues, without_panic_messages};
use super::progress::FilesProgress;
use crate::args::{Format, TagOptions};
use crate::interrupt;

/// Result of one file.
type TagOutcome = Result<TaggedFile, FileError>;

/// Tags the files. Returns exit code 0, 1 if any file failed, or 130 after Ctrl-C.
pub(crate) fn run(options: &TagOptions) -> ExitCode {
    interrupt::install_handler();
    let tagger = match load_models(Registry::global(), &options.models) {
        Ok(models) => Tagger {
            hop_frames: options.hop_frames.map(usize::from),
            gate: (!options.no_gate).then(Gate::default),
            ..Tagger::new(models)
        },
        Err(error) => {
            eprintln!("earmark: {error}");
            return ExitCode::from(1);
        }
    };
    if let Err(message) = check_watch(options) {
        eprintln!("earmark: {message}");
        return ExitCode::from(1);
    }
    let paths = if options.watch { Vec::new() } else { find::audio_files(&options.paths) };
    let progress = FilesProgress::new(paths.len());
    let top = options.top.map(usize::from);
    let mut output = ReportWriter::new(io::stdout(), options.format.into(), top, options.timeline, paths.len());
    let mut succeeded = true;
    let mut batch = |paths: &[PathBuf]| {
        let work = |path: &PathBuf| {
            if interrupt::is_requested() { Err(FileError::Cancelled) } else { tagger.tag(path, &progress) }
        };
        run_ordered(paths, options.jobs.get(), work, |path, outcome| {
            progress.suspend(|| succeeded &= show(path, outcome, &mut output));
        });
    };
    without_panic_messages(|| {
        batch(&paths);
        let mut watcher = FolderWatcher::new(&options.paths);
        while options.watch && !interrupt::is_requested() {
            batch(&watcher.poll());
            thread::sleep(folder_watch::POLL_INTERVAL);
        }
    });
    progress.finish();
    succeeded &= is_written(output.finish());
    match (interrupt::is_requested(), succeeded) {
        (true, _) => ExitCode::from(interrupt::EXIT_CODE),
        (false, succeeded) => ExitCode::from(u8::from(!succeeded)),
    }
}

/// Checks that the other options can be combined with `--watch`.
fn check_watch(options: &TagOptions) -> Result<(), String> {
    if !options.watch {
        return Ok(());
    }
    if options.format == Format::Json {
        return Err("cannot watch with this format (expected --format table, jsonl or csv, got json)".to_owned());
    }
    match options.paths.iter().find(|path| !path.is_dir()) {
        Some(path) => Err(format!("cannot watch a file (expected folders, got {})", path.display())),
        None => Ok(()),
    }
}

/// Writes one result. Returns false if it is an error or cannot be written.
fn show(path: &Path, outcome: TagOutcome, output: &mut ReportWriter<io::Stdout>) -> bool {
    let name = path.display();
    match outcome {
        Ok(TaggedFile { report, issues }) => {
            let whole = report_issues(path, &issues, report.duration_s, report.sample_rate_hz);
            let written = is_written(output.write(&report));
            written && whole
        }
        Err(FileError::Cancelled) => false,
        Err(error) => {
            eprintln!("{name}: {error}");
            false
        }
    }
}

/// Whether the result was written. Reports an error on standard error.
fn is_written(written: io::Result<()>) -> bool {
    if let Err(error) = &written {
        eprintln!("earmark: cannot write the result: {error}");
    }
    written.is_ok()
}
