//! Strangers' files: each is looked at in a process of its own, within limits of memory and time, so that whatever it
//! is, nothing else is harmed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use earmark_install::{InstallError, find, keep, prepare};
use earmark_models::Registry;

use super::describe;
use crate::interrupt;

/// On a machine without a place for a program's data.
pub(super) const NO_FOLDER: &str =
    "expected a folder for added models: this system has no usual one; set EARMARK_MODELS to one";

/// The longest that a file is looked at.
const LONGEST: Duration = Duration::from_secs(300);
/// How often it is looked whether it is done.
const LOOK: Duration = Duration::from_millis(20);

/// The most memory that looking at a file may take, in bytes: several times the largest file.
#[cfg(unix)]
const MOST_MEMORY: u64 = 6 << 30;

/// Adds what lies at these paths. Returns 0, or 1 when anything could not be added.
pub(super) fn add(paths: &[PathBuf]) -> ExitCode {
    each(paths, false)
}

/// Looks at what lies at these paths. Returns 0, or 1 when anything could not be added.
pub(super) fn check(paths: &[PathBuf]) -> ExitCode {
    each(paths, true)
}

fn each(paths: &[PathBuf], check: bool) -> ExitCode {
    interrupt::listen();
    let networks = find(paths);
    if networks.is_empty() {
        eprintln!("earmark: expected network files (.pb, .onnx), got folders without any");
        return ExitCode::from(1);
    }
    let mut clean = true;
    for path in networks {
        if interrupt::wished() {
            return ExitCode::from(interrupt::EXIT_CODE);
        }
        if let Err(words) = apart(&path, check) {
            eprintln!("earmark: {}: {words}", path.display());
            clean = false;
        }
    }
    ExitCode::from(u8::from(!clean))
}

/// Looks at one file in a process of its own, which says on standard output what it found.
fn apart(path: &Path, check: bool) -> Result<(), String> {
    let program = env::current_exe().map_err(|error| format!("cannot start another process: {error}"))?;
    let mut command = Command::new(program);
    command.args(["models", "admit"]).arg(path);
    if check {
        command.arg("--check");
    }
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("cannot start another process: {error}"))?;
    let status = wait(&mut child, LONGEST);
    let said = child.stderr.take().map(io::read_to_string).transpose().ok().flatten().unwrap_or_default();
    match status {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(failure(status, said.trim())),
        Ok(None) => Err(format!("expected it to be looked at within {} s, got no end", LONGEST.as_secs())),
        Err(error) => Err(error.to_string()),
    }
}

/// Waits for a process; none when it took longer than `longest`, or when the user does not want to wait, and was ended.
fn wait(child: &mut Child, longest: Duration) -> io::Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() > longest || interrupt::wished() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}

fn failure(status: ExitStatus, said: &str) -> String {
    match (status.code(), said.lines().last()) {
        (Some(1), Some(words)) => words.to_owned(),
        // It was ended by the system, or panicked: what it said before is of no use to anybody but us.
        _ if said.contains("memory allocation") => "needs more memory than a model may".to_owned(),
        _ => format!("the network broke the process that looked at it ({status})"),
    }
}

/// In the process of its own: looks at one file, and keeps it unless it is only to be checked.
pub(super) fn admit_here(path: &Path, check: bool) -> ExitCode {
    limit();
    match admit_one(path, check) {
        Ok(words) => {
            println!("{}", words.trim_end());
            ExitCode::SUCCESS
        }
        Err(words) => {
            // In one line: whoever reads it shows the last one.
            eprintln!("{}", words.replace('\n', " "));
            ExitCode::from(1)
        }
    }
}

fn admit_one(path: &Path, check: bool) -> Result<String, String> {
    let registry = Registry::global();
    let said = |error: InstallError| error.to_string();
    let prepared = prepare(path, registry).map_err(said)?;
    if check {
        return Ok(describe::prepared(&prepared));
    }
    let folder = registry.folder().ok_or(NO_FOLDER)?;
    let is_new = keep(folder, &prepared, registry).map_err(said)?;
    let card = &prepared.card;
    let mut words = format!("{} {}", if is_new { "added" } else { "added anew" }, card.id);
    for note in &card.notes {
        words += &format!("\n  {note}");
    }
    if let Some(base) = &prepared.waits_for {
        words += &format!("\n  waits for {base}, whose embedding it takes: add that, too");
    }
    Ok(words)
}

/// Takes no more memory from here on than a model may.
fn limit() {
    #[cfg(unix)]
    {
        // Without the limit the file is looked at all the same.
        let _ = rlimit::setrlimit(rlimit::Resource::AS, MOST_MEMORY, MOST_MEMORY);
        let seconds = LONGEST.as_secs();
        let _ = rlimit::setrlimit(rlimit::Resource::CPU, seconds, seconds);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn who_takes_too_long_is_ended_and_who_is_done_is_not() {
        let start = |program: &str, argument: &str| Command::new(program).arg(argument).spawn().unwrap();
        let mut endless = start("sleep", "60");
        assert_eq!(wait(&mut endless, Duration::from_millis(50)).unwrap(), None);
        assert!(endless.try_wait().unwrap().is_some_and(|status| !status.success()), "it goes on");
        let done = wait(&mut start("sleep", "0"), Duration::from_secs(60)).unwrap();
        assert!(done.is_some_and(|status| status.success()));
    }
}
