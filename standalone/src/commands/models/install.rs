//! Installation of model files. Each file is probed in a child process with limits of memory and time, so that a
//! malicious or damaged file cannot affect this process.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, io, thread};

use earmark_install::{InstallError, find_model_files, prepare, save};
use earmark_models::Registry;
use serde_json::{Value, json};

use super::no_folder::NO_FOLDER_MESSAGE;
use super::{describe, model_json};
use crate::interrupt;

/// Maximum time of the child process.
const TIMEOUT: Duration = Duration::from_secs(300);
/// Interval between two polls of the child process.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Maximum memory of the child process, in bytes: several times the size of the largest model.
#[cfg(unix)]
const MEMORY_LIMIT: u64 = 6 << 30;

/// Action on a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InstallMode {
    /// The model is installed.
    Add,
    /// The model is described in lines.
    Check,
    /// The model is described as a JSON object.
    CheckJson,
}

impl InstallMode {
    /// Returns the mode of the arguments of the child process.
    pub(super) const fn new(check: bool, json: bool) -> Self {
        match (check, json) {
            (false, _) => Self::Add,
            (true, false) => Self::Check,
            (true, true) => Self::CheckJson,
        }
    }
}

/// Adds the models at these paths. Returns exit code 0, 1 if any model was refused, or 130 after Ctrl-C.
pub(super) fn add(paths: &[PathBuf]) -> ExitCode {
    install_all(paths, InstallMode::Add)
}

/// Probes the models at these paths without installing them. Returns the same exit codes as [`add`].
pub(super) fn check(paths: &[PathBuf]) -> ExitCode {
    install_all(paths, InstallMode::Check)
}

/// Probes the models at these paths, and prints a JSON object. Returns the same exit codes as [`add`].
pub(super) fn check_json(paths: &[PathBuf]) -> ExitCode {
    install_all(paths, InstallMode::CheckJson)
}

fn install_all(paths: &[PathBuf], mode: InstallMode) -> ExitCode {
    interrupt::install_handler();
    let networks = find_model_files(paths);
    if networks.is_empty() {
        eprintln!(
            "earmark: expected network files (.pb, .onnx) or Gaia classifiers (.history), got folders without them"
        );
        return ExitCode::from(1);
    }
    let (mut models, mut refused) = (Vec::new(), Vec::new());
    for path in networks {
        if interrupt::is_requested() {
            return ExitCode::from(interrupt::EXIT_CODE);
        }
        match run_isolated(&path, mode) {
            Ok(text) => models.extend(serde_json::from_str::<Value>(&text).ok()),
            Err(message) => {
                eprintln!("earmark: {}: {message}", path.display());
                refused.push(json!({ "path": path.display().to_string(), "error": message }));
            }
        }
    }
    let succeeded = refused.is_empty();
    if mode == InstallMode::CheckJson {
        // A closed pipe (`| head`) is not an error.
        let _ = writeln!(io::stdout(), "{:#}", json!({ "models": models, "refused": refused }));
    }
    ExitCode::from(u8::from(!succeeded))
}

/// Processes one file in a child process, and returns the JSON object that it writes; in other modes, the child process
/// writes to standard output itself. Blocks.
fn run_isolated(path: &Path, mode: InstallMode) -> Result<String, String> {
    let program = env::current_exe().map_err(|error| format!("cannot start the install worker: {error}"))?;
    let mut command = Command::new(program);
    command.args(["models", "__install-worker"]);
    if mode != InstallMode::Add {
        command.arg("--check");
    }
    if mode == InstallMode::CheckJson {
        command.arg("--json").stdout(Stdio::piped());
    }
    // A name may start with a dash.
    command.arg("--").arg(path);
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("cannot start the install worker: {error}"))?;
    // Read while the process runs, so that a full pipe does not stop it.
    let reader = child.stdout.take().map(|stdout| thread::spawn(move || io::read_to_string(stdout)));
    let status = wait(&mut child, TIMEOUT);
    let output = child.stderr.take().map(io::read_to_string).transpose().ok().flatten().unwrap_or_default();
    let text = reader.and_then(|reader| reader.join().ok()?.ok()).unwrap_or_default();
    match status {
        Ok(Some(status)) if status.success() => Ok(text),
        Ok(Some(status)) => Err(failure(status, output.trim())),
        Ok(None) => Err(format!("cannot check the network: not finished after {} s", TIMEOUT.as_secs())),
        Err(error) => Err(error.to_string()),
    }
}

