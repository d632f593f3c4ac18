//! What a figure was measured on.

use std::{env, fs, thread};

/// Processor and cores, then the command, in one line each. The programs are named like the tasks that run them.
#[must_use]
pub fn description() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown processor");
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let profile = if cfg!(debug_assertions) { " (debug build)" } else { "" };
    let program = env::current_exe().ok().and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    let arguments: Vec<String> = env::args().skip(1).collect();
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
