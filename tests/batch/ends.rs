//! Runs that end before they are complete, and runs beside each other: the results are those of one undisturbed run.

#[cfg(target_os = "linux")]
use std::process::Command;

use serde_json::Value;

use super::library::{Library, kill, outcome};
#[cfg(unix)]
use crate::command::program::interrupt;

#[cfg(target_os = "linux")]
#[test]
fn killed_worker_changes_nothing() {
    use super::library::workers;

    let library = Library::new(12);
    let digest = library.digest("out");
    library.plan("killed");
    let run = library.command(&["run", "killed", "--jobs", "2"]).spawn().unwrap();
    let mut killed = 0;
    for count in [1, 4, 7] {
        library.wait_for_results("killed", count);
        let Some(worker) = workers(&run).first().copied() else { continue };
        // The run may have ended since.
        let kill = Command::new("kill").args(["-KILL", &worker.to_string()]).output().unwrap();
        killed += usize::from(kill.status.success());
    }
    assert!(killed > 0, "no worker was killed while it ran");
    let (code, out, err) = outcome(run.wait_with_output().unwrap());
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert_eq!(library.verified("killed")["digest"], *digest);
}

#[cfg(target_os = "linux")]
#[test]
fn killed_run_continues_and_leaves_no_process_or_temporary_file() {
    use super::library::{is_running, workers};

    let library = Library::new(12);
    let digest = library.digest("out");
    library.plan("killed");
    for count in [1, 3, 6] {
        let run = library.command(&["run", "killed", "--jobs", "2"]).spawn().unwrap();
        library.wait_for_results("killed", count);
        let workers = workers(&run);
        kill(run);
        let started = std::time::Instant::now();
        while workers.iter().any(|&worker| is_running(worker)) {
            assert!(started.elapsed().as_secs() < 60, "workers stay: {workers:?}");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }
    // A temporary file of a process that was killed while it wrote.
    let left = library.path("killed/data").join(format!(".{}.4999999.0.tmp", host()));
    std::fs::write(&left, "half").unwrap();
    let before = library.results("killed").len();
    let out = library.succeed(&["run", "killed", "--jobs", "2"]);
    assert!(out.contains(&format!("; {before} shards were done before")), "{out}");
    assert!(before < library.results("killed").len(), "the runs were killed before their end");
    assert!(!left.exists());
    assert_eq!(library.verified("killed")["digest"], *digest);
}

#[cfg(target_os = "linux")]
fn host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    name.trim().replace(['.', '/'], "-")
}

#[cfg(unix)]
#[test]
fn interrupted_run_ends_with_its_code_and_continues() {
    let library = Library::new(12);
    let digest = library.digest("out");
    library.plan("stopped");
    let run = library.command(&["run", "stopped", "--jobs", "2"]).spawn().unwrap();
    library.wait_for_results("stopped", 2);
    interrupt(&run);
    let (code, out, err) = outcome(run.wait_with_output().unwrap());
    assert_eq!((code, &*out, &*err), (130, "", ""));
    assert_eq!(library.temporary("stopped"), Vec::<String>::new());
    library.succeed(&["run", "stopped"]);
    assert_eq!(library.verified("stopped")["digest"], *digest);
}

#[test]
fn two_runs_at_once_and_a_run_again_change_nothing() {
    let library = Library::new(12);
    let digest = library.digest("out");
    library.plan("two");
    let run = || library.command(&["run", "two", "--jobs", "1"]).spawn().unwrap();
    let runs = [run(), run()].map(|run| outcome(run.wait_with_output().unwrap()));
    for (code, out, err) in runs {
        assert_eq!((code, &*err), (0, ""), "{out}");
    }
    assert_eq!(library.verified("two")["digest"], *digest);
    let again = library.succeed(&["run", "two"]);
    let shards = library.results("two").len();
    assert!(again.starts_with("0 files in 0 shards") && again.contains(&format!("; {shards} shards were")), "{again}");
}

#[test]
fn number_of_processes_and_size_of_shards_do_not_change_rows() {
    let library = Library::new(5);
    let report = |tracks: &str, jobs: &str, out: &str| -> Value {
        library.succeed(&["plan", "music", "--out", out, "--model", "msd-vgg", "--tracks-per-shard", tracks]);
        library.succeed(&["run", out, "--jobs", jobs]);
        library.verified(out)
    };
    let (one, three) = (report("2", "1", "one"), report("2", "3", "three"));
    assert_eq!(one["digest"], three["digest"]);
    let whole = report("100", "1", "whole");
    assert_eq!((whole["shards"].as_u64(), &whole["bad"], &whole["damaged"]), (Some(1), &one["bad"], &one["damaged"]));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_ends_the_run_with_one_message() {
    let library = Library::new(2);
    library.plan("out");
    // A file in the place of a folder, because everything is permitted to some users.
    std::fs::write(library.path("out/data"), "").unwrap();
    let (code, out, err) = library.batch(&["run", "out"]);
    assert!(code == 1 && out.is_empty() && err.lines().count() == 1 && err.contains("cannot access"), "{code}: {err}");
    std::fs::remove_file(library.path("out/data")).unwrap();
    library.succeed(&["run", "out"]);
    library.verified("out");
}

#[cfg(target_os = "linux")]
#[test]
fn write_that_fails_in_the_middle_leaves_nothing_and_the_run_continues() {
    let library = Library::new(4);
    let digest = library.digest("out");
    library.plan("full");
    // Files of at most 4 KiB, less than a result, as on a disk that is nearly full.
    let program = crate::command::program::path();
    let limited = "trap '' XFSZ; ulimit -f 4; exec \"$0\" batch run full --jobs 2";
    let mut run = Command::new("bash");
    run.args(["-c", limited]).arg(program).current_dir(library.path(""));
    let (code, out, err) = outcome(run.output().unwrap());
    assert!(code == 1 && out.is_empty() && err.lines().count() == 1, "{code}: {out}{err}");
    assert!(err.contains("cannot access data/part-") && err.contains("File too large"), "{err}");
    assert_eq!((library.results("full"), library.temporary("full")), (Vec::new(), Vec::new()));
    library.succeed(&["run", "full"]);
    assert_eq!(library.verified("full")["digest"], *digest);
}
