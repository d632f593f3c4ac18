//! Facts about processes, from `/proc`: memory, processor time, and children.

use std::fs;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use crate::sh::{self, TaskError};

/// Interval between two looks at a process.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Ticks of processor time per second on Linux.
const TICKS_PER_S: f64 = 100.0;

/// Facts about a process that has ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ended {
    /// Time from start to end, in seconds.
    pub(crate) seconds: f64,
    /// Processor time of the process and of those that it waited for, in seconds.
    pub(crate) processor_s: f64,
    /// Largest memory of the process itself, in MiB.
    pub(crate) peak_mib: f64,
    /// Standard output.
    pub(crate) out: String,
}

/// Runs a command to its end, and calls `look` now and then with the process; an error if the command fails.
pub(crate) fn run(command: &mut Command, mut look: impl FnMut(&Child)) -> Result<Ended, TaskError> {
    let line = sh::command_line(command);
    eprintln!("$ {line}");
    let out = std::env::temp_dir().join(format!("earmark-xtask-{}.out", std::process::id()));
    let file = fs::File::create(&out).map_err(sh::file_error(&out))?;
    let started = Instant::now();
    let before = children_processor_s();
    let mut child = command.stdout(file).spawn().map_err(|error| TaskError::Start { command: line.clone(), error })?;
    let mut peak_mib: f64 = 0.0;
    let status = loop {
        peak_mib = peak_mib.max(status_mib(child.id(), "VmHWM:").unwrap_or(0.0));
        look(&child);
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => thread::sleep(POLL_INTERVAL),
            Err(error) => return Err(TaskError::Start { command: line, error }),
        }
    };
    let ended = Ended {
        seconds: started.elapsed().as_secs_f64(),
        processor_s: children_processor_s() - before,
        peak_mib,
        out: fs::read_to_string(&out).unwrap_or_default(),
    };
    if status.success() { Ok(ended) } else { Err(TaskError::Failed { command: line, status }) }
}

/// Returns the memory of a process in MiB: `VmRSS:` now, or `VmHWM:` at most.
pub(crate) fn status_mib(process: u32, key: &str) -> Option<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    Some(line.split_whitespace().next()?.parse::<f64>().ok()? / 1024.0)
}

/// Returns the processes that a process has started.
pub(crate) fn children(process: u32) -> Vec<u32> {
    let numbers = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    let numbers = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter(|number| field(&format!("/proc/{number}/stat"), 1) == Some(f64::from(process))).collect()
}

/// Returns the processor time of all processes that this one has waited for, in seconds.
fn children_processor_s() -> f64 {
    [13, 14].into_iter().filter_map(|place| field("/proc/self/stat", place)).sum::<f64>() / TICKS_PER_S
}

/// Returns a number of a `stat` file; 0 is the first after the name, the state.
fn field(path: &str, place: usize) -> Option<f64> {
    let text = fs::read_to_string(path).ok()?;
    text.rsplit(')').next()?.split_whitespace().nth(place)?.parse().ok()
}
