//! The long proofs: each a named step, all of them written to `tests/proofs.md`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use crate::sh::{self, Done, TaskError, file_error};
use crate::{against, measure};

mod allocations;
mod bundled;
mod finding;
mod fuzz;
mod imported;
mod incremental;
mod memory;
mod networks;
mod race;
mod realtime;
mod stage;
mod vst3;
mod window;

use self::finding::{Finding, captured};

type Step = fn() -> Result<Finding, TaskError>;

/// The short ones first, so that a run which is broken off leaves the most behind.
const STEPS: [(&str, Step); 21] = [
    ("no data race in tap, latest-value channel and worker (R28)", race::run),
    ("the callback waits for nothing: RealtimeSanitizer over ten minutes of audio (R1)", realtime::run),
    ("no allocation in `process` in a build of nice-plug that aborts at one (R3)", allocations::run),
    ("the editor in a host's window: opens, draws, resizes, closes while listening, 100 times (R27)", window::run),
    ("the bundle says what the plugin in the tests says; its size and speed", bundled::run),
    ("nothing is allocated, no page touched first, a stalled worker and a crowd do no harm (R2, R12, R13)", contract),
    ("each network that ships answers as the graph that it was trained in, run by TensorFlow", networks::run),
    ("imported files answer as TensorFlow itself does", imported::run),
    ("imported files with anything in them: fuzzed by coverage (R18)", fuzz::run),
    (
        "the VST3 in pedalboard and DawDreamer gives the audio back and reports what `earmark tag` says (R15, R16)",
        vst3::run,
    ),
    ("speed (`cargo xtask bench`)", || measured("bench", &[])),
    ("others at the same work (`cargo xtask bench --against`)", || captured(&mut against::command()?, |_| true)),
    ("latency on a simulated clock (`cargo xtask latency`, R22)", || measured("latency", &[])),
    ("tempo models on clicks, steady, off, and on a ramp (R23)", || measured("clicks", &[])),
    ("eight instances in real time (`cargo xtask latency --real`, R4, R13)", || measured("latency", &["--real"])),
    ("how costs grow: hops, streams, files; how it begins (`cargo xtask growth`)", || {
        captured(&mut measure::growing(None)?, |_| true)
    }),
    ("the app's window: nothing to hear, a file, an input, lost and found again (R26)", stage::window),
    ("the app with real parts: every clip, ten minutes under load, an hour (R24, R26)", stage::run),
    ("memory does not grow with the length of a file", memory::run),
    ("incremental is the whole patch, at every hop and after an hour (R21)", incremental::run),
    ("all tests in release, so debug and release agree (R29)", release),
];

/// The steps of the real-time contract, by parts of their names.
pub(crate) const REALTIME: [&str; 4] = ["(R1)", "(R3)", "(R2, R12, R13)", "(`cargo xtask growth`)"];
/// The steps that take long because they are about long runs.
pub(crate) const SOAK: [&str; 2] = ["(R24, R26)", "(R21)"];

/// Runs the steps whose names contain one of `wished` (all of them if none is), whatever the others say, and writes the
/// results so far after each. What a step found before stays until it runs again; each says on which commit that was.
pub(crate) fn run(wished: &[String]) -> Done {
    let path = sh::root().join("tests/proofs.md");
    let mut found = Found::read(&fs::read_to_string(&path).unwrap_or_default());
    let steps: Vec<_> =
        STEPS.iter().filter(|(name, _)| wished.is_empty() || wished.iter().any(|wish| name.contains(wish))).collect();
    if steps.is_empty() {
        let names = STEPS.map(|(name, _)| name).join("\n  ");
        return Err(TaskError::Other(format!("expected a part of one of these names, got {wished:?}\n  {names}")));
    }
    let mut failed = Vec::new();
    for (name, step) in steps {
        eprintln!("== {name}");
        let begun = Instant::now();
        let (verdict, text) = match step() {
            Ok(Finding::Holds(figures)) => ("holds", figures),
            Ok(Finding::Skipped(why)) => ("skipped", why),
            Err(error) => {
                failed.push(*name);
                ("FAILS", error.to_string())
            }
        };
        let (seconds, when) = (begun.elapsed().as_secs_f64(), machine());
        found.set(name, format!("{verdict}\n\n```text\n{}\n```\n\n{seconds:.0} s; {when}\n", text.trim()));
        fs::write(&path, found.report()).map_err(file_error(&path))?;
    }
    eprintln!("written: tests/proofs.md");
    if failed.is_empty() { Ok(()) } else { Err(TaskError::Other(format!("failed: {}", failed.join("; ")))) }
}

/// What each step found, by its name.
struct Found(HashMap<String, String>);

impl Found {
    fn read(report: &str) -> Self {
        // A name may have a colon, too: so the names are looked for.
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

    /// In the order of the steps.
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

fn release() -> Result<Finding, TaskError> {
    captured(sh::cargo().args(["test", "--release", "--workspace", "--no-fail-fast"]), |line| {
        line.starts_with("test result:")
    })
}

fn contract() -> Result<Finding, TaskError> {
    let modules = ["host::realtime", "host::page_faults", "host::stalled_worker", "host::many_instances"];
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

fn measured(name: &str, arguments: &[&str]) -> Result<Finding, TaskError> {
    captured(sh::command(sh::built(name, true)?).args(arguments), |_| true)
}

/// Who measured, and when.
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
    fn the_tasks_name_steps_that_there_are() {
        for part in REALTIME.iter().chain(&SOAK) {
            assert_eq!(STEPS.iter().filter(|(name, _)| name.contains(part)).count(), 1, "{part}");
        }
    }
}