/// Waits for a process. Kills it and returns `None` after `timeout` or on Ctrl-C. Blocks.
fn wait(child: &mut Child, timeout: Duration) -> io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if started.elapsed() > timeout || interrupt::is_requested() {
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
        // The process was killed by the system or panicked: its output does not help a user.
        _ if output.contains("memory allocation") => {
            "cannot check the network: the memory limit was exceeded".to_owned()
        }
        _ => format!("cannot check the network: the install worker failed ({status})"),
    }
}

/// Runs the child process: probes one file, and installs it in the mode [`InstallMode::Add`].
pub(super) fn worker_main(path: &Path, mode: InstallMode) -> ExitCode {
    set_limits();
    match install_one(path, mode) {
        Ok(text) => {
            let _ = writeln!(io::stdout(), "{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(message) => {
            // On one line: the parent process prints the last line.
            eprintln!("{}", message.replace(['\n', '\r'], " "));
            ExitCode::from(1)
        }
    }
}

fn install_one(path: &Path, mode: InstallMode) -> Result<String, String> {
    #[cfg(feature = "separation")]
    if earmark_separate::user_models::is_network(path) {
        return match mode {
            InstallMode::CheckJson => super::stems::checked_object(path).map(|object| object.to_string()),
            mode => super::stems::install(path, mode == InstallMode::Check),
        };
    }
    let registry = Registry::global();
    let message = |error: InstallError| error.to_string();
    let prepared = prepare(path, registry).map_err(message)?;
    match mode {
        InstallMode::Check => return Ok(describe::prepared(&prepared)),
        InstallMode::CheckJson => return Ok(model_json::prepared(path, &prepared).to_string()),
        InstallMode::Add => {}
    }
    let folder = registry.folder().ok_or(NO_FOLDER_MESSAGE)?;
    let is_new = save(folder, &prepared, registry).map_err(message)?;
    let card = &prepared.card;
    let mut text = format!("{} {}", if is_new { "added" } else { "replaced" }, card.id);
    for note in &card.notes {
        text += &format!("\n  {note}");
    }
    for assumed in &card.assumed {
        text += &format!("\n  assumed: {assumed}");
    }
    if let Some(base) = &prepared.waits_for {
        text += &format!("\n  needs the embedding of {base}, which is not installed: add {base}");
    }
    Ok(text)
}

/// Sets limits of memory and processor time for this process.
pub(super) fn set_limits() {
    #[cfg(unix)]
    {
        // Best effort: if a limit cannot be set, the file is probed without it.
        let _ = rlimit::setrlimit(rlimit::Resource::AS, MEMORY_LIMIT, MEMORY_LIMIT);
        let seconds = TIMEOUT.as_secs();
        let _ = rlimit::setrlimit(rlimit::Resource::CPU, seconds, seconds);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn child_is_killed_on_timeout_only() {
        let start = |program: &str, argument: &str| Command::new(program).arg(argument).spawn().unwrap();
        let mut endless = start("sleep", "60");
        assert_eq!(wait(&mut endless, Duration::from_millis(50)).unwrap(), None);
        assert!(endless.try_wait().unwrap().is_some_and(|status| !status.success()), "it still runs");
        let done = wait(&mut start("sleep", "0"), Duration::from_secs(60)).unwrap();
        assert!(done.is_some_and(|status| status.success()));
    }
}
