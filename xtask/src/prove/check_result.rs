//! Result of a step of the long proofs.

use std::process::Command;

use crate::sh::{self, TaskError};

/// Result of a step.
pub(crate) enum CheckResult {
    /// It holds; these are the figures.
    Holds(String),
    /// It cannot run here, for this reason.
    Skipped(String),
}

/// Runs a command and keeps the lines of its output that matter.
pub(crate) fn captured(command: &mut Command, keep: impl Fn(&str) -> bool) -> Result<CheckResult, TaskError> {
    let line = sh::command_line(command);
    eprintln!("$ {line}");
    let output = command.output().map_err(|error| TaskError::Start { command: line.clone(), error })?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        eprintln!("{text}{}", String::from_utf8_lossy(&output.stderr));
        return Err(TaskError::Failed { command: line, status: output.status });
    }
    let kept: Vec<&str> = text.lines().filter(|line| keep(line)).collect();
    // Results are committed: paths of this machine do not belong there.
    let (target, root) = (sh::target(), sh::root());
    let text = format!("$ {line}\n{}", kept.join("\n"));
    Ok(CheckResult::Holds(text.replace(&*target.to_string_lossy(), "target").replace(&*root.to_string_lossy(), ".")))
}

/// Whether a line sums up a run of tests.
pub(crate) fn is_result(line: &str) -> bool {
    line.starts_with("test result:")
}
