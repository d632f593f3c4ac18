//! Long checks: named steps whose results are written to `tests/proofs.md`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use crate::sh::{self, TaskError, TaskResult, file_error};
use crate::{against, measure};

mod allocations;
mod batch;
mod bundled;
mod check_result;
mod fuzz;
mod imported;
mod incremental;
mod memory;
mod networks;
mod public_networks;
mod python_package;
mod race;
mod realtime;
mod stage;
mod stems;
mod vst3;
mod window;

use self::check_result::{CheckResult, captured};

/// A check.
type Step = fn() -> Result<CheckResult, TaskError>;

/// The checks by name, short ones first, so that an interrupted run yields the most results.
const STEPS: [(&str, Step); 28] = [
    ("no data race in tap, latest-value channel and worker (R28)", race::run),
    ("the callback does not block: RealtimeSanitizer over ten minutes of audio (R1)", realtime::run),
    ("no allocation in `process`: a build of nice-plug that aborts at an allocation (R3)", allocations::run),
    ("the editor in a host's window: opens, draws, resizes, closes during the analysis, 100 times (R27)", window::run),
    ("the released bundle gives the results of the plugin in the tests; its size and speed", bundled::run),
    (
        "no allocation and no page fault in the callback, also with a stalled worker or many instances (R2, R12, R13)",
        contract,
    ),
    ("each built-in network gives the outputs of its training graph, run by TensorFlow", networks::run),
    ("imported files give the outputs of TensorFlow", imported::run),
    (
        "public networks with described front ends give the results of ONNX Runtime and TensorFlow (R40)",
        public_networks::run,
    ),
    ("parsers of imported files, fuzzed by coverage (R18)", fuzz::run),
    (
        "the VST3 in pedalboard and DawDreamer passes audio through and reports the results of `earmark tag` (R15, R16)",
        vst3::run,
    ),
    (
        "the VST3 of Earmark Stems in pedalboard and DawDreamer renders the stems of `earmark separate`, aligned (R37)",
        vst3::stems,
    ),
    ("the Python package: wheels, tests, types (R47)", python_package::run),
    ("batch: libraries in shards, with Ray, Dask and a store; scale and overhead (R50)", batch::run),
    ("speed (`cargo xtask bench`)", || measured("bench", &[])),
    ("comparison with Essentia and ONNX Runtime (`cargo xtask bench --against`)", || {
        captured(&mut against::command()?, |_| true)
    }),
    ("latency on a simulated clock (`cargo xtask latency`, R22)", || measured("latency", &[])),
    ("tempo models on clicks: steady, with jitter, and on a ramp (R23)", || measured("clicks", &[])),
    ("eight instances in real time (`cargo xtask latency --real`, R4, R13)", || measured("latency", &["--real"])),
    ("cost by hop, streams and files; start-up (`cargo xtask growth`)", || {
        captured(&mut measure::growing(None)?, |_| true)
    }),
    ("Earmark Stems in real time: ten minutes, and each mode (R37)", stems::run),
    ("the app's window: no input, a file, an input that is lost and restored (R26)", stage::window),
    ("the app over an hour of music: memory and times (R24)", stage::hour),
    ("the app for ten minutes with busy threads beside it (R24)", stage::under_load),
    ("the app with a virtual sound card: clips, outputs, clock, lost inputs (R24, R26)", stage::run),
    ("memory use does not depend on the length of a file", memory::run),
    ("incremental results equal those of whole patches, at every hop and after an hour (R21)", incremental::run),
    ("all tests in release mode (R29)", release),
];

/// Parts of the names of the steps that check the real-time contract.
pub(crate) const REALTIME: [&str; 4] = ["(R1)", "(R3)", "(R2, R12, R13)", "(`cargo xtask growth`)"];
/// Parts of the names of the steps with long runs.
pub(crate) const SOAK: [&str; 4] = ["over an hour", "ten minutes with busy", "(R24, R26)", "(R21)"];

