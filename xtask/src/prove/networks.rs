//! Check of the built-in networks against their training graphs, run by TensorFlow.

use super::check_result::{CheckResult, captured};
use crate::export;
use crate::sh::{self, TaskError};

/// Converts the published weights into a separate folder, compares the networks, and returns the table.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    let out = sh::target().join("networks-against-tensorflow");
    captured(&mut export::command(&out)?, |line| line.starts_with('|'))
}
