//! Child processes: printed, and an error if one fails.

use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use thiserror::Error;

/// Features of the lean program.
const LEAN_FEATURES: [&str; 3] = ["--no-default-features", "--features", "tempocnn"];

/// An error of a task.
#[derive(Debug, Error)]
pub(crate) enum TaskError {
    #[error("cannot start `{command}`: {error}")]
    Start { command: String, error: io::Error },
    #[error("`{command}` failed ({status})")]
    Failed { command: String, status: ExitStatus },
    #[error("{0}")]
    Other(String),
    #[error("cannot access {path}: {error}")]
    File { path: PathBuf, error: io::Error },
}

/// The result of a task.
pub(crate) type TaskResult = Result<(), TaskError>;

/// Returns the root of the workspace that cargo runs this program for. Read at run time, because two clones with a
/// common build folder may share the program.
pub(crate) fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Returns cargo's build folder.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns the folder of the reference data, which may not exist.
pub(crate) fn reference() -> PathBuf {
    env::var_os("EARMARK_REFERENCE").map_or_else(|| root().join("../shared/data"), PathBuf::from)
}

/// Returns a command of the cargo that runs this task.
pub(crate) fn cargo() -> Command {
    command(env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
}

/// Builds a program of the workspace and returns its path.
///
/// Builds with `--workspace`, so that each package is compiled with the same features for every program, and only once.
pub(crate) fn built(program: &str, release: bool) -> Result<PathBuf, TaskError> {
    let mut build = cargo();
    build.args(["build", "--workspace", "--bin", program]);
    if release {
        build.arg("--release");
    }
    run(&mut build)?;
    Ok(built_path(program, if release { "release" } else { "debug" }))
}

/// Builds the command line without window, live inputs, web page, Parquet and inference library, and returns its path.
///
/// Builds the one package, so that the features of other packages are left out.
pub(crate) fn built_lean() -> Result<PathBuf, TaskError> {
    let package = ["build", "--package", "earmark", "--bin", "earmark"];
    run(cargo().args(package).args(LEAN_FEATURES))?;
    Ok(built_path("earmark", "debug"))
}

fn built_path(program: &str, profile: &str) -> PathBuf {
    target().join(profile).join(format!("{program}{}", env::consts::EXE_SUFFIX))
}

/// Builds the binary of the integration tests, as `cargo test --workspace` does, and returns its path.
pub(crate) fn test_binary() -> Result<PathBuf, TaskError> {
    let mut build = cargo();
    build.args(["test", "--workspace", "--test", "all", "--no-run", "--message-format", "json-render-diagnostics"]);
    let messages = output(&mut build).unwrap_or_default();
    let executable = |line: &str| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        let is_it = message["target"]["name"] == "all" && message["package_id"].as_str()?.contains("earmark-tests");
        is_it.then(|| message["executable"].as_str().map(PathBuf::from)).flatten()
    };
    let found = messages.lines().find_map(executable);
    found.ok_or_else(|| TaskError::Other("cannot find the binary of the integration tests: the build failed".into()))
}

/// Returns a command that runs in the root of the workspace.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    command
}

/// Prints a command and runs it; an error if it fails.
pub(crate) fn run(command: &mut Command) -> TaskResult {
    let line = command_line(command);
    eprintln!("$ {line}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(TaskError::Failed { command: line, status }),
        Err(error) => Err(TaskError::Start { command: line, error }),
    }
}

/// Runs a command and returns its standard output, or `None` if it fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Returns the command line for display.
pub(crate) fn command_line(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Returns a conversion of an I/O error that adds the path.
pub(crate) fn file_error(path: &Path) -> impl FnOnce(io::Error) -> TaskError {
    let path = path.to_owned();
    |error| TaskError::File { path, error }
}
