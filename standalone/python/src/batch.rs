//! Batches: plans and runs of whole libraries, behind the module `earmark.batch`.

use std::ffi::OsString;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use earmark_batch::{
    BatchError, BatchPlan, BatchRecipe, LocalInputs, PlannedFile, RecipeOrigin, RunOptions, RunRecord, ShardOutcome,
    ShardPlace, ShardRunner, ShardSelection, WorkerCommand,
};
use earmark_files::find;
use earmark_files::path_text::PathText;
use pyo3::prelude::*;

use crate::batch_inputs::inputs;
use crate::batch_run::{self, BatchParts};
use crate::batch_store::store;
use crate::errors::ErrorClass;
use crate::json_dict::dict;
use crate::registry::registry;

/// Module that a worker process runs.
const WORKER_MODULE: &str = "earmark._batch_worker";
/// Interval between two writings of the record of a run.
const WRITE_INTERVAL: Duration = Duration::from_secs(10);

/// Plan with its output and its files; the module `earmark.batch` is made of it.
#[pyclass(frozen, name = "Batch", module = "earmark._native")]
pub(crate) struct PyBatch {
    parts: Mutex<BatchParts>,
    runner: Mutex<Option<ShardRunner>>,
    record: Mutex<Option<(RunRecord, std::time::Instant)>>,
}

impl PyBatch {
    fn parts(&self) -> BatchParts {
        locked(&self.parts).clone()
    }

    fn of(py: Python<'_>, plan: BatchPlan, out: &Bound<'_, PyAny>, files: &Bound<'_, PyAny>) -> PyResult<Self> {
        let inputs = Arc::from(inputs(files, plan.roots())?);
        let program = py.import("sys")?.getattr("executable")?.extract()?;
        let arguments = ["-m", WORKER_MODULE].map(OsString::from).to_vec();
        let command = WorkerCommand { program, arguments };
        let parts = BatchParts { plan: Arc::new(plan), store: Arc::from(store(out)?), inputs, command };
        Ok(Self { parts: Mutex::new(parts), runner: Mutex::new(None), record: Mutex::new(None) })
    }
}

#[pymethods]
impl PyBatch {
    /// Plan files: those of `files` as (path, size, version), or the audio files below local roots. Returns the batch, the number
    /// of files that were added, and the number of those that the plan had.
    #[staticmethod]
    #[pyo3(signature = (out, inputs, recipe, roots, files, tracks_per_shard))]
    fn plan(
        py: Python<'_>,
        out: &Bound<'_, PyAny>,
        inputs: &Bound<'_, PyAny>,
        recipe: &str,
        roots: Vec<String>,
        files: Option<Vec<(String, u64, String)>>,
        tracks_per_shard: Option<usize>,
    ) -> PyResult<(Self, usize, u64)> {
        let recipe: BatchRecipe =
            serde_json::from_str(recipe).map_err(|error| ErrorClass::Argument.error(&error.to_string()))?;
        let (registry, to) = (registry(py)?, store(out)?);
        let planned = py.detach(|| {
            let recipe: RecipeOrigin = recipe.with_origin(registry)?;
            let (roots, files) = match files {
                Some(files) => (roots, files.into_iter().map(planned_file).collect()),
                None => {
                    let paths: Vec<_> = roots.iter().map(Into::into).collect();
                    let inputs = LocalInputs::new(&paths)?;
                    let (files, unreadable) = inputs.find()?;
                    if let Some(entry) = unreadable.first() {
                        return Err(BatchError::Inputs(entry.clone()));
                    }
                    (inputs.roots(), files)
                }
            };
            if files.is_empty() {
                return Err(BatchError::Inputs(format!("no audio files below {}", roots.join(", "))));
            }
            BatchPlan::add(&*to, &recipe, &roots, files, tracks_per_shard)
        });
        let (plan, report) = planned.map_err(|error| batch_error(&error))?;
        Ok((Self::of(py, plan, out, inputs)?, report.added, report.known))
    }

