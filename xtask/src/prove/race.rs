//! ThreadSanitizer over the lock-free plumbing, after it has shown that it sees a race that was planted.

use std::fs;

use super::finding::{Finding, captured};
use crate::sh::{self, Done, TaskError, file_error};

const TARGET: &str = "x86_64-unknown-linux-gnu";
const FLAGS: &str = "-Zsanitizer=thread -Cunsafe-allow-abi-mismatch=sanitizer";

/// Two threads that write one variable without agreeing on it.
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

/// Plants a race, sees it caught, and then looks for one in the plumbing.
pub(crate) fn run() -> Result<Finding, TaskError> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(Finding::Skipped("the sanitizer's runtime comes with the toolchain for x86-64 Linux only".into()));
    }
    planted()?;
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
    .map(|finding| match finding {
        Finding::Holds(text) => Finding::Holds(format!("a planted race was caught\n{text}")),
        skipped => skipped,
    })
}

/// Stops at the first report, but for those that are known to be none.
fn options() -> String {
    format!("halt_on_error=1 suppressions={}", sh::root().join("tests/race.supp").display())
}

fn planted() -> Done {
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
        Err(TaskError::Other("expected the sanitizer to report the planted race, got nothing".into()))
    }
}
