//! Everything a change must pass.

use std::fs;

use crate::setup;
use crate::sh::{self, Done, TaskError};
use crate::test_environment::Surroundings;

/// A file longer than this holds more than one concept.
const MOST_LINES: usize = 600;

/// The tests' display. Both kinds of window fit: the editor in a host, and the app's.
const DISPLAY_SIZE: &str = "1280x1024";

/// Sets up, checks, and tests; `rest` goes to the test runner.
pub(crate) fn run(rest: &[String]) -> Done {
    setup::run()?;
    sh::run(sh::cargo().args(["fmt", "--all", "--check"]))?;
    short_files()?;
    sh::run(sh::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    let surroundings = Surroundings::prepare(DISPLAY_SIZE);
    let tested = tests(&surroundings, rest);
    // After the tests, so that it is the last thing to be read, and also if one of them fails.
    sh::run(surroundings.offer(sh::command(sh::test_binary()?).arg("--requirements")))?;
    tested?;
    eprintln!("all checks and tests passed");
    Ok(())
}

fn tests(surroundings: &Surroundings, rest: &[String]) -> Done {
    if sh::output(sh::cargo().args(["nextest", "--version"])).is_some() {
        let nextest = ["nextest", "run", "--workspace", "--no-fail-fast"];
        sh::run(surroundings.offer(sh::cargo().args(nextest).args(rest)))?;
        sh::run(sh::cargo().args(["test", "--workspace", "--doc"]))
    } else {
        let test = ["test", "--workspace", "--no-fail-fast", "--"];
        sh::run(surroundings.offer(sh::cargo().args(test).args(rest)))
    }
}

fn short_files() -> Done {
    let listed =
        sh::output(sh::command("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "*.rs"]));
    // Without a list every length would pass.
    let listed = listed.filter(|files| !files.is_empty());
    let listed = listed.ok_or_else(|| TaskError::Other("cannot list the source files: git ls-files failed".into()))?;
    let mut long = Vec::new();
    for file in listed.lines() {
        let path = sh::root().join(file);
        // A file that is deleted but still listed has no lines.
        let lines = fs::read_to_string(&path).map_or(0, |text| text.lines().count());
        if lines > MOST_LINES {
            long.push(format!("{file}: expected at most {MOST_LINES} lines, got {lines}"));
        }
    }
    if long.is_empty() { Ok(()) } else { Err(TaskError::Other(long.join("\n"))) }
}
