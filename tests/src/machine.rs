//! Description of the machine, command and commit of a measurement.

use std::path::Path;
use std::process::Command;
use std::{env, fs, io, thread};

use serde_json::{Value, json};

use crate::reference;

/// Writes figures as JSON, with the machine, command and commit.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, figures: Value) -> io::Result<()> {
    let description = description();
    let (machine, command) = description.split_once('\n').unwrap_or((&description, ""));
    let commit = Command::new("git").args(["rev-parse", "--short", "HEAD"]).current_dir(reference::root()).output();
    let commit =
        commit.map_or_else(|_| String::new(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let record = json!({ "machine": machine, "command": command, "commit": commit, "figures": figures });
    fs::write(path, serde_json::to_string_pretty(&record)? + "\n")
}

/// Returns processor and cores, then the command, one line each. The programs have the names of the tasks that run
/// them.
#[must_use]
pub fn description() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let profile = if cfg!(debug_assertions) { " (debug build)" } else { "" };
    let program = env::current_exe().ok().and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    // Folders of this machine are left out.
    let short = |argument: String| match Path::new(&argument) {
        path if path.is_absolute() => {
            path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        }
        _ => argument,
    };
    let arguments: Vec<String> = env::args().skip(1).map(short).collect();
    format!(
        "{}, {cores} cores, {}-{}{profile}\ncargo xtask {} {}",
        cpu.trim_start_matches(['\t', ' ', ':']),
        env::consts::ARCH,
        env::consts::OS,
        program.unwrap_or_default(),
        arguments.join(" ")
    )
    .trim_end()
    .to_owned()
}
