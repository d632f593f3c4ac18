//! Child processes for parts of a test: this binary in a mode that runs one function instead of tests.

use std::process::{Command, ExitCode};
use std::{env, io, thread};

use crate::registry;

/// Argument in front of the function's name.
pub(crate) const MODE: &str = "--subprocess";

/// Returns a command that runs an `#[entry_point]` of this binary, named by its path without the crate.
///
/// # Errors
/// When the path of this binary is unknown.
pub fn command(name: &str) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.args([MODE, name]);
    Ok(command)
}

/// Runs a test in a process of its own and prints what that process printed.
///
/// # Errors
/// When the process cannot be started or fails.
pub(crate) fn run_alone(name: &str) -> Result<(), String> {
    let output = command(name).and_then(|mut command| command.output());
    let output = output.map_err(|error| format!("cannot start a process: {error}"))?;
    print!("{}", String::from_utf8_lossy(&output.stdout));
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    if output.status.success() { Ok(()) } else { Err(format!("failed in a process of its own ({})", output.status)) }
}

/// Runs the function of that name in this process.
pub(crate) fn serve(name: &str) -> ExitCode {
    let Some(run) = registry::function(name) else {
        eprintln!("no entry point `{name}`");
        return ExitCode::from(2);
    };
    match in_named_thread(name, run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(101)
        }
    }
}

/// Runs a function in a thread of that name: panic messages name it, and tests name their sound servers by it.
pub(crate) fn in_named_thread(name: &str, run: fn()) -> Result<(), String> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(run);
    let ended = thread.map_err(|error| format!("cannot start a thread: {error}"))?.join();
    ended.map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        text.map_or_else(|| "panicked".to_owned(), |text| format!("panicked: {text}"))
    })
}
