//! Option `--watch` of `earmark tag`: tags files as they arrive in folders, and remembers them.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use directories::ProjectDirs;
use earmark_files::error::FileError;
use earmark_files::folder_watch::{self, FolderWatcher, WatchState, WatchStateError};
use earmark_files::path_text::PathText;
use earmark_files::tag::TaggedFile;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::batch::numbered;
use super::print::error_line;
use super::tag_run::TagRun;
use crate::args::{Format, ShapeOption, TagOptions};

/// Number of digits that distinguish the state files of different options.
const NAME_DIGITS: usize = 16;

/// Tags files as they arrive, until Ctrl-C or an output that cannot be written. Returns the exit code of `earmark tag`.
pub(super) fn run(options: &TagOptions, run: &TagRun) -> ExitCode {
    let state = check(options).and_then(|()| state(options));
    let state = match state {
        Ok(state) => state,
        Err(message) => {
            error_line!("earmark: {message}");
            return ExitCode::from(1);
        }
    };
    let watcher = RefCell::new(FolderWatcher::new(&options.paths, options.settle, state));
    let mut output = match run.output(options, 0) {
        Ok(output) => output,
        Err(error) => {
            error_line!("earmark: {error}");
            return ExitCode::from(1);
        }
    };
    let batch = &run.batch;
    while !batch.is_stopped() {
        let found = watcher.borrow_mut().poll();
        batch.report_unreadable(&found.unreadable);
        let work = run.work(found.files.len());
        batch.run(numbered(&found.files), run.jobs, work, |_, path, outcome| {
            // The writer of a file that looks incomplete may have paused: the file gets more time.
            if looks_incomplete(&outcome) && watcher.borrow_mut().postpone(path) {
                return Ok(true);
            }
            let file = match outcome {
                Ok(file) => file,
                Err(error) => return Ok(batch.report(path, &error)),
            };
            let whole = run.write(path, &file, &mut output)?;
            // Written before it is remembered: a run that is killed in between tags the file again.
            if let Err(error) = watcher.borrow_mut().remember(path) {
                error_line!("earmark: {error}");
                batch.fail();
            }
            Ok(whole)
        });
        if !batch.is_stopped() {
            thread::sleep(folder_watch::POLL_INTERVAL);
        }
    }
    batch.exit_code()
}

fn looks_incomplete(outcome: &Result<TaggedFile, FileError>) -> bool {
    match outcome {
        Ok(file) => file.issues.missing_frames > 0 || file.issues.packets > 0,
        Err(error) => matches!(error, FileError::Decode(_) | FileError::Panic(_)),
    }
}

/// Checks that the other options can be combined with `--watch`.
fn check(options: &TagOptions) -> Result<(), String> {
    let refused = match options.format {
        Format::Json => Some("json"),
        #[cfg(feature = "parquet")]
        Format::Parquet => Some("parquet"),
        _ => None,
    };
    if let Some(format) = refused {
        return Err(format!("cannot watch with this format (expected --format table, jsonl or csv, got {format})"));
    }
    match options.paths.iter().find(|path| !path.is_dir()) {
        Some(path) => Err(format!("cannot watch a file (expected folders, got {})", path.display())),
        None => Ok(()),
    }
}

/// Opens the state of a watch with these options.
fn state(options: &TagOptions) -> Result<WatchState, String> {
    let key = key(options);
    let path = match &options.state {
        Some(path) => path.clone(),
        None => match default_path(&key) {
            Some(path) => path,
            None => {
                error_line!(
                    "earmark: no folder for the state of --watch: after a restart, files are tagged again. --state names a file"
                );
                return Ok(WatchState::in_memory());
            }
        },
    };
    if options.again {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(format!("cannot remove the state file {}: {error}", path.display()));
            }
            _ => {}
        }
    }
    match WatchState::open(&path, &key) {
        Ok(state) => {
            if !state.is_empty() {
                let (count, path) = (state.len(), path.display());
                error_line!("earmark: {count} files were tagged before (state in {path}); --again tags them again");
            }
            Ok(state)
        }
        // Without a home that can be written to, the watch works, but forgets.
        Err(error @ WatchStateError::Io { .. }) if options.state.is_none() => {
            error_line!("earmark: {error}. After a restart, files are tagged again");
            Ok(WatchState::in_memory())
        }
        Err(error) => Err(error.to_string()),
    }
}

/// Returns the options that decide what is written: a watch with others starts from the beginning.
fn key(options: &TagOptions) -> Value {
    let absolute = |path: &PathBuf| {
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        PathText::new(&path)
    };
    let folders: Vec<PathText> = options.paths.iter().map(absolute).collect();
    let mut key = json!({
        "folders": folders,
        "models": options.models,
        "hop_frames": options.hop_frames,
        "gate": !options.no_gate,
        "format": format!("{:?}", options.format).to_lowercase(),
        "top": options.top,
        "timeline": options.timeline,
    });
    // Options of later versions have no key unless they are used, so that states of earlier versions stay valid.
    if let Some(hop_s) = options.hop {
        key["hop_s"] = hop_s.into();
    }
    let flags = [("summary", options.summary), ("audio_hash", options.audio_hash)];
    flags.into_iter().filter(|(_, is_set)| *is_set).for_each(|(name, _)| key[name] = true.into());
    if options.json_shape == ShapeOption::Plain {
        key["json_shape"] = "earmark/1".into();
    }
    if let Some(out) = &options.out {
        key["out"] = json!(PathText::new(&std::path::absolute(out).unwrap_or_else(|_| out.clone())));
    }
    key
}

/// Returns the path of the state of a watch in the user's folder for program states, which is created; none on systems
/// without user folders.
fn default_path(key: &Value) -> Option<PathBuf> {
    let folders = ProjectDirs::from("", "", "earmark")?;
    let folder = folders.state_dir().unwrap_or_else(|| folders.data_local_dir());
    Some(path_in(folder, key))
}

fn path_in(folder: &Path, key: &Value) -> PathBuf {
    // If the folder cannot be created, opening the file fails with the cause.
    let _ = fs::create_dir_all(folder);
    let digest = Sha256::digest(key.to_string().as_bytes());
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    folder.join(format!("watch-{}.jsonl", &digits[..NAME_DIGITS]))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    fn key_of(arguments: &[&str]) -> Value {
        let arguments = ["earmark", "tag", "--watch"].iter().chain(arguments);
        match Args::try_parse_from(arguments).unwrap().command {
            Some(Command::Tag(options)) => key(&options),
            other => panic!("expected the command tag, got {other:?}"),
        }
    }

    #[test]
    fn state_differs_by_what_is_written_and_not_by_how_fast() {
        let folder = tempfile::tempdir().unwrap();
        let name = |arguments: &[&str]| path_in(folder.path(), &key_of(arguments));
        let first = name(&["/", "--format", "csv"]);
        assert_eq!(first, name(&["/", "--format", "csv", "--jobs", "3", "--settle", "1"]));
        assert_eq!(first, name(&["/../", "--format", "csv"]));
        for other in [
            vec!["/", "--format", "jsonl"],
            vec!["/", "--format", "csv", "--no-gate"],
            vec!["/", "--format", "csv", "--hop", "0.5"],
            vec!["/", "--format", "csv", "--out", "a.csv"],
            vec![".", "--format", "csv"],
        ] {
            assert_ne!(first, name(&other), "{other:?}");
        }
    }
}
