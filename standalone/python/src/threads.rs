//! Number of threads that calls use.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use pyo3::prelude::*;

use crate::arguments;

/// Number of threads; 0 before a number was set.
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// Returns the number of files that are processed at a time (default: one per core).
pub(crate) fn jobs(jobs: Option<&Bound<'_, PyAny>>) -> PyResult<usize> {
    Ok(match (arguments::count("`jobs`", jobs)?, THREADS.load(Relaxed)) {
        (Some(jobs), _) => jobs,
        (None, 0) => std::thread::available_parallelism().map_or(1, usize::from),
        (None, threads) => threads,
    })
}

/// Returns the number of threads for the networks of one file or array (default: 1, on the caller's thread).
pub(crate) fn of_one_file() -> usize {
    THREADS.load(Relaxed).max(1)
}

/// Set the number of threads: of calls without `jobs` (default: one per core), and of `tag` and `embed` for the networks of
/// one file or array (default: one). No thread is started before such a call.
#[pyfunction]
pub(crate) fn set_threads(threads: &Bound<'_, PyAny>) -> PyResult<()> {
    if let Some(threads) = arguments::count("`threads`", Some(threads))? {
        THREADS.store(threads, Relaxed);
    }
    Ok(())
}
