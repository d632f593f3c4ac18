//! Faults that tests plant into the analysis of files: an abort of the process, or a hang.

use std::env;
use std::process;
use std::thread;
use std::time::Duration;

/// Variable with faults, such as `abort:b.wav,hang:c.wav`: each is at the files whose paths end with its text.
const VARIABLE: &str = "EARMARK_BATCH_FAULT";

/// Runs the fault that is planted at a file, if any: aborts this process, or blocks it for ever.
pub(crate) fn run(path: &str) {
    let Ok(faults) = env::var(VARIABLE) else { return };
    for (fault, end) in faults.split(',').filter_map(|fault| fault.split_once(':')) {
        match fault {
            "abort" if path.ends_with(end) => process::abort(),
            "hang" if path.ends_with(end) => loop {
                thread::sleep(Duration::from_secs(60));
            },
            _ => {}
        }
    }
}
