//! Command `earmark batch`: plans, runs and checks the analysis of whole libraries.

use std::env;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use earmark_batch::{
    BatchError, BatchPlan, BatchStatus, CompactReport, LocalInputs, LocalStore, ObjectStore, RetryReport, RunOptions,
    ShardSelection, VerifyReport, WorkerCommand,
};
use earmark_models::Registry;
use serde_json::json;

use super::batch::job_count;
use super::batch_progress::{BatchProgress, duration};
use super::print::{error_line, print_line};
use crate::args::{BatchCommand, BatchPlanOptions, BatchRunOptions, Engine};
use crate::interrupt;

/// Variables of job arrays: number of the task, number of tasks, and number of the first task.
const ARRAYS: [(&str, &str, Option<&str>); 2] = [
    ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", Some("SLURM_ARRAY_TASK_MIN")),
    ("AWS_BATCH_JOB_ARRAY_INDEX", "AWS_BATCH_JOB_ARRAY_SIZE", None),
];

/// Runs a command. Returns exit code 0, also if files have no result; 1 on an error, or if `verify` finds results missing; 2 for
/// an engine that this program lacks; or 130 after Ctrl-C.
pub(crate) fn run(command: &BatchCommand) -> ExitCode {
    let done = match command {
        BatchCommand::Worker => earmark_batch::serve(Registry::global()).map_err(|error| error.to_string()),
        BatchCommand::Run(BatchRunOptions { engine: Engine::Ray | Engine::Dask, .. }) => {
            error_line!(
                "earmark: cannot use this engine (expected --engine local, got ray or dask): the Python package has them: \
                 `pip install \"earmark[ray]\"` or `\"earmark[dask]\"`, then `python -m earmark.batch run OUT --engine ray`"
            );
            return ExitCode::from(2);
        }
        BatchCommand::Plan(options) => plan(options),
        BatchCommand::Run(options) => {
            interrupt::install_handler();
            match run_shards(options) {
                Err(Failure::Batch(BatchError::Cancelled)) => return ExitCode::from(interrupt::EXIT_CODE),
                Err(failure) => Err(failure.message()),
                Ok(()) => Ok(()),
            }
        }
        BatchCommand::Status(out) => report(
            &out.out,
            |plan, store| {
                let status = earmark_batch::status(plan, store)?;
                Ok((status_text(&status), json!(status), true))
            },
            out.json,
        ),
        BatchCommand::Verify(out) => report(
            &out.out,
            |plan, store| {
                let found = earmark_batch::verify(plan, store)?;
                Ok((verify_text(&found), json!(found), found.is_complete()))
            },
            out.json,
        ),
        BatchCommand::Compact(out) => report(
            &out.out,
            |plan, store| {
                let CompactReport { objects, rows, size_bytes } = earmark_batch::compact(plan, store)?;
                let text = format!("{rows} rows in {} tables of {size_bytes} bytes: compact/", objects.len());
                Ok((text, json!({ "objects": objects, "rows": rows, "size_bytes": size_bytes }), true))
            },
            out.json,
        ),
        BatchCommand::Retry(out) => report(
            &out.out,
            |plan, store| {
                let inputs = inputs(plan)?;
                let found = earmark_batch::retry(plan, store, &inputs)?;
                Ok((retry_text(&found), json!(found), true))
            },
            out.json,
        ),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            if !message.is_empty() {
                error_line!("earmark: {message}");
            }
            ExitCode::from(1)
        }
    }
}

/// Error of a run.
enum Failure {
    Batch(BatchError),
    Text(String),
}

impl From<BatchError> for Failure {
    fn from(error: BatchError) -> Self {
        Self::Batch(error)
    }
}

impl Failure {
    fn message(self) -> String {
        match self {
            Self::Batch(error) => error.to_string(),
            Self::Text(text) => text,
        }
    }
}

fn plan(options: &BatchPlanOptions) -> Result<(), String> {
    let store = LocalStore::new(local(&options.out)?);
    for root in &options.roots {
        local(root)?;
    }
    let recipe = options.recipe()?;
    let message = |error: BatchError| error.to_string();
    let recipe = recipe.with_origin(Registry::global()).map_err(message)?;
    let inputs = LocalInputs::new(&options.roots).map_err(message)?;
    let (files, unreadable) = inputs.find().map_err(message)?;
    for entry in &unreadable {
        error_line!("{entry}");
    }
    if files.is_empty() {
        return Err(format!("cannot plan: no audio files below {}", inputs.roots().join(", ")));
    }
    let tracks = options.tracks_per_shard.map(NonZeroUsize::get);
    let (plan, report) = BatchPlan::add(&store, &recipe, &inputs.roots(), files, tracks).map_err(message)?;
    let shards = plan.places().filter(|(place, _)| place.generation == report.generation).count();
    match (report.added, report.known) {
        (0, known) => print_line!("{known} files were planned, and none is new"),
        (added, 0) => print_line!("planned {added} files in {shards} shards"),
        (added, known) => print_line!("planned {added} new files in {shards} shards, beside {known}"),
    }
    // As with other commands, entries that cannot be read count as failures.
    if unreadable.is_empty() { Ok(()) } else { Err(String::new()) }
}

