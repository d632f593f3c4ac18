//! Options `--write` and `--restore` of `earmark tag`: tempo, genre and mood in the tags of audio files.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use directories::ProjectDirs;
use earmark_files::find;
use earmark_files::path_text::PathText;
use earmark_files::write_tags::{
    FieldChange, RestoreOutcome, TagField, TagJournal, TagValueRules, TagWriter, TagsWritten, restore_files,
};
use earmark_models::Registry;
use serde_json::json;

use super::batch::numbered;
use super::print::{error_line, output, print_line};
use super::tag_run::TagRun;
use crate::args::{Format, TagOptions};
use crate::interrupt;

/// Whether tags are to be written.
pub(super) fn is_requested(options: &TagOptions) -> bool {
    !options.write.write.is_empty()
}

/// Checks that the options do not contradict each other.
///
/// # Errors
/// A message.
pub(super) fn check(options: &TagOptions) -> Result<(), String> {
    let is_used = is_requested(options) || options.write.restore.is_some();
    if options.write.dry_run && !is_used {
        return Err("a dry run changes nothing (expected --write FIELDS or --restore JOURNAL beside --dry-run)".into());
    }
    if is_used && !matches!(options.format, Format::Table | Format::Jsonl) {
        return Err("cannot print changes in this format (expected --format table or jsonl with --write)".into());
    }
    Ok(())
}

/// Returns the ids of the models of a run: those of the options and, if moods are written, the moods that are derived from
/// their tags.
pub(super) fn models(options: &TagOptions) -> Vec<String> {
    let mut models = options.models.clone();
    if options.write.write.iter().any(|field| TagField::from(*field) == TagField::Mood) {
        let derived = options.models.iter().filter_map(|model| Registry::global().derived(model));
        models.extend(derived.map(|card| card.id.clone()));
    }
    models
}

/// Writes the tags of the files, one after the other, as they are analyzed. Returns the exit code of `earmark tag`.
///
/// # Errors
/// A message if the files or the journal cannot be opened.
pub(super) fn run(options: &TagOptions, run: &TagRun) -> Result<ExitCode, String> {
    let batch = &run.batch;
    let files = batch.files(find::audio_files(&options.list.paths(&options.paths)?));
    let journal_path = match (&options.write.journal, options.write.dry_run) {
        (_, true) => None,
        (Some(path), false) => Some(path.clone()),
        (None, false) => Some(new_journal()?),
    };
    let journal = journal_path.as_deref().map(TagJournal::open).transpose().map_err(|error| error.to_string())?;
    let mut writer = TagWriter {
        fields: options.write.write.iter().copied().map(TagField::from).collect(),
        rules: TagValueRules { threshold: options.write.write_threshold },
        only_missing: options.write.only_missing,
        journal,
    };
    let mut changed = 0_usize;
    batch.run(numbered(&files), run.jobs, run.work(files.len()), |_, path, outcome| {
        let file = match outcome {
            Ok(file) => file,
            Err(error) => return Ok(batch.report(path, &error)),
        };
        let report = &file.report;
        let whole = batch.report_issues(path, &file.issues, report.duration_s, report.sample_rate_hz);
        match writer.write(path, &file) {
            Ok(written) => {
                changed += usize::from(written.is_written);
                print(options.format, path, &written)?;
                Ok(whole)
            }
            Err(error) => {
                batch.report_unwritten(path, &error);
                Ok(false)
            }
        }
    });
    drop(writer);
    match journal_path {
        Some(path) if changed > 0 => {
            error_line!(
                "earmark: {changed} files were changed; `earmark tag --restore {}` restores them",
                path.display()
            );
        }
        // A new journal without an entry is of no use.
        Some(path) if options.write.journal.is_none() => drop(fs::remove_file(path)),
        _ => {}
    }
    Ok(batch.exit_code())
}

/// Restores the files of a journal. Returns exit code 0, 1 if any file could not be restored, or 130 after Ctrl-C.
pub(super) fn restore(journal: &Path, dry_run: bool) -> ExitCode {
    let mut has_failures = false;
    let restored = restore_files(journal, dry_run, |file| {
        let path = file.path.display();
        match file.outcome {
            Ok(RestoreOutcome::Restored) if dry_run => print_line!("{path}: would be restored"),
            Ok(RestoreOutcome::Restored) => print_line!("{path}: restored"),
            Ok(RestoreOutcome::Unchanged) => print_line!("{path}: is as before"),
            Err(error) => {
                error_line!("{path}: {error}");
                has_failures = true;
            }
        }
        !interrupt::is_requested()
    });
    match restored {
        _ if interrupt::is_requested() => ExitCode::from(interrupt::EXIT_CODE),
        Ok(()) => ExitCode::from(u8::from(has_failures)),
        Err(error) => {
            error_line!("earmark: {error}");
            ExitCode::from(1)
        }
    }
}

/// Prints the changes of a file.
fn print(format: Format, path: &Path, written: &TagsWritten) -> io::Result<()> {
    let TagsWritten { changes, is_written } = written;
    let text = if format == Format::Jsonl {
        let PathText { path, path_bytes } = PathText::new(path);
        let mut line =
            json!({ "schema": "earmark-changes/1", "path": path, "changes": changes, "is_written": is_written });
        if let Some(path_bytes) = path_bytes {
            line["path_bytes"] = path_bytes.into();
        }
        line.to_string()
    } else {
        format!("{}: {}", path.display(), text(changes))
    };
    output((text + "\n").as_bytes())
}

/// Returns the changes as text: `bpm 128 (was 127), genre rock (was none)`.
fn text(changes: &BTreeMap<TagField, FieldChange>) -> String {
    let change = |(field, change): (&TagField, &FieldChange)| {
        let before = if change.before.is_empty() { "none".to_owned() } else { change.before.join("; ") };
        format!("{field} {} (was {before})", change.after)
    };
    let texts: Vec<String> = changes.iter().map(change).collect();
    if texts.is_empty() { "no change".to_owned() } else { texts.join(", ") }
}

/// Returns the path of a new journal in the user's folder for program states, which is created.
fn new_journal() -> Result<PathBuf, String> {
    let folders = ProjectDirs::from("", "", "earmark");
    let folders = folders.ok_or("no folder for the journal (expected --journal FILE)")?;
    let folder = folders.state_dir().unwrap_or_else(|| folders.data_local_dir());
    fs::create_dir_all(folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let names = (0..).map(|number| match number {
        0 => folder.join(format!("tags-{now}.jsonl")),
        number => folder.join(format!("tags-{now}-{number}.jsonl")),
    });
    names.into_iter().find(|path| !path.exists()).ok_or_else(|| "no name for the journal".to_owned())
}
