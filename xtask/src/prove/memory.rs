//! Check of the peak memory of `earmark tag` on files of 1, 10 and 30 minutes.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use super::CheckResult;
use crate::demo::synth;
use crate::sh::{self, TaskError, file_error};

/// Maximum ratio of the peak for the longest file to the peak for the shortest.
const MAX_GROWTH: f64 = 1.1;

/// Tags files of three lengths and compares the peaks.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    if !cfg!(target_os = "linux") {
        return Ok(CheckResult::Skipped("the peak is read from /proc, which only Linux has".into()));
    }
    let program = sh::built("earmark", true)?;
    let mut figures = Vec::new();
    for minutes in [1, 10, 30] {
        let path = sh::target().join(format!("{minutes}-minutes.wav"));
        synth::write(&path, minutes * 60)?;
        let peak = peak_mib(&program, &path);
        fs::remove_file(&path).map_err(file_error(&path))?;
        figures.push((minutes, peak?));
    }
    let text: Vec<String> =
        figures.iter().map(|(minutes, mib)| format!("{minutes:>2} min: peak {mib:.1} MiB")).collect();
    let (shortest, longest) = (figures[0].1, figures[2].1);
    if longest > shortest * MAX_GROWTH {
        return Err(TaskError::Other(format!("expected a peak independent of the length, got {}", text.join(", "))));
    }
    Ok(CheckResult::Holds(text.join("\n")))
}

fn peak_mib(program: &Path, file: &Path) -> Result<f64, TaskError> {
    let mut child =
        sh::command(program).arg("tag").arg(file).stdout(Stdio::null()).spawn().map_err(file_error(program))?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0.0_f64;
    loop {
        // The kernel records the peak, so polling misses only growth after the last poll.
        let text = fs::read_to_string(&status).unwrap_or_default();
        let mark = text.lines().find_map(|l| l.strip_prefix("VmHWM:")).and_then(|l| l.split_whitespace().next());
        peak_kib = peak_kib.max(mark.and_then(|kib| kib.parse().ok()).unwrap_or(0.0));
        match child.try_wait().map_err(file_error(program))? {
            Some(done) if done.success() => return Ok(peak_kib / 1024.0),
            Some(status) => return Err(TaskError::Failed { command: "earmark tag".into(), status }),
            None => thread::sleep(Duration::from_millis(20)),
        }
    }
}
