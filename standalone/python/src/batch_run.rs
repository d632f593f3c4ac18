//! Local run of a batch, beside which Python's signals are checked.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use earmark_batch::{
    BatchError, BatchPlan, ObjectStore, RunObserver, RunOptions, RunRecord, RunSummary, TrackInputs, WorkerCommand,
};
use pyo3::prelude::*;

use crate::json_dict::dict;

/// Interval between two checks of Python's signals.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);
/// Interval between two reports.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);

/// Parts of a batch that a run needs.
#[derive(Clone)]
pub(crate) struct BatchParts {
    pub(crate) plan: Arc<BatchPlan>,
    pub(crate) store: Arc<dyn ObjectStore>,
    pub(crate) inputs: Arc<dyn TrackInputs>,
    pub(crate) command: WorkerCommand,
}

/// Flag that stops a run, and its newest counts.
#[derive(Default)]
struct RunWatch {
    is_stopped: AtomicBool,
    newest: Mutex<Option<RunRecord>>,
}

impl RunObserver for RunWatch {
    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Relaxed)
    }

    fn advanced(&self, record: &RunRecord) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Some(record.clone());
    }
}

/// Runs shards on a thread of its own; `report` gets the counts once a second, on this thread.
pub(crate) fn run(
    py: Python<'_>,
    parts: BatchParts,
    options: RunOptions,
    report: Option<&Bound<'_, PyAny>>,
) -> PyResult<Result<RunSummary, BatchError>> {
    let watch = Arc::new(RunWatch::default());
    let observer = Arc::clone(&watch);
    let thread = thread::spawn(move || {
        let BatchParts { plan, store, inputs, command } = &parts;
        earmark_batch::run(plan, store, inputs, command, &options, &*observer)
    });
    let mut reported = Instant::now();
    let mut interrupted = Ok(());
    while !thread.is_finished() {
        py.detach(|| thread::sleep(CHECK_INTERVAL));
        let is_due = reported.elapsed() >= REPORT_INTERVAL;
        let newest = if is_due { watch.newest.lock().unwrap_or_else(PoisonError::into_inner).take() } else { None };
        let checked = py.check_signals().and_then(|()| match (report, newest) {
            (Some(report), Some(newest)) => {
                reported = Instant::now();
                report.call1((dict(py, &newest)?,)).map(drop)
            }
            _ => Ok(()),
        });
        if let Err(error) = checked {
            watch.is_stopped.store(true, Relaxed);
            interrupted = Err(error);
        }
    }
    let done = py.detach(|| thread.join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    interrupted.map(|()| done)
}