fn run_shards(options: &BatchRunOptions) -> Result<(), Failure> {
    let store: Arc<dyn ObjectStore> = Arc::new(LocalStore::new(local(&options.out).map_err(Failure::Text)?));
    let plan = Arc::new(BatchPlan::open(&*store)?);
    let shards = selection(options, &plan).map_err(Failure::Text)?;
    let program = env::current_exe().map_err(|error| Failure::Text(format!("cannot find this program: {error}")))?;
    let command = WorkerCommand { program, arguments: ["batch", "__worker"].map(Into::into).to_vec() };
    let run = RunOptions { jobs: job_count(options.jobs), shards, file_timeout: options.file_timeout };
    let inputs: Arc<dyn earmark_batch::TrackInputs> = Arc::new(inputs(&plan)?);
    let progress = BatchProgress::new();
    let done = earmark_batch::run(&plan, &store, &inputs, &command, &run, &progress);
    progress.finish();
    let summary = done?;
    print_line!("{}", progress.summary(&summary));
    Ok(())
}

/// Returns the shards that the options select.
fn selection(options: &BatchRunOptions, plan: &BatchPlan) -> Result<ShardSelection, String> {
    if let Some(range) = &options.shards {
        if *range.end() >= plan.shards() {
            return Err(format!("no such shard (expected 0 to {}, got {})", plan.shards() - 1, range.end()));
        }
        return Ok(ShardSelection::Range(range.clone()));
    }
    let Some(variable) = &options.shard_from_env else { return Ok(ShardSelection::All) };
    let number = |name: &str| -> Result<u32, String> {
        let text =
            env::var(name).map_err(|_| format!("cannot read the variable {name} (expected a number, got none)"))?;
        text.parse().map_err(|_| format!("cannot read the variable {name} (expected a number, got {text})"))
    };
    let array = ARRAYS.iter().find(|(index, ..)| index == variable);
    let first = match array {
        Some((_, _, Some(first))) if env::var(first).is_ok() => number(first)?,
        _ => 0,
    };
    let count = match (options.shard_tasks, array) {
        (Some(count), _) => u32::try_from(count.get()).unwrap_or(u32::MAX),
        (None, Some((_, count, _))) if env::var(count).is_ok() => number(count)?,
        _ => plan.shards(),
    };
    let task = number(variable)?;
    let index = task.checked_sub(first).filter(|index| *index < count);
    let last = first.saturating_add(count.saturating_sub(1));
    let index = index.ok_or_else(|| format!("no such task in {variable} (expected {first} to {last}, got {task})"))?;
    Ok(ShardSelection::Stride { index, count })
}

/// Opens a plan, and prints the result of `work`: a text, or JSON. An empty message is an error without one.
fn report(
    out: &Path,
    work: impl FnOnce(&mut BatchPlan, &dyn ObjectStore) -> Result<(String, serde_json::Value, bool), BatchError>,
    json: bool,
) -> Result<(), String> {
    let store = LocalStore::new(local(out)?);
    let found = BatchPlan::open(&store).and_then(|mut plan| work(&mut plan, &store));
    let (text, object, is_fine) = found.map_err(|error| error.to_string())?;
    if json {
        print_line!("{object:#}");
    } else {
        print_line!("{text}");
    }
    if is_fine { Ok(()) } else { Err(String::new()) }
}

fn inputs(plan: &BatchPlan) -> Result<LocalInputs, BatchError> {
    let roots: Vec<PathBuf> = plan.roots().iter().map(PathBuf::from).collect();
    for root in &roots {
        local(root).map_err(BatchError::Inputs)?;
    }
    LocalInputs::new(&roots)
}

/// Returns a path on this machine; addresses of stores are for the Python package.
fn local(path: &Path) -> Result<PathBuf, String> {
    match path.to_string_lossy() {
        text if text.contains("://") => Err(format!(
            "cannot reach a store (expected a folder, got {text}): the Python package can: `pip install \"earmark[ray]\"`, \
             then `python -m earmark.batch`"
        )),
        _ => Ok(path.to_owned()),
    }
}

fn status_text(status: &BatchStatus) -> String {
    let mut text = format!(
        "{} of {} shards, {} of {} files, {:.1} h of audio, {} bad, {} damaged",
        status.shards_done, status.shards, status.files_done, status.files, status.audio_h, status.bad, status.damaged
    );
    if let Some(speed) = status.speed_x {
        text += &format!(", {speed:.0} x real time by {} processes", status.jobs);
    }
    if let Some(left_s) = status.left_s {
        text += &format!(", about {} left", duration(left_s));
    }
    text
}

fn verify_text(report: &VerifyReport) -> String {
    let VerifyReport { files, shards, ok, damaged, bad, missing, removed, foreign, .. } = report;
    let mut text = match &report.digest {
        Some(digest) => {
            format!("{files} files in {shards} shards: {ok} ok, {damaged} damaged, {bad} bad; digest {digest}")
        }
        None => {
            format!("{} of {shards} results are missing: `earmark batch run` continues", missing.len() + removed.len())
        }
    };
    for name in missing {
        text += &format!("\nmissing: {name}");
    }
    for (name, reason) in removed {
        text += &format!("\nremoved: {name}: {reason}");
    }
    for name in foreign {
        text += &format!("\nof no shard: {name}");
    }
    text
}

fn retry_text(report: &RetryReport) -> String {
    let RetryReport { bad, planned, generation, gone } = report;
    let mut text = match generation {
        Some(generation) => format!("planned {planned} of {bad} bad files as generation {generation}"),
        None => format!("{bad} bad files, and none to plan"),
    };
    for file in gone {
        text += &format!("\ngone: {file}");
    }
    text
}
