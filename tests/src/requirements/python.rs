//! Python interpreter of the tests.

use std::env;
use std::ffi::OsString;

/// Variable with the Python interpreter that has the modules of the tests (default `python3`).
pub const PYTHON: &str = "EARMARK_PYTHON";

/// Returns the Python interpreter that has the modules of the tests.
#[must_use]
pub fn python() -> OsString {
    env::var_os(PYTHON).filter(|python| !python.is_empty()).unwrap_or_else(|| "python3".into())
}
