//! Check of the peak memory of `earmark tag` and `earmark separate` on short and long files.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::CheckResult;
use crate::demo::synth;
use crate::sh::{self, TaskError, file_error};

/// Maximum ratio of the peak for the longest file to the peak for the shortest.
const MAX_GROWTH: f64 = 1.1;
/// Lengths of the files in minutes. With several threads, parts of the stream wait for a thread: only a file of several
/// minutes has as many as may wait.
const TAGGED_MINUTES: [u32; 3] = [1, 10, 30];
const TAGGED_BY_THREADS_MINUTES: [u32; 2] = [10, 30];
const SEPARATED_MINUTES: [u32; 2] = [1, 30];

/// Processes files of several lengths and compares the peaks.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    if !cfg!(target_os = "linux") {
        return Ok(CheckResult::Skipped("the peak is read from /proc, which only Linux has".into()));
    }
    let program = sh::built("earmark", true)?;
    let tag = |path: &Path, options: &[&str]| {
        let mut tag = sh::command(&program);
        tag.arg("tag").args(options).arg(path);
        tag
    };
    let tagged = compared("tag --jobs 1", &TAGGED_MINUTES, |path| tag(path, &["--jobs", "1"]))?;
    let tagged_by_threads = compared("tag", &TAGGED_BY_THREADS_MINUTES, |path| tag(path, &[]))?;
    let stems = sh::target().join("separated");
    let separated = compared("separate", &SEPARATED_MINUTES, |path| {
        let mut separate = sh::command(&program);
        separate.args(["separate", "--force", "--out"]).arg(&stems).arg(path);
        separate
    })?;
    fs::remove_dir_all(&stems).map_err(file_error(&stems))?;
    Ok(CheckResult::Holds([tagged, tagged_by_threads, separated].join("\n")))
}

/// Returns the peaks of a command on files of these lengths.
fn compared(name: &str, minutes: &[u32], command: impl Fn(&Path) -> Command) -> Result<String, TaskError> {
    let mut figures = Vec::new();
    for &minutes in minutes {
        let path = sh::target().join(format!("{minutes}-minutes.wav"));
        synth::write(&path, minutes * 60)?;
        let peak = peak_mib(name, &mut command(&path));
        fs::remove_file(&path).map_err(file_error(&path))?;
        figures.push((minutes, peak?));
    }
    let lines: Vec<String> =
        figures.iter().map(|(minutes, mib)| format!("{name} {minutes:>2} min: peak {mib:.1} MiB")).collect();
    let grown = figures.first().zip(figures.last()).is_some_and(|(first, last)| last.1 > first.1 * MAX_GROWTH);
    if grown {
        return Err(TaskError::Other(format!("expected a peak independent of the length, got {}", lines.join(", "))));
    }
    Ok(lines.join("\n"))
}

fn peak_mib(name: &str, command: &mut Command) -> Result<f64, TaskError> {
    let program = command.get_program().to_owned();
    let failed = |error| file_error(Path::new(&program))(error);
    let mut child = command.stdout(Stdio::null()).spawn().map_err(&failed)?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0.0_f64;
    loop {
        // The kernel records the peak, so polling misses only growth after the last poll.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|l| l.strip_prefix("VmHWM:")).and_then(|l| l.split_whitespace().next());
        peak_kib = peak_kib.max(mark.and_then(|kib| kib.parse().ok()).unwrap_or(0.0));
        match child.try_wait().map_err(&failed)? {
            Some(done) if done.success() => return Ok(peak_kib / 1024.0),
            Some(status) => return Err(TaskError::Failed { command: format!("earmark {name}"), status }),
            None => thread::sleep(Duration::from_millis(20)),
        }
    }
}
