//! The networks that ship, each against the graph that it was trained in, run by TensorFlow.

use super::check_result::{CheckResult, captured};
use crate::export;
use crate::sh::{self, TaskError};

/// Converts the published weights anew into a folder of its own, compares, and returns the table.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    let out = sh::target().join("networks-against-tensorflow");
    captured(&mut export::command(&out)?, |line| line.starts_with('|'))
}
