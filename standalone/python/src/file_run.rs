//! Iterators over the results of many files: in parallel, in order, with errors as values.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use earmark_files::embeddings::{Embedder, FileEmbeddings};
use earmark_files::error::FileError;
use earmark_files::find::{self, is_pipe};
use earmark_files::ordered::{StopSignal, run_ordered};
use earmark_files::path_text::PathText;
use earmark_files::provenance::Provenance;
use earmark_files::tag::{FileProgress, TaggedFile, Tagger};
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::arguments::{self, wrong_type};
use crate::embedding::PyEmbedding;
use crate::errors::{ErrorClass, file_error};
use crate::file_failure::PyFileFailure;
use crate::report::PyReport;
use crate::threads;

/// Interval between two checks of Python's signals.
const CHECK_INTERVAL: Duration = Duration::from_millis(50);
/// Time that a file gets to end after the iterator was dropped: a block of the slowest model.
const FILE_STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// Time that a pipe gets: its writer may be silent without end.
const PIPE_STOP_TIMEOUT: Duration = Duration::from_millis(300);

/// Analysis of each file.
pub(crate) enum FileWork {
    Tag(Tagger),
    Embed(Embedder),
}

/// Result of one file.
enum FileResult {
    Tagged(TaggedFile),
    Embedded(FileEmbeddings, Provenance),
}

impl FileWork {
    fn run(&self, path: &Path, progress: &dyn FileProgress) -> Result<FileResult, FileError> {
        match self {
            Self::Tag(tagger) => tagger.tag(path, progress).map(FileResult::Tagged),
            Self::Embed(embedder) => {
                let embedded = embedder.embed(path, progress)?;
                Ok(FileResult::Embedded(embedded, embedder.provenance()))
            }
        }
    }
}

/// Flag that ends a run.
#[derive(Debug, Clone, Default)]
struct CancelFlag(Arc<AtomicBool>);

impl FileProgress for CancelFlag {
    fn is_cancelled(&self) -> bool {
        self.0.load(Relaxed)
    }
}

impl StopSignal<PathBuf> for CancelFlag {
    fn is_stopped(&self) -> bool {
        self.0.load(Relaxed)
    }

    fn stop_timeout(&self, path: &PathBuf) -> Duration {
        if is_pipe(path) { PIPE_STOP_TIMEOUT } else { FILE_STOP_TIMEOUT }
    }
}

/// Result of a file with its path.
type FileOutcome = (PathBuf, Result<FileResult, FileError>);

/// Iterator over pairs of a path and its result, in the order of the files.
#[pyclass(frozen, name = "FileResults", module = "earmark")]
pub(crate) struct PyFileResults {
    state: Mutex<RunState>,
    cancel: CancelFlag,
    raises: bool,
    /// Number of files.
    len: usize,
}

/// State of an iterator. Threads are started with the first result that is taken.
enum RunState {
    Waiting { work: FileWork, files: Vec<PathBuf>, jobs: usize, unreadable: Vec<(PathBuf, String)> },
    Running { results: Receiver<FileOutcome>, unreadable: Vec<(PathBuf, String)> },
    Ended,
}

impl Drop for PyFileResults {
    fn drop(&mut self) {
        self.cancel.0.store(true, Relaxed);
    }
}

impl PyFileResults {
    /// Creates an iterator over files, and over the audio files in folders.
    pub(crate) fn new(
        paths: &Bound<'_, PyAny>,
        work: FileWork,
        jobs: Option<&Bound<'_, PyAny>>,
        on_error: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let raises = arguments::choice("`on_error`", on_error, &[("keep", false), ("raise", true)], false)?;
        let jobs = threads::jobs(jobs)?;
        let given = read_paths(paths)?;
        let found = paths.py().detach(|| find::audio_files(&given));
        let unreadable: Vec<_> =
            found.unreadable.iter().map(|entry| (entry.path.clone(), entry.to_string())).rev().collect();
        let len = found.files.len() + unreadable.len();
        let state = RunState::Waiting { work, files: found.files, jobs, unreadable };
        Ok(Self { state: Mutex::new(state), cancel: CancelFlag::default(), raises, len })
    }

    /// Returns the next outcome, or the path and message of an entry that cannot be read; `None` at the end.
    fn next(&self, py: Python<'_>) -> PyResult<Option<NextOutcome>> {
        loop {
            let received = py.detach(|| {
                let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                state.start(&self.cancel);
                state.receive()
            });
            match received {
                Received::Outcome(outcome) => return Ok(Some(*outcome)),
                Received::End => return Ok(None),
                Received::Nothing => {
                    if let Err(error) = py.check_signals() {
                        self.cancel.0.store(true, Relaxed);
                        return Err(error);
                    }
                }
            }
        }
    }
}

#[expect(clippy::large_enum_variant, reason = "outcomes are boxed where they are passed on")]
enum NextOutcome {
    File(FileOutcome),
    Unreadable(PathBuf, String),
}

enum Received {
    Outcome(Box<NextOutcome>),
    Nothing,
    End,
}

impl RunState {
    /// Starts the threads with the first call.
    fn start(&mut self, cancel: &CancelFlag) {
        if !matches!(self, Self::Waiting { .. }) {
            return;
        }
        let Self::Waiting { work, files, jobs, unreadable } = std::mem::replace(self, Self::Ended) else { return };
        let (done, results) = bounded(jobs);
        let cancel = cancel.clone();
        let flag = cancel.clone();
        let analyze = move |path: &PathBuf| work.run(path, &flag);
        let send = move |path: &PathBuf, result| match done.send((path.clone(), result)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        };
        thread::spawn(move || run_ordered(files, jobs, &cancel, analyze, send));
        *self = Self::Running { results, unreadable };
    }

