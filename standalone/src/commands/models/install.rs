//! Installation of model files: each is probed in a child process within limits of memory and time, so that a malicious or
//! damaged file harms nothing else.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use earmark_install::{InstallError, find_model_files, prepare, save};
use earmark_models::Registry;

use super::describe;
use crate::interrupt;

/// Message on a system without a folder for a program's data.
pub(super) const NO_FOLDER_MESSAGE: &str =
    "expected a folder for added models: this system has no usual one; set EARMARK_MODELS to one";

/// Time after which the child process is ended.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Time between two polls of the child process.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Maximum memory of the child process, in bytes: several times the largest file.
#[cfg(unix)]
const MEMORY_LIMIT: u64 = 6 << 30;

/// Adds the models at these paths. Returns 0, or 1 when anything could not be added.
pub(super) fn add(paths: &[PathBuf]) -> ExitCode {
    each(paths, false)
}

/// Probes the models at these paths. Returns 0, or 1 when anything could not be added.
pub(super) fn check(paths: &[PathBuf]) -> ExitCode {
    each(paths, true)
}

fn each(paths: &[PathBuf], check: bool) -> ExitCode {
    interrupt::install_handler();
    let networks = find_model_files(paths);
    if networks.is_empty() {
        eprintln!("earmark: expected network files (.pb, .onnx), got folders without any");
        return ExitCode::from(1);
    }
    let mut clean = true;
    for path in networks {
        if interrupt::is_requested() {
            return ExitCode::from(interrupt::EXIT_CODE);
        }
        if let Err(message) = run_isolated(&path, check) {
            eprintln!("earmark: {}: {message}", path.display());
            clean = false;
        }
    }
    ExitCode::from(u8::from(!clean))
}

/// Probes one file in a child process, which writes its result to standard output.
fn run_isolated(path: &Path, check: bool) -> Result<(), String> {
    let program = env::current_exe().map_err(|error| format!("cannot start another process: {error}"))?;
    let mut command = Command::new(program);
    command.args(["models", "admit"]).arg(path);
    if check {
        command.arg("--check");
    }
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("cannot start another process: {error}"))?;
    let status = wait(&mut child, TIMEOUT);
    let output = child.stderr.take().map(io::read_to_string).transpose().ok().flatten().unwrap_or_default();
    match status {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(failure(status, output.trim())),
        Ok(None) => Err(format!("expected it to be looked at within {} s, got no end", TIMEOUT.as_secs())),
        Err(error) => Err(error.to_string()),
    }
}

/// Waits for a process; ends it and returns `None` after `longest`, or on Ctrl-C.
fn wait(child: &mut Child, longest: Duration) -> io::Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() > longest || interrupt::is_requested() {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(POLL_INTERVAL);
    }
}

fn failure(status: ExitStatus, output: &str) -> String {
    match (status.code(), output.lines().last()) {
        (Some(1), Some(message)) => message.to_owned(),
        // The system ended the process, or it panicked: its output would not help a user.
        _ if output.contains("memory allocation") => "needs more memory than a model may".to_owned(),
        _ => format!("the network broke the process that looked at it ({status})"),
    }
}

/// Entry point of the child process: probes one file, and installs it unless it is only to be checked.
pub(super) fn worker_main(path: &Path, check: bool) -> ExitCode {
    limit();
    match admit_one(path, check) {
        Ok(text) => {
            println!("{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(message) => {
            // In one line: the parent process shows the last one.
            eprintln!("{}", message.replace('\n', " "));
            ExitCode::from(1)
        }
    }
}

fn admit_one(path: &Path, check: bool) -> Result<String, String> {
    let registry = Registry::global();
    let message = |error: InstallError| error.to_string();
    let prepared = prepare(path, registry).map_err(message)?;
    if check {
        return Ok(describe::prepared(&prepared));
    }
    let folder = registry.folder().ok_or(NO_FOLDER_MESSAGE)?;
    let is_new = save(folder, &prepared, registry).map_err(message)?;
    let card = &prepared.card;
    let mut text = format!("{} {}", if is_new { "added" } else { "added anew" }, card.id);
    for note in &card.notes {
        text += &format!("\n  {note}");
    }
    if let Some(base) = &prepared.waits_for {
        text += &format!("\n  waits for {base}, whose embedding it takes: add that, too");
    }
    Ok(text)
}

/// Limits memory and processor time of this process.
fn limit() {
    #[cfg(unix)]
    {
        // Without the limit the file is probed all the same.
        let _ = rlimit::setrlimit(rlimit::Resource::AS, MEMORY_LIMIT, MEMORY_LIMIT);
        let seconds = TIMEOUT.as_secs();
        let _ = rlimit::setrlimit(rlimit::Resource::CPU, seconds, seconds);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn child_process_that_takes_too_long_is_ended() {
        let start = |program: &str, argument: &str| Command::new(program).arg(argument).spawn().unwrap();
        let mut endless = start("sleep", "60");
        assert_eq!(wait(&mut endless, Duration::from_millis(50)).unwrap(), None);
        assert!(endless.try_wait().unwrap().is_some_and(|status| !status.success()), "it goes on");
        let done = wait(&mut start("sleep", "0"), Duration::from_secs(60)).unwrap();
        assert!(done.is_some_and(|status| status.success()));
    }
}