    /// Open the plan of an output.
    #[staticmethod]
    fn open(py: Python<'_>, out: &Bound<'_, PyAny>, inputs: &Bound<'_, PyAny>) -> PyResult<Self> {
        let from = store(out)?;
        let plan = py.detach(|| BatchPlan::open(&*from)).map_err(|error| batch_error(&error))?;
        Self::of(py, plan, out, inputs)
    }

    #[getter]
    fn roots(&self) -> Vec<String> {
        self.parts().plan.roots().to_vec()
    }

    #[getter]
    fn recipe<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        dict(py, self.parts().plan.recipe())
    }

    #[getter]
    fn recipe_sha256(&self) -> String {
        self.parts().plan.recipe_sha256().to_owned()
    }

    #[getter]
    fn shards(&self) -> u32 {
        self.parts().plan.shards()
    }

    #[getter]
    fn files(&self) -> u64 {
        self.parts().plan.files()
    }

    #[getter]
    fn generations(&self) -> u32 {
        self.parts().plan.generations()
    }

    /// Return generation, number and number of files of the shards with files.
    fn places(&self) -> Vec<(u32, u32, u32)> {
        self.parts().plan.places().map(|(place, files)| (place.generation, place.shard, files)).collect()
    }

    /// Return generation, number and number of files of the shards without a result.
    fn pending(&self, py: Python<'_>) -> PyResult<Vec<(u32, u32, u32)>> {
        let BatchParts { plan, store, .. } = self.parts();
        let pending = py.detach(|| earmark_batch::pending(&plan, &*store, &ShardSelection::All));
        let (pending, _) = pending.map_err(|error| batch_error(&error))?;
        Ok(pending.into_iter().map(|(place, files)| (place.generation, place.shard, files)).collect())
    }

    /// Run the shards without a result by processes of this machine, and return the counts.
    #[pyo3(signature = (jobs, shards, file_timeout, report))]
    fn run<'py>(
        &self,
        py: Python<'py>,
        jobs: Option<usize>,
        shards: Option<(u32, u32)>,
        file_timeout: Option<f64>,
        report: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let jobs = jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)).max(1);
        let shards = shards.map_or(ShardSelection::All, |(first, last)| ShardSelection::Range(first..=last));
        let options = RunOptions { jobs, shards, file_timeout: timeout(file_timeout)? };
        let done = batch_run::run(py, self.parts(), options, report)?;
        dict(py, &done.map_err(|error| batch_error(&error))?.record)
    }

    /// Run one shard, unless its result is there, and return its counts. The worker process stays for the next shard.
    #[pyo3(signature = (generation, shard, file_timeout))]
    fn run_shard<'py>(
        &self,
        py: Python<'py>,
        generation: u32,
        shard: u32,
        file_timeout: Option<f64>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let timeout = timeout(file_timeout)?;
        let outcome = py.detach(|| {
            let mut kept = locked(&self.runner);
            let mut runner = kept.take().unwrap_or_else(|| {
                let BatchParts { plan, store, inputs, command } = self.parts();
                ShardRunner::new(plan, store, inputs, command)
            });
            if let Some(timeout) = timeout {
                runner = runner.with_file_timeout(timeout);
            }
            let outcome = runner.run(ShardPlace { generation, shard }, &|| false, &mut |_, _| {});
            *kept = Some(runner);
            outcome
        });
        dict(py, &outcome.map_err(|error| batch_error(&error))?)
    }

    /// Begin the record of a run of another engine with this number of processes.
    fn begin(&self, py: Python<'_>, jobs: usize) -> PyResult<()> {
        let mut record = RunRecord::start(jobs);
        let store = self.parts().store;
        py.detach(|| record.write(&*store)).map_err(|error| batch_error(&error))?;
        *locked(&self.record) = Some((record, std::time::Instant::now()));
        Ok(())
    }

    /// Add the outcome of a shard, as JSON, to the record, and return the record.
    fn add<'py>(&self, py: Python<'py>, outcome: &str) -> PyResult<Bound<'py, PyAny>> {
        let outcome: ShardOutcome =
            serde_json::from_str(outcome).map_err(|error| ErrorClass::Argument.error(&error.to_string()))?;
        let record = py.detach(|| {
            let mut state = locked(&self.record);
            let (record, written) = state.get_or_insert_with(|| (RunRecord::start(1), std::time::Instant::now()));
            record.add_shard(&outcome);
            if written.elapsed() >= WRITE_INTERVAL {
                *written = std::time::Instant::now();
                record.write(&*self.parts().store)?;
            }
            Ok(record.clone())
        });
        dict(py, &record.map_err(|error: BatchError| batch_error(&error))?)
    }

    /// Write the last record of a run, and return it.
    fn end<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let record = py.detach(|| {
            let (mut record, _) =
                locked(&self.record).take().unwrap_or_else(|| (RunRecord::start(1), std::time::Instant::now()));
            record.ended = true;
            let store = self.parts().store;
            record.write(&*store)?;
            for folder in ["data", "bad", "progress"] {
                // What cannot be removed is harmless.
                let _ = store.sweep(folder);
            }
            Ok(record)
        });
        dict(py, &record.map_err(|error: BatchError| batch_error(&error))?)
    }

    /// Return the progress.
    fn status<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let BatchParts { plan, store, .. } = self.parts();
        let status = py.detach(|| earmark_batch::status(&plan, &*store));
        dict(py, &status.map_err(|error| batch_error(&error))?)
    }

    /// Check the results, and return the counts.
    fn verify<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let BatchParts { plan, store, .. } = self.parts();
        let report = py.detach(|| earmark_batch::verify(&plan, &*store));
        dict(py, &report.map_err(|error| batch_error(&error))?)
    }

    /// Plan the files without a result again.
    fn retry<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let parts = self.parts();
        let retried = py.detach(|| {
            let mut plan = (*parts.plan).clone();
            let report = earmark_batch::retry(&mut plan, &*parts.store, &*parts.inputs)?;
            Ok((plan, report))
        });
        let (plan, report) = retried.map_err(|error: BatchError| batch_error(&error))?;
        locked(&self.parts).plan = Arc::new(plan);
        *locked(&self.runner) = None;
        dict(py, &report)
    }

    /// Write the newest rows of each file into large tables.
    fn compact<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let BatchParts { plan, store, .. } = self.parts();
        let report = py.detach(|| earmark_batch::compact(&plan, &*store));
        dict(py, &report.map_err(|error| batch_error(&error))?)
    }
}

/// Serve the requests of a run on standard input.
#[pyfunction]
#[pyo3(name = "_batch_worker")]
pub(crate) fn batch_worker(py: Python<'_>) -> PyResult<()> {
    let registry = registry(py)?;
    py.detach(|| earmark_batch::serve(registry)).map_err(|error| batch_error(&error))
}

/// Whether a search of folders finds a file of this path.
#[pyfunction]
#[pyo3(name = "_is_audio_path")]
pub(crate) fn is_audio_path(path: &str) -> bool {
    find::is_found(Path::new(path))
}

fn planned_file((path, size_bytes, version): (String, u64, String)) -> PlannedFile {
    PlannedFile { path: PathText { path, path_bytes: None }, size_bytes, version }
}

fn timeout(seconds: Option<f64>) -> PyResult<Option<Duration>> {
    let expected = "a number of seconds above 0";
    let wrong = |got: f64| crate::arguments::wrong_value("`file_timeout`", expected, &got.to_string());
    let Some(seconds) = seconds else { return Ok(None) };
    let duration = Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero());
    duration.map(Some).ok_or_else(|| wrong(seconds))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn batch_error(error: &BatchError) -> PyErr {
    ErrorClass::Batch.error(&error.to_string())
}
