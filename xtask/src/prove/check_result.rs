//! Result of a long check.

use std::process::Command;

use crate::sh::{self, TaskError};

/// Result of a long check.
pub(crate) enum CheckResult {
    /// The check passed, with this output.
    Holds(String),
    /// The check cannot run on this machine, for this reason.
    Skipped(String),
}

/// Runs a command and returns the lines of its output that `keep` selects.
pub(crate) fn captured(command: &mut Command, keep: impl Fn(&str) -> bool) -> Result<CheckResult, TaskError> {
    let command_line = sh::command_line(command);
    eprintln!("$ {command_line}");
    let output = command.output().map_err(|error| TaskError::Start { command: command_line.clone(), error })?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        eprintln!("{text}{}", String::from_utf8_lossy(&output.stderr));
        return Err(TaskError::Failed { command: command_line, status: output.status });
    }
    let kept: Vec<&str> = text.lines().filter(|line| keep(line)).collect();
    // Results are committed, so absolute paths are replaced.
    let (target, root) = (sh::target(), sh::root());
    let text = format!("$ {command_line}\n{}", kept.join("\n"));
    Ok(CheckResult::Holds(text.replace(&*target.to_string_lossy(), "target").replace(&*root.to_string_lossy(), ".")))
}

/// Whether a line is the summary of a test run.
pub(crate) fn is_result(line: &str) -> bool {
    line.starts_with("test result:")
}
