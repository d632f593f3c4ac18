//! Results as data frames of pandas and polars.

use pyo3::prelude::*;

/// Returns a result as a data frame, by a function of `earmark._frames`.
pub(crate) fn data_frame<'py>(function: &str, result: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    result.py().import("earmark._frames")?.call_method1(function, (result,))
}
