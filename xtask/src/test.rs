//! Everything a change must pass.

use std::fs;

use crate::setup;
use crate::sh::{self, Done, TaskError};

/// A file longer than this holds more than one concept.
const MOST_LINES: usize = 600;

/// Sets up, checks, and tests; `rest` goes to the test runner.
pub(crate) fn run(rest: &[String]) -> Done {
    setup::run()?;
    sh::run(sh::cargo().args(["fmt", "--all", "--check"]))?;
    short_files()?;
    sh::run(sh::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    if sh::output(sh::cargo().args(["nextest", "--version"])).is_some() {
        sh::run(sh::cargo().args(["nextest", "run", "--workspace", "--no-fail-fast"]).args(rest))?;
        sh::run(sh::cargo().args(["test", "--workspace", "--doc"]))?;
    } else {
        sh::run(sh::cargo().args(["test", "--workspace", "--no-fail-fast", "--"]).args(rest))?;
    }
    eprintln!("all checks and tests passed");
    Ok(())
}

fn short_files() -> Done {
    let listed =
        sh::output(sh::command("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"]));
    let mut long = Vec::new();
    for file in listed.unwrap_or_default().lines() {
        let path = sh::root().join(file);
        // A file that is deleted but still listed has no lines.
        let lines = fs::read_to_string(&path).map_or(0, |text| text.lines().count());
        if lines > MOST_LINES {
            long.push(format!("{file}: expected at most {MOST_LINES} lines, got {lines}"));
        }
    }
    if long.is_empty() { Ok(()) } else { Err(TaskError::Other(long.join("\n"))) }
}
