//! ThreadSanitizer on the lock-free code. A program with a data race is tested first, to verify the detection.

use std::fs;

use super::check_result::{CheckResult, captured};
use crate::sh::{self, TaskError, TaskResult, file_error};

const TARGET: &str = "x86_64-unknown-linux-gnu";
const FLAGS: &str = "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer";

/// A program with a data race.
const RACE: &str = r"
use std::thread;
struct Shared(std::cell::UnsafeCell<u64>);
unsafe impl Sync for Shared {}
static SHARED: Shared = Shared(std::cell::UnsafeCell::new(0));
fn main() {
    let other = thread::spawn(|| for _ in 0..1000 { unsafe { *SHARED.0.get() += 1 } });
    for _ in 0..1000 { unsafe { *SHARED.0.get() += 1 } }
    other.join().unwrap();
}
";

/// Verifies the detection, then runs the tests of the lock-free code.
pub(crate) fn run() -> Result<CheckResult, TaskError> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(CheckResult::Skipped(
            "the sanitizer's runtime comes with the toolchain for x86-64 Linux only".into(),
        ));
    }
    verify_detection()?;
    captured(
        sh::cargo()
            .args(["test", "--package", "earmark-dsp", "--lib", "--target", TARGET, "--target-dir"])
            .arg(sh::target().join("race"))
            .args(["--", "tap::", "latest::", "worker::", "timeline::"])
            .env("RUSTC_BOOTSTRAP", "1")
            .env("RUSTFLAGS", FLAGS)
            .env("TSAN_OPTIONS", options()),
        |line| line.starts_with("test result:"),
    )
    .map(|result| match result {
        CheckResult::Holds(text) => CheckResult::Holds(format!("a planted race was caught\n{text}")),
        skipped => skipped,
    })
}

/// Returns the options of the sanitizer: stop at the first report, with known false positives suppressed.
fn options() -> String {
    format!("halt_on_error=1 suppressions={}", sh::root().join("tests/race.supp").display())
}

/// Compiles and runs a program with a data race; an error if the sanitizer does not report it.
fn verify_detection() -> TaskResult {
    let folder = sh::target().join("race-planted");
    fs::create_dir_all(&folder).map_err(file_error(&folder))?;
    let (source, program) = (folder.join("race.rs"), folder.join("race"));
    fs::write(&source, RACE).map_err(file_error(&source))?;
    sh::run(
        sh::command("rustc")
            .args(FLAGS.split(' '))
            .args(["--edition", "2024", "--target", TARGET, "-o"])
            .args([&program, &source])
            .env("RUSTC_BOOTSTRAP", "1"),
    )?;
    let caught = sh::command(&program).env("TSAN_OPTIONS", options()).output().map_err(file_error(&program))?;
    if String::from_utf8_lossy(&caught.stderr).contains("data race") {
        Ok(())
    } else {
        Err(TaskError::Other(
            "cannot verify the sanitizer: expected a report of the planted data race, got none".into(),
        ))
    }
}