    fn receive(&mut self) -> Received {
        let Self::Running { results, unreadable } = self else { return Received::End };
        match results.recv_timeout(CHECK_INTERVAL) {
            Ok(outcome) => Received::Outcome(Box::new(NextOutcome::File(outcome))),
            Err(RecvTimeoutError::Timeout) => Received::Nothing,
            Err(RecvTimeoutError::Disconnected) => match unreadable.pop() {
                Some((path, message)) => Received::Outcome(Box::new(NextOutcome::Unreadable(path, message))),
                None => Received::End,
            },
        }
    }
}

#[pymethods]
impl PyFileResults {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<(String, Py<PyAny>)>> {
        let Some(outcome) = self.next(py)? else { return Ok(None) };
        let (path, error) = match outcome {
            NextOutcome::File((path, Ok(FileResult::Tagged(file)))) => {
                return Ok(Some((text(&path), Py::new(py, PyReport::new(py, file)?)?.into_any())));
            }
            NextOutcome::File((path, Ok(FileResult::Embedded(file, origin)))) => {
                return Ok(Some((text(&path), Py::new(py, PyEmbedding::new(file, origin))?.into_any())));
            }
            NextOutcome::File((path, Err(error))) => {
                let error = file_error(Some(&path), &error);
                (path, error)
            }
            NextOutcome::Unreadable(path, message) => (path, ErrorClass::AudioFile.error(&message)),
        };
        if self.raises {
            self.cancel.0.store(true, Relaxed);
            *self.state.lock().unwrap_or_else(PoisonError::into_inner) = RunState::Ended;
            return Err(error);
        }
        let path = text(&path);
        Ok(Some((path.clone(), Py::new(py, PyFileFailure::new(py, path, error))?.into_any())))
    }

    fn __len__(&self) -> usize {
        self.len
    }

    fn __repr__(&self) -> String {
        format!("<earmark.FileResults of {} files>", self.len)
    }
}

fn text(path: &Path) -> String {
    PathText::new(path).path
}

/// Reads the argument `paths`: one path, or several.
fn read_paths(paths: &Bound<'_, PyAny>) -> PyResult<Vec<PathBuf>> {
    let expected = "a path, or a sequence of them";
    let is_path = |value: &Bound<'_, PyAny>| -> PyResult<bool> {
        Ok(value.is_instance_of::<PyString>() || value.hasattr("__fspath__")?)
    };
    let one = |value: &Bound<'_, PyAny>| -> PyResult<PathBuf> {
        if !is_path(value)? {
            return Err(wrong_type("a path of `paths`", "a str or a path", value));
        }
        value.extract().map_err(|_| wrong_type("a path of `paths`", "a str or a path", value))
    };
    if is_path(paths)? {
        return Ok(vec![one(paths)?]);
    }
    let items = paths.try_iter().map_err(|_| wrong_type("`paths`", expected, paths))?;
    items.map(|item| one(&item?)).collect()
}

/// Tag many files, and the audio files in folders: an iterator over pairs of a path and its `Report`, in order.
///
/// Files are processed in parallel, `jobs` at a time. With `on_error="keep"`, the result of a file that fails is a
/// `FileFailure` with the exception in `error`; with `"raise"`, it is raised. The other arguments are those of `tag`.
///
/// >>> import earmark as em
/// >>> for path, report in em.tag_files([tune, tune], models="msd-musicnn", jobs=2):
/// ...     print(len(report["msd-musicnn"]))
/// 3
/// 3
#[pyfunction]
#[pyo3(signature = (paths, *, models=None, hop_frames=None, gate=None, decoder=None, jobs=None, on_error=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn tag_files(
    py: Python<'_>,
    paths: &Bound<'_, PyAny>,
    models: Option<&Bound<'_, PyAny>>,
    hop_frames: Option<&Bound<'_, PyAny>>,
    gate: Option<&Bound<'_, PyAny>>,
    decoder: Option<&Bound<'_, PyAny>>,
    jobs: Option<&Bound<'_, PyAny>>,
    on_error: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyFileResults> {
    let tagger = crate::tag::tagger(py, models, hop_frames, gate, decoder)?;
    PyFileResults::new(paths, FileWork::Tag(tagger), jobs, on_error)
}

/// Embed many files, and the audio files in folders, as `tag_files` tags them: pairs of a path and its `Embedding`.
///
/// >>> import earmark as em
/// >>> [embedding.values.shape for _, embedding in em.embed_files([tune], mean=True)]
/// [(1, 200)]
#[pyfunction]
#[pyo3(signature = (paths, *, model=None, hop_frames=None, gate=None, mean=None, decoder=None, jobs=None, on_error=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of Python")]
pub(crate) fn embed_files(
    py: Python<'_>,
    paths: &Bound<'_, PyAny>,
    model: Option<&Bound<'_, PyAny>>,
    hop_frames: Option<&Bound<'_, PyAny>>,
    gate: Option<&Bound<'_, PyAny>>,
    mean: Option<&Bound<'_, PyAny>>,
    decoder: Option<&Bound<'_, PyAny>>,
    jobs: Option<&Bound<'_, PyAny>>,
    on_error: Option<&Bound<'_, PyAny>>,
) -> PyResult<PyFileResults> {
    let embedder = crate::embedding::embedder(py, model, hop_frames, gate, mean, decoder)?;
    PyFileResults::new(paths, FileWork::Embed(embedder), jobs, on_error)
}