/// Runs the steps whose names contain one of `requested`, or all steps if it is empty.
///
/// A failed step does not end the run. The report is written after each step; it keeps the earlier results of the other
/// steps, each with its date and commit.
pub(crate) fn run(requested: &[String]) -> TaskResult {
    let path = sh::root().join("tests/proofs.md");
    let steps: Vec<_> = STEPS
        .iter()
        .filter(|(name, _)| requested.is_empty() || requested.iter().any(|part| name.contains(part)))
        .collect();
    if steps.is_empty() {
        let names = STEPS.map(|(name, _)| name).join("\n  ");
        return Err(TaskError::Other(format!(
            "cannot find a step: expected a part of one of these names, got {requested:?}\n  {names}"
        )));
    }
    let mut failed = Vec::new();
    for (name, step) in steps {
        eprintln!("== {name}");
        let started = Instant::now();
        let (verdict, text) = match step() {
            Ok(CheckResult::Holds(figures)) => ("holds", figures),
            Ok(CheckResult::Skipped(why)) => ("skipped", why),
            Err(error) => {
                failed.push(*name);
                ("FAILS", error.to_string())
            }
        };
        let (seconds, when) = (started.elapsed().as_secs_f64(), machine());
        // Another run may have written results of other steps since.
        let mut found = CheckReport::read(&fs::read_to_string(&path).unwrap_or_default());
        found.set(name, format!("{verdict}\n\n```text\n{}\n```\n\n{seconds:.0} s; {when}\n", text.trim()));
        fs::write(&path, found.report()).map_err(file_error(&path))?;
    }
    eprintln!("wrote tests/proofs.md");
    if failed.is_empty() { Ok(()) } else { Err(TaskError::Other(format!("failed steps: {}", failed.join("; ")))) }
}

/// Results of the steps by name.
struct CheckReport(HashMap<String, String>);

impl CheckReport {
    fn read(report: &str) -> Self {
        // A name may contain a colon, so the section is matched with the known names.
        let known = |section: &str| STEPS.iter().find(|(name, _)| section.starts_with(&format!("{name}: ")));
        let found = report.split("\n## ").skip(1).filter_map(|section| {
            let (name, _) = known(section)?;
            Some(((*name).to_owned(), format!("{}\n", section[name.len() + 2..].trim_end())))
        });
        Self(found.collect())
    }

    fn set(&mut self, name: &str, section: String) {
        self.0.insert(name.to_owned(), section);
    }

    /// Returns the report with the results in the order of [`STEPS`].
    fn report(&self) -> String {
        let mut report = "# Proofs\n\nWritten by `cargo xtask prove`.\n".to_owned();
        for (name, _) in STEPS {
            if let Some(section) = self.0.get(name) {
                let _ = write!(report, "\n## {name}: {section}");
            }
        }
        report
    }
}

fn release() -> Result<CheckResult, TaskError> {
    captured(sh::cargo().args(["test", "--release", "--workspace", "--no-fail-fast"]), |line| {
        line.starts_with("test result:")
    })
}

fn contract() -> Result<CheckResult, TaskError> {
    let modules = [
        "host::realtime",
        "host::page_faults",
        "host::stalled_worker",
        "host::many_instances",
        "stems::real_time",
        "stems::instances",
    ];
    captured(
        sh::cargo()
            .args(["test", "--workspace", "--test", "all", "--"])
            .args(modules)
            .args(["--nocapture", "--test-threads=1"]),
        |line| {
            line.contains("Counts") || line.contains("callbacks") || line.contains("pages") || line.starts_with("test ")
        },
    )
}

fn measured(name: &str, arguments: &[&str]) -> Result<CheckResult, TaskError> {
    captured(sh::command(sh::built(name, true)?).args(arguments), |_| true)
}

/// Returns date, commit, processor, number of cores and compiler version.
fn machine() -> String {
    let cpu = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cpu = cpu
        .lines()
        .find_map(|l| l.strip_prefix("model name"))
        .map_or("unknown", |l| l.trim_start_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let commit = sh::output(sh::command("git").args(["rev-parse", "--short", "HEAD"])).unwrap_or_default();
    let rustc = sh::output(sh::command("rustc").arg("--version")).unwrap_or_default();
    let date = sh::output(sh::command("date").args(["-u", "+%Y-%m-%d"])).unwrap_or_default();
    format!("{date}, commit {commit}, {cpu}, {cores} cores, {rustc}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn task_names_match_exactly_one_step() {
        for part in REALTIME.iter().chain(&SOAK) {
            assert_eq!(STEPS.iter().filter(|(name, _)| name.contains(part)).count(), 1, "{part}");
        }
    }
}
