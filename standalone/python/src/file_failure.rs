//! Errors of single files as values.

use pyo3::prelude::*;

/// File that could not be analyzed, in the place of its result.
#[pyclass(frozen, name = "FileFailure", module = "earmark", get_all)]
#[derive(Debug)]
pub(crate) struct PyFileFailure {
    path: String,
    error: Py<PyAny>,
}

impl PyFileFailure {
    /// Creates the failure of a file with its exception.
    pub(crate) fn new(py: Python<'_>, path: String, error: PyErr) -> Self {
        Self { path, error: error.into_value(py).into_any() }
    }

    /// Returns the path and the message.
    pub(crate) fn texts(&self, py: Python<'_>) -> (String, String) {
        (self.path.clone(), self.error.bind(py).to_string())
    }
}

#[pymethods]
impl PyFileFailure {
    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<earmark.FileFailure {}>", self.error.bind(py))
    }

    #[expect(clippy::type_complexity, reason = "state of a pickle")]
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (String, Py<PyAny>))> {
        Ok((py.import("earmark._native")?.getattr("_failure")?, (self.path.clone(), self.error.clone_ref(py))))
    }
}

/// Restore a pickled failure.
#[pyfunction]
#[pyo3(name = "_failure")]
pub(crate) fn restore_failure(path: String, error: Py<PyAny>) -> PyFileFailure {
    PyFileFailure { path, error }
}
