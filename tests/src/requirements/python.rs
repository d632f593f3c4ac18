//! The Python that tests start.

use std::env;
use std::ffi::OsString;

/// The Python that has the modules which tests use (default `python3`).
pub const PYTHON: &str = "EARMARK_PYTHON";

/// The Python that has the modules which tests use.
#[must_use]
pub fn python() -> OsString {
    env::var_os(PYTHON).filter(|python| !python.is_empty()).unwrap_or_else(|| "python3".into())
}
