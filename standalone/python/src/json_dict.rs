//! Plain data as dicts of Python, as its JSON is read.

use pyo3::prelude::*;
use serde::Serialize;

use crate::errors::ErrorClass;

/// Returns data as the dict that its JSON is in Python.
pub(crate) fn dict<'py>(py: Python<'py>, data: &impl Serialize) -> PyResult<Bound<'py, PyAny>> {
    let json = serde_json::to_string(data).map_err(|error| ErrorClass::Argument.error(&error.to_string()))?;
    py.import("json")?.call_method1("loads", (json,))
}
